"""Which kind of message something is: by the name around it, else by the values that fit best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.wire_json import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fpsctl.antai import Codec, Profile

_DEEPEST = 12


class Recognised(NamedTuple):
    """A kind, and where the message stands: the part of an object as in a page of returns, or None: all of it.

    `kind` is empty when nothing fits; then `said` is the name that is not known, if there is one. `twice`: keys that
    the object around a part states twice.
    """

    kind: str
    part: dict[str, Any] | None = None
    said: str = ""
    twice: tuple[str, ...] = ()


class Kinds:
    """The kinds of a profile."""

    def __init__(self, profile: Profile, codec: Codec) -> None:
        """Keep the places of every value of every kind."""
        self.by_wire = {entry.wire: kind for kind, entry in profile.messages.items()}
        self._paths = {kind: _paths(codec, kind) for kind in profile.messages}
        self._kind, self._message = profile.retours.kind.split("."), profile.retours.message.split(".")
        self._items = profile.retours.items.split(".")

    def of_json(self, data: bytes, tried: Sequence[str]) -> list[Recognised]:
        """Recognise a JSON text: one message, or each of a page of returns. `tried`: the kinds preferred.

        Raises `Unreadable` when it is not one object.
        """
        read = read_json(data)
        value = read.value
        items = _dig(value, self._items)
        if isinstance(items, list) and items and all(isinstance(item, dict) for item in items):
            page = [self._return(item, read.duplicates if rank == 0 else ()) for rank, item in enumerate(items)]
            if all(page):
                return [known for known in page if known]
        known = self._return(value, read.duplicates)
        return [known or Recognised(self._best(set(_places(value, "", 0)), tried))]

    def _return(self, value: Any, twice: tuple[str, ...]) -> Recognised | None:  # noqa: ANN401 - any JSON value
        """Recognise a return with what stands around it."""
        name, part = _dig(value, self._kind), _dig(value, self._message)
        if not isinstance(name, str) or not isinstance(part, dict):
            return None
        kind = self.by_wire.get(name, "")
        return Recognised(kind, part, "" if kind else name, twice)

    def _best(self, found: set[str], tried: Sequence[str]) -> str:
        """Return the kind whose values fit best; among equals, the one tried first. Empty when none fits at all."""
        order = [*tried, *(kind for kind in self._paths if kind not in tried)]
        scores = {kind: len(found & self._paths[kind]) / len(found | self._paths[kind]) for kind in order if found}
        best = max(order, key=lambda kind: scores.get(kind, 0.0))
        return best if scores.get(best) else ""


def _paths(codec: Codec, kind: str) -> frozenset[str]:
    return frozenset(leaf.path.replace("[]", "") for leaf in codec.plan(kind).leaves.values())


def _dig(value: Any, steps: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON value
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _places(value: Any, path: str, depth: int) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list) and value:
        yield from _places(value[0], path, depth + 1)
    else:
        yield path
