"""What a scenario expects, compared with what the engine found: one finding a comparison."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.dossier import TRACKS
from fpsctl.dossier.exchanges import exchanges
from fpsctl.dossier.views import deadlines, montants
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    from fpsctl.dossier import Dossier, Rules
    from fpsctl.simulation.runner import Entry
    from fpsctl.simulation.scenario import Attendu

    class Observed(Protocol):
        """What a run shows of itself."""

        dossier: Dossier
        rules: Rules
        entries: Sequence[Entry]
        end: int


ID = "scenario.expect"


def judge(expected: Attendu, run: Observed, place: str, refused: str | None) -> list[Finding]:
    """Compare and return a finding for each expectation, passed or not."""
    return [_finding(place, what, want, got) for what, want, got in _compare(expected, run, refused)]


def _compare(expected: Attendu, run: Observed, refused: str | None) -> Iterator[tuple[str, object, object]]:
    if expected.refuse is not None:
        yield "refuse", expected.refuse, refused
    for track in TRACKS:
        want = getattr(expected, track)
        if want is not None:
            yield track, want, getattr(run.dossier, track) or "-"
    if expected.montants:
        amounts = montants(run.dossier, run.rules, run.end)
        for name, cents in expected.montants.items():
            yield f"montants.{name}", cents, amounts.get(name, "?")
    if expected.echeances:
        known = {item.slug: item.jour.isoformat() for item in deadlines(run.dossier, run.rules, run.end)}
        for slug, day in expected.echeances.items():
            yield f"echeances.{slug}", day, known.get(slug, "-")
    if expected.dates:
        days = {entry.step.event.kind: _day(entry).isoformat() for entry in run.entries}
        for kind, day in expected.dates.items():
            yield f"dates.{kind}", day, days.get(kind, "-")
    if expected.messages is not None:
        yield "messages", list(expected.messages), list(message_kinds(run.entries, run.rules))


def message_kinds(entries: Sequence[Entry], rules: Rules) -> Iterator[str]:
    """Return the kinds of all messages of some entries, in order."""
    for entry in entries:
        for exchange in exchanges(entry.before, entry.step, rules):
            yield exchange.message


def _day(entry: Entry) -> dt.date:
    return dt.date.fromordinal(entry.step.event.jour)


def _finding(place: str, what: str, want: object, got: object) -> Finding:
    held = want == got
    return Finding(
        id=ID,
        severity=Severity.ERROR,
        outcome=Outcome.PASS if held else Outcome.FAIL,
        actor=Actor.EDITEUR,
        title=text(f"check.{ID}"),
        detail=text("scenario.expect.detail", place=place, what=what, want=want, got=got),
        reference=place,
        hint="" if held else text(f"hint.{ID}"),
    )
