"""`fpsctl schema`: messages, operations, scenarios, profiles and results as schemas, for other languages."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fpsctl.cli.consent import Confirm, ask
from fpsctl.cli.options import Form, Output, Profile
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.antai import Profile as Loaded
    from fpsctl.schema import File


class What(StrEnum):
    """What is exported."""

    JSONSCHEMA = "jsonschema"
    OPENAPI = "openapi"
    SCENARIO = "scenario"
    PROFILE = "profile"
    RESULTS = "results"


_OF_PROFILE = (What.JSONSCHEMA, What.OPENAPI)
"""Exports in which the names of a profile stand."""

Kind = Annotated[What, typer.Argument(metavar="WHAT", help=text("help.schema.what"))]
Dir = Annotated[Path, typer.Option("--dir", metavar="FOLDER", help=text("help.schema.dir"))]
Closed = Annotated[bool, typer.Option("--closed", help=text("help.schema.closed"))]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.schema"), no_args_is_help=True, rich_markup_mode=None)
    group.command("export", help=text("help.schema.export"))(export)
    app.add_typer(group, name="schema")


def export(
    what: Kind,
    folder: Dir,
    profile: Profile = "public",
    closed: Closed = False,
    confirm: Confirm = "",
    output: Output = Form.TEXT,
) -> int:
    """Write schemas into a folder."""
    from fpsctl.antai import load_profile
    from fpsctl.cli.output import emit
    from fpsctl.render.schema import export_lines, export_result

    known = load_profile(profile) if what in _OF_PROFILE else None
    _check_options(what, known, confirm, closed=closed)
    files = _files(what, known, closed=closed)
    result = export_result(what.value, known, _written(folder, files))
    return emit("schema export", output, result, lambda: export_lines(result))


def _check_options(what: What, profile: Loaded | None, confirm: str, *, closed: bool) -> None:
    """Have a confidential profile confirmed, by its name or on the terminal; raises `UsageError` (`schema.*`)."""
    from fpsctl.errors import UsageError

    if closed and what is not What.JSONSCHEMA:
        raise UsageError("schema.closed", what=what.value)
    if profile is not None:
        ask(profile, confirm)


def _files(what: What, profile: Loaded | None, *, closed: bool) -> list[File]:
    """Return the documents; raises `LocalError` (`schema.not-json`)."""
    from fpsctl import schema

    if what is What.SCENARIO:
        from fpsctl.simulation import Scenario

        return [schema.File("scenario.schema.json", schema.scenario_schema(Scenario))]
    if what is What.PROFILE:
        return [schema.File("profile.schema.json", schema.profile_schema())]
    if what is What.RESULTS:
        from fpsctl.cli.results import RESULTS

        return schema.result_files(RESULTS)
    assert profile is not None  # noqa: S101 - the other two are of a profile
    if what is What.OPENAPI:
        return [schema.File("openapi.json", schema.openapi_document(profile))]
    return schema.message_files(profile, closed=closed)


def _written(folder: Path, files: list[File]) -> list[tuple[Path, int]]:
    """Write whole files and return their paths and sizes; raises `LocalError` (`output.unwritable`)."""
    from fpsctl.errors import LocalError
    from fpsctl.schema import dumped
    from fpsctl.validation import os_reason
    from fpsctl.workspace import write_whole

    contents = [(folder / file.name, dumped(file.document)) for file in files]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError("output.unwritable", path=folder, detail=os_reason(error)) from error
    for path, content in contents:
        write_whole(path, content)
    return [(path, len(content)) for path, content in contents]
