"""Says a command's answer once: text or JSON on stdout, and the exit code that its findings, or its error, deserve."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from fpsctl.checks import Finding, worst
from fpsctl.cli.exits import of_error, of_outcome
from fpsctl.cli.options import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.text import Text

    from fpsctl.errors import FpsctlError


def emit(
    command: str,
    form: Form,
    result: Any,  # noqa: ANN401 - each command has its own shape
    lines: Callable[[], Sequence[Text]],
    *,
    findings: Sequence[Finding] = (),
    strict: bool = False,
    error: FpsctlError | None = None,
) -> int:
    """Print and return the exit code; `lines` is called only when text is wanted.

    `error` is one that stopped the work and did not take the result away: it is told too, and gives the code.
    """
    code = of_error(error) if error else of_outcome(worst(findings), strict=strict)
    if form is Form.JSON:
        from fpsctl.render.envelope import envelope

        write_json(envelope(command, result, findings, ok=code == 0, error=error))
    else:
        from fpsctl.render.terminal import show

        show(lines())
        if error:
            tell(error)
    return code


def announce(command: str, form: Form, result: Any, lines: Callable[[], Sequence[Text]]) -> None:  # noqa: ANN401 - same
    """Print the answer of a command that goes on: at once, its JSON on one line."""
    if form is Form.JSON:
        from fpsctl.render.envelope import envelope

        write_json(json.dumps(json.loads(envelope(command, result, (), ok=True)), ensure_ascii=False) + "\n")
    else:
        from fpsctl.render.terminal import show

        show(lines())
    sys.stdout.flush()


def tell(error: FpsctlError) -> None:
    """Write an error on stderr: a line and the next thing to type."""
    from fpsctl.render.errors import error_lines

    sys.stdout.flush()  # what was shown comes first where both go to one place
    sys.stderr.write("".join(f"{line}\n" for line in error_lines(error)))
    sys.stderr.flush()


def write_json(document: str) -> None:
    """Write a JSON document on stdout; where stdout is not UTF-8, escaped rather than damaged."""
    if (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8":
        document = json.dumps(json.loads(document), indent=2) + "\n"
    sys.stdout.write(document)
