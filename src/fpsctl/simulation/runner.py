"""Runs a scenario: time, the law's effects, routine acts and the written steps, in one order.

The result is a log and what the engine made of it; every view of it at another date is a replay.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fpsctl.collectivite import example
from fpsctl.dossier import EFFECTS, Engine, Event, Rules, Step
from fpsctl.dossier.agenda import next_act
from fpsctl.dossier.facts import Facts, rules_of
from fpsctl.dossier.views import DEADLINES, deadlines
from fpsctl.errors import EventRefused, InternalError, InvalidValue, LocalError
from fpsctl.simulation.constat import Opened, open_constat
from fpsctl.simulation.expectations import Known, judge
from fpsctl.simulation.happening import event_of
from fpsctl.simulation.moments import NOON, Duration, read_moment
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fpsctl.checks import Finding
    from fpsctl.collectivite import Collectivite
    from fpsctl.dossier import Constat, Dossier
    from fpsctl.dossier.views import Deadline
    from fpsctl.law import Loi, Valeur
    from fpsctl.simulation.scenario import Etape, Scenario

_MOST_YEARS = 30
_MOST_TURNS = 10_000
_YEAR = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: what happened, from which state, and where it comes from."""

    step: Step
    before: Dossier | None
    origin: str
    """`fait` (written in the scenario), `acte` (routine) or `effet` (of the law)."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A scenario that was run for a town."""

    scenario: Scenario
    collectivite: Collectivite
    rules: Rules
    constat: Constat
    facts: Facts
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    end: int
    """The instant up to which it was run."""

    @property
    def log(self) -> tuple[Event, ...]:
        """The facts and acts: what a replay needs."""
        return tuple(entry.step.event for entry in self.entries[1:] if entry.origin != "effet")

    def until(self, instant: int) -> tuple[Entry, ...]:
        """Return the entries up to an instant (included)."""
        return tuple(entry for entry in self.entries if entry.step.event.instant <= instant)


def simulate(
    scenario: Scenario,
    collectivite: Collectivite,
    *,
    constat: str | None = None,
    at: str | None = None,
    delays: Mapping[str, Valeur] | None = None,
    law: Loi | None = None,
) -> Simulation:
    """Run a scenario for a town.

    `constat` moves the finding, `at` makes the run reach that date, `delays` are those that ANTAI sets.

    Raises `LocalError` (`scenario.*`) for what the file asks in vain, `EventRefused` for a step that the
    dossier's state does not allow (with its number).
    """
    rules = rules_of(collectivite, scenario.parametres, delays=delays, law=law)
    if rules.cycle not in scenario.cycle:
        raise LocalError("scenario.cycle", id=scenario.id, cycle=rules.cycle, wants=", ".join(scenario.cycle))
    opened = open_constat(scenario, collectivite, rules, constat)
    run = _Run(scenario, collectivite, rules, opened, _known(scenario, collectivite, moved=constat is not None))
    for number, etape in enumerate(scenario.steps, 1):
        if etape.cycle in (None, rules.cycle):
            run.play(number, etape)
    run.finish(at)
    return run.result()


def _known(scenario: Scenario, collectivite: Collectivite, *, moved: bool) -> Known:
    """Tell which literal expectations mean something: they were written for the scenario's own town and date."""
    if scenario.siret is not None:
        same = scenario.siret == collectivite.siret
        return Known(dates=same and not moved, amounts=same)
    used, written = collectivite.reglages, scenario.collectivite or example().reglages
    amounts = (used.tarifs, used.minore, used.parametres) == (written.tarifs, written.minore, written.parametres)
    calendar = (used.cycle, used.mode, used.fuseau) == (written.cycle, written.mode, written.fuseau)
    return Known(dates=amounts and calendar and not moved, amounts=amounts)


class _Run:
    def __init__(
        self, scenario: Scenario, collectivite: Collectivite, rules: Rules, opened: Opened, known: Known
    ) -> None:
        self.scenario, self.collectivite, self.rules, self.opened = scenario, collectivite, rules, opened
        self.known = known
        self.engine = Engine(rules)
        first = self.engine.open(opened.constat)
        self.entries = [Entry(first, None, "fait")]
        self.dossier = first.dossier
        self.held = frozenset(etape.do for etape in scenario.steps if etape.cycle in (None, rules.cycle))
        self.findings: list[Finding] = []
        self.last = opened.constat.etabli
        self.end = self.last

    def play(self, number: int, etape: Etape) -> None:
        """Place one step, let everything due before it happen, apply it, look at what it expects."""
        instant = self._place(number, etape)
        if instant < self.last:
            raise LocalError(
                "scenario.order", step=number, event=etape.do, at=self._show(instant), last=self._show(self.last)
            )
        self._run_to(instant)
        refused = None
        try:
            self._before_sending(etape)
            event = event_of(etape.do, etape.facts, instant, self.dossier, self.engine)
            self._apply(event, "fait")
        except EventRefused as error:
            refused = error.code
            if etape.expect is None or etape.expect.refuse is None:
                raise EventRefused(error.code, **{**error.params, "step": number}) from error
        self.last = self.end = instant
        if etape.expect is not None:
            self.findings += judge(etape.expect, self, f"steps.{number}", refused, self.known)

    def _before_sending(self, etape: Etape) -> None:
        """Say why a notice cannot be sent yet: its data wait for the end of the town's minored price."""
        act = next_act(self.dossier, self.rules, self.held)
        if etape.do == "envoi" and act is not None and act.kind == "transmission":
            raise EventRefused("envoi.avant-transmission", event=etape.do, at=self._show(act.instant))

    def finish(self, at: str | None) -> None:
        """Run to the scenario's end, or until nothing is left to do; at least to `at`."""
        until = self.scenario.until
        if until is None:
            self._run_to(self.last + _MOST_YEARS * _YEAR, stop_when_idle=True)
        else:
            end = self._until(until)
            if end < self.last:
                raise LocalError("scenario.until", detail=text("scenario.until.early", last=self._show(self.last)))
            self._run_to(end)
        if self.scenario.expect is not None:
            self.findings += judge(self.scenario.expect, self, "expect", None, self.known)
        if at is not None:
            self._run_to(self._at(at))

    def result(self) -> Simulation:
        """Return what was run."""
        return Simulation(
            self.scenario,
            self.collectivite,
            self.rules,
            self.opened.constat,
            self.opened.facts,
            tuple(self.entries),
            tuple(self.findings),
            self.end,
        )

    def _place(self, number: int, etape: Etape) -> int:
        try:
            if etape.at is not None:
                return int(read_moment(etape.at, self.rules.zone).timestamp())
            if etape.after is not None:
                return self._shift(self.last, etape.after)
        except InvalidValue as error:
            detail = text(f"error.{error.code}", **error.params)
            raise LocalError("scenario.date", step=number, event=etape.do, detail=detail) from error
        limit = self._deadline(number, etape)
        local = dt.datetime.combine(limit.jour, NOON, tzinfo=self.rules.zone)
        if limit.instant is not None:
            local = dt.datetime.fromtimestamp(limit.instant, self.rules.zone)
        return int((etape.offset.after(local) if etape.offset else local).timestamp())

    def _deadline(self, number: int, etape: Etape) -> Deadline:
        """Return a named deadline; time goes on until it is known."""
        if etape.on not in DEADLINES:
            raise LocalError(
                "scenario.deadline", step=number, event=etape.do, deadline=etape.on, known=", ".join(DEADLINES)
            )
        for _ in range(_MOST_TURNS):
            known = {item.slug: item for item in deadlines(self.dossier, self.rules, self.dossier.instant)}
            if etape.on in known:
                return known[etape.on]
            following = self._following()
            if following is None:
                break
            self._take(following)
        raise LocalError("scenario.deadline-unknown", step=number, event=etape.do, deadline=etape.on)

    def _until(self, until: str) -> int:
        try:
            if until.startswith(("P", "+P")):
                return self._shift(self.opened.constat.instant, Duration.parse(until))
            return end_of(until, self.rules)
        except InvalidValue as error:
            raise LocalError("scenario.until", detail=text(f"error.{error.code}", **error.params)) from error

    def _at(self, at: str) -> int:
        """Return the instant that is looked at; nothing is known before the finding."""
        try:
            instant = end_of(at, self.rules)
        except InvalidValue as error:
            raise LocalError("simulation.at", detail=text(f"error.{error.code}", **error.params)) from error
        if instant < self.opened.constat.instant:
            found = self._show(self.opened.constat.instant)
            raise LocalError("simulation.at", detail=text("simulation.at.early", at=at, found=found))
        return instant

    def _shift(self, start: int, duration: Duration) -> int:
        return int(duration.after(dt.datetime.fromtimestamp(start, self.rules.zone)).timestamp())

    def _following(self) -> tuple[Event, bool] | None:
        """Return what comes next by itself, and whether it is an effect of the law."""
        effect = self.engine.next_effect(self.dossier)
        act = next_act(self.dossier, self.rules, self.held)
        if effect is not None and (act is None or effect.instant <= act.instant):
            return effect, True
        return None if act is None else (act, False)

    def _take(self, following: tuple[Event, bool]) -> None:
        event, effect = following
        if effect:
            self._collect(lambda steps: self.engine.advance(self.dossier, event.instant, steps), "effet")
        else:
            self._apply(event, "acte")
        self.end = max(self.end, event.instant)

    def _run_to(self, instant: int, *, stop_when_idle: bool = False) -> None:
        for _ in range(_MOST_TURNS):
            following = self._following()
            if following is None or following[0].instant > instant:
                break
            self._take(following)
        else:
            raise InternalError("simulation.endless", id=self.scenario.id)
        self.end = self.end if stop_when_idle else max(self.end, instant)

    def _apply(self, event: Event, origin: str) -> None:
        self._collect(lambda steps: self.engine.apply(self.dossier, event, steps), origin)

    def _collect(self, act: Callable[[list[Step]], Dossier], origin: str) -> None:
        steps: list[Step] = []
        try:
            after = act(steps)
        finally:
            for step in steps:
                kind = "effet" if step.event.kind in EFFECTS else origin
                self.entries.append(Entry(step, self.dossier, kind))
                self.dossier = step.dossier
        self.dossier = after

    def _show(self, instant: int) -> str:
        return dt.datetime.fromtimestamp(instant, self.rules.zone).isoformat(timespec="minutes")


def end_of(text: str, rules: Rules) -> int:
    """Return the instant meant by a date (its last second) or a time; raises `InvalidValue`."""
    moment = read_moment(text, rules.zone)
    if "T" in text.strip().replace(" ", "T", 1):
        return int(moment.timestamp())
    return rules.midnight(moment.toordinal() + 1) - 1
