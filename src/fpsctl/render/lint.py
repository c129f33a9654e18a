"""The report of a check of messages, and the list of its rules, for the terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import STYLES, heading, table
from fpsctl.texts import printable, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding


def lint_lines(result: dict[str, Any], findings: Sequence[Finding]) -> list[Text]:
    """Return the report: on which interface, each finding in its place, what to do by rule, what was not judged."""
    lines = [
        heading(text("lint.title", files=result["files"], messages=result["messages"])),
        interface_line(result["profile"]),
        *_facts(result),
    ]
    hints = {finding.id: finding.hint for finding in findings}
    spoken = [rule for rule in result["rules"] if rule["findings"]]
    return [*lines, *map(_line, findings), *_by_rule(spoken, hints), *_unjudged(result["rules"]), _end(result)]


def _facts(result: dict[str, Any]) -> list[Text]:
    kinds = ", ".join(f"{kind} {count}" for kind, count in result["kinds"].items())
    told = [text("lint.kinds", kinds=kinds)] if kinds else []
    if result["unknown"]:
        told.append(text("lint.unknown", count=result["unknown"]))
    if result["synthetic"]:
        told.append(text("lint.synthetic", count=result["synthetic"]))
    return [Text(f"  {line}", style="dim") for line in told]


def _line(finding: Finding) -> Text:
    label = Text(text(f"lint.severity.{finding.severity.value}"), style=STYLES[finding.outcome.value])
    return label + Text(f" [{finding.id}] {printable(finding.detail)}")


def _by_rule(rules: Sequence[dict[str, Any]], hints: dict[str, str]) -> list[Text]:
    lines: list[Text] = []
    for rule in rules:
        lines.append(Text(f"  {rule['findings']}  {rule['id']}: {rule['titre']}"))
        if rule["findings"] > rule["shown"]:
            more = rule["findings"] - rule["shown"]
            lines.append(Text("    " + text("lint.more", id=rule["id"], count=more), style="dim"))
        if hints.get(rule["id"]):
            lines.append(Text("    " + text("ui.hint", hint=hints[rule["id"]]), style="dim"))
    return lines


def _unjudged(rules: Sequence[dict[str, Any]]) -> list[Text]:
    """Return one line a reason: how often, and which rules."""
    counts: Counter[str] = Counter()
    names: dict[str, list[str]] = {}
    for rule in rules:
        for reason, count in rule["not_judged"].items():
            counts[reason] += count
            names.setdefault(reason, []).append(rule["id"])
    return [Text("  " + _reason(reason, count, names[reason]), style="magenta") for reason, count in counts.items()]


def _reason(reason: str, count: int, rules: Sequence[str]) -> str:
    return text("lint.not-judged", reason=text(f"lint.unjudged.{reason}"), count=count, rules=", ".join(rules))


def _end(result: dict[str, Any]) -> Text:
    counts: Counter[str] = Counter()
    for rule in result["rules"]:
        counts[rule["severity"]] += rule["findings"]
    return heading(text("lint.counts", checked=result["checked"], error=counts["error"], warning=counts["warning"]))


def rule_lines(rules: Sequence[dict[str, Any]]) -> list[Text]:
    """Return one line a rule: severity, id, title, confidence and reference."""
    rows = [
        [
            text(f"lint.severity.{rule['severity']}"),
            rule["id"],
            rule["titre"],
            Text(f"{text('confidence.' + rule['confidence'])}: {rule['reference']}", style="dim"),
        ]
        for rule in rules
    ]
    return [*table(rows), Text(text("lint.rules", count=len(rows)), style="dim")]
