"""What a scenario expects, compared with what the engine found: one finding a comparison."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.dossier import TRACKS
from fpsctl.dossier.exchanges import exchanges
from fpsctl.dossier.views import deadlines, montants
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from fpsctl.dossier import Dossier, Rules
    from fpsctl.simulation.runner import Entry
    from fpsctl.simulation.scenario import Attendu

    class Observed(Protocol):
        """What a run shows of itself."""

        @property
        def dossier(self) -> Dossier:
            """The state now."""

        @property
        def rules(self) -> Rules:
            """The town's rules."""

        @property
        def entries(self) -> Sequence[Entry]:
            """What happened so far."""

        @property
        def end(self) -> int:
            """The instant reached."""


ID = "scenario.expect"


class Known(NamedTuple):
    """Which literal expectations mean something in this run.

    Dates do if the finding was not moved; amounts do in the town that the scenario was written for.
    """

    dates: bool = True
    amounts: bool = True

    def covers(self, what: str, want: object) -> bool:
        """Say whether an expectation is to be compared; nothing due is nothing due in any town."""
        if what.startswith(("dates.", "echeances.")):
            return self.dates
        return self.amounts or not what.startswith("montants.") or want == 0


def judge(
    expected: Attendu, run: Observed, place: str, refused: str | None, known: Known | None = None
) -> list[Finding]:
    """Compare and return a finding for each expectation: passed, failed or n/a."""
    covers = (known or Known()).covers
    return [
        _finding(place, what, want, got, applies=covers(what, want))
        for what, want, got in _compare(expected, run, refused)
    ]


def _compare(expected: Attendu, run: Observed, refused: str | None) -> Iterator[tuple[str, object, object]]:
    if expected.refuse is not None:
        yield "refuse", expected.refuse, refused
    for track in TRACKS:
        want = getattr(expected, track)
        if want is not None:
            yield track, want, getattr(run.dossier, track) or "-"
    yield from _named("montants", expected.montants, lambda: montants(run.dossier, run.rules, run.end))
    yield from _named(
        "echeances",
        expected.echeances,
        lambda: {item.slug: item.jour.isoformat() for item in deadlines(run.dossier, run.rules, run.end)},
    )
    yield from _named(
        "dates", expected.dates, lambda: {entry.step.event.kind: _day(entry).isoformat() for entry in run.entries}
    )
    if expected.messages is not None:
        yield "messages", list(expected.messages), list(message_kinds(run.entries, run.rules))


def _named(
    what: str, expected: Mapping[str, object], found: Callable[[], Mapping[str, object]]
) -> Iterator[tuple[str, object, object]]:
    """Compare by name; what was found is worked out only if something is expected."""
    got = found() if expected else {}
    for name, want in expected.items():
        yield f"{what}.{name}", want, got.get(name, "-")


def message_kinds(entries: Sequence[Entry], rules: Rules) -> Iterator[str]:
    """Return the kinds of all messages of some entries, in order."""
    for entry in entries:
        for exchange in exchanges(entry.before, entry.step, rules):
            yield exchange.message


def _day(entry: Entry) -> dt.date:
    return dt.date.fromordinal(entry.step.event.jour)


def _finding(place: str, what: str, want: object, got: object, *, applies: bool) -> Finding:
    held = want == got or not applies
    outcome = Outcome.PASS if held else Outcome.FAIL
    return Finding(
        id=ID,
        severity=Severity.ERROR,
        outcome=outcome if applies else Outcome.NOT_APPLICABLE,
        actor=Actor.EDITEUR,
        title=text(f"check.{ID}"),
        detail=text("scenario.expect.detail", place=place, what=what, want=want, got=got),
        reference=place,
        hint="" if held else text(f"hint.{ID}"),
    )
