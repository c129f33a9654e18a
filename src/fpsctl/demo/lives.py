"""Three telling dossiers of the example town, simulated and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.render.envelope import envelope
from fpsctl.render.interface import origin
from fpsctl.render.page import page, write_file
from fpsctl.render.terminal import euros
from fpsctl.simulation import Request, answer, source_of
from fpsctl.texts import text

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = ("rapo-silence", "averti-paye-mois", "tsp-annule")


class Life(NamedTuple):
    """A dossier that was simulated: what it is called, what it came to, on whose word the interface stands."""

    titre: str
    line: str
    summary: dict[str, Any]
    origin: str


def simulate(folder: Path, name: str) -> Life:
    """Simulate a scenario into `folder`: source, result, page. Raises `LocalError` (`output.unwritable`)."""
    result, findings = answer(Request(name, wire=True), folder)
    write_file(folder / f"{name}.yaml", source_of(name))
    write_file(folder / f"{name}.json", envelope("simulate dossier", result, findings, ok=True))
    write_file(folder / f"{name}.html", page(result, findings))
    line = text(
        "demo.line",
        events=len(result["timeline"]),
        messages=len(result["messages"]),
        dette=result["etat"]["dette"],
        reste=euros(result["montants"]["reste"]),
    )
    summary = {"scenario": name, "etat": result["etat"], "reste": result["montants"]["reste"]}
    return Life(str(result["scenario"]["titre"]), line, summary, origin(result["profile"]))
