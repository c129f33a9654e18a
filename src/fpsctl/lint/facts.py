"""The canonical values of a message by their path: from the sieve, from a decoded message, or from what is readable."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.wire_models import get
from fpsctl.identifiers import Immatriculation, InvalidIdentifier, NumeroFps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai.messages import Message
    from fpsctl.antai.wire_models import Plan, WireLeaf

NUMBERS = ("numero", "numero_initial", "etablissement.numero")
"""Fields that hold a number of a notice."""


def of_message(message: Message) -> dict[str, Any]:
    """Return every value that a message carries; those of lists are left out."""
    found = {path: get(message, tuple(path.split("."))) for path in leaves_of(type(message)) if "[]" not in path}
    return _told(found)


def _told(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is absent; the number of a print request is also told as that of any message."""
    found.setdefault("numero", found.get("etablissement.numero"))
    return {path: value for path, value in found.items() if value is not None}


@cache
def compared(model: type[Message]) -> tuple[str, ...]:
    """Return the values that make two messages of a kind the same, in the order of their digest."""
    return tuple(sorted(path for path in leaves_of(model) if "[]" not in path))


def digest_of(facts: Mapping[str, Any], model: type[Message]) -> int:
    """Return a digest of what a message says; `Sieve` makes the same."""
    return hash(tuple(map(facts.get, compared(model))))


def of_wire(plan: Plan, data: bytes | dict[str, Any]) -> dict[str, Any]:
    """Return the values that can be read in a JSON message that cannot be decoded as a whole."""
    try:
        wire = json.loads(data) if isinstance(data, bytes) else data
    except (ValueError, RecursionError):
        return {}
    found = {name: _read(leaf, _at(wire, leaf.path)) for name, leaf in plan.leaves.items() if "[]" not in name}
    return _told(found)


def _at(wire: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    for step in path.split("."):
        wire = wire.get(step) if isinstance(wire, dict) else None
    return wire


def _read(leaf: WireLeaf, given: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the canonical value of a leaf; None when it cannot be read."""
    try:
        value = given if leaf.format.read is None or given is None else leaf.format.read(given)
        return _READERS[leaf.shape](leaf, value)
    except (ValueError, TypeError, OverflowError):
        return None


def _instant(_leaf: WireLeaf, value: Any) -> dt.datetime | None:  # noqa: ANN401 - any JSON value
    instant = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    return instant if instant.tzinfo else None


def _day(_leaf: WireLeaf, value: Any) -> dt.date:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def _whole(_leaf: WireLeaf, value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(_leaf: WireLeaf, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, str) else None


def _identifier(leaf: WireLeaf, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        return None
    if leaf.field in NUMBERS:
        return NumeroFps(value)
    if leaf.field.endswith("immatriculation"):
        return Immatriculation(value)
    digits = "".join(value.split())
    if len(digits) != 14 or not digits.isdecimal():  # noqa: PLR2004 - a SIRET; its checksum is another matter
        raise InvalidIdentifier("siret.format", value=value)
    return digits


def _bool(_leaf: WireLeaf, value: Any) -> bool | None:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, bool) else None


_READERS = {
    Shape.TEXT: _text,
    Shape.CHOICE: _text,
    Shape.IDENTIFIER: _identifier,
    Shape.INTEGER: _whole,
    Shape.AMOUNT: _whole,
    Shape.BOOLEAN: _bool,
    Shape.INSTANT: _instant,
    Shape.DAY: _day,
}
