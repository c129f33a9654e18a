"""The numbers of all the notices of a run, on disk: those given twice, and the gaps in the order numbers of a device.

Digits 17 to 26 are unique for an authority in the year in which notices are drawn up, which is not always the year
of digits 15 and 16: the key is the SIRET, that year and those digits. A number is kept as two integers, with its
place, a digest of the message and the day of the notice; one sorted pass at the end tells everything. SQLite keeps
the file private, and spills what its cache cannot hold; nothing else grows with the set.
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

_BATCH = 20_000
_CACHE_KIB = 4_096
_CENTURY = 100
_TAIL = 10**10  # digits 17 to 26
_ORDERS = 1000
_LAST_ORDER = 999

Row = tuple[int, int, int, int, int]
"""Series (SIRET, and whether unpaid), key in it, place, digest, day of the notice."""
Beside = tuple[int, int, int, int, int]
"""Series, key of the notice meant, place, SIRET, day: of a corrective notice; the last three are 0 of a reject."""


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
        self._db.execute(
            "CREATE TABLE numbers (series INTEGER, key INTEGER, place INTEGER, digest INTEGER, day INTEGER)"
        )
        for name in ("corrected", "rejected"):
            columns = "series INTEGER, key INTEGER, place INTEGER, siret INTEGER, day INTEGER"
            self._db.execute(f"CREATE TABLE {name} ({columns})")
        self._rows: list[Row] = []
        self._corrected: list[Beside] = []
        self._rejected: list[Beside] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Close the store, which removes it; a full disk is told (`LocalError`, `lint.store`)."""
        self._db.close()
        if isinstance(error, sqlite3.Error):
            raise LocalError("lint.store", detail=str(error)) from error

    def add(self, numero: str, place: int, digest: int, day: int, year: int = 0, *, unpaid: bool = False) -> None:
        """Keep the number of a notice drawn up in a year (0: not known), or that of an unpaid charge.

        Each is told once, and only notices have gaps.
        """
        rows = self._rows
        rows.append((int(numero[:14]) * 2 + unpaid, _key(numero, year), place, digest, day))
        if len(rows) >= _BATCH:
            self._write()

    def correct(self, initial: str, siret: str, place: int, day: int) -> None:
        """Keep which notice a corrective one replaces."""
        self._corrected += _meant(initial, place, int(siret), day)
        if len(self._corrected) >= _BATCH:
            self._write()

    def reject(self, numero: str, *, unpaid: bool = False) -> None:
        """Keep which notice was rejected: it may be corrected, and given again under its number."""
        self._rejected += ((series + unpaid, *rest) for series, *rest in _meant(numero, 0, 0, 0))  # type: ignore[misc]
        if len(self._rejected) >= _BATCH:
            self._write()

    def _write(self) -> None:
        self._db.execute("BEGIN")
        for name, rows in (("numbers", self._rows), ("corrected", self._corrected), ("rejected", self._rejected)):
            self._db.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608 - names of ours
            rows.clear()
        self._db.execute("COMMIT")

    def judge(self, shown: Callable[[int], str]) -> Iterator[Spoken]:
        """Yield what the set says, device by device; `shown` writes a place."""
        self._write()
        beside = _Beside(self._sorted("corrected")), _Beside(self._sorted("rejected"))
        for (series, device), numbers in groupby(self._sorted("numbers"), lambda row: (row[0], _device(row[1]))):
            orders: list[tuple[int, int]] = []
            for first, spoken in _each(numbers, *beside, shown):
                orders.append((first[1] // _CENTURY % _ORDERS, first[2]))
                yield from spoken
            if not series % 2:
                yield from _gaps(orders, _head(series, device))

    def _sorted(self, table: str) -> Iterator[Row]:
        return self._db.execute(f"SELECT * FROM {table} ORDER BY series, key, place")  # noqa: S608 - names of ours


def _key(numero: str, year: int = 0) -> int:
    """Return the year of drawing up and digits 17 to 26, then digits 15 and 16, as one integer.

    Any year but that of the digits or the next one is no more sure than they are.
    """
    told = int(numero[14:16])
    drawn = year % _CENTURY if year % _CENTURY in (told, (told + 1) % _CENTURY) and year else told
    return (drawn * _TAIL + int(numero[16:])) * _CENTURY + told


def _meant(numero: str, place: int, siret: int, day: int) -> Iterator[Beside]:
    """Yield what is said of a number under each key that its notice may have: that of its year and of the next."""
    series, year = int(numero[:14]) * 2, int(numero[14:16])
    for drawn in (year, year + 1):
        yield series, _key(numero, drawn or _CENTURY), place, siret, day


def _device(key: int) -> int:
    return key // (_CENTURY * _ORDERS)


def _each(
    rows: Iterable[Row], corrections: _Beside, rejects: _Beside, shown: Callable[[int], str]
) -> Iterator[tuple[Row, Iterator[Spoken]]]:
    """Yield the first row of each number, and what is said of the others and of its corrective notices."""
    for _, same in groupby(rows, lambda row: row[1] // _CENTURY):
        first = next(same)
        number = first[0], first[1]
        replaced = (_initial(first, correction, shown) for correction in corrections.of(number))
        allowed = sum(1 for _ in rejects.of(number))
        yield first, chain(_twice(first, same, allowed, shown), chain.from_iterable(replaced))  # noqa: B031 - read once


class _Beside:
    """What is said of numbers, read once in step with the numbers."""

    def __init__(self, rows: Iterator[Beside]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, number: tuple[int, int]) -> Iterator[Beside]:
        """Yield what is said of a number; numbers are asked for in increasing order."""
        while self._next is not None and self._next[:2] <= number:
            if self._next[:2] == number:
                yield self._next
            self._next = next(self._rows, None)


def _head(series: int, device: int) -> str:
    """Return digits 1 to 14 and 17 to 23 of the numbers of a device on a day, the year of drawing up between them."""
    return f"{series // 2:014d}{device:09d}"


def _twice(first: Row, others: Iterable[Row], allowed: int, shown: Callable[[int], str]) -> Iterator[Spoken]:
    """Tell a number given again: by the same message, or by another; each reject allows one more."""
    digests: set[int] = {first[3]}
    for rank, (_, _, place, digest, _) in enumerate(others):
        if rank >= allowed:
            rule = "lint.message.repete" if digest in digests else "lint.numero.double"
            yield Spoken(rule, place, Said("numero", "lint.detail.already", {"where": shown(first[2])}))
        if len(digests) < _ORDERS:
            digests.add(digest)


def _initial(initial: Row, corrective: Beside, shown: Callable[[int], str]) -> Iterator[Spoken]:
    _, _, place, siret, day = corrective
    where = shown(initial[2])
    if day and initial[4] > day:
        yield Spoken("lint.initial.date", place, Said("numero_initial", "lint.detail.initial", {"where": where}))
    if initial[0] // 2 != siret:
        facts = {"where": where, "found": f"{initial[0] // 2:014d}", "expected": f"{siret:014d}"}
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
