"""Rules on a message as a whole: its size, a key that has no place in it, the day on which the profile holds."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING

from fpsctl.antai.messages import MESSAGES
from fpsctl.checks import Severity
from fpsctl.lint.rule import Rule, Unjudged, differs, value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fpsctl.lint.rule import Answer, Case

_KEY = re.compile(rb"PRIVATE\s+KEY")
_ESCAPED = re.compile(rb"\\u00[2-7]|\\[tnrf]")  # plain letters written in a roundabout way
_ALL = tuple(MESSAGES)
# The day of a message: the first of these that it has.
_DAYS = ("constate_le", "etabli_le", "decide_le", "envoye_le", "paye_le", "recu_le", "rejete_le", "signe_le", "emis_le",
         "etablissement.constat_horodatage", "depuis")  # fmt: skip


def _size(case: Case) -> Answer:
    limit = case.profile.limits.body_bytes
    if limit is None:
        return Unjudged("limit")
    size = len(case.raw)
    if size <= limit.value or (size := len(case.raw.strip())) <= limit.value:
        return None
    return differs("", size, f"<= {limit.value}")


def holds_key(raw: bytes) -> bool:
    """Say whether bytes hold a private key, or what looks like one; JSON escapes are seen through."""
    if b"PRIVATE" not in raw and b"\\" not in raw:
        return False
    return bool(_KEY.search(raw) or (_ESCAPED.search(raw) and _KEY.search(_unescaped(raw))))


def _unescaped(raw: bytes) -> bytes:
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False).encode(errors="replace").replace(rb"\n", b" ")
    except (ValueError, RecursionError):
        return b""


def _secret(case: Case) -> Answer:
    return value("", "-----BEGIN … KEY-----") if holds_key(case.raw) else None


def day_of(facts: Mapping[str, Any]) -> dt.date | None:
    """Return the day of a message, as it tells it."""
    for name in _DAYS:
        moment = facts.get(name)
        if moment is not None:
            return moment.date() if isinstance(moment, dt.datetime) else moment
    return None


def _in_force(case: Case) -> Answer:
    day = day_of(case.facts)
    if day is None:
        return Unjudged("day")
    if case.profile.covers(day):
        return None
    held = case.profile.in_force
    return differs("", day.isoformat(), f"{held.since.isoformat()} - {held.until.isoformat() if held.until else ''}")


RULES = (
    Rule("lint.body.size", Severity.ERROR, "interface profile, limits (A10)", "assumption", _ALL, (), _size),
    Rule(
        "lint.secret", Severity.ERROR, "fpsctl: a private key never leaves its holder", "assumption", _ALL, (), _secret
    ),
    Rule("lint.profile.in-force", Severity.WARNING, "interface profile, in_force", "assumption", _ALL, (), _in_force),
)
