"""The one JSON envelope of every command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fpsctl.render.errors import hint_of, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding
    from fpsctl.errors import FpsctlError

SCHEMA = "fpsctl/1"


def envelope(
    command: str,
    result: Any,  # noqa: ANN401 - each command has its own shape
    findings: Sequence[Finding],
    *,
    ok: bool,
    error: FpsctlError | None = None,
) -> str:
    """Return the envelope of an answer, one JSON document and a newline; `error` is what stopped the work."""
    described = _error(error) if error else None
    return _dump(command=command, ok=ok, result=result, findings=[_finding(item) for item in findings], error=described)


def error_envelope(command: str, error: FpsctlError) -> str:
    """Return the envelope of an error."""
    return _dump(command=command, ok=False, result=None, findings=[], error=_error(error))


def _error(error: FpsctlError) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": message_of(error),
        "hint": hint_of(error),
        "retryable": error.retryable,
    }


def _finding(finding: Finding) -> dict[str, str]:
    names = ("id", "severity", "outcome", "actor", "title", "detail", "reference", "hint")
    return {name: str(getattr(finding, name)) for name in names}


def _dump(**content: Any) -> str:  # noqa: ANN401
    return json.dumps({"schema": SCHEMA, **content}, ensure_ascii=False, indent=2) + "\n"
