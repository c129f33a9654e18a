"""What judges share: they read the log, collect what is wrong with it, and say so in the user's language."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from fpsctl.checks import Verdict
from fpsctl.conformance.log import RETOURS, SENDINGS
from fpsctl.conformance.secrecy import HIDDEN, one_line
from fpsctl.identifiers import InvalidIdentifier, NumeroFps
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fpsctl.conformance.log import Asked, Echange, Log
    from fpsctl.conformance.records import Town

_MOST_TOLD = 5
_MOST_SHOWN = 100
_ABSENT = "-"


class Jury:
    """Collects what is wrong with a log; no complaint is a pass."""

    def __init__(self, log: Log) -> None:
        """Take the log of a case."""
        self.log = log
        self._told: list[str] = []

    def verdict(self) -> Verdict:
        """Return the verdict, with the first complaints."""
        more = len(self._told) - _MOST_TOLD
        told = [*self._told[:_MOST_TOLD], *([text("conformance.more", count=more)] if more > 0 else [])]
        return Verdict(ok=not self._told, detail=" · ".join(told))

    def complain(self, complaint: str, /, **facts: object) -> None:
        """Keep a complaint: the text `conformance.<complaint>`."""
        self._told.append(text(f"conformance.{complaint}", **facts))

    def step(self, index: int) -> Asked | None:
        """Return the index-th step that was asked for; a case that stopped before it is a complaint."""
        if index < len(self.log.asked):
            return self.log.asked[index]
        if not self._told:
            self.complain("not-reached", step=index + 1)
        return None

    def accepted(self, asked: Asked | None, operation: str) -> Echange | None:
        """Return the one call of an operation that was accepted; none, different ones, other messages are complaints.

        The same message again is no second one.
        """
        if asked is None:
            return None
        self.nothing_sent(asked, but=operation)
        calls = asked.of(operation)
        taken = [call for call in calls if call.accepted]
        if not taken:
            self._none_taken(asked, operation, calls)
            return None
        if any(call.message != taken[0].message for call in taken):
            self.complain("several", step=asked.step, operation=operation, count=len(taken))
        return taken[-1]

    def _none_taken(self, asked: Asked, operation: str, calls: tuple[Echange, ...]) -> None:
        if not calls:
            self.complain("nothing", step=asked.step, operation=operation)
        else:
            self.complain("refused", step=asked.step, operation=operation, code=calls[-1].code, seq=calls[-1].seq)

    def nothing_sent(self, asked: Asked | None, but: str = "") -> None:
        """Complain of any message that was sent, accepted or not, `but` those of one operation."""
        for call in asked.of(*SENDINGS - {but}) if asked else ():
            self.complain("sent", step=call.operation, seq=call.seq, asked=asked.step if asked else "")

    def pulled(self, asked: Asked | None, after: int, *wanted: str) -> int:
        """Judge that returns were pulled from the last one known to the very last, these kinds among them.

        Returns the sequence number of the last one.
        """
        if asked is None or self.accepted(asked, RETOURS) is None:
            return after
        pages = [call.page for call in asked.of(RETOURS) if call.page is not None]
        for page in pages:
            if page.after != after:
                self.complain("cursor", lu=page.after, attendu=after)
            after = page.sequences[-1] if page.sequences else page.after
        if not pages or pages[-1].more:
            self.complain("unfinished", last=after)
        kinds = {kind for page in pages for kind in page.kinds}
        for kind in wanted:
            if kind not in kinds:
                self.complain("not-pulled", kind=kind)
        return after

    def same(self, champ: str, lu: object, attendu: object) -> None:
        """Complain when a value is not the one expected; instants are compared as instants."""
        if _comparable(lu, attendu) != attendu:
            self.complain("field", champ=champ, lu=self._shown(lu), attendu=self._shown(attendu))

    def fields(self, message: Mapping[str, Any] | None, expected: Mapping[str, object]) -> None:
        """Compare values of a message by their canonical paths."""
        for champ, attendu in expected.items():
            self.same(champ, _dig(message, champ.split(".")), attendu)

    def number(self, numero: str, town: Town, *, found: dt.date, drawn: dt.date, terminal: int) -> None:
        """Compare the parts of a number: whose it is, year of the finding, authority, day drawn up, device."""
        try:
            read = NumeroFps(numero)
        except InvalidIdentifier:
            self.complain("number", numero=self._shown(numero or None))
            return
        self.same("numero.siret", read.siret, town.siret)
        self.same("numero.annee", read.annee, found.year)
        self.same("numero.autorite", read.autorite, town.identity["autorite"]["code"])
        self.same("numero.jour", read.jour, drawn.timetuple().tm_yday)
        self.same("numero.terminal", int(read.terminal), terminal)

    def track(self, numero: str, track: str, attendu: str) -> None:
        """Compare where a case stands at the end."""
        etat = self.log.dossiers.get(numero, {}).get("etat", {})
        self.same(track, etat.get(track), attendu)

    def _shown(self, value: object) -> str:
        """Write a value; one that came from the program may be long, unprintable, or its key."""
        if isinstance(value, dt.date):
            return value.isoformat()
        words = _ABSENT if value is None else str(value)
        return next((HIDDEN for town in self.log.towns if town.veil.hides(words)), one_line(words, _MOST_SHOWN))


def instant(written: str) -> dt.datetime:
    """Read an instant of the facts."""
    return dt.datetime.fromisoformat(written)


def _comparable(lu: object, attendu: object) -> object:
    """Return what was read in the form of what is expected; what cannot be is left as it is, and differs."""
    try:
        if isinstance(attendu, dt.datetime) and isinstance(lu, str):
            read = dt.datetime.fromisoformat(lu)
            return read if read.tzinfo else lu
        if isinstance(attendu, dt.date) and isinstance(lu, str):
            return dt.date.fromisoformat(lu)
    except ValueError:
        return lu
    return lu


def _dig(message: Mapping[str, Any] | None, path: Iterable[str]) -> object:
    value: Any = message
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value
