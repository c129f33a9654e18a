"""The headers that a profile asks of every request: saying what the request says."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from fpsctl.antai.operations import OPERATIONS
from fpsctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai import Profile
    from fpsctl.antai.profile_model import Header
    from fpsctl.sandbox.front import Call

_CALLERS = ("correlation", "idempotence")
"""Parts that the caller alone knows, and must give."""
_OPERATIONS_WITHOUT_NUMBER = frozenset({"deposit_certificat", "read_certificat", "check_front", "read_retour"})
_ANY, _SOME = "\0", "\1"  # stand for what is not known; no header holds them
_PATTERNS = {_ANY: ".*", _SOME: ".+"}
_HIDDEN = "(confidential)"


def check_headers(profile: Profile, call: Call, given: Mapping[str, str]) -> None:
    """Refuse a request whose headers say something else than its operation and its address do.

    A header that is not there is an empty one. What the address does not tell may be anything (a number that only
    the body has), and anything but empty where the caller makes it up (a correlation). Raises `Refused`
    (`http.entete`).
    """
    stated = {**profile.headers, **profile.operations[call.operation].headers}
    facts = _facts(profile, call) if stated else {}
    for name, entry in stated.items():
        told = given.get(name.lower(), "").strip()
        expected = _written(entry, facts)
        if not re.fullmatch("".join(_PATTERNS.get(letter) or re.escape(letter) for letter in expected), told):
            shown = expected.replace(_ANY, "*").replace(_SOME, "*") or "-"
            raise Refused("http.entete", **_told(profile, name, entry, told or "-", shown))


def _told(profile: Profile, name: str, entry: Header, told: str, expected: str) -> dict[str, str]:
    """Return the facts of a refusal; under a confidential profile, what the header is about and nothing else."""
    if not profile.confidential:
        return {"entete": name, "lu": told, "attendu": expected}
    about = ", ".join(part for _, part, _, _ in Formatter().parse(entry.value) if part)
    return {"entete": about or _HIDDEN, "lu": _HIDDEN, "attendu": _HIDDEN}


def _facts(profile: Profile, call: Call) -> dict[str, str]:
    """Return what operation and address tell; a number is told by them, or there is none, or only the body tells it."""
    kind = OPERATIONS[call.operation].request
    described = None if kind is None else profile.messages.get(kind)
    none = {"numero": ""} if call.operation in _OPERATIONS_WITHOUT_NUMBER else {}
    return {**none, **call.parts, "operation": call.operation, "kind": described.wire if described else ""}


def _written(entry: Header, facts: Mapping[str, str]) -> str:
    """Return a header's value as HTTP carries it, with a stand-in for each part that is not known."""
    pieces = []
    for words, part, _, _ in Formatter().parse(entry.value):
        pieces.append(words)
        if part:
            pieces.append(facts.get(part, _SOME if part in _CALLERS else _ANY))
    return "".join(pieces).strip()
