"""What is pulled: a page of returns in the profile's envelope, and a print request that says what its message said."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from fpsctl.antai import MESSAGES
from fpsctl.antai.documents import read_page, write_page
from fpsctl.antai.messages import AvisInitial, AvisRectificatif
from fpsctl.avis.impression import french_day
from fpsctl.texts import text_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from fpsctl.antai import Codec, Message, Profile
    from fpsctl.antai.messages import DemandeImpression
    from fpsctl.antai.messages.base import Personne

_FR = "fr"


def page_of(profile: Profile, codec: Codec, found: Sequence[tuple[int, str, str]]) -> bytes:
    """Return a page; one return more than a page holds says only that more are left."""
    most = profile.retours.page
    items = (
        (n, profile.messages[kind].wire, codec.tree(read_message(kind, contenu))) for n, kind, contenu in found[:most]
    )
    return write_page(profile, items, more=len(found) > most)


def page_view(profile: Profile, after: str, body: bytes) -> dict[str, Any]:
    """Return what a page held, in canonical names, for the traffic log."""
    page = read_page(profile, body)
    kinds = {entry.wire: kind for kind, entry in profile.messages.items()}
    return {
        "apres": int(after),
        "sequences": [item.sequence for item in page.items],
        "types": [kinds[item.kind] for item in page.items],
        "suite": page.more,
    }


def read_message(kind: str, contenu: str) -> Message:
    """Return a message from its canonical content."""
    return MESSAGES[kind].model_validate_json(contenu)


def as_said(impression: DemandeImpression, said: Message | None) -> DemandeImpression:
    """Return a print request with what the engine does not know of its notice, as the vendor's message says it."""
    printed: dict[str, Any] = {}
    if isinstance(said, AvisInitial):
        printed = {"signature": said.signature}
        if said.fin_effet is not None:
            printed["fin_effet"] = said.fin_effet
    elif isinstance(said, AvisRectificatif):
        printed = _corrective(said)
    etablissement = impression.etablissement.model_copy(update=printed)
    return impression.model_copy(update={"etablissement": etablissement})


def _corrective(said: AvisRectificatif) -> dict[str, Any]:
    """Return part I of a corrective notice as its message says it (R. 2333-120-14), the amount apart."""
    autorite, vehicule = said.autorite, said.vehicule
    received = french_day(said.rapo_recu_le)
    if said.mandataire is not None:
        received = text_in(_FR, "avis.rapo_mandataire", date=received, mandataire=_person(said.mandataire))
    return {
        "collectivite": said.collectivite.nom,
        "autorite": ", ".join(dict.fromkeys((autorite.nom, autorite.contact))),
        "agent": said.agent,
        "constat_horodatage": said.constate_le,
        "lieu": said.lieu,
        "vehicule": " ".join(filter(None, (vehicule.immatriculation, vehicule.marque))),
        "signature": said.signature,
        "rapo_reception": received,
        "date": said.etabli_le,
        "redevable": None if said.redevable is None else _person(said.redevable),
    }


def _person(one: Personne) -> str:
    return ", ".join(filter(None, (one.nom, one.adresse)))


def shown(instant: int | None, zone: ZoneInfo) -> str:
    """Write an instant in a town's time; a dash when there is none."""
    return "-" if instant is None else dt.datetime.fromtimestamp(instant, zone).isoformat()
