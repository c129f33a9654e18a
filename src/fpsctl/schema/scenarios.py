"""The schema of scenario files: for completion and checks in an editor. Draft-07, which editors know best.

The model of a scenario says which keys there are; the tables of events, deadlines and tracks say which names
may stand in them. What only a run can tell (a deadline that this dossier never has) is left to `simulate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.dossier import EFFECTS, EVENTS, TRACKS, TRANSITIONS
from fpsctl.dossier.exchanges import MESSAGE_KINDS
from fpsctl.dossier.views import DEADLINES, MONTANTS
from fpsctl.law import loi
from fpsctl.schema import patterns
from fpsctl.schema.documents import EDITOR_DIALECT, Document, urn
from fpsctl.texts import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from fpsctl.dossier.events import Field, Spec

Schema = dict[str, Any]

MOST_CENTS = 10_000_000_00
_BLANKS = "[ \u00a0\u202f]*"
_EUROS = rf"^[0-9](?:{_BLANKS}[0-9])*(?:[.,][0-9]{{2}})?{_BLANKS}(?:€|[eE][uU][rR](?:[oO][sS]?)?)$"
_SHAPES: dict[str, Schema] = {
    "Amount": {
        "description": "Cents (3500), or a text that names its unit ('35,00 €').",
        "anyOf": [{"type": "integer", "minimum": 0, "maximum": MOST_CENTS}, {"type": "string", "pattern": _EUROS}],
    },
    "RelativeAmount": {
        "description": "What settles the debt now, its balance, or a share of what was initially due.",
        "anyOf": [{"enum": ["exigible", "reste"]}, {"type": "string", "pattern": "^(?:[1-9][0-9]?|100) ?%$"}],
    },
    "Duration": {
        "description": "ISO 8601 duration: P20D, P1M, -P1D, PT2H30M.",
        "type": "string",
        "pattern": "^[+-]?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?(?:T[0-9HMS]+)?$",
        "minLength": 3,
    },
    "Minutes": {
        "description": "A number of minutes, or PT2H30M, P4D.",
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 366 * 24 * 60},
            {"type": "string", "pattern": "^P(?:[0-9]+D)?(?:T[0-9HM]+)?$", "minLength": 3},
        ],
    },
    "Moment": {
        "description": "A local day or time of the town (2026-03-02T10:15), or a time with its offset.",
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}.*)?$",
    },
    "MomentOrDuration": {"anyOf": [{"$ref": "#/$defs/Moment"}, {"$ref": "#/$defs/Duration"}]},
    "Siret": {"anyOf": [patterns.text(patterns.SIRET), {"type": "integer", "minimum": 10**13, "maximum": 10**14 - 1}]},
    "Numero": patterns.text(patterns.NUMERO),
    "Plate": patterns.text(patterns.PLAQUE),
}
_BY_NAME = {
    "montant": "Amount", "fps": "Amount", "redevance_max": "Amount", "duree": "Minutes", "duree_max": "Minutes",
    "siret": "Siret", "numero": "Numero", "immatriculation": "Plate", "le": "Moment", "etabli_le": "Moment",
    "emis_le": "Moment", "until": "MomentOrDuration",
}  # fmt: skip
"""Values that people write in more ways than the model keeps them in, by the name of their key."""
_OWN_WORDS = ("constatation",)
"""Events that no step states: the finding has its own section."""


def scenario_schema(model: type[BaseModel]) -> Document:
    """Return the schema of a scenario file, from the model of one (it lives in `simulation`)."""
    raw = model.model_json_schema(by_alias=True)
    defs = {name: _plain(part) for name, part in raw.pop("$defs").items() if name not in ("Etape", "Duration")}
    defs["Attendu"]["properties"] |= _expected()
    defs |= _SHAPES | {"Step": _step(), "Parameters": _parameters()}
    for part in (*defs.values(), whole := _plain(raw)):
        if "parametres" in part.get("properties", {}):
            part["properties"]["parametres"] = _ref("Parameters")
    whole["properties"]["steps"]["items"] = _ref("Step")
    return {
        "$schema": EDITOR_DIALECT,
        "$id": urn("scenario"),
        "$comment": "Line 1 of a scenario: # yaml-language-server: $schema=scenario.schema.json",
        "title": "Scenario of a dossier (fpsctl)",
        **whole,
        "$defs": dict(sorted(defs.items())),
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _plain(schema: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a schema of the model without its generated titles, its values as people write them."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _plain(value) for name, value in schema.items() if name != "title" or not isinstance(value, str)}
    if isinstance(told := kept.get("properties"), dict):
        for name, shape in _BY_NAME.items():
            if name in told:
                told[name] = _or_null(_ref(shape)) if "anyOf" in told[name] else _ref(shape)
    return kept


def _one_of(names: Iterable[str], prefix: str) -> Schema:
    """Return a choice of names, each with its English title."""
    titles = catalogue("en")
    known = ((name, titles.get(f"{prefix}.{name}")) for name in names)
    return {"oneOf": [{"const": name, **({"description": title} if title else {})} for name, title in known]}


def _mapping(names: Iterable[str], value: Schema) -> Schema:
    return {"type": "object", "properties": dict.fromkeys(names, value), "additionalProperties": False}


def _expected() -> Schema:
    """Return what `expect` may name: states by track, amounts, deadlines, events, messages."""
    states = {track: {row.target or "-" for row in TRANSITIONS if row.track == track} for track in TRACKS}
    return {
        **{track: _or_null({"enum": sorted(known)}) for track, known in states.items()},
        "montants": _mapping(MONTANTS, {"type": "integer", "description": "Cents."}),
        "echeances": _mapping(DEADLINES, _ref("Moment")),
        "dates": _mapping([*EVENTS, *EFFECTS], _ref("Moment")),
        "messages": _or_null({"type": "array", "items": {"enum": list(MESSAGE_KINDS)}}),
    }


def _parameters() -> Schema:
    """Return the open parameters of the law, with the values that each takes."""
    known = loi().parametres.items()
    values = {
        slug: {"enum": list(one.choices)} if one.choices else {"type": "integer", "minimum": 0} for slug, one in known
    }
    return {"type": "object", "properties": values, "additionalProperties": False}


# Steps


def _step() -> Schema:
    """Return one step: an event, exactly one place in time, the fields of the event."""
    kinds = [kind for kind in EVENTS if kind not in _OWN_WORDS]
    return {
        "description": "One step: an event, its place in time, its fields.",
        "type": "object",
        "properties": {"do": {"enum": kinds}, **_PLACES},
        "required": ["do"],
        "oneOf": [{"required": [place]} for place in ("at", "after", "on")],
        "allOf": [
            {"if": {"properties": {"offset": {}}, "required": ["offset"]}, "then": {"required": ["on"]}},
            *(_event(kind, EVENTS[kind]) for kind in kinds),
        ],
    }


_PLACES: Schema = {
    "at": _ref("Moment"),
    "after": _ref("Duration"),
    "on": _one_of(DEADLINES, "delai"),
    "offset": _ref("Duration"),
    "cycle": {"enum": ["complet", "partiel"], "description": "The step is played in this cycle only."},
    "expect": _ref("Attendu"),
}


def _event(kind: str, spec: Spec) -> Schema:
    """Return what a step needs and takes when it states this event."""
    cycle = f" Only in the cycle `{spec.cycle}`." if spec.cycle else ""
    told = {"const": kind, "description": f"By: {spec.actor}.{cycle}"}
    properties = {"do": told, **{place: {} for place in _PLACES}, **{field.name: _fact(field) for field in spec.fields}}
    then: Schema = {"properties": properties, "additionalProperties": False}
    if needed := [field.name for field in spec.fields if field.required]:
        then["required"] = needed
    return {"if": {"properties": {"do": {"const": kind}}, "required": ["do"]}, "then": then}


def _fact(field: Field) -> Schema:
    """Return what one fact of an event may be."""
    if field.slot == "montant":
        return {"anyOf": [_ref("Amount"), _ref("RelativeAmount")]}
    if field.slot == "date":
        return _ref("Moment")
    if field.name == "numero":
        return _ref("Numero")
    if field.slot == "detail":
        return {"anyOf": [{"enum": list(field.choices)}, {"type": "array", "items": {"enum": list(field.choices)}}]}
    if field.choices:
        return {"enum": list(field.choices)}
    return (
        {"type": ["string", "integer"]} if field.name != "motif" else {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
    )
