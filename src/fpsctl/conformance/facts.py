"""The facts that cases give: invented, always the same, and such that none can be taken for real.

Plates hold a pair of letters that was never issued, devices are those set aside for trials. Dates are fixed:
each town has its own virtual clock.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from stdnum import luhn

from fpsctl.identifiers import SIMULATION_TERMINALS, Immatriculation, Siret

if TYPE_CHECKING:
    from collections.abc import Mapping

FUSEAU = "Europe/Paris"
_SIREN = "130000003"  # that of the example town: invented
_FIRST_TOWN = 100

_AUTORITE = {
    "code": 1,
    "nom": "Ville d'Essai, service du stationnement",
    "contact": "1 PLACE DE LA FICTION, 00000 ESSAI",
}


def siret_of(index: int) -> Siret:
    """Return the SIRET of the index-th town of a run: each case has its own, so none disturbs another."""
    body = f"{_SIREN}{_FIRST_TOWN + index:04d}"
    return Siret(body + luhn.calc_check_digit(body))


def identity_of(siret: str, cycle: str) -> dict[str, Any]:
    """Return what `facts.collectivite` says of a town."""
    return {
        "siret": siret,
        "nom": f"Ville d'Essai {siret[9:13]}",
        "contact": _AUTORITE["contact"],
        "fuseau": FUSEAU,
        "cycle": cycle,
        "autorite": dict(_AUTORITE),
    }


def finding(index: int, constate_le: str, *, etabli_le: str | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - facts
    """Return the facts of a finding; `index` gives it a plate, a device and an agent of its own. Instants are ISO, UTC.

    The notice is drawn up two minutes after the finding unless `etabli_le` says otherwise; the stay it covers
    ends two hours after.
    """
    found = dt.datetime.fromisoformat(constate_le)
    agent = f"AGENT-{index:03d}"
    return {
        "dossier": f"D{index:03d}",
        "terminal": SIMULATION_TERMINALS[index % len(SIMULATION_TERMINALS)],
        "agent": agent,
        "signature": f"Signé {agent}",
        "constate_le": constate_le,
        "etabli_le": etabli_le or (found + dt.timedelta(minutes=2)).isoformat(),
        "lieu": f"{index} RUE DE LA FICTION",
        "zone": "centre",
        "vehicule": {"immatriculation": str(Immatriculation.generate(index)), "marque": "RENAULT", "pays": "FR"},
        "fps": 3500,
        "justificatifs": [],
        "fin_effet": (found + dt.timedelta(hours=2)).isoformat(),
        **changes,
    }


def town_day(instant: str) -> dt.date:
    """Return the town's day of an instant."""
    return dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(FUSEAU)).date()


def receipt_of(facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the receipt that R. 2333-120-5 deducts: the latest one still running when the notice is drawn up."""
    drawn = _instant(facts["etabli_le"])
    running = [recu for recu in facts["justificatifs"] if _instant(recu["emis_le"]) <= drawn < _instant(recu["fin_le"])]
    return max(running, key=lambda recu: _instant(recu["emis_le"]), default=None)


def _instant(written: str) -> dt.datetime:
    return dt.datetime.fromisoformat(written)
