"""What is known of a case beside its dates and amounts, and the town it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fpsctl.dossier.rules import Minore, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.collectivite import Collectivite
    from fpsctl.dossier.amounts import Receipt
    from fpsctl.identifiers import Immatriculation
    from fpsctl.law import Loi, Valeur


class Facts(NamedTuple):
    """What a notice says and the engine does not need."""

    immatriculation: Immatriculation
    marque: str | None
    pays: str
    lieu: str
    zone: str
    autorite: int
    agent: str
    agent_rapo: str
    """Who draws up a rectificatif: never the agent of the finding."""
    duree_max: int
    """Maximum duration of the zone, minutes."""
    justificatif: Receipt | None
    """The receipt that was deducted."""


def rules_of(
    collectivite: Collectivite,
    parametres: Mapping[str, Valeur] | None = None,
    *,
    delays: Mapping[str, Valeur] | None = None,
    law: Loi | None = None,
) -> Rules:
    """Return the rules of a town: the law, then ANTAI's `delays`, then the town's settings, then `parametres`."""
    reglages = collectivite.reglages
    minore = reglages.minore
    return Rules(
        cycle=reglages.cycle,
        mode=reglages.mode,
        zone=reglages.fuseau,
        minore=None if minore is None else Minore(minore.montant, minore.duree, minore.debut, minore.canal),
        parametres={**(delays or {}), **reglages.parametres, **(parametres or {})},
        law=law,
    )
