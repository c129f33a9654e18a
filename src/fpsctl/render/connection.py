"""A check of the connection, for the terminal and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import STYLES, findings_lines, heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.checks import Finding

_WIDTH = 118


def connection_lines(result: dict[str, Any], findings: Sequence[Finding], briefs: Mapping[str, str]) -> list[Text]:
    """Return the stages with their times, then what they add up to; `briefs` tells some stages in fewer words."""
    stopped = result["diagnostic"] is not None
    rows = [
        [
            text(f"connexion.etape.{step['id']}"),
            Text(text(f"outcome.{step['outcome']}"), style=STYLES[step["outcome"]]),
            "" if step["ms"] is None else text("connexion.ms", ms=f"{step['ms']:.1f}"),
            "" if stopped and step["outcome"] == "skip" else briefs.get(step["id"]) or step["detail"],
        ]
        for step in result["etapes"]
    ]
    title = text("connexion.title", **{name: result[name] for name in ("siret", "url", "environnement")})
    told = table(rows, right=(2,), width=_WIDTH)
    return [heading(title), interface_line(result["profile"]), *told, *findings_lines(findings), _conclusion(result)]


def _conclusion(result: dict[str, Any]) -> Text:
    diagnostic = result["diagnostic"]
    if diagnostic:
        actor = text(f"actor.{diagnostic['actor']}")
        slug, code = diagnostic["slug"], diagnostic["code"]
        name = slug if code == slug else f"{slug} [{code}]"
        return Text(text("connexion.diagnostic", slug=name, actor=actor), style="red")
    return Text(text("connexion.ok" if result["front"] else "connexion.partial"), style="green")
