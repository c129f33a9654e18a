"""Messages to bytes and back, under a profile.

Written: deterministic JSON or XML, nothing that the profile does not map. Read: nothing is lost and nothing
crashes; what is odd is a finding. The normal path of JSON is one Pydantic pass over the bytes; the slow one,
which explains, runs only when that pass refuses or the keys do not count up (a key stated twice).
"""

from __future__ import annotations

import datetime as dt
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
from fpsctl.antai.wire_models import dig, get, make_plan, put
from fpsctl.antai.wire_xml import Filling, fill_lists, local_name, parse_xml, write_xml
from fpsctl.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from xml.etree.ElementTree import Element

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
        self._xml = profile.formats.encoding.value == "xml"
        self._namespace = profile.formats.encoding.namespace
        self._plans: dict[tuple[str, bool], Plan] = {}

    def encode(self, message: Message) -> bytes:
        """Return the message as the body of a request or an answer: JSON with its keys sorted, or XML.

        Raises `LocalError`: `message.unmapped` (a value that has no place in the profile),
        `message.unwritable` (a value that its format or code list cannot carry).
        """
        plan = self.plan(message.kind)
        tree = self._tree(plan, message)
        if not self._xml:
            return to_json(tree)
        try:
            return write_xml(plan.wire, tree, self._namespace)
        except Unwritable as error:
            raise self._unwritable(message, error) from error

    def tree(self, message: Message) -> dict[str, Any]:
        """Return the message as it stands in a page of returns: without envelope, not written. Raises as `encode`."""
        return self._tree(self.plan(message.kind, alone=False), message)

    def shown(self, message: Message) -> dict[str, Any] | str:
        """Return the body of a message as a result shows it: a JSON object, or XML as text. Raises as `encode`."""
        body = self.encode(message)
        if self._xml:
            return body.decode()
        shown: dict[str, Any] = json.loads(body)
        return shown

    def _tree(self, plan: Plan, message: Message) -> dict[str, Any]:
        for path in plan.unmapped:
            if _carries(message, path.split("[]")):
                raise self._unmapped(message, path)
        for path, value in plan.implied.items():
            if _plain(get(message, tuple(path.split(".")))) != value:
                raise self._unmapped(message, path)
        try:
            return plan.root.write(message)
        except Unwritable as error:
            raise self._unwritable(message, error) from error

    def _unmapped(self, message: Message, path: str) -> LocalError:
        return LocalError("message.unmapped", kind=message.kind, field=path, profile=self._profile.profile)

    def _unwritable(self, message: Message, error: Unwritable) -> LocalError:
        name, field = self._profile.profile, error.field or "-"
        return LocalError("message.unwritable", kind=message.kind, field=field, profile=name, detail=str(error))

    def decode(self, kind: str, data: bytes) -> Decoded:
        """Read a message of a known kind; never raises on what the other side wrote.

        One that cannot be read, and that the profile of the version before can, is read so, and a finding says it.
        Raises `LocalError` (`message.kind-unmapped`) when the profile does not describe the kind.
        """
        plan = self.plan(kind)
        decoded = self._from_xml(plan, data) if self._xml else self._from_json(plan, data)
        return self._or_older(decoded, plan, kind, lambda older: older.decode(kind, data))

    def decode_part(self, kind: str, part: Any) -> Decoded:  # noqa: ANN401 - a JSON value, or an element
        """Read a message that stands in a page of returns; as `decode`, without envelope."""
        plan = self.plan(kind, alone=False)
        if self._xml != hasattr(part, "attrib"):  # nothing stands there, or what no message can be
            found = self._findings(plan)
            found.absent()
            return Decoded(None, found.all())
        decoded = self._from_element(plan, part) if self._xml else self._from_json(plan, json.dumps(part).encode())
        return self._or_older(decoded, plan, kind, lambda older: older.decode_part(kind, part))

    def _or_older(self, decoded: Decoded, plan: Plan, kind: str, read: Callable[[Codec], Decoded]) -> Decoded:
        """Return what the version before reads, where this one cannot, or doubts that it is meant."""
        older = self._profile.older
        doubted = any(finding.id == "message.constant.differs" for finding in decoded.findings)
        if older is None or kind not in older.messages or (decoded.message is not None and not doubted):
            return decoded
        before = read(codec_for(older))
        if before.message is None or (decoded.message is not None and before.findings):
            return decoded
        return replace(before, findings=(*before.findings, self._is_older(plan)))

    def plan(self, kind: str, *, alone: bool = True) -> Plan:
        """Return the wire models of a kind; `alone` has the envelope around it, if there is one.

        Raises `LocalError` (`message.kind-unmapped`).
        """
        if (kind, alone) not in self._plans:
            entry = self._profile.messages.get(kind)
            if entry is None:
                raise LocalError("message.kind-unmapped", kind=kind, profile=self._profile.profile)
            formats = self._profile.formats
            self._plans[kind, alone] = make_plan(MESSAGES[kind], entry, formats, formats.envelope if alone else None)
        return self._plans[kind, alone]

    def _findings(self, plan: Plan) -> Findings:
        return Findings(plan, confidential=self._profile.confidential)

    def _is_older(self, plan: Plan) -> Finding:
        found = self._findings(plan)
        found.older(self._profile.older.version if self._profile.older else "-", self._profile.version)
        return found.all()[0]

    def _from_json(self, plan: Plan, data: bytes) -> Decoded:
        try:
            wire = plan.root.type.model_validate_json(data)
        except ValidationError:
            return self._explain(plan, data)
        content: dict[str, Any] = {}
        troubles: list[Trouble] = []
        keys = plan.root.read(wire, content, troubles, ())
        if keys != sum(map(bool, _STRINGS.findall(data))):
            return self._explain(plan, data)
        return self._build(plan, content, troubles, self._findings(plan))

    def _explain(self, plan: Plan, data: bytes) -> Decoded:
        """Read JSON again, slowly, saying everything that is wrong."""
        found = self._findings(plan)
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
        return self._judge(plan, found, json.dumps(known), unknown)

    def _from_xml(self, plan: Plan, data: bytes) -> Decoded:
        found = self._findings(plan)
        try:
            root = parse_xml(data)
        except Unreadable as error:
            found.unreadable(str(error))
            return Decoded(None, found.all())
        if local_name(root, self._namespace) != plan.wire:
            found.root(root.tag, f"{{{self._namespace}}}{plan.wire}" if self._namespace else plan.wire)
            return Decoded(None, found.all())
        return self._from_element(plan, root)

    def _from_element(self, plan: Plan, element: Element) -> Decoded:
        found, filling = self._findings(plan), Filling(self._namespace)
        known = fill_lists(plan.root, filling.object(plan.root, element))
        for path in filling.duplicates:
            found.duplicate(path)
        if filling.duplicates:
            return Decoded(None, found.all(), filling.unknown)
        return self._judge(plan, found, known, filling.unknown)

    def _judge(self, plan: Plan, found: Findings, known: Any, unknown: Mapping[str, Any]) -> Decoded:  # noqa: ANN401
        """Validate what the profile knows of a document (JSON text, or values of XML), and make the message."""
        found.unknowns(unknown)
        model = plan.root.type
        try:
            wire = model.model_validate_json(known) if isinstance(known, str) else model.model_validate(known)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                found.wire_problem(problem)
            return Decoded(None, found.all(), unknown)
        content: dict[str, Any] = {}
        troubles: list[Trouble] = []
        plan.root.read(wire, content, troubles, ())
        return replace(self._build(plan, content, troubles, found), unknown=unknown)

    @staticmethod
    def _build(plan: Plan, content: dict[str, Any], troubles: Sequence[Trouble], found: Findings) -> Decoded:
        """Make the canonical message of what was read."""
        for trouble in troubles:
            found.trouble(trouble)
        for steps, value in plan.defaults.items():
            if dig(content, steps) is None:
                put(content, steps, value)
        try:
            message = plan.message.model_validate(content)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                found.canonical_problem(problem)
            return Decoded(None, found.all())
        for leaf in plan.identifiers:
            found.normalised(leaf, dig(content, leaf.canonical), get(message, leaf.canonical))
        return Decoded(None if any(trouble.fatal for trouble in troubles) else message, found.all())


def _plain(value: Any) -> Any:  # noqa: ANN401 - any canonical value
    """Return a value as a profile states it."""
    return value.isoformat() if isinstance(value, dt.date) else value


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
