"""Dates as people write them in a scenario: local days and times, ISO 8601 durations.

A time without offset is the town's; one that does not exist there (a spring night) is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.dossier.calendar import add_months

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NOON = dt.time(12)
_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_MOST_DAYS = 366 * 100


class Duration(NamedTuple):
    """A calendar duration: months and days keep the local time, seconds elapse."""

    months: int
    days: int
    seconds: int

    @classmethod
    def parse(cls, text: object) -> Duration:
        """Read `P1M`, `-P1D`, `PT2H30M`; raises `ValueError`."""
        match = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if match is None or not any(match[name] for name in match.groupdict() if name != "sign"):
            msg = f"{text!r} is not an ISO 8601 duration (P1M, -P1D, PT2H30M)"
            raise ValueError(msg)
        part = {name: int(value or 0) for name, value in match.groupdict().items() if name != "sign"}
        sign = -1 if match["sign"] == "-" else 1
        if part["years"] * 366 + part["months"] * 31 + part["weeks"] * 7 + part["days"] > _MOST_DAYS:
            msg = f"{text!r} is longer than a century"
            raise ValueError(msg)
        return cls(
            sign * (part["years"] * 12 + part["months"]),
            sign * (part["weeks"] * 7 + part["days"]),
            sign * ((part["hours"] * 60 + part["minutes"]) * 60 + part["seconds"]),
        )

    def after(self, start: dt.datetime) -> dt.datetime:
        """Return the instant this long after an aware local one."""
        day = dt.date.fromordinal(add_months(start.toordinal(), self.months) + self.days)
        local = dt.datetime.combine(day, start.timetz())
        instant = local.astimezone(dt.UTC) + dt.timedelta(seconds=self.seconds)
        return instant.astimezone(start.tzinfo)


def read_moment(text: object, zone: ZoneInfo) -> dt.datetime:
    """Read a local date (noon), a local time or a time with its offset; raises `ValueError`."""
    if not isinstance(text, str):
        msg = f"{text!r} is not a date"
        raise ValueError(msg)  # noqa: TRY004 - the caller handles one kind of error
    value = text.strip().replace(" ", "T", 1)
    try:
        read = dt.datetime.fromisoformat(value)
    except ValueError as error:
        msg = f"{text!r} is not a date that exists (YYYY-MM-DD or YYYY-MM-DDTHH:MM)"
        raise ValueError(msg) from error
    if "T" not in value:
        read = dt.datetime.combine(read.date(), NOON)
    if read.tzinfo is not None:
        return read.astimezone(zone)
    local = read.replace(tzinfo=zone)
    if local.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != read:
        msg = f"{text!r} does not exist in {zone.key} (clocks go forward)"
        raise ValueError(msg)
    return local


def read_day(text: object) -> dt.date:
    """Read a calendar day; raises `ValueError`."""
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError as error:
        msg = f"{text!r} is not a date that exists (YYYY-MM-DD)"
        raise ValueError(msg) from error
