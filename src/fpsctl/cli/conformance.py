"""`fpsctl conformance`: self-certification of a vendor's program."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fpsctl.cli.options import Form, Output, Profile
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.conformance import Certification
    from fpsctl.errors import FpsctlError


class ReportForm(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


AdapterOption = Annotated[str, typer.Option("--adapter", metavar="exec:CMD", help=text("help.conformance.adapter"))]
Cases = Annotated[list[str] | None, typer.Option("--case", metavar="GLOB", help=text("help.conformance.case"))]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.1, max=3600, help=text("help.conformance.timeout"))
]
Keep = Annotated[Path | None, typer.Option("--keep", metavar="FOLDER", help=text("help.conformance.keep"))]
Report = Annotated[ReportForm, typer.Option("--output", "-o", help=text("help.conformance.output"))]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.conformance"), no_args_is_help=True, rich_markup_mode=None)
    group.command("run", help=text("help.conformance.run"))(run)
    group.command("list", help=text("help.conformance.list"))(list_)
    app.add_typer(group, name="conformance")


def run(
    adapter: AdapterOption,
    case: Cases = None,
    timeout: Timeout = 30.0,
    keep: Keep = None,
    profile: Profile = "public",
    output: Report = ReportForm.TEXT,
) -> int:
    """Run the cases against a program."""
    from fpsctl.clock import SystemClock
    from fpsctl.conformance import Order, certify
    from fpsctl.errors import FpsctlError
    from fpsctl.render.terminal import note

    def tell(number: int, count: int, name: str) -> None:
        note(text("conformance.step", n=number, count=count, case=name))

    try:
        done = certify(Order(adapter, tuple(case or ()), profile, timeout, keep), SystemClock(), tell)
    except FpsctlError as error:
        if output is not ReportForm.JUNIT:
            raise
        return _broken(error)
    return _report(done, output)


def _broken(error: FpsctlError) -> int:
    """Say in XML why there is no report, for the machine, and in two lines for people."""
    from fpsctl.cli.exits import of_error
    from fpsctl.cli.output import tell
    from fpsctl.render.junit import junit_error

    _write_xml(junit_error(error))
    tell(error)
    return of_error(error)


def _report(done: Certification, output: ReportForm) -> int:
    from fpsctl.checks import worst
    from fpsctl.cli.exits import of_outcome
    from fpsctl.cli.output import emit
    from fpsctl.render.conformance import certification_lines
    from fpsctl.render.junit import junit

    if output is ReportForm.JUNIT:
        _write_xml(junit(done.result, done.seconds))
        return of_outcome(worst(done.findings), strict=False)
    lines = certification_lines(done.result, done.findings)
    return emit("conformance run", Form(output.value), done.result, lambda: lines, findings=done.findings)


def _write_xml(document: str) -> None:
    """Write XML on stdout; where stdout is not UTF-8, in references rather than damaged."""
    if (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8":
        document = document.encode("ascii", "xmlcharrefreplace").decode()
    sys.stdout.write(document)


def list_(output: Output = Form.TEXT) -> int:
    """List the cases."""
    from fpsctl.cli.output import emit
    from fpsctl.conformance import list_cases
    from fpsctl.render.conformance import case_lines

    cases = list_cases()
    return emit("conformance list", output, {"cases": cases}, lambda: case_lines(cases))
