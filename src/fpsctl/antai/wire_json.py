"""Reading JSON from the other side when something is wrong with it: strictly, and saying what."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from fpsctl.antai.wire_models import WireConst, WireLeaf, WireList
from fpsctl.texts import has_text, text

if TYPE_CHECKING:
    from fpsctl.antai.wire_models import WireNode

MAX_DEPTH = 32  # no message comes near; a deeper one is an attack or a mistake


class Unreadable(ValueError):
    """The bytes are not one document that can be read; told in the language in use, in our words where we have some."""

    def __init__(self, reason: str, **facts: object) -> None:
        """Keep why (a code, or a place on the wire) and where."""
        super().__init__(reason)
        self.reason, self.facts = reason, facts

    def __str__(self) -> str:
        """Return the sentence."""
        code = f"illisible.{self.reason}"
        return text(code, **self.facts) if has_text(code) else self.reason


@dataclass(frozen=True, slots=True)
class Read:
    """A JSON object, and the paths of the keys that it states twice."""

    value: dict[str, Any]
    duplicates: tuple[str, ...]


def read_json(data: bytes) -> Read:
    """Parse strictly; raises `Unreadable` (encoding, syntax, NaN, depth, surrogate, not an object)."""
    twice: dict[int, list[str]] = {}
    kept: list[dict[str, Any]] = []  # objects stay alive, so that their ids stay theirs

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            names = [name for name, _ in items]
            twice[id(found)] = sorted(name for name, count in Counter(names).items() if count > 1)
            kept.append(found)
        return found

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Unreadable("encoding") from error
    except RecursionError as error:
        raise Unreadable("depth") from error
    except json.JSONDecodeError as error:
        raise Unreadable("syntax", line=error.lineno, column=error.colno) from error
    except Unreadable:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise Unreadable("number") from error
    if not isinstance(value, dict):
        raise Unreadable("not-object")
    duplicates: list[str] = []
    _inspect(value, "", 1, twice, duplicates)
    return Read(value, tuple(duplicates))


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(name)


def _inspect(value: Any, path: str, depth: int, twice: dict[int, list[str]], duplicates: list[str]) -> None:  # noqa: ANN401
    """Walk the whole value: depth, characters that are none, keys stated twice."""
    if isinstance(value, (dict, list)) and depth > MAX_DEPTH:
        raise Unreadable("depth")
    if isinstance(value, dict):
        duplicates.extend(join(path, name) for name in twice.get(id(value), ()))
        for name, inner in value.items():
            _inspect(name, path, depth, twice, duplicates)
            _inspect(inner, join(path, name), depth + 1, twice, duplicates)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _inspect(inner, f"{path}[{index}]", depth + 1, twice, duplicates)
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Unreadable("surrogate") from error


def join(path: str, name: str) -> str:
    """Return the path of a member."""
    return f"{path}.{name}" if path else name


def strip(node: WireNode, value: Any, path: str, unknown: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value without the fields that the profile does not know (noted with their paths) and without nulls."""
    if isinstance(node, WireLeaf | WireConst):
        return value
    if isinstance(node, WireList):
        if not isinstance(value, list):
            return value
        return [strip(node.item, inner, f"{path}[{index}]", unknown) for index, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        if name not in node.by_name:
            unknown[join(path, name)] = inner
        elif inner is not None:
            kept[name] = strip(node.by_name[name], inner, join(path, name), unknown)
    return kept
