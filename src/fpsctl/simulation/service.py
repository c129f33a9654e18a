"""What `simulate dossier` asks: which scenario, which town on which day, and the answer with its findings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl import antai
from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.collectivite import Collectivite, example, load
from fpsctl.dossier.exchanges import known_to_antai
from fpsctl.dossier.views import deadlines
from fpsctl.errors import LocalError
from fpsctl.simulation import catalogue
from fpsctl.simulation.constat import day_of_constat
from fpsctl.simulation.runner import Simulation, end_of, simulate
from fpsctl.simulation.view import SimulationResult, view
from fpsctl.texts import language, text
from fpsctl.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    confirm: str = ""
    """Name of a confidential profile whose names the result may show."""


def answer(request: Request, folder: Path) -> tuple[SimulationResult, tuple[Finding, ...]]:
    """Run the scenario for the town and return result and findings; raises `LocalError`."""
    scenario = catalogue.find(request.scenario)
    profile = antai.load_profile(request.profile)
    town = town_for(scenario, request, Workspace(folder))
    delays = {slug: delay.days for slug, delay in profile.delays.items()}
    simulation = simulate(scenario, town, constat=request.constat, at=request.at, delays=delays)
    at = end_of(request.at, simulation.rules) if request.at else None
    if request.wire and profile.confidential and request.confirm != profile.profile:
        raise LocalError("profile.confidential", profile=profile.profile)
    codec = antai.codec_for(profile) if request.wire else None
    result = view(simulation, profile, lang=language(), at=at, codec=codec)
    return result, (*_reserves(simulation, profile), *simulation.findings)


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


def _reserves(simulation: Simulation, profile: antai.Profile) -> list[Finding]:
    """Say what the result rests on that the user did not choose."""
    town, found = simulation.collectivite, []
    day = dt.date.fromordinal(simulation.constat.jour)
    if not profile.covers(day):
        found.append(_warning("profile.not-in-force", profile=profile.profile, day=day))
    if town.exemple and town.siret != example().siret:
        found.append(_warning("collectivite.exemple", siret=town.siret))
    autorite = str(simulation.facts.autorite)
    if autorite not in town.reglages.autorites:
        found.append(_warning("collectivite.autorite", siret=town.siret, autorite=autorite, since=town.depuis))
    last = simulation.entries[-1].step.dossier
    if last.envoi == "transmis" and last.dette == "constate":
        found.append(_warning("simulation.service.envoi"))
    return [*found, *_oddities(simulation)]


def _oddities(simulation: Simulation) -> Iterator[Finding]:
    """Say what the law allows or leaves open, and a person should look at."""
    for entry in simulation.entries[1:]:
        before, event, after = entry.before, entry.step.event, entry.step.dossier
        if before is None:
            continue
        if (
            event.kind == "paiement"
            and after.paiements[-1].canal == "local"
            and known_to_antai(before, simulation.rules)
        ):
            yield _warning("simulation.paiement.local")
        if event.kind == "rapo_decision" and before.rapo == "implicite":
            yield _warning(
                "simulation.rapo.tardif", silence=_day(before.jalons_rapo.silence), decision=_day(event.jour)
            )
        if event.kind == "tsp_requete":
            slug = "recours.rapo" if event.issue == "rapo" else "recours.titre"
            ends = [item.jour for item in deadlines(before, simulation.rules, event.instant) if item.slug == slug]
            if ends and _day(event.jour) > ends[0]:
                yield _warning("simulation.tsp.tardif", requete=_day(event.jour), fin=ends[0])
    skipped = sum(finding.outcome is Outcome.NOT_APPLICABLE for finding in simulation.findings)
    if skipped and simulation.scenario.siret is not None:
        yield _warning("scenario.not-judged", count=skipped)


def _day(ordinal: int | None) -> dt.date:
    return dt.date.fromordinal(ordinal or 1)


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
