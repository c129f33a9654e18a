"""The schema of profile files as people write them: for completion and checks in an editor.

A file may be a layer over others (`extends:`), so what is mandatory in the end is mandatory here only where
nothing is extended. Entries may be short (`name: path`, `code: value`) and share a provenance; `null` removes
one. `fpsctl profile check` says the rest. Draft-07, which editors know best.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.operations import OPERATIONS
from fpsctl.antai.profile import load_profile
from fpsctl.antai.profile_model import Profile
from fpsctl.law import loi
from fpsctl.pki.rules import RULES
from fpsctl.schema.documents import EDITOR_DIALECT, Document, urn
from fpsctl.schema.items import Item, items_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.messages import Message

Schema = dict[str, Any]

_NOISE = ("title", "default", "required", "discriminator")
_WORDS = ("confidence", "source", "reason")
_LOADED = ("older", "sha256")
"""Keys that the loader fills in and nobody writes."""
_SAID = ("CodeEntry", "FieldEntry")
"""Parts that may leave their provenance to the message or the field they stand in."""
_NEVER_NULL = ("MediaType", "Encoding", "AmountFormat", "InstantFormat", "DayFormat")


def profile_schema() -> Document:
    """Return the schema of a profile file."""
    raw = Profile.model_json_schema()
    defs = {name: _part(name, part) for name, part in raw["$defs"].items() if name not in ("Profile", "MessageEntry")}
    defs |= {
        "Code": _code(),
        "Instants": _moment("YmdHMS", "iso8601", "epoch_seconds"),
        "Days": _moment("Ymd", "iso8601"),
    }
    for part, key, kind in (("InstantFormat", "value", "Instants"), ("DayFormat", "value", "Days")):
        defs[part]["properties"][key] = _ref(kind)
    top = raw["$defs"].get("Profile", raw)
    required = [name for name in top["required"] if name != "older"]
    return {
        "$schema": EDITOR_DIALECT,
        "$id": urn("profile"),
        "title": "Profile of the interface with the SI FPS (fpsctl)",
        "description": "Hosts, operations, formats, messages: names on the wire, each with its confidence and source.",
        "$comment": "Line 1 of a profile: # yaml-language-server: $schema=profile.schema.json",
        "type": "object",
        "properties": {**_relaxed_properties(top), **_sections(defs)},
        "additionalProperties": False,
        "if": {"required": ["extends"], "properties": {"extends": {"type": "string"}}},
        "then": {"required": ["profile"]},
        "else": {"required": required, "properties": {"messages": {"additionalProperties": _WHOLE_MESSAGE}}},
        "$defs": {name: part for name, part in sorted(defs.items()) if name not in _SAID},
    }


_WHOLE_MESSAGE: Schema = {"required": ["wire", "provenance", "fields"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_removed(schema: Schema) -> Schema:
    return {"anyOf": [schema, _ref("Removed")]}


# The parts of a profile, from their models


def _part(name: str, part: Schema) -> Schema:
    """Return a part: its own keys, none mandatory but its provenance."""
    told = {**_relaxed(part), "properties": _relaxed_properties(part)}
    if "confidence" not in part["properties"] or name in _SAID or name == "Provenance":
        return told
    scalars = [key for key, value in part["properties"].items() if not _is_mapping(value) and key not in _WORDS]
    mappings = [key for key, value in part["properties"].items() if _is_mapping(value)]
    if not mappings:
        return {**told, "allOf": [_GROUNDED], "required": ["confidence"]}
    stated = {"anyOf": [{"required": [key]} for key in scalars]}
    return {**told, "allOf": [_GROUNDED, {"if": stated, "then": {"required": ["confidence"]}}]}


_GROUNDED: Schema = {
    "if": {"anyOf": [{"required": [word]} for word in _WORDS]},
    "then": {"required": ["confidence"], "anyOf": [{"required": ["source"]}, {"required": ["reason"]}]},
}
"""Whoever says how sure it is says why."""


def _is_mapping(schema: Schema) -> bool:
    return "additionalProperties" in schema or "patternProperties" in schema


def _relaxed_properties(part: Schema) -> Schema:
    return {name: _relaxed(value) for name, value in part["properties"].items() if name not in _LOADED}


def _relaxed(schema: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a schema without what a layer may leave out; the entries of its mappings may be removed."""
    if isinstance(schema, list):
        return [_relaxed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _relaxed(value) for name, value in schema.items() if name not in _NOISE}
    inner = kept.get("additionalProperties")
    if isinstance(inner, dict):
        kept["additionalProperties"] = _or_removed(inner)
    if "patternProperties" in kept:
        kept["patternProperties"] = {name: _or_removed(value) for name, value in kept["patternProperties"].items()}
        kept["additionalProperties"] = False
    return kept


# The sections whose names are known


def _sections(defs: dict[str, Schema]) -> Schema:
    """Return the sections that say which names may stand in them."""
    formats = {name: _removable(value) for name, value in defs["Formats"]["properties"].items()}
    defs["Formats"]["properties"] = formats
    defs["Limits"]["properties"] = {name: _or_removed(_ref("Limit")) for name in defs["Limits"]["properties"]}
    delays = [slug for slug, parametre in loi().parametres.items() if parametre.unit == "jours"]
    return {
        "operations": _known(OPERATIONS, "Operation"),
        "certificate_rules": _known((rule.id for rule in RULES), "Grade"),
        "delays": {
            **_known(delays, "Delay"),
            "description": "Delays that ANTAI sets, by the parameter that they replace.",
        },
        "messages": {
            "type": "object",
            "properties": {kind: _message(model, defs) for kind, model in MESSAGES.items()},
            "additionalProperties": False,
        },
    }


def _removable(schema: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return schema if name in _NEVER_NULL else _or_removed(_ref("Envelope"))


def _known(names: Iterable[str], part: str) -> Schema:
    return {
        "type": "object",
        "properties": {name: _or_removed(_ref(part)) for name in names},
        "additionalProperties": False,
    }


def _message(model: type[Message], defs: dict[str, Schema]) -> Schema:
    leaves, items = leaves_of(model), items_of(model)
    examples = load_profile("public").messages[model.kind].fields
    fields = {
        path: _field(leaf, items[path], list(examples[path].codes or {}) if path in examples else [], defs)
        for path, leaf in leaves.items()
    }
    return {
        "description": (inspect.getdoc(model) or "").partition("\n")[0],
        "type": ["object", "null"],
        "properties": {
            "wire": {"type": "string", "minLength": 1, "description": "Name of the message on the wire."},
            "provenance": {"allOf": [_ref("Provenance")], "description": "Shared by the fields that state none."},
            "fields": {"type": "object", "properties": fields, "additionalProperties": False},
            "constants": {
                "type": "object",
                "additionalProperties": _or_removed(_ref("Constant")),
                "description": "What else always stands in the message, by its place.",
            },
            "order": {"type": "array", "items": {"enum": list(leaves)}, "description": "Fields written first (XML)."},
        },
        "additionalProperties": False,
        "if": {"not": {"required": ["provenance"]}},
        "then": {"properties": {"fields": {"additionalProperties": _ALONE}}},
    }


_ALONE: Schema = {
    "anyOf": [
        {"type": "null"},
        {"type": "object", "required": ["confidence"]},
        {"type": "object", "required": ["codes"], "maxProperties": 1},
    ]
}
"""A field whose message shares no provenance."""


# Fields and codes


def _field(leaf: Leaf, item: Item, codes: list[str], defs: dict[str, Schema]) -> Schema:
    """Return what one field takes: a place, an entry with the keys that suit its shape, or null."""
    said = [
        item.description,
        f"Unit: {item.unit}." if item.unit else "",
        f"Known from: {item.source} ({item.confidence}).",
    ]
    defs["Place"] = {**defs["FieldEntry"]["properties"]["path"]["anyOf"][0], "description": "Place on the wire."}
    defs["Removed"] = _REMOVED
    whole = _entry(leaf, codes, defs)
    return {"description": " ".join(filter(None, said)), "anyOf": [_ref("Place"), whole, _ref("Removed")]}


def _entry(leaf: Leaf, codes: list[str], defs: dict[str, Schema]) -> Schema:
    """Return the entry of a field; those of one shape are written once."""
    mandatory = all(leaf.levels) and "[]" not in leaf.path
    name = f"{'Mandatory' if mandatory else 'Optional'}{leaf.shape.name.title()}"
    entry = defs["FieldEntry"]["properties"]
    keys = ["path", *_WORDS, "required", *_OWN.get(leaf.shape, ()), *(["default"] if mandatory else [])]
    properties = {key: entry[key] for key in keys} | {key: _ref(kind) for key, kind in _KINDS.items() if key in keys}
    if leaf.shape in (Shape.CHOICE, Shape.BOOLEAN, Shape.TEXT):
        properties["codes"] = _codes(leaf, codes)
    whole = {"type": "object", "properties": properties, "additionalProperties": False, "allOf": [_GROUNDED]}
    if codes or leaf.members:
        return whole
    defs[name] = whole
    return _ref(name)


_REMOVED: Schema = {"type": "null", "description": "Removed from what is extended."}
_OWN = {Shape.AMOUNT: ("amounts",), Shape.INSTANT: ("instants", "zone"), Shape.DAY: ("days",)}
_KINDS = {"instants": "Instants", "days": "Days"}


def _codes(leaf: Leaf, examples: list[str]) -> Schema:
    """Return a vocabulary: a closed one takes its own codes, an open one proposes those of the public profile."""
    closed = leaf.members or (("true", "false") if leaf.shape is Shape.BOOLEAN else ())
    told: Schema = {"type": "object", "properties": {code: _ref("Code") for code in closed or examples}}
    return {**told, "additionalProperties": False if closed else _ref("Code")}


def _code() -> Schema:
    """Return one code: its value on the wire, an entry, or null."""
    wire = {"type": ["string", "integer"], "minLength": 1, "description": "Value on the wire."}
    properties = {"wire": wire, **{word: _relaxed(_PROVENANCE[word]) for word in _WORDS}}
    whole = {"type": "object", "properties": properties, "additionalProperties": False, "allOf": [_GROUNDED]}
    return {"anyOf": [wire, whole, _ref("Removed")]}


_PROVENANCE: Schema = Profile.model_json_schema()["$defs"]["Provenance"]["properties"]


def _moment(parts: str, *words: str) -> Schema:
    """Return a date format: a word, or a pattern with each of its parts."""
    pattern = {"type": "string", "allOf": [{"pattern": f"%{part}"} for part in parts]}
    return {"anyOf": [{"enum": list(words)}, {**pattern, "description": "A pattern such as %d/%m/%Y."}]}
