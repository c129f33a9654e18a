"""Amounts of a fine: the unit, which FNMS does not state, the receipt deducted, the minored price."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fpsctl.convert.values import CENTS, EUROS, Unread, minutes_of
from fpsctl.identifiers import Montant
from fpsctl.texts import language, text

if TYPE_CHECKING:
    from fpsctl.collectivite import Tarif
    from fpsctl.convert.case import Case
    from fpsctl.convert.values import Written

_RECEIPT = ("justificatif.emis_le", "justificatif.fin_le")
_LIKELY_CENTS = 400  # below, a charge of 4 euros; above, one of 400: neither is seen in France


def euros(cents: int) -> str:
    """Write an amount for people."""
    return Montant(cents).show(language())


def _named(unit: str) -> str:
    return text(f"fnms.unit.{unit}")


def tariff(case: Case) -> Tarif | None:
    """Return the tariff of the fine's zone."""
    zone = case.values.get("zone")
    return case.town.reglages.tarifs.get(str(zone)) if case.town and zone is not None else None


def settle(case: Case, forced: str) -> None:
    """Turn the amounts read into cents, and make the money of the message."""
    price = case.amounts.pop("fps" if case.initial else "montant", None)
    case.unit = forced or ("" if price is None else _unit(case, price))
    cents = None if price is None else _cents(case, "finePrice", price)
    if not case.initial:
        if cents is not None:
            case.values["montant"] = Montant(cents)
        return
    if price is None:  # no price: no message, and nothing to read the other amounts by
        case.fine.take("reducedPriceDuration")
        return
    _receipt(case, cents)
    _minore(case)


def _cents(case: Case, name: str, written: Written, charge: int | None = None) -> int | None:
    """Return an amount in cents: by its own form, else by the unit that was decided, else the likely one, and said."""
    unit = EUROS if written.euros else case.unit or _likely(case, name, written, charge)
    found = written.cents(unit)
    if found is None:
        case.invalid(name, Unread("cents", unit=_named(unit)))
    return found


def _likely(case: Case, name: str, written: Written, charge: int | None) -> str:
    """Return the likely unit of a bare figure beside a price whose own form tells nothing of it."""
    euro, cent = written.cents(EUROS), written.cents(CENTS)
    if not written.figure or cent is None:
        return EUROS
    unit = EUROS if euro is not None and (charge is None or euro < charge) else CENTS
    told = euros(written.cents(unit) or 0)
    case.notes.add("fnms.price.unit", "other", field=name, written=written.figure, unit=_named(unit), read=told)
    return unit


def _unit(case: Case, price: Written) -> str:
    """Decide the unit of bare figures: that of the town's tariff, else the likely one, which is said.

    Empty where the price tells nothing of other figures: it is zero, or its own form says what it is.
    """
    readable = [unit for unit in (CENTS, EUROS) if price.cents(unit) is not None]
    if price.euros or not price.figure:
        return ""
    if len(readable) < 2:  # noqa: PLR2004 - one of the two units
        return _read_as(case, price, readable[0] if readable else CENTS)
    fitting = [unit for unit in readable if _fits(case, price, unit)]
    if len(fitting) == 1:
        return _read_as(case, price, fitting[0])
    guess = EUROS if price.decimals or price.figure < _LIKELY_CENTS else CENTS
    case.notes.add("fnms.price.unit", written=price.figure, unit=_named(guess), read=euros(price.cents(guess) or 0))
    return guess


def _read_as(case: Case, price: Written, unit: str) -> str:
    case.notes.add("fnms.price.read", written=price.figure, unit=_named(unit), read=euros(price.cents(unit) or 0))
    return unit


def _fits(case: Case, price: Written, unit: str) -> bool:
    """Say whether a unit gives an amount that the town may ask."""
    if case.town is None:
        return False
    tarifs = case.town.reglages.tarifs.values()
    cents = price.cents(unit) or 0
    if not case.initial:
        return cents <= max(tarif.fps for tarif in tarifs)
    zone = tariff(case)
    asked = {zone.fps} if zone else {tarif.fps for tarif in tarifs}
    paid = case.amounts.get("justificatif.montant")
    return cents in asked or (paid is not None and cents + (paid.cents(unit) or 0) in asked)


def _receipt(case: Case, price: int | None) -> None:
    """Deduct the latest receipt; payments without the dates of one are of the charge itself, and stay out."""
    paid = case.amounts.pop("justificatif.montant", None)
    raw = case.fine.peek("payments")
    dated = all(path in case.values for path in _RECEIPT)
    cents = None
    if raw is not None and (paid is None or not dated):
        case.notes.add("fnms.payments", "detail" if paid is not None else "shape", fields=_stated(case))
    elif paid is not None:
        cents = _cents(case, "payments", paid, price)
    elif any(path in case.values for path in _RECEIPT):
        case.notes.add("fnms.receipt.incomplete")
    if price is None:
        return
    gross, deducted = _deduction(case, price, cents)
    if not deducted:
        for path in _RECEIPT:
            case.values.pop(path, None)
        if cents is None:
            case.notes.add("fnms.derived.deduction")
    else:
        case.values["justificatif.montant"] = Montant(cents or 0)
    deduit = (cents or 0) if deducted else 0
    if deduit and deduit >= gross:
        case.notes.add("fnms.receipt.whole", paid=euros(deduit), price=euros(gross))
    case.values |= {
        "fps": Montant(gross),
        "deduit": Montant(deduit),
        "montant_du": Montant(max(0, gross - deduit)),
    }
    _compare(case, gross)


def _stated(case: Case) -> str:
    """Name what the fine says of a receipt."""
    return ", ".join(name for name in ("startDatetime", "endDatetime", "payments") if case.fine.peek(name) is not None)


def _deduction(case: Case, price: int, paid: int | None) -> tuple[int, bool]:
    """Return the charge before deduction, and whether the receipt is deducted from it."""
    if paid is None:
        return price, False
    zone = tariff(case)
    if zone and price != zone.fps and price + paid == zone.fps:
        case.notes.add("fnms.price.net", price=euros(price), paid=euros(paid), fps=euros(zone.fps))
        return zone.fps, True
    emis, found = case.values[_RECEIPT[0]], case.constate_le
    if zone and isinstance(emis, dt.datetime) and found and emis + dt.timedelta(minutes=zone.duree_max) <= found:
        case.notes.add("fnms.receipt.expired", fields=_stated(case), minutes=zone.duree_max, paid=euros(paid))
        return price, False
    case.notes.add("fnms.receipt.read", paid=euros(paid), price=euros(price))
    return price, True


def _compare(case: Case, gross: int) -> None:
    zone = tariff(case)
    if zone and gross != zone.fps:
        case.notes.add("fnms.price.tariff", price=euros(gross), zone=case.values["zone"], fps=euros(zone.fps))


def _minore(case: Case) -> None:
    written = case.amounts.pop("minore.montant", None)
    end = case.values.pop("minore.fin_le", None)
    length = case.fine.take("reducedPriceDuration")
    if written is None:
        if end is not None or length is not None:
            case.notes.add("fnms.minore.end", "alone")
        _minore_of_town(case)
        return
    due = case.values.get("montant_du")
    cents = _cents(case, "reducedFinePrice", written, due if isinstance(due, int) else None)
    if cents is None:
        return
    case.values["minore.montant"] = Montant(cents)
    _compare_minore(case, cents)
    if isinstance(end, dt.datetime) and case.constate_le and end > case.constate_le:
        case.values["minore.fin_le"] = end
        case.notes.add("fnms.minore.read", "both" if length is not None else "detail", end=end.isoformat())
        return
    if end is not None:
        case.notes.add("fnms.minore.end", "past")
    if length is not None:
        _minore_end(case, length)


def _minore_of_town(case: Case) -> None:
    """Take the minored price from the settings when the fine says none and the town has one."""
    known, due = case.town.reglages.minore if case.town else None, case.values.get("montant_du")
    if known is None or not isinstance(due, int) or known.montant >= due:
        return
    case.values["minore.montant"] = known.montant
    if known.debut == "etablissement" and case.constate_le and _drawn_up_later(case):
        case.notes.add("fnms.minore.end", "drawn", day=case.values["etabli_le"])
    elif known.debut == "etablissement" and case.constate_le:
        case.values["minore.fin_le"] = _after(case.constate_le, known.duree)
    case.notes.add("fnms.minore.settings", price=euros(known.montant))


def _drawn_up_later(case: Case) -> bool:
    """Whether the notice is of another day than the finding: the minored price runs from an hour that nothing tells."""
    drawn, found = case.values.get("etabli_le"), case.constate_le
    return drawn is not None and found is not None and drawn != found.date()


def _after(start: dt.datetime, minutes: int) -> dt.datetime:
    """Return the instant so many minutes later, whatever clocks do in between."""
    return (start.astimezone(dt.UTC) + dt.timedelta(minutes=minutes)).astimezone(start.tzinfo)


def _compare_minore(case: Case, cents: int) -> None:
    due = case.values.get("montant_du")
    if isinstance(due, int) and cents >= due:
        case.notes.add("fnms.minore.price", "not-less", price=euros(cents), due=euros(due))
    if case.town is None:
        return
    known = case.town.reglages.minore
    if known is None:
        case.notes.add("fnms.minore.price", "none", price=euros(cents), siret=case.town.siret)
    elif known.montant != cents:
        case.notes.add("fnms.minore.price", price=euros(cents), known=euros(known.montant))


def _minore_end(case: Case, raw: object) -> None:
    """Date the end of the minored price, when the town's settings tell the unit and the start."""
    try:
        lengths = minutes_of(raw)
    except Unread as error:
        case.invalid("reducedPriceDuration", error)
        return
    known = case.town.reglages.minore if case.town else None
    units = [unit for unit, minutes in lengths.items() if known and minutes == known.duree]
    unit = units[0] if units else "iso8601" if "iso8601" in lengths else ""
    if not unit or known is None:
        case.notes.add("fnms.minore.end", units=", ".join(_named(unit) for unit in lengths))
    elif known.debut == "notification":
        case.notes.add("fnms.minore.end", "notification")
    elif _drawn_up_later(case):
        case.notes.add("fnms.minore.end", "drawn", day=case.values["etabli_le"])
    elif case.constate_le:
        end = _after(case.constate_le, lengths[unit])
        case.values["minore.fin_le"] = end
        case.notes.add("fnms.minore.read", "length", end=end.isoformat(), unit=_named(unit))
