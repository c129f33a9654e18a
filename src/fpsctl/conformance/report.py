"""The report: plain data that every renderer takes, the same for the same program but for `genere_le`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fpsctl import __version__
from fpsctl.antai.reserve import described as profile_described
from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.conformance.cases import CASES
from fpsctl.conformance.protocol import CAPABILITIES, SCHEMA
from fpsctl.texts import language, text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from fpsctl.antai import Profile
    from fpsctl.conformance.protocol import Description
    from fpsctl.conformance.trial import Judged

SUITE = "1"
"""Version of the cases: a case that judges otherwise is another suite."""


def report(
    described: Description, profile: Profile, judged: Sequence[Judged], patterns: Iterable[str], now: dt.datetime
) -> dict[str, Any]:
    """Return the result of a run; `now` is the machine's time."""
    run = {one.case.id for one in judged}
    counts = Counter(str(one.outcome) for one in judged)
    return {
        "suite": SUITE,
        "protocol": SCHEMA,
        "fpsctl": __version__,
        "editor": described.editor,
        "product": described.product,
        "version": described.version,
        "environment": described.environment,
        "profile": profile_described(profile, language()),
        "genere_le": now.isoformat(timespec="seconds"),
        "selection": list(patterns),
        "left_out": [case.id for case in CASES if case.id not in run],
        "cases": [_case(one) for one in judged],
        "exclusions": _exclusions(described, judged),
        "unknown_capabilities": sorted(described.capabilities - set(CAPABILITIES)),
        "counts": {str(outcome): counts[outcome] for outcome in Outcome if counts[outcome]},
    }


def _case(judged: Judged) -> dict[str, Any]:
    return {
        "id": judged.case.id,
        "titre": text(f"check.{judged.case.id}"),
        "outcome": str(judged.outcome),
        "requirement": judged.case.reference,
        "detail": judged.detail,
        "preuves": list(judged.preuves),
        "note": judged.note,
    }


def _exclusions(described: Description, judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Return what was not tried for want of a capability: the capability, and the cases that needed it."""
    found: dict[str, list[str]] = {}
    for one in judged:
        if one.outcome is Outcome.NOT_TESTABLE:
            for name in one.case.needs:
                if name not in described.capabilities:
                    found.setdefault(name, []).append(one.case.id)
    return [{"capability": name, "cases": cases} for name, cases in found.items()]


def findings_of(judged: Iterable[Judged]) -> tuple[Finding, ...]:
    """Return one finding a case: what exit codes and reports in JSON are made from."""
    return tuple(
        Finding(
            id=one.case.id,
            severity=Severity.ERROR,
            outcome=one.outcome,
            actor=Actor.FPSCTL if one.outcome is Outcome.ERROR else Actor.EDITEUR,
            title=text(f"check.{one.case.id}"),
            detail=one.detail,
            reference=one.case.reference,
            hint="" if one.outcome is Outcome.PASS else one.hint or text(f"hint.{one.case.id}"),
        )
        for one in judged
    )


def list_cases() -> list[dict[str, Any]]:
    """Return id, title, needs and reference of every case."""
    return [
        {
            "id": case.id,
            "titre": text(f"check.{case.id}"),
            "needs": list(case.needs),
            "requirement": case.reference,
        }
        for case in CASES
    ]
