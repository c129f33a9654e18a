"""What a dossier looks like from outside at an instant: amounts, deadlines, who must act."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.dossier import amounts
from fpsctl.dossier.payment import exigible

if TYPE_CHECKING:
    from collections.abc import Callable

    from fpsctl.dossier.records import Dossier
    from fpsctl.dossier.rules import Rules
    from fpsctl.law import Regle


def montants(dossier: Dossier, rules: Rules, instant: int) -> dict[str, int]:
    """Return every amount in cents, none negative but `reste` (below zero: trop-perçu)."""
    compte = dossier.compte
    day = rules.day(instant)
    # The order of imputation is asked for only where it matters: a result names the parameters it rests on.
    split = amounts.paye(compte) and amounts.du_majoration(compte)
    parts = amounts.ventilation(compte, str(rules.value("paiement.imputation", day)) if split else "fps_dabord")
    return {
        "fps": dossier.constat.fps,
        "deduit": min(dossier.constat.deduit, dossier.constat.fps),
        "plein": compte.plein,
        "minoration": compte.minoration,
        "initial": amounts.initial(compte),
        "majoration": compte.majoration,
        "reduction": compte.reduction,
        "encaisse": compte.encaisse,
        "rembourse": compte.rembourse,
        "paye": amounts.paye(compte),
        "paye_fps": parts.fps,
        "paye_majoration": parts.majoration,
        "annule": compte.annule_fps + compte.annule_majoration,
        "annule_fps": compte.annule_fps,
        "annule_majoration": compte.annule_majoration,
        "remis": compte.remis,
        "reste": amounts.reste(compte),
        "exigible": exigible(dossier, rules, instant, day),
        "trop_percu": amounts.trop_percu(compte),
    }


MONTANTS: tuple[str, ...] = (
    "fps", "deduit", "plein", "minoration", "initial", "majoration", "reduction", "encaisse", "rembourse", "paye",
    "paye_fps", "paye_majoration", "annule", "annule_fps", "annule_majoration", "remis", "reste", "exigible",
    "trop_percu",
)  # fmt: skip
"""The names of `montants`, in their order."""


class Deadline(NamedTuple):
    """A named deadline: its last day, whom it binds, and whether it still matters."""

    slug: str
    jour: dt.date
    instant: int | None
    """The last instant, where the delay counts hours."""
    actor: str
    statut: str
    """`a_venir`, `passee`, or `sans_objet` when what it waits for is done."""
    rule: Regle
    """Its source, and how sure it is."""


class _Spec(NamedTuple):
    slug: str
    last_day: Callable[[Dossier, Rules], int | None]
    done: Callable[[Dossier], bool]
    """Whether what the deadline waits for was done, or can no longer be."""


def _settled(dossier: Dossier) -> bool:
    return dossier.dette in ("acquitte", "annule", "prescrit")


def _from_notification(slug: str) -> Callable[[Dossier, Rules], int | None]:
    def last_day(dossier: Dossier, rules: Rules) -> int | None:
        start = dossier.jalons.notification
        return None if start is None else rules.end(slug, start)

    return last_day


def _window(dossier: Dossier, rules: Rules) -> int | None:
    end = dossier.jalons.echeance
    return None if end is None else rules.window_end(end)


def _avertissement(slug: str) -> Callable[[Dossier, Rules], int | None]:
    def last_day(dossier: Dossier, rules: Rules) -> int | None:
        sent = dossier.jalons.avertissement
        if sent is None:
            return None
        received = rules.end("avertissement.reception", sent)
        return received if slug == "avertissement.reception" else rules.end(slug, received)

    return last_day


_ANSWERED = ("accepte", "partiel", "rejete", "irrecevable")
_SPECS: tuple[_Spec, ...] = (
    _Spec("rapo.depot", _from_notification("rapo.depot"), lambda d: d.rapo is not None or d.dette == "annule"),
    _Spec("paiement", lambda d, _: d.jalons.echeance, lambda d: _settled(d) and d.jalons.titre is None),
    _Spec("rapo.reponse", lambda d, _: d.jalons_rapo.reponse_fin, lambda d: d.rapo in _ANSWERED),
    _Spec("recours.rapo", lambda d, _: d.jalons_rapo.recours_fin, lambda d: d.tsp is not None or d.dette == "annule"),
    _Spec("titre.fenetre_annulation", _window, lambda d: d.jalons.titre is None and _settled(d)),
    _Spec("avertissement.reduction", lambda d, _: d.jalons.reduction_fin, _settled),
    _Spec("avertissement.reception", _avertissement("avertissement.reception"), lambda _: False),
    _Spec(
        "recours.titre",
        _avertissement("recours.titre"),
        lambda d: d.dette == "annule" or d.tsp in ("saisi", "communique", "defendu", "acquiesce"),
    ),
    _Spec("prescription", lambda d, _: d.jalons.prescription, lambda d: d.dette in ("acquitte", "annule")),
    _Spec("tsp.regularisation", lambda d, _: d.jalons_tsp.regularisation_fin, lambda d: d.tsp not in ("saisi", "clos")),
    _Spec("tsp.defense", lambda d, _: d.jalons_tsp.defense_fin, lambda d: d.tsp not in ("communique", "acquiesce")),
    _Spec("tsp.execution", lambda d, _: d.jalons_tsp.execution_fin, lambda d: d.tsp == "execute"),
)
DEADLINES: tuple[str, ...] = ("minore", *(spec.slug for spec in _SPECS))
"""The names a scenario can place a step on."""


def deadlines(dossier: Dossier, rules: Rules, instant: int) -> list[Deadline]:
    """Return the deadlines known at an instant, in the order of their last days."""
    today = rules.day(instant)
    found = [_minored(dossier, rules, instant)]
    for spec in _SPECS:
        last = spec.last_day(dossier, rules)
        if last is not None:
            statut = _statut(done=spec.done(dossier), over=today > last)
            found.append(_deadline(spec.slug, last, None, statut, rules))
    return sorted((deadline for deadline in found if deadline), key=lambda deadline: (deadline.jour, deadline.slug))


def _minored(dossier: Dossier, rules: Rules, instant: int) -> Deadline | None:
    end = dossier.jalons.minore_fin
    if end is None:
        return None
    statut = _statut(done=_settled(dossier), over=instant > end)
    return _deadline("minore", rules.day(end), end, statut, rules)


def _statut(*, done: bool, over: bool) -> str:
    if done:
        return "sans_objet"
    return "passee" if over else "a_venir"


def _deadline(slug: str, last: int, instant: int | None, statut: str, rules: Rules) -> Deadline:
    day = dt.date.fromordinal(last)
    if slug in rules.law.delais:
        rule, actor = rules.delay(slug, last), rules.law.delais[slug].actor
    elif slug == "minore":
        rule, actor = rules.law.cite(slug, day), "redevable"
    else:
        rule, actor = rules.law.cite(f"{slug}.{rules.cycle}", day), "collectivite"
    return Deadline(slug, day, instant, actor, statut, rule)
