"""Acts that follow by themselves unless someone writes them down: the vendor's, the town's and ANTAI's routine.

The engine never invents an act; a simulation or the sandbox asks the agenda for the next one and appends
it to the log. An act whose delay is not known (a null parameter) is never proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier.records import Event

if TYPE_CHECKING:
    from collections.abc import Container

    from fpsctl.dossier.records import Dossier
    from fpsctl.dossier.rules import Rules


def next_act(dossier: Dossier, rules: Rules, held: Container[str] = ()) -> Event | None:
    """Return the earliest act due by routine; kinds in `held` are left to whoever writes them."""
    first: Event | None = None
    if dossier.dette == "constate":
        first = _earlier(first, _notice(dossier, rules), held)
    if dossier.jalons_rapo.rectificatif_le is not None:
        first = _earlier(first, _rectificatif(dossier, rules), held)
    if dossier.dette in _OWED or dossier.jalons.annulation_le is not None:
        first = _earlier(first, _title(dossier, rules), held)
    return first


_OWED = ("impaye", "titre")


def _earlier(first: Event | None, act: Event | None, held: Container[str]) -> Event | None:
    if act is None or act.kind in held:
        return first
    return act if first is None else min(first, act)


def _act(rules: Rules, day: int, kind: str, not_before: int) -> Event:
    """Return an act at the first instant of a day, or at the last event when that day is over."""
    first = rules.midnight(day)
    return Event(first, day, kind) if first >= not_before else Event(not_before, rules.day(not_before), kind)


def _notice(dossier: Dossier, rules: Rules) -> Event | None:
    constat, jalons = dossier.constat, dossier.jalons
    if dossier.envoi == "attente" and rules.cycle == "complet":
        return _transmission(dossier, rules)
    if dossier.envoi == "attente" and rules.mode == "vehicule":
        instant = max(constat.etabli, dossier.instant)
        return Event(instant, rules.day(instant), "apposition")
    wait = rules.value("service.envoi", jalons.transmis or constat.jour)
    if dossier.envoi == "transmis" and jalons.transmis is not None and wait is not None:
        return _act(rules, jalons.transmis + int(wait), "envoi", dossier.instant)
    return None


def _transmission(dossier: Dossier, rules: Rules) -> Event:
    """Return the sending of the data: at once, or when a minored price handled by the town is over."""
    instant, fin = dossier.constat.etabli, dossier.jalons.minore_fin
    if rules.minore and rules.minore.canal == "local" and fin is not None:
        instant = fin + 1
    instant = max(instant, dossier.instant)
    return Event(instant, rules.day(instant), "transmission")


def _rectificatif(dossier: Dossier, rules: Rules) -> Event | None:
    day = dossier.jalons_rapo.rectificatif_le
    if day is None or dossier.dette == "prescrit":
        return None
    return _act(rules, day, "rectificatif", dossier.instant)


def _title(dossier: Dossier, rules: Rules) -> Event | None:
    jalons = dossier.jalons
    if jalons.annulation_le is not None:
        wait = rules.number("service.titre_annulation", jalons.annulation_le)
        return _act(rules, jalons.annulation_le + wait, "titre_annulation", dossier.instant)
    if dossier.dette == "impaye" and jalons.echeance is not None:
        if rules.cycle == "partiel" and jalons.impaye_transmis is None:
            wait = rules.number("service.fps_impaye", jalons.echeance)
            return _act(rules, jalons.echeance + 1 + wait, "fps_impaye", dossier.instant)
        first = max(rules.window_end(jalons.echeance) + 1, jalons.impaye_transmis or 0)
        return _act(rules, first + rules.number("titre.emission", first), "titre_emission", dossier.instant)
    if dossier.dette == "titre" and jalons.titre is not None:
        after = rules.value("service.avertissement", jalons.titre)
        if after is not None:
            return _act(rules, jalons.titre + int(after), "avertissement", dossier.instant)
    return None
