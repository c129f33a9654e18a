"""The report of a self-certification, and the list of its cases, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import STYLES, heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding


def certification_lines(result: dict[str, Any], findings: Sequence[Finding]) -> list[Text]:
    """Return the report: who, on which interface, each case, what was not tried, the counts."""
    who = {name: result[name] for name in ("editor", "product", "version")}
    lines = [
        heading(text("conformance.title", **who)),
        interface_line(result["profile"]),
    ]
    hints = {finding.id: finding.hint for finding in findings}
    rows = [[_label(case["outcome"]), case["id"], case["titre"]] for case in result["cases"]]
    for line, case in zip(table(rows), result["cases"], strict=True):
        lines += [line, *_more(case, hints[case["id"]])]
    return [*lines, *_end(result)]


def _label(outcome: str) -> Text:
    return Text(text(f"outcome.{outcome}"), style=STYLES[outcome])


def _more(case: dict[str, Any], hint: str) -> list[Text]:
    """Return what a case that did not pass needs: what is wrong, where it is seen, what to do."""
    if case["outcome"] == "pass":
        return []
    preuves = text("conformance.evidence", seqs=_ranges(case["preuves"])) if case["preuves"] else ""
    said = text("conformance.note", note=case["note"]) if case["note"] else ""
    told = [part for part in (case["detail"], preuves, said) if part]
    lines = [Text(f"      {part}") for part in told]
    return (
        lines
        if case["outcome"] == "not-testable"
        else [*lines, Text("      " + text("ui.hint", hint=hint), style="dim")]
    )


def _ranges(numbers: Sequence[int]) -> str:
    """Write increasing numbers briefly: `3-5, 9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(str(end) for end in run) for run in runs)


def _end(result: dict[str, Any]) -> list[Text]:
    excluded = [
        text("conformance.exclusion", capability=one["capability"], cases=", ".join(one["cases"]))
        for one in result["exclusions"]
    ]
    lines = [Text(f"  {line}", style="magenta") for line in excluded]
    if result["unknown_capabilities"]:
        names = ", ".join(result["unknown_capabilities"])
        lines.append(Text("  " + text("conformance.unknown-capabilities", names=names), style="dim"))
    if result["left_out"]:
        lines.append(Text("  " + text("conformance.left-out", count=len(result["left_out"])), style="dim"))
    counts = " · ".join(text(f"conformance.count.{name}", n=count) for name, count in result["counts"].items())
    return [*lines, heading(text("conformance.counts", count=len(result["cases"]), counts=counts))]


def case_lines(cases: Sequence[dict[str, Any]]) -> list[Text]:
    """Return one line a case: id, title, what a program must be able to do."""
    rows = [[case["id"], case["titre"], Text(", ".join(case["needs"]), style="dim")] for case in cases]
    return [*table(rows), Text(text("conformance.cases", count=len(rows)), style="dim")]
