"""Puts messages before the rules, and keeps what the rules say, with its place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fpsctl.antai import MESSAGES
from fpsctl.lint.number_rules import is_trial
from fpsctl.lint.rule import Case, Unjudged
from fpsctl.lint.rules import RULES
from fpsctl.lint.tally import Located, Place, shown_place, told
from fpsctl.lint.towns import NO_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai import Profile
    from fpsctl.antai.wire_models import Plan
    from fpsctl.lint.numbers import Numbers
    from fpsctl.lint.rule import Rule, Said
    from fpsctl.lint.tally import Tally
    from fpsctl.lint.towns import Towns

_NOTICES = ("avis_initial", "avis_rectificatif")
_UNPAID = "fps_impaye"
_FILE_BITS = 42
"""A place in the store of numbers: the file, then its line or the rank of its message, then which of the two."""


class Judge:
    """Judges messages one after another; `start` says of which file they are."""

    def __init__(self, profile: Profile, towns: Towns, tally: Tally, numbers: Numbers, files: Sequence[str]) -> None:
        """Sort the rules by kind of message."""
        self.tally = tally
        self.messages = self.synthetic = 0
        self.kinds: Counter[str] = Counter()
        self._profile, self._towns, self._numbers, self._files = profile, towns, numbers, files
        self._file, self._rank = 0, 0
        self._rules = {
            kind: tuple((rule, rule.judge) for rule in RULES if rule.judge is not None and kind in rule.kinds)
            for kind in MESSAGES
        }

    def start(self, file: int) -> None:
        """Go on with another file."""
        self._file, self._rank = file, 0

    def count(self, kind: str) -> None:
        """Count a message, whatever becomes of it; `kind` empty: not known."""
        self._rank += 1
        self.messages += 1
        self.kinds[kind] += 1

    def message(self, kind: str, facts: dict[str, Any], raw: bytes, line: int, plan: Plan) -> None:
        """Put a message that was read as a whole before the rules of its kind."""
        case = self._case(kind, facts, raw)
        for rule, judge in self._rules[kind]:
            answer = judge(case)
            if answer is not None:
                self._answer(rule, answer, kind, line, plan)

    def partial(self, kind: str, facts: dict[str, Any], raw: bytes, line: int, plan: Plan) -> None:
        """Put what can be read of a message before the rules that need no more."""
        case = self._case(kind, facts, raw)
        for rule, judge in self._rules[kind]:
            readable = all(need in facts for need in rule.needs)
            answer = judge(case) if readable else Unjudged("unreadable")
            if answer is not None:
                self._answer(rule, answer, kind, line, plan)

    def _case(self, kind: str, facts: Mapping[str, Any], raw: bytes) -> Case:
        constat = facts.get("constate_le")
        place = NO_DAY if constat is None else self._towns.at(facts.get("collectivite.siret", ""), constat)
        return Case(self._profile, kind, facts, place, raw)

    def notice(self, kind: str, facts: Mapping[str, Any], digest: int, line: int) -> None:
        """Keep the number of a notice, or of an unpaid charge, for the whole set."""
        numero, etabli = facts["numero"], facts.get("etabli_le")
        self.synthetic += is_trial(numero)
        if kind not in (*_NOTICES, _UNPAID):
            return
        place = (self._file << _FILE_BITS) | ((line << 1) | 1 if line else self._rank << 1)
        if kind == _UNPAID:
            self._numbers.add(numero, place, digest, 0, unpaid=True)
            return
        day = etabli.toordinal() if etabli else 0
        self._numbers.add(numero, place, digest, day)
        initial = facts.get("numero_initial")
        if initial:
            self._numbers.correct(initial, numero[:14], place, day)

    def say(
        self, rule: str, line: int, detail: str, *, kind: str = "", field: str = "", wire: str = "", reference: str = ""
    ) -> None:
        """Note a finding that no rule on one message made: of the file, of the shape."""
        if self.tally.wants(rule):
            shown = "" if self._profile.confidential else wire
            place = Place(self._files[self._file], line, self._rank, kind, field, shown)
            self.tally.keep(Located(rule, place, detail, _direction(kind), reference))

    def _answer(self, rule: Rule, answer: Said | Unjudged, kind: str, line: int, plan: Plan) -> None:
        if isinstance(answer, Unjudged):
            self.tally.pass_over(rule.id, answer.reason)
        elif self.tally.wants(rule.id):
            leaf = plan.leaves.get(answer.field)
            wire = leaf.path if leaf and not self._profile.confidential else ""
            place = Place(self._files[self._file], line, self._rank, kind, answer.field, wire)
            self.tally.keep(Located(rule.id, place, told(answer), _direction(kind)))

    def end(self) -> None:
        """Let the whole set speak."""
        for spoken in self._numbers.judge(lambda place: shown_place(self._place(place))):
            if self.tally.wants(spoken.rule):
                self.tally.keep(Located(spoken.rule, self._place(spoken.place, spoken.said.field), told(spoken.said)))

    def _place(self, place: int, field: str = "") -> Place:
        file, rest = divmod(place, 1 << _FILE_BITS)
        number, is_line = divmod(rest, 2)
        return Place(self._files[file], number if is_line else 0, 0 if is_line else number, "", field)


def _direction(kind: str) -> str:
    return MESSAGES[kind].direction if kind else "out"
