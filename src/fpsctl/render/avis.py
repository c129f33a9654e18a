"""A print request for the terminal: the mentions of the law, each under its label, in their order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.identifiers import NumeroFps
from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import euros, findings_lines, heading, table
from fpsctl.texts import printable, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding

_WIDTH = 100
# CGCT art. R. 2333-120-4 for the initial notice, R. 2333-120-14 for the corrective one.
ORDER = {
    "avis_initial": (
        "collectivite", "autorite", "agent", "constat_horodatage", "lieu", "vehicule", "titulaire", "montant",
        "date_envoi", "fin_effet", "signature", "numero",
    ),
    "avis_rectificatif": (
        "collectivite", "autorite", "agent", "constat_horodatage", "lieu", "vehicule", "redevable", "rapo_reception",
        "date", "montant", "signature", "numero",
    ),
}  # fmt: skip
"""Mentions of the first part, by document; others follow when they are stated."""

MODALITES = (
    "service", "moyens", "echeance", "majoration", "rapo_obligatoire", "rapo_autorite", "rapo_delai", "rapo_forme",
    "derogation_accuse", "rejet_implicite", "contentieux", "minore",
)  # fmt: skip
"""Mentions of the second part."""


def avis_lines(impression: dict[str, Any], findings: Sequence[Finding]) -> list[Text]:
    """Return the notice, mention by mention; `impression` is its canonical content, and the profile if told."""
    document, first = impression["document"], impression["etablissement"]
    order = ORDER[document]
    others = tuple(name for name, value in first.items() if name not in order and value is not None)
    title = heading(f"{text(f'document.{document}')} {NumeroFps(first['numero']).spaced}")
    lines = [title, *([interface_line(impression["profile"])] if "profile" in impression else [])]
    if impression["numero_initial"]:
        lines.append(Text("  " + text("avis.corrige", numero=NumeroFps(impression["numero_initial"]).spaced)))
    lines += [Text(), heading(text("avis.partie.etablissement")), *_part(first, (*order, *others))]
    lines += [Text(), heading(text("avis.partie.modalites")), *_part(impression["modalites"], MODALITES)]
    return [*lines, *findings_lines(findings)]


def _part(mentions: dict[str, Any], names: Sequence[str]) -> list[Text]:
    return table([[text(f"mention.{name}"), _shown(name, mentions[name])] for name in names], width=_WIDTH)


def _shown(name: str, value: Any) -> Text:  # noqa: ANN401 - a mention
    if value is None or value in ("", []):
        return Text(text("avis.absente" if value is None else "avis.vide"), style="dim")
    if name == "montant":
        return Text(euros(value))
    if name == "numero":
        return Text(NumeroFps(value).spaced)
    if name in ("constat_horodatage", "fin_effet"):
        moment = dt.datetime.fromisoformat(value)
        return Text(f"{moment:%Y-%m-%d %H:%M} ({moment:%Z})")
    return Text(printable(", ".join(value) if isinstance(value, list) else value))
