"""The State's ten start-up steps and the events beside them, read from `data/raccordement.yaml`."""

from __future__ import annotations

import datetime as dt
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from fpsctl.checks import Actor
from fpsctl.resources import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTANT, ZONE = "instant", "zone"
"""Forms of a fact: an ISO 8601 instant with its offset, a time zone; any other form is a regular expression."""


class Etape(NamedTuple):
    """A step of the State's table (`n` from 1), or an event beside it (`n` 0)."""

    n: int
    slug: str
    actor: Actor
    needs: tuple[str, ...]
    since: dt.date | None
    """The first day, the State's, on which the step is accepted."""
    source: str
    confidence: str
    untold: str = ""
    """The SI FPS never learns of this step: the step named here shows that it was done."""
    repeats: bool = False


class Champ(NamedTuple):
    """A fact that a step carries: its form, and what holds when it is left out."""

    name: str
    form: str
    optional: bool
    default: str | None

    @property
    def needed(self) -> bool:
        """Whether it must be given."""
        return not self.optional and self.default is None


@cache
def steps() -> tuple[Etape, ...]:
    """Return the ten steps in the State's order."""
    return tuple(sorted(_etape(slug, raw) for slug, raw in _data()["etapes"].items()))


@cache
def step(slug: str) -> Etape:
    """Return a step or an event by its slug; raises `KeyError`."""
    return _etape(slug, _entries()[slug])


def slugs() -> tuple[str, ...]:
    """Return the slugs of all that can be played: the steps in their order, then the events."""
    return (*(etape.slug for etape in steps()), *_data()["evenements"])


@cache
def fields(slug: str) -> Mapping[str, Champ]:
    """Return the facts that a step or an event carries, by name; raises `KeyError`."""
    raw = _entries()[slug].get("faits", {})
    return MappingProxyType({name: _champ(name, entry) for name, entry in raw.items()})


def ancestors(slug: str) -> frozenset[str]:
    """Return every step that must come before this one, directly or not."""
    found: set[str] = set()
    pending = list(step(slug).needs)
    while pending:
        need = pending.pop()
        if need not in found:
            found.add(need)
            pending.extend(step(need).needs)
    return frozenset(found)


def legal_day(instant: dt.datetime) -> dt.date:
    """Return the State's calendar day of an aware instant (the table's zone)."""
    return in_zone(instant).date()


def in_zone(instant: dt.datetime) -> dt.datetime:
    """Return the same instant as the State's clocks show it."""
    return instant.astimezone(_zone())


@cache
def _zone() -> ZoneInfo:
    return ZoneInfo(_data()["fuseau"])


def start_of(day: dt.date) -> dt.datetime:
    """Return the first instant of a day of the State, aware."""
    return dt.datetime.combine(day, dt.time(), tzinfo=_zone())


def _data() -> dict[str, Any]:
    return dict(read_yaml("raccordement.yaml"))


def _entries() -> dict[str, Any]:
    return {**_data()["etapes"], **_data()["evenements"]}


def _etape(slug: str, raw: dict[str, Any]) -> Etape:
    return Etape(
        n=raw.get("n", 0),
        slug=slug,
        actor=Actor(raw["actor"]),
        needs=tuple(raw["needs"]),
        since=dt.date.fromisoformat(raw["since"]) if "since" in raw else None,
        source=raw["source"],
        confidence=raw["confidence"],
        untold=raw.get("untold", ""),
        repeats=raw.get("repeats", False),
    )


def _champ(name: str, raw: dict[str, Any]) -> Champ:
    default = raw.get("default")
    return Champ(name, raw["form"], optional=raw.get("optional", False), default=default)
