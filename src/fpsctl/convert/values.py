"""Values as FNMS writes them, read one at a time; a value that cannot be read says why.

A reader takes what JSON gave and returns a value, or raises `Unread` with the reason.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.collectivite.models import MOST_CENTS
from fpsctl.errors import InvalidValue
from fpsctl.identifiers import Immatriculation, NumeroFps
from fpsctl.texts import text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

CENTS, EUROS = "cents", "euros"
_LONGEST_TEXT = 500
_FIRST_YEAR, _LAST_YEAR = 2000, 2099  # the number has two digits for the year
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?(€|EUR|euros?)?", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,6})M)?)?", re.ASCII)
_CENTS_DECIMALS = 2
_FINEST = -6  # decimals of a JSON number that anyone writes for an amount


class Unread(ValueError):
    """A value cannot be read; the text says why, in the user's language."""

    def __init__(self, reason: str, /, **params: object) -> None:
        """Take the code of the reason, `fnms.reason.<reason>`."""
        super().__init__(text(f"fnms.reason.{reason}", **params))


def one_line(raw: object) -> str:
    """Return text on one line; a whole number counts as its digits (the caller says so)."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw) if abs(raw) < 10**60 else ""
    if not isinstance(raw, str):
        raise Unread("text")
    line = " ".join(raw.split())
    if not line or not line.isprintable():
        raise Unread("printable")
    if len(line) > _LONGEST_TEXT:
        raise Unread("long", most=_LONGEST_TEXT)
    return line


def _said(error: InvalidValue) -> str:
    return text(f"error.{error.code}", **error.params)


def numero(raw: object) -> NumeroFps:
    """Return a number of 26 digits; spaces and a key are accepted."""
    line = one_line(raw)
    try:
        return NumeroFps(line)
    except InvalidValue as error:
        raise Unread("said", why=_said(error)) from error


def plate(raw: object) -> Immatriculation:
    """Return a plate."""
    line = one_line(raw)
    try:
        return Immatriculation(line)
    except InvalidValue as error:
        raise Unread("said", why=_said(error)) from error


def day(raw: object) -> dt.date:
    """Return a calendar day, `YYYY-MM-DD`."""
    try:
        if isinstance(raw, str) and _DAY.fullmatch(raw):
            read = dt.date.fromisoformat(raw)
            if _FIRST_YEAR <= read.year <= _LAST_YEAR:
                return read
    except ValueError:
        pass
    raise Unread("day")


class Moment(NamedTuple):
    """A date and time as written: with an offset, an instant; without, a local time."""

    read: dt.datetime

    @property
    def local(self) -> bool:
        """Whether no offset was written."""
        return self.read.tzinfo is None

    def in_zone(self, zone: ZoneInfo) -> dt.datetime:
        """Return the instant in a zone; a local time that occurs twice is its first occurrence."""
        return self.read.replace(tzinfo=zone) if self.local else self.read.astimezone(zone)

    def exists(self, zone: ZoneInfo) -> bool:
        """Whether clocks of the zone ever show this local time."""
        instant = self.in_zone(zone)
        return not self.local or instant.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == self.read

    def twice(self, zone: ZoneInfo) -> bool:
        """Whether clocks of the zone show this local time twice."""
        instant = self.in_zone(zone)
        return self.local and instant.utcoffset() != instant.replace(fold=1).utcoffset()


def moment(raw: object) -> Moment:
    """Return a date and time; a day alone, a number or another form is refused."""
    match = _INSTANT.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise Unread("instant")
    date, minutes, seconds, offset = match.groups()
    try:
        read = dt.datetime.fromisoformat(f"{date}T{minutes}{(seconds or ':00')[:10]}{offset or ''}")
    except ValueError as error:
        raise Unread("instant") from error
    if not _FIRST_YEAR < read.year < _LAST_YEAR:
        raise Unread("year", first=_FIRST_YEAR + 1, last=_LAST_YEAR - 1)
    return Moment(read)


class Written(NamedTuple):
    """An amount as written: its figure, whether with decimals, and whether euros by its own form.

    A euro sign, or two decimals, are written of euros only.
    """

    figure: Decimal
    decimals: bool = False
    euros: bool = False

    def cents(self, unit: str) -> int | None:
        """Return whole cents, None where that unit gives a fraction of one, or too much."""
        cents = self.figure * 100 if self.euros or unit == EUROS else self.figure
        return int(cents) if cents == cents.to_integral_value() and cents <= MOST_CENTS else None


def amount(raw: object) -> Written:
    """Return an amount: a number, or its digits as text, with or without a euro sign."""
    if isinstance(raw, str) and (match := _AMOUNT.fullmatch("".join(raw.split()))):
        units, decimals, sign = match.groups()
        own = sign is not None or len(decimals or "") >= _CENTS_DECIMALS
        return Written(Decimal(f"{units}.{decimals or 0}"), decimals is not None, own)
    if isinstance(raw, bool) or not isinstance(raw, (int, Decimal)):
        raise Unread("amount")
    if raw < 0:
        raise Unread("negative")
    figure = Decimal(raw)
    finest = figure.as_tuple().exponent
    if raw > MOST_CENTS or not isinstance(finest, int) or finest < _FINEST:
        raise Unread("amount")
    return Written(figure, finest < 0, -finest >= _CENTS_DECIMALS)


def minutes_of(raw: object) -> dict[str, int]:
    """Return the lengths in minutes that a duration may mean, by unit; one when the unit is written."""
    if isinstance(raw, str) and (match := _DURATION.fullmatch(raw.strip())) and any(match.groups()):
        days, hours, minutes = (int(part or 0) for part in match.groups())
        return {"iso8601": (days * 24 + hours) * 60 + minutes}
    figure = amount(raw)
    if figure.euros or figure.decimals or not 0 < figure.figure < 10**6:
        raise Unread("duration")
    number = int(figure.figure)
    return {"minutes": number, "hours": number * 60, "days": number * 24 * 60} | (
        {} if number % 60 else {"seconds": number // 60}
    )
