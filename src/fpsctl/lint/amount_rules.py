"""Rules on amounts (cents): what is due, what remains, the reduced charge, the tariff of the town on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.antai.messages.sources import CEREMA, IMPAYE, L87, R5, TITRE_ANNULATION
from fpsctl.checks import Severity
from fpsctl.lint.rule import Rule, Unjudged, differs, value

if TYPE_CHECKING:
    from fpsctl.lint.rule import Answer, Case

_INITIAL = ("avis_initial",)


def _due(case: Case) -> Answer:
    facts = case.facts
    found, expected = facts["montant_du"], max(0, facts["fps"] - facts["deduit"])
    return None if found == expected else differs("montant_du", found, expected)


def _deducted(case: Case) -> Answer:
    found, paid = case.facts["deduit"], case.facts.get("justificatif.montant")
    if paid is None or found == paid:
        return None
    expected = min(case.facts.get("fps", paid), paid)  # a charge that is used up has nothing more to deduct from
    return None if found == expected else differs("deduit", found, expected)


def _excess(case: Case) -> Answer:
    found, fps = case.facts["deduit"], case.facts["fps"]
    return None if found <= fps else differs("deduit", found, f"<= {fps}")


def _receipt(case: Case) -> Answer:
    found = case.facts["deduit"]
    return None if not found or "justificatif.montant" in case.facts else value("deduit", found)


def _minored(case: Case) -> Answer:
    found, bound = case.facts.get("minore.montant"), max(0, case.facts["fps"] - case.facts["deduit"])
    return None if found is None or found < bound else differs("minore.montant", found, f"< {bound}")


def _remainder(case: Case) -> Answer:
    facts = case.facts
    found, expected = facts["reste"], facts["montant_initial"] - facts["paye"] - facts["annule"] - facts["remis"]
    return None if found == expected else differs("reste", found, expected)


def _surcharge(case: Case) -> Answer:
    found, bound = case.facts["part_majoration"], case.facts["montant_annule"]
    return None if found <= bound else differs("part_majoration", found, f"<= {bound}")


def _zone(case: Case) -> Answer:
    if case.town.reason:
        return Unjudged(case.town.reason)
    found = case.facts["zone"]
    return None if found in case.town.tarifs else differs("zone", found, ", ".join(case.town.tarifs))


def _tariff(case: Case) -> Answer:
    if case.town.reason:
        return Unjudged(case.town.reason)
    tarif = case.town.tarifs.get(case.facts["zone"])
    if tarif is None:
        return Unjudged("zone")
    found = case.facts["fps"]
    return None if found == tarif.fps else differs("fps", found, int(tarif.fps))


def _cap(case: Case) -> Answer:
    if case.town.reason:
        return Unjudged(case.town.reason)
    tarif = case.town.tarifs.get(case.facts["zone"])
    if tarif is None:
        return Unjudged("zone")
    if tarif.redevance_max is None:
        return Unjudged("cap")
    found = case.facts["fps"]
    return None if found <= tarif.redevance_max else differs("fps", found, f"<= {int(tarif.redevance_max)}")


def _corrected_cap(case: Case) -> Answer:
    """A corrective notice names no zone: the most that any zone of the town may ask."""
    if case.town.reason:
        return Unjudged(case.town.reason)
    tarifs = case.town.tarifs.values()
    bound = max((tarif.fps if tarif.redevance_max is None else tarif.redevance_max for tarif in tarifs), default=None)
    if bound is None:
        return Unjudged("cap")
    found = case.facts["montant"]
    return None if found <= bound else differs("montant", found, f"<= {int(bound)}")


RULES = (
    Rule("lint.montant.du", Severity.ERROR, R5, "law", _INITIAL, ("montant_du", "fps", "deduit"), _due),
    Rule("lint.deduit.montant", Severity.ERROR, R5, "law", _INITIAL, ("deduit",), _deducted),
    Rule("lint.deduit.exces", Severity.WARNING, R5, "deduced", _INITIAL, ("deduit", "fps"), _excess),
    Rule("lint.deduit.justificatif", Severity.WARNING, R5, "law", _INITIAL, ("deduit",), _receipt),
    Rule("lint.minore.montant", Severity.ERROR, CEREMA, "secondary", _INITIAL, ("fps", "deduit"), _minored),
    Rule(
        "lint.impaye.reste",
        Severity.ERROR,
        IMPAYE,
        "deduced",
        ("fps_impaye",),
        ("reste", "montant_initial", "paye", "annule", "remis"),
        _remainder,
    ),
    Rule(
        "lint.annulation.majoration",
        Severity.ERROR,
        TITRE_ANNULATION,
        "deduced",
        ("annulation",),
        ("part_majoration", "montant_annule"),
        _surcharge,
    ),
    Rule("lint.tarif.zone", Severity.ERROR, L87, "deduced", _INITIAL, ("zone", "constate_le"), _zone),
    Rule("lint.tarif.montant", Severity.ERROR, L87, "law", _INITIAL, ("zone", "fps", "constate_le"), _tariff),
    Rule("lint.tarif.plafond", Severity.ERROR, L87, "law", _INITIAL, ("zone", "fps", "constate_le"), _cap),
    Rule(
        "lint.rectificatif.plafond",
        Severity.ERROR,
        L87,
        "deduced",
        ("avis_rectificatif",),
        ("montant", "constate_le"),
        _corrected_cap,
    ),
)
