"""The State's rules: `play` takes one more step or raises `Refused` and changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from fpsctl.errors import Refused
from fpsctl.raccordement.facts import Fait, checked
from fpsctl.raccordement.records import EMPTY, CertificatLie, Espace, EtatLie, Raccordement
from fpsctl.raccordement.steps import in_zone, legal_day, slugs, step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["EMPTY", "CertificatLie", "Fait", "Raccordement", "fold", "play"]

_Effect = Callable[[Raccordement, Fait], Raccordement]


def fold(siret: str, faits: Iterable[Fait]) -> Raccordement:
    """Return the state after these steps; raises `Refused` on the first that could not be taken."""
    state = EMPTY(siret)
    for fait in faits:
        state = play(state, fait)
    return state


def play(state: Raccordement, fait: Fait) -> Raccordement:
    """Return the state after one more step; raises `Refused` with the reason, and nothing is changed.

    In this order: known, not done already, what it needs, its first day, its facts. Raises `ValueError` on a naive
    instant.
    """
    if fait.instant.tzinfo is None:
        msg = "a step needs an aware instant"
        raise ValueError(msg)
    _refuse_unknown(fait)
    _refuse_again(state, fait)
    _refuse_out_of_order(state, fait)
    _refuse_too_early(state, fait)
    taken = checked(fait, state.siret)
    effect = _EFFECTS.get(fait.etape)
    changed = effect(state, taken) if effect else state
    return changed._replace(faits=(*state.faits, taken))


def _refuse_unknown(fait: Fait) -> None:
    if fait.etape not in slugs():
        raise Refused("raccordement.faits", etape=fait.etape, champ="etape", detail="|".join(slugs()))


def _refuse_again(state: Raccordement, fait: Fait) -> None:
    settled = "espace.cree" if fait.etape == "espace.refuse" else fait.etape
    before = None if step(settled).repeats or not step(settled).n else state.done(settled)
    if before is not None:
        raise _again(state, settled, before.instant)


def _again(state: Raccordement, etape: str, instant: dt.datetime) -> Refused:
    return Refused("raccordement.deja", siret=state.siret, etape=etape, le=in_zone(instant).isoformat())


def _refuse_out_of_order(state: Raccordement, fait: Fait) -> None:
    missing = state.missing(fait.etape)
    if missing and "espace.cree" in step(fait.etape).needs and "espace.cree" in missing:
        raise _no_espace(state)
    if missing:
        raise Refused("raccordement.ordre", siret=state.siret, etape=fait.etape, manque=", ".join(missing))


def _no_espace(state: Raccordement) -> Refused:
    """Return why the town has no espace numérique: never asked for, being checked, or refused."""
    if state.espace == "demande":
        return Refused("espace.en-attente", siret=state.siret)
    if state.espace == "refuse":
        return Refused("espace.refuse", siret=state.siret, motif=state.motif)
    return Refused("espace.absent", siret=state.siret)


def _refuse_too_early(state: Raccordement, fait: Fait) -> None:
    since, day = step(fait.etape).since, legal_day(fait.instant)
    if since is not None and day < since:
        raise Refused("raccordement.trop-tot", siret=state.siret, etape=fait.etape, since=since.isoformat())
    for need in step(fait.etape).needs:
        before = state.done(need)
        if before is not None and day < legal_day(before.instant):
            detail = f">= {legal_day(before.instant)} ({need})"
            raise Refused("raccordement.faits", etape=fait.etape, champ="date", detail=detail)


def _espace(etat: Espace) -> _Effect:
    return lambda state, _fait: state._replace(espace=etat)


def _bind(state: Raccordement, fait: Fait) -> Raccordement:
    empreinte = fait.faits["empreinte"]
    known = state.certificats.get(empreinte)
    if known is not None:
        raise _again(state, fait.etape, known.depose_le)
    debut, fin = (dt.datetime.fromisoformat(fait.faits[name]) for name in ("debut", "fin"))
    if fin <= debut:
        raise Refused("raccordement.faits", etape=fait.etape, champ="fin", detail=f"> {debut.isoformat()}")
    bound = CertificatLie(empreinte, "depose", debut, fin, fait.instant, None)
    refuse_expired(state.siret, bound, fait.instant)
    return _with(state, bound)


def _activate(state: Raccordement, fait: Fait) -> Raccordement:
    known = _bound(state, fait)
    if known.active_le is not None:
        raise _again(state, fait.etape, known.active_le)
    for name, had in (("debut", known.debut), ("fin", known.fin)):
        said = fait.faits.get(name)
        if said is not None and dt.datetime.fromisoformat(said) != had:
            raise Refused("raccordement.faits", etape=fait.etape, champ=name, detail=had.isoformat())
    refuse_expired(state.siret, known, fait.instant)
    return _with(state, known._replace(etat="actif", active_le=fait.instant))


def _end(etat: EtatLie) -> _Effect:
    return lambda state, fait: _with(state, _bound(state, fait)._replace(etat=etat))


def _check(state: Raccordement, fait: Fait) -> Raccordement:
    empreinte = fait.faits.get("empreinte")
    if empreinte is not None and _bound(state, fait).etat != "actif":
        raise Refused("certificat.non-active", siret=state.siret, empreinte=empreinte)
    return state


def _bound(state: Raccordement, fait: Fait) -> CertificatLie:
    """Return the certificate that a step speaks of; raises `Refused` when the town has none such in use."""
    empreinte = fait.faits["empreinte"]
    known = state.certificats.get(empreinte)
    if known is None:
        raise Refused("certificat.inconnu", empreinte=empreinte)
    if known.etat == "remplace":
        raise Refused("certificat.remplace", siret=state.siret, empreinte=empreinte)
    if known.etat == "revoque":
        raise Refused("certificat.revoque", siret=state.siret, empreinte=empreinte)
    return known


def refuse_expired(siret: str, certificat: CertificatLie, now: dt.datetime) -> None:
    """Refuse a certificate that ended before `now` (the SIRET's clock); raises `Refused` (`certificat.expire`)."""
    if now > certificat.fin:
        raise Refused(
            "certificat.expire",
            siret=siret,
            empreinte=certificat.empreinte,
            fin=at_zone_of(now, certificat.fin),
            horloge=now.isoformat(),
        )


def at_zone_of(now: dt.datetime, instant: dt.datetime) -> str:
    """Write an instant in the zone of the clock that it is compared with; at the end of all years, as it came."""
    try:
        return instant.astimezone(now.tzinfo).isoformat()
    except OverflowError:
        return instant.isoformat()


def _with(state: Raccordement, certificat: CertificatLie) -> Raccordement:
    certificats = {**state.certificats, certificat.empreinte: certificat}
    return state._replace(certificats=MappingProxyType(certificats))


_EFFECTS: Mapping[str, _Effect] = MappingProxyType({
    "espace.demande": _espace("demande"),
    "espace.cree": _espace("cree"),
    "espace.refuse": _espace("refuse"),
    "certificat.depose": _bind,
    "certificat.active": _activate,
    "certificat.remplace": _end("remplace"),
    "certificat.revoque": _end("revoque"),
    "connexion.controlee": _check,
})  # fmt: skip
