"""Messages to bytes and back, under a profile.

Written: deterministic JSON, nothing that the profile does not map. Read: nothing is lost and nothing
crashes; what is odd is a finding. The normal path is one Pydantic pass over the bytes; the slow one,
which explains, runs only when that pass refuses or the keys do not count up (a key stated twice).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import to_json

from fpsctl.antai.messages import MESSAGES, Message
from fpsctl.antai.wire_findings import Findings
from fpsctl.antai.wire_formats import Unwritable
from fpsctl.antai.wire_json import Unreadable, read_json, strip
from fpsctl.antai.wire_models import dig, get, make_plan
from fpsctl.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai.profile_model import Profile
    from fpsctl.antai.wire_models import Plan, Trouble
    from fpsctl.checks import Finding

# Every string of a JSON text, and whether a colon follows: then it is a key.
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"([ \t\r\n]*:)?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was read: the message (None if it cannot be built), the findings, the unknown fields by wire path."""

    message: Message | None
    findings: tuple[Finding, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict)


class Codec:
    """Writes and reads messages under one profile; made by `codec_for`."""

    def __init__(self, profile: Profile) -> None:
        """Keep the profile; the models of a message are generated when it is first met."""
        self._profile = profile
        self._plans: dict[str, Plan] = {}

    def encode(self, message: Message) -> bytes:
        """Return the message as JSON, keys sorted.

        Raises `LocalError`: `message.unmapped` (a value that has no place in the profile),
        `message.unwritable` (a value that its format or code list cannot carry).
        """
        plan = self._plan(message.kind)
        for path in plan.unmapped:
            if _carries(message, path.split("[]")):
                raise LocalError("message.unmapped", kind=message.kind, field=path, profile=self._profile.profile)
        try:
            return to_json(plan.root.write(message))
        except Unwritable as error:
            raise LocalError(
                "message.unwritable",
                kind=message.kind,
                field=error.field,
                profile=self._profile.profile,
                detail=str(error),
            ) from error

    def decode(self, kind: str, data: bytes) -> Decoded:
        """Read a message of a known kind; never raises on what the other side wrote.

        Raises `LocalError` (`message.kind-unmapped`) when the profile does not describe the kind.
        """
        plan = self._plan(kind)
        try:
            wire = plan.root.type.model_validate_json(data)
        except ValidationError:
            return self._explain(plan, data)
        content: dict[str, Any] = {}
        troubles: list[Trouble] = []
        keys = plan.root.read(wire, content, troubles, ())
        if keys != sum(map(bool, _STRINGS.findall(data))):
            return self._explain(plan, data)
        return self._build(plan, content, troubles, Findings(plan, confidential=self._profile.confidential))

    def _plan(self, kind: str) -> Plan:
        if kind not in self._plans:
            entry = self._profile.messages.get(kind)
            if entry is None:
                raise LocalError("message.kind-unmapped", kind=kind, profile=self._profile.profile)
            self._plans[kind] = make_plan(MESSAGES[kind], entry, self._profile.formats)
        return self._plans[kind]

    def _explain(self, plan: Plan, data: bytes) -> Decoded:
        """Read again, slowly, saying everything that is wrong."""
        found = Findings(plan, confidential=self._profile.confidential)
        try:
            read = read_json(data)
        except Unreadable as error:
            found.unreadable(str(error))
            return Decoded(None, found.all())
        for path in read.duplicates:
            found.duplicate(path)
        if read.duplicates:
            return Decoded(None, found.all())
        unknown: dict[str, Any] = {}
        known = strip(plan.root, read.value, "", unknown)
        for path, value in unknown.items():
            found.unknown(path, value)
        try:
            wire = plan.root.type.model_validate_json(json.dumps(known))
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                found.wire_problem(problem)
            return Decoded(None, found.all(), unknown)
        content: dict[str, Any] = {}
        troubles: list[Trouble] = []
        plan.root.read(wire, content, troubles, ())
        decoded = self._build(plan, content, troubles, found)
        return replace(decoded, unknown=unknown)

    @staticmethod
    def _build(plan: Plan, content: dict[str, Any], troubles: Sequence[Trouble], found: Findings) -> Decoded:
        """Make the canonical message of what was read."""
        for trouble in troubles:
            found.trouble(trouble)
        try:
            message = plan.message.model_validate(content)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                found.canonical_problem(problem)
            return Decoded(None, found.all())
        for leaf in plan.identifiers:
            found.normalised(leaf, dig(content, leaf.canonical), get(message, leaf.canonical))
        return Decoded(None if any(trouble.fatal for trouble in troubles) else message, found.all())


def _carries(source: Any, levels: Sequence[str]) -> bool:  # noqa: ANN401 - a message or a part of one
    """Say whether a canonical path, cut at its lists, leads to a value."""
    value = get(source, tuple(step for step in levels[0].split(".") if step))
    if value is None or len(levels) == 1:
        return value is not None
    return any(_carries(item, levels[1:]) for item in value)


_CODECS: dict[str, Codec] = {}


def codec_for(profile: Profile) -> Codec:
    """Return the codec of a profile; one for each digest."""
    return _CODECS.setdefault(profile.digest, Codec(profile))
