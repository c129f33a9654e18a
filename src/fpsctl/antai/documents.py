"""Bodies that are no message: a page of returns, a refusal; JSON or XML, each value at the profile's wire path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree.ElementTree import Element

from pydantic_core import to_json

from fpsctl.antai.wire_json import Unreadable, read_json
from fpsctl.antai.wire_models import put
from fpsctl.antai.wire_xml import ATTRIBUTE, TEXT, legible, local_name, parse_xml, plain, write_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fpsctl.antai.profile_model import Profile

_INTEGER = re.compile(r"\d{1,18}", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class Item(NamedTuple):
    """One return of a page: its number, the wire name of its kind, and the message as it stands there."""

    sequence: int
    kind: str
    part: Any


class Page(NamedTuple):
    """A page of returns; `more` says that others wait after it; `unknown` are its members that no path names."""

    items: tuple[Item, ...]
    more: bool
    unknown: tuple[str, ...] = ()


def write_page(profile: Profile, items: Iterable[tuple[int, str, Mapping[str, Any]]], *, more: bool) -> bytes:
    """Return a page from (sequence, wire name of the kind, tree of the message)."""
    names = profile.retours
    told = []
    for sequence, kind, tree in items:
        item: dict[str, Any] = {}
        for path, value in ((names.sequence, sequence), (names.kind, kind), (names.message, tree)):
            put(item, tuple(path.split(".")), value)
        told.append(item)
    page: dict[str, Any] = {}
    put(page, tuple(names.items.split(".")), told)
    put(page, tuple(names.more.split(".")), more)
    return _written(profile, names.wire, page, xml=profile.formats.encoding.value == "xml")


def read_page(profile: Profile, body: bytes) -> Page:
    """Read a page; raises `Unreadable`, which says what is not there or not as it should be (a wire path)."""
    names = profile.retours
    page = _read(profile, names.wire, body, xml=profile.formats.encoding.value == "xml")
    items, more = page.parts(names.items), page.boolean(names.more)
    if items is None or more is None:
        raise Unreadable(names.items if items is None else names.more)
    documents = [_Document(part, page.namespace) for part in items]
    inside = (names.sequence, names.kind, names.message)
    unknown = [*page.others((names.items, names.more)), *(name for item in documents for name in item.others(inside))]
    return Page(tuple(_item(profile, item) for item in documents), more, tuple(dict.fromkeys(unknown)))


def _item(profile: Profile, item: _Document) -> Item:
    names = profile.retours
    sequence, kind = item.integer(names.sequence), item.part(names.kind)
    if sequence is None:
        raise Unreadable(names.sequence)
    told = kind.text if isinstance(kind, Element) else kind
    return Item(sequence, str(told or "-"), item.part(names.message))


def write_refusal(profile: Profile, parts: Mapping[str, Any]) -> bytes:
    """Return a refusal from its parts by name; those without a place are not told."""
    refusal: dict[str, Any] = {}
    xml = _is_xml(profile.errors.media_type)
    for part, path in profile.errors.parts.items():
        if parts.get(part) is not None:
            put(refusal, tuple(path.split(".")), legible(parts[part]) if xml else parts[part])
    return _written(profile, profile.errors.wire, refusal, xml=xml)


def read_refusal(profile: Profile, media_type: str, body: bytes) -> dict[str, Any] | None:
    """Return the parts of a refusal by name; None when it is none that can be read."""
    if media_type != profile.errors.media_type:
        return None
    try:
        refusal = _read(profile, profile.errors.wire, body, xml=_is_xml(media_type))
        found = {str(part): refusal.plain(path) for part, path in profile.errors.parts.items()}
    except Unreadable:
        return None
    if not {"code", "detail", "title"} & {part for part, value in found.items() if value is not None}:
        return None  # somebody else's document: a proxy has its own
    if found.get("params") == "":
        found["params"] = {}  # an element of XML that holds no fact
    return {part: value for part, value in found.items() if value is not None}


def _is_xml(media_type: str) -> bool:
    return media_type.endswith(("/xml", "+xml"))


def _written(profile: Profile, wire: str, tree: Mapping[str, Any], *, xml: bool) -> bytes:
    return write_xml(wire, tree, profile.formats.encoding.namespace) if xml else to_json(tree)


def _read(profile: Profile, wire: str, body: bytes, *, xml: bool) -> _Document:
    """Read a document of that name; raises `Unreadable`."""
    if xml:
        root, namespace = parse_xml(body), profile.formats.encoding.namespace
        if local_name(root, namespace) != wire:
            raise Unreadable(f"<{root.tag}>")
        return _Document(root, namespace)
    read = read_json(body)
    if read.duplicates:
        raise Unreadable(", ".join(read.duplicates))
    return _Document(read.value, None)


class _Document(NamedTuple):
    """A JSON value or an XML element, walked by wire paths."""

    root: Any
    namespace: str | None

    def part(self, path: str) -> Any:  # noqa: ANN401 - any JSON value, or an element
        """Return what stands at a path; None when nothing does."""
        found = self.root
        for step in path.split("."):
            found = self._step(found, step)
        return found

    def parts(self, path: str) -> Sequence[Any] | None:
        """Return the items of a list; None when there is no list. In XML, none is an empty one."""
        *steps, last = path.split(".")
        holder = self.part(".".join(steps)) if steps else self.root
        if isinstance(holder, Element):
            return [child for child in holder if local_name(child, self.namespace) == last]
        if isinstance(self.root, Element):
            return []
        found = self._step(holder, last)
        return found if isinstance(found, list) else None

    def integer(self, path: str) -> int | None:
        """Return an integer; None when it is none."""
        found = self.plain(path)
        if isinstance(self.root, Element) and isinstance(found, str) and _INTEGER.fullmatch(found):
            return int(found)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def boolean(self, path: str) -> bool | None:
        """Return a truth value; None when it is none."""
        found = self.plain(path)
        if isinstance(self.root, Element) and isinstance(found, str):
            return _BOOLEANS.get(found)
        return found if isinstance(found, bool) else None

    def plain(self, path: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return what stands at a path as JSON would hold it."""
        found = self.part(path)
        return plain(found, self.namespace) if isinstance(found, Element) else found

    def others(self, paths: Sequence[str]) -> Iterable[str]:
        """Return the members of the document itself that no path begins with."""
        named = {path.partition(".")[0] for path in paths}
        if isinstance(self.root, dict):
            return [name for name in self.root if name not in named]
        if isinstance(self.root, Element):
            attributes = (f"{ATTRIBUTE}{name}" for name in self.root.keys())  # noqa: SIM118 - an element is no mapping
            children = (local_name(child, self.namespace) for child in self.root)
            return [name for name in (*attributes, *children) if name not in named]
        return []

    def _step(self, holder: Any, step: str) -> Any:  # noqa: ANN401 - any JSON value, or an element
        if isinstance(holder, dict):
            return holder.get(step)
        if not isinstance(holder, Element):
            return None
        if step.startswith(ATTRIBUTE):
            return holder.get(step[1:])
        if step == TEXT:
            return holder.text or ""
        found = [child for child in holder if local_name(child, self.namespace) == step]
        if len(found) > 1:
            raise Unreadable(f"2 x {step}")
        return found[0] if found else None
