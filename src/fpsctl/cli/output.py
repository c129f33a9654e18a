"""Says a command's answer once: text or JSON on stdout, and the exit code that its findings deserve."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from fpsctl.checks import Finding, worst
from fpsctl.cli.exits import of_outcome
from fpsctl.cli.options import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.text import Text


def emit(
    command: str,
    form: Form,
    result: Any,  # noqa: ANN401 - each command has its own shape
    lines: Callable[[], Sequence[Text]],
    *,
    findings: Sequence[Finding] = (),
    strict: bool = False,
) -> int:
    """Print and return the exit code; `lines` is called only when text is wanted."""
    code = of_outcome(worst(findings), strict=strict)
    if form is Form.JSON:
        from fpsctl.render.envelope import envelope

        write_json(envelope(command, result, findings, ok=code == 0))
    else:
        from fpsctl.render.terminal import show

        show(lines())
    return code


def write_json(document: str) -> None:
    """Write a JSON document on stdout; where stdout is not UTF-8, escaped rather than damaged."""
    if (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8":
        document = json.dumps(json.loads(document), indent=2) + "\n"
    sys.stdout.write(document)
