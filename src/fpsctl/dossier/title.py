"""From the unpaid FPS to the end of the title: majoration, avertissement, cancellation, limitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier import amounts
from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from fpsctl.dossier.notice import Result
    from fpsctl.dossier.records import Dossier, Event
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
    day = event.date or event.jour
    jalons = dossier.jalons._replace(avertissement=day, reduction_fin=rules.end("avertissement.reduction", day))
    return "", dossier._replace(jalons=jalons)


def annulation(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Cancel all or an amount of the FPS, for a reason other than payment."""
    most = amounts.du_fps(dossier.compte)
    if event.montant is not None and event.montant > most:
        raise EventRefused("annulation.au-dela", montant=event.montant, most=most)
    return cancel_or_ask(dossier, event.montant, event.jour, rules)


def cancel_or_ask(dossier: Dossier, fps: int | None, day: int, rules: Rules) -> Result:
    """Cancel at once before the title; after it, ask ANTAI, whose titre d'annulation alone takes effect."""
    if dossier.jalons.titre is not None and dossier.dette != "annule":
        jalons = dossier.jalons._replace(annulation_le=day, annulation_montant=fps)
        return "apres_titre", dossier._replace(jalons=jalons)
    return _cancel(dossier, fps, day, rules)


def _cancel(dossier: Dossier, fps: int | None, day: int, rules: Rules) -> Result:
    compte = amounts.cancel(dossier.compte, fps, rules, day)
    after = dossier._replace(compte=compte)
    if amounts.du_fps(compte) == 0:
        return "annule", after
    return ("solde" if amounts.reste(compte) <= 0 else "reduit"), after


def titre_annulation(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Issue the titre d'annulation that was asked for: FPS part and majoration."""
    if dossier.jalons.annulation_le is None:
        raise EventRefused("titre-annulation.non-demande")
    outcome, after = _cancel(dossier, dossier.jalons.annulation_montant, event.jour, rules)
    return outcome, after._replace(jalons=after.jalons._replace(annulation_le=None, annulation_montant=None))


def interruption(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Interrupt the limitation: it runs anew from this day."""
    jalons = dossier.jalons._replace(prescription=rules.end("prescription", event.jour))
    return "", dossier._replace(jalons=jalons)


def prescription(dossier: Dossier, _event: Event, _rules: Rules) -> Result:
    """Let the limitation end the recovery."""
    return "", dossier


HANDLERS = {
    "fps_impaye": fps_impaye,
    "titre_emission": titre_emission,
    "avertissement": avertissement,
    "annulation": annulation,
    "titre_annulation": titre_annulation,
    "interruption": interruption,
    "prescription": prescription,
}
