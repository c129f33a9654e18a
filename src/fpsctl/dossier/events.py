"""Every event of a dossier's life: who causes it, and which facts it carries.

A scenario, the sandbox and a vendor's export name events by these keys; a field says in which slot of
`Event` its value travels.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Slot = Literal["montant", "issue", "date", "ref", "detail"]


class Field(NamedTuple):
    """One fact of an event: its public name, its slot, and what it may be."""

    name: str
    slot: Slot
    required: bool = False
    choices: tuple[str, ...] = ()
    zero: bool = False
    """Whether an amount may be zero."""


class Spec(NamedTuple):
    """An event: who acts, its fields, and the cycle in which it exists (empty: both)."""

    actor: str
    fields: tuple[Field, ...] = ()
    cycle: str = ""


CANAUX = ("local", "antai", "dgfip")
ISSUES_RAPO = ("accepte", "partiel", "rejete", "irrecevable")
ISSUES_TSP = ("annule", "reduit", "rejette", "non_lieu")
PIECES_RAPO = ("avis", "certificat_immatriculation", "mandat", "motifs", "forme")

EVENTS: dict[str, Spec] = {
    "constatation": Spec("collectivite"),
    "transmission": Spec("editeur", cycle="complet"),
    "rejet": Spec("antai", (Field("motif", "issue", required=True),)),
    "envoi": Spec(
        "antai",
        (Field("mode", "issue", choices=("postale", "demat_antai")), Field("date_envoi", "date")),
        cycle="complet",
    ),
    "apposition": Spec("collectivite", cycle="partiel"),
    "mise_a_disposition": Spec("collectivite", cycle="partiel"),
    "prise_connaissance": Spec("redevable", cycle="partiel"),
    "retour_npai": Spec("antai", cycle="complet"),
    "paiement": Spec(
        "redevable",
        (Field("montant", "montant", required=True), Field("canal", "issue", choices=CANAUX), Field("ref", "ref")),
    ),
    "paiement_annule": Spec("dgfip", (Field("ref", "ref"),)),
    "rapo_depot": Spec("redevable", (Field("expedie_le", "date"), Field("manque", "detail", choices=PIECES_RAPO))),
    "rapo_decision": Spec(
        "collectivite",
        (
            Field("issue", "issue", required=True, choices=ISSUES_RAPO),
            Field("montant", "montant", zero=True),
            Field("rectificatif_le", "date"),
            Field("notification", "ref", choices=("postale", "demat")),
        ),
    ),
    "rectificatif": Spec("collectivite", (Field("numero", "ref"),)),
    "fps_impaye": Spec("editeur", cycle="partiel"),
    "titre_emission": Spec("antai", (Field("numero_titre", "ref"),)),
    "avertissement": Spec("antai", (Field("date_envoi", "date"),)),
    "remise": Spec("dgfip", (Field("montant", "montant", required=True),)),
    "annulation": Spec("collectivite", (Field("montant", "montant"), Field("motif", "issue"))),
    "titre_annulation": Spec("antai"),
    "interruption": Spec("dgfip"),
    "tsp_requete": Spec("redevable", (Field("recours", "issue", required=True, choices=("rapo", "titre")),)),
    "tsp_demande_regularisation": Spec("tsp"),
    "tsp_regularisation": Spec("redevable"),
    "tsp_communication": Spec("tsp", (Field("consulte_le", "date"),)),
    "tsp_defense": Spec("collectivite", (Field("issue", "issue", choices=("recevable", "irrecevable")),)),
    "tsp_decision": Spec(
        "tsp",
        (
            Field("issue", "issue", required=True, choices=ISSUES_TSP),
            Field("montant", "montant", zero=True),
            Field("consulte_le", "date"),
        ),
    ),
    "tsp_execution": Spec("collectivite"),
    "remboursement_ordonne": Spec("collectivite"),
    "remboursement": Spec("collectivite", (Field("montant", "montant"),)),
    "compensation": Spec("collectivite", (Field("montant", "montant"),)),
}

EFFECTS: dict[str, str] = {
    "notification": "antai",
    "paiement_echu": "redevable",
    "prix_atteint": "redevable",
    "rapo_silence": "collectivite",
    "prescription": "dgfip",
    "tsp_regularisation_echue": "redevable",
    "tsp_defense_echue": "collectivite",
    "trop_percu": "collectivite",
    "trop_percu_eteint": "collectivite",
}
"""What the law does by itself when a delay ends or an amount changes, and whom it concerns."""


def actor_of(kind: str) -> str:
    """Return who causes an event, or whom an effect concerns."""
    return EFFECTS[kind] if kind in EFFECTS else EVENTS[kind].actor
