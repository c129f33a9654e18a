"""`fpsctl collectivite`: the dated settings of towns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from fpsctl.cli.options import HERE, Form, Output, SiretOption, WorkspaceDir
from fpsctl.texts import text

Since = Annotated[str, typer.Option("--from", metavar="DATE", help=text("help.from"))]
Nom = Annotated[str, typer.Option("--nom", metavar="NOM", help=text("help.nom"))]
Type = Annotated[str, typer.Option("--type", metavar="TYPE", help=text("help.type"))]
Cycle = Annotated[str, typer.Option("--cycle", metavar="CYCLE", help=text("help.cycle"))]
Fuseau = Annotated[str, typer.Option("--fuseau", metavar="ZONE", help=text("help.fuseau"))]
Population = Annotated[int | None, typer.Option("--population", metavar="N", min=0, help=text("help.population"))]
Notification = Annotated[str, typer.Option("--notification", metavar="MODE", help=text("help.notification"))]
Tarifs = Annotated[list[str] | None, typer.Option("--tarif", metavar="TARIF", help=text("help.tarif"))]
Minore = Annotated[str, typer.Option("--minore", metavar="MINORE", help=text("help.minore"))]
Autorites = Annotated[list[str] | None, typer.Option("--autorite", metavar="AUTORITE", help=text("help.autorite"))]
Parametres = Annotated[list[str] | None, typer.Option("--parametre", metavar="P=V", help=text("help.parametre"))]
At = Annotated[str, typer.Option("--at", metavar="DATE", help=text("help.at.settings"))]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.collectivite"), no_args_is_help=True, rich_markup_mode=None)
    group.command("add", help=text("help.collectivite.add"))(_saver("add"))
    group.command("set", help=text("help.collectivite.set"))(_saver("set"))
    group.command("show", help=text("help.collectivite.show"))(show)
    group.command("list", help=text("help.collectivite.list"))(list_)
    app.add_typer(group, name="collectivite")


def _saver(verb: str) -> Callable[..., int]:
    """Return the command that adds a town or changes one: the same options, another service."""

    def save(
        siret: SiretOption,
        nom: Nom = "",
        tarif: Tarifs = None,
        since: Since = "",
        type_: Type = "",
        cycle: Cycle = "",
        fuseau: Fuseau = "",
        population: Population = None,
        notification: Notification = "",
        minore: Minore = "",
        autorite: Autorites = None,
        parametre: Parametres = None,
        workspace: WorkspaceDir = HERE,
        output: Output = Form.TEXT,
    ) -> int:
        """Write the settings of a town."""
        from fpsctl.cli.inputs import settings

        plain = {"nom": nom, "type": type_, "cycle": cycle, "fuseau": fuseau, "notification": notification}
        changes = settings(
            plain | {"population": population}, tarif=tarif, minore=minore, autorite=autorite, parametre=parametre
        )
        return _save(verb, siret, since, changes, workspace, output)

    return save


def _save(verb: str, siret: str, since: str, changes: dict[str, Any], workspace: Path, output: Form) -> int:
    from fpsctl.cli.inputs import town_day, usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.collectivite import add_town, change_town
    from fpsctl.render.collectivite import town_lines, town_result
    from fpsctl.workspace import Workspace

    place, town_siret = Workspace(workspace), usage_siret(siret)
    day = town_day("--from", since, place, town_siret, changes.get("fuseau", ""))
    service = add_town if verb == "add" else change_town
    town = service(place, town_siret, day, changes)
    return emit(f"collectivite {verb}", output, town_result(town), lambda: town_lines(town))


def show(siret: SiretOption, at: At = "", workspace: WorkspaceDir = HERE, output: Output = Form.TEXT) -> int:
    """Show the settings in force on a date."""
    from fpsctl.cli.inputs import town_day, usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.collectivite import require
    from fpsctl.render.collectivite import town_lines, town_result
    from fpsctl.workspace import Workspace

    place, town_siret = Workspace(workspace), usage_siret(siret)
    town = require(place, town_siret, town_day("--at", at, place, town_siret))
    return emit("collectivite show", output, town_result(town), lambda: town_lines(town))


def list_(workspace: WorkspaceDir = HERE, output: Output = Form.TEXT) -> int:
    """List the towns."""
    from fpsctl.cli.output import emit
    from fpsctl.collectivite import names
    from fpsctl.render.collectivite import list_lines
    from fpsctl.workspace import Workspace

    towns = [{"siret": siret, "nom": nom} for siret, nom in names(Workspace(workspace)).items()]
    return emit("collectivite list", output, {"collectivites": towns}, lambda: list_lines(towns))
