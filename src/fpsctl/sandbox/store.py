"""What the embedded SI FPS keeps: one SQLite file, append-only logs, one transaction a call.

Write-ahead log with `synchronous=FULL`: what was acknowledged is on the disk, whatever happens to the process.
Current states are never stored: they are folds of the logs.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.dossier import Event
from fpsctl.errors import LocalError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILE = "sandbox.sqlite"
VERSION = 1
_MOST_CENTS = 2**63 - 1  # what SQLite counts to
_MOST_LOG = 8 * 1024 * 1024  # bytes of the write-ahead log kept once copied: a long move of a clock makes it large

_SCHEMA = """
CREATE TABLE horloges (siret TEXT PRIMARY KEY, instant INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE faits (
  siret TEXT NOT NULL, n INTEGER NOT NULL, etape TEXT NOT NULL, instant INTEGER NOT NULL, contenu TEXT NOT NULL,
  PRIMARY KEY (siret, n)
) WITHOUT ROWID;
CREATE TABLE dossiers (
  numero TEXT PRIMARY KEY, siret TEXT NOT NULL, kind TEXT NOT NULL, cycle TEXT NOT NULL, contenu TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE evenements (
  numero TEXT NOT NULL, n INTEGER NOT NULL, instant INTEGER NOT NULL, jour INTEGER NOT NULL, kind TEXT NOT NULL,
  montant INTEGER, issue TEXT NOT NULL, date INTEGER, ref TEXT NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (numero, n)
) WITHOUT ROWID;
CREATE TABLE messages (
  siret TEXT NOT NULL, cle TEXT NOT NULL, empreinte TEXT NOT NULL, reponse BLOB NOT NULL,
  PRIMARY KEY (siret, cle)
) WITHOUT ROWID;
CREATE TABLE retours (
  siret TEXT NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL, contenu TEXT NOT NULL,
  PRIMARY KEY (siret, n)
) WITHOUT ROWID;
CREATE TABLE impressions (numero TEXT PRIMARY KEY, siret TEXT NOT NULL, contenu TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE echanges (seq INTEGER PRIMARY KEY AUTOINCREMENT, siret TEXT NOT NULL, contenu TEXT NOT NULL);
CREATE INDEX echanges_siret ON echanges (siret, seq);
"""


class Opened(NamedTuple):
    """How a case began: the kind and canonical content of its first message, under which cycle."""

    numero: str
    siret: str
    kind: str
    cycle: str
    contenu: str


class Answered(NamedTuple):
    """A message that was accepted: the digest of its content, and the answer that was given."""

    empreinte: str
    reponse: bytes


class Store:
    """The one file; used by one thread at a time (the service holds a lock)."""

    def __init__(self, folder: Path) -> None:
        """Open or create; raises `LocalError` (`sandbox.state`) when the file is of another version or unreadable."""
        self._path = folder / FILE
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self.unusable(error) from error
        try:
            version = self._prepared()
        except sqlite3.Error as error:
            self.close()
            raise self.unusable(error) from error
        if version != VERSION:
            self.close()
            raise self.unusable(f"version {version}, {VERSION} expected")

    def unusable(self, detail: object) -> LocalError:
        """Return the error of a file that is no state of ours (`sandbox.state`)."""
        return LocalError("sandbox.state", path=self._path, detail=str(detail).partition("\n")[0])

    def _prepared(self) -> int:
        """Set how it writes, make the tables of a new file; return the version of the file."""
        self._lasting = True
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(f"PRAGMA journal_size_limit={_MOST_LOG}")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version:
            return int(version)
        with self.transaction():
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={VERSION}")
        return VERSION

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self, *, lasting: bool = True) -> Iterator[None]:
        """Write all or nothing; `lasting` waits for the disk, without it a crash of the machine may forget it.

        Either survives the death of the process.
        """
        self._go_back()  # only if that failed the last time
        if lasting != self._lasting:
            self._db.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
            self._lasting = lasting
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._go_back()
            raise

    def _go_back(self) -> None:
        if self._db.in_transaction:  # after some errors SQLite has gone back by itself
            self._db.execute("ROLLBACK")

    # Clocks and start-up steps

    def clock(self, siret: str) -> int | None:
        """Return the instant at which a SIRET's clock stands; None when it follows the machine's."""
        row = self._db.execute("SELECT instant FROM horloges WHERE siret=?", (siret,)).fetchone()
        return None if row is None else int(row[0])

    def set_clock(self, siret: str, instant: int) -> None:
        """Make a SIRET's clock stand at an instant."""
        self._db.execute("INSERT OR REPLACE INTO horloges VALUES (?, ?)", (siret, instant))

    def faits(self, siret: str) -> list[tuple[str, int, dict[str, str]]]:
        """Return the start-up facts of a SIRET in order: step, instant, facts."""
        rows = self._db.execute("SELECT etape, instant, contenu FROM faits WHERE siret=? ORDER BY n", (siret,))
        return [(etape, instant, json.loads(contenu)) for etape, instant, contenu in rows]

    def add_fait(self, siret: str, etape: str, instant: int, faits: Mapping[str, str]) -> None:
        """Append a start-up fact."""
        self._db.execute(
            "INSERT INTO faits SELECT ?, COALESCE(MAX(n), 0) + 1, ?, ?, ? FROM faits WHERE siret=?",
            (siret, etape, instant, _json(faits), siret),
        )

    def sirets(self) -> list[str]:
        """Return every SIRET that the SI FPS has heard of."""
        rows = self._db.execute("SELECT siret FROM faits UNION SELECT siret FROM horloges ORDER BY 1")
        return [siret for (siret,) in rows]

    # Cases

    def dossiers(self, siret: str | None = None) -> list[Opened]:
        """Return how each case began, by number."""
        where, given = ("WHERE siret=?", (siret,)) if siret else ("", ())
        rows = self._db.execute(f"SELECT numero, siret, kind, cycle, contenu FROM dossiers {where} ORDER BY 1", given)  # noqa: S608 - no value is pasted
        return [Opened(*row) for row in rows]

    def add_dossier(self, opened: Opened) -> None:
        """Append a case."""
        self._db.execute("INSERT INTO dossiers VALUES (?, ?, ?, ?, ?)", opened)

    def correct_dossier(self, numero: str, contenu: str) -> None:
        """Replace the first message of a case by its correction; the traffic log keeps both."""
        self._db.execute("UPDATE dossiers SET contenu=? WHERE numero=?", (contenu, numero))

    def log(self, numero: str) -> list[Event]:
        """Return the events of a case in order."""
        rows = self._db.execute(
            "SELECT instant, jour, kind, montant, issue, date, ref, detail FROM evenements WHERE numero=? ORDER BY n",
            (numero,),
        )
        return [_event(*row) for row in rows]

    def logs(self) -> Iterator[tuple[str, list[Event]]]:
        """Yield each case that has events, by number, with its events in order."""
        rows = self._db.execute(
            "SELECT numero, instant, jour, kind, montant, issue, date, ref, detail FROM evenements ORDER BY numero, n"
        )
        for numero, events in groupby(rows, lambda row: row[0]):
            yield numero, [_event(*row[1:]) for row in events]

    def add_events(self, numero: str, first: int, events: list[Event]) -> None:
        """Append events to a case, the first with number `first`. Raises `Refused` (`message.montant`)."""
        for event in events:
            if event.montant is not None and event.montant > _MOST_CENTS:
                raise Refused("message.montant", montant=event.montant, most=_MOST_CENTS)
        self._db.executemany(
            "INSERT INTO evenements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(numero, n, *event[:7], _json(event.detail)) for n, event in enumerate(events, first)],
        )

    # Messages, returns, print requests

    def answered(self, siret: str, cle: str, empreinte: str) -> Answered | None:
        """Return the answer given to what the key is bound to, else to this very content before the key was freed."""
        query = "SELECT cle, empreinte, reponse FROM messages WHERE siret=? AND cle IN (?, ?)"
        found = {row[0]: Answered(*row[1:]) for row in self._db.execute(query, (siret, cle, _freed(cle, empreinte)))}
        return found.get(cle) or next(iter(found.values()), None)

    def bind(self, siret: str, cle: str, answered: Answered) -> None:
        """Bind a key to the accepted content and its answer."""
        self._db.execute("INSERT INTO messages VALUES (?, ?, ?, ?)", (siret, cle, *answered))

    def free(self, siret: str, cle: str) -> None:
        """Free a key for another content: what it was bound to was rejected, and is answered as before."""
        query = "SELECT empreinte FROM messages WHERE siret=? AND cle=?"
        for (empreinte,) in self._db.execute(query, (siret, cle)).fetchall():
            freed = _freed(cle, empreinte)
            self._db.execute("UPDATE messages SET cle=? WHERE siret=? AND cle=?", (freed, siret, cle))

    def add_retour(self, siret: str, kind: str, contenu: str) -> None:
        """Append a return, to be pulled."""
        self._db.execute(
            "INSERT INTO retours SELECT ?, COALESCE(MAX(n), 0) + 1, ?, ? FROM retours WHERE siret=?",
            (siret, kind, contenu, siret),
        )

    def retours(self, siret: str, after: int, most: int) -> list[tuple[int, str, str]]:
        """Return returns after a sequence number: number, kind, canonical content."""
        rows = self._db.execute(
            "SELECT n, kind, contenu FROM retours WHERE siret=? AND n>? ORDER BY n LIMIT ?", (siret, after, most)
        )
        return list(rows)

    def add_impression(self, siret: str, numero: str, contenu: str) -> None:
        """Keep the print request of a notice; a notice sent anew replaces it."""
        self._db.execute("INSERT OR REPLACE INTO impressions VALUES (?, ?, ?)", (numero, siret, contenu))

    def impression(self, siret: str, numero: str) -> str | None:
        """Return the print request of a notice of this SIRET."""
        query = "SELECT contenu FROM impressions WHERE numero=? AND siret=?"
        row = self._db.execute(query, (numero, siret)).fetchone()
        return None if row is None else str(row[0])

    # Traffic

    def add_echange(self, siret: str, echange: Mapping[str, Any]) -> None:
        """Append a line of the traffic log."""
        self._db.execute("INSERT INTO echanges (siret, contenu) VALUES (?, ?)", (siret, _json(echange)))

    def echanges(self, siret: str | None, after: int, most: int) -> list[dict[str, Any]]:
        """Return lines of the traffic log after a sequence number."""
        of, given = ("siret=? AND", (siret,)) if siret is not None else ("", ())
        query = f"SELECT seq, contenu FROM echanges WHERE {of} seq>? ORDER BY seq LIMIT ?"  # noqa: S608 - no value is pasted
        return [{"seq": seq, **json.loads(contenu)} for seq, contenu in self._db.execute(query, (*given, after, most))]


def _freed(cle: str, empreinte: str) -> str:
    return f"{cle} rejete {empreinte}"


def _event(*row: Any) -> Event:  # noqa: ANN401 - columns of `evenements`
    *slots, detail = row
    return Event._make((*slots, tuple(json.loads(detail))))


def _json(content: object) -> str:
    """Write JSON; half a character, which a caller can send and no file can hold, becomes a question mark."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace").decode()
