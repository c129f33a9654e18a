"""Rules between fields: what one says against another, against the number, against the town's settings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fpsctl.convert.fine import shown
from fpsctl.identifiers import Immatriculation, NumeroFps

if TYPE_CHECKING:
    from fpsctl.convert.case import Case

LOCAL, ANTAI = "LOCAL", "ANTAI"
_SIRET_DIGITS = 14
_NUMBER_DIGITS = 26
_FAR = 31  # days between a finding and its notice that someone should look at


def judge(case: Case) -> None:
    """Apply every rule; each reads the names it needs and says what it found."""
    for rule in (_root, _number, _dates, _agent, _vehicle, _zone, _owners, _terminal, _notification, _paid, _surcharge):
        rule(case)


def _digits(raw: object) -> str:
    return "".join(str(raw).split()) if isinstance(raw, (str, int)) and not isinstance(raw, bool) else ""


def _root(case: Case) -> None:
    """A correction names the notice it corrects; an initial notice is its own root."""
    own, root, parent = case.numero, case.fine.take("rootFineLegalId"), case.fine.peek("parent")
    if case.initial:
        if root is not None and _digits(root)[:_NUMBER_DIGITS] != own:
            case.notes.add("fnms.root.initial", value=shown(root))
        elif root is not None:
            case.notes.add("fnms.checked", "same", field="rootFineLegalId", value=shown(root))
        return
    if root is None:
        named = _digits(parent)
        if len(named) != _NUMBER_DIGITS or not named.isdecimal() or not named.isascii():
            case.notes.add("fnms.missing", field="rootFineLegalId", canonical="numero_initial")
            return
        case.fine.take("parent")
        case.values["numero_initial"] = NumeroFps(named)
        case.notes.add("fnms.root.parent", value=named)
    if own is not None and case.values.get("numero_initial") == own:
        case.notes.add("fnms.root.same", numero=own)


def _number(case: Case) -> None:
    """The number tells the year of the finding and the day of the notice, which FNMS has no name for."""
    numero, found = case.numero, case.constate_le
    if numero is None or found is None:
        return
    if numero.annee != found.year:
        case.notes.add("fnms.numero.year", annee=numero.annee, found=found.year)
    day, given = numero.date_etablissement(found.date()), case.values.get("etabli_le")
    if given is not None:
        case.notes.add("fnms.checked" if given == day else "fnms.numero.day", "drawn", jour=numero[17:20], given=given)
        return
    if day is None:
        case.values["etabli_le"] = found.date()
        case.notes.add("fnms.numero.day", jour=f"{numero.jour:03d}", day=found.date())
        return
    case.values["etabli_le"] = day
    if case.initial and day - found.date() > dt.timedelta(days=_FAR):
        case.notes.add("fnms.numero.day", "far", jour=numero[17:20], day=day)
    else:
        case.notes.add("fnms.derived.day", jour=numero[17:20], day=day)


def _dates(case: Case) -> None:
    found, values = case.constate_le, case.values
    start, end = values.get("justificatif.emis_le"), values.get("justificatif.fin_le")
    until, rapo, drawn = values.get("fin_effet"), values.get("rapo_recu_le"), values.get("etabli_le")
    pairs = (("startDatetime", start, "endDatetime", end), ("startDatetime", start, "statementDatetime", found),
             ("statementDatetime", found, "validityDatetime", until))  # fmt: skip
    for first, before, second, after in pairs:
        if isinstance(before, dt.datetime) and isinstance(after, dt.datetime) and before > after:
            case.notes.add("fnms.order", first=first, second=second)
    if case.initial:
        return
    if rapo is None:
        case.notes.add("fnms.rapo.missing")
    elif isinstance(rapo, dt.date) and found and isinstance(drawn, dt.date) and not found.date() <= rapo <= drawn:
        case.notes.add("fnms.rapo.order", rapo=rapo, found=found.date(), drawn=drawn)


def _agent(case: Case) -> None:
    name, agent = case.fine.peek("agent.name"), case.values.get("agent")
    if agent is not None and isinstance(name, str) and " ".join(name.split()).casefold() == str(agent).casefold():
        case.notes.add("fnms.agent.name")


def _vehicle(case: Case) -> None:
    plate, country = case.values.get("vehicule.immatriculation"), case.values.get("vehicule.pays")
    if "vehicule.marque" not in case.values:
        case.notes.add("fnms.marque.missing")
    if country == "FR" and isinstance(plate, Immatriculation) and plate.systeme == "etranger":
        case.notes.add("fnms.plaque.shape", plate=plate)
    if country not in (None, "FR") and case.fine.peek("notificationAuthority") == ANTAI:
        case.notes.add("fnms.pays.foreign", pays=country)


def _zone(case: Case) -> None:
    zone = case.values.get("zone")
    if case.town and zone is not None and zone not in case.town.reglages.tarifs:
        case.notes.add("fnms.zone.unknown", zone=shown(zone), known=", ".join(case.town.reglages.tarifs))


def _owners(case: Case) -> None:
    """`cityId` and `agent.worksFor` may be a SIRET: compared with the number's, never carried."""
    for name in ("cityId", "agent.worksFor"):
        raw = case.fine.take(name)
        if raw is None:
            continue
        digits = _digits(raw)
        if len(digits) == _SIRET_DIGITS and case.numero and digits != case.numero.siret:
            case.notes.add("fnms.siret.differs", field=name, value=digits, siret=case.numero.siret)
        else:
            same = case.numero is not None and digits == case.numero.siret
            case.notes.add("fnms.checked", "same" if same else "detail", field=name, value=shown(raw))


def _terminal(case: Case) -> None:
    raw = case.fine.take("terminalId")
    if raw is None:
        return
    same = case.numero is not None and _digits(raw).rjust(3, "0") == case.numero.terminal
    digits = case.numero.terminal if case.numero else "-"
    case.notes.add("fnms.checked", "same" if same else "terminal", field="terminalId", value=shown(raw), digits=digits)


def _notification(case: Case) -> None:
    raw = case.fine.take("notificationAuthority")
    cycle = case.town.reglages.cycle if case.town else None
    if raw is None:
        case.notes.add("fnms.notification", "missing")
    elif raw not in (LOCAL, ANTAI):
        case.notes.add("fnms.notification", "unknown", value=shown(raw))
    elif raw == LOCAL:
        case.notes.add("fnms.notification", "local-complete" if cycle == "complet" else "local")
    elif cycle == "partiel":
        case.notes.add("fnms.notification", "antai-partial")
    else:
        case.notes.add("fnms.checked", "notification", field="notificationAuthority", value=raw)


def _paid(case: Case) -> None:
    status = case.fine.take("paymentStatus")
    if status == "PENDING":
        case.notes.add("fnms.checked", "status", field="paymentStatus", value=status)
    elif status is not None:
        code = {"PAID": "paid", "OVERPAID": "paid", "CANCELLED": "cancelled"}.get(str(status), "unknown")
        case.notes.add("fnms.paid", code, value=shown(status))
    if not case.initial and case.fine.take("payments") is not None:
        case.notes.add("fnms.payments", fields="payments")


def _surcharge(case: Case) -> None:
    raw = case.fine.take("surcharge")
    if raw is not None:
        case.notes.add("fnms.price.surcharge", value=shown(raw))
