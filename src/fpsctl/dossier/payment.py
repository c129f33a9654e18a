"""Money in and out: payments, their reversal, remission, refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.dossier import amounts
from fpsctl.dossier.notice import unchanged
from fpsctl.dossier.records import Paiement
from fpsctl.errors import EventRefused

if TYPE_CHECKING:
    from fpsctl.dossier.notice import Result
    from fpsctl.dossier.records import Compte, Dossier, Event
    from fpsctl.dossier.rules import Rules

_CLOSED = {"acquitte": "indu", "annule": "indu", "prescrit": "prescrit"}


def exigible(dossier: Dossier, rules: Rules, instant: int, day: int) -> int:
    """Return what settles the debt at an instant: the minored or reduced price while its window is open."""
    if dossier.dette in _CLOSED:
        return 0
    return max(0, amounts.reste(_best_price(dossier, dossier.compte, rules, instant, day)))


def _best_price(dossier: Dossier, compte: Compte, rules: Rules, instant: int, day: int) -> Compte:
    """Return the account as it would stand if the price window open at this moment were used."""
    fin = dossier.jalons.minore_fin
    if fin is not None and instant <= fin and rules.minore and dossier.jalons.titre is None:
        minoration = compte.plein - compte.annule_fps - rules.minore.montant
        return compte._replace(minoration=max(compte.minoration, minoration))
    reduction_fin = dossier.jalons.reduction_fin
    if reduction_fin is not None and day <= reduction_fin:
        return compte._replace(reduction=amounts.reduction(compte, rules, day))
    return compte


def paiement(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Receive a payment; one in an open price window settles at that price."""
    montant, canal = event.montant or 0, event.issue or default_canal(dossier)
    if dossier.dette in _CLOSED:
        outcome, compte = _CLOSED[dossier.dette], dossier.compte
    else:
        priced = _best_price(dossier, dossier.compte, rules, event.instant, event.jour)
        settled = amounts.reste(priced) <= montant
        outcome, compte = ("solde", priced) if settled else ("partiel", dossier.compte)
        if not settled and rules.value(f"paiement.partiel.{canal}", event.jour) == "non":
            raise EventRefused("paiement.partiel-refuse", canal=canal, montant=montant, du=amounts.reste(priced))
    ref = event.ref or f"p{len(dossier.paiements) + 1}"
    received = Paiement(ref, montant, canal, avant_titre=dossier.jalons.titre is None)
    if any(known.ref == received.ref for known in dossier.paiements):
        raise EventRefused("paiement.ref-double", ref=received.ref)
    compte = compte._replace(encaisse=compte.encaisse + montant)
    return outcome, dossier._replace(compte=compte, paiements=(*dossier.paiements, received))


def default_canal(dossier: Dossier) -> str:
    """Return who collects: the accountant after the title, ANTAI's channels on its notices, else the town."""
    if dossier.jalons.titre:
        return "dgfip"
    return "antai" if dossier.envoi in ("transmis", "envoye") else "local"


def paiement_annule(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Reverse a payment after an incident: what it settled is due again, at the price of today."""
    ref = event.ref or (dossier.paiements[-1].ref if dossier.paiements else "")
    reversed_ = next((known for known in dossier.paiements if known.ref == ref), None)
    if reversed_ is None:
        known = ", ".join(known.ref for known in dossier.paiements) or "-"
        raise EventRefused("paiement.ref-inconnue", ref=ref or "-", known=known)
    compte = dossier.compte._replace(encaisse=dossier.compte.encaisse - reversed_.montant)
    if compte.encaisse < compte.rembourse:
        raise EventRefused("paiement.deja-rembourse", ref=ref)
    if amounts.reste(compte) > 0 and dossier.dette != "annule":
        # A price window that this payment had used is lost; the reduction of a title is not, by an older payment.
        compte = compte._replace(minoration=0, reduction=compte.reduction if reversed_.avant_titre else 0)
        compte = amounts.surcharge_follows(compte, rules, event.jour)
    paiements = tuple(known for known in dossier.paiements if known is not reversed_)
    after = dossier._replace(compte=compte, paiements=paiements)
    if dossier.dette == "acquitte" and amounts.reste(compte) > 0:
        return reopened(after, event.jour), after
    return "inchange", after


def reopened(dossier: Dossier, day: int) -> str:
    """Return the open state that a debt settled until now goes back to."""
    jalons = dossier.jalons
    if jalons.titre is not None:
        return "titre" if jalons.avertissement is None else "averti"
    if jalons.notification is None or day < jalons.notification:
        return "constate"
    return "notifie" if jalons.echeance is None or day <= jalons.echeance else "impaye"


def prix_atteint(dossier: Dossier, event: Event, rules: Rules) -> Result:
    """Settle a debt whose payments reach the price of an open window, whatever event brought it there."""
    return "", dossier._replace(compte=_best_price(dossier, dossier.compte, rules, event.instant, event.jour))


def paid_up(dossier: Dossier, rules: Rules) -> bool:
    """Say whether an open debt is covered at the price of this moment."""
    compte = dossier.compte
    if dossier.dette is None or dossier.dette in _CLOSED or not compte.encaisse:
        return False
    day = rules.day(dossier.instant)
    return amounts.reste(_best_price(dossier, compte, rules, dossier.instant, day)) <= 0


def remise(dossier: Dossier, event: Event, _rules: Rules) -> Result:
    """Remit all or part of the majoration, never the FPS."""
    montant, compte = event.montant or 0, dossier.compte
    most = compte.majoration - compte.annule_majoration - compte.remis - compte.reduction
    if montant > most:
        raise EventRefused("remise.au-dela", montant=montant, most=most)
    compte = compte._replace(remis=compte.remis + montant)
    return ("partiel" if amounts.reste(compte) > 0 else "solde"), dossier._replace(compte=compte)


def remboursement(dossier: Dossier, event: Event, _rules: Rules) -> Result:
    """Pay back what was received in excess, all of it unless an amount is given; a set-off is the same."""
    due = amounts.trop_percu(dossier.compte)
    montant = due if event.montant is None else event.montant
    if montant > due:
        raise EventRefused("remboursement.au-dela", montant=montant, most=due)
    compte = dossier.compte._replace(rembourse=dossier.compte.rembourse + montant)
    return ("solde" if montant == due else "partiel"), dossier._replace(compte=compte)


HANDLERS = {
    "paiement": paiement,
    "paiement_annule": paiement_annule,
    "paiement_echu": unchanged,
    "prix_atteint": prix_atteint,
    "remise": remise,
    "trop_percu": unchanged,
    "trop_percu_eteint": unchanged,
    "remboursement_ordonne": unchanged,
    "remboursement": remboursement,
    "compensation": remboursement,
}
