"""Day arithmetic: legal days as ordinals (`date.toordinal`), instants as integer seconds since 1970 (UTC).

A legal day is the town's; the zone says where it begins. Everything is cached: a portfolio meets the
same days again and again.
"""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MINUTE = 60


@lru_cache(maxsize=1 << 16)
def add_months(day: int, months: int) -> int:
    """Return the same day number `months` later, else the last day of that month."""
    start = dt.date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last)).toordinal()


@lru_cache(maxsize=1 << 16)
def midnight(zone: ZoneInfo, day: int) -> int:
    """Return the instant at which a legal day begins in a zone."""
    start = dt.date.fromordinal(day)
    return int(dt.datetime(start.year, start.month, start.day, tzinfo=zone).timestamp())


def day_of(zone: ZoneInfo, instant: int) -> int:
    """Return the legal day of an instant in a zone."""
    return dt.datetime.fromtimestamp(instant, zone).toordinal()


def end_of_delay(unit: str, length: int, start: int, *, extra: int = 0) -> int:
    """Return the last day of a delay that starts on `start`; `extra` days are added at the end.

    `francs` gives the day on which the thing is deemed received: neither the first nor the last day counts.
    """
    if unit in ("mois", "ans"):
        return add_months(start, length * (12 if unit == "ans" else 1)) + extra
    return start + length + (1 if unit == "francs" else 0) + extra
