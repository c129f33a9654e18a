"""What comes back: acknowledgement, reject, sending date, payment."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from fpsctl.antai.messages import sources
from fpsctl.antai.messages.base import Centimes, Code, Direction, Instant, Jour, Message, Numero, Texte, donnee

Objet = Annotated[
    Literal["avis_initial", "avis_rectificatif", "annulation", "fps_impaye"],
    donnee("Kind of the message that is answered.", source=sources.ECHANGES, confidence="deduced"),
]


class Accuse(Message):
    """The SI FPS received a message."""

    kind: ClassVar[str] = "accuse"
    direction: ClassVar[Direction] = "in"

    numero: Numero
    objet: Objet
    reference: Annotated[
        Texte, donnee("Reference given by the SI FPS.", source=sources.EXCHANGE, confidence="assumption")
    ]
    recu_le: Annotated[Instant, donnee("When it was received.", source=sources.EXCHANGE, confidence="assumption")]


class Rejet(Message):
    """The SI FPS refused a message, or gave up a charge."""

    kind: ClassVar[str] = "rejet"
    direction: ClassVar[Direction] = "in"

    numero: Numero
    objet: Objet
    code: Annotated[
        Code,
        donnee(
            "Reason, one of the profile's codes; `inconnu` when the profile does not list it.",
            source=sources.REJETS,
            confidence="secondary",
        ),
    ]
    libelle: Annotated[
        Texte | None, donnee("Reason in words, as received.", source=sources.EXCHANGE, confidence="assumption")
    ] = None
    champ: Annotated[
        Texte | None, donnee("Field at fault, as received.", source=sources.EXCHANGE, confidence="assumption")
    ] = None
    reference: Annotated[
        Texte | None, donnee("Reference given by the SI FPS.", source=sources.EXCHANGE, confidence="assumption")
    ] = None
    rejete_le: Annotated[Instant, donnee("When it was refused.", source=sources.EXCHANGE, confidence="assumption")]


class DateEnvoi(Message):
    """ANTAI sent the notice; legal delays run from this day, whatever was computed."""

    kind: ClassVar[str] = "date_envoi"
    direction: ClassVar[Direction] = "in"

    numero: Numero
    envoye_le: Annotated[Jour, donnee("Day of sending, as printed.", source=sources.L87, confidence="deduced")]
    mode: Annotated[
        Literal["postal", "dematerialise"],
        donnee("Way of notification; the deemed day depends on it.", source=sources.L87, confidence="deduced"),
    ]


class RetourPaiement(Message):
    """A payment was received, or a payment received earlier was reversed."""

    kind: ClassVar[str] = "paiement"
    direction: ClassVar[Direction] = "in"

    numero: Numero
    montant: Annotated[
        Centimes, donnee("Amount of the payment.", source=sources.RETOURS, confidence="deduced", unit="EUR cents")
    ]
    canal: Annotated[
        Literal["local", "antai", "dgfip"],
        donnee("Who took the payment.", source=sources.RETOURS, confidence="deduced"),
    ]
    paye_le: Annotated[Instant, donnee("When it was paid.", source=sources.RETOURS, confidence="deduced")]
    reference: Annotated[Texte, donnee("Reference of the payment.", source=sources.EXCHANGE, confidence="assumption")]
    annule: Annotated[
        bool,
        donnee(
            "Whether this reverses the payment of that reference.", source=sources.EXCHANGE, confidence="assumption"
        ),
    ]
