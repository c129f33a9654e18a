"""What a vendor must change from one profile to another, for the terminal and as plain data."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.antai.profile_change import Action
from fpsctl.render.profile import summary
from fpsctl.render.terminal import heading
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai.profile_change import Change
    from fpsctl.antai.profile_model import Profile

_STYLES = {"must": "red", "may": "yellow", "none": "dim"}


def diff_result(before: Profile, after: Profile, changes: Sequence[Change]) -> dict[str, Any]:
    """Return the changes by message and section, and how many ask for what."""
    groups = [
        {
            "group": group,
            "wire": _wire(after, group) or _wire(before, group),
            "changes": [_change(one) for one in found],
        }
        for group, found in groupby(changes, lambda change: change.group)
    ]
    return {
        "from": summary(before),
        "to": summary(after),
        "identical": not changes,
        "counts": {action.value: sum(change.action is action for change in changes) for action in Action},
        "groups": groups,
    }


def _wire(profile: Profile, group: str) -> str | None:
    return profile.messages[group].wire if group in profile.messages else None


def _change(change: Change) -> dict[str, Any]:
    entry = change.entry
    return {
        "name": change.name,
        "change": change.how,
        "action": change.action.value,
        "before": change.before,
        "after": change.after,
        "told": _told(change),
        "affects": list(change.affects),
        "confidence": entry and entry.confidence,
        "source": entry and entry.source,
        "reason": entry and entry.reason,
    }


def _told(change: Change) -> str:
    before, after = change.before, change.after
    if change.how == "grounds":
        before, after = (text(f"confidence.{word}") for word in (before, after))
    told = text(f"profile.diff.{change.how}", name=change.name, before=before, after=after)
    return f"{told} ({text('profile.diff.affects', kinds=', '.join(change.affects))})" if change.affects else told


def diff_lines(result: Mapping[str, Any]) -> list[Text]:
    """Return the changes, what must be done first in each group; those of origin only are counted."""
    names = {side: f"{result[side]['id']} {result[side]['version']}" for side in ("from", "to")}
    secret = any(result[side]["confidential"] for side in ("from", "to"))
    lines = [Text(text("profile.confidential.first"), style="bold red")] if secret else []
    lines.append(heading(text("profile.diff.title", before=names["from"], after=names["to"])))
    if result["identical"]:
        return [*lines, Text(text("profile.diff.identical"), style="green")]
    for group in result["groups"]:
        lines += _group(group)
    return [*lines, Text(), heading(text("profile.diff.counts", **result["counts"]))]


def _group(group: Mapping[str, Any]) -> list[Text]:
    titre = f"{group['group']} ({group['wire']})" if group["wire"] else text(f"profile.section.{group['group']}")
    told = [change for change in group["changes"] if change["change"] != "grounds"]
    aside = len(group["changes"]) - len(told)
    lines = [Text(), heading(titre)]
    for action in Action:
        lines += [line for change in told if change["action"] == action for line in _line(change)]
    return [*lines, Text("  " + text("profile.diff.aside", count=aside), style="dim")] if aside else lines


def _line(change: Mapping[str, Any]) -> list[Text]:
    label = Text(text(f"profile.action.{change['action']}"), style=_STYLES[change["action"]])
    first = Text("  ") + label + Text(f" {change['told']}")
    if change["confidence"] is None:
        return [first]
    word = f"{text('confidence.' + change['confidence'])} : {change['source'] or change['reason']}"
    return [first, Text(f"      {word}", style="dim")]
