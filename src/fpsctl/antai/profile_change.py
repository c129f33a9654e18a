"""One difference between two profiles, and what it asks of a vendor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fpsctl.antai.profile_formats import Part
from fpsctl.antai.provenance import GROUNDS

if TYPE_CHECKING:
    from fpsctl.antai.profile_formats import Provenance


class Action(StrEnum):
    """Whether a program must change, may, or need not: only the word on which something stands is another."""

    MUST = "must"
    MAY = "may"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference: the message or section, what in it, how it differs (a text code), what it was and is.

    `entry` is what says it in the second profile, None for what is no longer there. `affects` names the messages
    that a change of the formats touches.
    """

    group: str
    name: str
    how: str
    action: Action
    before: str | None = None
    after: str | None = None
    entry: Provenance | None = None
    affects: tuple[str, ...] = ()


def grounds_differ(before: Provenance, after: Provenance) -> bool:
    """Say whether two entries stand on another word."""
    return any(getattr(before, name) != getattr(after, name) for name in GROUNDS)


def regrounded(group: str, name: str, before: Provenance, after: Provenance) -> Change:
    """Return the change of an entry that says the same on another word."""
    return Change(group, name, "grounds", Action.NONE, before.confidence, after.confidence, after)


def shown(value: object) -> str:
    """Write a value, or the values of an entry, as people write them in a profile."""
    if isinstance(value, Part):
        own = (getattr(value, name) for name in type(value).model_fields if name not in GROUNDS)
        return " ".join(shown(item) for item in own if item not in (None, {}, ()))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {shown(inner)}" for key, inner in value.items())
    if isinstance(value, tuple):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else str(value)
