"""The messages of the interface, typed; names on the wire stand in the profile, never here."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from fpsctl.antai.messages.avis import AvisInitial, AvisRectificatif
from fpsctl.antai.messages.base import Autorite, Collectivite, Justificatif, Message, Minore, Personne, Vehicule
from fpsctl.antai.messages.certificat import CertificatDepot, CertificatStatut, ControleFront
from fpsctl.antai.messages.impression import DemandeImpression, Etablissement, Modalites
from fpsctl.antai.messages.recouvrement import Annulation, FpsImpaye, TitreAnnulationAntai, TitreEmis
from fpsctl.antai.messages.retour import Accuse, DateEnvoi, Rejet, RetourPaiement

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLASSES: tuple[type[Message], ...] = (
    CertificatDepot,
    CertificatStatut,
    ControleFront,
    AvisInitial,
    AvisRectificatif,
    Annulation,
    FpsImpaye,
    Accuse,
    Rejet,
    DateEnvoi,
    RetourPaiement,
    TitreEmis,
    TitreAnnulationAntai,
    DemandeImpression,
)

MESSAGES: Mapping[str, type[Message]] = MappingProxyType({model.kind: model for model in _CLASSES})

__all__ = [
    "MESSAGES",
    "Accuse",
    "Annulation",
    "Autorite",
    "AvisInitial",
    "AvisRectificatif",
    "CertificatDepot",
    "CertificatStatut",
    "Collectivite",
    "ControleFront",
    "DateEnvoi",
    "DemandeImpression",
    "Etablissement",
    "FpsImpaye",
    "Justificatif",
    "Message",
    "Minore",
    "Modalites",
    "Personne",
    "Rejet",
    "RetourPaiement",
    "TitreAnnulationAntai",
    "TitreEmis",
    "Vehicule",
]
