"""RAPO before the authority, then the court (CCSP, since 2025 the Tribunal du stationnement payant)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier import amounts
from fpsctl.dossier.title import cancel_or_ask
from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from fpsctl.dossier.notice import Result
    from fpsctl.dossier.records import Dossier, Event
    from fpsctl.dossier.rules import Rules


def rapo_depot(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Receive a RAPO; late or incomplete, it is irrecevable."""
    expedie = event.date or event.jour
    decisive = expedie if rules.value("rapo.depot.date", event.jour) == "expedition" else event.jour
    jalons = dossier.jalons_rapo._replace(expedie=expedie, recu=event.jour)
    notified = dossier.jalons.notification
    if notified is not None and decisive > rules.end("rapo.depot", notified):
        outcome = "tardif"
    elif event.detail:
        outcome = "incomplet"
    else:
        outcome = "recu" if notified is not None and event.jour >= notified else "avant_notification"
        jalons = jalons._replace(reponse_fin=rules.end("rapo.reponse", event.jour))
    if outcome in ("tardif", "incomplet"):
        jalons = jalons._replace(decision=event.jour, recours_fin=rules.end("recours.rapo", event.jour))
    return outcome, dossier._replace(jalons_rapo=jalons)


def rapo_decision(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Decide the RAPO; an acceptance is to be followed by an avis rectificatif."""
    late = dossier.rapo == "implicite"
    if late and rules.value("rapo.decision_apres_silence", event.jour) == "refuse":
        raise EventRefused("rapo.decision-tardive")
    known = event.jour if event.ref == "demat" else rules.end("notification.rapo_postale", event.jour)
    jalons = dossier.jalons_rapo._replace(decision=event.jour, recours_fin=rules.end("recours.rapo", known))
    if event.issue in ("accepte", "partiel"):
        jalons = jalons._replace(rectificatif_le=event.date or event.jour, montant=_rectified(dossier, event))
    return event.issue, dossier._replace(jalons_rapo=jalons)


def _rectified(dossier: Dossier, event: Event) -> int:
    """Return the rectified FPS: zero on full acceptance, else the given amount, below what is due."""
    if event.issue == "accepte":
        if event.montant:
            raise EventRefused("rapo.accepte-montant", montant=event.montant)
        return 0
    most = amounts.du_fps(dossier.compte)
    if event.montant is None or not 0 < event.montant < most:
        raise EventRefused("rapo.partiel-montant", montant=event.montant, most=most)
    return event.montant


def rapo_silence(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Let silence be a rejection: the court's delay runs from that day."""
    jalons = dossier.jalons_rapo._replace(silence=event.jour, recours_fin=rules.end("recours.rapo", event.jour))
    return "", dossier._replace(jalons_rapo=jalons)


def rectificatif(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Draw up the avis rectificatif that follows an accepted RAPO."""
    jalons_rapo = dossier.jalons_rapo
    if jalons_rapo.rectificatif_le is None:
        raise EventRefused("rectificatif.sans-decision")
    montant = jalons_rapo.montant or 0
    if dossier.dette == "annule":
        outcome, after = "annule", dossier
    else:
        outcome, after = cancel_or_ask(
            dossier, None if montant == 0 else max(0, amounts.du_fps(dossier.compte) - montant), event.jour, rules
        )
    after = after._replace(jalons_rapo=jalons_rapo._replace(rectificatif_le=None))
    if outcome == "reduit" and rules.value("paiement.rectifie.base", event.jour) == "rectificatif":
        known = rules.end(f"notification.{rules.mode}", event.jour)
        after = after._replace(jalons=after.jalons._replace(echeance=rules.end("paiement", known)))
    return outcome, after


def tsp_requete(dossier: Dossier, event: Event, _rules: Rules) -> Result:
    """Bring the case before the court, against the RAPO decision or against the title."""
    return event.issue, dossier._replace(jalons_tsp=dossier.jalons_tsp._replace(requete=event.jour))


def tsp_demande_regularisation(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Ask the applicant to complete the petition."""
    end = rules.end("tsp.regularisation", event.jour)
    return "", dossier._replace(jalons_tsp=dossier.jalons_tsp._replace(regularisation_fin=end))


def tsp_regularisation(dossier: Dossier, _event: Event, _rules: Rules) -> Result:
    """Complete the petition."""
    if dossier.jalons_tsp.regularisation_fin is None:
        raise EventRefused("tsp.sans-demande")
    return "", dossier._replace(jalons_tsp=dossier.jalons_tsp._replace(regularisation_fin=None))


def deemed_received(slug: str, event: Event, rules: Rules) -> int:
    """Return the day a document of the court is received: first consultation, else the deemed day."""
    end = rules.end(slug, event.jour)
    if slug == "tsp.communication_reputee" and rules.value("tsp.communication_reputee.active", event.jour) == "non":
        return event.date or event.jour
    return end if event.date is None else min(event.date, end)


def tsp_communication(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Communicate the petition to the authority: its month of defence runs from receipt."""
    received = deemed_received("tsp.communication_reputee", event, rules)
    jalons = dossier.jalons_tsp._replace(
        communication=received, defense_fin=rules.end("tsp.defense", received), regularisation_fin=None
    )
    return "", dossier._replace(jalons_tsp=jalons)


def tsp_defense(dossier: Dossier, event: Event, _rules: Rules) -> Result:
    """File the defence; an inadmissible one stops no delay."""
    return event.issue or "recevable", dossier


def tsp_decision(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Decide: discharge, reduce, reject, or nothing left to judge."""
    received = deemed_received("tsp.decision_reputee", event, rules)
    jalons = dossier.jalons_tsp._replace(
        decision=event.jour, decision_recue=received, execution_fin=rules.end("tsp.execution", received)
    )
    judged = dossier._replace(jalons_tsp=jalons)
    if event.issue == "annule":
        return ("annule", judged) if dossier.dette == "annule" else cancel_or_ask(judged, None, event.jour, rules)
    if event.issue != "reduit":
        return event.issue, judged
    most = amounts.du_fps(dossier.compte)
    if event.montant is None or not 0 < event.montant < most:
        raise EventRefused("tsp.reduit-montant", montant=event.montant, most=most)
    return cancel_or_ask(judged, most - event.montant, event.jour, rules)


def unchanged(dossier: Dossier, _event: Event, _rules: Rules) -> Result:
    """Move a track; no amount and no date changes."""
    return "", dossier


HANDLERS = {
    "rapo_depot": rapo_depot,
    "rapo_decision": rapo_decision,
    "rapo_silence": rapo_silence,
    "rectificatif": rectificatif,
    "tsp_requete": tsp_requete,
    "tsp_demande_regularisation": tsp_demande_regularisation,
    "tsp_regularisation": tsp_regularisation,
    "tsp_regularisation_echue": unchanged,
    "tsp_communication": tsp_communication,
    "tsp_defense": tsp_defense,
    "tsp_defense_echue": unchanged,
    "tsp_decision": tsp_decision,
    "tsp_execution": unchanged,
}
