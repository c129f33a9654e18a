"""From the unpaid FPS to the end of the title: majoration, avertissement, cancellation, limitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier import amounts
from fpsctl.dossier.notice import unchanged
from fpsctl.dossier.stated import stated_day
from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from fpsctl.dossier.notice import Result
    from fpsctl.dossier.records import Compte, Dossier, Event
    from fpsctl.dossier.rules import Rules


def fps_impaye(dossier: Dossier, event: Event, _rules: Rules) -> Result:
    """Tell ANTAI that the FPS is unpaid (cycle partiel), once."""
    if dossier.jalons.impaye_transmis is not None:
        raise EventRefused("impaye.deja-transmis")
    return "", dossier._replace(jalons=dossier.jalons._replace(impaye_transmis=event.jour))


def titre_emission(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Issue the title on what remains due; the majoration is added, the limitation runs from the signature."""
    if rules.cycle == "partiel" and dossier.jalons.impaye_transmis is None:
        raise EventRefused("titre.sans-impaye")
    remaining = amounts.reste(dossier.compte)
    compte = dossier.compte._replace(titre_fps=remaining, majoration=amounts.majoration(remaining, rules, event.jour))
    jalons = dossier.jalons._replace(
        titre=event.jour, titre_numero=event.ref, prescription=rules.end("prescription", event.jour)
    )
    return "", dossier._replace(compte=compte, jalons=jalons)


def avertissement(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Send the avertissement: the reduced price is open for a month from sending."""
    day = stated_day(event, dossier.jalons.titre or event.jour)
    jalons = dossier.jalons._replace(avertissement=day, reduction_fin=rules.end("avertissement.reduction", day))
    return "", dossier._replace(jalons=jalons)


def annulation(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Cancel all or an amount of the FPS, for a reason other than payment."""
    most = amounts.du_fps(pending_applied(dossier, rules, event.jour))
    if most == 0 or (event.montant is not None and event.montant > most):
        raise EventRefused("annulation.au-dela", montant=event.montant, most=most)
    return cancel_or_ask(dossier, event.montant, event.jour, rules)


def pending_applied(dossier: Dossier, rules: Rules, day: int) -> Compte:
    """Return the account as it will be once the cancellations asked of ANTAI have taken effect."""
    if dossier.jalons.annulation_le is None:
        return dossier.compte
    return amounts.cancel(dossier.compte, dossier.jalons.annulation_montant, rules, day)


def lower_or_ask(dossier: Dossier, fps: int, day: int, rules: Rules) -> Result:
    """Bring the FPS down to an amount set by a decision, at once or through ANTAI; zero cancels all of it."""
    if fps == 0:
        return cancel_or_ask(dossier, None, day, rules)
    if dossier.jalons.titre is not None:
        cut = max(0, amounts.du_fps(pending_applied(dossier, rules, day)) - fps)
        return cancel_or_ask(dossier, cut, day, rules)
    compte = dossier.compte
    if fps < compte.plein - compte.annule_fps:
        compte = amounts.reduce_to(compte, fps)
    return _settled(dossier._replace(compte=compte))


def cancel_or_ask(dossier: Dossier, fps: int | None, day: int, rules: Rules) -> Result:
    """Cancel at once before the title; after it, ask ANTAI, whose titre d'annulation alone takes effect.

    What is asked before ANTAI has acted adds up.
    """
    jalons = dossier.jalons
    if jalons.titre is None or dossier.dette == "annule":
        return _settled(dossier._replace(compte=amounts.cancel(dossier.compte, fps, rules, day)))
    if fps == 0 or amounts.du_fps(pending_applied(dossier, rules, day)) == 0:
        return "apres_titre", dossier
    if jalons.annulation_le is not None:
        fps = None if fps is None or jalons.annulation_montant is None else fps + jalons.annulation_montant
    return "apres_titre", dossier._replace(jalons=jalons._replace(annulation_le=day, annulation_montant=fps))


def _settled(dossier: Dossier) -> Result:
    if amounts.du_fps(dossier.compte) == 0:
        return "annule", dossier
    return ("solde" if amounts.reste(dossier.compte) <= 0 else "reduit"), dossier


def titre_annulation(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Issue the titre d'annulation that was asked for: FPS part and majoration."""
    if dossier.jalons.annulation_le is None:
        raise EventRefused("titre-annulation.non-demande")
    outcome, after = _settled(dossier._replace(compte=pending_applied(dossier, rules, event.jour)))
    return outcome, after._replace(jalons=after.jalons._replace(annulation_le=None, annulation_montant=None))


def interruption(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Interrupt the limitation: it runs anew from this day."""
    jalons = dossier.jalons._replace(prescription=rules.end("prescription", event.jour))
    return "", dossier._replace(jalons=jalons)


HANDLERS = {
    "fps_impaye": fps_impaye,
    "titre_emission": titre_emission,
    "avertissement": avertissement,
    "annulation": annulation,
    "titre_annulation": titre_annulation,
    "interruption": interruption,
    "prescription": unchanged,
}
