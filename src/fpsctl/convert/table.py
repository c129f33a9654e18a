"""The correspondences, one row each: a name of FNMS, a canonical path, for which messages, how sure.

Names of FNMS are deduced from public code, so every correspondence is at best deduced too. What has no
row here is derived (from the number, from the settings of the town) or has no place in the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from fpsctl.convert.people import ADDRESS, PERSON

if TYPE_CHECKING:
    from fpsctl.law import Confidence

INITIAL, CORRECTIVE = "avis_initial", "avis_rectificatif"
BOTH = (INITIAL, CORRECTIVE)
KINDS = {"INITIAL": INITIAL, "CORRECTION": CORRECTIVE}
CANCELLED = "CANCELLED"
BESIDE = "fpsctl"
"""Member that a fine may carry beside those of FNMS, for what FNMS has no name for."""

Reader = Literal["numero", "text", "instant", "day", "address", "plate", "country", "amount", "payments", "person"]


class Row(NamedTuple):
    """One correspondence; `needed` where no message can do without it."""

    fnms: str
    canonical: str
    reader: Reader
    kinds: tuple[str, ...] = BOTH
    needed: bool = False
    confidence: Confidence = "deduced"


ROWS: tuple[Row, ...] = (
    Row("fineLegalId", "numero", "numero", needed=True),
    Row("rootFineLegalId", "numero_initial", "numero", (CORRECTIVE,)),
    Row("statementDatetime", "constate_le", "instant", needed=True),
    Row("agent.agentId", "agent", "text", needed=True),
    Row("statementAddress", "lieu", "address", needed=True),
    Row("zoneId", "zone", "text", (INITIAL,), needed=True),
    Row("licensePlate.plate", "vehicule.immatriculation", "plate", needed=True),
    Row("licensePlate.plateCountry", "vehicule.pays", "country", needed=True),
    Row("vehicle.brand", "vehicule.marque", "text"),
    Row("finePrice", "fps", "amount", (INITIAL,), needed=True),
    Row("finePrice", "montant", "amount", (CORRECTIVE,), needed=True),
    Row("startDatetime", "justificatif.emis_le", "instant", (INITIAL,)),
    Row("endDatetime", "justificatif.fin_le", "instant", (INITIAL,)),
    Row("payments", "justificatif.montant", "payments", (INITIAL,), confidence="assumption"),
    Row("reducedFinePrice", "minore.montant", "amount", (INITIAL,)),
    Row("reducedDatetime", "minore.fin_le", "instant", (INITIAL,), confidence="assumption"),
    Row("validityDatetime", "fin_effet", "instant", (INITIAL,)),
    Row("offender", "redevable", "person", (CORRECTIVE,)),
    Row("representative", "mandataire", "person", (CORRECTIVE,)),
    Row("fpsctl.rapo_recu_le", "rapo_recu_le", "day", (CORRECTIVE,), confidence="assumption"),
    Row("fpsctl.etabli_le", "etabli_le", "day", confidence="assumption"),
    Row("fpsctl.signature", "signature", "text", confidence="assumption"),
)

DERIVED = {
    "collectivite.nom": "fnms.derived.settings",
    "collectivite.siret": "fnms.derived.settings",
    "collectivite.contact": "fnms.derived.settings",
    "autorite.code": "fnms.derived.settings",
    "autorite.nom": "fnms.derived.settings",
    "autorite.contact": "fnms.derived.settings",
    "etabli_le": "fnms.derived.day",
    "signature": "fnms.signature",
    "deduit": "fnms.derived.deduction",
    "montant_du": "fnms.derived.deduction",
}
"""Canonical path that FNMS has no name for -> the finding that says where its value comes from."""

DROPPED = {
    "fineId": "fnms.dropped.server",
    "parent": "fnms.dropped.server",
    "parkId": "fnms.dropped.server",
    "comments": "fnms.dropped.server",
    "significantRights": "fnms.dropped.server",
    "statementLocation": "fnms.dropped.server",
    "recourseOrganization": "fnms.dropped.town",
    "licensePlate.pricingCategory": "fnms.dropped.vehicle",
    "vehicle.model": "fnms.dropped.vehicle",
    "vehicle.vehicleCategory": "fnms.dropped.vehicle",
    "notificationDatetime": "fnms.dropped.dates",
    "authTransfertDatetime": "fnms.dropped.dates",
    "pictures": "fnms.dropped.pictures",
    "agent.name": "fnms.dropped.personal",
    "offender": "fnms.dropped.personal",
    "representative": "fnms.dropped.personal",
}
"""Name of FNMS that has no place in a message -> the finding that says so, unless a row or a rule used it."""

JUDGED = (
    "type", "rootFineLegalId", "parent", "cityId", "agent.worksFor", "terminalId", "notificationAuthority",
    "paymentStatus", "payments", "surcharge", "reducedPriceDuration",
)  # fmt: skip
"""Names of FNMS that rules read themselves."""

GROUPS = frozenset(
    {"agent", "licensePlate", "vehicle", "statementAddress", "offender", "representative", "offender.address"}
    | {"representative.address", BESIDE}
)
"""Names that hold others."""

PARTS = frozenset(
    {f"statementAddress.{part}" for part in ADDRESS}
    | {f"{who}.{part}" for who in ("offender", "representative") for part in PERSON}
    | {f"{who}.address.{part}" for who in ("offender", "representative") for part in ADDRESS}
)
"""Parts of addresses and people."""

KNOWN = frozenset({row.fnms for row in ROWS} | set(DROPPED) | set(JUDGED) | PARTS)

LOCAL_TO_ONE_PRODUCT = frozenset({"upsId", "sessionId", "userId", "authId"})


def of_one_product(name: str) -> bool:
    """Whether a name is one product's own, and of no shared vocabulary."""
    last = name.rpartition(".")[2]
    return last in LOCAL_TO_ONE_PRODUCT or last.startswith("P1000")


def fnms_name(kind: str, canonical: str) -> str:
    """Return the FNMS name behind a canonical path, else the path."""
    return next((row.fnms for row in ROWS if kind in row.kinds and row.canonical == canonical), canonical)
