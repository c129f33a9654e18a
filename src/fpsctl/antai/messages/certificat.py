"""The certificate of a town: deposited, followed, and seen by the front API."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from fpsctl.antai.messages import sources
from fpsctl.antai.messages.base import Code, Direction, Empreinte, Instant, Message, Texte, donnee
from fpsctl.identifiers import Siret

Etat = Literal["inconnu", "depose", "actif", "remplace", "revoque", "expire"]

_PRIVATE = re.compile(r"PRIVATE\s+KEY", re.IGNORECASE)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")

_Siret = Annotated[
    Siret, donnee("SIRET of the town, 14 digits.", source=sources.DEMARRAGE, confidence="official", unit="digits")
]
_Empreinte = Annotated[
    Empreinte,
    donnee(
        "SHA-256 of the certificate (DER), lower-case hexadecimal.",
        source=sources.CERTIFICAT,
        confidence="assumption",
        unit="64 hexadecimal digits",
    ),
]


class CertificatDepot(Message):
    """Deposit of the town's certificate in the SI FPS."""

    kind: ClassVar[str] = "certificat_depot"
    direction: ClassVar[Direction] = "out"

    siret: _Siret
    certificat_pem: Annotated[
        Texte,
        donnee(
            "Certificate in PEM, leaf first; never a private key.",
            source=sources.CERTIFICAT,
            confidence="assumption",
            unit="PEM",
        ),
    ]
    empreinte_sha256: _Empreinte
    preuve_possession: Annotated[
        Texte | None,
        donnee(
            "Signature that proves the private key is held.",
            source=sources.CERTIFICAT,
            confidence="assumption",
            unit="base64",
        ),
    ] = None

    @model_validator(mode="after")
    def _public_and_consistent(self) -> Self:
        if _PRIVATE.search(self.certificat_pem):
            raise ValueError("certificat-depot.pem.private-key")
        leaf = _CERTIFICATE.search(self.certificat_pem)
        if leaf is None:
            raise ValueError("certificat-depot.pem.no-certificate")
        try:
            der = base64.b64decode("".join(leaf[1].split()), validate=True)
        except binascii.Error as error:
            raise ValueError("certificat-depot.pem.malformed") from error
        if hashlib.sha256(der).hexdigest() != self.empreinte_sha256:
            raise ValueError("certificat-depot.empreinte.mismatch")
        return self


class CertificatStatut(Message):
    """What the SI FPS says of a deposited certificate."""

    kind: ClassVar[str] = "certificat_statut"
    direction: ClassVar[Direction] = "in"

    siret: _Siret
    empreinte_sha256: _Empreinte
    etat: Annotated[Etat, donnee("State of the certificate.", source=sources.CERTIFICAT, confidence="assumption")]
    depuis: Annotated[
        Instant | None,
        donnee("Since when; absent if unknown.", source=sources.CERTIFICAT, confidence="assumption"),
    ] = None


class ControleFront(Message):
    """Answer of the front API: as whom the caller is known."""

    kind: ClassVar[str] = "controle_front"
    direction: ClassVar[Direction] = "in"

    siret: Annotated[
        Siret,
        donnee(
            "SIRET that the front reads from the caller, 14 digits.",
            source=sources.CERTIFICAT,
            confidence="assumption",
            unit="digits",
        ),
    ]
    environnement: Annotated[
        Code,
        donnee("Environment that answers.", source="A01: environments are not public", confidence="assumption"),
    ]
    certificat_etat: Annotated[
        Etat, donnee("State of the caller's certificate.", source=sources.CERTIFICAT, confidence="assumption")
    ]
    recu_le: Annotated[
        Instant, donnee("When the front received the call.", source=sources.CERTIFICAT, confidence="assumption")
    ]
