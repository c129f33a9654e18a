"""`fpsctl profile`: the interface as data, and on whose word it stands."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fpsctl.cli.options import Form, Output, Strict
from fpsctl.texts import text

if TYPE_CHECKING:
    import datetime as dt

    from fpsctl.antai.profile_model import Profile
    from fpsctl.checks import Finding
    from fpsctl.errors import FpsctlError


class Word(StrEnum):
    """A confidence, as it is asked for."""

    LAW = "law"
    OFFICIAL = "official"
    SECONDARY = "secondary"
    DEDUCED = "deduced"
    MEASURED = "measured"
    ASSUMPTION = "assumption"


def _complete(incomplete: str) -> list[str]:
    from fpsctl.resources import names

    return [name for name in names("profiles") if name.startswith(incomplete)]


def _complete_kind(incomplete: str) -> list[str]:
    from fpsctl.antai.messages import MESSAGES

    return [kind for kind in MESSAGES if kind.startswith(incomplete)]


def _named(metavar: str, help_code: str) -> Any:  # noqa: ANN401 - a parameter of Typer
    return typer.Argument(metavar=metavar, help=text(help_code), autocompletion=_complete)


Name = Annotated[str, _named("NAME|FILE", "help.profile.name")]
Files = Annotated[list[str], _named("FILE...", "help.profile.files")]
Before = Annotated[str, _named("A", "help.profile.before")]
After = Annotated[str, _named("B", "help.profile.after")]
Folders = Annotated[list[Path] | None, typer.Option("--dir", metavar="FOLDER", help=text("help.profile.dir"))]
Kind = Annotated[
    str, typer.Option("--message", metavar="KIND", help=text("help.profile.message"), autocompletion=_complete_kind)
]
Day = Annotated[str, typer.Option("--at", metavar="DATE", help=text("help.profile.at"))]
ExitCode = Annotated[bool, typer.Option("--exit-code", help=text("help.profile.exit-code"))]
Listed = Annotated[Word | None, typer.Option("--list", help=text("help.profile.list-word"))]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.profile.group"), no_args_is_help=True, rich_markup_mode=None)
    group.command("list", help=text("help.profile.list"))(list_)
    group.command("show", help=text("help.profile.show"))(show)
    group.command("check", help=text("help.profile.check"))(check)
    group.command("diff", help=text("help.profile.diff"))(diff)
    group.command("provenance", help=text("help.profile.provenance"))(provenance)
    app.add_typer(group, name="profile")


def list_(folder: Folders = None, output: Output = Form.TEXT) -> int:
    """List the profiles at hand."""
    from fpsctl.cli.output import emit
    from fpsctl.render.profile import list_lines
    from fpsctl.resources import names

    found = [*names("profiles"), *(path for where in folder or () for path in _files_of(where))]
    result = {"profiles": [_listed(name) for name in found]}
    return emit("profile list", output, result, lambda: list_lines(result))


def _files_of(folder: Path) -> list[str]:
    """Return the YAML files of a folder; raises `LocalError` (`profile.folder`)."""
    from fpsctl.errors import LocalError
    from fpsctl.validation import os_reason

    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise LocalError("profile.folder", path=folder, detail=os_reason(error)) from error
    return [str(path) for path in found]


def _listed(name: str) -> dict[str, Any]:
    from fpsctl.antai import load_profile
    from fpsctl.errors import LocalError
    from fpsctl.render.profile import refused, summary

    try:
        return {"name": name, "profile": summary(load_profile(name)), "error": None}
    except LocalError as error:
        return {"name": name, "profile": None, "error": refused(error)}


def show(name: Name, message: Kind = "", at: Day = "", output: Output = Form.TEXT) -> int:
    """Show a profile, or one of its messages."""
    from fpsctl.antai import load_profile
    from fpsctl.antai.profile_rules import in_force
    from fpsctl.cli.output import emit
    from fpsctl.render.profile import message_lines, message_result, show_lines, summary

    day, profile = _day(at), load_profile(name)
    found = in_force(profile, day)
    if message:
        one = message_result(profile, _kind(profile, message))
        result = {"profile": summary(profile), "message": one}
        return emit("profile show", output, result, lambda: message_lines(profile, one, found), findings=found)
    whole = {"profile": summary(profile), "merged": profile.model_dump(mode="json", by_alias=True)}
    return emit("profile show", output, whole, lambda: show_lines(profile, found), findings=found)


def _day(at: str) -> dt.date:
    from fpsctl.cli.inputs import today, usage_day

    return usage_day("--at", at) or today()


def _kind(profile: Profile, kind: str) -> str:
    """Return a kind of message that the profile has; raises `UsageError` (`usage.message`)."""
    from fpsctl.errors import UsageError

    if kind not in profile.messages:
        raise UsageError("usage.message", value=kind, known=", ".join(profile.messages))
    return kind


def check(files: Files, at: Day = "", output: Output = Form.TEXT, strict: Strict = False) -> int:
    """Check profiles."""
    from fpsctl.cli.output import emit, tell
    from fpsctl.render.profile_check import check_lines, check_result

    day = _day(at)
    done = {file: _checked(file, day) for file in files}
    result = {"profiles": [check_result(file, *one) for file, one in done.items()]}
    found = {file: findings for file, (_, findings, _) in done.items()}
    errors = [error for _, _, error in done.values() if error]
    lines, every = check_lines(result, found), [one for findings in found.values() for one in findings]
    error = errors[0] if errors else None
    code = emit("profile check", output, result, lambda: lines, findings=every, strict=strict, error=error)
    for other in errors[1:] if output is Form.TEXT else ():
        tell(other)
    return code


def _checked(file: str, day: dt.date) -> tuple[Profile | None, tuple[Finding, ...], FpsctlError | None]:
    from fpsctl.antai.profile import check_profile
    from fpsctl.antai.profile_rules import examine
    from fpsctl.errors import LocalError
    from fpsctl.pki.rules import RULES
    from fpsctl.resources import names

    try:
        profile = check_profile(file)
    except LocalError as error:
        return None, (), error
    path = None if file in names("profiles") else Path(file)
    return profile, examine(profile, path, day, [rule.id for rule in RULES]).findings, None


def diff(before: Before, after: After, exit_code: ExitCode = False, output: Output = Form.TEXT) -> int:
    """Compare two profiles."""
    from fpsctl.antai import load_profile
    from fpsctl.antai.profile_diff import diff as compare
    from fpsctl.cli.exits import Exit
    from fpsctl.cli.output import emit
    from fpsctl.render.profile_diff import diff_lines, diff_result

    one, other = load_profile(before), load_profile(after)
    result = diff_result(one, other, compare(one, other))
    emit("profile diff", output, result, lambda: diff_lines(result))
    return Exit.FINDINGS if exit_code and result["counts"]["must"] else Exit.OK


def provenance(name: Name, message: Kind = "", word: Listed = None, output: Output = Form.TEXT) -> int:
    """Count on whose word a profile stands."""
    from fpsctl.antai import load_profile
    from fpsctl.antai.provenance import counts
    from fpsctl.cli.output import emit
    from fpsctl.cli.profile_grounds import rules
    from fpsctl.render.provenance import provenance_lines, provenance_result

    profile = load_profile(name)
    grounds = counts(profile).with_(rules())
    asked = grounds.only(kind=_kind(profile, message)) if message else grounds
    result = provenance_result(profile, asked, word.value if word else "")
    return emit("profile provenance", output, result, lambda: provenance_lines(result))
