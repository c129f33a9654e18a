"""The numbers of all the notices of a run, on disk: those given twice, and the gaps in the order numbers of a device.

A number is kept as an integer (town, then digits 15 to 26) with its place, a digest of the message and the day of
the notice; one sorted pass at the end tells everything. SQLite keeps the file private, and spills what its cache
cannot hold.
"""

from __future__ import annotations

import sqlite3
from itertools import chain, groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.errors import LocalError
from fpsctl.lint.rule import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from typing import Self

UNPAID = " unpaid"  # a series of numbers beside that of a town's notices
_BATCH = 20_000
_CACHE_KIB = 32_768
_TAIL = 10**12  # digits 15 to 26
_ORDERS = 1000
_LAST_ORDER = 999

Row = tuple[int, int, int, int]
"""Number, place, digest, day of the notice."""


class Spoken(NamedTuple):
    """What the set says: rule, place, kind of message, answer."""

    rule: str
    place: int
    said: Said


class Numbers:
    """Collects numbers; a context manager, which lets the disk go."""

    def __init__(self) -> None:
        """Open a private store."""
        self._db = sqlite3.connect("", isolation_level=None)
        for setting in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}", "locking_mode=EXCLUSIVE"):
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute("CREATE TABLE numbers (number INTEGER, place INTEGER, digest INTEGER, day INTEGER)")
        self._db.execute("CREATE TABLE corrected (number INTEGER, place INTEGER, town INTEGER, day INTEGER)")
        self._towns: dict[str, int] = {}
        self._rows: list[Row] = []
        self._corrected: list[Row] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Close the store, which removes it; a full disk is told (`LocalError`, `lint.store`)."""
        self._db.close()
        if isinstance(error, sqlite3.Error):
            raise LocalError("lint.store", detail=str(error)) from error

    def add(self, numero: str, place: int, digest: int, day: int, *, unpaid: bool = False) -> None:
        """Keep the number of a notice, or that of an unpaid charge: each is told once, and only notices have gaps."""
        rows = self._rows
        rows.append((self._key(numero, UNPAID if unpaid else ""), place, digest, day))
        if len(rows) >= _BATCH:
            self._write()

    def correct(self, initial: str, siret: str, place: int, day: int) -> None:
        """Keep which notice a corrective one replaces."""
        self._corrected.append((self._key(initial), place, self._town(siret), day))
        if len(self._corrected) >= _BATCH:
            self._write()

    def _key(self, numero: str, series: str = "") -> int:
        return self._town(numero[:14] + series) * _TAIL + int(numero[14:])

    def _town(self, siret: str) -> int:
        towns = self._towns
        number = towns.get(siret)
        if number is None:
            number = towns[siret] = len(towns) + 1
        return number

    def _write(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO numbers VALUES (?, ?, ?, ?)", self._rows)
        self._db.executemany("INSERT INTO corrected VALUES (?, ?, ?, ?)", self._corrected)
        self._db.execute("COMMIT")
        self._rows.clear()
        self._corrected.clear()

    def judge(self, shown: Callable[[int], str]) -> Iterator[Spoken]:
        """Yield what the set says, device by device; `shown` writes a place."""
        self._write()
        sirets = {number: siret for siret, number in self._towns.items()}
        corrections = _Corrections(self._db.execute("SELECT * FROM corrected ORDER BY number, place"))
        rows = self._db.execute("SELECT * FROM numbers ORDER BY number, place")
        for device, numbers in groupby(rows, lambda row: row[0] // _ORDERS):
            orders: list[tuple[int, int]] = []
            for first, spoken in _each(numbers, corrections, sirets, shown):
                orders.append((first[0] % _ORDERS, first[1]))
                yield from spoken
            if not sirets[device * _ORDERS // _TAIL].endswith(UNPAID):
                yield from _gaps(orders, _head(device, sirets))


def _each(
    rows: Iterable[Row], corrections: _Corrections, sirets: dict[int, str], shown: Callable[[int], str]
) -> Iterator[tuple[Row, Iterator[Spoken]]]:
    """Yield the first row of each number, and what is said of the others and of its corrective notices."""
    for number, same in groupby(rows, itemgetter(0)):
        first = next(same)
        replaced = (_initial(first, correction, sirets, shown) for correction in corrections.of(number))
        yield first, chain(_twice(first, same, shown), chain.from_iterable(replaced))  # noqa: B031 - read once


class _Corrections:
    """Corrective notices by the number that they replace, read once in step with the numbers."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, number: int) -> Iterator[Row]:
        """Yield those of a number; numbers are asked for in increasing order."""
        while self._next is not None and self._next[0] <= number:
            if self._next[0] == number:
                yield self._next
            self._next = next(self._rows, None)


def _head(device: int, sirets: dict[int, str]) -> str:
    """Return digits 1 to 23 of the numbers of a device on a day."""
    town, rest = divmod(device * _ORDERS, _TAIL)
    return f"{sirets[town]}{rest // _ORDERS:09d}"


def _twice(first: Row, others: Iterable[Row], shown: Callable[[int], str]) -> Iterator[Spoken]:
    """Tell a number given again: by the same message, or by another."""
    digests: set[int] = {first[2]}
    for _, place, digest, _ in others:
        rule = "lint.message.repete" if digest in digests else "lint.numero.double"
        yield Spoken(rule, place, Said("numero", "lint.detail.already", {"where": shown(first[1])}))
        if len(digests) < _ORDERS:
            digests.add(digest)


def _initial(initial: Row, corrective: Row, sirets: dict[int, str], shown: Callable[[int], str]) -> Iterator[Spoken]:
    _, place, town, day = corrective
    where = shown(initial[1])
    if initial[3] > day:
        yield Spoken("lint.initial.date", place, Said("numero_initial", "lint.detail.initial", {"where": where}))
    if initial[0] // _TAIL != town:
        facts = {"where": where, "found": sirets[initial[0] // _TAIL], "expected": sirets[town]}
        yield Spoken("lint.initial.siret", place, Said("numero_initial", "lint.detail.initial-siret", facts))


def _gaps(orders: list[tuple[int, int]], head: str) -> Iterator[Spoken]:
    """Tell the missing order numbers; where 999 and 1 are both there, the largest gap is the wrap of the series."""
    steps = ((before, after, place) for (before, _), (after, place) in pairwise(orders))
    gaps = [(after - before - 1, before, after, place) for before, after, place in steps if after > before + 1]
    if gaps and orders[0][0] <= 1 and orders[-1][0] == _LAST_ORDER:
        gaps.remove(max(gaps, key=itemgetter(0)))
    for count, before, after, place in gaps:
        missing = f"{before + 1:03d}" if count == 1 else f"{before + 1:03d}-{after - 1:03d}"
        facts = {"head": head, "missing": missing, "count": count}
        yield Spoken("lint.ordre.trou", place, Said("numero", "lint.detail.gap", facts))
