"""`fpsctl lint`: files of messages judged before they are sent."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from fpsctl.cli.options import HERE, Form, Profile, Strict, WorkspaceDir
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.errors import FpsctlError
    from fpsctl.lint import Done


class LintForm(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    CODEQUALITY = "codequality"


Files = Annotated[list[str] | None, typer.Argument(metavar="FILE...", help=text("help.lint.files"))]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help=text("help.lint.kind"))]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help=text("help.lint.limit"))]
Rules = Annotated[bool, typer.Option("--rules", help=text("help.lint.rules"))]
Report = Annotated[LintForm, typer.Option("--output", "-o", help=text("help.lint.output"))]


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("lint", help=text("help.lint"))(lint_)


def lint_(
    files: Files = None,
    kind: Kind = "",
    limit: Limit = 100,
    rules: Rules = False,
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Report = LintForm.TEXT,
    strict: Strict = False,
) -> int:
    """Judge files of messages."""
    if rules:
        return _rules(output)
    from fpsctl.errors import FpsctlError
    from fpsctl.lint import Order, lint

    try:
        done = lint(Order(tuple(files or ()), profile, kind, workspace, limit))
    except FpsctlError as error:
        if output in (LintForm.TEXT, LintForm.JSON):
            raise
        return _broken(error, output)
    return _report(done, output, strict=strict)


def _rules(output: LintForm) -> int:
    from fpsctl.cli.output import emit
    from fpsctl.lint import list_rules
    from fpsctl.render.lint import rule_lines

    found = list_rules()
    form = Form.JSON if output is LintForm.JSON else Form.TEXT
    return emit("lint", form, {"rules": found}, lambda: rule_lines(found))


def _broken(error: FpsctlError, output: LintForm) -> int:
    """Say why there is no report: in the form that was wanted, and in two lines for people."""
    from fpsctl.cli.exits import of_error
    from fpsctl.cli.output import tell, write_json
    from fpsctl.render.junit import junit_error

    if output is LintForm.JUNIT:
        _write_xml(junit_error(error, "fpsctl.lint"))
    elif output is LintForm.CODEQUALITY:
        write_json("[]\n")
    tell(error)
    return of_error(error)


def _report(done: Done, output: LintForm, *, strict: bool) -> int:
    from fpsctl.checks import worst
    from fpsctl.cli.exits import of_outcome
    from fpsctl.cli.output import emit, write_json
    from fpsctl.render.codequality import codequality
    from fpsctl.render.junit import lint_junit
    from fpsctl.render.lint import lint_lines

    if output is LintForm.JUNIT:
        _write_xml(lint_junit(done.result, done.findings, strict=strict))
    elif output is LintForm.CODEQUALITY:
        write_json(codequality(done.result, done.findings))
    else:
        form = Form(output.value)
        lines = lambda: lint_lines(done.result, done.findings)  # noqa: E731 - made only when text is wanted
        return emit("lint", form, done.result, lines, findings=done.findings, strict=strict)
    return of_outcome(worst(done.findings), strict=strict)


def _write_xml(document: str) -> None:
    """Write XML on stdout; where stdout is not UTF-8, in references rather than damaged."""
    if (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8":
        document = document.encode("ascii", "xmlcharrefreplace").decode()
    sys.stdout.write(document)
