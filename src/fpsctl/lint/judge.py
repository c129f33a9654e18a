"""Puts messages before the rules, and keeps what the rules say, with its place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fpsctl.antai import MESSAGES
from fpsctl.lint.message_rules import KEY, holds_key
from fpsctl.lint.number_rules import is_trial
from fpsctl.lint.rule import Case, Unjudged
from fpsctl.lint.rules import RULES
from fpsctl.lint.sources import Piece
from fpsctl.lint.tally import Located, Place, shown_place, told
from fpsctl.lint.towns import NO_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai import Profile
    from fpsctl.antai.wire_models import Plan
    from fpsctl.lint.numbers import Numbers
    from fpsctl.lint.rule import Rule, Said
    from fpsctl.lint.sources import Trouble
    from fpsctl.lint.tally import Tally
    from fpsctl.lint.towns import Towns

_NOTICES = ("avis_initial", "avis_rectificatif")
_UNPAID, _REJECT = "fps_impaye", "rejet"
_COUNTED = (*_NOTICES, _UNPAID)
_FILE_BITS, _HALF_BITS = 42, 20
"""A place in the store of numbers: the file, then the line and the rank of a message, or one of them, then which."""
_RANK, _LINE, _BOTH, _FORMS = 0, 1, 2, 4
_UNREADABLE = "message.unreadable"


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

    def message(self, kind: str, facts: dict[str, Any], piece: Piece, plan: Plan) -> None:
        """Put a message that was read as a whole before the rules of its kind."""
        case = self._case(kind, facts, piece)
        for rule, judge in self._rules[kind]:
            answer = judge(case)
            if answer is not None:
                self._answer(rule, answer, kind, piece, plan)

    def partial(self, kind: str, facts: dict[str, Any], piece: Piece, plan: Plan) -> None:
        """Put what can be read of a message before the rules that need no more."""
        case = self._case(kind, facts, piece)
        for rule, judge in self._rules[kind]:
            readable = all(need in facts for need in rule.needs)
            answer = judge(case) if readable else Unjudged("unreadable")
            if answer is not None:
                self._answer(rule, answer, kind, piece, plan)

    def _case(self, kind: str, facts: Mapping[str, Any], piece: Piece) -> Case:
        constat = facts.get("constate_le")
        place = NO_DAY if constat is None else self._towns.at(facts.get("collectivite.siret", ""), constat)
        return Case(self._profile, kind, facts, place, piece)

    def notice(self, kind: str, facts: Mapping[str, Any], digest: int, piece: Piece) -> None:
        """Keep the number of a notice, of an unpaid charge, or of a reject of one, for the whole set."""
        numero, etabli = facts["numero"], facts.get("etabli_le")
        self.synthetic += is_trial(numero)
        if kind == _REJECT and facts.get("objet") in _COUNTED:
            self._numbers.reject(numero, unpaid=facts["objet"] == _UNPAID)
        if kind not in _COUNTED:
            return
        place = self._placed(piece)
        if kind == _UNPAID:
            self._numbers.add(numero, place, digest, 0, unpaid=True)
            return
        day, year = (etabli.toordinal(), etabli.year) if etabli else (0, 0)
        self._numbers.add(numero, place, digest, day, year)
        initial = facts.get("numero_initial")
        if initial:
            self._numbers.correct(initial, numero[:14], place, day)

    def _placed(self, piece: Piece) -> int:
        line, rank = piece.line, self._rank
        if line and piece.beside:
            half = 1 << _HALF_BITS
            form, told = (_BOTH, line << _HALF_BITS | rank) if line < half and rank < half else (_RANK, rank)
        else:
            form, told = (_LINE, line) if line else (_RANK, rank)
        return self._file << _FILE_BITS | told * _FORMS | form

    def unreadable(self, piece: Piece, reason: str) -> None:
        """Note what is no message of any kind; even there, no private key."""
        self.say(_UNREADABLE, piece, reason)
        if holds_key(piece.data):
            self.say("lint.secret", piece, KEY)

    def say(
        self,
        rule: str,
        piece: Piece | Trouble,
        detail: str,
        *,
        kind: str = "",
        field: str = "",
        wire: str = "",
        reference: str = "",
    ) -> None:
        """Note a finding that no rule on one message made: of the file, of the shape."""
        if self.tally.wants(rule):
            shown = "" if self._profile.confidential else wire
            place = self._here(piece, kind, field, shown)
            self.tally.keep(Located(rule, place, detail, _direction(kind), reference))

    def _here(self, piece: Piece | Trouble, kind: str, field: str, wire: str) -> Place:
        beside = isinstance(piece, Piece) and piece.beside
        return Place(self._files[self._file], piece.line, self._rank, kind, field, wire, beside)

    def _answer(self, rule: Rule, answer: Said | Unjudged, kind: str, piece: Piece, plan: Plan) -> None:
        if isinstance(answer, Unjudged):
            self.tally.pass_over(rule.id, answer.reason)
        elif self.tally.wants(rule.id):
            leaf = plan.leaves.get(answer.field)
            wire = leaf.path if leaf and not self._profile.confidential else ""
            place = self._here(piece, kind, answer.field, wire)
            self.tally.keep(Located(rule.id, place, told(answer), _direction(kind)))

    def end(self) -> None:
        """Let the whole set speak."""
        for spoken in self._numbers.judge(lambda place: shown_place(self._place(place))):
            if self.tally.wants(spoken.rule):
                self.tally.keep(Located(spoken.rule, self._place(spoken.place, spoken.said.field), told(spoken.said)))

    def _place(self, place: int, field: str = "") -> Place:
        file, rest = divmod(place, 1 << _FILE_BITS)
        told, form = divmod(rest, _FORMS)
        if form == _BOTH:
            line, rank = divmod(told, 1 << _HALF_BITS)
        else:
            line, rank = (told, 0) if form == _LINE else (0, told)
        return Place(self._files[file], line, rank, "", field, "", form == _BOTH)


def _direction(kind: str) -> str:
    return MESSAGES[kind].direction if kind else "out"
