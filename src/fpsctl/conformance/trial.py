"""One case played: towns made ready, the program asked, the SI FPS's log judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.checks import Outcome
from fpsctl.clock import steady
from fpsctl.conformance.adapter import Ended
from fpsctl.conformance.log import Asked, Log
from fpsctl.conformance.protocol import step_request
from fpsctl.conformance.records import Ask
from fpsctl.conformance.secrecy import HIDDEN, one_line
from fpsctl.errors import FpsctlError, LocalError, Refused
from fpsctl.render.errors import hint_of, message_of
from fpsctl.sandbox.traffic import LOST
from fpsctl.texts import text

if TYPE_CHECKING:
    from pathlib import Path

    from fpsctl.conformance.adapter import Adapter
    from fpsctl.conformance.bench import Bench
    from fpsctl.conformance.log import Echange
    from fpsctl.conformance.records import Case, Happen, Town


_PATH = 100  # characters of an address that are shown


class Judged(NamedTuple):
    """How a case ended."""

    case: Case
    outcome: Outcome
    detail: str = ""
    hint: str = ""
    """What to do, where it is not what the case always says."""
    note: str = ""
    """What the program said of itself where it did not say ok."""
    preuves: tuple[int, ...] = ()
    """Sequence numbers of the calls in the SI FPS's log."""
    seconds: float = 0.0


class Ending(NamedTuple):
    """An outcome, and what to say of it."""

    outcome: Outcome
    detail: str = ""
    hint: str = ""


class Exchange(NamedTuple):
    """A call of the program as it is kept on disk: the request, the answer, and the lines of the SI FPS's log."""

    request: dict[str, Any]
    answer: dict[str, Any]
    lines: list[dict[str, Any]]
    ended: Ended = Ended()


class Stopped(Exception):
    """The acts end here; with an ending when the log is not to be judged."""

    def __init__(self, ending: Ending | None = None) -> None:
        """Keep how the case ends."""
        super().__init__()
        self.ending = ending


class Trial:
    """The run of one case; `towns` and `exchanges` are what happened, for whoever wants to keep it."""

    def __init__(self, case: Case, bench: Bench, adapter: Adapter, url: str, ca: Path) -> None:
        """Take a case and what it is run on; nothing happens yet."""
        self._case, self._bench, self._adapter = case, bench, adapter
        self._url, self._ca = url, ca
        self.towns: tuple[Town, ...] = ()
        self._asked: list[Asked] = []
        self._lost: list[Echange] = []
        self._notes: list[str] = []
        self.exchanges: list[Exchange] = []

    def run(self, state: Path) -> Judged:
        """Play the case, the program's own folder being `state`; never raises what a program or a sandbox did wrong."""
        start = steady()
        try:
            ending = self._ending(state)
        except FpsctlError as error:
            ending = Ending(Outcome.ERROR, f"[{error.code}] {message_of(error)}", hint_of(error))
        if ending.outcome is Outcome.FAIL and self._lost:
            ending = ending._replace(detail=f"{ending.detail} · {self._astray()}")
        preuves = tuple(echange.seq for asked in self._asked for echange in asked.echanges)
        note = " · ".join(dict.fromkeys(self._notes))
        return Judged(self._case, *ending, note, preuves, steady() - start)

    def _ending(self, state: Path) -> Ending:
        self.towns = tuple(self._bench.town(plan) for plan in self._case.towns)
        try:
            for act in self._case.acts:
                town = self.towns[act.town]
                self._bench.move_clock(town, act.at)
                if isinstance(act, Ask):
                    self._ask(act, town, state)
                else:
                    self._happen(act, town)
        except Stopped as stop:
            if stop.ending is not None:
                return stop.ending
        return self._judge()

    def _judge(self) -> Ending:
        log = Log(
            self.towns,
            tuple(self._asked),
            self._bench.dossiers(self.towns),
            self._bench.certificats(self.towns),
        )
        try:
            verdict = self._case.judge(log)
        except Exception as error:  # noqa: BLE001 - a broken judge is our fault, and only of this case
            return Ending(Outcome.ERROR, repr(error), text("hint.internal"))
        return Ending(Outcome.PASS if verdict.ok else Outcome.FAIL, verdict.detail)

    def _ask(self, act: Ask, town: Town, state: Path) -> None:
        request = step_request(act.step, self._url, self._ca, town, state=state, now=act.at, facts=act.facts)
        answer: dict[str, Any] = {}
        self._bench.heard()
        try:
            answer = self._adapter.step(request, town.veil)
        except LocalError as error:
            told = text("conformance.trouble", step=act.step, code=error.code, detail=message_of(error))
            raise Stopped(Ending(Outcome.FAIL, told, hint_of(error))) from error
        finally:
            lines = self._bench.heard()
            self.exchanges.append(Exchange(request, answer, lines, self._adapter.last))
            heard = self._bench.read(lines)
            self._lost += [echange for echange in heard if echange.operation == LOST]
            known = tuple(echange for echange in heard if echange.operation != LOST)
            self._asked.append(Asked(act.step, town, act.facts, known, answer))
        if not answer["ok"]:
            said = town.veil.line(answer.get("detail", ""))
            self._notes.append(text("conformance.not-ok", step=act.step, said=said or "-"))

    def _astray(self) -> str:
        """Say that the program calls what the profile has not: its own interface is another one."""
        first = self._lost[0]
        told = text(f"http.{first.statut}")
        chemin = next((HIDDEN for town in self.towns if town.veil.hides(first.chemin)), one_line(first.chemin, _PATH))
        return text("conformance.lost", count=len(self._lost), chemin=chemin, statut=first.statut, titre=told)

    def _happen(self, act: Happen, town: Town) -> None:
        """Let someone act on a case; without a case there is nothing to act on, and the judge will say so."""
        numero = Log(self.towns, tuple(self._asked)).numero_of(act.dossier)
        if numero is None:
            raise Stopped
        try:
            self._bench.happen(town, numero, act)
        except Refused as error:
            detail = text("conformance.not-played", event=act.do, code=error.code, detail=message_of(error))
            raise Stopped(Ending(Outcome.UNKNOWN, detail)) from error
