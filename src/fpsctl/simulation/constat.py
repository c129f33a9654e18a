"""From the scenario's finding to the engine's: tariff, receipt deducted, number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fpsctl.dossier.amounts import Receipt, deducted_receipt
from fpsctl.dossier.facts import Facts
from fpsctl.dossier.records import Constat
from fpsctl.errors import InvalidValue, LocalError
from fpsctl.identifiers import NumeroFps
from fpsctl.simulation.moments import read_day, read_moment
from fpsctl.texts import text

if TYPE_CHECKING:
    import datetime as dt

    from fpsctl.collectivite import Collectivite, Tarif
    from fpsctl.dossier import Rules
    from fpsctl.simulation.scenario import ConstatModele, Scenario


def day_of_constat(written: str) -> dt.date:
    """Return the day of the finding as written, which decides whose settings hold; raises `scenario.constat`."""
    try:
        return read_day(written.strip()[:10])
    except InvalidValue as error:
        raise LocalError("scenario.constat", field="le", detail=text(f"error.{error.code}", **error.params)) from error


class Opened(NamedTuple):
    """A finding ready for the engine, and what goes beside it."""

    constat: Constat
    facts: Facts


def open_constat(scenario: Scenario, collectivite: Collectivite, rules: Rules, moved: str | None) -> Opened:
    """Build the finding; `moved` replaces its date, and what surrounds it keeps its distance.

    Raises `LocalError` (`scenario.constat`, `scenario.zone`).
    """
    modele = scenario.constat
    written = _moment(modele.le, rules, "le")
    found = _moment(moved, rules, "le") if moved else written
    shift = _Shift(rules, found.replace(tzinfo=None) - written.replace(tzinfo=None))
    drawn = shift.read(modele.etabli_le, "etabli_le") if modele.etabli_le else found
    if drawn < found:
        raise LocalError("scenario.constat", field="etabli_le", detail=text("scenario.constat.drawn-before"))
    if found.date() < rules.law.since:
        raise LocalError(
            "scenario.constat", field="le", detail=text("scenario.constat.too-early", since=rules.law.since)
        )
    zone, tarif = _tariff(modele, collectivite)
    receipt = deducted_receipt(_receipts(modele, tarif, shift, drawn), int(drawn.timestamp()))
    numero = modele.numero or NumeroFps.make(
        collectivite.siret,
        annee=found.year,
        jour=drawn.timetuple().tm_yday,
        autorite=modele.autorite,
        terminal=modele.terminal,
        ordre=modele.ordre,
    )
    constat = Constat(
        numero=numero,
        instant=int(found.timestamp()),
        jour=found.toordinal(),
        etabli=int(drawn.timestamp()),
        jour_etabli=drawn.toordinal(),
        fps=modele.fps or tarif.fps,
        deduit=receipt.montant if receipt else 0,
    )
    facts = Facts(
        immatriculation=modele.immatriculation,
        marque=modele.marque,
        pays=modele.pays,
        lieu=modele.lieu,
        zone=zone,
        autorite=modele.autorite,
        agent=modele.agent,
        agent_rapo=modele.agent_rapo,
        duree_max=tarif.duree_max,
        justificatif=receipt,
    )
    return Opened(constat, facts)


class _Shift(NamedTuple):
    """Reads the local times around the finding, moved as it was."""

    rules: Rules
    by: dt.timedelta

    def read(self, text: str, field: str) -> dt.datetime:
        moved = _moment(text, self.rules, field).replace(tzinfo=None) + self.by
        return _moment(moved.isoformat(), self.rules, field)


def _moment(written: str, rules: Rules, field: str) -> dt.datetime:
    try:
        return read_moment(written, rules.zone)
    except InvalidValue as error:
        raise LocalError("scenario.constat", field=field, detail=text(f"error.{error.code}", **error.params)) from error


def _tariff(modele: ConstatModele, collectivite: Collectivite) -> tuple[str, Tarif]:
    tarifs = collectivite.reglages.tarifs
    zone = modele.zone or next(iter(tarifs))
    if zone not in tarifs:
        raise LocalError("scenario.zone", zone=zone, siret=collectivite.siret, known=", ".join(tarifs))
    return zone, tarifs[zone]


def _receipts(modele: ConstatModele, tarif: Tarif, shift: _Shift, drawn: dt.datetime) -> tuple[Receipt, ...]:
    receipts = []
    for recu in modele.justificatifs:
        issued = shift.read(recu.emis_le, "justificatifs.emis_le")
        if issued > drawn:
            raise LocalError(
                "scenario.constat", field="justificatifs.emis_le", detail=text("scenario.constat.receipt-after")
            )
        start = int(issued.timestamp())
        receipts.append(Receipt(start, start + (recu.duree_max or tarif.duree_max) * 60, recu.montant))
    return tuple(receipts)
