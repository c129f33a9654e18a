"""What the SI FPS answered: a message, a page of returns, a refusal.

All of it is the other side's text: bounded, stripped of control characters, never trusted to be well formed.
"""

from __future__ import annotations

import datetime as dt
import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.codec import codec_for
from fpsctl.antai.documents import read_page, read_refusal
from fpsctl.antai.faults import unknown_outcome
from fpsctl.antai.wire_json import Unreadable, read_json
from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.errors import ConnectionFailed, FpsctlError, Refused
from fpsctl.texts import has_text, printable, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai.documents import Item
    from fpsctl.antai.messages import Message
    from fpsctl.antai.profile_model import Profile

PROBLEM = "application/problem+json"
_LONGEST = 300  # characters of one fact that the other side gives
_NGINX = {
    b"No required SSL certificate was sent": "tls.client-cert.missing",
    b"The SSL certificate error": "tls.client-cert.refused-unexplained",
}


class Answer(NamedTuple):
    """An answer as received; `date` is the server's own, None when it gives none."""

    status: int
    media_type: str
    date: dt.datetime | None
    body: bytes


class Call(NamedTuple):
    """What was asked: the operation, where, and whether it changes nothing there."""

    operation: str
    where: str
    safe: bool


class Retour(NamedTuple):
    """One return: its number in the order of the SI FPS, the message (None when it cannot be read), its kind."""

    sequence: int
    message: Message | None
    kind: str = ""
    """Canonical kind; the name on the wire when the profile does not know it."""


class Retours(NamedTuple):
    """A page of returns; `more` says that others wait after it."""

    items: tuple[Retour, ...]
    more: bool


def server_date(value: str | None) -> dt.datetime | None:
    """Read an HTTP `Date`, aware; None when there is none or it cannot be read."""
    try:
        found = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found is not None and found.tzinfo is None else found


def refusal(profile: Profile, answer: Answer, call: Call) -> FpsctlError:
    """Return the error of an answer that is not a success.

    `Refused` with the server's own code and facts when its code has a sentence here, else `sifps.refus`.
    """
    if answer.status >= 500:  # noqa: PLR2004 - HTTP: the server's fault
        return ConnectionFailed("http.server.unavailable", where=call.where, status=answer.status)
    problem = problem_of(profile, answer)
    if problem is not None:
        refused = _refused(problem, answer.status)
        refused.retryable = answer.status == 429  # noqa: PLR2004 - HTTP: too many requests; this one was not looked at
        return refused
    for words, code in _NGINX.items():
        if answer.status == 400 and words in answer.body:  # noqa: PLR2004 - what nginx says of any certificate fault
            return ConnectionFailed(code, where=call.where, detail=words.decode())
    if answer.status in (404, 405) or answer.status < 400:  # noqa: PLR2004 - HTTP: elsewhere, or nowhere
        return ConnectionFailed(
            "http.profile.wrong-path", where=call.where, operation=call.operation, status=answer.status
        )
    if answer.status in (401, 403):
        return Refused("http.identity.not-activated", status=answer.status, where=call.where)
    return Refused("sifps.refus", status=answer.status, code="-", detail="-")


def problem_of(profile: Profile, answer: Answer) -> dict[str, Any] | None:
    """Return the parts of a refusal by name, its code as ours; None when the answer states none.

    Whatever the profile's form, a problem of RFC 9457 is read too: HTTP itself may be refused in that one.
    """
    told = read_refusal(profile, answer.media_type, answer.body)
    if told is not None:
        ours = {str(entry.wire): code for code, entry in profile.errors.codes.items()}
        return {**told, "code": ours.get(str(told["code"]), told["code"])} if "code" in told else told
    if answer.media_type != PROBLEM:
        return None
    try:
        return read_json(answer.body).value
    except Unreadable:
        return None


def _refused(problem: Mapping[str, Any], status: int) -> Refused:
    code, facts = problem.get("code"), problem.get("params")
    said = problem.get("detail") or problem.get("title") or "-"
    # Without its facts, our sentence would be full of holes: the server's own is better.
    if isinstance(code, str) and has_text(f"error.{code}") and (isinstance(facts, dict) or said == "-"):
        given = facts if isinstance(facts, dict) else {}
        return Refused(code, **{name: _plain(value) for name, value in given.items()})
    return Refused("sifps.refus", status=status, code=_plain(code or "-"), detail=_plain(said))


def _plain(value: object) -> object:
    """Return a fact that can be shown: a number, or a short line without control characters."""
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return printable(said[:_LONGEST])


class Reader:
    """Reads the answers of one profile and keeps every finding on them."""

    def __init__(self, profile: Profile) -> None:
        """Start with no finding."""
        self._profile = profile
        self._codec = codec_for(profile)
        self.findings: list[Finding] = []

    def message(self, kind: str, answer: Answer, call: Call) -> Message:
        """Return the message that an answer carries; raises `ConnectionFailed` (`http.answer.unreadable`)."""
        decoded = self._codec.decode(kind, answer.body)
        self.findings.extend(decoded.findings)
        if decoded.message is None:
            raise unreadable(call, _first(decoded.findings))
        return decoded.message

    def page(self, answer: Answer, call: Call) -> Retours:
        """Return the returns of a page; one that cannot be read is a finding and holds up no other.

        Raises `ConnectionFailed` (`http.answer.unreadable`) when the page itself cannot be read.
        """
        try:
            page = read_page(self._profile, answer.body)
        except Unreadable as error:
            raise unreadable(call, self._hidden(str(error))) from error
        for name in page.unknown:
            self._note("message.field.unknown", self._hidden(name))
        return Retours(tuple(self._retour(item) for item in page.items), page.more)

    def odd_status(self, answer: Answer, expected: Sequence[int]) -> None:
        """Note a success that the profile does not state."""
        statuses = ", ".join(map(str, expected))
        self._note("http.status.unexpected", text("http.status.detail", status=answer.status, expected=statuses))

    def _retour(self, item: Item) -> Retour:
        kind = _kind_of(self._profile, item.kind)
        if kind is None:
            told = self._hidden(str(_plain(item.kind)))
            self._note("retour.kind.unknown", text("retour.kind.detail", kind=told, sequence=item.sequence))
            return Retour(item.sequence, None, told)
        decoded = self._codec.decode_part(kind, item.part)
        self.findings.extend(decoded.findings)
        return Retour(item.sequence, decoded.message, kind)

    def _note(self, code: str, detail: str) -> None:
        title, hint = text(f"check.{code}"), text(f"hint.{code}")
        self.findings.append(Finding(code, Severity.WARNING, Outcome.WARN, Actor.ANTAI, title, detail, hint=hint))

    def _hidden(self, words: str) -> str:
        return "-" if self._profile.confidential else words


def _kind_of(profile: Profile, wire: str) -> str | None:
    """Return the kind that a name means, in this version or in one before."""
    found = next((kind for kind, message in profile.messages.items() if message.wire == wire), None)
    return _kind_of(profile.older, wire) if found is None and profile.older else found


def unreadable(call: Call, detail: str) -> ConnectionFailed:
    """Return the fault of an answer that cannot be read: what was asked may have been done."""
    fault = ConnectionFailed("http.answer.unreadable", where=call.where, operation=call.operation, detail=detail)
    return unknown_outcome(fault, safe=call.safe)


def _first(findings: tuple[Finding, ...]) -> str:
    found = next((item for item in findings if item.outcome is Outcome.FAIL), None)
    return f"{found.id}: {found.detail}" if found else "-"
