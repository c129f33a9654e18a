"""The only module that reads the machine's time.

Instants are aware datetimes at the edges and integer seconds since 1970 (UTC) inside the engine.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    """What gives the time; injected wherever a date is judged."""

    def now(self) -> dt.datetime:
        """Return the current instant, aware."""
        ...


def steady() -> float:
    """Return seconds of a clock that only goes forward: for durations and patience, never for a date."""
    return time.perf_counter()  # noqa: TID251 - this module is the one exemption


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Return the current instant in UTC."""
        return dt.datetime.now(dt.UTC)  # noqa: TID251 - this module is the one exemption


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: dt.datetime) -> None:
        """Start at an aware instant; raises `ValueError` on a naive one."""
        if start.tzinfo is None:
            msg = "a clock needs an aware instant"
            raise ValueError(msg)
        self._now = start

    def now(self) -> dt.datetime:
        """Return the instant it was set to."""
        return self._now

    def advance(self, step: dt.timedelta) -> dt.datetime:
        """Move forward by `step` (never back) and return the new instant."""
        if step < dt.timedelta(0):
            msg = "a clock never goes back; rewind is a replay"
            raise ValueError(msg)
        self._now += step
        return self._now
