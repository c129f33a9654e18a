"""The calls of the interface: which message each carries, which one answers, and who may make it.

Paths and methods stand in the profile; this table says only what the profile cannot change.
"""

from __future__ import annotations

from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import quote

from fpsctl.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai.profile_model import Profile

Gate = Literal["depot", "front"]


class Operation(NamedTuple):
    """A call: the kinds of message it sends and receives, and which gate of the SI FPS it passes."""

    name: str
    request: str | None
    answer: str | None
    """None: a page of returns."""
    gate: Gate


_ALL = (
    Operation("deposit_certificat", "certificat_depot", "certificat_statut", "depot"),
    Operation("read_certificat", None, "certificat_statut", "depot"),
    Operation("check_front", None, "controle_front", "front"),
    Operation("send_avis_initial", "avis_initial", "accuse", "front"),
    Operation("send_avis_rectificatif", "avis_rectificatif", "accuse", "front"),
    Operation("send_annulation", "annulation", "accuse", "front"),
    Operation("send_fps_impaye", "fps_impaye", "accuse", "front"),
    Operation("read_retour", None, None, "front"),
    Operation("read_impression", None, "impression", "front"),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.name: operation for operation in _ALL})


def method_of(profile: Profile, name: str) -> str:
    """Return the HTTP method of an operation; raises `LocalError` (`operation.unmapped`)."""
    return _mapped(profile, name)[0]


def path_of(profile: Profile, name: str, **parts: str) -> str:
    """Return the path of an operation, its template filled; raises `LocalError` (`operation.unmapped`)."""
    template = _mapped(profile, name)[1]
    return template.format_map({part: quote(value, safe="") for part, value in parts.items()})


def template_of(profile: Profile, name: str) -> str:
    """Return the path with its `{parts}`; raises `LocalError` (`operation.unmapped`)."""
    return _mapped(profile, name)[1]


def parts_of(template: str) -> frozenset[str]:
    """Return the names of the parts of a path template."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def headers_of(profile: Profile, name: str, facts: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that the profile adds to a request, in lower case; a part without a fact is empty."""
    stated = {**profile.headers, **profile.operations[name].headers}
    return {header.lower(): entry.value.format_map(_Facts(facts)) for header, entry in stated.items()}


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _mapped(profile: Profile, name: str) -> tuple[str, str]:
    entry = profile.operations.get(name)
    if entry is None or entry.path is None or entry.method is None:
        raise LocalError("operation.unmapped", operation=name, profile=profile.profile)
    return entry.method, entry.path
