"""Which messages each step of a dossier sends to ANTAI or receives: one table, no content.

Names are those of `fpsctl.antai`: `out` goes to the SI FPS, `in` comes from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from fpsctl.dossier.records import Dossier, Paiement, Step
    from fpsctl.dossier.rules import Rules


class Exchange(NamedTuple):
    """A message that a step causes."""

    message: str
    direction: str


class _Emission(NamedTuple):
    kind: str
    exchanges: tuple[Exchange, ...]
    when: Callable[[Dossier, Step, Rules], bool]
    """Given the state before, the step and the town's rules."""


_ACCUSE = Exchange("accuse", "in")
_ANNULATION = (Exchange("annulation", "out"), _ACCUSE)
_PAIEMENT = (Exchange("paiement", "in"),)


def _always(_before: Dossier, _step: Step, _rules: Rules) -> bool:
    return True


def known_to_antai(before: Dossier, rules: Rules) -> bool:
    """Say whether ANTAI has the case: its notice was sent there (complet), or the unpaid charge (partiel)."""
    if rules.cycle == "complet":
        return before.envoi in ("transmis", "envoye")
    return before.jalons.impaye_transmis is not None


def _cancelled(before: Dossier, step: Step, rules: Rules) -> bool:
    """Something is newly cancelled, or asked of ANTAI, in a case that it has."""
    after = step.dossier
    asked = (before.jalons.annulation_le, before.jalons.annulation_montant)
    changed = after.compte != before.compte or (after.jalons.annulation_le, after.jalons.annulation_montant) != asked
    return changed and known_to_antai(before, rules)


def _notified_again(before: Dossier, step: Step, rules: Rules) -> bool:
    """ANTAI notifies the rectificatif as it did the initial notice, unless the town tells it by a cancellation."""
    complet = rules.cycle == "complet" and known_to_antai(before, rules)
    return complet and not _wants_annulation(before, step, rules)


def _rectified_by_annulation(before: Dossier, step: Step, rules: Rules) -> bool:
    """A rectificatif lowers a debt that ANTAI reads only in a cancellation: its title, or a case of cycle partiel."""
    if not _cancelled(before, step, rules):
        return False
    return rules.cycle == "partiel" or step.outcome == "apres_titre" or _wants_annulation(before, step, rules)


def _wants_annulation(before: Dossier, step: Step, rules: Rules) -> bool:
    """A RAPO accepted in full is told by a notice at zero, or by a cancellation: a parameter."""
    accepted = before.rapo == "accepte"
    return accepted and rules.value("rapo.acceptation_totale", step.event.jour) == "annulation"


def _cancelled_before(_before: Dossier, step: Step, _rules: Rules) -> bool:
    """Part of the FPS was cancelled before ANTAI had the case: it hears of it right after the notice."""
    return step.dossier.compte.annule_fps > 0


def _paid_elsewhere(before: Dossier, step: Step, _rules: Rules) -> bool:
    """The payment was not taken by the town itself; a reversal is looked up before it was applied."""
    return payment_of(before, step).canal != "local"


def payment_of(before: Dossier, step: Step) -> Paiement:
    """Return the payment that a step received, or reversed: the one named, else the last."""
    paiements = step.dossier.paiements if step.event.kind == "paiement" else before.paiements
    ref = step.event.ref
    return next((known for known in paiements if known.ref == ref), paiements[-1])


_EMISSIONS: tuple[_Emission, ...] = (
    _Emission("transmission", (Exchange("avis_initial", "out"), _ACCUSE), _always),
    _Emission("transmission", _ANNULATION, _cancelled_before),
    _Emission("rejet", (Exchange("rejet", "in"),), _always),
    _Emission("envoi", (Exchange("impression", "in"), Exchange("date_envoi", "in")), _always),
    _Emission("paiement", _PAIEMENT, _paid_elsewhere),
    _Emission("paiement_annule", _PAIEMENT, _paid_elsewhere),
    _Emission(
        "rectificatif", (Exchange("avis_rectificatif", "out"), _ACCUSE, Exchange("impression", "in")), _notified_again
    ),
    _Emission("rectificatif", _ANNULATION, _rectified_by_annulation),
    _Emission("fps_impaye", (Exchange("fps_impaye", "out"), _ACCUSE), _always),
    _Emission("titre_emission", (Exchange("titre_emis", "in"),), _always),
    _Emission("annulation", _ANNULATION, _cancelled),
    _Emission("tsp_decision", _ANNULATION, _cancelled),
    _Emission("titre_annulation", (Exchange("titre_annulation_antai", "in"),), _always),
)


MESSAGE_KINDS: tuple[str, ...] = tuple(
    dict.fromkeys(exchange.message for emission in _EMISSIONS for exchange in emission.exchanges)
)
"""The kinds of message that a dossier can cause."""


def exchanges(before: Dossier | None, step: Step, rules: Rules) -> list[Exchange]:
    """Return the messages of one step, in the order in which they travel."""
    if before is None:
        return []
    return [
        exchange
        for emission in _EMISSIONS
        if emission.kind == step.event.kind and emission.when(before, step, rules)
        for exchange in emission.exchanges
    ]
