"""`fpsctl convention`: espace numérique and convention, played on the embedded SI FPS, written down elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

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
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.collectivite import Collectivite
    from fpsctl.identifiers import Siret
    from fpsctl.workspace import Workspace


class Step(StrEnum):
    """What is recorded here; the certificate's steps are done by `fpsctl cert`."""

    ESPACE_DEMANDE = "espace.demande"
    ESPACE_CREE = "espace.cree"
    ESPACE_REFUSE = "espace.refuse"
    CONVENTION_SIGNEE_AUTORITE = "convention.signee_autorite"
    CONVENTION_DEPOSEE = "convention.deposee"
    CONVENTION_SIGNEE_ANTAI = "convention.signee_antai"


Which = Annotated[Step, typer.Argument(metavar="STEP", help=text("help.convention.step"))]
Date = Annotated[str, typer.Option("--date", metavar="DATE", help=text("help.convention.date"))]
Nom = Annotated[str, typer.Option("--nom", metavar="NOM", help=text("help.convention.nom"))]
Type = Annotated[str, typer.Option("--type", metavar="TYPE", help=text("help.convention.type"))]
Adresse = Annotated[str, typer.Option("--adresse", metavar="ADRESSE", help=text("help.convention.adresse"))]
Motif = Annotated[str, typer.Option("--motif", metavar="MOTIF", help=text("help.convention.motif"))]
Signataire = Annotated[str, typer.Option("--signataire", metavar="NOM", help=text("help.convention.signataire"))]
Deliberation = Annotated[str, typer.Option("--deliberation", metavar="REF", help=text("help.convention.deliberation"))]
Cycle = Annotated[str, typer.Option("--cycle", metavar="CYCLE", help=text("help.convention.cycle"))]
Document = Annotated[Path | None, typer.Option("--document", metavar="FILE", help=text("help.convention.document"))]
Download = Annotated[Path | None, typer.Option("--download", metavar="FILE", help=text("help.convention.download"))]


class Place(NamedTuple):
    """Where steps are played or written down."""

    siret: Siret
    env: str
    sandbox: Path
    workspace: Workspace


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.convention"), no_args_is_help=True, rich_markup_mode=None)
    group.command("record", help=text("help.convention.record"))(record)
    group.command("status", help=text("help.convention.status"))(status)
    app.add_typer(group, name="convention")


def record(
    step: Which,
    siret: SiretOption,
    date: Date = "",
    nom: Nom = "",
    type_: Type = "",
    adresse: Adresse = "",
    motif: Motif = "",
    signataire: Signataire = "",
    deliberation: Deliberation = "",
    cycle: Cycle = "",
    document: Document = None,
    env: Env = SANDBOX_ENV,
    sandbox: Sandbox = READY_FILE,
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
) -> int:
    """Take a step, or write it down."""
    from fpsctl.cli.output import emit
    from fpsctl.render.raccordement import convention_lines, convention_result

    place = place_of(siret, env, sandbox, profile, workspace)
    given = {"nom": nom, "type": type_, "adresse": adresse, "motif": motif, "cycle": cycle}
    given |= {"signataire": signataire, "deliberation": deliberation, "empreinte_document": _digest(document)}
    act = _played if env == SANDBOX_ENV else _declared
    view = act(place, step.value, date, given)
    result = convention_result(view, env, recorded=step.value)
    return emit("convention record", output, result, lambda: convention_lines(result))


def status(
    siret: SiretOption,
    download: Download = None,
    env: Env = SANDBOX_ENV,
    sandbox: Sandbox = READY_FILE,
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
) -> int:
    """Show how far the convention is."""
    from fpsctl.cli.output import emit
    from fpsctl.render.raccordement import convention_lines, convention_result

    place = place_of(siret, env, sandbox, profile, workspace)
    result = convention_result(_view(place, download), env, downloaded=download)
    return emit("convention status", output, result, lambda: convention_lines(result))


def place_of(siret: str, env: str, sandbox: Path, profile: str, workspace: Path) -> Place:
    """Return where a command acts.

    Raises `UsageError` (`siret.*`), `LocalError` (`env.unknown`: neither the sandbox, nor production, nor a host).
    """
    from fpsctl.antai import load_profile
    from fpsctl.antai.endpoint import PRODUCTION
    from fpsctl.cli.inputs import usage_siret
    from fpsctl.errors import LocalError
    from fpsctl.workspace import Workspace

    known = dict.fromkeys((SANDBOX_ENV, PRODUCTION, *sorted(load_profile(profile).hosts)))
    if env not in known:
        raise LocalError("env.unknown", env=env, profile=profile, known=", ".join(known))
    return Place(usage_siret(siret), env, sandbox, Workspace(workspace))


def _view(place: Place, download: Path | None) -> Mapping[str, Any]:
    """Return where the town stands, and write the countersigned convention when it is wanted."""
    from fpsctl.cli.embedded import control_of
    from fpsctl.errors import UsageError
    from fpsctl.readiness.ledger import declared
    from fpsctl.render.raccordement import declared_view
    from fpsctl.workspace import write_whole

    if place.env != SANDBOX_ENV:
        if download is not None:
            raise UsageError("usage.download", env=place.env)
        return declared_view(declared(place.workspace, place.siret, place.env))
    with control_of(place.sandbox) as control:
        if download is not None:
            write_whole(download, control.convention(place.siret).encode())
        return control.raccordement(place.siret)


def _played(place: Place, step: str, date: str, given: dict[str, str]) -> Mapping[str, Any]:
    """Take a step on the embedded SI FPS, which dates it by the town's clock."""
    from fpsctl.cli.embedded import control_of
    from fpsctl.errors import UsageError
    from fpsctl.raccordement import legal_day

    if date:
        raise UsageError("usage.date-sandbox", siret=place.siret, value=date)
    with control_of(place.sandbox) as control:
        now = dt.datetime.fromisoformat(control.raccordement(place.siret)["horloge"])
        return control.play(place.siret, step, _facts(step, given, _town_facts(place, legal_day(now))))


def _declared(place: Place, step: str, date: str, given: dict[str, str]) -> Mapping[str, Any]:
    """Write a step down that was taken on paper or in the espace numérique."""
    from fpsctl.cli.inputs import usage_day
    from fpsctl.clock import SystemClock
    from fpsctl.errors import UsageError
    from fpsctl.raccordement import legal_day
    from fpsctl.readiness.ledger import declare
    from fpsctl.render.raccordement import declared_view

    today = legal_day(SystemClock().now())
    day = usage_day("--date", date) or today
    if day > today:
        raise UsageError("usage.day-future", option="--date", value=date, today=today)
    facts = _facts(step, given, _town_facts(place, day))
    return declared_view(declare(place.workspace, place.siret, place.env, step, day, facts))


def _town_facts(place: Place, day: dt.date) -> dict[str, str]:
    """Return what the settings say of the town: those of the day, else the first (a start-up comes before them)."""
    from fpsctl.collectivite import versions_of

    versions = versions_of(place.workspace, place.siret)
    if not versions:
        return {"siret": place.siret}
    town: Collectivite = next((one for one in reversed(versions) if one.depuis <= day), versions[0])
    named = {"nom": town.reglages.nom, "type": town.reglages.type, "cycle": town.reglages.cycle}
    return {"siret": place.siret, "fuseau": town.reglages.fuseau, **named}


_OPTIONS = {"empreinte_document": "--document"}


def _option(fact: str) -> str:
    return _OPTIONS.get(fact, f"--{fact}")


def _facts(step: str, given: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of a step: as given, else the town's settings.

    Raises `UsageError`: `usage.fact-foreign` (the step has no such fact), `usage.fact-missing`; `LocalError`:
    `raccordement.faits`, `raccordement.pve`, found before anything is sent.
    """
    from fpsctl.errors import UsageError
    from fpsctl.raccordement import fields
    from fpsctl.readiness.ledger import checked_facts

    known = fields(step)
    named = [_option(name) for name in known if name in given]
    for name in given:
        if given[name] and name not in known:
            raise UsageError("usage.fact-foreign", etape=step, option=_option(name), known=", ".join(named) or "-")
    facts = {name: value for name in known if (value := given.get(name) or settings.get(name))}
    missing = [_option(champ.name) for champ in known.values() if champ.needed and champ.name not in facts]
    if missing:
        raise UsageError("usage.fact-missing", etape=step, options=", ".join(missing))
    return checked_facts(step, facts, settings["siret"])


def _digest(document: Path | None) -> str:
    """Return the SHA-256 of a document, all that is ever kept of it; raises `LocalError` (`input.unreadable`)."""
    import hashlib

    from fpsctl.cli.embedded import read_input

    return hashlib.sha256(read_input(document)).hexdigest() if document else ""
