"""From the bytes of a message to its values: the fast way where there is one, else the codec, which explains."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.wire_json import Unreadable
from fpsctl.lint.facts import digest_of, of_message, of_wire
from fpsctl.lint.kinds import Kinds, Recognised
from fpsctl.lint.rules import BY_ID, FORMULAS
from fpsctl.lint.sieve import build
from fpsctl.lint.vehicle_rules import FRENCH

if TYPE_CHECKING:
    from fpsctl.antai import Codec, Decoded, Profile
    from fpsctl.antai.wire_models import Plan
    from fpsctl.checks import Finding
    from fpsctl.lint.judge import Judge
    from fpsctl.lint.sieve import Sieve
    from fpsctl.lint.sources import Piece, Trouble

_TRIED = 4
_NORMALISED, _PLATE = "message.field.normalised", "vehicule.immatriculation"
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
        if trouble.rule == "message.unreadable":
            self._judge.count("")
        self._judge.say(trouble.rule, trouble, trouble.detail)

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
            judge.notice(kind, facts, digest, piece)
        judge.message(kind, facts, piece, self._plans[kind])

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
        """Read a message with the codec; a page of returns is opened."""
        try:
            page = self._recognise(piece)
        except Unreadable as error:
            self._judge.count("")
            self._judge.unreadable(piece, str(error))
            return
        for rank, known in enumerate(page):
            self._one(known, piece._replace(beside=True) if rank else piece)

    def _one(self, known: Recognised, piece: Piece) -> None:
        if not known.kind:
            self._judge.count("")
            self._judge.say("lint.kind.unknown", piece, "" if self._profile.confidential else known.said)
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

    def _recognise(self, piece: Piece) -> list[Recognised]:
        """Return what a piece holds; raises `Unreadable`."""
        if piece.name:
            return [Recognised(self._forced or self._kinds.by_wire.get(piece.name, ""), None, piece.name)]
        page = self._kinds.of_json(piece.data, self._recent)
        return [known._replace(kind=self._forced) for known in page] if self._forced else page

    def _decode(self, known: Recognised, piece: Piece) -> None:
        kind = known.kind
        plan = self._codec.plan(kind, alone=known.part is None)
        if known.part is None:
            decoded = self._codec.decode(kind, piece.data)
        else:
            for path in known.twice:
                self._judge.say("message.field.duplicate", piece, "", kind=kind, wire=path)
            if known.twice:
                return
            decoded = self._codec.decode_part(kind, known.part)
        facts = self._facts(decoded, plan, known, piece)
        for finding in decoded.findings:
            self._shape(finding, kind, piece, plan, facts)
        put = self._judge.message if decoded.message is not None else self._judge.partial
        if "numero" in facts:
            self._judge.notice(kind, facts, _digest(decoded, known, piece, facts), piece)
        put(kind, facts, piece, plan)

    def _facts(self, decoded: Decoded, plan: Plan, known: Recognised, piece: Piece) -> dict[str, Any]:
        if decoded.message is not None:
            return of_message(decoded.message)
        doubtful = ("message.unreadable", "message.field.duplicate")
        if piece.name or any(finding.id in doubtful for finding in decoded.findings):
            return {}
        return of_wire(plan, piece.data if known.part is None else known.part)

    def _shape(self, finding: Finding, kind: str, piece: Piece, plan: Plan, facts: dict[str, Any]) -> None:
        """Note a finding of the codec; a formula that a rule also checks is told by that rule."""
        formula = next((rule for code, rule in FORMULAS.items() if code in finding.detail), "")
        if formula and all(need in facts for need in BY_ID[formula].needs):
            return
        field, wire, rest = _placed(finding.detail, plan)
        if finding.id == _NORMALISED and field == _PLATE and facts.get("vehicule.pays", "FR") not in FRENCH:
            return  # only a plate of a French register has one form
        rule = formula or finding.id
        self._judge.say(rule, piece, rest, kind=kind, field=field, wire=wire, reference=finding.reference)


def _digest(decoded: Decoded, known: Recognised, piece: Piece, facts: dict[str, Any]) -> int:
    """Return a digest of a message: of what it says, however written; of what is there, where it cannot be read."""
    if decoded.message is not None:
        listed = any("[]" in path for path in leaves_of(type(decoded.message)))
        return hash(decoded.message.model_dump_json()) if listed else digest_of(facts, type(decoded.message))
    return hash(piece.data if piece.name else json.dumps(known.part or json.loads(piece.data), sort_keys=True))


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
