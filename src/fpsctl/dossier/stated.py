"""Days that a fact states beside its own: refused where no such day can be."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from fpsctl.dossier.records import Event


def stated_day(event: Event, first: int, last: int | None = None) -> int:
    """Return the day that the event states, else its own; between `first` and `last` (default: its own day).

    Raises `EventRefused` (`evenement.date`).
    """
    if event.date is None:
        return event.jour
    last = event.jour if last is None else last
    if not first <= event.date <= last:
        raise EventRefused(
            "evenement.date",
            event=event.kind,
            value=dt.date.fromordinal(event.date),
            first=dt.date.fromordinal(first),
            last=dt.date.fromordinal(last),
        )
    return event.date
