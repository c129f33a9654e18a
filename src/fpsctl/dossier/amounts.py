"""Amounts of a dossier, in integer cents: pure functions of the account.

One balance formula holds before and after the title, since majoration and reduction are zero before it:
`reste = initial + majoration - (paye + annule + remis + reduction)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fpsctl.dossier.records import Compte
    from fpsctl.dossier.rules import Rules


class Receipt(NamedTuple):
    """A payment made at the meter: when, for how much, until when its maximum duration runs (instants)."""

    emission: int
    fin: int
    montant: int


def deducted_receipt(receipts: tuple[Receipt, ...], drawn_up: int) -> Receipt | None:
    """Return the receipt that R. 2333-120-5 deducts: the latest one still running when the notice is drawn up."""
    running = [receipt for receipt in receipts if receipt.emission <= drawn_up < receipt.fin]
    return max(running, key=lambda receipt: receipt.emission, default=None)


def initial(compte: Compte) -> int:
    """Return the amount initially due, the minored price taken into account once it settled the debt."""
    return compte.plein - compte.minoration


def paye(compte: Compte) -> int:
    """Return what was paid, less what was paid back."""
    return compte.encaisse - compte.rembourse


def du_fps(compte: Compte) -> int:
    """Return the FPS part of the debt, payments apart."""
    return compte.plein - compte.minoration - compte.annule_fps


def du_majoration(compte: Compte) -> int:
    """Return the majoration part of the debt, payments apart."""
    return compte.majoration - compte.annule_majoration - compte.remis - compte.reduction


def reste(compte: Compte) -> int:
    """Return the balance; below zero it is a trop-perçu."""
    return du_fps(compte) + du_majoration(compte) - compte.encaisse + compte.rembourse


def trop_percu(compte: Compte) -> int:
    """Return what must be paid back."""
    return max(0, -reste(compte))


class Ventilation(NamedTuple):
    """Where the payments went: the authority's FPS, the State's majoration, too much."""

    fps: int
    majoration: int
    trop: int


def ventilation(compte: Compte, imputation: str) -> Ventilation:
    """Split the payments between both parts (`paiement.imputation`)."""
    received, fps_due, surcharge_due = paye(compte), du_fps(compte), du_majoration(compte)
    if imputation == "fps_dabord":
        fps = min(received, fps_due)
        surcharge = min(received - fps, surcharge_due)
    else:
        surcharge = min(received, surcharge_due)
        fps = min(received - surcharge, fps_due)
    return Ventilation(fps, surcharge, received - fps - surcharge)


def majoration(montant: int, rules: Rules, day: int) -> int:
    """Return the majoration of a remaining FPS (R. 2333-120-16): a rate, with a minimum; nothing on nothing."""
    if montant <= 0:
        return 0
    share = montant * rules.number("majoration.taux", day)
    up = 99 if rules.value("majoration.arrondi", day) == "superieur" else 50
    return max((share + up) // 100, rules.number("majoration.minimum", day))


def reduction(compte: Compte, rules: Rules, day: int) -> int:
    """Return the reduction for a voluntary payment within the month (CG3P), bounded by the majoration."""
    surcharge = compte.majoration - compte.annule_majoration - compte.remis
    base = surcharge + (compte.titre_fps if rules.value("reduction.assiette", day) == "total" else 0)
    return min((base * rules.number("reduction.taux", day) + 50) // 100, surcharge)


def reduce_to(compte: Compte, fps: int) -> Compte:
    """Bring the FPS down to an amount set by a decision, which a lost minored price will not exceed."""
    due = min(du_fps(compte), fps)
    return compte._replace(annule_fps=compte.plein - fps, minoration=fps - due, titre_fps=min(compte.titre_fps, fps))


def cancel(compte: Compte, fps: int | None, rules: Rules, day: int) -> Compte:
    """Cancel `fps` cents of the FPS part (None: everything); the majoration follows (`majoration.recalcul`)."""
    if fps is None or fps >= du_fps(compte):
        return compte._replace(
            annule_fps=compte.plein - compte.minoration,
            annule_majoration=compte.majoration - compte.remis - compte.reduction,
            titre_fps=0,
        )
    lower = compte._replace(annule_fps=compte.annule_fps + fps, titre_fps=max(0, compte.titre_fps - fps))
    return surcharge_follows(lower, rules, day)


def surcharge_follows(compte: Compte, rules: Rules, day: int) -> Compte:
    """Bring the majoration down to the FPS that the title still bears on (`majoration.recalcul`)."""
    if not compte.majoration or rules.value("majoration.recalcul", day) != "oui":
        return compte
    most = compte.majoration - compte.remis - compte.reduction
    lower = compte.majoration - majoration(compte.titre_fps, rules, day)
    return compte._replace(annule_majoration=min(most, max(compte.annule_majoration, lower)))
