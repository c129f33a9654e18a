"""The one engine: a dossier is the fold of its log; rewind is the replay of a prefix.

`apply` first lets the law's effects happen up to the event, then applies the event. Handlers change
amounts and dates and name the outcome; the table of transitions alone moves the tracks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.dossier import dispute, notice, payment, title
from fpsctl.dossier.effects import next_effect
from fpsctl.dossier.events import EFFECTS, EVENTS
from fpsctl.dossier.records import TRACKS, Dossier, Event, Step
from fpsctl.dossier.transitions import TABLE, Table
from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fpsctl.dossier.records import Constat
    from fpsctl.dossier.rules import Rules
    from fpsctl.dossier.transitions import Moves

_INSTANT = Dossier._fields.index("instant")
HANDLERS = {**notice.HANDLERS, **payment.HANDLERS, **title.HANDLERS, **dispute.HANDLERS}


class _Kind(NamedTuple):
    """All that the engine needs to apply one kind of event, looked up once."""

    handler: Callable[[Dossier, Event, Rules], tuple[str, Dossier]]
    needs: tuple[tuple[int, frozenset[str | None]], ...]
    moves: dict[str, Moves]


class Engine:
    """Applies events to dossiers under the rules of one town."""

    def __init__(self, rules: Rules, table: Table = TABLE) -> None:
        """Take the rules of a town; another table serves tests of coverage."""
        self.rules = rules
        self.table = table
        self._kinds = {
            kind: _Kind(HANDLERS[kind], table.needs.get(kind, ()), table.moves.get(kind, {}))
            for kind in HANDLERS
            if kind in EFFECTS or EVENTS[kind].cycle in ("", rules.cycle)
        }
        self._known: tuple[Dossier | None, Event | None] = (None, None)

    def open(self, constat: Constat) -> Step:
        """Return the first step of a dossier: the finding."""
        event = Event(constat.instant, constat.jour, "constatation")
        return self._step(notice.open_dossier(constat, self.rules), event)

    def apply(self, dossier: Dossier, event: Event, steps: list[Step] | None = None) -> Dossier:
        """Return the state after an event, effects of time included; append what happened to `steps`.

        Raises `EventRefused` when the event comes before the last one or the state does not allow it;
        nothing has changed then, and what was appended to `steps` are effects of time, which hold.
        """
        if event.instant < dossier.instant:
            raise EventRefused("evenement.ordre", event=event.kind, instant=event.instant, last=dossier.instant)
        dossier = self.advance(dossier, event.instant, steps)
        step = self._step(dossier, event)
        if steps is not None:
            steps.append(step)
        return self.advance(step.dossier, event.instant, steps)

    def advance(self, dossier: Dossier, instant: int, steps: list[Step] | None = None) -> Dossier:
        """Let the law's effects happen up to `instant` (included)."""
        effect = self.next_effect(dossier)
        while effect is not None and effect.instant <= instant:
            step = self._step(dossier, effect)
            if steps is not None:
                steps.append(step)
            dossier = step.dossier
            effect = self.next_effect(dossier)
        return dossier

    def next_effect(self, dossier: Dossier) -> Event | None:
        """Return the next effect of the law on a dossier; asked again for the same state, it is remembered."""
        state, effect = self._known
        if state is not dossier:
            effect = next_effect(dossier, self.rules)
            self._known = (dossier, effect)
        return effect

    def replay(self, constat: Constat, log: Iterable[Event], until: int | None = None) -> Dossier:
        """Return the state at `until` (an instant; else right after the last event) from the log alone."""
        dossier = self.open(constat).dossier
        for event in log:
            if until is not None and event.instant > until:
                break
            dossier = self.apply(dossier, event)
        return dossier if until is None else self.advance(dossier, until)

    def _step(self, dossier: Dossier, event: Event) -> Step:
        kind = self._kinds.get(event.kind)
        if kind is None:
            raise self._unknown(event)
        for index, states in kind.needs:
            if dossier[index] not in states:
                raise self._refused(dossier, event, index, states)
        outcome, after = kind.handler(dossier, event, self.rules)
        moves = kind.moves.get(outcome)
        if moves is None:
            raise EventRefused("evenement.transition", event=event.kind, outcome=outcome, state=dossier.dette)
        fields: list[Any] = list(after)
        for index, targets in moves:
            state = dossier[index]
            if state not in targets:
                raise self._refused(dossier, event, index, frozenset(targets))
            fields[index] = targets[state]
        fields[_INSTANT] = event.instant
        return Step(event, outcome, Dossier._make(fields))

    def _unknown(self, event: Event) -> EventRefused:
        spec = EVENTS.get(event.kind)
        if spec is None:
            return EventRefused("evenement.inconnu", event=event.kind, known=", ".join(EVENTS))
        return EventRefused("evenement.cycle", event=event.kind, cycle=spec.cycle, actual=self.rules.cycle)

    @staticmethod
    def _refused(dossier: Dossier, event: Event, index: int, states: frozenset[str | None]) -> EventRefused:
        return EventRefused(
            "evenement.etat",
            event=event.kind,
            track=TRACKS[index - 1],
            state=dossier[index] or "-",
            needs=", ".join(sorted(state or "-" for state in states)),
        )
