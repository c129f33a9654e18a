"""A conversion on the terminal: what each fine became, and everything that was found on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.identifiers import NumeroFps
from fpsctl.render.interface import interface
from fpsctl.render.terminal import STYLES, euros, heading
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding

_LABELS = {"error": ("outcome.fail", "fail"), "warning": ("outcome.warn", "warn"), "info": ("fnms.note", "skip")}


def conversion_lines(result: dict[str, Any], findings: Sequence[Finding]) -> list[Text]:
    """Return the answer: on which interface, each fine with its findings, the counts."""
    lines = [Text(interface(result["profile"]), style="yellow"), Text(result["from"]["reserve"], style="yellow")]
    for fine in result["fines"]:
        lines += [heading(_title(fine)), *(line for found in fine["findings"] for line in _finding(found))]
    alone = [found for found in findings if found.id == "fnms.empty"]
    lines += [Text(f"{text('outcome.warn')} [{found.id}] {found.detail}") for found in alone]
    if result["to"] is not None:
        lines.append(Text(text("fnms.written", count=result["counts"]["messages"], folder=result["to"])))
    return [*lines, heading(text("fnms.counts", **result["counts"]))]


def _title(fine: dict[str, Any]) -> str:
    place, message = fine["place"], fine["message"]
    if message is None:
        numero = NumeroFps(fine["numero"]).spaced if fine["numero"] else "-"
        return text("fnms.refused", place=place, numero=numero)
    amount = message["montant_du"] if "montant_du" in message else message["montant"]
    shown = (fine["kind"], NumeroFps(fine["numero"]).spaced, euros(amount), message["vehicule"]["immatriculation"])
    return f"{place}: {' · '.join(shown)}"


def _finding(found: dict[str, str]) -> list[Text]:
    label, style = _LABELS[found["severity"]]
    lines = [Text("  ") + Text(text(label), style=STYLES[style]) + Text(f" [{found['id']}] {found['detail']}")]
    if found["hint"]:
        lines.append(Text("    " + text("ui.hint", hint=found["hint"]), style="dim"))
    return lines
