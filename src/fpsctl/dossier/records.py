"""The plain immutable records that the engine works on.

Amounts are integer cents; `instant` is in seconds since 1970 (UTC); a day is an ordinal of the town's calendar.
Pydantic stands at the edges (`simulation`, `antai`), never here: these are built millions of times.
"""

from __future__ import annotations

from typing import NamedTuple


class Constat(NamedTuple):
    """What the agent found and drew up; it never changes."""

    numero: str
    instant: int
    """The finding (constatation)."""
    jour: int
    etabli: int
    """The drawing up of the notice: another fact, which can fall on another day."""
    jour_etabli: int
    fps: int
    """The amount of the zone."""
    deduit: int
    """The latest valid receipt, deducted (R. 2333-120-5)."""


class Event(NamedTuple):
    """One dated line of the log; `kind` says which of the optional slots it uses (`events.EVENTS`)."""

    instant: int
    jour: int
    kind: str
    montant: int | None = None
    issue: str = ""
    date: int | None = None
    ref: str = ""
    detail: tuple[str, ...] = ()


class Paiement(NamedTuple):
    """A payment that was received and not reversed."""

    ref: str
    montant: int
    canal: str
    avant_titre: bool


class Compte(NamedTuple):
    """The account of a dossier; every term is positive or zero."""

    plein: int
    """FPS of the zone less the deduction."""
    minoration: int = 0
    """What the minored price took off, once it settled the debt."""
    encaisse: int = 0
    rembourse: int = 0
    annule_fps: int = 0
    annule_majoration: int = 0
    remis: int = 0
    majoration: int = 0
    reduction: int = 0
    titre_fps: int = 0
    """The FPS part of the title, net of cancellations."""


class JalonsDette(NamedTuple):
    """Dates of the debt and of its notices."""

    transmis: int | None = None
    envoi: int | None = None
    notification: int | None = None
    echeance: int | None = None
    minore_fin: int | None = None
    """Instant up to which the minored price settles the debt."""
    impaye_transmis: int | None = None
    titre: int | None = None
    titre_numero: str = ""
    prescription: int | None = None
    avertissement: int | None = None
    reduction_fin: int | None = None
    annulation_le: int | None = None
    """A cancellation asked for after the title: the day ANTAI was told."""
    annulation_montant: int | None = None
    """FPS part to cancel; None with `annulation_le` set: all of it."""


class JalonsRapo(NamedTuple):
    """Dates of the RAPO."""

    expedie: int | None = None
    recu: int | None = None
    reponse_fin: int | None = None
    silence: int | None = None
    decision: int | None = None
    recours_fin: int | None = None
    rectificatif_le: int | None = None
    """The day on which the rectificatif is to be drawn up; None once it is, or when there is none."""
    montant: int | None = None
    """The rectified FPS."""


class JalonsTsp(NamedTuple):
    """Dates of the court action."""

    requete: int | None = None
    regularisation_fin: int | None = None
    communication: int | None = None
    defense_fin: int | None = None
    decision: int | None = None
    decision_recue: int | None = None
    execution_fin: int | None = None


class Dossier(NamedTuple):
    """The state of a dossier: tracks, account, dates. A pure function of (log, rules, date)."""

    constat: Constat
    dette: str | None
    envoi: str | None
    rapo: str | None
    tsp: str | None
    remboursement: str | None
    compte: Compte
    jalons: JalonsDette
    jalons_rapo: JalonsRapo
    jalons_tsp: JalonsTsp
    paiements: tuple[Paiement, ...]
    instant: int


class Step(NamedTuple):
    """One applied event: how it ended and the state after it."""

    event: Event
    outcome: str
    dossier: Dossier


TRACKS = ("dette", "envoi", "rapo", "tsp", "remboursement")
