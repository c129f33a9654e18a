"""A check of the connection, for the terminal and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.terminal import STYLES, findings_lines, heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding


def connection_lines(result: dict[str, Any], findings: Sequence[Finding]) -> list[Text]:
    """Return the stages with their times, then what they add up to."""
    rows = [
        [
            text(f"connexion.etape.{step['id']}"),
            Text(text(f"outcome.{step['outcome']}"), style=STYLES[step["outcome"]]),
            "" if step["ms"] is None else text("connexion.ms", ms=f"{step['ms']:.1f}"),
            step["detail"],
        ]
        for step in result["etapes"]
    ]
    title = text("connexion.title", **{name: result[name] for name in ("siret", "url", "environnement")})
    return [heading(title), *table(rows, right=(2,)), *findings_lines(findings), _conclusion(result)]


def _conclusion(result: dict[str, Any]) -> Text:
    diagnostic = result["diagnostic"]
    if diagnostic:
        actor = text(f"actor.{diagnostic['actor']}")
        return Text(text("connexion.diagnostic", slug=diagnostic["slug"], actor=actor), style="red")
    return Text(text("connexion.ok" if result["front"] else "connexion.partial"), style="green")
