"""Optional parts of a message: once one value of a part is on the wire, its mandatory values must be there too.

A part may be spread over several wire objects (and an object of the wire may hold values of several parts), so
the rule stands in the innermost wire object that holds all of them.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.leaves import leaves_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fpsctl.antai.wire_models import Plan

Path = tuple[str, ...]


class Rule(NamedTuple):
    """If one of these values is there, all of those must be; paths from the object that holds the rule."""

    part: str
    present: tuple[Path, ...]
    needed: tuple[Path, ...]

    @property
    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""
        comment = f"{self.part}: all that is mandatory in it, or nothing of it"
        return {
            "$comment": comment,
            "if": {"anyOf": [_there(path) for path in self.present]},
            "then": _there(*self.needed),
        }


def rules_of(plan: Plan) -> Mapping[Path, list[Rule]]:
    """Return the rules of a message by the wire object in which they stand; a list is `name[]` in its path."""
    leaves = leaves_of(plan.message)
    found: dict[Path, list[Rule]] = {}
    for part in dict.fromkeys(leaf.part for leaf in leaves.values() if leaf.part and leaf.own):
        members = [name for name in plan.leaves if name.startswith((f"{part}.", f"{part}["))]
        needed = [name for name in members if leaves[name].own and leaves[name].part == part]
        places = {name: _cut(plan.leaves[name].path, part.count("[]")) for name in members}
        if not needed or len(set(places.values())) == 1:  # alone, a value needs no other
            continue
        base = _common(places.values())
        rule = Rule(part, _relative(places, members, base), _relative(places, needed, base))
        found.setdefault(base, []).append(rule)
    return found


def _cut(path: str, level: int) -> Path:
    """Return the steps of a wire path down to the first list below a level: the list stands for what it holds."""
    pieces = path.split("[]")
    steps = [f"{piece}[]" for piece in pieces[:level]]
    kept = ".".join(part.strip(".") for part in [*steps, pieces[level]] if part.strip("."))
    return tuple(kept.split("."))


def _common(paths: Iterable[Path]) -> Path:
    """Return the steps that all paths share, their last step apart."""
    columns = zip(*(path[:-1] for path in paths), strict=False)
    return tuple(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))


def _relative(places: Mapping[str, Path], names: Iterable[str], base: Path) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(places[name][len(base) :] for name in names))


def _there(*paths: Path) -> dict[str, Any]:
    """Return what holds when values are there and are not null."""
    if () in paths:
        return {"not": {"type": "null"}}
    inner: dict[str, list[Path]] = {}
    for step, *rest in paths:
        inner.setdefault(step, []).append(tuple(rest))
    return {
        "type": "object",
        "required": list(inner),
        "properties": {step: _there(*below) for step, below in inner.items()},
    }
