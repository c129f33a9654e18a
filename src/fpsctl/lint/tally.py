"""What a run found: counted by rule, and the first of each rule kept with their places; flat in memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.checks import Finding
from fpsctl.lint.rule import OUTCOMES
from fpsctl.lint.rules import BY_ID, RULES, actor_of
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.lint.rule import Said


class Place(NamedTuple):
    """Where a finding shows: file, line and rank of the message (0: not known), kind, canonical field, wire path."""

    file: str
    line: int
    message: int
    kind: str = ""
    field: str = ""
    wire: str = ""
    beside: bool = False
    """Whether the line alone does not tell which message is meant."""


class Located(NamedTuple):
    """A finding and its place; the sentence is made when it is told."""

    rule: str
    place: Place
    detail: str
    direction: str = "out"
    reference: str = ""


class Tally:
    """Counts, and keeps at most `limit` findings of each rule."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self._limit = limit
        self.counts: Counter[str] = Counter()
        self.unjudged: dict[str, Counter[str]] = {}
        self._kept: dict[str, list[Located]] = {}

    def wants(self, rule: str) -> bool:
        """Count a finding of a rule; say whether it is to be kept."""
        self.counts[rule] += 1
        return self.counts[rule] <= self._limit

    def keep(self, found: Located) -> None:
        """Keep a finding that was wanted."""
        self._kept.setdefault(found.rule, []).append(found)

    def pass_over(self, rule: str, reason: str) -> None:
        """Count a message that a rule could not judge."""
        reasons = self.unjudged.get(rule)
        if reasons is None:
            reasons = self.unjudged[rule] = Counter()
        reasons[reason] += 1

    def located(self, order: Mapping[str, int]) -> list[Located]:
        """Return what was kept, by file (in the order of the run), line and message."""
        kept = [found for founds in self._kept.values() for found in founds]
        return sorted(
            kept,
            key=lambda found: (order[found.place.file], found.place.line or found.place.message, found.place.field),
        )

    def rules(self, kinds: Mapping[str, int]) -> list[dict[str, Any]]:
        """Return what each rule said, in the order of the rules; those that had nothing to say are left out.

        `kinds`: how many messages of each kind there were.
        """
        return [
            {
                "id": rule.id,
                "severity": rule.severity.value,
                "confidence": rule.confidence,
                "titre": text(f"check.{rule.id}"),
                "findings": self.counts[rule.id],
                "shown": len(self._kept.get(rule.id, ())),
                "judged": sum(kinds[kind] for kind in rule.kinds) - sum(self.unjudged.get(rule.id, {}).values()),
                "not_judged": dict(self.unjudged.get(rule.id, {})),
            }
            for rule in RULES
            if self.counts[rule.id] or rule.id in self.unjudged
        ]


def finding_of(found: Located) -> Finding:
    """Return a finding as every command tells one: its detail begins with its place."""
    rule = BY_ID[found.rule]
    where, what = shown_place(found.place), shown_field(found.place)
    return Finding(
        id=rule.id,
        severity=rule.severity,
        outcome=OUTCOMES[rule.severity],
        actor=actor_of(rule, found.direction),
        title=text(f"check.{rule.id}"),
        detail=": ".join(part for part in (where, what, found.detail) if part),
        reference=found.reference or rule.reference,
        hint=text(f"hint.{rule.id}"),
    )


def shown_place(place: Place) -> str:
    """Write a place as editors and CI logs understand it."""
    where = f"{place.file}:{place.line}" if place.line else place.file
    named = place.message and (place.beside or not place.line)
    return f"{where} ({text('lint.message', n=place.message)})" if named else where


def shown_field(place: Place) -> str:
    """Write a field by its canonical name, and its place on the wire if that may be told."""
    if not place.field or place.wire in ("", place.field):
        return place.field or place.wire
    return f"{place.field} ({place.wire})"


def told(said: Said) -> str:
    """Return the sentence of an answer."""
    return text(said.code, **said.facts)
