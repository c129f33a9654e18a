"""What every message is made of: the base class, checked types, and the parts that messages share."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from fpsctl.antai.messages import sources
from fpsctl.identifiers import Immatriculation, Montant, NumeroFps, Siret

if TYPE_CHECKING:
    from fpsctl.law import Confidence

Direction = Literal["out", "in"]

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def donnee(description: str, *, source: str, confidence: Confidence, unit: str | None = None) -> Any:  # noqa: ANN401
    """Describe a data item, for use in `Annotated`: what it is, in which unit, on whose word.

    A default is written as an ordinary `= None`, so that type checkers know which items are mandatory.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "confidence": confidence}
    return Field(description=description, json_schema_extra=extra)


def _only_instant(value: object) -> object:
    """Refuse what Pydantic would guess: a number, or a text that is not a full instant."""
    if isinstance(value, dt.datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise ValueError("instant.format")


def _only_day(value: object) -> object:
    """Refuse what Pydantic would guess: a number, an instant at midnight."""
    is_day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    if is_day or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("jour.format")


Texte = Annotated[str, StringConstraints(min_length=1)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Pays = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Empreinte = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Instant = Annotated[AwareDatetime, BeforeValidator(_only_instant)]
Jour = Annotated[dt.date, BeforeValidator(_only_day)]
Centimes = Annotated[Montant, Field(ge=0)]

Numero = Annotated[
    NumeroFps, donnee("Number of the notice, 26 digits.", source=sources.NUMERO, confidence="law", unit="digits")
]


class Donnees(BaseModel):
    """A frozen group of data items; refuses any item it does not know."""

    # The input is kept out of error texts: it may hold a key, a name or an address.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Message(Donnees):
    """What the vendor and the SI FPS send each other; `out` goes to the SI FPS, `in` comes from it."""

    kind: ClassVar[str]
    direction: ClassVar[Direction]


class Collectivite(Donnees):
    """The authority that instituted the charge."""

    nom: Annotated[Texte, donnee("Name of the authority.", source=sources.IMPAYE, confidence="law")]
    siret: Annotated[
        Siret, donnee("SIRET of the authority, 14 digits.", source=sources.IMPAYE, confidence="law", unit="digits")
    ]
    contact: Annotated[Texte, donnee("Contact details, as printed.", source=sources.IMPAYE, confidence="law")]


class Autorite(Donnees):
    """The authority that the agent belongs to."""

    code: Annotated[
        int,
        Field(ge=0, le=9, strict=True),
        donnee("Indicator of the authority, digit 17 of the number.", source=sources.NUMERO, confidence="law"),
    ]
    nom: Annotated[Texte, donnee("Name of the authority.", source=sources.R14, confidence="law")]
    contact: Annotated[Texte, donnee("Contact details, as printed.", source=sources.R14, confidence="law")]


class Vehicule(Donnees):
    """The vehicle seen by the agent."""

    immatriculation: Annotated[
        Immatriculation, donnee("Registration plate.", source=sources.CADA, confidence="official")
    ]
    marque: Annotated[
        Texte | None, donnee("Make, as read on the vehicle.", source=sources.CADA, confidence="official")
    ] = None
    pays: Annotated[
        Pays,
        donnee(
            "Country of registration.",
            source="A06: ISO 3166-1 is our choice of code; notices are posted for French plates only",
            confidence="assumption",
            unit="ISO 3166-1 alpha-2",
        ),
    ]


class Justificatif(Donnees):
    """The latest parking receipt, whose amount is deducted."""

    emis_le: Annotated[Instant, donnee("When the receipt was issued.", source=sources.R5, confidence="law")]
    fin_le: Annotated[Instant, donnee("When the paid period ends.", source=sources.R5, confidence="law")]
    montant: Annotated[
        Centimes, donnee("Amount paid on the receipt.", source=sources.R5, confidence="law", unit="EUR cents")
    ]


class Minore(Donnees):
    """The reduced charge, where the town has one."""

    montant: Annotated[
        Centimes, donnee("Reduced amount.", source=sources.CEREMA, confidence="secondary", unit="EUR cents")
    ]
    fin_le: Annotated[
        Instant | None,
        donnee(
            "Instant until which it settles the charge; absent while it waits for the notification.",
            source=sources.CEREMA,
            confidence="secondary",
        ),
    ] = None


class Personne(Donnees):
    """Someone named on a notice or in an appeal."""

    nom: Annotated[Texte, donnee("Names, or company name.", source=sources.R14, confidence="law")]
    adresse: Annotated[Texte | None, donnee("Postal address, on one line.", source=sources.R14, confidence="law")] = (
        None
    )
