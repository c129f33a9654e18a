"""A whole run: the program described, a sandbox started, every case that can be tried, the report."""

from __future__ import annotations

import tempfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai import load_profile
from fpsctl.antai.endpoint import SANDBOX, find_endpoint
from fpsctl.checks import Outcome
from fpsctl.conformance.adapter import Adapter
from fpsctl.conformance.bench import Bench
from fpsctl.conformance.cases import CASES
from fpsctl.conformance.journal import Journal
from fpsctl.conformance.protocol import Description, describe_request, read_description
from fpsctl.conformance.report import findings_of, report
from fpsctl.conformance.secrecy import Veil
from fpsctl.conformance.trial import Exchange, Judged, Trial
from fpsctl.errors import LocalError, UsageError
from fpsctl.render.errors import message_of
from fpsctl.sandbox.control import Control
from fpsctl.sandbox.process import launch
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fpsctl.antai import Profile
    from fpsctl.checks import Finding
    from fpsctl.clock import Clock
    from fpsctl.conformance.records import Case


class Order(NamedTuple):
    """What is asked of a run."""

    adapter: str
    """`exec:COMMAND`."""
    patterns: tuple[str, ...] = ()
    """Globs on the ids of cases; none: all cases."""
    profile: str = "public"
    timeout: float = 30.0
    """Seconds, a call of the program."""
    keep: Path | None = None
    """A folder for what each case left behind."""


class Certification(NamedTuple):
    """What came out: the result as plain data, one finding a case, and how long each took (seconds)."""

    result: dict[str, Any]
    findings: tuple[Finding, ...]
    seconds: dict[str, float]


def certify(order: Order, clock: Clock, tell: Callable[[int, int, str], None] = lambda *_: None) -> Certification:
    """Run the cases against the program; `tell` hears of each case before it runs: number, how many, id.

    What the program does wrong fails its case. Raises `UsageError` (`usage.adapter`, `conformance.case`),
    `LocalError` (`adapter.*` of the first call, `profile.*`, `conformance.keep`, `sandbox.start`).
    """
    cases = select(order.patterns)
    profile = load_profile(order.profile)
    adapter = Adapter(order.adapter, order.timeout)
    described = _described(order, adapter, profile)
    with tempfile.TemporaryDirectory(prefix="fpsctl-conformance-") as folder:
        judged = _Run(order, adapter, described, profile, Path(folder)).all(cases, tell)
    result = report(described, profile, judged, order.patterns, clock.now())
    seconds = {one.case.id: one.seconds for one in judged}
    return Certification(result, findings_of(judged), seconds)


def _described(order: Order, adapter: Adapter, profile: Profile) -> Description:
    """Ask the program who it is; with `keep`, what came of it is written down, whatever it is."""
    journal = Journal(order.keep, (), confidential=profile.confidential) if order.keep else None
    request, answer, detail = describe_request(), dict[str, Any](), ""
    try:
        answer = adapter.call(request, Veil())
        return read_description(answer)
    except LocalError as error:
        detail = f"[{error.code}] {message_of(error)}"
        raise
    finally:
        if journal is not None:
            journal.described(Exchange(request, answer, [], adapter.last), detail)


def select(patterns: Iterable[str]) -> tuple[Case, ...]:
    """Return the cases that some globs name, in their order; raises `UsageError` (`conformance.case`)."""
    wanted = tuple(patterns)
    for pattern in wanted:
        if not any(fnmatchcase(case.id, pattern) for case in CASES):
            raise UsageError("conformance.case", pattern=pattern)
    return tuple(case for case in CASES if not wanted or any(fnmatchcase(case.id, pattern) for pattern in wanted))


class _Run(NamedTuple):
    order: Order
    adapter: Adapter
    described: Description
    profile: Profile
    folder: Path

    def all(self, cases: Sequence[Case], tell: Callable[[int, int, str], None]) -> list[Judged]:
        journal = Journal(self.order.keep or self.folder / "cases", cases, confidential=self.profile.confidential)
        keys = self.folder / "keys"
        keys.mkdir(mode=0o700)
        with (
            launch(self.folder / "sandbox", profile=self.order.profile) as running,
            Control(running.management_url) as control,
        ):
            bench = Bench(control, find_endpoint(self.profile, SANDBOX, running.ready_file), self.profile, keys)
            judged = []
            for number, case in enumerate(cases, 1):
                tell(number, len(cases), case.id)
                judged.append(self._untestable(case) or self._try(case, bench, journal, running.url, running.ca))
            return judged

    def _untestable(self, case: Case) -> Judged | None:
        missing = [name for name in case.needs if name not in self.described.capabilities]
        if not missing:
            return None
        detail = text("conformance.not-testable", missing=", ".join(missing))
        return Judged(case, Outcome.NOT_TESTABLE, detail, text("hint.conformance.not-testable"))

    def _try(self, case: Case, bench: Bench, journal: Journal, url: str, ca: Path) -> Judged:
        trial = Trial(case, bench, self.adapter, url, ca)
        judged = trial.run(journal.state(case.id))
        journal.write(judged, trial)
        return judged
