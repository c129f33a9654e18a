"""`fpsctl simulate`: dossiers over time."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from fpsctl.cli.consent import Confirm
from fpsctl.cli.options import HERE, Form, Output, Profile, Strict, WorkspaceDir
from fpsctl.texts import text


def _complete(incomplete: str) -> list[str]:
    from fpsctl.resources import names

    return [name for name in names("scenarios") if name.startswith(incomplete)]


ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help=text("help.scenario"), autocompletion=_complete)]
SiretEnv = Annotated[str, typer.Option("--siret", envvar="FPSCTL_SIRET", metavar="SIRET", help=text("help.siret.env"))]
Constat = Annotated[str, typer.Option("--constat", metavar="DATE", help=text("help.constat"))]
At = Annotated[str, typer.Option("--at", metavar="DATE", help=text("help.at"))]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help=text("help.html"))]
Wire = Annotated[bool, typer.Option("--wire", help=text("help.wire"))]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.simulate"), no_args_is_help=True, rich_markup_mode=None)
    group.command("dossier", help=text("help.simulate.dossier"))(dossier)
    group.command("scenarios", help=text("help.simulate.scenarios"))(scenarios)
    app.add_typer(group, name="simulate")


def dossier(
    scenario: ScenarioName,
    siret: SiretEnv = "",
    constat: Constat = "",
    at: At = "",
    html: Html = None,
    wire: Wire = False,
    confirm: Confirm = "",
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
    strict: Strict = False,
) -> int:
    """Simulate one dossier."""
    from fpsctl.cli.inputs import check_moments, page_path, usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.render.simulation import simulation_lines
    from fpsctl.simulation import Request, answer

    check_moments(constat=constat, at=at)
    page = page_path(html)
    town = usage_siret(siret) if siret else None
    asked = Request(scenario, town, constat or None, at or None, profile, wire, confirm)
    result, findings = answer(asked, workspace)
    if page is not None:
        from fpsctl.render.page import write_page

        write_page(page, result, findings)
    lines = partial(simulation_lines, result, findings, page)
    return emit("simulate dossier", output, result, lines, findings=findings, strict=strict)


def scenarios(
    show: Annotated[str, typer.Option("--show", metavar="ID", help=text("help.show"))] = "",
    output: Output = Form.TEXT,
) -> int:
    """List the scenarios shipped, or print one."""
    from fpsctl.cli.output import emit
    from fpsctl.render.simulation import scenario_lines
    from fpsctl.simulation import catalogue_view, source_of

    result = {"source": source_of(show)} if show else {"scenarios": catalogue_view()}
    return emit("simulate scenarios", output, result, lambda: scenario_lines(result))
