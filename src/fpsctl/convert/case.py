"""One fine being converted: what was read so far, and the readers of its rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.convert import pays, people, values
from fpsctl.convert.fine import Fine, Notes, shown
from fpsctl.convert.table import INITIAL
from fpsctl.convert.values import Unread
from fpsctl.errors import InvalidValue
from fpsctl.identifiers import NumeroFps, Siret

if TYPE_CHECKING:
    from collections.abc import Callable

    from fpsctl.collectivite import Collectivite
    from fpsctl.convert.table import Row
    from fpsctl.convert.towns import Towns
    from fpsctl.convert.values import Moment, Written


class Payment(NamedTuple):
    """An amount of `payments`, and the name it stands under."""

    at: str
    written: Written


@dataclass
class Case:
    """A fine, the message it is to become, and what is known of it."""

    kind: str
    fine: Fine
    notes: Notes
    towns: Towns
    unit: str = ""
    """How amounts are read: cents or euros; empty until it is decided."""
    values: dict[str, object] = field(default_factory=dict)
    """Canonical path -> value read."""
    amounts: dict[str, Written] = field(default_factory=dict)
    """Canonical path -> amount, before its unit is known."""

    @property
    def initial(self) -> bool:
        """Whether it becomes an avis initial."""
        return self.kind == INITIAL

    @property
    def numero(self) -> NumeroFps | None:
        """The number of the notice, None where it could not be read."""
        found = self.values.get("numero")
        return found if isinstance(found, NumeroFps) else None

    @cached_property
    def siret(self) -> Siret | None:
        """The SIRET in the number, None where it is none."""
        if self.numero is None:
            return None
        try:
            return Siret(self.numero.siret)
        except InvalidValue:
            self.notes.add("fnms.numero.siret", siret=self.numero.siret)
            return None

    @cached_property
    def town(self) -> Collectivite | None:
        """The settings of the town on the day of the finding, None where there are none (said once)."""
        if self.siret is None:
            return None
        try:
            when = values.moment(self.fine.peek("statementDatetime")).read
        except Unread:
            when = None
        town = self.towns.of(self.siret, when)
        if town is None:
            first = self.towns.first(self.siret)
            day = when.date() if when else "2018-01-01"
            code = "not-yet" if first else "detail"
            self.notes.add("fnms.town.missing", code, siret=self.siret, path=self.towns.path, first=first, day=day)
        return town

    @property
    def constate_le(self) -> dt.datetime | None:
        """The instant of the finding, in the town's zone."""
        found = self.values.get("constate_le")
        return found if isinstance(found, dt.datetime) else None

    def read(self, row: Row) -> None:
        """Read one row of the table into the message, saying what is missing or cannot be read."""
        groups = ("address", "person")
        raw = self.fine.open(row.fnms) if row.reader in groups else self.fine.take(row.fnms)
        if raw is None:
            if row.needed:
                self.notes.add("fnms.missing", field=row.fnms, canonical=row.canonical)
            return
        try:
            _READERS[row.reader](self, row, raw)
        except Unread as error:
            self.fine.take(row.fnms)
            self.invalid(row.fnms, error)

    def invalid(self, name: str, error: Unread) -> None:
        """Say why a value cannot be read."""
        self.notes.add("fnms.invalid", field=name, reason=str(error))

    def part(self, group: str) -> Callable[[str], str]:
        """Return a reader of the parts of a group, as text."""

        def take(part: str) -> str:
            raw = self.fine.take(f"{group}.{part}")
            return "" if raw is None else self.text(f"{group}.{part}", raw)

        return take

    def text(self, name: str, raw: object) -> str:
        """Return a text; a number is one too, and said. An unreadable one is said and empty."""
        try:
            line = values.one_line(raw)
        except Unread as error:
            self.invalid(name, error)
            return ""
        if isinstance(raw, int) and not name.endswith("streetNumber"):  # which never begins with zero
            self.notes.add("fnms.text.number", field=name, value=line)
        return line

    def instant(self, name: str, read: Moment) -> dt.datetime | None:
        """Return an instant in the town's zone; what is doubtful about a local time is said."""
        if self.town is None:
            if read.local:
                self.notes.add("fnms.instant.offset", field=name, value=read.read.isoformat())
            return None if read.local else read.read
        zone = self.town.reglages.zone
        if not read.exists(zone):
            self.notes.add("fnms.instant.nonexistent", field=name, value=read.read.isoformat(), zone=zone.key)
            return None
        found = read.in_zone(zone)
        if read.twice(zone):
            self.notes.add("fnms.instant.ambiguous", field=name, value=read.read.isoformat(), read=found.isoformat())
        elif read.local:
            self.notes.add("fnms.zone.local", field=name, value=read.read.isoformat(), zone=zone.key)
        return found


def _numero(case: Case, row: Row, raw: object) -> None:
    line = case.text(row.fnms, raw)
    if not line:
        return
    found = values.numero(line)
    if line != found:
        case.notes.add("fnms.numero.form", field=row.fnms, written=shown(line), read=found)
    case.values[row.canonical] = found


def _text(case: Case, row: Row, raw: object) -> None:
    if line := case.text(row.fnms, raw):
        case.values[row.canonical] = line


def _instant(case: Case, row: Row, raw: object) -> None:
    found = case.instant(row.fnms, values.moment(raw))
    if found is not None:
        case.values[row.canonical] = found


def _day(case: Case, row: Row, raw: object) -> None:
    case.values[row.canonical] = values.day(raw)


def _plate(case: Case, row: Row, raw: object) -> None:
    if line := case.text(row.fnms, raw):
        case.values[row.canonical] = values.plate(line)


def _country(case: Case, row: Row, raw: object) -> None:
    found = pays.read(raw) if isinstance(raw, str) else None
    if found is None:
        raise Unread("country", value=shown(raw))
    case.values[row.canonical] = found.code
    said = {"field": row.fnms, "written": shown(raw), "code": found.code, "other": found.other}
    if found.other and found.code != "FR" and found.form != "alpha2":
        case.notes.add("fnms.pays.doubtful", **said)
    elif found.other:
        case.notes.add("fnms.pays.read", "overseas" if found.code == "FR" else "other", **said)
    elif found.form != "alpha2":
        case.notes.add("fnms.pays.read", found.form, **said)


def _amount(case: Case, row: Row, raw: object) -> None:
    case.amounts[row.canonical] = values.amount(raw)


def _payments(case: Case, row: Row, raw: object) -> None:
    """Take the one amount of `payments`: a number, or an object with `amount` (the shape is not public)."""
    if (paid := sole_payment(raw)) is not None:
        case.amounts[row.canonical] = paid.written


def sole_payment(raw: object) -> Payment | None:
    """Return the amount of payments when there is one and it can be read."""
    item = raw[0] if isinstance(raw, list) and len(raw) == 1 else raw
    if isinstance(item, dict) and set(item) == {"amount"}:
        item = item["amount"]
    try:
        return Payment("payments", values.amount(item))
    except Unread:
        return None


def _address(case: Case, row: Row, raw: object) -> None:
    said = len(case.notes.found)
    if line := _one_address(case, row.fnms, raw):
        case.values[row.canonical] = line
    elif row.needed and len(case.notes.found) == said:
        case.notes.add("fnms.missing", field=row.fnms, canonical=row.canonical)


def _one_address(case: Case, name: str, raw: object) -> str:
    line = people.address(raw, case.part(name))
    if isinstance(raw, str):
        case.fine.take(name)
    return line


def _person(case: Case, row: Row, raw: object) -> None:
    if not isinstance(raw, dict):
        raise Unread("object")
    name, doubtful = people.name(case.part(row.fnms))
    where = case.fine.open(f"{row.fnms}.address")
    line = ""
    if where is not None:
        try:
            line = _one_address(case, f"{row.fnms}.address", where)
        except Unread as error:
            case.fine.take(f"{row.fnms}.address")
            case.invalid(f"{row.fnms}.address", error)
    if not name:
        case.fine.take(row.fnms)
        case.notes.add("fnms.person", "nameless", field=row.fnms)
        return
    if doubtful:
        case.notes.add("fnms.person", field=row.fnms, part=doubtful)
    for part in ("maidenName", "organizationId"):
        if doubtful != part and case.fine.take(f"{row.fnms}.{part}") is not None:
            case.notes.add("fnms.person", "dropped", field=row.fnms, part=part)
    case.values[f"{row.canonical}.nom"] = name
    if line:
        case.values[f"{row.canonical}.adresse"] = line


_READERS: dict[str, Callable[[Case, Row, object], None]] = {
    "numero": _numero,
    "text": _text,
    "instant": _instant,
    "day": _day,
    "plate": _plate,
    "country": _country,
    "amount": _amount,
    "payments": _payments,
    "address": _address,
    "person": _person,
}
