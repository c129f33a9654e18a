"""What the law does by itself: the next effect of time, or of an amount, on a dossier.

An act (a title signed, a notice sent) is never an effect: somebody does it, so it is a line of the log
(`agenda` proposes it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier.amounts import reste
from fpsctl.dossier.payment import paid_up
from fpsctl.dossier.records import Event

if TYPE_CHECKING:
    from fpsctl.dossier.records import Dossier
    from fpsctl.dossier.rules import Rules


def next_effect(dossier: Dossier, rules: Rules) -> Event | None:
    """Return the earliest effect to come, as an event with its instant and its legal day; None when there is none.

    A delay whose last day is D takes effect at the first instant of D+1. The implicit rejection alone is
    dated D (R. 2333-120-13) and falls on its last second: an answer given on D is still in time.
    """
    if dossier.remboursement is not None or dossier.paiements:
        now = _at_once(dossier, rules)
        if now is not None:
            return now
    following = _debt(dossier, rules)
    if dossier.rapo == "recu":
        following = _earliest(following, _rapo(dossier, rules))
    if dossier.tsp in _COURT_WAITS:
        following = _earliest(following, _court(dossier, rules))
    if following is not None and following.instant < dossier.instant:
        # Learnt late (a sending date of last month): the legal day stays, the moment it takes effect is now.
        return following._replace(instant=dossier.instant)
    return following


_COURT_WAITS = ("saisi", "communique")


def _earliest(one: Event | None, other: Event | None) -> Event | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _debt(dossier: Dossier, rules: Rules) -> Event | None:
    dette, jalons = dossier.dette, dossier.jalons
    if dette == "constate" and jalons.notification is not None:
        return Event(rules.midnight(jalons.notification), jalons.notification, "notification")
    if dette == "notifie" and jalons.echeance is not None:
        return Event(rules.midnight(jalons.echeance + 1), jalons.echeance + 1, "paiement_echu")
    if dette in ("titre", "averti") and jalons.prescription is not None:
        return Event(rules.midnight(jalons.prescription + 1), jalons.prescription + 1, "prescription")
    return None


def _rapo(dossier: Dossier, rules: Rules) -> Event | None:
    end = dossier.jalons_rapo.reponse_fin
    if end is None:
        return None
    return Event(rules.midnight(end + 1) - 1, end, "rapo_silence")


def _court(dossier: Dossier, rules: Rules) -> Event | None:
    jalons = dossier.jalons_tsp
    if dossier.tsp == "saisi" and jalons.regularisation_fin is not None:
        day = jalons.regularisation_fin + 1
        return Event(rules.midnight(day), day, "tsp_regularisation_echue")
    if dossier.tsp == "communique" and jalons.defense_fin is not None:
        day = jalons.defense_fin + 1
        return Event(rules.midnight(day), day, "tsp_defense_echue")
    return None


def _at_once(dossier: Dossier, rules: Rules) -> Event | None:
    """Return what follows at the instant of the last event: a debt covered by an open price, a refund due or gone."""
    if paid_up(dossier, rules):
        return Event(dossier.instant, rules.day(dossier.instant), "prix_atteint")
    return _refund(dossier, rules)


def _refund(dossier: Dossier, rules: Rules) -> Event | None:
    """Open or close the refund track as soon as the balance says so: at the instant of the last event."""
    track = dossier.remboursement
    owed = reste(dossier.compte) < 0
    if owed and track in (None, "rembourse", "compense"):
        return Event(dossier.instant, rules.day(dossier.instant), "trop_percu")
    if not owed and track in ("du", "ordonne"):
        return Event(dossier.instant, rules.day(dossier.instant), "trop_percu_eteint")
    return None
