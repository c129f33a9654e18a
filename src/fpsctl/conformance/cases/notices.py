"""The initial notice: its data, its number, the same again after a lost answer, another after a rejection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.conformance.facts import finding, receipt_of, town_day
from fpsctl.conformance.judging import Jury, instant
from fpsctl.conformance.log import AVIS
from fpsctl.conformance.records import Ask, Case, Happen, TownPlan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.checks import Verdict
    from fpsctl.conformance.log import Asked, Log

_AT = "2026-02-03T09:20:00+00:00"
_FOUND = "2026-02-03T09:14:00+00:00"


def expected_avis(facts: Mapping[str, Any], identity: Mapping[str, Any]) -> dict[str, object]:
    """Return every value of the notice of a finding, by canonical path, but its number."""
    receipt = receipt_of(facts)
    deduit = receipt["montant"] if receipt else 0
    return {
        **{f"collectivite.{name}": identity[name] for name in ("nom", "siret", "contact")},
        **{f"autorite.{name}": identity["autorite"][name] for name in ("code", "nom", "contact")},
        **{f"vehicule.{name}": facts["vehicule"][name] for name in ("immatriculation", "marque", "pays")},
        **{name: facts[name] for name in ("agent", "lieu", "zone", "fps", "signature")},
        "constate_le": instant(facts["constate_le"]),
        "etabli_le": town_day(facts["etabli_le"]),
        "deduit": deduit,
        "montant_du": max(0, facts["fps"] - deduit),
        "justificatif.emis_le": receipt and instant(receipt["emis_le"]),
        "justificatif.fin_le": receipt and instant(receipt["fin_le"]),
        "justificatif.montant": receipt and receipt["montant"],
        "minore": None,
        "fin_effet": instant(facts["fin_effet"]),
    }


def judge_avis(jury: Jury, asked: Asked | None) -> str:
    """Judge the notice that a step sent against its facts; return its number, empty if none was accepted."""
    call = jury.accepted(asked, AVIS)
    if asked is None or call is None:
        return ""
    facts = asked.facts
    jury.number(
        call.numero,
        asked.town,
        found=town_day(facts["constate_le"]),
        drawn=town_day(facts["etabli_le"]),
        terminal=facts["terminal"],
    )
    jury.fields(call.message, expected_avis(facts, asked.town.identity))
    return call.numero


def _as_found(log: Log) -> Verdict:
    jury = Jury(log)
    numero = judge_avis(jury, jury.step(0))
    if numero:
        jury.track(numero, "envoi", "transmis")
    return jury.verdict()


def _same_again(log: Log) -> Verdict:
    """One notice whatever happens to the answer: the same number and content, never a second one."""
    jury = Jury(log)
    first, again = jury.accepted(jury.step(0), AVIS), jury.accepted(jury.step(1), AVIS)
    if first is not None and again is not None:
        jury.same("numero", again.numero, first.numero)
        if again.numero == first.numero and again.message != first.message:
            jury.complain("changed", numero=first.numero)
    jury.same("dossiers", len(log.dossiers), 1)
    return jury.verdict()


def _corrected(log: Log) -> Verdict:
    """A rejected notice keeps its number: corrected, it is the same one."""
    jury = Jury(log)
    wrong = jury.accepted(jury.step(0), AVIS)
    jury.pulled(jury.step(1), 0, "rejet")
    numero = judge_avis(jury, jury.step(2))
    if wrong is not None and numero:
        jury.same("numero", numero, wrong.numero)
        jury.track(numero, "envoi", "transmis")
    return jury.verdict()


_WRONG = finding(8, _FOUND, vehicule={"immatriculation": "SS-008-AB", "marque": "PEUGEOT", "pays": "FR"})
_RECEIPTS = (
    # Two receipts: the first is over when the notice is drawn up, only the second is deducted.
    {"emis_le": "2026-02-03T06:30:00+00:00", "fin_le": "2026-02-03T08:30:00+00:00", "montant": 400},
    {"emis_le": "2026-02-03T08:40:00+00:00", "fin_le": "2026-02-03T10:40:00+00:00", "montant": 210},
)


def _sent(case: str, reference: str, facts: Mapping[str, Any], at: str = _AT) -> Case:
    return Case(case, reference, (TownPlan(),), (Ask("envoyer_avis", at, facts),), _as_found)


CASES = (
    _sent("avis-initial.complet", "CGCT R. 2333-120-10; arrêté du 6 novembre 2015, art. 4 I", finding(4, _FOUND)),
    _sent("avis-initial.deduction", "CGCT R. 2333-120-5", finding(5, _FOUND, justificatifs=list(_RECEIPTS))),
    _sent(
        "avis-initial.nouvel-an",
        "arrêté du 6 novembre 2015, art. 4 I",
        # 23:58 on 31 December in Paris, drawn up at 00:04 on 1 January: still 31 December in UTC.
        finding(6, "2025-12-31T22:58:00+00:00", etabli_le="2025-12-31T23:04:00+00:00"),
        at="2025-12-31T23:06:00+00:00",
    ),
    _sent(
        "avis-initial.heure-ete",
        "arrêté du 6 novembre 2015, art. 4 I",
        # The night the clocks go back: 02:30 comes twice in Paris, this is the second.
        finding(7, "2026-10-25T01:30:00+00:00"),
        at="2026-10-25T01:40:00+00:00",
    ),
    Case(
        id="reprise.meme-message",
        reference="CGCT R. 2333-120-10",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, finding(9, _FOUND)),
            Ask("reprendre", "2026-02-03T09:25:00+00:00", {"dossier": "D009", "reponse_perdue": True}),
        ),
        judge=_same_again,
    ),
    Case(
        id="rejet.corrige",
        reference="CGCT R. 2333-120-10",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, _WRONG),
            Happen("rejet", "2026-02-03T14:00:00+00:00", "D008", {"motif": "incoherence_marque_plaque"}),
            Ask("relever_retours", "2026-02-03T15:00:00+00:00"),
            Ask("corriger", "2026-02-03T15:10:00+00:00", finding(8, _FOUND)),
        ),
        judge=_corrected,
    ),
)
