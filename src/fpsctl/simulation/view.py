"""The result of a simulation as plain data: what `-o json` prints and the other renderers draw.

Amounts are integer cents; instants are ISO 8601 with the town's offset; days are the town's.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, cast

from fpsctl.antai.reserve import Interface, described
from fpsctl.avis import build_impression
from fpsctl.dossier import TRACKS
from fpsctl.dossier.events import actor_of
from fpsctl.dossier.exchanges import exchanges
from fpsctl.dossier.messages import BUILDERS, Case
from fpsctl.dossier.transitions import TABLE
from fpsctl.dossier.views import deadlines, montants
from fpsctl.identifiers import NumeroFps
from fpsctl.law import Confidence  # noqa: TC001 - the schemas of results read it at run time
from fpsctl.texts import text_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fpsctl.antai import Codec, Message, Profile
    from fpsctl.dossier import Dossier, Step
    from fpsctl.simulation.runner import Entry, Simulation


class Change(TypedDict):
    """A track that moved."""

    piste: str
    de: str | None
    a: str | None


class Citation(TypedDict):
    """A rule that was applied, and how sure it is."""

    slug: str
    source: str
    confidence: Confidence


class TimelineEntry(TypedDict):
    """One event of the dossier's life."""

    n: int
    instant: str
    jour: str
    event: str
    outcome: str
    origin: str
    actor: str
    titre: str
    changes: list[Change]
    detail: dict[str, Any]
    montants: dict[str, int]
    messages: list[str]
    rule: Citation


class SentMessage(TypedDict):
    """A message to or from the SI FPS, in canonical names; `wire` in those of the profile, if asked."""

    n: int
    sens: str
    type: str
    instant: str
    contenu: dict[str, Any]
    wire: dict[str, Any] | str | None


class DeadlineView(TypedDict):
    """A deadline and who must act before it ends."""

    slug: str
    titre: str
    jour: str
    instant: str | None
    actor: str
    statut: str
    source: str
    confidence: Confidence


class Hypothesis(TypedDict):
    """A parameter that the result rests on and that no text settles."""

    slug: str
    value: int | str | None
    unit: str
    source: str


class ScenarioView(TypedDict):
    """Which scenario was run, on whose word it stands."""

    id: str
    titre: str
    source: str
    confidence: str


class DossierView(TypedDict):
    """What the dossier is about, from its finding on."""

    numero: str
    numero_affiche: str
    siret: str
    collectivite: str
    collectivite_exemple: bool
    cycle: str
    notification: str
    fuseau: str
    constate_le: str
    etabli_le: str
    immatriculation: str
    lieu: str
    zone: str
    agent: str


class StateView(TypedDict):
    """Where each track stands, and when that is; None where nothing happened on it."""

    au: str
    dette: str | None
    envoi: str | None
    rapo: str | None
    tsp: str | None
    remboursement: str | None


class SimulationResult(TypedDict):
    """What `simulate dossier` answers."""

    scenario: ScenarioView
    profile: Interface
    dossier: DossierView
    etat: StateView
    montants: dict[str, int]
    timeline: list[TimelineEntry]
    messages: list[SentMessage]
    print_requests: list[dict[str, Any]]
    deadlines: list[DeadlineView]
    provenance: dict[Confidence, int]
    hypotheses: list[Hypothesis]


def view(
    simulation: Simulation, profile: Profile, *, lang: str, at: int | None = None, codec: Codec | None = None
) -> SimulationResult:
    """Return the result at an instant (default: the end of the run); with a codec, messages on the wire too."""
    instant = simulation.end if at is None else at
    entries = simulation.until(instant)
    timeline = [_entry(simulation, number, entry, lang) for number, entry in enumerate(entries, 1)]
    messages = _messages(simulation, entries, codec)
    dossier = entries[-1].step.dossier if entries else None
    state: dict[str, Any] = {track: getattr(dossier, track, None) for track in TRACKS}
    limits = _deadlines(simulation, dossier, instant, lang) if dossier else []
    return SimulationResult(
        scenario=_scenario(simulation, lang),
        profile=described(profile, lang),
        dossier=_dossier(simulation),
        etat=cast("StateView", {"au": _iso(simulation, instant), **state}),
        montants=montants(dossier, simulation.rules, instant) if dossier else {},
        timeline=timeline,
        messages=messages,
        print_requests=[message["contenu"] for message in messages if message["type"] == "impression"],
        deadlines=limits,
        provenance=_provenance(simulation, timeline, limits),
        hypotheses=[
            Hypothesis(slug=slug, value=value, unit=_unit(simulation, slug), source=rule.said(lang))
            for slug, (value, rule) in simulation.rules.consulted().items()
            if rule.confidence == "assumption"
        ],
    )


def _unit(simulation: Simulation, slug: str) -> str:
    """Return the unit of a parameter, or of a delay in days; empty for a choice."""
    law = simulation.rules.law
    return law.parametres[slug].unit if slug in law.parametres else law.delais[slug].unit


def _iso(simulation: Simulation, instant: int) -> str:
    return dt.datetime.fromtimestamp(instant, simulation.rules.zone).isoformat()


def _scenario(simulation: Simulation, lang: str) -> ScenarioView:
    scenario = simulation.scenario
    return {
        "id": scenario.id,
        "titre": getattr(scenario.titre, lang),
        "source": scenario.source,
        "confidence": scenario.confidence,
    }


def _dossier(simulation: Simulation) -> DossierView:
    constat, facts, town = simulation.constat, simulation.facts, simulation.collectivite
    return {
        "numero": constat.numero,
        "numero_affiche": NumeroFps(constat.numero).spaced,
        "siret": town.siret,
        "collectivite": town.reglages.nom,
        "collectivite_exemple": town.exemple,
        "cycle": simulation.rules.cycle,
        "notification": simulation.rules.mode,
        "fuseau": simulation.rules.zone.key,
        "constate_le": _iso(simulation, constat.instant),
        "etabli_le": _iso(simulation, constat.etabli),
        "immatriculation": facts.immatriculation,
        "lieu": facts.lieu,
        "zone": facts.zone,
        "agent": facts.agent,
    }


def _entry(simulation: Simulation, number: int, entry: Entry, lang: str) -> TimelineEntry:
    step, before = entry.step, entry.before
    event = step.event
    rule = TABLE.rule[event.kind, step.outcome]
    day = dt.date.fromordinal(event.jour)
    cited = simulation.rules.law.cite(rule, day)
    name = f"event.{event.kind}.{step.outcome}" if step.outcome else f"event.{event.kind}"
    return TimelineEntry(
        n=number,
        instant=_iso(simulation, event.instant),
        jour=day.isoformat(),
        event=event.kind,
        outcome=step.outcome,
        origin=entry.origin,
        actor=actor_of(event.kind),
        titre=text_in(lang, name),
        changes=_changes(before, step),
        detail=_detail(step),
        montants=montants(step.dossier, simulation.rules, event.instant),
        messages=[exchange.message for exchange in exchanges(before, step, simulation.rules)],
        rule=Citation(slug=rule, source=cited.said(lang), confidence=cited.confidence),
    )


def _changes(before: Dossier | None, step: Step) -> list[Change]:
    moves = ((track, getattr(before, track, None), getattr(step.dossier, track)) for track in TRACKS)
    return [Change(piste=track, de=old, a=new) for track, old, new in moves if old != new]


def _detail(step: Step) -> dict[str, Any]:
    event = step.event
    detail: dict[str, Any] = {
        "montant": event.montant,
        "issue": event.issue or None,
        "date": dt.date.fromordinal(event.date).isoformat() if event.date else None,
        "ref": event.ref or None,
        "manque": list(event.detail) or None,
    }
    return {name: value for name, value in detail.items() if value is not None}


class Travelling(NamedTuple):
    """A typed message and the line of the timeline that causes it."""

    n: int
    entry: Entry
    direction: str
    message: Message


def messages_of(simulation: Simulation, entries: tuple[Entry, ...]) -> Iterator[Travelling]:
    """Give every message of these entries, in the order in which they travel."""
    for number, entry in enumerate(entries, 1):
        if entry.before is None:
            continue
        answered = ""
        for exchange in exchanges(entry.before, entry.step, simulation.rules):
            case = Case(simulation.collectivite, simulation.facts, simulation.rules, entry.before, entry.step, answered)
            message = build_impression(case) if exchange.message == "impression" else BUILDERS[exchange.message](case)
            yield Travelling(number, entry, exchange.direction, message)
            answered = exchange.message if exchange.direction == "out" else answered


def _messages(simulation: Simulation, entries: tuple[Entry, ...], codec: Codec | None) -> list[SentMessage]:
    return [
        SentMessage(
            n=number,
            sens=direction,
            type=message.kind,
            instant=_iso(simulation, entry.step.event.instant),
            contenu=message.model_dump(mode="json"),
            wire=_wire(message, codec),
        )
        for number, entry, direction, message in messages_of(simulation, entries)
    ]


def _wire(message: Message, codec: Codec | None) -> dict[str, Any] | str | None:
    return None if codec is None else codec.shown(message)


def _deadlines(simulation: Simulation, dossier: Dossier, instant: int, lang: str) -> list[DeadlineView]:
    return [
        DeadlineView(
            slug=item.slug,
            titre=text_in(lang, f"delai.{item.slug}"),
            jour=item.jour.isoformat(),
            instant=_iso(simulation, item.instant) if item.instant is not None else None,
            actor=item.actor,
            statut=item.statut,
            source=item.rule.said(lang),
            confidence=item.rule.confidence,
        )
        for item in deadlines(dossier, simulation.rules, instant)
    ]


def _provenance(
    simulation: Simulation, timeline: list[TimelineEntry], limits: list[DeadlineView]
) -> dict[Confidence, int]:
    """Count the rules and parameters behind the result by confidence, each once."""
    rules: dict[str, Confidence] = {slug: rule.confidence for slug, (_, rule) in simulation.rules.consulted().items()}
    rules |= {entry["rule"]["slug"]: entry["rule"]["confidence"] for entry in timeline}
    rules |= {limit["slug"]: limit["confidence"] for limit in limits}
    found = sorted(rules.values())
    return {confidence: found.count(confidence) for confidence in dict.fromkeys(found)}
