"""From a written event to the engine's: its fields in their slots, days as ordinals, relative amounts in cents."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from fpsctl.dossier import EVENTS, Event
from fpsctl.dossier.views import montants
from fpsctl.errors import EventRefused
from fpsctl.simulation.scenario import RELATIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.dossier import Dossier, Engine


def event_of(do: str, facts: Mapping[str, Any], instant: int, dossier: Dossier, engine: Engine) -> Event:
    """Return the event of a step's checked facts; raises `EventRefused` (`paiement.rien-du`)."""
    slots: dict[str, Any] = {}
    for field in EVENTS[do].fields:
        value = facts.get(field.name)
        if value is None:
            continue
        if field.slot == "date":
            value = dt.date.fromisoformat(value).toordinal()
        elif field.slot == "montant" and isinstance(value, str):
            value = _amount(do, value, instant, dossier, engine)
        slots[field.slot] = value
    return Event(instant, engine.rules.day(instant), do, **slots)


def _amount(do: str, amount: str, instant: int, dossier: Dossier, engine: Engine) -> int:
    """Return the cents of an amount relative to the debt at this moment; nothing due cannot be paid."""
    amounts = montants(engine.advance(dossier, instant), engine.rules, instant)
    share = RELATIVE.fullmatch(amount)
    cents = (
        amounts[amount] if share is None or share["share"] is None else amounts["initial"] * int(share["share"]) // 100
    )
    if cents <= 0:
        raise EventRefused("paiement.rien-du", event=do, amount=amount)
    return cents
