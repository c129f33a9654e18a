"""Dates as people write them in a scenario: local days and times, ISO 8601 durations.

A time without offset is the town's; one that does not exist there (a spring night) is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.dossier.calendar import add_months
from fpsctl.errors import InvalidValue

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NOON = dt.time(12)
_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_MOST_DAYS = 366 * 100
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # beyond, a typing mistake; the law itself says from when it holds


class Duration(NamedTuple):
    """A calendar duration: months and days keep the local time, seconds elapse."""

    months: int
    days: int
    seconds: int

    @classmethod
    def parse(cls, text: object) -> Duration:
        """Read `P1M`, `-P1D`, `PT2H30M`; raises `InvalidValue` (`duree.format`, `duree.too-long`)."""
        match = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if match is None or not any(match[name] for name in match.groupdict() if name != "sign"):
            raise InvalidValue("duree.format", value=text)
        part = {name: int(value or 0) for name, value in match.groupdict().items() if name != "sign"}
        sign = -1 if match["sign"] == "-" else 1
        seconds = (part["hours"] * 60 + part["minutes"]) * 60 + part["seconds"]
        days = part["years"] * 366 + part["months"] * 31 + part["weeks"] * 7 + part["days"]
        if days + seconds // 86_400 > _MOST_DAYS:
            raise InvalidValue("duree.too-long", value=text)
        return cls(
            sign * (part["years"] * 12 + part["months"]),
            sign * (part["weeks"] * 7 + part["days"]),
            sign * seconds,
        )

    def after(self, start: dt.datetime) -> dt.datetime:
        """Return the instant this long after an aware local one."""
        day = dt.date.fromordinal(add_months(start.toordinal(), self.months) + self.days)
        local = dt.datetime.combine(day, start.timetz())
        instant = local.astimezone(dt.UTC) + dt.timedelta(seconds=self.seconds)
        return instant.astimezone(start.tzinfo)


def read_moment(text: object, zone: ZoneInfo) -> dt.datetime:
    """Read a local date (noon), a local time or a time with its offset.

    Raises `InvalidValue`: `date.format`, `date.range`, `date.clock-change`.
    """
    value = str(text).strip().replace(" ", "T", 1)
    try:
        read = dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidValue("date.format", value=text) from error
    _in_range(read.year, text)
    if "T" not in value:
        read = dt.datetime.combine(read.date(), NOON)
    if read.tzinfo is not None:
        return read.astimezone(zone)
    local = read.replace(tzinfo=zone)
    if local.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != read:
        raise InvalidValue("date.clock-change", value=text, zone=zone.key)
    return local


def read_day(text: object) -> dt.date:
    """Read a calendar day; raises `InvalidValue` (`date.format`, `date.range`)."""
    try:
        day = dt.date.fromisoformat(str(text))
    except ValueError as error:
        raise InvalidValue("date.format", value=text) from error
    _in_range(day.year, text)
    return day


def _in_range(year: int, text: object) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InvalidValue("date.range", value=text, first=_FIRST_YEAR, last=_LAST_YEAR)
