"""A notice number, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.terminal import findings_lines, heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding


def number_lines(result: dict[str, Any], findings: Sequence[Finding]) -> list[Text]:
    """Return the fields with what each means and how sure that is."""
    rows = [
        [
            field["positions"],
            Text(field["valeur"], style="bold"),
            field["explication"],
            text(f"confidence.{field['confidence']}"),
        ]
        for field in result["champs"]
    ]
    key = {**result["cle"], "confidence": text(f"confidence.{result['cle']['confidence']}")}
    return [
        heading(f"{text('ui.number')} {result['affiche']}"),
        *table(rows),
        Text(f"  {_day(result)}"),
        Text("  " + text("numero.cle.value" if key["value"] else "numero.cle.off", **key)),
        *findings_lines(findings),
    ]


def _day(result: dict[str, Any]) -> str:
    day = result["date_etablissement"]
    if not day:
        return text("numero.date.unknown")
    return text("numero.date" if result["date_certaine"] else "numero.date.same-year", date=day)
