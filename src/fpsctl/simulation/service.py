"""What `simulate dossier` asks: which scenario, which town on which day, and the answer with its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl import antai
from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.collectivite import Collectivite, example, load
from fpsctl.simulation import catalogue
from fpsctl.simulation.constat import day_of_constat
from fpsctl.simulation.runner import Simulation, end_of, simulate
from fpsctl.simulation.view import SimulationResult, view
from fpsctl.texts import language, text
from fpsctl.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from fpsctl.identifiers import Siret
    from fpsctl.simulation.scenario import Scenario


class Request(NamedTuple):
    """A question; dates are text in the town's time, None where not asked."""

    scenario: str
    siret: Siret | None = None
    constat: str | None = None
    at: str | None = None
    profile: str = "public"
    wire: bool = False


def answer(request: Request, folder: Path) -> tuple[SimulationResult, tuple[Finding, ...]]:
    """Run the scenario for the town and return result and findings; raises `LocalError`."""
    scenario = catalogue.find(request.scenario)
    profile = antai.load_profile(request.profile)
    town = town_for(scenario, request, Workspace(folder))
    delays = {slug: delay.days for slug, delay in profile.delays.items()}
    simulation = simulate(scenario, town, constat=request.constat, at=request.at, delays=delays)
    at = end_of(request.at, simulation.rules) if request.at else None
    codec = antai.codec_for(profile) if request.wire else None
    result = view(simulation, profile, lang=language(), at=at, codec=codec)
    return result, (*_reserves(simulation), *simulation.findings)


def town_for(scenario: Scenario, request: Request, workspace: Workspace) -> Collectivite:
    """Return the town: the workspace's settings of that SIRET, else the scenario's own, else the example's.

    Settings of the workspace are those in force on the day of the finding.
    """
    written = scenario.collectivite
    siret = request.siret or (written.siret if written else scenario.siret)
    day = day_of_constat(request.constat or scenario.constat.le)
    known = load(workspace, siret, day) if siret else None
    if known is not None and (written is None or request.siret is not None):
        return known
    if written is not None:
        return Collectivite(siret=siret or written.siret, depuis=day, reglages=written.reglages)
    return example(siret)


def _reserves(simulation: Simulation) -> list[Finding]:
    """Say what the result rests on that the user did not choose."""
    town, found = simulation.collectivite, []
    if town.exemple and simulation.scenario.siret != town.siret and town.siret != example().siret:
        found.append(_warning("collectivite.exemple", siret=town.siret))
    autorite = str(simulation.facts.autorite)
    if autorite not in town.reglages.autorites:
        found.append(_warning("collectivite.autorite", siret=town.siret, autorite=autorite))
    last = simulation.entries[-1].step.dossier
    if last.envoi == "transmis" and last.dette == "constate":
        found.append(_warning("simulation.service.envoi"))
    return found


def _warning(code: str, **params: object) -> Finding:
    return Finding(
        id=code,
        severity=Severity.WARNING,
        outcome=Outcome.WARN,
        actor=Actor.EDITEUR,
        title=text(f"check.{code}"),
        detail=text(f"{code}.detail", **params),
        hint=text(f"hint.{code}", **params),
    )


def catalogue_view() -> list[dict[str, Any]]:
    """Return id, title, cycles, source and confidence of each scenario shipped."""
    found = [catalogue.find(name) for name in catalogue.ids()]
    return [
        {
            "id": scenario.id,
            "titre": getattr(scenario.titre, language()),
            "cycle": list(scenario.cycle),
            "source": scenario.source,
            "confidence": scenario.confidence,
        }
        for scenario in found
    ]
