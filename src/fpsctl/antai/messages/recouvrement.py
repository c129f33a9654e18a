"""Unpaid charge, enforcement title and cancellations."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from fpsctl.antai.messages import sources
from fpsctl.antai.messages.base import (
    Centimes,
    Code,
    Collectivite,
    Direction,
    Instant,
    Jour,
    Message,
    Numero,
    Texte,
    Vehicule,
    donnee,
)

Titre = Annotated[
    Texte,
    donnee(
        "Order number of the title; its structure is unknown.",
        source="order number reported by users; structure unknown",
        confidence="secondary",
    ),
]


class FpsImpaye(Message):
    """Charge left unpaid after three months, from which ANTAI issues the title."""

    kind: ClassVar[str] = "fps_impaye"
    direction: ClassVar[Direction] = "out"

    numero: Numero
    collectivite: Annotated[Collectivite, donnee("Beneficiary of the charge.", source=sources.IMPAYE, confidence="law")]
    vehicule: Annotated[Vehicule, donnee("Vehicle found.", source=sources.IMPAYE, confidence="law")]
    lieu: Annotated[Texte, donnee("Where the agent made the finding.", source=sources.IMPAYE, confidence="law")]
    constate_le: Annotated[Instant, donnee("When the agent made the finding.", source=sources.IMPAYE, confidence="law")]
    montant_initial: Annotated[
        Centimes, donnee("Amount initially due.", source=sources.IMPAYE, confidence="law", unit="EUR cents")
    ]
    paye: Annotated[Centimes, donnee("Part paid.", source=sources.IMPAYE, confidence="law", unit="EUR cents")]
    annule: Annotated[Centimes, donnee("Part cancelled.", source=sources.IMPAYE, confidence="law", unit="EUR cents")]
    remis: Annotated[Centimes, donnee("Part remitted.", source=sources.IMPAYE, confidence="law", unit="EUR cents")]
    reste: Annotated[
        Centimes,
        donnee(
            "Remainder: initial less paid, cancelled and remitted.",
            source=sources.IMPAYE,
            confidence="law",
            unit="EUR cents",
        ),
    ]

    @model_validator(mode="after")
    def _remainder(self) -> Self:
        if self.reste != self.montant_initial - (self.paye + self.annule + self.remis):
            raise ValueError("fps-impaye.reste.formula")
        return self


class Annulation(Message):
    """All or part is no longer due, for a reason other than payment; before or after the title."""

    kind: ClassVar[str] = "annulation"
    direction: ClassVar[Direction] = "out"

    numero: Numero
    collectivite: Annotated[
        Collectivite, donnee("Beneficiary of the charge.", source=sources.TITRE_ANNULATION, confidence="law")
    ]
    motif: Annotated[
        Code,
        donnee("Reason of the decision, one of the profile's codes.", source=sources.R17, confidence="deduced"),
    ]
    decide_le: Annotated[Jour, donnee("Day of the decision.", source=sources.R17, confidence="deduced")]
    montant_annule: Annotated[
        Centimes,
        donnee(
            "Amount cancelled, surcharge included.",
            source=sources.TITRE_ANNULATION,
            confidence="deduced",
            unit="EUR cents",
        ),
    ]
    part_majoration: Annotated[
        Centimes,
        donnee(
            "Part of it that is surcharge.", source=sources.TITRE_ANNULATION, confidence="deduced", unit="EUR cents"
        ),
    ]
    titre: Annotated[
        Texte | None,
        donnee("Reference of the title, if one was issued.", source=sources.TITRE_ANNULATION, confidence="law"),
    ] = None

    @model_validator(mode="after")
    def _part(self) -> Self:
        if self.part_majoration > self.montant_annule:
            raise ValueError("annulation.part-majoration.bound")
        return self


class TitreEmis(Message):
    """ANTAI issued the enforcement title."""

    kind: ClassVar[str] = "titre_emis"
    direction: ClassVar[Direction] = "in"

    numero: Numero
    titre: Titre
    signe_le: Annotated[
        Jour, donnee("Day the title was signed; limitation runs from it.", source=sources.TITRE, confidence="deduced")
    ]
    montant_fps: Annotated[
        Centimes, donnee("Charge, to the beneficiary.", source=sources.TITRE, confidence="law", unit="EUR cents")
    ]
    majoration: Annotated[
        Centimes, donnee("Surcharge, to the State.", source=sources.R16, confidence="law", unit="EUR cents")
    ]


class TitreAnnulationAntai(Message):
    """ANTAI issued the title that cancels all or part of another."""

    kind: ClassVar[str] = "titre_annulation_antai"
    direction: ClassVar[Direction] = "in"

    numero: Numero
    titre: Annotated[
        Texte, donnee("Order number of the title cancelled.", source=sources.TITRE_ANNULATION, confidence="law")
    ]
    titre_annulation: Titre
    emis_le: Annotated[
        Jour,
        donnee("Day the cancellation title was issued.", source=sources.TITRE_ANNULATION, confidence="deduced"),
    ]
    montant_fps: Annotated[
        Centimes,
        donnee("Part of the charge cancelled.", source=sources.TITRE_ANNULATION, confidence="law", unit="EUR cents"),
    ]
    majoration: Annotated[
        Centimes,
        donnee(
            "Part of the surcharge cancelled.", source=sources.TITRE_ANNULATION, confidence="deduced", unit="EUR cents"
        ),
    ]
