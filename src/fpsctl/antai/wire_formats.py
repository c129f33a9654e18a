"""How one value is written on the wire and read back, as the profile's formats and codes say."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import StrictBool, StrictInt, StrictStr

from fpsctl.antai.leaves import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.profile_model import FieldEntry, Formats
    from fpsctl.identifiers import Montant

UNLISTED = "inconnu"  # what a code that the profile does not list is read as, where the vocabulary is open

_EUROS = re.compile(r"(0|[1-9]\d*)\.(\d{2})", re.ASCII)


class UnknownCode(ValueError):
    """A code that the profile does not list."""


class Unwritable(ValueError):
    """A value that the profile cannot carry without loss; the text says which rule, `field` where."""

    field = ""


@dataclass(frozen=True, slots=True)
class Format:
    """The JSON type of a value, and the way there and back; None means: as it is.

    `read` raises `ValueError` with a stable text, `UnknownCode` for a code; `write` raises `Unwritable`.
    """

    wire_type: Any
    read: Callable[[Any], Any] | None = None
    write: Callable[[Any], Any] | None = None
    open_codes: bool = False


def format_of(leaf: Leaf, entry: FieldEntry, formats: Formats) -> Format:
    """Choose the format of a leaf."""
    if entry.codes is not None or leaf.shape is Shape.CHOICE:
        return _codes(leaf, entry)
    if leaf.shape is Shape.AMOUNT:
        amounts = entry.amounts or formats.amounts.value
        return Format(StrictInt) if amounts == "cents" else Format(StrictStr, _read_euros, _write_euros)
    if leaf.shape is Shape.INSTANT:
        if formats.instants.value == "iso8601":
            return Format(StrictStr, None, dt.datetime.isoformat)
        return Format(StrictInt, _read_epoch, _write_epoch)
    return _PLAIN[leaf.shape]


def _codes(leaf: Leaf, entry: FieldEntry) -> Format:
    to_wire: dict[str, str | int]
    if entry.codes is None:
        to_wire = {member: member for member in leaf.members}
    else:
        to_wire = {code: value.wire for code, value in entry.codes.items()}
    from_wire = {wire: code for code, wire in to_wire.items()}
    types = {type(wire) for wire in to_wire.values()}
    wire_type: Any = StrictInt if types == {int} else StrictStr if int not in types else StrictStr | StrictInt

    def read(wire: str | int) -> str:
        if wire not in from_wire:
            raise UnknownCode(str(wire))
        return from_wire[wire]

    def write(code: str) -> str | int:
        if code not in to_wire:
            raise Unwritable("code.unlisted")
        return to_wire[code]

    return Format(wire_type, read, write, open_codes=not leaf.members)


def _read_euros(wire: str) -> int:
    match = _EUROS.fullmatch(wire)
    if match is None:
        raise ValueError("montant.euros-decimal")
    return int(match[1]) * 100 + int(match[2])


def _write_euros(amount: Montant) -> str:
    euros, cents = divmod(amount, 100)
    return f"{euros}.{cents:02d}"


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
    Shape.INTEGER: Format(StrictInt),
    Shape.BOOLEAN: Format(StrictBool),
    Shape.DAY: Format(StrictStr, None, dt.date.isoformat),
}
