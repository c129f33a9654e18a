"""The data items of a message: what each is, in which unit, on whose word, and which values its model takes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from fpsctl.identifiers import Immatriculation, NumeroFps, Siret
from fpsctl.schema import patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fpsctl.antai.messages import Message

_IDENTIFIERS: Mapping[Any, str] = {Siret: patterns.SIRET, NumeroFps: patterns.NUMERO, Immatriculation: patterns.PLAQUE}
_CONSTRAINTS = ("minLength", "maxLength", "pattern", "minimum", "maximum")


class Item(NamedTuple):
    """One data item as the messages of this version define it."""

    description: str
    unit: str | None
    source: str
    confidence: str
    pattern: str | None
    """Of an identifier; None for anything else."""
    constraints: Mapping[str, Any]
    """The bounds of its model, in the words of JSON Schema."""

    @property
    def annotations(self) -> dict[str, Any]:
        """Return what people are told of it."""
        told = {"description": self.description, "x-unit": self.unit}
        told |= {"x-confidence": self.confidence, "x-source": self.source}
        return {name: value for name, value in told.items() if value is not None}


@cache
def items_of(model: type[Message]) -> Mapping[str, Item]:
    """Return the items of a message by canonical path, as `leaves_of` names them, and its groups."""
    schema = model.model_json_schema()
    return dict(_walk(model, schema, schema.get("$defs", {}), ""))


def _walk(
    model: type[BaseModel], schema: Mapping[str, Any], defs: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, Item]]:
    for name, info in model.model_fields.items():
        told = schema["properties"][name]
        inner, kind, path = _solid(told, defs), _bare(info.annotation), f"{prefix}{name}"
        if get_origin(kind) is tuple:
            inner, kind, path = _solid(inner["items"], defs), _bare(get_args(kind)[0]), f"{path}[]"
        yield path, _item(told, inner, kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _walk(kind, inner, defs, f"{path}.")


def _item(told: Mapping[str, Any], inner: Mapping[str, Any], kind: Any) -> Item:  # noqa: ANN401 - a type
    pattern = _IDENTIFIERS.get(kind) if isinstance(kind, type) else None
    constraints = {name: inner[name] for name in _CONSTRAINTS if name in inner}
    return Item(told["description"], told["unit"], told["source"], told["confidence"], pattern, constraints)


def _solid(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a schema that is not null, its reference followed."""
    if "anyOf" in schema:
        schema = next(part for part in schema["anyOf"] if part.get("type") != "null")
    reference = schema.get("$ref")
    return defs[reference.rpartition("/")[2]] if reference else schema


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - an annotation has no better type
    """Take `Annotated` and `| None` off a type."""
    while not isinstance(annotation, type) and (args := get_args(annotation)):
        if get_origin(annotation) in (tuple, Literal):
            break
        annotation = next(arg for arg in args if arg is not type(None))
    return annotation
