"""A town's start-up: the steps of its convention, and whether it is ready, for the terminal and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.raccordement import steps
from fpsctl.raccordement.steps import in_zone
from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fpsctl.raccordement import Etape, Raccordement

_STYLES = {"fait": "green", "a_faire": "yellow", "bloquee": "dim"}
_CONVENTION = ("espace.", "convention.")
_DAY = 10  # characters of an ISO 8601 day


def declared_view(state: Raccordement) -> dict[str, Any]:
    """Return what the user declared in the shape in which the embedded SI FPS tells its own."""
    return {
        "siret": state.siret,
        "horloge": None,
        "cycle": state.cycle,
        "espace": state.espace,
        "motif": state.motif,
        "etapes": [_declared_step(state, etape) for etape in steps()],
    }


def _declared_step(state: Raccordement, etape: Etape) -> dict[str, Any]:
    done, missing = state.done(etape.slug), state.missing(etape.slug)
    return {
        "n": etape.n,
        "slug": etape.slug,
        "actor": etape.actor.value,
        "etat": "fait" if done else "bloquee" if missing else "a_faire",
        "le": done and in_zone(done.instant).date().isoformat(),
        "manque": list(missing),
    }


def convention_result(
    view: Mapping[str, Any], env: str, *, recorded: str = "", downloaded: Path | None = None
) -> dict[str, Any]:
    """Return the steps of the espace and the convention as plain data; `verifie`: an SI FPS said so, not the user."""
    return {
        "siret": view["siret"],
        "environnement": env,
        "verifie": env == "sandbox",
        "horloge": view["horloge"],
        "espace": view["espace"],
        "motif": view.get("motif"),
        "cycle": view["cycle"],
        "enregistre": recorded or None,
        "document": str(downloaded) if downloaded else None,
        "etapes": [_step(item) for item in view["etapes"] if item["slug"].startswith(_CONVENTION)],
    }


def _step(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "n": item["n"],
        "slug": item["slug"],
        "titre": text(f"etape.{item['slug']}"),
        "acteur": item["actor"],
        "etat": item["etat"],
        "le": item["le"],
        "manque": item["manque"],
    }


def convention_lines(result: dict[str, Any]) -> list[Text]:
    """Return the steps, where their document went, and whose word this is."""
    title = text("raccordement.title", siret=result["siret"], environnement=result["environnement"])
    lines = [heading(title), *table([_row(item) for item in result["etapes"]])]
    if result["enregistre"]:
        lines.insert(0, Text(text("raccordement.recorded", titre=text(f"etape.{result['enregistre']}"))))
    if result["espace"] == "refuse":
        lines.append(Text("  " + text("raccordement.refused", motif=result["motif"])))
    if result["document"]:
        lines.append(Text(text("ui.written", path=result["document"])))
    if not result["verifie"]:
        lines.append(Text(text("raccordement.declared"), style="dim"))
    return lines


def readiness_lines(result: dict[str, Any]) -> list[Text]:
    """Return the ten steps, what each waits for, then what to type for each that can be done now."""
    title = text("raccordement.title", siret=result["siret"], environnement=result["environnement"])
    day = text("readiness.clock", horloge=result["horloge"])
    numbers = {item["slug"]: str(item["n"]) for item in result["etapes"]}
    rows = [[*_row(item), _why(item, numbers)] for item in result["etapes"]]
    left = [item for item in result["etapes"] if item["etat"] != "fait"]
    count = "" if len(left) > 1 else ".one"
    said = text("readiness.ready") if result["pret"] else text(f"readiness.left{count}", count=len(left))
    actions = [Text(text("ui.hint", hint=item["commande"])) for item in left if item["commande"]]
    return [heading(f"{title}, {day}"), interface_line(result["profile"]), *table(rows), Text(said), *actions]


def _row(item: dict[str, Any]) -> list[str | Text]:
    state = Text(text(f"raccordement.etat.{item['etat']}"), style=_STYLES[item["etat"]])
    day = (item["le"] or "-")[:_DAY]
    return [f"{item['n']:>2}", state, day, item["titre"], text(f"actor.{item['acteur']}")]


def _why(item: dict[str, Any], numbers: Mapping[str, str]) -> str:
    """Return what proves a step that is done, or the numbers of the steps that one that is not waits for."""
    if item["preuve"]:
        return str(item["preuve"])
    parts = [item["remarque"]] if item["remarque"] else []
    if item["manque"]:
        parts.append(text("readiness.missing", manque=", ".join(numbers[slug] for slug in item["manque"])))
    if item["pas_avant"]:
        parts.append(text("readiness.not-before", date=item["pas_avant"]))
    return " · ".join(parts)
