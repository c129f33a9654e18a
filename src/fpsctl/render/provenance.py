"""On whose word the statements of a profile stand, for the terminal and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from rich.text import Text

from fpsctl.antai.provenance import CONFIDENCES, Family
from fpsctl.render.profile import head_lines, summary
from fpsctl.render.terminal import heading, table
from fpsctl.texts import has_text, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai.profile_model import Profile
    from fpsctl.antai.provenance import Grounds

_WIDTH = 118
_FAMILIES: tuple[Family, ...] = get_args(Family)


def provenance_result(profile: Profile, grounds: Grounds, listed: str) -> dict[str, Any]:
    """Return the counts by family and part, the totals, and the statements of one confidence if asked."""
    return {
        "profile": summary(profile),
        **{family: grounds.of(family) for family in _FAMILIES},
        "totals": {**{family: grounds.total(family) for family in _FAMILIES}, "all": grounds.total()},
        "list": [
            {
                "family": entry.family,
                "part": entry.part,
                "name": entry.name,
                "confidence": entry.confidence,
                "source": entry.source,
                "reason": entry.reason,
            }
            for entry in grounds.only(confidence=listed).entries
        ]
        if listed
        else None,
    }


def provenance_lines(result: Mapping[str, Any]) -> list[Text]:
    """Return a table a family, then the statements that were asked for."""
    lines = head_lines(result["profile"], digest=False)
    used = [name for name in CONFIDENCES if name != "measured" or result["totals"]["all"][name]]
    for family in _FAMILIES:
        if result[family]:
            lines += [Text(), heading(text(f"provenance.{family}")), *_counts(result, family, used)]
    total = sum(result["totals"]["all"].values())
    told = " · ".join(f"{text(f'confidence.{name}')} {result['totals']['all'][name]}" for name in used)
    lines += [Text(), heading(text("provenance.total", count=total, counts=told))]
    return lines if result["list"] is None else [*lines, *_listed(result)]


def _counts(result: Mapping[str, Any], family: Family, used: Sequence[str]) -> list[Text]:
    head: list[str | Text] = ["", *(Text(text(f"confidence.{name}"), style="dim") for name in used), Text()]
    rows: list[list[str | Text]] = [head]
    rows += [[_part(family, part), *_numbers(counts, used)] for part, counts in result[family].items()]
    rows.append([text("provenance.sum"), *_numbers(result["totals"][family], used)])
    return table(rows, right=tuple(range(1, len(used) + 2)))


def _numbers(counts: Mapping[str, int], used: Sequence[str]) -> list[str | Text]:
    return [*(str(counts[name]) if counts[name] else "·" for name in used), str(sum(counts.values()))]


def _part(family: str, part: str) -> str:
    code = f"profile.section.{part}" if family == "sections" else f"provenance.rules.{part}"
    return text(code) if has_text(code) else part


def _listed(result: Mapping[str, Any]) -> list[Text]:
    rows = [
        [
            text(f"provenance.one.{entry['family']}"),
            f"{entry['part']} : {entry['name']}",
            entry["source"] or entry["reason"],
        ]
        for entry in result["list"]
    ]
    return [Text(), heading(text("provenance.listed", count=len(rows))), *table(rows, width=_WIDTH)]
