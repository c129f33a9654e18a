"""A simulated dossier on the terminal: timeline, amounts, deadlines, messages, what needs attention."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import euros, findings_lines, heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fpsctl.checks import Finding

_MARKS = {"fait": "•", "acte": "→", "effet": "§"}
ARROWS = {"out": "→ ANTAI", "in": "← ANTAI"}
_EXPECT = "scenario.expect"
_STATUS_STYLES = {"a_venir": "bold", "passee": "dim", "sans_objet": "dim"}


def simulation_lines(result: Any, findings: Sequence[Finding], html: Path | None = None) -> list[Text]:  # noqa: ANN401
    """Return the whole answer, one line after the other."""
    lines = [
        *_title(result),
        *_section("timeline", _timeline(result)),
        Text("  " + text("ui.legend"), style="dim"),
        *_section("amounts", _amounts(result["montants"])),
        *_section("deadlines", _deadlines(result)),
        *_section("messages", _messages(result)),
        *_provenance(result),
        *_expectations(findings),
        *findings_lines(findings),
    ]
    if html is not None:
        lines.append(Text(text("ui.written", path=html)))
    return lines


def _section(name: str, rows: list[Text]) -> list[Text]:
    return [Text(), heading(text(f"ui.{name}")), *(rows or [Text("  " + text("ui.none"), style="dim")])]


def _title(result: Any) -> list[Text]:  # noqa: ANN401
    dossier, profile = result["dossier"], result["profile"]
    facts = (
        f"{dossier['collectivite']} ({dossier['siret']})",
        text("ui.cycle", cycle=dossier["cycle"]),
        dossier["notification"],
        dossier["fuseau"],
    )
    return [
        heading(f"{result['scenario']['id']} : {result['scenario']['titre']}"),
        Text(f"  {text('ui.dossier')} {dossier['numero_affiche']}"),
        Text("  " + " · ".join(facts)),
        interface_line(profile),
    ]


def _timeline(result: Any) -> list[Text]:  # noqa: ANN401
    rows: list[list[str | Text]] = [["", text("ui.date"), text("ui.what"), text("ui.tracks"), text("ui.due")]]
    for entry in result["timeline"]:
        moment = dt.datetime.fromisoformat(entry["instant"])
        # An effect of a day has no meaningful hour.
        when = entry["jour"] if entry["origin"] == "effet" else f"{entry['jour']} {moment:%H:%M}"
        moves = " · ".join(f"{change['piste']} {change['a'] or '-'}" for change in entry["changes"])
        rows.append(
            [
                _MARKS[entry["origin"]],
                when,
                entry["titre"],
                Text(moves, style="cyan"),
                Text(euros(entry["montants"]["exigible"])),
            ]
        )
    return table(rows, right=(4,))


def _amounts(montants: dict[str, int]) -> list[Text]:
    always = ("initial", "reste", "exigible")
    return table(
        [[text(f"montant.{name}"), euros(cents)] for name, cents in montants.items() if cents or name in always],
        right=(1,),
    )


def _deadlines(result: Any) -> list[Text]:  # noqa: ANN401
    rows: list[list[str | Text]] = []
    for item in result["deadlines"]:
        hour = f" {dt.datetime.fromisoformat(item['instant']):%H:%M}" if item["instant"] else ""
        style = _STATUS_STYLES[item["statut"]]
        rows.append(
            [
                Text(item["jour"] + hour, style=style),
                item["titre"],
                text(f"actor.{item['actor']}"),
                Text(text(f"statut.{item['statut']}"), style=style),
                Text(f"{item['source']} ({text('confidence.' + item['confidence'])})", style="dim"),
            ]
        )
    return table(rows)


def _messages(result: Any) -> list[Text]:  # noqa: ANN401
    lines = []
    rows = [[item["instant"][:16].replace("T", " "), ARROWS[item["sens"]], item["type"]] for item in result["messages"]]
    for line, item in zip(table(rows), result["messages"], strict=True):
        lines.append(line)
        if item["wire"] is not None:
            wire = item["wire"]
            shown = wire.splitlines() if isinstance(wire, str) else [json.dumps(wire, ensure_ascii=False)]
            lines.extend(Text(f"    {line}", style="dim") for line in shown)
    return lines


def _provenance(result: Any) -> list[Text]:  # noqa: ANN401
    counts = " · ".join(f"{text('confidence.' + name)} {count}" for name, count in result["provenance"].items())
    assumed = " · ".join(f"{item['slug']} = {with_unit(item)}" for item in result["hypotheses"])
    lines = [Text(), Text(text("ui.provenance", what=counts), style="dim")]
    if assumed:
        lines.append(Text(text("ui.hypotheses.line", what=assumed), style="yellow"))
    return lines


def with_unit(item: Any) -> str:  # noqa: ANN401 - a Hypothesis
    """Write the value of a parameter with its unit."""
    unit = text(f"unite.{item['unit']}") if item["unit"] else ""
    return f"{item['value']} {unit}".strip()


def _expectations(findings: Sequence[Finding]) -> list[Text]:
    compared = [item for item in findings if item.id == _EXPECT]
    judged = [item for item in compared if item.outcome.value != "n/a"]
    skipped = len(compared) - len(judged)
    aside = f" ({text('ui.not-applicable', count=skipped)})" if skipped else ""
    failed = sum(finding.outcome.value == "fail" for finding in judged)
    if not judged:
        return []
    if failed:
        return [Text(text("ui.expectations.failed", failed=failed, count=len(judged)) + aside, style="red")]
    return [Text(text("ui.expectations", count=len(judged)) + aside, style="green")]


def scenario_lines(result: dict[str, Any]) -> list[Text]:
    """Return the list of scenarios, or the source of one."""
    if "source" in result:
        return [Text(result["source"].rstrip("\n"))]
    rows = [[item["id"], "+".join(item["cycle"]), item["titre"]] for item in result["scenarios"]]
    return [*table(rows), Text(text("ui.scenarios", count=len(rows)), style="dim")]
