"""The one engine: a dossier is the fold of its log; rewind is the replay of a prefix.

`apply` first lets the law's effects happen up to the event, then applies the event. Handlers change
amounts and dates and name the outcome; the table of transitions alone moves the tracks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier import dispute, notice, payment, title
from fpsctl.dossier.effects import next_effect
from fpsctl.dossier.events import EFFECTS, EVENTS
from fpsctl.dossier.records import TRACKS, Dossier, Event, Step
from fpsctl.dossier.transitions import TABLE, Table
from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fpsctl.dossier.records import Constat
    from fpsctl.dossier.rules import Rules

HANDLERS = {**notice.HANDLERS, **payment.HANDLERS, **title.HANDLERS, **dispute.HANDLERS}


class Engine:
    """Applies events to dossiers under the rules of one town."""

    def __init__(self, rules: Rules, table: Table = TABLE) -> None:
        """Take the rules of a town; another table serves tests of coverage."""
        self.rules = rules
        self.table = table

    def open(self, constat: Constat) -> Step:
        """Return the first step of a dossier: the finding."""
        event = Event(constat.instant, constat.jour, "constatation")
        return self._fact(notice.open_dossier(constat, self.rules), event)

    def apply(self, dossier: Dossier, event: Event, steps: list[Step] | None = None) -> Dossier:
        """Return the state after an event, effects of time included; append what happened to `steps`.

        Raises `EventRefused` when the event comes before the last one or the state does not allow it;
        nothing has changed then, and what was appended to `steps` are effects of time, which hold.
        """
        if event.instant < dossier.instant:
            raise EventRefused("evenement.ordre", event=event.kind, instant=event.instant, last=dossier.instant)
        dossier = self.advance(dossier, event.instant, steps)
        step = self._fact(dossier, event)
        if steps is not None:
            steps.append(step)
        return self.advance(step.dossier, event.instant, steps)

    def advance(self, dossier: Dossier, instant: int, steps: list[Step] | None = None) -> Dossier:
        """Let the law's effects happen up to `instant` (included)."""
        effect = next_effect(dossier, self.rules)
        while effect is not None and effect.instant <= instant:
            step = self._fact(dossier, effect)
            if steps is not None:
                steps.append(step)
            dossier = step.dossier
            effect = next_effect(dossier, self.rules)
        return dossier

    def replay(self, constat: Constat, log: Iterable[Event], until: int | None = None) -> Dossier:
        """Return the state at `until` (an instant; else right after the last event) from the log alone."""
        dossier = self.open(constat).dossier
        for event in log:
            if until is not None and event.instant > until:
                break
            dossier = self.apply(dossier, event)
        return dossier if until is None else self.advance(dossier, until)

    def _fact(self, dossier: Dossier, event: Event) -> Step:
        kind = event.kind
        spec = EVENTS.get(kind)
        if spec is None and kind not in EFFECTS:
            raise EventRefused("evenement.inconnu", event=kind, known=", ".join(EVENTS))
        if spec is not None and spec.cycle and spec.cycle != self.rules.cycle:
            raise EventRefused("evenement.cycle", event=kind, cycle=spec.cycle, actual=self.rules.cycle)
        for index, states in self.table.needs.get(kind, ()):
            if dossier[index] not in states:
                raise self._refused(dossier, event, index, states)
        outcome, after = HANDLERS[kind](dossier, event, self.rules)
        changes: dict[str, object] = {"instant": max(event.instant, dossier.instant)}
        moves = self.table.moves.get(kind, {}).get(outcome)
        if moves is None:
            raise EventRefused("evenement.transition", event=kind, outcome=outcome, state=dossier.dette)
        for index, targets in moves:
            state = dossier[index]
            if state not in targets:
                raise self._refused(dossier, event, index, frozenset(targets))
            if targets[state] != state:
                changes[TRACKS[index - 1]] = targets[state]
        return Step(event, outcome, after._replace(**changes))  # type: ignore[arg-type]

    @staticmethod
    def _refused(dossier: Dossier, event: Event, index: int, states: frozenset[str | None]) -> EventRefused:
        return EventRefused(
            "evenement.etat",
            event=event.kind,
            track=TRACKS[index - 1],
            state=dossier[index] or "-",
            needs=", ".join(sorted(state or "-" for state in states)),
        )
