"""One engine for every judgement: certificate rules, connection stages, mentions, message rules.

A check is a frozen record in an ordered tuple; a finding is what it said; a report is what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Context = TypeVar("Context")


class Outcome(StrEnum):
    """What a check ended as, worst first; `ERROR` is our fault, `SKIP` says what stopped it."""

    ERROR = "error"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_TESTABLE = "not-testable"
    WARN = "warn"
    SKIP = "skip"
    PASS = "pass"  # noqa: S105 - an outcome
    NOT_APPLICABLE = "n/a"


class Severity(StrEnum):
    """How much a broken rule matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Actor(StrEnum):
    """Who must act."""

    EDITEUR = "editeur"
    COLLECTIVITE = "collectivite"
    PSCE = "psce"
    ANTAI = "antai"
    DGFIP = "dgfip"
    TSP = "tsp"
    RESEAU = "reseau"
    FPSCTL = "fpsctl"


_FAILED_AS = {Severity.ERROR: Outcome.FAIL, Severity.WARNING: Outcome.WARN, Severity.INFO: Outcome.PASS}
_ORDER = {outcome: rank for rank, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said of one thing; `id` is stable, the rest is for people."""

    id: str
    severity: Severity
    outcome: Outcome
    actor: Actor
    title: str
    detail: str = ""
    reference: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A predicate's answer; `outcome` None means: as the severity says."""

    ok: bool
    detail: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Check(Generic[Context]):
    """A rule as a record; `title` and `hint` are text codes, resolved when the report is made."""

    id: str
    severity: Severity
    actor: Actor
    reference: str
    predicate: Callable[[Context], Verdict]
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a run, in the order of the checks."""

    findings: tuple[Finding, ...] = field(default=())

    @property
    def outcome(self) -> Outcome:
        """The worst outcome; `PASS` for an empty report."""
        return min((finding.outcome for finding in self.findings), key=_ORDER.__getitem__, default=Outcome.PASS)


def run(checks: Sequence[Check[Context]], context: Context, say: Callable[[str], str]) -> Report:
    """Run checks in order; `say` turns a text code into a sentence.

    A predicate that raises is `error` (our fault); after a failed check that `stops`, the rest is `skip`.
    """
    findings: list[Finding] = []
    stopped_by = ""
    for check in checks:
        verdict = Verdict(ok=True, detail=stopped_by, outcome=Outcome.SKIP) if stopped_by else _judge(check, context)
        outcome = verdict.outcome or (Outcome.PASS if verdict.ok else _FAILED_AS[check.severity])
        findings.append(_finding(check, outcome, verdict.detail, say))
        if check.stops and outcome in (Outcome.ERROR, Outcome.FAIL, Outcome.UNKNOWN):
            stopped_by = check.id
    return Report(tuple(findings))


def _judge(check: Check[Context], context: Context) -> Verdict:
    try:
        return check.predicate(context)
    except Exception as error:  # noqa: BLE001 - a broken predicate must not hide the other findings
        return Verdict(ok=False, detail=repr(error), outcome=Outcome.ERROR)


def _finding(check: Check[Context], outcome: Outcome, detail: str, say: Callable[[str], str]) -> Finding:
    hint = "" if outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE) else say(f"hint.{check.id}")
    return Finding(
        check.id, check.severity, outcome, check.actor, say(f"check.{check.id}"), detail, check.reference, hint
    )


def worst(findings: Iterable[Finding]) -> Outcome:
    """Return the worst outcome of some findings; `PASS` when there are none."""
    return Report(tuple(findings)).outcome
