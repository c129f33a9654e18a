"""After the notice: corrective notices, a cancellation before the title, an unpaid charge, two towns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.conformance.cases.notices import judge_avis
from fpsctl.conformance.facts import finding, town_day
from fpsctl.conformance.judging import Jury, instant
from fpsctl.conformance.log import ANNULATION, AVIS, IMPAYE, RECTIFICATIF
from fpsctl.conformance.protocol import TIME
from fpsctl.conformance.records import Ask, Case, Happen, TownPlan

if TYPE_CHECKING:
    from fpsctl.checks import Verdict
    from fpsctl.conformance.log import Log

_FOUND, _AT = "2026-02-10T15:00:00+00:00", "2026-02-10T15:05:00+00:00"
_FILED, _DECIDED = "2026-03-02T09:00:00+00:00", "2026-03-12T10:00:00+00:00"


def _rectified(log: Log) -> Verdict:
    """A corrective notice has a number of its own, recalls the first, and says the corrected amount."""
    jury = Jury(log)
    avis, asked = jury.accepted(jury.step(0), AVIS), jury.step(1)
    call = jury.accepted(asked, RECTIFICATIF)
    if asked is None or avis is None or call is None:
        return jury.verdict()
    facts, first = asked.facts, log.asked[0].facts
    if call.numero == avis.numero:
        jury.complain("own-number", numero=call.numero)
    found, drawn = town_day(first["constate_le"]), town_day(facts["etabli_le"])
    jury.number(call.numero, asked.town, found=found, drawn=drawn, terminal=facts["terminal"])
    expected = {
        "numero_initial": avis.numero,
        "constate_le": instant(first["constate_le"]),
        "etabli_le": drawn,
        "vehicule.immatriculation": first["vehicule"]["immatriculation"],
        "lieu": first["lieu"],
        **{name: facts[name] for name in ("agent", "signature", "montant")},
        "rapo_recu_le": town_day(facts["rapo_recu_le"]),
    }
    jury.fields(call.message, expected)
    jury.track(avis.numero, "dette", "notifie" if facts["montant"] else "annule")
    return jury.verdict()


def _cancelled(log: Log) -> Verdict:
    jury = Jury(log)
    avis, asked = jury.accepted(jury.step(0), AVIS), jury.step(1)
    call = jury.accepted(asked, ANNULATION)
    if asked is None or avis is None or call is None:
        return jury.verdict()
    expected: dict[str, object] = {
        "numero": avis.numero,
        "collectivite.siret": asked.town.siret,
        "motif": asked.facts["motif"],
        "decide_le": town_day(asked.facts["decide_le"]),
        "montant_annule": asked.facts["montant_annule"],
        "part_majoration": 0,
        "titre": None,
    }
    jury.fields(call.message, expected)
    jury.track(avis.numero, "dette", "annule")
    return jury.verdict()


def _unpaid(log: Log) -> Verdict:
    """Nothing on the last day of the three months; the day after, what is left once the local payment is deducted."""
    jury = Jury(log)
    jury.nothing_sent(jury.step(0))
    asked = jury.step(1)
    call = jury.accepted(asked, IMPAYE)
    if asked is None or call is None:
        return jury.verdict()
    facts = asked.facts
    paid = sum(paiement["montant"] for paiement in facts["paiements"])
    days = {"found": town_day(facts["constate_le"]), "drawn": town_day(facts["etabli_le"])}
    jury.number(call.numero, asked.town, **days, terminal=facts["terminal"])
    expected = {
        "collectivite.siret": asked.town.siret,
        "constate_le": instant(facts["constate_le"]),
        "lieu": facts["lieu"],
        "vehicule.immatriculation": facts["vehicule"]["immatriculation"],
        "montant_initial": facts["fps"],
        "paye": paid,
        "annule": 0,
        "remis": 0,
        "reste": facts["fps"] - paid,
    }
    jury.fields(call.message, expected)
    return jury.verdict()


def _apart(log: Log) -> Verdict:
    """Each town speaks with its own certificate and under its own SIRET."""
    jury = Jury(log)
    for index, town in enumerate(log.towns):
        asked = jury.step(index)
        for call in asked.echanges if asked else ():
            if call.empreinte != town.empreinte:
                jury.complain("certificate", seq=call.seq, siret=town.siret)
            if call.siret != town.siret:
                jury.complain("other-town", seq=call.seq, lu=call.siret, siret=town.siret)
        judge_avis(jury, asked)
    return jury.verdict()


def _rectification(case: str, number: int, montant: int) -> Case:
    dossier = f"D{number:03d}"
    facts: dict[str, Any] = {
        "dossier": dossier,
        "terminal": 999,
        "agent": "AGENT-RAPO",
        "signature": "Signé AGENT-RAPO",
        "rapo_recu_le": _FILED,
        "etabli_le": "2026-03-12T09:55:00+00:00",
        "montant": montant,
    }
    return Case(
        id=case,
        reference="CGCT R. 2333-120-14; arrêté du 6 novembre 2015, art. 4 I",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, finding(number, _FOUND)),
            Happen("rapo_depot", _FILED, dossier),
            Ask("rectifier", _DECIDED, facts),
        ),
        judge=_rectified,
    )


_UNPAID = finding(17, "2026-01-15T08:00:00+00:00") | {
    "notifie_le": "2026-01-15T08:02:00+00:00",
    "paiements": [{"montant": 1000, "paye_le": "2026-02-20T10:00:00+00:00"}],
}

CASES = (
    _rectification("rectificatif.partiel", 14, 1500),
    _rectification("rectificatif.zero", 15, 0),
    Case(
        id="annulation.avant-titre",
        reference="CGCT R. 2333-120-17",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, finding(16, _FOUND)),
            Ask(
                "annuler",
                "2026-02-20T09:00:00+00:00",
                {
                    "dossier": "D016",
                    "motif": "autorite",
                    "decide_le": "2026-02-20T08:30:00+00:00",
                    "montant_annule": 3500,
                    "part_majoration": 0,
                },
            ),
        ),
        judge=_cancelled,
    ),
    Case(
        id="fps-impaye.partiel",
        reference="CGCT L. 2333-87 IV, R. 2333-120-16; arrêté du 15 décembre 2016, art. 1",
        towns=(TownPlan(cycle="partiel"),),
        acts=(
            Ask("declarer_impaye", "2026-04-15T12:00:00+00:00", _UNPAID),
            Ask("declarer_impaye", "2026-04-16T07:00:00+00:00", _UNPAID),
        ),
        judge=_unpaid,
        also=(TIME,),
    ),
    Case(
        id="isolation.siret",
        reference="arrêté du 6 novembre 2015, art. 4 I; arrêté du 24 octobre 2017",
        towns=(TownPlan(), TownPlan()),
        acts=(
            Ask("envoyer_avis", _AT, finding(18, _FOUND), town=0),
            Ask("envoyer_avis", _AT, finding(19, _FOUND), town=1),
        ),
        judge=_apart,
    ),
)
