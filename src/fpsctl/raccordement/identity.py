"""Whom the SI FPS lets in: which certificate may do what for which town, each refusal with its own reason.

`register` says to which SIRET each certificate is bound (its SHA-256 in hexadecimal); `now` is the SIRET's clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.errors import Refused
from fpsctl.raccordement.state import at_zone_of, refuse_expired

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from fpsctl.raccordement.records import CertificatLie, Raccordement

    StateOf = Callable[[str], Raccordement]


def check_front(
    register: Mapping[str, str], state_of: StateOf, empreinte: str, siret: str, now: dt.datetime
) -> CertificatLie:
    """Return the caller's certificate when it may use the front API for this town; raises `Refused`.

    In this order: `certificat.inconnu`, `certificat.autre-collectivite`, `certificat.non-active`,
    `certificat.remplace`, `certificat.revoque`, `certificat.expire`, `certificat.pas-encore-valide`.
    """
    if empreinte not in register:
        raise Refused("certificat.inconnu", empreinte=empreinte)
    refuse_foreign(register, empreinte, siret)
    return _usable(state_of(siret), empreinte, now)


def check_depot(
    register: Mapping[str, str], state_of: StateOf, caller: str, empreinte: str, siret: str, now: dt.datetime
) -> None:
    """Let in who deposits or asks for `empreinte`: that certificate itself, or one that the town has active.

    Raises `Refused`: `certificat.autre-collectivite`, `certificat.deja-lie` (another town deposited `empreinte`),
    `certificat.autre`, or why the caller's may not be used (as `check_front`).
    """
    refuse_foreign(register, caller, siret)
    if register.get(empreinte, siret) != siret:
        raise Refused("certificat.deja-lie", empreinte=empreinte)
    if caller == empreinte:
        return
    if caller not in register:
        raise Refused("certificat.autre", empreinte=caller, attendu=empreinte)
    _usable(state_of(siret), caller, now)


def refuse_foreign(register: Mapping[str, str], empreinte: str, siret: str) -> None:
    """Refuse a certificate bound to another town; raises `Refused` (`certificat.autre-collectivite`)."""
    titulaire = register.get(empreinte, siret)
    if titulaire != siret:
        raise Refused("certificat.autre-collectivite", siret=siret, titulaire=titulaire, empreinte=empreinte)


def _usable(state: Raccordement, empreinte: str, now: dt.datetime) -> CertificatLie:
    known = state.certificats.get(empreinte)
    if known is None or known.active_le is None or state.done("convention.signee_antai") is None:
        raise Refused("certificat.non-active", siret=state.siret, empreinte=empreinte)
    if known.etat == "remplace":
        raise Refused("certificat.remplace", siret=state.siret, empreinte=empreinte)
    if known.etat == "revoque":
        raise Refused("certificat.revoque", siret=state.siret, empreinte=empreinte)
    refuse_expired(state.siret, known, now)
    if now < known.debut:
        raise Refused(
            "certificat.pas-encore-valide",
            siret=state.siret,
            empreinte=empreinte,
            debut=at_zone_of(now, known.debut),
            horloge=now.isoformat(),
        )
    return known
