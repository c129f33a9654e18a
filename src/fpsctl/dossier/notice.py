"""What happens to the notice: drawn up, sent or put on the vehicle, known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier.calendar import MINUTE
from fpsctl.dossier.records import Compte, Dossier, JalonsDette, JalonsRapo, JalonsTsp
from fpsctl.dossier.stated import stated_day

if TYPE_CHECKING:
    from fpsctl.dossier.records import Constat, Event
    from fpsctl.dossier.rules import Rules

_NO_RAPO, _NO_TSP = JalonsRapo(), JalonsTsp()

Result = tuple[str, Dossier]


def open_dossier(constat: Constat, rules: Rules) -> Dossier:
    """Return the dossier before its first event: no track has a state yet."""
    plein = max(0, constat.fps - constat.deduit)
    minore_fin = None
    if rules.minore and rules.minore.debut == "etablissement" and rules.minore.montant < plein:
        minore_fin = constat.etabli + rules.minore.minutes * MINUTE
    return Dossier(
        constat=constat,
        dette=None,
        envoi=None,
        rapo=None,
        tsp=None,
        remboursement=None,
        compte=Compte(plein=plein),
        jalons=JalonsDette(minore_fin=minore_fin),
        jalons_rapo=_NO_RAPO,
        jalons_tsp=_NO_TSP,
        paiements=(),
        instant=constat.instant,
    )


def unchanged(dossier: Dossier, _event: Event, _rules: Rules) -> Result:
    """Move a track, by the table alone; no amount and no date changes."""
    return "", dossier


def constatation(dossier: Dossier, _event: Event, _rules: Rules) -> Result:
    """Establish the FPS; `nul` when the receipt covers all of it."""
    return ("du" if dossier.compte.plein else "nul"), dossier


def transmission(dossier: Dossier, event: Event, _rules: Rules) -> Result:
    """Send the notice's data to ANTAI, first or corrected."""
    return "", dossier._replace(jalons=dossier.jalons._replace(transmis=event.jour))


def envoi(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Send the notice; a date printed on it overrides the day of the event."""
    mode = event.issue or (rules.mode if rules.mode == "demat_antai" else "postale")
    day = stated_day(event, dossier.constat.jour)
    return mode, notify(dossier, rules, rules.end(f"notification.{mode}", day), envoi_day=day)


def apposition(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Put the notice on the vehicle."""
    return "", notify(dossier, rules, rules.end("notification.vehicule", event.jour))


def prise_connaissance(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Record that the holder took knowledge of the notice."""
    return "", notify(dossier, rules, rules.end("notification.demat_locale", event.jour))


def notify(dossier: Dossier, rules: Rules, day: int, envoi_day: int | None = None) -> Dossier:
    """Set the legal day of notification and what runs from it."""
    minore_fin = dossier.jalons.minore_fin
    if rules.minore and rules.minore.debut == "notification" and rules.minore.montant < dossier.compte.plein:
        whole_day = rules.value("minore.premier_jour", day) == "lendemain"
        minore_fin = rules.midnight(day + whole_day) + rules.minore.minutes * MINUTE - 1
    jalons = dossier.jalons._replace(
        envoi=envoi_day, notification=day, echeance=rules.end("paiement", day), minore_fin=minore_fin
    )
    return dossier._replace(jalons=jalons)


HANDLERS = {
    "constatation": constatation,
    "transmission": transmission,
    "rejet": unchanged,  # nothing was notified, no clock runs
    "envoi": envoi,
    "apposition": apposition,
    "mise_a_disposition": unchanged,  # not notified before it is known
    "prise_connaissance": prise_connaissance,
    "retour_npai": unchanged,  # sending to the known address counts
    "notification": unchanged,  # its day was set when the notice was sent
}
