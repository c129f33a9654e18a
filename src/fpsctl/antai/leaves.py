"""The canonical leaves of a message: each value it can carry, by its dotted path.

`vehicule.immatriculation` is a leaf; `modalites.moyens[]` is each item of a list.
"""

from __future__ import annotations

import datetime as dt
import types
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from fpsctl.identifiers import Immatriculation, Montant, NumeroFps, Siret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from fpsctl.antai.messages import Message


class Shape(Enum):
    """What a leaf is, whatever it looks like on the wire."""

    TEXT = auto()
    IDENTIFIER = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    AMOUNT = auto()
    INSTANT = auto()
    DAY = auto()
    CHOICE = auto()


_SHAPES: dict[object, Shape] = {
    str: Shape.TEXT,
    Siret: Shape.IDENTIFIER,
    NumeroFps: Shape.IDENTIFIER,
    Immatriculation: Shape.IDENTIFIER,
    int: Shape.INTEGER,
    bool: Shape.BOOLEAN,
    Montant: Shape.AMOUNT,
    AwareDatetime: Shape.INSTANT,
    dt.datetime: Shape.INSTANT,
    dt.date: Shape.DAY,
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: its path, its shape, the members of a choice, and when it must be there.

    `levels` says, for the message then for each list on the way, whether it is mandatory there.
    `part` is the innermost optional part it belongs to: there, `own` says whether it is mandatory.
    """

    path: str
    shape: Shape
    members: tuple[str, ...]
    levels: tuple[bool, ...]
    part: str
    own: bool

    def needed_among(self, mapped: Collection[str]) -> bool:
        """Say whether a profile that maps these paths must map this one too."""
        if not self.own or self.path in mapped:
            return self.own
        return not self.part or any(path.startswith((f"{self.part}.", f"{self.part}[")) for path in mapped)


@cache
def leaves_of(model: type[Message]) -> dict[str, Leaf]:
    """Return the leaves of a message by path, in the order of its fields; raises `TypeError` on an unknown type."""
    return {leaf.path: leaf for leaf in _walk(model, "", "", (True,))}


def _walk(model: type[BaseModel], prefix: str, part: str, levels: tuple[bool, ...]) -> Iterator[Leaf]:
    for name, info in model.model_fields.items():
        own = info.is_required()
        path = prefix + name
        inner_part = part if own else path
        inner_levels = (*levels[:-1], levels[-1] and own)
        kind = _bare(info.annotation)
        if get_origin(kind) is tuple:
            kind, path, inner_levels = _bare(get_args(kind)[0]), f"{path}[]", (*inner_levels, True)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _walk(kind, f"{path}.", inner_part, inner_levels)
        elif get_origin(kind) is Literal:
            yield Leaf(path, Shape.CHOICE, get_args(kind), inner_levels, part, own)
        elif kind in _SHAPES:
            yield Leaf(path, _SHAPES[kind], (), inner_levels, part, own)
        else:
            raise TypeError(f"{model.__name__}.{name}: no wire shape for {kind!r}")


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - an annotation has no better type
    """Take `Annotated` and `| None` off a type."""
    while True:
        if annotation is AwareDatetime:
            return annotation
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not types.NoneType)
        else:
            return annotation
