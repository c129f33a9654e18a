"""Numbers and messages, from the facts; the town's day is the day of an instant in the town's zone."""

import calendar
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

Facts = dict[str, Any]

_MOTIFS = {"autorite": "AUTORITE", "rapo": "RECOURS_PREALABLE", "decision_tsp": "JURIDICTION"}


def _local(town: Facts, instant: str) -> dt.datetime:
    """Return an instant in the town's zone; its offset goes with it."""
    return dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(town["fuseau"]))


def _day(town: Facts, instant: str) -> dt.date:
    return _local(town, instant).date()


def numero(town: Facts, found: Facts, drawn: Facts, order: int) -> str:
    """Return the 26 digits: SIRET, year of the finding, authority, day drawn up, device, order number."""
    year = _day(town, found["constate_le"]).year % 100
    day = _day(town, drawn["etabli_le"]).timetuple().tm_yday
    return f"{town['siret']}{year:02d}{town['autorite']['code']}{day:03d}{drawn['terminal']:03d}{order:03d}"


def receipt(facts: Facts) -> Facts | None:
    """Return the receipt to deduct: the latest still running when the notice is drawn up."""
    drawn = dt.datetime.fromisoformat(facts["etabli_le"])
    running = [
        recu
        for recu in facts["justificatifs"]
        if dt.datetime.fromisoformat(recu["emis_le"]) <= drawn < dt.datetime.fromisoformat(recu["fin_le"])
    ]
    return max(running, key=lambda recu: dt.datetime.fromisoformat(recu["emis_le"]), default=None)


def avis_initial(town: Facts, facts: Facts, number: str) -> dict[str, Any]:
    """Return the initial notice."""
    deducted = receipt(facts)
    paid = deducted["montant"] if deducted else 0
    message = {
        "identification": {"numeroAvis": number, "dateEtablissement": _day(town, facts["etabli_le"]).isoformat()},
        "collectivite": _names(town),
        "constat": {
            **_constat(town, facts),
            "agent": {"identifiant": facts["agent"], "signature": facts["signature"], "autorite": _autorite(town)},
            "zoneTarifaire": facts["zone"],
        },
        "montants": {"forfait": facts["fps"], "dejaRegle": paid, "du": max(0, facts["fps"] - paid)},
        "validite": {"dateFin": _local(town, facts["fin_effet"]).isoformat()},
    }
    if deducted:
        message["ticket"] = {
            "dateEmission": _local(town, deducted["emis_le"]).isoformat(),
            "dateFin": _local(town, deducted["fin_le"]).isoformat(),
            "montantRegle": paid,
        }
    return message


def avis_rectificatif(town: Facts, known: Facts, facts: Facts, number: str) -> dict[str, Any]:
    """Return the corrective notice of a known case."""
    return {
        "identification": {
            "numeroAvis": number,
            "numeroAvisInitial": known["numero"],
            "dateEtablissement": _day(town, facts["etabli_le"]).isoformat(),
        },
        "collectivite": _names(town),
        "decision": {
            "autorite": _autorite(town),
            "agent": {"identifiant": facts["agent"], "signature": facts["signature"]},
        },
        "constat": _constat(town, known["facts"]),
        "recours": {"dateReception": _day(town, facts["rapo_recu_le"]).isoformat()},
        "montants": {"rectifie": facts["montant"]},
    }


def annulation(town: Facts, facts: Facts, number: str) -> dict[str, Any]:
    """Return the cancellation."""
    return {
        "identification": {"numeroAvis": number},
        "beneficiaire": _names(town),
        "decision": {
            "codeMotif": _MOTIFS[facts["motif"]],
            "dateDecision": _day(town, facts["decide_le"]).isoformat(),
        },
        "montants": {"annule": {"total": facts["montant_annule"], "dontMajoration": facts["part_majoration"]}},
    }


def still_payable(town: Facts, facts: Facts, now: str) -> bool:
    """Say whether the three months from date to date, last day included, are still running."""
    start = _day(town, facts["notifie_le"])
    year, month = divmod(start.month + 2, 12)
    last = calendar.monthrange(start.year + year, month + 1)[1]
    return _day(town, now) <= dt.date(start.year + year, month + 1, min(start.day, last))


def fps_impaye(town: Facts, facts: Facts, number: str) -> dict[str, Any]:
    """Return the unpaid charge, less what the town was paid."""
    deducted = receipt(facts)
    due = max(0, facts["fps"] - (deducted["montant"] if deducted else 0))
    paid = sum(paiement["montant"] for paiement in facts["paiements"])
    constat = _constat(town, facts)
    return {
        "creance": {
            "numeroAvis": number,
            "vehicule": constat["vehicule"],
            "constat": {"lieu": constat["lieu"], "dateHeure": constat["dateHeure"]},
        },
        "beneficiaire": _names(town),
        "solde": {
            "montantInitial": due,
            "deductions": {"regle": paid, "annule": 0, "remise": 0},
            "resteARecouvrer": due - paid,
        },
    }


def _names(town: Facts) -> dict[str, str]:
    return {"denomination": town["nom"], "numeroSiret": town["siret"], "coordonnees": town["contact"]}


def _autorite(town: Facts) -> dict[str, Any]:
    autorite = town["autorite"]
    return {"indicatif": autorite["code"], "denomination": autorite["nom"], "coordonnees": autorite["contact"]}


def _constat(town: Facts, facts: Facts) -> dict[str, Any]:
    vehicule = facts["vehicule"]
    return {
        "dateHeure": _local(town, facts["constate_le"]).isoformat(),
        "lieu": facts["lieu"],
        "vehicule": {
            "plaque": vehicule["immatriculation"],
            "marque": vehicule["marque"],
            "paysImmatriculation": vehicule["pays"],
        },
    }
