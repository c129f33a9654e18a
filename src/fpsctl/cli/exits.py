"""Exit codes: the one table, from errors and from outcomes."""

from __future__ import annotations

from enum import IntEnum

from fpsctl.checks import Outcome
from fpsctl.errors import (
    ConnectionFailed,
    FpsctlError,
    InternalError,
    LocalError,
    Pending,
    Refused,
    UsageError,
)


class Exit(IntEnum):
    """How the process ends."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    LOCAL = 3
    CONNECTION = 4
    REFUSED = 5
    PENDING = 6
    BUG = 70
    INTERRUPTED = 130


_ERRORS: tuple[tuple[type[FpsctlError], Exit], ...] = (
    (UsageError, Exit.USAGE),
    (LocalError, Exit.LOCAL),
    (ConnectionFailed, Exit.CONNECTION),
    (Refused, Exit.REFUSED),
    (Pending, Exit.PENDING),
    (InternalError, Exit.BUG),
)

_OUTCOMES: dict[Outcome, Exit] = {
    Outcome.ERROR: Exit.BUG,
    Outcome.FAIL: Exit.FINDINGS,
    Outcome.UNKNOWN: Exit.PENDING,
    Outcome.NOT_TESTABLE: Exit.FINDINGS,
    Outcome.WARN: Exit.OK,
    Outcome.SKIP: Exit.OK,
    Outcome.PASS: Exit.OK,
    Outcome.NOT_APPLICABLE: Exit.OK,
}


def of_error(error: BaseException) -> Exit:
    """Return the code of an error; anything that is not ours is a bug."""
    return next((code for kind, code in _ERRORS if isinstance(error, kind)), Exit.BUG)


def of_outcome(outcome: Outcome, *, strict: bool) -> Exit:
    """Return the code of a run's worst outcome; `strict` makes a warning count."""
    return Exit.FINDINGS if strict and outcome is Outcome.WARN else _OUTCOMES[outcome]
