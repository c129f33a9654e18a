"""What a rule is, what it is asked about, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.checks import Actor, Outcome, Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from fpsctl.antai import Profile
    from fpsctl.law import Confidence
    from fpsctl.lint.sources import Piece
    from fpsctl.lint.towns import Town

OUTCOMES = {Severity.ERROR: Outcome.FAIL, Severity.WARNING: Outcome.WARN, Severity.INFO: Outcome.PASS}


class Said(NamedTuple):
    """What is wrong: the canonical field where it shows, the code of a sentence and its facts."""

    field: str
    code: str
    facts: Mapping[str, object]


class Unjudged(NamedTuple):
    """The rule could not judge; `reason` is a text code under `lint.unjudged`."""

    reason: str


class Case:
    """One message as rules see it: canonical values by path, the town on the day of the finding, the bytes."""

    __slots__ = ("day", "facts", "kind", "profile", "raw", "size", "town")

    def __init__(
        self, profile: Profile, kind: str, facts: Mapping[str, Any], place: tuple[Town, dt.date | None], piece: Piece
    ) -> None:
        """Keep what was read; instants are aware, days are dates, amounts cents.

        `raw` is the message as bytes, `size` how many there are of them in the file.
        `day` is that of the finding in the town's zone, None where the town is not known.
        """
        self.profile = profile
        self.kind = kind
        self.facts = facts
        self.town, self.day = place
        self.raw = piece.data
        self.size = piece.size or len(piece.data)


Answer = Said | Unjudged | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as a record; `title` and `hint` are the texts `check.<id>` and `hint.<id>`.

    `judge` is called for the kinds of message of `kinds`, with the fields of `needs` present; rules without it
    speak of a file, of the shape of a message (the codec), or of the whole set.
    """

    id: str
    severity: Severity
    reference: str
    confidence: Confidence
    kinds: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    judge: Callable[[Case], Answer] | None = None
    actor: Actor = Actor.EDITEUR


def differs(field: str, found: object, expected: object) -> Said:
    """Say that a value is not the one expected."""
    return Said(field, "lint.detail.differs", {"found": found, "expected": expected})


def disorder(field: str, first: dt.date, then: dt.date) -> Said:
    """Say that `first` should not come after `then`."""
    return Said(field, "lint.detail.order", {"first": first.isoformat(), "then": then.isoformat()})


def value(field: str, found: object) -> Said:
    """Show the value at fault."""
    return Said(field, "lint.detail.value", {"found": found})
