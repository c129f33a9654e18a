"""`fpsctl readiness`: the State's ten steps for a town: done, next, blocked, and who must act."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import typer

from fpsctl.cli.options import (
    HERE,
    READY_FILE,
    SANDBOX_ENV,
    Env,
    Form,
    Output,
    Profile,
    Sandbox,
    SiretOption,
    WorkspaceDir,
)
from fpsctl.texts import language, text

if TYPE_CHECKING:
    from fpsctl.cli.convention import Place
    from fpsctl.readiness.evidence import Evidence


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("readiness", help=text("help.readiness"))(readiness)


def readiness(
    siret: SiretOption,
    env: Env = SANDBOX_ENV,
    sandbox: Sandbox = READY_FILE,
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
) -> int:
    """Judge the start-up of a town."""
    from fpsctl.antai import load_profile
    from fpsctl.antai.reserve import described
    from fpsctl.cli.convention import place_of
    from fpsctl.cli.output import emit
    from fpsctl.readiness.judge import findings_of, judge, result_of
    from fpsctl.render.raccordement import readiness_lines

    place = place_of(siret, env, sandbox, profile, workspace)
    evidence = _evidence(place)
    judged = judge(evidence)
    result = result_of(evidence, judged, _options(place, profile))
    result["profile"] = described(load_profile(profile), language())
    findings = findings_of(result, judged)
    return emit("readiness", output, result, lambda: readiness_lines(result), findings=findings)


def _evidence(place: Place) -> Evidence:
    from fpsctl.cli.embedded import control_of
    from fpsctl.clock import SystemClock
    from fpsctl.readiness.evidence import from_sandbox, from_workspace

    if place.env != SANDBOX_ENV:
        now = SystemClock().now().replace(microsecond=0)
        return from_workspace(place.workspace, place.siret, place.env, now)
    with control_of(place.sandbox) as control:
        return from_sandbox(place.workspace, place.siret, control.raccordement(place.siret))


def _options(place: Place, profile: str) -> dict[str, str]:
    """Return the options that proposed commands need to act where this one looked."""
    from fpsctl.collectivite import versions_of

    folder = _option("-C", place.workspace.folder, HERE)
    known = versions_of(place.workspace, place.siret)
    return {
        "town": "" if known else text("readiness.command.town"),
        "folder": folder,
        "sandbox": _option("--sandbox", place.sandbox, READY_FILE),
        "where": f"{_option('--env', place.env, SANDBOX_ENV)}{_option('--profile', profile, 'public')}"
        f"{_option('--sandbox', place.sandbox, READY_FILE)}{folder}",
    }


def _option(name: str, value: object, default: object) -> str:
    return "" if value == default else f" {name} {shlex.quote(str(value))}"
