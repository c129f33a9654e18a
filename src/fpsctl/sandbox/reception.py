"""What a message makes happen: from each kind to the events of its case, and the key that binds it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from fpsctl.antai.messages import Annulation, AvisInitial, AvisRectificatif
from fpsctl.dossier import Event
from fpsctl.dossier.amounts import du_majoration
from fpsctl.dossier.title import pending_applied
from fpsctl.errors import InvalidValue, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fpsctl.antai import Message
    from fpsctl.dossier import Step
    from fpsctl.sandbox.cases import Draft

_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # beyond, a typing mistake; what is counted from it must stay a date
_NOTIFIED = ("notifie", "impaye", "titre", "averti")
_PAST = ("constate_le", "etabli_le", "rapo_recu_le", "decide_le")

OPENS = {"avis_initial": "complet", "fps_impaye": "partiel"}
"""The kinds that open a case, and the cycle in which they do."""

CYCLE = {"avis_initial": "complet", "avis_rectificatif": "complet", "fps_impaye": "partiel"}
"""The cycle in which a kind is received; one that is not here, in both."""


def key_of(message: Message) -> str:
    """Return what a message binds: a number is that of one notice; a decision cancels once."""
    numero = message.numero  # type: ignore[attr-defined]  # every message that is sent has one
    if isinstance(message, Annulation):
        return f"annulation {numero} {message.decide_le.isoformat()} {message.motif}"
    return f"fps_impaye {numero}" if message.kind == "fps_impaye" else f"avis {numero}"


def case_of(message: Message) -> str:
    """Return the number of the case that a message is about: that of its initial notice."""
    if isinstance(message, AvisRectificatif):
        return message.numero_initial
    return str(message.numero)  # type: ignore[attr-defined]  # same reason


def sirets_of(message: Message) -> dict[str, str]:
    """Return the SIRETs that must be the caller's, by field; the beneficiary of a charge may be another body."""
    named = {"numero": case_of(message)[:14]}
    if isinstance(message, AvisInitial | AvisRectificatif):
        named["collectivite.siret"] = message.collectivite.siret
        named["numero"] = str(message.numero)[:14]
    if isinstance(message, AvisRectificatif):
        named["numero_initial"] = str(message.numero_initial)[:14]
    return named


def digest_of(content: Mapping[str, Any]) -> str:
    """Return what makes two messages the same: their content, whatever their form on the wire."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=_same).encode()).hexdigest()


def _same(value: object) -> str:
    """Write a date; an instant has one form, in whatever zone it was told."""
    assert isinstance(value, dt.date)  # noqa: S101 - all else in a message is JSON
    return (value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value).isoformat()


def receive(draft: Draft, message: Message, now: int) -> Step:
    """Make a message happen in its case; returns its own step.

    Raises `EventRefused`, `Refused` (`annulation.*`, `rectificatif.montant`).
    """
    draft.said = message
    return _HANDLERS[message.kind](draft, message, now)


def _event(draft: Draft, now: int, kind: str, **slots: object) -> Event:
    return Event(now, draft.case.engine.rules.day(now), kind, **slots)  # type: ignore[arg-type]


def _told(draft: Draft, now: int, day: int, kind: str, **slots: object) -> Event:
    """Return an event of an earlier day that is learnt now: its legal day holds, its instant is not before the last."""
    instant = max(draft.case.dossier.instant, min(now, draft.case.engine.rules.midnight(day)))
    return Event(instant, day, kind, **slots)  # type: ignore[arg-type]  # slots of Event


def check_time(message: Message, now: dt.datetime, place: Callable[[str], str]) -> None:
    """Refuse what happened later than the town's clock: `Refused` (`message.futur`); `place` names a field."""
    for champ in _PAST:
        told = getattr(message, champ, None)
        if told is None:
            continue
        late = told.replace(microsecond=0) > now if isinstance(told, dt.datetime) else told > now.date()
        if late:
            raise Refused("message.futur", champ=place(champ), lu=told.isoformat(), horloge=now.isoformat())


def check_dates(content: Mapping[str, Any]) -> None:
    """Refuse a message with a date that no FPS can have: `InvalidValue` (`date.range`)."""
    for value in content.values():
        if isinstance(value, dt.date):
            check_range(value)
        elif isinstance(value, dict):
            check_dates(value)


def check_range(moment: dt.date) -> None:
    """Refuse a day or an instant of no age that an FPS can have: `InvalidValue` (`date.range`)."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise InvalidValue("date.range", value=moment.isoformat(), first=_FIRST_YEAR, last=_LAST_YEAR)


def _avis_initial(draft: Draft, message: Message, now: int) -> Step:
    del message
    return draft.happen(_event(draft, now, "transmission"))


def _avis_rectificatif(draft: Draft, message: Message, now: int) -> Step:
    """Draw up the notice; the RAPO and its decision, which the town keeps, are read from it."""
    assert isinstance(message, AvisRectificatif)  # noqa: S101 - the table below says so
    if draft.case.dossier.rapo is None:
        draft.happen(_rapo_depot(draft, message, now))
    jalons = draft.case.dossier.jalons_rapo
    if jalons.rectificatif_le is None:
        issue = "partiel" if message.montant else "accepte"
        day, montant = message.etabli_le.toordinal(), int(message.montant) or None
        draft.happen(_told(draft, now, day, "rapo_decision", issue=issue, montant=montant))
    elif jalons.montant != message.montant:
        raise Refused("rectificatif.montant", montant=int(message.montant), attendu=jalons.montant)
    return draft.happen(_event(draft, now, "rectificatif", ref=str(message.numero)))


def _rapo_depot(draft: Draft, message: AvisRectificatif, now: int) -> Event:
    """Return the RAPO that the town has accepted: it is the judge of a postmark, which the notice does not tell."""
    rules, dossier = draft.case.engine.rules, draft.case.dossier
    day, notified = message.rapo_recu_le.toordinal(), dossier.jalons.notification
    posted = day
    if notified is not None:
        if dossier.dette in _NOTIFIED:
            day = max(day, notified)  # as the law deems, whenever the town received it
        posted = min(day, rules.end("rapo.depot", notified))
    return _told(draft, now, day, "rapo_depot", date=posted)


def _annulation(draft: Draft, message: Message, now: int) -> Step:
    assert isinstance(message, Annulation)  # noqa: S101 - the table below says so
    part = int(message.part_majoration)
    fps = int(message.montant_annule) - part
    if fps <= 0:
        raise Refused("annulation.sans-fps", numero=message.numero)
    rules, dossier = draft.case.engine.rules, draft.case.dossier
    compte = pending_applied(dossier, rules, rules.day(now))
    most = du_majoration(compte) + compte.reduction
    if part > most:
        raise Refused("annulation.majoration", part=part, most=most)
    return draft.happen(_event(draft, now, "annulation", montant=fps, issue=message.motif))


def _fps_impaye(draft: Draft, message: Message, now: int) -> Step:
    del message
    return draft.happen(_event(draft, now, "fps_impaye"))


_HANDLERS: dict[str, Callable[[Draft, Message, int], Step]] = {
    "avis_initial": _avis_initial,
    "avis_rectificatif": _avis_rectificatif,
    "annulation": _annulation,
    "fps_impaye": _fps_impaye,
}
