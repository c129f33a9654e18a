"""What comes back: sending date, payments, more than a page of them, and the print request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.conformance.facts import finding
from fpsctl.conformance.judging import Jury
from fpsctl.conformance.log import AVIS, IMPRESSION
from fpsctl.conformance.records import Ask, Case, Happen, TownPlan

if TYPE_CHECKING:
    from fpsctl.checks import Verdict
    from fpsctl.conformance.log import Log

_FOUND, _AT = "2026-03-10T10:00:00+00:00", "2026-03-10T10:05:00+00:00"
_POSTED = "2026-03-16T08:00:00+00:00"
_LATER = "2026-03-16T09:00:00+00:00"
_TAKEN_BACK = 51  # payments, each reversed: more returns than one page of the profile holds


def _sending_date(log: Log) -> Verdict:
    jury = Jury(log)
    jury.accepted(jury.step(0), AVIS)
    last = jury.pulled(jury.step(1), 0, "date_envoi")
    jury.pulled(jury.step(2), last)
    return jury.verdict()


def _payment(log: Log) -> Verdict:
    jury = Jury(log)
    jury.accepted(jury.step(0), AVIS)
    jury.pulled(jury.step(1), 0, "date_envoi", "paiement")
    return jury.verdict()


def _pages(log: Log) -> Verdict:
    jury = Jury(log)
    jury.accepted(jury.step(0), AVIS)
    jury.pulled(jury.step(1), 0, "paiement")
    return jury.verdict()


def _print_request(log: Log) -> Verdict:
    jury, town = Jury(log), log.towns[0]
    avis = jury.accepted(jury.step(0), AVIS)
    read = jury.accepted(jury.step(1), IMPRESSION)
    if avis is not None and read is not None:
        jury.same("numero", read.numero, avis.numero)
        jury.same("siret", read.siret, town.siret)
    return jury.verdict()


_REVERSED = (
    Happen("paiement", _POSTED, "D012", {"montant": 3500, "canal": "antai"}),
    Happen("paiement_annule", _POSTED, "D012"),
)

CASES = (
    Case(
        id="retours.date-envoi",
        reference="CGCT L. 2333-87 II",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, finding(10, _FOUND)),
            Ask("relever_retours", _POSTED),
            Ask("relever_retours", _LATER),
        ),
        judge=_sending_date,
    ),
    Case(
        id="retours.paiement",
        reference="arrêté du 29 février 2016; Cerema, 7.5.2",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, finding(11, _FOUND)),
            Happen("paiement", "2026-04-02T18:30:00+00:00", "D011", {"montant": "exigible", "canal": "antai"}),
            Ask("relever_retours", "2026-04-03T06:00:00+00:00"),
        ),
        judge=_payment,
    ),
    Case(
        id="retours.suite",
        reference="profil public, A09, A10",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, finding(12, _FOUND)),
            *_REVERSED * _TAKEN_BACK,
            Ask("relever_retours", _LATER),
        ),
        judge=_pages,
    ),
    Case(
        id="impression.lecture",
        reference="MIDS v2.0 (2017), ANTAI (2/2)",
        towns=(TownPlan(),),
        acts=(
            Ask("envoyer_avis", _AT, finding(13, _FOUND)),
            Ask("lire_impression", _POSTED, {"dossier": "D013"}),
        ),
        judge=_print_request,
    ),
)
