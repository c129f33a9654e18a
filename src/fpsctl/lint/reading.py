"""From the bytes of a message to its values: the fast way where there is one, else the codec, which explains."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fpsctl.lint.facts import of_message, of_wire
from fpsctl.lint.kinds import Kinds, Recognised
from fpsctl.lint.rules import BY_ID, FORMULAS
from fpsctl.lint.sieve import build

if TYPE_CHECKING:
    from fpsctl.antai import Codec, Decoded, Profile
    from fpsctl.antai.wire_models import Plan
    from fpsctl.checks import Finding
    from fpsctl.lint.judge import Judge
    from fpsctl.lint.sieve import Sieve
    from fpsctl.lint.sources import Piece, Trouble

_TRIED = 4
_PLACE = re.compile(r"([^\s:=]+)(?:: | = |$)")
_INDEX = re.compile(r"\[\d+\]")


class Reading:
    """Reads the messages of a run under one profile."""

    def __init__(self, profile: Profile, codec: Codec, judge: Judge, kind: str) -> None:
        """Keep who judges; `kind` empty: each message is recognised."""
        self._profile, self._codec, self._judge, self._forced = profile, codec, judge, kind
        self._kinds = Kinds(profile, codec)
        self.names = frozenset(self._kinds.by_wire)
        self._sieves: dict[str, Sieve | None] = {}
        self._plans: dict[str, Plan] = {}
        self._recent: list[str] = []  # kinds met last, the last one first

    def trouble(self, trouble: Trouble) -> None:
        """Note what stands where a message should."""
        self._judge.say(trouble.rule, trouble.line, trouble.detail)

    def message(self, piece: Piece) -> None:
        """Read one message and have it judged."""
        for kind in self._recent:
            sieve = self._sieve(kind)
            read = None if sieve is None else sieve.read(piece.data)
            if read is not None:
                self._met(kind)
                self._sound(kind, *read, piece)
                return
        self._closely(piece)

    def _sound(self, kind: str, facts: dict[str, Any], digest: int, piece: Piece) -> None:
        """Judge a message that the sieve let through."""
        judge = self._judge
        judge.count(kind)
        if "numero" in facts:
            judge.notice(kind, facts, digest, piece.line)
        judge.message(kind, facts, piece.data, piece.line, self._plans[kind])

    def _sieve(self, kind: str) -> Sieve | None:
        if kind not in self._sieves:
            self._sieves[kind] = build(self._profile, self._codec, kind)
            self._plans[kind] = self._codec.plan(kind)
        return self._sieves[kind]

    def _met(self, kind: str) -> None:
        recent = self._recent
        if recent and recent[0] == kind:
            return
        if kind in recent:
            recent.remove(kind)
        recent.insert(0, kind)
        del recent[_TRIED:]

    def _closely(self, piece: Piece) -> None:
        """Read a message with the codec."""
        known = self._recognise(piece)
        if not known.kind:
            self._judge.count("")
            self._judge.say("lint.kind.unknown", piece.line, "" if self._profile.confidential else known.said)
            return
        if not self._recent or self._recent[0] != known.kind:
            self._met(known.kind)
            sieve = self._sieve(known.kind) if known.part is None else None
            read = None if sieve is None else sieve.read(piece.data)
            if read is not None:
                self._sound(known.kind, *read, piece)
                return
        self._judge.count(known.kind)
        self._decode(known, piece)

    def _recognise(self, piece: Piece) -> Recognised:
        if piece.name:
            kind = self._kinds.by_wire.get(piece.name, "")
            return Recognised(self._forced or kind, None, piece.name)
        known = self._kinds.of_json(piece.data, self._recent)
        if known is None:  # no JSON at all: any kind says so
            return Recognised(self._forced or next(iter(self._recent), "") or next(iter(self._profile.messages)))
        return known._replace(kind=self._forced) if self._forced else known

    def _decode(self, known: Recognised, piece: Piece) -> None:
        kind, line = known.kind, piece.line
        plan = self._codec.plan(kind, alone=known.part is None)
        if known.part is None:
            decoded = self._codec.decode(kind, piece.data)
        else:
            for path in known.twice:
                self._judge.say("message.field.duplicate", line, "", kind=kind, wire=path)
            if known.twice:
                return
            decoded = self._codec.decode_part(kind, known.part)
        facts = self._facts(decoded, plan, known, piece)
        for finding in decoded.findings:
            self._shape(finding, kind, line, plan, facts)
        put = self._judge.message if decoded.message is not None else self._judge.partial
        if "numero" in facts:
            self._judge.notice(kind, facts, self._digest(decoded, known, piece), line)
        put(kind, facts, piece.data, line, plan)

    def _facts(self, decoded: Decoded, plan: Plan, known: Recognised, piece: Piece) -> dict[str, Any]:
        if decoded.message is not None:
            return of_message(decoded.message)
        doubtful = ("message.unreadable", "message.field.duplicate")
        if piece.name or any(finding.id in doubtful for finding in decoded.findings):
            return {}
        return of_wire(plan, piece.data if known.part is None else known.part)

    @staticmethod
    def _digest(decoded: Decoded, known: Recognised, piece: Piece) -> int:
        """Return a digest of a message as it was written; how it is laid out does not count."""
        if piece.name:
            return hash(decoded.message.model_dump_json() if decoded.message else piece.data)
        return hash(json.dumps(known.part or json.loads(piece.data), sort_keys=True))

    def _shape(self, finding: Finding, kind: str, line: int, plan: Plan, facts: dict[str, Any]) -> None:
        """Note a finding of the codec; a formula that a rule also checks is told by that rule."""
        formula = FORMULAS.get(finding.detail.rpartition(": ")[2])
        if formula and all(need in facts for need in BY_ID[formula].needs):
            return
        field, wire, rest = _placed(finding.detail, plan)
        rule = formula or finding.id
        self._judge.say(rule, line, rest, kind=kind, field=field, wire=wire, reference=finding.reference)


def _placed(detail: str, plan: Plan) -> tuple[str, str, str]:
    """Return canonical field, wire path and the rest of what the codec says."""
    match = _PLACE.match(detail)
    if match is None:
        return "", "", detail
    told = match[1]
    path = _INDEX.sub("[]", told)
    rest = detail[match.end() :]
    if path in plan.leaves:  # a confidential profile: the codec tells canonical names
        return told, plan.leaves[path].path, rest
    field = next((name for name, leaf in plan.leaves.items() if leaf.path == path), "")
    return (field, told, rest) if field else ("", "", detail)
