"""Findings as GitLab Code Quality reads them: a JSON array of issues."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.checks import Finding

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}
_WORSE = {"lint.secret": "blocker", "lint.numero.double": "critical"}


def codequality(result: Mapping[str, Any], findings: Sequence[Finding]) -> str:
    """Return the array; paths are relative to the current folder, a fingerprint is the same in every language."""
    told: Counter[str] = Counter()
    issues = [_issue(place, finding, told) for place, finding in zip(result["places"], findings, strict=True)]
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def _issue(place: Mapping[str, Any], finding: Finding, told: Counter[str]) -> dict[str, Any]:
    path = _relative(place["file"])
    key = "\0".join(str(part) for part in (finding.id, path, place["line"], place["message"], place["field"]))
    told[key] += 1
    field = f"{place['field'] or place['wire']}: " if place["field"] or place["wire"] else ""
    return {
        "description": f"{field}{place['detail'] or finding.title} ({finding.title})"
        if place["detail"]
        else f"{field}{finding.title}",
        "check_name": finding.id,
        "fingerprint": hashlib.sha256(f"{key}\0{told[key]}".encode(errors="replace")).hexdigest(),
        "severity": _WORSE.get(finding.id, _SEVERITIES[finding.severity.value]),
        "location": {"path": path, "lines": {"begin": place["line"] or 1}},
    }


def _relative(path: str) -> str:
    """Return a path from the current folder, without `./` and needless `..`."""
    if path == "-":
        return path
    return Path(os.path.relpath(path)).as_posix()
