"""The start-up: certificate deposited, nothing before its activation, connection checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.conformance.facts import finding
from fpsctl.conformance.judging import Jury
from fpsctl.conformance.log import CONTROLE, DEPOT
from fpsctl.conformance.records import Ask, Case, TownPlan

if TYPE_CHECKING:
    from fpsctl.checks import Verdict
    from fpsctl.conformance.log import Log

_MIDS = "MIDS v2.0 (2017), ANTAI"
_NOT_ACTIVE = "certificat.non-active"


def _deposited(log: Log) -> Verdict:
    jury, town = Jury(log), log.towns[0]
    call = jury.accepted(jury.step(0), DEPOT)
    if call is not None:
        jury.fields(call.message, {"siret": town.siret, "empreinte_sha256": town.empreinte})
        jury.same("certificat.etat", log.certificats.get(town.empreinte), "depose")
    return jury.verdict()


def _held_back(log: Log) -> Verdict:
    """The program learns from the front that it may not exchange yet, and keeps what it is asked to send."""
    jury = Jury(log)
    checked = jury.step(0)
    if checked is not None and not any(call.code == _NOT_ACTIVE for call in checked.of(CONTROLE)):
        jury.complain("not-asked", operation=CONTROLE, code=_NOT_ACTIVE)
    jury.nothing_sent(checked)
    jury.nothing_sent(jury.step(1))
    return jury.verdict()


def _checked(log: Log) -> Verdict:
    jury, town = Jury(log), log.towns[0]
    call = jury.accepted(jury.step(0), CONTROLE)
    if call is not None:
        jury.same("empreinte", call.empreinte, town.empreinte)
    return jury.verdict()


CASES = (
    Case(
        id="certificat.depot",
        reference=f"{_MIDS} (1/2), 3",
        towns=(TownPlan("espace"),),
        acts=(Ask("deposer_certificat", "2026-01-12T09:00:00+00:00"),),
        judge=_deposited,
    ),
    Case(
        id="certificat.non-active-respecte",
        reference=f"{_MIDS} (1/2), 3",
        towns=(TownPlan("depose"),),
        acts=(
            Ask("controler_connexion", "2026-01-12T09:00:00+00:00"),
            Ask("envoyer_avis", "2026-01-12T09:10:00+00:00", finding(2, "2026-01-12T09:04:00+00:00")),
        ),
        judge=_held_back,
    ),
    Case(
        id="connexion.controle",
        reference=f"{_MIDS} (1/2), 3; (2/2)",
        towns=(TownPlan("active"),),
        acts=(Ask("controler_connexion", "2026-01-12T09:00:00+00:00"),),
        judge=_checked,
    ),
)
