"""On whose word each statement stands: data items of the messages, their places on the wire, sections of a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel

from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.profile_formats import Part, Provenance
from fpsctl.law import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fpsctl.antai.profile_model import Profile

Family = Literal["items", "places", "sections", "rules"]
Counts = dict[Confidence, int]
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
GROUNDS = frozenset(Provenance.model_fields)
"""The keys of an entry that say on whose word it stands, and nothing else."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement: its family, the message, section or kind of rule that it belongs to, its name, its word."""

    family: Family
    part: str
    name: str
    confidence: Confidence
    source: str | None
    reason: str | None

    @property
    def reference(self) -> str:
        """The source, else the reason."""
        return self.source or self.reason or ""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Statements, each once, in the order of the profile."""

    entries: tuple[Entry, ...]

    def of(self, family: Family) -> dict[str, Counts]:
        """Return the counts of a family by message, section or kind of rule."""
        parts = dict.fromkeys(entry.part for entry in self.entries if entry.family == family)
        return {
            part: tally(entry for entry in self.entries if (entry.family, entry.part) == (family, part))
            for part in parts
        }

    def total(self, family: Family | None = None) -> Counts:
        """Return the counts of a family, or of everything."""
        return tally(entry for entry in self.entries if family is None or entry.family == family)

    def with_(self, more: Iterable[Entry]) -> Grounds:
        """Return these statements and others."""
        return Grounds((*self.entries, *more))

    def only(self, *, kind: str = "", confidence: str = "") -> Grounds:
        """Return those of one message, those of one confidence, or both."""
        return Grounds(
            tuple(
                entry
                for entry in self.entries
                if (not kind or (entry.family in ("items", "places") and entry.part == kind))
                and (not confidence or entry.confidence == confidence)
            )
        )


def tally(entries: Iterable[Entry]) -> Counts:
    """Count statements by confidence; every confidence is there, zero or not."""
    found = [entry.confidence for entry in entries]
    return {confidence: found.count(confidence) for confidence in CONFIDENCES}


def counts(profile: Profile) -> Grounds:
    """Return all that the messages and a profile state: data items, places on the wire, sections."""
    return Grounds((*_items(profile), *_stated(profile)))


def places(profile: Profile) -> Counts:
    """Count the places on the wire of a profile: names of messages, fields, codes, constants."""
    return tally(entry for entry in _stated(profile) if entry.family == "places")


def _items(profile: Profile) -> Iterator[Entry]:
    """Tell why each data item of the messages of a profile exists."""
    for kind in profile.messages:
        for path in leaves_of(MESSAGES[kind]):
            extra = _extra(MESSAGES[kind], path)
            yield Entry("items", kind, path, extra["confidence"], extra["source"], None)


def _extra(model: type[BaseModel], path: str) -> dict[str, Any]:
    *parents, last = path.replace("[]", "").split(".")
    for parent in parents:
        model = next(_models_in(model.model_fields[parent].annotation))
    extra = model.model_fields[last].json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError(f"{model.__name__}.{last}: no provenance")
    return extra


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _stated(profile: Profile) -> Iterator[Entry]:
    for keys, said in walk(profile, ()):
        section, *rest = keys
        family: Family = "places" if section == "messages" else "sections"
        part, name = (rest[0], _place(rest[1:])) if section == "messages" else (section, ".".join(rest) or section)
        yield Entry(family, part, name, said.confidence, said.source, said.reason)


def _place(keys: list[str]) -> str:
    """Name a place: the provenance of a message itself is that of its name on the wire."""
    if keys == ["provenance"]:
        return "wire"
    return ".".join(keys[1:] if keys[0] == "fields" else keys)


def walk(part: Part, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Provenance]]:
    """Return every entry of a profile that says on whose word it stands, by its keys, each once."""
    if isinstance(part, Provenance):
        yield keys, part
    for name, info in type(part).model_fields.items():
        if info.exclude:
            continue
        value = getattr(part, name)
        if isinstance(value, Part):
            yield from walk(value, (*keys, name))
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, Part):
                    yield from walk(inner, (*keys, name, str(key)))
