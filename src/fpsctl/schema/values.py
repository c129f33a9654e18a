"""One value on the wire as JSON Schema: its shape under the formats and codes of a profile, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.antai.leaves import Shape
from fpsctl.schema import patterns
from fpsctl.schema.documents import grounds

if TYPE_CHECKING:
    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.profile_formats import Formats
    from fpsctl.antai.profile_model import FieldEntry
    from fpsctl.schema.items import Item

Schema = dict[str, Any]

_AMOUNTS: dict[str, Schema] = {
    "cents": {"type": "integer", "minimum": 0},
    "euros_decimal": patterns.euros("."),
    "euros_virgule": patterns.euros(","),
    "euros_number": {"type": "number", "minimum": 0},
}
_UNITS = {"euros_decimal": "EUR", "euros_virgule": "EUR", "euros_number": "EUR"}
_PLAIN: dict[Shape, Schema] = {
    Shape.TEXT: {"type": "string"},
    Shape.INTEGER: {"type": "integer"},
    Shape.BOOLEAN: {"type": "boolean"},
}


def value_schema(leaf: Leaf, item: Item, entry: FieldEntry, formats: Formats) -> Schema:
    """Return the schema of a value that is there: not of one that may be null."""
    told = {"title": leaf.path, **item.annotations, **grounds(entry, "x-wire-")}
    if leaf.shape is Shape.AMOUNT and (unit := _UNITS.get(entry.amounts or formats.amounts.value)):
        told["x-unit"] = unit
    if leaf.shape is Shape.INSTANT and (zone := zone_of(entry, formats)):
        told["x-zone"] = zone
    if entry.default is not None:
        told["x-default"] = entry.default
    return {**told, **_shape(leaf, item, entry, formats)}


def zone_of(entry: FieldEntry, formats: Formats) -> str | None:
    """Return the zone whose local times a field tells; None when they say it themselves."""
    return entry.zone or (None if entry.instants else formats.instants.zone)


def _shape(leaf: Leaf, item: Item, entry: FieldEntry, formats: Formats) -> Schema:
    if entry.codes is not None or leaf.shape is Shape.CHOICE:
        return _codes(leaf, entry)
    if leaf.shape is Shape.AMOUNT:
        return dict(_AMOUNTS[entry.amounts or formats.amounts.value])
    if leaf.shape is Shape.INSTANT:
        value = entry.instants or formats.instants.value
        return {**patterns.instant(value), **({"format": "date-time"} if value == "iso8601" else {})}
    if leaf.shape is Shape.DAY:
        value = entry.days or formats.days.value
        return {**patterns.day(value), **({"format": "date"} if value == "iso8601" else {})}
    if leaf.shape is Shape.IDENTIFIER:
        return patterns.text(item.pattern or "")
    return _plain(leaf, item)


def _plain(leaf: Leaf, item: Item) -> Schema:
    bounds = dict(item.constraints)
    if "pattern" in bounds:
        return {**_PLAIN[leaf.shape], **patterns.text(bounds.pop("pattern")), **bounds}
    return {**_PLAIN[leaf.shape], **bounds}


def _codes(leaf: Leaf, entry: FieldEntry) -> Schema:
    """Return the codes of a vocabulary; one that is open takes others too, which are then told apart."""
    codes = {code: known.wire for code, known in (entry.codes or {}).items()} or {name: name for name in leaf.members}
    wires = list(codes.values())
    types = [
        name for name, kind in (("string", str), ("integer", int)) if any(isinstance(wire, kind) for wire in wires)
    ]
    told: Schema = {
        "type": types[0] if len(types) == 1 else types or "string",
        "x-codes": {str(codes[code]): code for code in codes},
    }
    return told | ({"examples": wires} if leaf.shape is Shape.TEXT else {"enum": wires})
