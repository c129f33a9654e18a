"""The print request of a notice: the mentions, as they will be printed.

Its fields are the mentions of the law, one each, in order. A blank text is let through on purpose:
judging the mentions is the work of `fpsctl.avis`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from fpsctl.antai.messages import sources
from fpsctl.antai.messages.base import Centimes, Direction, Donnees, Instant, Jour, Message, Numero, donnee
from fpsctl.identifiers import NumeroFps  # noqa: TC001 - Pydantic reads it at run time


class Etablissement(Donnees):
    """Part I of the notice, with what a corrective notice adds."""

    collectivite: Annotated[str, donnee("Name of the instituting authority.", source=sources.R4, confidence="law")]
    autorite: Annotated[
        str, donnee("Authority of the agent, contact details.", source=sources.CEREMA, confidence="secondary")
    ]
    agent: Annotated[str, donnee("Designation of the agent, not a name.", source=sources.L87, confidence="law")]
    constat_horodatage: Annotated[
        Instant, donnee("Date and time of the finding.", source=sources.CEREMA, confidence="secondary")
    ]
    lieu: Annotated[str, donnee("Place of the finding.", source=sources.R14, confidence="deduced")]
    vehicule: Annotated[
        str, donnee("Registration number and make, as printed.", source=sources.CEREMA, confidence="secondary")
    ]
    titulaire: Annotated[
        str | None,
        donnee("Identity and address of the holder, if posted.", source=sources.R14, confidence="deduced"),
    ] = None
    montant: Annotated[
        Centimes,
        donnee("Amount due, after deduction.", source=sources.CEREMA, confidence="secondary", unit="EUR cents"),
    ]
    date_envoi: Annotated[
        Jour | None, donnee("Day of sending, if sent.", source=sources.CEREMA, confidence="secondary")
    ] = None
    fin_effet: Annotated[
        Instant | None, donnee("When the charge stops producing effect.", source=sources.CEREMA, confidence="secondary")
    ] = None
    signature: Annotated[str, donnee("Signature of the agent.", source=sources.CEREMA, confidence="secondary")]
    numero: Numero
    rapo_reception: Annotated[
        str | None,
        donnee("Receipt of the RAPO, and any mandatary (corrective notice).", source=sources.R14, confidence="law"),
    ] = None
    date: Annotated[Jour | None, donnee("Day of the corrective notice.", source=sources.R14, confidence="law")] = None
    redevable: Annotated[
        str | None,
        donnee("Holder, lessee or purchaser, address (corrective notice).", source=sources.R14, confidence="law"),
    ] = None


class Modalites(Donnees):
    """Part II of the notice: how to pay and how to dispute, as printed."""

    service: Annotated[str, donnee("Service to pay, contact details.", source=sources.CEREMA, confidence="secondary")]
    moyens: Annotated[tuple[str, ...], donnee("Means of payment.", source=sources.CEREMA, confidence="secondary")]
    echeance: Annotated[str, donnee("Deadline of payment.", source=sources.CEREMA, confidence="secondary")]
    majoration: Annotated[str, donnee("What follows the deadline.", source=sources.CEREMA, confidence="secondary")]
    rapo_obligatoire: Annotated[
        str, donnee("RAPO compulsory before any court.", source=sources.CEREMA, confidence="secondary")
    ]
    rapo_autorite: Annotated[str, donnee("Where to send the RAPO.", source=sources.CEREMA, confidence="secondary")]
    rapo_delai: Annotated[str, donnee("Time to file the RAPO.", source=sources.CEREMA, confidence="secondary")]
    rapo_forme: Annotated[str, donnee("How to file the RAPO.", source=sources.CEREMA, confidence="secondary")]
    derogation_accuse: Annotated[
        str, donnee("Derogation on the acknowledgement of receipt.", source=sources.L87, confidence="law")
    ]
    rejet_implicite: Annotated[
        str, donnee("After how long silence is rejection.", source=sources.L87, confidence="law")
    ]
    contentieux: Annotated[str, donnee("What that rejection opens in court.", source=sources.L87, confidence="law")]
    minore: Annotated[
        str | None, donnee("Reduced amount and its delay.", source=sources.CEREMA, confidence="secondary")
    ] = None


class DemandeImpression(Message):
    """What the SI FPS sends to the printer, retrieved to be validated."""

    kind: ClassVar[str] = "impression"
    direction: ClassVar[Direction] = "in"

    document: Annotated[
        Literal["avis_initial", "avis_rectificatif"],
        donnee("Which notice is printed.", source=sources.IMPRESSION, confidence="assumption"),
    ]
    numero_initial: Annotated[
        NumeroFps | None,
        donnee(
            "Number of the notice corrected, for a corrective one.",
            source=sources.IMPRESSION,
            confidence="assumption",
            unit="digits",
        ),
    ] = None
    etablissement: Annotated[Etablissement, donnee("Part I of the notice.", source=sources.R4, confidence="law")]
    modalites: Annotated[Modalites, donnee("Part II of the notice.", source=sources.R4, confidence="law")]
