"""Every finding of a conversion from FNMS: its one severity, who must act, on whose word."""

from __future__ import annotations

from typing import NamedTuple

from fpsctl.antai.messages.sources import AGENT, CADA, CEREMA, L87, NUMERO, R4, R5, R14, R16
from fpsctl.checks import Actor, Severity

FNMS = "FNMS API 1.04 (2017) and 1.08 (2021): field names deduced from public code"
_R10 = "CGCT art. R. 2333-120-10"
_CONVENTION = "ANTAI, FPS page for local authorities (official)"
_SIV = "R. 2333-120-10 and SIV: ANTAI finds the holder (deduced)"
_REJECTS = "a city's 2024 parking report: make or plate mismatch is a reason to abandon (secondary)"
_ISO = "A06: ISO 3166-1 is our choice of code (assumption)"
_ENDORSED = "arrete 2017-10-24 (INTS1709872A): data count as endorsed once sent"
_JSON = "RFC 8259"
_ANNULATION = "arrete 2016-12-15 (JORFTEXT000033748719): a cancellation is another act"


class Rule(NamedTuple):
    """One kind of finding."""

    severity: Severity
    actor: Actor
    reference: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
_EDITEUR, _TOWN = Actor.EDITEUR, Actor.COLLECTIVITE

RULES: dict[str, Rule] = {
    # No message is made.
    "fnms.unreadable": Rule(_E, _EDITEUR, _JSON),
    "fnms.type.cancelled": Rule(_E, _EDITEUR, _ANNULATION),
    "fnms.type.unknown": Rule(_E, _EDITEUR, FNMS),
    "fnms.missing": Rule(_E, _EDITEUR, FNMS),
    "fnms.invalid": Rule(_E, _EDITEUR, _ENDORSED),
    "fnms.numero.siret": Rule(_E, _EDITEUR, NUMERO),
    "fnms.numero.duplicate": Rule(_E, _EDITEUR, NUMERO),
    "fnms.root.same": Rule(_E, _EDITEUR, NUMERO),
    "fnms.rapo.missing": Rule(_E, _EDITEUR, R14),
    "fnms.town.missing": Rule(_E, _TOWN, R14),
    "fnms.instant.offset": Rule(_E, _EDITEUR, CADA),
    "fnms.instant.nonexistent": Rule(_E, _EDITEUR, CADA),
    "fnms.wire": Rule(_E, _EDITEUR, "the profile"),
    # A message is made; someone should look.
    "fnms.empty": Rule(_W, _EDITEUR, FNMS),
    "fnms.town.example": Rule(_W, _TOWN, R14),
    "fnms.town.autorite": Rule(_W, _TOWN, R14),
    "fnms.text.number": Rule(_W, _EDITEUR, FNMS),
    "fnms.numero.form": Rule(_W, _EDITEUR, NUMERO),
    "fnms.numero.year": Rule(_W, _EDITEUR, NUMERO),
    "fnms.numero.day": Rule(_W, _EDITEUR, NUMERO),
    "fnms.siret.differs": Rule(_W, _EDITEUR, NUMERO),
    "fnms.root.parent": Rule(_W, _EDITEUR, FNMS),
    "fnms.root.initial": Rule(_W, _EDITEUR, NUMERO),
    "fnms.rapo.order": Rule(_W, _EDITEUR, R14),
    "fnms.instant.ambiguous": Rule(_W, _EDITEUR, CADA),
    "fnms.order": Rule(_W, _EDITEUR, R5),
    "fnms.agent.name": Rule(_W, _EDITEUR, AGENT),
    "fnms.pays.doubtful": Rule(_W, _EDITEUR, _ISO),
    "fnms.pays.foreign": Rule(_W, _EDITEUR, _CONVENTION),
    "fnms.plaque.shape": Rule(_W, _EDITEUR, _REJECTS),
    "fnms.marque.missing": Rule(_W, _EDITEUR, _REJECTS),
    "fnms.zone.unknown": Rule(_W, _TOWN, L87),
    "fnms.price.unit": Rule(_W, _EDITEUR, FNMS),
    "fnms.price.tariff": Rule(_W, _TOWN, L87),
    "fnms.price.net": Rule(_W, _EDITEUR, R5),
    "fnms.price.surcharge": Rule(_W, _EDITEUR, R16),
    "fnms.receipt.read": Rule(_W, _EDITEUR, R5),
    "fnms.receipt.whole": Rule(_W, _EDITEUR, R5),
    "fnms.receipt.expired": Rule(_W, _EDITEUR, R5),
    "fnms.receipt.incomplete": Rule(_W, _EDITEUR, R5),
    "fnms.payments": Rule(_W, _EDITEUR, R5),
    "fnms.paid": Rule(_W, _EDITEUR, _R10),
    "fnms.minore.price": Rule(_W, _TOWN, CEREMA),
    "fnms.minore.settings": Rule(_W, _TOWN, CEREMA),
    "fnms.minore.end": Rule(_W, _EDITEUR, FNMS),
    "fnms.notification": Rule(_W, _TOWN, _CONVENTION),
    "fnms.person": Rule(_W, _EDITEUR, R14),
    "fnms.unknown": Rule(_W, _EDITEUR, FNMS),
    "profile.not-in-force": Rule(_W, _EDITEUR, "the profile"),
    # Said so that nothing is lost silently.
    "fnms.price.read": Rule(_I, _EDITEUR, FNMS),
    "fnms.minore.read": Rule(_I, _EDITEUR, FNMS),
    "fnms.derived.settings": Rule(_I, _TOWN, R14),
    "fnms.derived.day": Rule(_I, _EDITEUR, NUMERO),
    "fnms.derived.deduction": Rule(_I, _EDITEUR, R5),
    "fnms.signature": Rule(_I, _EDITEUR, R14),
    "fnms.zone.local": Rule(_I, _EDITEUR, CADA),
    "fnms.pays.read": Rule(_I, _EDITEUR, _ISO),
    "fnms.checked": Rule(_I, _EDITEUR, NUMERO),
    "fnms.dropped.server": Rule(_I, _EDITEUR, FNMS),
    "fnms.dropped.dates": Rule(_I, _EDITEUR, f"{L87}: ANTAI's own sending date counts"),
    "fnms.dropped.vehicle": Rule(_I, _EDITEUR, CADA),
    "fnms.dropped.town": Rule(_I, _TOWN, R4),
    "fnms.dropped.pictures": Rule(_I, _EDITEUR, R14),
    "fnms.dropped.personal": Rule(_I, _EDITEUR, _SIV),
    "fnms.dropped.kind": Rule(_I, _EDITEUR, R14),
    "fnms.product": Rule(_I, _EDITEUR, FNMS),
}
