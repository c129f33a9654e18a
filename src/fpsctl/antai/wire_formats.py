"""How one value is written on the wire and read back, as the profile's formats and codes say."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr

from fpsctl.antai.leaves import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.profile_formats import Formats
    from fpsctl.antai.profile_model import FieldEntry
    from fpsctl.identifiers import Montant

UNLISTED = "inconnu"  # what a code that the profile does not list is read as, where the vocabulary is open

_FIRST_YEAR, _LAST_YEAR = 2, 9998  # a change of zone must stay a date
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_MOST_EUROS, _NO_CENT = 10**10, 1e-3
"""Beyond, a float of euros loses cents; how far from a whole cent a number may be."""
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_ATTRIBUTES = {"Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}


class UnknownCode(ValueError):
    """A code that the profile does not list."""


class Ambiguous(ValueError):
    """A local time that a clock shows twice, when summer time ends; `first` is the earlier of the two."""

    def __init__(self, first: dt.datetime) -> None:
        """Keep the earlier instant."""
        super().__init__("instant.local.ambiguous")
        self.first = first


class Unwritable(ValueError):
    """A value that the profile cannot carry without loss; the text says which rule, `field` where."""

    field = ""


def _as_text(text: str) -> Any:  # noqa: ANN401 - as the others
    return text


@dataclass(frozen=True, slots=True)
class Format:
    """The JSON type of a value, and the way there and back; None means: as it is.

    `read` raises `ValueError` with a stable text, `UnknownCode` for a code; `write` raises `Unwritable`.
    `from_text` makes the JSON value of an XML text, or leaves the text when it is none.
    """

    wire_type: Any
    read: Callable[[Any], Any] | None = None
    write: Callable[[Any], Any] | None = None
    open_codes: bool = False
    from_text: Callable[[str], Any] = _as_text


def format_of(leaf: Leaf, entry: FieldEntry, formats: Formats) -> Format:
    """Choose the format of a leaf."""
    if entry.codes is not None or leaf.shape is Shape.CHOICE:
        return _codes(leaf, entry)
    if leaf.shape is Shape.AMOUNT:
        return _AMOUNTS[entry.amounts or formats.amounts.value]
    if leaf.shape is Shape.INSTANT:
        value = entry.instants or formats.instants.value
        zone = entry.zone or (None if entry.instants else formats.instants.zone)
        return _instants(value, zone, lost=formats.instants.second_hour == "lost")
    if leaf.shape is Shape.DAY:
        return _days(entry.days or formats.days.value)
    return _PLAIN[leaf.shape]


def _codes(leaf: Leaf, entry: FieldEntry) -> Format:
    to_wire: dict[Any, str | int]
    if entry.codes is None:
        to_wire = {member: member for member in leaf.members}
    elif leaf.shape is Shape.BOOLEAN:
        to_wire = {code == "true": value.wire for code, value in entry.codes.items()}
    else:
        to_wire = {code: value.wire for code, value in entry.codes.items()}
    from_wire = {wire: code for code, wire in to_wire.items()}
    by_text = {str(wire): wire for wire in from_wire}
    types = {type(wire) for wire in to_wire.values()}
    # A code that is not listed has the type of the others: it is told as a code, not as a text.
    unlisted = _integer if types == {int} else _as_text
    wire_type: Any = StrictInt if types == {int} else StrictStr if int not in types else StrictStr | StrictInt

    def read(wire: str | int) -> Any:  # noqa: ANN401 - a code, or a boolean
        if wire not in from_wire:
            raise UnknownCode(str(wire))
        return from_wire[wire]

    def write(code: str | bool) -> str | int:  # noqa: FBT001 - a value, not a switch
        if code not in to_wire:
            raise Unwritable("code.unlisted")
        return to_wire[code]

    is_open = leaf.shape is Shape.TEXT
    return Format(wire_type, read, write, open_codes=is_open, from_text=lambda text: by_text.get(text, unlisted(text)))


# Amounts


def _read_euros(euros: re.Pattern[str], reason: str, wire: str) -> int:
    match = euros.fullmatch(wire)
    if match is None:
        raise ValueError(reason)
    return int(match[1]) * 100 + int(match[2])


def _write_euros(mark: str, amount: Montant) -> str:
    euros, cents = divmod(amount, 100)
    return f"{euros}{mark}{cents:02d}"


def _read_number(wire: float) -> int:
    if not abs(wire) < _MOST_EUROS or abs(wire * 100 - round(wire * 100)) > _NO_CENT:  # not a number is not less
        raise ValueError("montant.euros-number")
    return round(wire * 100)


def _write_number(amount: Montant) -> float:
    if amount >= _MOST_EUROS * 100:
        raise Unwritable("montant.euros-number")
    return amount / 100


def _integer(text: str) -> Any:  # noqa: ANN401 - an integer, or the text
    return int(text) if _INTEGER.fullmatch(text) else text


def _number(text: str) -> Any:  # noqa: ANN401 - a number, or the text
    return float(text) if _NUMBER.fullmatch(text) else text


def _boolean(text: str) -> Any:  # noqa: ANN401 - a boolean, or the text
    return _BOOLEANS.get(text, text)


def _decimal(mark: str) -> Format:
    euros = re.compile(rf"(0|[1-9]\d{{0,17}}){re.escape(mark)}(\d{{2}})", re.ASCII)
    reason = "montant.euros-decimal" if mark == "." else "montant.euros-virgule"
    return Format(StrictStr, partial(_read_euros, euros, reason), partial(_write_euros, mark))


_AMOUNTS = {
    "cents": Format(StrictInt, from_text=_integer),
    "euros_decimal": _decimal("."),
    "euros_virgule": _decimal(","),
    "euros_number": Format(StrictInt | StrictFloat, _read_number, _write_number, from_text=_number),
}


# Instants and days


class Pattern(NamedTuple):
    """A date pattern of a profile, compiled: what it looks like, and the order of its parts."""

    looks: re.Pattern[str]
    pattern: str

    def parts(self, wire: str, reason: str) -> dict[str, Any]:
        """Return the parts of a text by attribute name; raises `ValueError` (the reason)."""
        match = self.looks.fullmatch(wire)
        if match is None:
            raise ValueError(reason)
        return {name: value if name == "zone" else int(value) for name, value in match.groupdict().items()}

    def write(self, moment: dt.date) -> str:
        """Write a moment; years have four digits on every platform."""
        return moment.strftime(self.pattern.replace("%Y", f"{moment.year:04d}"))


def compile_pattern(pattern: str) -> Pattern:
    """Compile a pattern of a profile (`%Y %m %d %H %M %S %z`): every part has its full width."""
    looks = ""
    for literal, part in re.findall(r"([^%]+)|%(.)", pattern):
        if literal:
            looks += re.escape(literal)
        elif part == "z":
            looks += r"(?P<zone>[+-]\d{2}:?[0-5]\d|Z)"
        else:
            looks += rf"(?P<{_ATTRIBUTES[part]}>\d{{{_WIDTHS[part]}}})"
    return Pattern(re.compile(looks, re.ASCII), pattern)


def _days(value: str) -> Format:
    if value == "iso8601":
        return Format(StrictStr, None, dt.date.isoformat)
    return Format(StrictStr, partial(_read_day, compile_pattern(value)), compile_pattern(value).write)


def _read_day(pattern: Pattern, wire: str) -> dt.date:
    parts = pattern.parts(wire, "jour.format")
    try:
        return dt.date(**parts)
    except ValueError as error:
        raise ValueError("jour.format") from error


def _instants(value: str, zone: str | None, *, lost: bool) -> Format:
    if value == "iso8601":
        return Format(StrictStr, None, dt.datetime.isoformat)
    if value == "epoch_seconds":
        return Format(StrictInt, _read_epoch, _write_epoch, from_text=_integer)
    pattern = compile_pattern(value)
    if zone is None:
        return Format(StrictStr, partial(_read_offset, pattern), partial(_write_offset, pattern))
    there = ZoneInfo(zone)
    return Format(StrictStr, partial(_read_local, pattern, there), partial(_write_local, pattern, there, lost=lost))


def _read_offset(pattern: Pattern, wire: str) -> dt.datetime:
    parts = pattern.parts(wire, "instant.format")
    told = "+00:00" if parts["zone"] == "Z" else parts["zone"]
    hours, minutes = int(told[1:3]), int(told[-2:])
    offset = dt.timedelta(hours=hours, minutes=minutes) * (-1 if told[0] == "-" else 1)
    return _datetime({**parts, "zone": None}, dt.timezone(offset) if hours < 24 else None)  # noqa: PLR2004 - hours of a day


def _write_offset(pattern: Pattern, instant: dt.datetime) -> str:
    offset = instant.utcoffset() or dt.timedelta()
    if instant.microsecond or offset.total_seconds() % 60:
        raise Unwritable("instant.fraction")
    return pattern.write(instant)


def _read_local(pattern: Pattern, zone: ZoneInfo, wire: str) -> dt.datetime:
    """Read a local time, as an instant with its offset; one that the clock skips is refused, one shown twice told."""
    local = _datetime(pattern.parts(wire, "instant.format"), zone)
    if not _FIRST_YEAR <= local.year <= _LAST_YEAR:
        raise ValueError("instant.local.absent")
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    fixed = local.replace(tzinfo=dt.timezone(first or dt.timedelta()))
    if fixed.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError("instant.local.absent")
    if first != second:
        raise Ambiguous(fixed)
    return fixed


def _write_local(pattern: Pattern, zone: ZoneInfo, instant: dt.datetime, *, lost: bool) -> str:
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise Unwritable("instant.format")
    local = instant.astimezone(zone)
    if local.microsecond:
        raise Unwritable("instant.fraction")
    if local.fold and not lost:
        raise Unwritable("instant.local.second-hour")
    return pattern.write(local)


def _datetime(parts: dict[str, Any], zone: dt.tzinfo | None) -> dt.datetime:
    parts = {name: value for name, value in parts.items() if name != "zone"}
    try:
        found = dt.datetime(**parts, tzinfo=zone)
    except ValueError as error:
        raise ValueError("instant.format") from error
    if zone is None:
        raise ValueError("instant.format")
    return found


def _read_epoch(wire: int) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(wire, dt.UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise ValueError("instant.epoch-seconds") from error


def _write_epoch(instant: dt.datetime) -> int:
    if instant.microsecond:
        raise Unwritable("instant.epoch-seconds.fraction")
    return int(instant.timestamp())


_PLAIN = {
    Shape.TEXT: Format(StrictStr),
    Shape.IDENTIFIER: Format(StrictStr, None, str),
    Shape.INTEGER: Format(StrictInt, from_text=_integer),
    Shape.BOOLEAN: Format(StrictBool, from_text=_boolean),
}
