"""All that the embedded SI FPS knows, in memory and on disk alike: clocks, start-up files, cases, what is due next.

A unit of work writes all or nothing; memory follows only once the disk has it.
"""

from __future__ import annotations

import datetime as dt
import heapq
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from fpsctl.errors import Refused
from fpsctl.raccordement import EMPTY, Fait, fold, play
from fpsctl.resources import read_yaml
from fpsctl.sandbox.cases import Draft, Engines, Settings
from fpsctl.sandbox.reception import key_of
from fpsctl.sandbox.returns import read_message
from fpsctl.sandbox.store import Opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        """Read the logs back; the machine's `clock` serves every SIRET whose own does not stand."""
        self.store, self.profile, self._clock = store, profile, clock
        self._lock = RLock()
        self._engines = Engines()
        defaults: dict[str, Valeur] = read_yaml("sandbox.yaml")["parametres"]
        delays = {slug: delay.days for slug, delay in profile.delays.items()}
        self._parametres = tuple(sorted({**defaults, **delays}.items()))
        self._files: dict[str, Raccordement] = {}
        self._cases: dict[str, Dossiers] = {}
        self._due: dict[str, list[tuple[int, str]]] = {}
        self._new_files: dict[str, Raccordement] = {}
        self._new_cases: dict[str, Dossiers] = {}
        self._dropped: list[tuple[str, tuple[int, str]]] = []
        for siret in store.sirets():
            facts = store.faits(siret)
            self._files[siret] = fold(siret, [Fait(etape, _aware(at), faits) for etape, at, faits in facts])
        for opened in store.dossiers():
            case = self._cases[opened.numero] = self._reopened(opened)
            self._schedule(case)

    def _reopened(self, opened: Opened) -> Dossiers:
        draft = self._opened(opened, read_message(opened.kind, opened.contenu))
        for event in self.store.log(opened.numero)[draft.case.logged :]:
            draft.happen(event)
        return draft.case

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Do one unit of work alone: written whole, then remembered, or nothing at all."""
        with self._lock:
            try:
                with self.store.transaction():
                    yield
                self._files.update(self._new_files)
                self._cases.update(self._new_cases)
            except BaseException:
                for siret, entry in self._dropped:
                    heapq.heappush(self._due[siret], entry)
                raise
            finally:
                self._new_files, self._new_cases, self._dropped = {}, {}, []

    # Time

    def now(self, siret: str) -> dt.datetime:
        """Return the instant of a SIRET's clock, in its zone, without microseconds."""
        stands = self.store.clock(siret)
        now = self._clock.now().replace(microsecond=0) if stands is None else _aware(stands)
        return now.astimezone(self.zone(siret))

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
        """Move a SIRET's clock to an instant and let all that is due happen; never back (`horloge.recul`)."""
        floor = self._lived(siret)
        if floor is not None and int(instant.timestamp()) < floor:
            raise Refused(
                "horloge.recul",
                siret=siret,
                vers=instant.isoformat(),
                horloge=_aware(floor).astimezone(self.zone(siret)).isoformat(),
            )
        self.store.set_clock(siret, int(instant.timestamp()))
        return self.catch_up(siret)

    def _lived(self, siret: str) -> int | None:
        """Return the latest instant that this SIRET has lived: its clock, else its last fact or event."""
        stands = self.store.clock(siret)
        if stands is not None:
            return stands
        facts = [int(fait.instant.timestamp()) for fait in self.file(siret).faits]
        return max([*facts, *(case.dossier.instant for case in self.cases(siret))], default=None)

    def next_due(self, siret: str) -> int | None:
        """Return the instant of what happens next by itself."""
        entry = self._first(siret)
        return None if entry is None else entry[0]

    def catch_up(self, siret: str) -> Done:
        """Let all that is due by now happen, in the order of (instant, case, sequence)."""
        until = int(self.now(siret).timestamp())
        events = returns = 0
        while (entry := self._first(siret)) is not None and entry[0] <= until:
            draft = Draft(self.case(entry[1]))
            events += draft.advance(entry[0])
            returns += len(draft.returns)
            self.save(draft)
        return Done(events, returns)

    def _first(self, siret: str) -> tuple[int, str] | None:
        """Return what is due first; an entry that its case has outlived is dropped."""
        queue = self._due.get(siret, [])
        while queue and not self._holds(queue[0]):
            self._dropped.append((siret, heapq.heappop(queue)))
        return queue[0] if queue else None

    def _holds(self, entry: tuple[int, str]) -> bool:
        instant, numero = entry
        return self.knows(numero) and _due_at(self.case(numero)) == instant

    def _schedule(self, case: Dossiers) -> None:
        if (instant := _due_at(case)) is not None:
            heapq.heappush(self._due.setdefault(case.opened.siret, []), (instant, case.opened.numero))

    # Start-up

    def file(self, siret: str) -> Raccordement:
        """Return the start-up file of a SIRET."""
        return self._new_files.get(siret) or self._files.get(siret) or EMPTY(siret)

    def record(self, siret: str, etape: str, faits: Mapping[str, str]) -> Raccordement:
        """Play a start-up step now and keep it. Raises `Refused` (`raccordement.*`, `espace.*`, `certificat.*`)."""
        now = self.now(siret)
        after = play(self.file(siret), Fait(etape, now, dict(faits)))
        self.store.add_fait(siret, etape, int(now.timestamp()), dict(after.faits[-1].faits))
        self._new_files[siret] = after
        return after

    def register(self) -> dict[str, str]:
        """Return every certificate that was deposited, and whose it is."""
        files = {**self._files, **self._new_files}
        return {empreinte: siret for siret, file in files.items() for empreinte in file.certificats}

    # Cases

    def cases(self, siret: str) -> list[Dossiers]:
        """Return the cases of a SIRET by number."""
        known = {**self._cases, **self._new_cases}
        return [known[numero] for numero in sorted(known) if known[numero].opened.siret == siret]

    def case(self, numero: str) -> Dossiers:
        """Return a case. Raises `Refused` (`dossier.inconnu`)."""
        case = self._new_cases.get(numero) or self._cases.get(numero)
        if case is None:
            raise Refused("dossier.inconnu", numero=numero)
        return case

    def knows(self, numero: str) -> bool:
        """Say whether a case was opened."""
        return numero in self._new_cases or numero in self._cases

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
        draft = self._opened(before.opened._replace(contenu=_dump(message)), message)
        for event in self.store.log(numero)[draft.case.logged :]:
            draft.happen(event)
        draft.events, draft.returns = [], []
        self.store.correct_dossier(numero, draft.case.opened.contenu)
        return draft

    def save(self, draft: Draft) -> None:
        """Keep the changes of a case: its events, what they tell the vendor, its new state."""
        opened, events = draft.case.opened, draft.events
        if not self.knows(opened.numero):
            self.store.add_dossier(opened)
        self.store.add_events(opened.numero, draft.case.logged - len(events) + 1, events)
        for message in draft.returns:
            self._tell(opened, message)
        if any(event.kind == "rejet" for event in events):
            # The number is free again: a rejected message may be corrected and sent anew.
            self.store.unbind(opened.siret, key_of(read_message(opened.kind, opened.contenu)))
        self._new_cases[opened.numero] = draft.case
        self._schedule(draft.case)
        draft.events, draft.returns = [], []

    def _tell(self, opened: Opened, message: Message) -> None:
        if message.kind == "impression":
            numero = message.etablissement.numero  # type: ignore[attr-defined]  # the kind says which message it is
            self.store.add_impression(opened.siret, numero, _dump(message))
        else:
            self.store.add_retour(opened.siret, message.kind, _dump(message))


def _due_at(case: Dossiers) -> int | None:
    following = case.following()
    return None if following is None else following.instant


def _aware(instant: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant, dt.UTC)


def _dump(message: Message) -> str:
    return message.model_dump_json()
