"""Rules on a message as a whole: its size, a key that has no place in it, the day on which the profile holds."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.checks import Severity
from fpsctl.lint.rule import Rule, Unjudged, differs, value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fpsctl.lint.rule import Answer, Case

KEY = "-----BEGIN … KEY-----"
"""What is shown of a private key."""
_KEY = re.compile(rb"PRIVATE\s+KEY")
_ESCAPED = re.compile(rb"\\u00[2-7]|\\[tnrf]")  # plain letters written in a roundabout way
_ALL = tuple(MESSAGES)
# The day of a message, on which it was drawn up: the first of these that it has, the finding after all others.
_DAYS = ("etabli_le", "decide_le", "envoye_le", "paye_le", "recu_le", "rejete_le", "signe_le", "emis_le", "depuis",
         "constate_le", "etablissement.constat_horodatage")  # fmt: skip
_LATER = "fps_impaye"
"""Sent months after all the dates that it tells."""


def _size(case: Case) -> Answer:
    limit = case.profile.limits.body_bytes
    if limit is None:
        return Unjudged("limit")
    size = case.size
    if size <= limit.value or (size := size - len(case.raw) + len(case.raw.strip())) <= limit.value:
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
    return value("", KEY) if holds_key(case.raw) else None


def day_of(facts: Mapping[str, Any]) -> dt.date | None:
    """Return the day of a message, as it tells it."""
    for name in _DAYS:
        moment = facts.get(name)
        if moment is not None:
            return moment.date() if isinstance(moment, dt.datetime) else moment
    return None


def _in_force(case: Case) -> Answer:
    day, held = day_of(case.facts), case.profile.in_force
    if day is None:
        return Unjudged("day")
    covered = case.profile.covers(day)
    if case.kind == _LATER and not (covered and held.until is None):
        return Unjudged("later")
    if covered:
        return None
    return differs("", day.isoformat(), f"{held.since.isoformat()} - {held.until.isoformat() if held.until else ''}")


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ESSENTIAL = ("lieu", "agent", "signature")


def _texts() -> dict[str, tuple[str, ...]]:
    return {
        kind: tuple(path for path, leaf in leaves_of(model).items() if leaf.shape is Shape.TEXT and "[]" not in path)
        for kind, model in MESSAGES.items()
    }


_TEXTS = _texts()


def _text(case: Case) -> Answer:
    facts = case.facts
    for name in _TEXTS[case.kind]:
        said = facts.get(name)
        if said is None or (said.isprintable() and said[:1] != " "):  # printable: no control character at all
            continue
        odd = _CONTROL.search(said)
        if odd is not None or (name in _ESSENTIAL and not said.strip()):
            return value(name, f"U+{ord(odd[0] if odd else said[0]):04X}")
    return None


RULES = (
    Rule("lint.body.size", Severity.ERROR, "interface profile, limits (A10)", "assumption", _ALL, (), _size),
    Rule(
        "lint.secret", Severity.ERROR, "fpsctl: a private key never leaves its holder", "assumption", _ALL, (), _secret
    ),
    Rule(
        "lint.texte.controle",
        Severity.WARNING,
        "fpsctl: what people read is what was written",
        "assumption",
        _ALL,
        (),
        _text,
    ),
    Rule("lint.profile.in-force", Severity.WARNING, "interface profile, in_force", "assumption", _ALL, (), _in_force),
)
