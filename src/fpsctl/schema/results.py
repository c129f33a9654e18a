"""The schemas of what commands answer with `-o json`: the envelope, and the result of each command.

The shape of a result is a `TypedDict`; every key that it does not name is refused.
"""

from __future__ import annotations

import inspect
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel

from fpsctl.checks import Actor, Outcome, Severity
from fpsctl.schema.documents import DIALECT, Document, File, urn

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
}


def result_files(results: Mapping[str, Any]) -> list[File]:
    """Return the envelope, and one schema for each command; `results` gives the shape of each."""
    commands = [
        File(f"{command.replace(' ', '-')}.schema.json", result_schema(command, shape))
        for command, shape in results.items()
    ]
    return [File("envelope.schema.json", envelope_schema(results)), *commands]


def envelope_schema(commands: Mapping[str, Any]) -> Document:
    """Return the schema of the envelope of any command; an error may come from a command that does not exist."""
    return {
        "$schema": DIALECT,
        "$id": urn("results", "envelope"),
        "title": "Answer of fpsctl",
        "description": "The JSON envelope of every command; `result` has the schema of its command.",
        "$comment": f"Commands: {', '.join(commands)}. The command of an error is what was typed.",
        **_envelope({}, {"type": "string"}),
    }


def result_schema(command: str, shape: Any) -> Document:  # noqa: ANN401 - a type
    """Return the schema of the whole answer of one command; there is no result where an error took it away."""
    defs: dict[str, Schema] = {}
    found = schema_of(shape, defs)
    return {
        "$schema": DIALECT,
        "$id": urn("results", command),
        "title": f"fpsctl {command}",
        **_envelope({"anyOf": [found, {"type": "null"}]}, {"const": command}),
        "if": {"properties": {"ok": {"const": True}}},
        "then": {"properties": {"result": {"not": {"type": "null"}}, "error": {"type": "null"}}},
        "$defs": dict(sorted(defs.items())),
    }


def _envelope(result: Schema, command: Schema) -> Schema:
    finding: Schema = {name: {"type": "string"} for name in ("id", "title", "detail", "reference", "hint")}
    known = {"severity": Severity, "outcome": Outcome, "actor": Actor}
    finding |= {name: {"enum": [str(member) for member in kind]} for name, kind in known.items()}
    error: Schema = {name: {"type": "string"} for name in ("code", "message", "hint")} | {
        "retryable": {"type": "boolean"}
    }
    return _object(
        {
            "schema": {"const": "fpsctl/1"},
            "command": command,
            "ok": {"type": "boolean"},
            "result": result,
            "findings": {"type": "array", "items": _object(finding)},
            "error": {"anyOf": [_object(error), {"type": "null"}]},
        }
    )


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def schema_of(shape: Any, defs: dict[str, Schema]) -> Schema:  # noqa: ANN401 - a type
    """Return the schema of a type; typed dictionaries go to `defs`. Raises `TypeError` on what is no plain data."""
    if shape in _PLAIN:
        return dict(_PLAIN[shape])
    if is_typeddict(shape):
        return _typed(shape, defs)
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return _model(shape, defs)
    return _composed(shape, get_origin(shape), get_args(shape), defs)


def _composed(shape: Any, origin: Any, args: tuple[Any, ...], defs: dict[str, Schema]) -> Schema:  # noqa: ANN401 - types
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(arg, defs) for arg in args]}
    if origin is list:
        return {"type": "array", "items": schema_of(args[0], defs)}
    if origin is dict:
        keys = {"propertyNames": schema_of(args[0], defs)} if args[0] is not str else {}
        return {"type": "object", **keys, "additionalProperties": schema_of(args[1], defs)}
    raise TypeError(f"no schema for {shape!r}")


def _typed(shape: Any, defs: dict[str, Schema]) -> Schema:  # noqa: ANN401 - a TypedDict
    name = shape.__name__
    if name not in defs:
        defs[name] = {}  # its place, for one that holds itself
        hints = get_type_hints(shape, include_extras=True)
        inner = {key: get_args(kind)[0] if get_origin(kind) is NotRequired else kind for key, kind in hints.items()}
        told = _object({key: schema_of(kind, defs) for key, kind in inner.items()})
        told["required"] = [key for key, kind in hints.items() if get_origin(kind) is not NotRequired]
        defs[name] = {"description": (inspect.getdoc(shape) or "").partition("\n")[0], **told}
    return {"$ref": f"#/$defs/{name}"}


def _model(shape: type[BaseModel], defs: dict[str, Schema]) -> Schema:
    """Put a model as it is written out, with the models in it, in `defs`."""
    told = shape.model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
    defs.update({name: _untitled(part) for name, part in told.pop("$defs", {}).items()})
    defs[shape.__name__] = _untitled(told)
    return {"$ref": f"#/$defs/{shape.__name__}"}


def _untitled(part: Schema) -> Schema:
    """Leave out what Pydantic adds for itself."""
    inner = {
        name: {key: told for key, told in value.items() if key not in ("title", "default")}
        for name, value in part["properties"].items()
    }
    return {**{key: value for key, value in part.items() if key != "title"}, "properties": inner}
