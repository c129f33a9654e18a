"""The headers that a profile asks of every request: there, and saying what the request says."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from fpsctl.antai.operations import OPERATIONS, headers_of
from fpsctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai import Profile
    from fpsctl.sandbox.front import Call


def check_headers(profile: Profile, call: Call, given: Mapping[str, str]) -> None:
    """Refuse a request without a header of the profile, or with another value than its own address implies.

    Raises `Refused` (`http.entete`). What the address does not tell (a correlation) may be anything but empty.
    """
    stated = {**profile.headers, **profile.operations[call.operation].headers}
    if not stated:
        return
    facts = {**call.parts, "operation": call.operation, **_kind(profile, call.operation)}
    expected = headers_of(profile, call.operation, facts)
    for name, entry in stated.items():
        told = given.get(name.lower(), "")
        known = {part for _, part, _, _ in Formatter().parse(entry.value) if part} <= facts.keys()
        if not told or (known and told != expected[name.lower()]):
            raise Refused("http.entete", entete=name, lu=told or "-", attendu=expected[name.lower()] if known else "*")


def _kind(profile: Profile, operation: str) -> dict[str, str]:
    kind = OPERATIONS[operation].request
    return {"kind": "" if kind is None else profile.messages[kind].wire}
