"""RAPO before the authority, then the court (CCSP, since 2025 the Tribunal du stationnement payant)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier import amounts
from fpsctl.dossier.notice import unchanged
from fpsctl.dossier.records import JalonsTsp
from fpsctl.dossier.stated import stated_day
from fpsctl.dossier.title import cancel_or_ask, lower_or_ask, pending_applied
from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from fpsctl.dossier.notice import Result
    from fpsctl.dossier.records import Dossier, Event
    from fpsctl.dossier.rules import Rules


_MOST_WAIT = 3660
"""Days: a stated day further away is a typing mistake."""


def rapo_depot(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Receive a RAPO; late or incomplete, it is irrecevable."""
    expedie = stated_day(event, dossier.constat.jour)
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
        # Decided on the day of receipt and told by post (assumption: no event of its own).
        told = rules.end("notification.rapo_postale", event.jour)
        jalons = jalons._replace(decision=event.jour, recours_fin=rules.end("recours.rapo", told))
    return outcome, dossier._replace(jalons_rapo=jalons)


def rapo_decision(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Decide the RAPO; an acceptance is to be followed by an avis rectificatif."""
    late = dossier.rapo == "implicite"
    if late and rules.value("rapo.decision_apres_silence", event.jour) == "refuse":
        raise EventRefused("rapo.decision-tardive")
    known = event.jour if event.ref == "demat" else rules.end("notification.rapo_postale", event.jour)
    jalons = dossier.jalons_rapo._replace(decision=event.jour)
    if not (late and event.issue == "rejete"):  # a rejection that only confirms silence opens no new delay
        jalons = jalons._replace(recours_fin=rules.end("recours.rapo", known))
    if event.issue in ("accepte", "partiel"):
        jalons = jalons._replace(
            rectificatif_le=stated_day(event, event.jour, event.jour + _MOST_WAIT), montant=_rectified(dossier, event)
        )
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
    if event.ref == dossier.constat.numero:
        raise EventRefused("rectificatif.numero", numero=event.ref)
    montant = jalons_rapo.montant or 0
    if dossier.dette == "annule":
        outcome, after = "annule", dossier
    else:
        outcome, after = lower_or_ask(dossier, montant, event.jour, rules)
    # What the notice says is what is then due: another cancellation may have come first.
    said = min(montant, amounts.du_fps(pending_applied(after, rules, event.jour)))
    after = after._replace(jalons_rapo=jalons_rapo._replace(rectificatif_le=None, montant=said))
    if outcome == "reduit" and rules.value("paiement.rectifie.base", event.jour) == "rectificatif":
        known = rules.end(f"notification.{rules.mode}", event.jour)
        outcome = "reduit_nouveau_delai"
        after = after._replace(jalons=after.jalons._replace(echeance=rules.end("paiement", known)))
    return outcome, after


def tsp_requete(dossier: Dossier, event: Event, _rules: Rules) -> Result:
    """Bring the case before the court, against the RAPO decision or against the title; a new case, new dates."""
    return event.issue, dossier._replace(jalons_tsp=JalonsTsp(requete=event.jour))


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
        return stated_day(event, event.jour, event.jour + _MOST_WAIT)
    return end if event.date is None else min(stated_day(event, event.jour, event.jour + _MOST_WAIT), end)


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
    # Only a decision that changes something has to be carried out.
    execution = rules.end("tsp.execution", received) if event.issue in ("annule", "reduit") else None
    jalons = dossier.jalons_tsp._replace(decision=event.jour, decision_recue=received, execution_fin=execution)
    judged = dossier._replace(jalons_tsp=jalons)
    if event.issue == "annule":
        return ("annule", judged) if dossier.dette == "annule" else cancel_or_ask(judged, None, event.jour, rules)
    if event.issue != "reduit":
        return event.issue, judged
    most = amounts.du_fps(dossier.compte)
    if event.montant is None or not 0 < event.montant < most:
        raise EventRefused("tsp.reduit-montant", montant=event.montant, most=most)
    return lower_or_ask(judged, event.montant, event.jour, rules)


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
