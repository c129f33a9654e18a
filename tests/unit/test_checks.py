"""The check engine: outcomes, severities, what stops a run."""

import pytest

from fpsctl.checks import Actor, Check, Finding, Outcome, Report, Severity, Verdict, run, worst
from fpsctl.cli import exits
from fpsctl.errors import (
    ConnectionFailed,
    EventRefused,
    FpsctlError,
    InternalError,
    LocalError,
    Pending,
    Refused,
    UsageError,
)
from fpsctl.identifiers import InvalidIdentifier


def check(name, predicate, severity=Severity.ERROR, *, stops=False):
    return Check(name, severity, Actor.EDITEUR, "ref", predicate, stops)


def outcomes(*checks):
    return [finding.outcome for finding in run(checks, 3, str).findings]


def test_severity_gives_the_outcome_of_a_broken_rule():
    broken = lambda _: Verdict(ok=False)  # noqa: E731
    assert outcomes(check("a", broken), check("b", broken, Severity.WARNING), check("c", broken, Severity.INFO)) == [
        Outcome.FAIL,
        Outcome.WARN,
        Outcome.PASS,
    ]


def test_a_predicate_that_raises_is_our_fault_and_hides_nothing():
    assert outcomes(check("a", lambda n: 1 / (n - 3)), check("b", lambda _: Verdict(ok=True))) == [
        Outcome.ERROR,
        Outcome.PASS,
    ]


def test_a_fatal_check_skips_the_rest_and_says_what_stopped_it():
    report = run((check("a", lambda _: Verdict(ok=False), stops=True), check("b", lambda _: Verdict(ok=True))), 3, str)
    assert [finding.outcome for finding in report.findings] == [Outcome.FAIL, Outcome.SKIP]
    assert report.findings[1].detail == "a"


def test_outcomes_are_ordered_worst_first():
    found = [
        Finding("x", Severity.INFO, outcome, Actor.FPSCTL, "t")
        for outcome in (Outcome.PASS, Outcome.WARN, Outcome.UNKNOWN)
    ]
    assert worst(found) is Outcome.UNKNOWN
    assert Report().outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (LocalError("x"), 3),
        (EventRefused("x"), 3),
        (InvalidIdentifier("x"), 3),
        (ConnectionFailed("x"), 4),
        (Refused("x"), 5),
        (Pending("x"), 6),
        (InternalError("x"), 70),
        (ValueError("x"), 70),
    ],
)
def test_every_error_has_its_exit_code(error, code):
    assert exits.of_error(error) == code


def test_the_table_of_errors_is_total():
    def leaves(kind):
        below = kind.__subclasses__()
        return [kind] if not below else [leaf for sub in below for leaf in leaves(sub)]

    for kind in leaves(FpsctlError):
        if kind is not InternalError:
            assert exits.of_error(kind("x")) != exits.Exit.BUG, kind


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_exit_code(outcome):
    expected = {Outcome.ERROR: 70, Outcome.FAIL: 1, Outcome.UNKNOWN: 6, Outcome.NOT_TESTABLE: 1}
    assert exits.of_outcome(outcome, strict=False) == expected.get(outcome, 0)
    assert exits.of_outcome(outcome, strict=True) == {**expected, Outcome.WARN: 1}.get(outcome, 0)
