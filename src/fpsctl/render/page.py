"""The HTML page of a simulated dossier: one file, nothing fetched from anywhere."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpsctl.identifiers import Montant
from fpsctl.render.geometry import drawing
from fpsctl.render.interface import interface
from fpsctl.texts import language, text
from fpsctl.workspace import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from fpsctl.checks import Finding

_TEMPLATES = Path(__file__).parent / "templates"


def page(result: Any, findings: Sequence[Finding]) -> str:  # noqa: ANN401 - a SimulationResult
    """Return the page of one dossier."""
    shown = [finding for finding in findings if finding.outcome.value not in ("pass", "n/a", "skip")]
    return (
        _environment()
        .get_template("dossier.html.j2")
        .render(result=result, findings=shown, drawing=drawing(result), lang=language(), judged=len(findings))
    )


def write_page(path: Path, result: Any, findings: Sequence[Finding]) -> None:  # noqa: ANN401
    """Write the page whole or not at all; raises `LocalError` (`output.unwritable`)."""
    write_file(path, page(result, findings))


def index_page(title: str, items: Sequence[dict[str, str]], reserve: str) -> str:
    """Return a page of links to dossiers; `reserve` says on which interface all of them stand."""
    return (
        _environment().get_template("index.html.j2").render(title=title, items=items, reserve=reserve, lang=language())
    )


def write_file(path: Path, content: str) -> None:
    """Write text whole or not at all; raises `LocalError` (`output.unwritable`)."""
    write_whole(path, content.encode())


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only pages need it

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["text"] = text
    environment.globals["interface"] = interface
    environment.filters["euros"] = lambda cents: Montant(cents).show(language())
    environment.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2)
    environment.filters["hour"] = lambda instant: f"{dt.datetime.fromisoformat(instant):%H:%M}"
    return environment
