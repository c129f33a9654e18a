"""What each command answers as `result`, key by key; the test of results runs the commands against these.

Amounts are integer cents; instants ISO 8601 with offset; days ISO 8601.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from fpsctl.antai.messages import (  # the schemas of results read these names at run time
    ControleFront,
    Etablissement,
    Modalites,
)
from fpsctl.antai.reserve import Interface
from fpsctl.collectivite.models import Autorite, MinoreReglage, Tarif
from fpsctl.law import Confidence

Outcome = Literal["error", "fail", "unknown", "not-testable", "warn", "skip", "pass", "n/a"]
Severity = Literal["error", "warning", "info"]


# number


class Cle(TypedDict):
    """The two-digit key, and how far it can be trusted."""

    value: str | None
    algorithm: str
    confidence: Confidence


class Champ(TypedDict):
    """One field of a number."""

    nom: str
    positions: str
    valeur: str
    explication: str
    confidence: Confidence


class Number(TypedDict):
    """A number explained."""

    numero: str
    affiche: str
    siret: str
    annee: int
    autorite: int
    jour: int
    terminal: str
    ordre: str
    date_etablissement: str | None
    date_certaine: bool
    cle: Cle
    champs: list[Champ]


# collectivite

Town = TypedDict(
    "Town",
    {
        "siret": str,
        "from": str,
        "nom": str,
        "type": str,
        "cycle": str,
        "fuseau": str,
        "population": int | None,
        "notification": str,
        "tarifs": dict[str, Tarif],
        "minore": MinoreReglage | None,
        "autorites": dict[str, Autorite],
        "parametres": dict[str, int | str],
    },
)
"""The settings of a town from a day on; lengths in minutes."""


class Named(TypedDict):
    """A town of the workspace."""

    siret: str
    nom: str


class Towns(TypedDict):
    """The towns of the workspace."""

    collectivites: list[Named]


# simulate


class Listed(TypedDict):
    """A scenario that is shipped."""

    id: str
    titre: str
    cycle: list[str]
    source: str
    confidence: Confidence


class Scenarios(TypedDict):
    """The scenarios shipped, or the text of one."""

    scenarios: NotRequired[list[Listed]]
    source: NotRequired[str]


# convention, readiness


class ConventionStep(TypedDict):
    """A step of the espace and the convention."""

    n: int
    slug: str
    titre: str
    acteur: str
    etat: Literal["fait", "a_faire", "bloquee"]
    le: str | None
    manque: list[str]


class Convention(TypedDict):
    """How far the convention is."""

    siret: str
    environnement: str
    verifie: bool
    horloge: str | None
    espace: str | None
    motif: str | None
    cycle: str | None
    enregistre: str | None
    document: str | None
    etapes: list[ConventionStep]


class ReadinessStep(ConventionStep):
    """A step of the State, judged."""

    preuve: str | None
    verifie: bool | None
    remarque: str | None
    pas_avant: str | None
    commande: str | None


class Readiness(TypedDict):
    """The State's ten steps for a town."""

    siret: str
    environnement: str
    horloge: str
    motif: str | None
    etapes: list[ReadinessStep]
    pret: bool
    profile: Interface


class Avis(TypedDict):
    """A print request, its mentions, and the interface over which it was read."""

    document: Literal["avis_initial", "avis_rectificatif"]
    numero_initial: str | None
    etablissement: Etablissement
    modalites: Modalites
    profile: Interface


# cert


class Files(TypedDict):
    """Where the files of a certificate are."""

    request: NotRequired[str]
    key: NotRequired[str]
    certificate: NotRequired[str]


class CertificateRequest(TypedDict):
    """A certificate, as far as it is; null where it is not yet."""

    siret: str
    empreinte: str | None
    subject: str | None
    issuer: str | None
    debut: str | None
    fin: str | None
    files: Files
    etat: str | None
    depuis: str | None


class CertificateDeposit(CertificateRequest):
    """A certificate that was to be deposited."""

    environment: str
    deposited: bool
    already_deposited: bool
    profile: Interface


class CertificateActivation(CertificateRequest):
    """A certificate that was activated."""

    environment: str
    already_active: bool


class CertificateStatus(CertificateRequest):
    """A certificate, and what the SI FPS of an environment says of it; no profile where it was not asked."""

    environment: str
    profile: Interface | None


# check-connection


class Stage(TypedDict):
    """A stage of the connection; `ms` is null for one that was skipped."""

    id: str
    outcome: Outcome
    ms: float | None
    detail: str


class Diagnosis(TypedDict):
    """What is wrong, and whose turn it is."""

    slug: str
    actor: str
    hint: str
    code: str


class Connection(TypedDict):
    """A connection, stage by stage."""

    siret: str
    environnement: str
    url: str
    profile: Interface
    etapes: list[Stage]
    diagnostic: Diagnosis | None
    front: ControleFront | None
