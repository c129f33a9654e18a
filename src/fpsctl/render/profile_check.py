"""The check of profiles, for the terminal and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.checks import Outcome, Severity, worst
from fpsctl.render.profile import refused, summary
from fpsctl.render.terminal import STYLES, findings_lines, heading
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai.profile_model import Profile
    from fpsctl.checks import Finding
    from fpsctl.errors import FpsctlError


def check_result(file: str, profile: Profile | None, findings: Sequence[Finding], error: FpsctlError | None) -> Any:  # noqa: ANN401
    """Return what became of one file."""
    return {
        "file": file,
        "outcome": Outcome.ERROR if error else worst(findings),
        "profile": profile and summary(profile),
        "findings": [finding.id for finding in findings if not _quiet(finding)],
        "error": error and refused(error),
    }


def check_lines(result: Mapping[str, Any], findings: Mapping[str, Sequence[Finding]]) -> list[Text]:
    """Return one paragraph a file; `findings` by file."""
    lines: list[Text] = []
    for item in result["profiles"]:
        told = "refused" if item["error"] else item["outcome"]
        label = Text(text(f"profile.check.{told}"), style=STYLES[item["outcome"]])
        lines.append(heading(f"{item['file']} : ") + label)
        if item["error"]:
            lines.append(Text(f"  [{item['error']['code']}] {item['error']['message']}", style="red"))
            continue
        profile, found = item["profile"], findings[item["file"]]
        secret = f" · {text('profile.confidential')}" if profile["confidential"] else ""
        named = Text(f"  {profile['id']} {profile['version']}{secret} · {_assumed(profile)}")
        lines += [named, *findings_lines(found)]
        lines += [
            Text("  " + text("profile.check.info", id=one.id, detail=one.detail), style="dim")
            for one in found
            if one.severity is Severity.INFO and not _quiet(one)
        ]
    return lines


def _assumed(profile: Mapping[str, Any]) -> str:
    return text("profile.check.assumed", fields=profile["assumed"]["fields"], total=profile["assumed"]["of"])


def _quiet(finding: Finding) -> bool:
    """Whether a rule found nothing: one that only informs says so by a detail, and passes."""
    return finding.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE) and not finding.detail
