"""`fpsctl convert`: notices of another vocabulary made messages for the SI FPS."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from fpsctl.cli.consent import Confirm, ask
from fpsctl.cli.options import HERE, Form, Output, Profile, Strict, WorkspaceDir
from fpsctl.texts import text


class Vocabulary(StrEnum):
    """What is converted from."""

    FNMS = "fnms"


class Amounts(StrEnum):
    """How amounts without unit are read."""

    AUTO = "auto"
    CENTS = "cents"
    EUROS = "euros"


From = Annotated[Vocabulary, typer.Option("--from", help=text("help.convert.from"))]
Files = Annotated[list[str], typer.Argument(metavar="FILE", help=text("help.convert.files"))]
To = Annotated[list[Path] | None, typer.Option("--to", metavar="FOLDER", help=text("help.convert.to"))]
Force = Annotated[bool, typer.Option("--force", help=text("help.convert.force"))]
AmountsOption = Annotated[Amounts, typer.Option("--amounts", help=text("help.convert.amounts"))]


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("convert", help=text("help.convert"))(convert)


def convert(
    files: Files,
    vocabulary: From,
    amounts: AmountsOption = Amounts.AUTO,
    to: To = None,
    force: Force = False,
    confirm: Confirm = "",
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
    strict: Strict = False,
) -> int:
    """Convert fines of FNMS."""
    from fpsctl import convert as conversion
    from fpsctl.cli.output import emit
    from fpsctl.render.convert import conversion_lines

    folder = _folder(to or [], profile, confirm)
    unit = "" if amounts is Amounts.AUTO else amounts.value
    done = conversion.convert(conversion.Order(vocabulary.value, files, profile, unit), workspace)
    if folder is not None:
        done = conversion.write(done, folder, force=force)
    lines = partial(conversion_lines, done.result, done.findings)
    return emit("convert", output, done.result, lines, findings=done.findings, strict=strict)


def _folder(given: list[Path], profile: str, confirm: str) -> Path | None:
    """Return where messages are written; raises `UsageError` (`convert.twice`, `schema.confirm`)."""
    from fpsctl.antai import load_profile
    from fpsctl.errors import UsageError

    if len(given) > 1:
        raise UsageError("convert.twice", count=len(given))
    if given:
        ask(load_profile(profile), confirm)
    return given[0] if given else None
