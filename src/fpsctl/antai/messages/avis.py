"""The notices that the vendor sends: initial, and corrective after a prior appeal (RAPO)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from fpsctl.antai.messages import sources
from fpsctl.antai.messages.base import (
    Autorite,
    Centimes,
    Collectivite,
    Direction,
    Instant,
    Jour,
    Justificatif,
    Message,
    Minore,
    Numero,
    Personne,
    Texte,
    Vehicule,
    donnee,
)
from fpsctl.identifiers import NumeroFps  # noqa: TC001 - Pydantic reads it at run time

Agent = Annotated[
    Texte, donnee("Unambiguous identifier of the agent, never a name.", source=sources.AGENT, confidence="law")
]
Constat = Annotated[Instant, donnee("When the agent made the finding.", source=sources.CADA, confidence="official")]
Lieu = Annotated[Texte, donnee("Where the agent made the finding.", source=sources.CADA, confidence="official")]
Signature = Annotated[
    Texte,
    donnee("Signature of the agent: a reference, or the word Signe.", source=sources.R14, confidence="law"),
]


class AvisInitial(Message):
    """First notice of a charge, recorded when the sworn agent validates it."""

    kind: ClassVar[str] = "avis_initial"
    direction: ClassVar[Direction] = "out"

    numero: Numero
    collectivite: Annotated[
        Collectivite, donnee("Authority that instituted the charge.", source=sources.R4, confidence="law")
    ]
    autorite: Annotated[
        Autorite, donnee("Authority the agent belongs to.", source=sources.CEREMA, confidence="secondary")
    ]
    agent: Agent
    constate_le: Constat
    etabli_le: Annotated[
        Jour,
        donnee("Day the notice was drawn up, digits 18-20 of the number.", source=sources.NUMERO, confidence="law"),
    ]
    lieu: Lieu
    zone: Annotated[
        Texte,
        donnee(
            "Tariff zone of the finding.", source=f"{sources.L87}: the cap is that of the zone", confidence="deduced"
        ),
    ]
    vehicule: Annotated[Vehicule, donnee("Vehicle found.", source=sources.CADA, confidence="official")]
    fps: Annotated[
        Centimes,
        donnee("Charge of the zone, before deduction.", source=sources.L87, confidence="law", unit="EUR cents"),
    ]
    deduit: Annotated[
        Centimes,
        donnee("Part already paid, deducted from the charge.", source=sources.R5, confidence="law", unit="EUR cents"),
    ]
    montant_du: Annotated[
        Centimes,
        donnee(
            "Amount due: the charge less the deduction, never below zero.",
            source=sources.R5,
            confidence="law",
            unit="EUR cents",
        ),
    ]
    justificatif: Annotated[
        Justificatif | None, donnee("Receipt that was deducted.", source=sources.R5, confidence="law")
    ] = None
    minore: Annotated[
        Minore | None, donnee("Reduced charge, if the town has one.", source=sources.CEREMA, confidence="secondary")
    ] = None
    fin_effet: Annotated[
        Instant | None,
        donnee("When the charge stops covering the stay.", source=sources.CEREMA, confidence="secondary"),
    ] = None
    signature: Signature

    @model_validator(mode="after")
    def _amount_due(self) -> Self:
        if self.montant_du != max(0, self.fps - self.deduit):
            raise ValueError("avis-initial.montant-du.formula")
        return self


class AvisRectificatif(Message):
    """Corrective notice after a RAPO; it has its own number and recalls the initial one."""

    kind: ClassVar[str] = "avis_rectificatif"
    direction: ClassVar[Direction] = "out"

    numero: Numero
    numero_initial: Annotated[
        NumeroFps,
        donnee(
            "Number of the notice that is corrected, 26 digits.",
            source="arrete 2015-11-06 art. 4 I: each notice has its own number",
            confidence="deduced",
            unit="digits",
        ),
    ]
    collectivite: Annotated[
        Collectivite, donnee("Authority that instituted the charge.", source=sources.R14, confidence="law")
    ]
    autorite: Annotated[
        Autorite,
        donnee("Authority whose agent draws up the corrective notice.", source=sources.R14, confidence="law"),
    ]
    agent: Agent
    constate_le: Constat
    lieu: Lieu
    vehicule: Annotated[Vehicule, donnee("Vehicle found.", source=sources.R14, confidence="law")]
    redevable: Annotated[
        Personne | None, donnee("Holder, lessee or purchaser.", source=sources.R14, confidence="law")
    ] = None
    rapo_recu_le: Annotated[Jour, donnee("Day the RAPO was received.", source=sources.R14, confidence="law")]
    mandataire: Annotated[
        Personne | None, donnee("Person mandated for the RAPO.", source=sources.R14, confidence="law")
    ] = None
    etabli_le: Annotated[Jour, donnee("Day of the corrective notice.", source=sources.R14, confidence="law")]
    montant: Annotated[
        Centimes,
        donnee(
            "Corrected amount; zero when the RAPO is accepted in full.",
            source=sources.R14,
            confidence="law",
            unit="EUR cents",
        ),
    ]
    signature: Signature

    @model_validator(mode="after")
    def _own_number(self) -> Self:
        if self.numero == self.numero_initial:
            raise ValueError("avis-rectificatif.numero.own")
        return self
