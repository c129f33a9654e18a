"""What a message makes happen: from each kind to the events of its case, and the key that binds it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fpsctl.antai.messages import Annulation, AvisInitial, AvisRectificatif
from fpsctl.dossier import Event
from fpsctl.errors import Refused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from fpsctl.antai import Message
    from fpsctl.dossier import Step
    from fpsctl.sandbox.cases import Draft

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
    """Return the SIRETs that a message names, by field; all must be the caller's."""
    named = {"numero": case_of(message)[:14]}
    if isinstance(message, AvisInitial | AvisRectificatif):
        named["collectivite.siret"] = message.collectivite.siret
        named["numero"] = str(message.numero)[:14]
    if isinstance(message, AvisRectificatif):
        named["numero_initial"] = str(message.numero_initial)[:14]
    return named


def receive(draft: Draft, message: Message, now: int) -> Step:
    """Make a message happen in its case; returns its own step. Raises `EventRefused`, `Refused` (`message.futur`)."""
    return _HANDLERS[message.kind](draft, message, now)


def _event(draft: Draft, now: int, kind: str, **slots: object) -> Event:
    return Event(now, draft.case.engine.rules.day(now), kind, **slots)  # type: ignore[arg-type]


def check_time(message: Message, now: dt.datetime) -> None:
    """Refuse a finding later than the town's clock (`message.futur`)."""
    found = getattr(message, "constate_le", None)
    if found is not None and found > now:
        raise Refused("message.futur", champ="constate_le", lu=found.isoformat(), horloge=now.isoformat())


def _avis_initial(draft: Draft, message: Message, now: int) -> Step:
    del message
    return draft.happen(_event(draft, now, "transmission"))


def _avis_rectificatif(draft: Draft, message: Message, now: int) -> Step:
    """Draw up the notice; the RAPO and its decision, which the town keeps, are read from it."""
    assert isinstance(message, AvisRectificatif)  # noqa: S101 - the table below says so
    draft.case = replace(draft.case, facts=draft.case.facts._replace(agent_rapo=message.agent))
    rules, dossier = draft.case.engine.rules, draft.case.dossier
    if dossier.rapo is None:
        filed = max(dossier.instant, min(now, rules.midnight(message.rapo_recu_le.toordinal())))
        draft.happen(Event(filed, rules.day(filed), "rapo_depot", date=message.rapo_recu_le.toordinal()))
    if draft.case.dossier.jalons_rapo.rectificatif_le is None:
        issue = "partiel" if message.montant else "accepte"
        montant = int(message.montant) or None
        draft.happen(_event(draft, now, "rapo_decision", issue=issue, montant=montant))
    return draft.happen(_event(draft, now, "rectificatif", ref=str(message.numero)))


def _annulation(draft: Draft, message: Message, now: int) -> Step:
    assert isinstance(message, Annulation)  # noqa: S101 - the table below says so
    fps = int(message.montant_annule) - int(message.part_majoration)
    if fps <= 0:
        raise Refused("annulation.sans-fps", numero=message.numero)
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
