"""The whole chain as it stands, on the example town: three telling dossiers, left in a folder to open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.errors import LocalError
from fpsctl.render.envelope import envelope
from fpsctl.render.page import index_page, page, write_file
from fpsctl.render.terminal import euros
from fpsctl.simulation import Request, answer, source_of
from fpsctl.texts import text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCENARIOS = ("rapo-silence", "averti-paye-mois", "tsp-annule")


class Told(NamedTuple):
    """One dossier that was simulated: where it stands in the demonstration, and what it came to."""

    number: int
    total: int
    titre: str
    line: str
    summary: dict[str, Any]


def run(folder: Path) -> Iterator[Told]:
    """Simulate each dossier into `folder`, then write the index; files of an earlier run are replaced.

    Raises `LocalError` (`output.unwritable`).
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError("output.unwritable", path=folder, detail=os_reason(error)) from error
    items: list[dict[str, str]] = []
    reserve: str | None = None
    for number, name in enumerate(SCENARIOS, 1):
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
        reserve = result["profile"]["reserve"]
        titre = str(result["scenario"]["titre"])
        items.append({"href": f"{name}.html", "titre": titre, "line": line})
        summary = {"scenario": name, "etat": result["etat"], "reste": result["montants"]["reste"]}
        yield Told(number, len(SCENARIOS), titre, line, summary)
    write_file(folder / "index.html", index_page(text("demo.index"), items, reserve))


def next_steps(folder: Path) -> list[str]:
    """Return what to try after the demonstration."""
    return [
        text("demo.open", path=folder / "index.html"),
        f"fpsctl simulate dossier {folder / 'rapo-silence.yaml'} --constat 2028-02-29",
        "fpsctl simulate dossier titre-emis --at 2026-06-18",
        "fpsctl simulate scenarios",
        "fpsctl collectivite add --siret 13000000300017 --nom Exemple --tarif 'centre=35,00 €' --from 2018-01-01",
        "fpsctl number parse '13000000300009 26 1 061 990 001'",
    ]
