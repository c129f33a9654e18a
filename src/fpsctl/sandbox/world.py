"""All that the embedded SI FPS knows, in memory and on disk alike: clocks, start-up files, cases, what is due next.

A unit of work writes all or nothing; when the disk has refused it, memory goes back to what it was.
"""

from __future__ import annotations

import datetime as dt
import heapq
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from fpsctl.antai import codec_for
from fpsctl.errors import LocalError, Refused
from fpsctl.raccordement import EMPTY, Fait, fold, play
from fpsctl.resources import read_yaml
from fpsctl.sandbox.cases import Draft, Engines, Settings
from fpsctl.sandbox.reception import check_range, key_of
from fpsctl.sandbox.returns import read_message
from fpsctl.sandbox.store import Opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fpsctl.antai import Message, Profile
    from fpsctl.clock import Clock
    from fpsctl.dossier import Event
    from fpsctl.law import Valeur
    from fpsctl.raccordement import Raccordement
    from fpsctl.sandbox.cases import Dossiers
    from fpsctl.sandbox.store import Store

_ZONE = "Europe/Paris"


class Done(NamedTuple):
    """What a move of the clock made happen."""

    events: int
    returns: int


class World:
    """The one state; `unit()` is entered before anything is read or written."""

    def __init__(self, store: Store, profile: Profile, clock: Clock) -> None:
        """Read the logs back; the machine's `clock` serves every SIRET whose own does not stand.

        Raises `LocalError` (`sandbox.state`) on logs that these rules or this profile do not understand.
        """
        self.store, self.profile, self._clock = store, profile, clock
        self._lock = RLock()
        self._engines = Engines()
        own = read_yaml("sandbox.yaml")["parametres"]
        defaults: dict[str, Valeur] = {slug: entry["value"] for slug, entry in own.items()}
        delays = {slug: delay.days for slug, delay in profile.delays.items()}
        self._parametres = tuple(sorted({**defaults, **delays}.items()))
        self._files: dict[str, Raccordement] = {}
        self._register: dict[str, str] = {}
        self._cases: dict[str, dict[str, Dossiers]] = {}
        self._lived: dict[str, int] = {}
        self._due: dict[str, list[tuple[int, str]]] = {}
        self._undo: list[Callable[[], Any]] = []
        try:
            self._read_back()
        except (Refused, LocalError, ValueError) as error:
            raise store.unusable(error) from error
        self._undo.clear()

    def _read_back(self) -> None:
        for siret in self.store.sirets():
            facts = self.store.faits(siret)
            self._keep_file(fold(siret, [Fait(etape, _aware(at), faits) for etape, at, faits in facts]))
        logs = dict(self.store.logs())
        for opened in self.store.dossiers():
            self._keep_case(self._reopened(opened, logs.get(opened.numero, [])))

    def _reopened(self, opened: Opened, log: list[Event]) -> Dossiers:
        """Return a case as its log tells it; what time alone did by the instant of a standing clock is done."""
        case = self._opened(opened, read_message(opened.kind, opened.contenu)).case
        return case.relived(log[case.logged :], self.store.clock(opened.siret))

    @contextmanager
    def unit(self, *, lasting: bool = True) -> Iterator[None]:
        """Do one unit of work alone: written whole and remembered, or nothing at all (`Store.transaction`)."""
        with self._lock:
            try:
                with self.store.transaction(lasting=lasting):
                    yield
            except BaseException:
                for undo in reversed(self._undo):
                    undo()
                raise
            finally:
                self._undo.clear()

    @contextmanager
    def at_hand(self) -> Iterator[bool]:
        """Say whether nobody is at work; if so, nobody else is until the block ends."""
        free = self._lock.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._lock.release()

    def _set(self, table: dict[str, Any], key: str, value: object) -> None:
        """Remember something, and how to forget it."""
        had, before = key in table, table.get(key)
        table[key] = value
        self._undo.append((lambda: table.__setitem__(key, before)) if had else (lambda: table.pop(key)))

    # Time

    def now(self, siret: str) -> dt.datetime:
        """Return the instant of a SIRET's clock, in its zone, without microseconds; it never goes back."""
        instant = self.store.clock(siret)
        if instant is None:
            instant = max(int(self._clock.now().timestamp()), self._lived.get(siret, 0))
        return _aware(instant).astimezone(self.zone(siret))

    def stands(self, siret: str) -> bool:
        """Say whether a SIRET's clock was set; otherwise it follows the machine's."""
        return self.store.clock(siret) is not None

    def zone(self, siret: str) -> ZoneInfo:
        """Return the zone of a town, as its espace numérique says."""
        return ZoneInfo(self._fuseau(siret))

    def _fuseau(self, siret: str) -> str:
        asked = self.file(siret).done("espace.demande")
        return asked.faits.get("fuseau", _ZONE) if asked else _ZONE

    def set_clock(self, siret: str, instant: dt.datetime) -> Done:
        """Move a SIRET's clock to an instant and let all that is due happen.

        Raises `Refused` (`horloge.recul`: a clock never goes back), `InvalidValue` (`date.range`).
        """
        check_range(instant)
        stands = self.store.clock(siret)
        floor = self._lived.get(siret) if stands is None else stands
        until = int(instant.timestamp())
        if floor is not None and until < floor:
            raise Refused(
                "horloge.recul",
                siret=siret,
                vers=instant.isoformat(),
                horloge=_aware(floor).astimezone(self.zone(siret)).isoformat(),
            )
        self.store.set_clock(siret, until)
        return self.catch_up(siret)

    def next_due(self, siret: str) -> int | None:
        """Return the instant of what happens next by itself, once all that is due by now has happened."""
        self.catch_up(siret)
        entry = self._first(siret)
        return None if entry is None else entry[0]

    def catch_up(self, siret: str, now: dt.datetime | None = None) -> Done:
        """Let all that is due by now happen, in the order of (instant, case, sequence)."""
        until = int((now or self.now(siret)).timestamp())
        events = returns = 0
        while (entry := self._first(siret)) is not None and entry[0] <= until:
            draft = Draft(self.case(entry[1]))
            events += draft.advance(entry[0])
            returns += len(draft.returns)
            self._write(draft)
        return Done(events, returns)

    def _first(self, siret: str) -> tuple[int, str] | None:
        """Return what is due first; an entry that its case has outlived is dropped."""
        queue = self._due.get(siret, [])
        while queue and not self._holds(queue[0]):
            dropped = heapq.heappop(queue)
            self._undo.append(lambda entry=dropped: heapq.heappush(queue, entry))  # type: ignore[misc]  # bound now
        return queue[0] if queue else None

    def _holds(self, entry: tuple[int, str]) -> bool:
        instant, numero = entry
        return self.knows(numero) and self.case(numero).due == instant

    # Start-up

    def file(self, siret: str) -> Raccordement:
        """Return the start-up file of a SIRET."""
        return self._files.get(siret) or EMPTY(siret)

    def record(self, siret: str, etape: str, faits: Mapping[str, str]) -> Raccordement:
        """Play a start-up step now and keep it. Raises `Refused` (`raccordement.*`, `espace.*`, `certificat.*`)."""
        now = self.now(siret)
        after = play(self.file(siret), Fait(etape, now, dict(faits)))
        self.store.add_fait(siret, etape, int(now.timestamp()), dict(after.faits[-1].faits))
        self._keep_file(after)
        return after

    def _keep_file(self, file: Raccordement) -> None:
        self._set(self._files, file.siret, file)
        for empreinte in file.certificats:
            self._set(self._register, empreinte, file.siret)
        for fait in file.faits[-1:]:
            self._live(file.siret, int(fait.instant.timestamp()))

    def _live(self, siret: str, instant: int) -> None:
        """Remember the latest instant at which something happened in a town."""
        if instant > self._lived.get(siret, instant - 1):
            self._set(self._lived, siret, instant)

    def register(self) -> Mapping[str, str]:
        """Return every certificate that was deposited, and whose it is."""
        return self._register

    # Cases

    def cases(self, siret: str) -> list[Dossiers]:
        """Return the cases of a SIRET by number."""
        return [case for _, case in sorted(self._cases.get(siret, {}).items())]

    def case(self, numero: str) -> Dossiers:
        """Return a case. Raises `Refused` (`dossier.inconnu`)."""
        case = self._cases.get(_siret_of(numero), {}).get(numero)
        if case is None:
            raise Refused("dossier.inconnu", numero=numero)
        return case

    def knows(self, numero: str) -> bool:
        """Say whether a case was opened."""
        return numero in self._cases.get(_siret_of(numero), {})

    def log_of(self, case: Dossiers) -> list[Event]:
        """Return the events of a case that was saved."""
        return self.store.log(case.opened.numero)

    def open(self, siret: str, message: Message, numero: str) -> Draft:
        """Open a case from its first message. Raises `EventRefused`."""
        return self._opened(Opened(numero, siret, message.kind, self.file(siret).cycle, _dump(message)), message)

    def _opened(self, opened: Opened, message: Message) -> Draft:
        settings = Settings(opened.cycle, self._fuseau(opened.siret), self._parametres)
        return self._engines.open(opened, message, settings)

    def correct(self, numero: str, message: Message) -> Draft:
        """Begin a case anew from a corrected first message; what happened to it since happens again."""
        before = self.case(numero)
        case = self._opened(before.opened._replace(contenu=_dump(message)), message).case
        self.store.correct_dossier(numero, case.opened.contenu)
        return Draft(case.relived(self.store.log(numero)[case.logged :]))

    def save(self, draft: Draft) -> None:
        """Keep the changes of a case: its events, what they tell the vendor, its new state.

        Raises `LocalError` (`message.unwritable`, `message.unmapped`) on a return that the profile cannot carry.
        """
        codec = codec_for(self.profile)
        for message in draft.returns:
            codec.encode(message)
        self._write(draft)

    def _write(self, draft: Draft) -> None:
        opened, events = draft.case.opened, draft.events
        if not self.knows(opened.numero):
            self.store.add_dossier(opened)
        self.store.add_events(opened.numero, draft.case.logged - len(events) + 1, events)
        for message in draft.returns:
            self._tell(opened, message)
        if any(event.kind == "rejet" for event in events):
            # The number is free again for another content: a rejected message may be corrected and sent anew.
            self.store.free(opened.siret, key_of(read_message(opened.kind, opened.contenu)))
        self._keep_case(draft.case)
        draft.events, draft.returns = [], []

    def _keep_case(self, case: Dossiers) -> None:
        siret, numero = case.opened.siret, case.opened.numero
        self._set(self._cases.setdefault(siret, {}), numero, case)
        self._live(siret, case.dossier.instant)
        if (instant := case.due) is not None:
            heapq.heappush(self._due.setdefault(siret, []), (instant, numero))  # one too many is dropped in its turn

    def _tell(self, opened: Opened, message: Message) -> None:
        if message.kind == "impression":
            numero = message.etablissement.numero  # type: ignore[attr-defined]  # the kind says which message it is
            self.store.add_impression(opened.siret, numero, _dump(message))
        else:
            self.store.add_retour(opened.siret, message.kind, _dump(message))


def _siret_of(numero: str) -> str:
    """Return the SIRET that a number bears: that of the town whose case it is, since no other may open it."""
    return numero[:14]


def _aware(instant: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant, dt.UTC)


def _dump(message: Message) -> str:
    return message.model_dump_json()
