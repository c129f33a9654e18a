"""The table of all transitions: the only place that says which event moves which track from where to where.

A row is legal or it does not exist; an event finds its row by (kind, outcome, track, state). A row that
leaves the state as it is states a condition: the event needs that state.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.dossier.records import TRACKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NONE = "-"
_OPEN = "constate notifie impaye titre averti"
_BEFORE_TITLE = "constate notifie impaye acquitte"
_AFTER_TITLE = "titre averti acquitte"


class Transition(NamedTuple):
    """One row: `kind.outcome` moves `track` from `source` to `target`; `rule` is what the law calls it."""

    kind: str
    outcome: str
    track: str
    source: str | None
    target: str | None
    rule: str

    @property
    def id(self) -> str:
        """A stable name for coverage and for switching a row off."""
        name = f"{self.kind}.{self.outcome}" if self.outcome else self.kind
        return f"{name}:{self.track}:{self.source or _NONE}>{self.target or _NONE}"


def _rows(rule: str, name: str, **moves: str) -> Iterator[Transition]:
    """Spell out rows: each move is `source>target`, or a state that stays, or `a b c>target`."""
    kind, _, outcome = name.partition(".")
    for track, text in moves.items():
        for group in text.split(","):
            sources, _, target = group.strip().partition(">")
            for source in sources.split():
                end = target or source
                yield Transition(kind, outcome, track, _state(source), _state(end), rule)


def _state(word: str) -> str | None:
    return None if word == _NONE else word


def _notice() -> Iterator[Transition]:
    yield from _rows("numero", "constatation.du", dette="->constate", envoi="->attente")
    yield from _rows("deduction.justificatif", "constatation.nul", dette="->acquitte", envoi="->attente")
    yield from _rows("transmission", "transmission", envoi="attente rejete>transmis", dette="constate")
    yield from _rows("rejet", "rejet", envoi="transmis>rejete")
    yield from _rows("notification.postale", "envoi.postale", envoi="transmis>envoye", dette="constate acquitte annule")
    yield from _rows(
        "notification.demat_antai",
        "envoi.demat_antai",
        envoi="transmis>envoye",
        dette="constate>notifie, acquitte annule",
    )
    yield from _rows("notification.vehicule", "apposition", envoi="attente>appose", dette="constate>notifie")
    yield from _rows("notification.demat_locale", "mise_a_disposition", envoi="attente>appose", dette="constate")
    yield from _rows(
        "notification.demat_locale",
        "prise_connaissance",
        envoi="appose",
        dette="constate>notifie, acquitte annule",
    )
    yield from _rows("npai", "retour_npai", envoi="envoye")
    yield from _rows("notification", "notification", dette="constate>notifie")


def _payments() -> Iterator[Transition]:
    yield from _rows("paiement", "paiement.solde", dette=f"{_OPEN}>acquitte")
    yield from _rows("paiement", "paiement.partiel", dette=_OPEN)
    yield from _rows("trop_percu", "paiement.indu", dette="acquitte annule")
    yield from _rows("paiement", "prix_atteint", dette=f"{_OPEN}>acquitte")
    yield from _rows("paiement", "paiement.prescrit", dette="prescrit")
    for state in _OPEN.split():
        yield from _rows("paiement.annule", f"paiement_annule.{state}", dette=f"acquitte>{state}")
    yield from _rows("paiement.annule", "paiement_annule.inchange", dette=f"{_OPEN} acquitte annule prescrit")
    yield from _rows("impaye", "paiement_echu", dette="notifie>impaye")


def _rapo() -> Iterator[Transition]:
    alive = f"{_OPEN} acquitte"
    yield from _rows("rapo", "rapo_depot.recu", rapo="->recu", dette="notifie impaye titre averti acquitte")
    yield from _rows(
        "rapo.avant_notification", "rapo_depot.avant_notification", rapo="->recu", dette="constate acquitte"
    )
    yield from _rows("rapo", "rapo_depot.tardif", rapo="->irrecevable", dette=alive)
    yield from _rows("rapo", "rapo_depot.incomplet", rapo="->irrecevable", dette=alive)
    for issue in ("accepte", "partiel", "rejete"):
        yield from _rows("rapo", f"rapo_decision.{issue}", rapo=f"recu implicite>{issue}")
    yield from _rows("rapo", "rapo_decision.irrecevable", rapo="recu>irrecevable")
    yield from _rows("rapo.implicite", "rapo_silence", rapo="recu>implicite")
    yield from _rows(
        "rectificatif", "rectificatif.annule", rapo="accepte partiel", dette=f"{_BEFORE_TITLE}>annule, annule"
    )
    yield from _rows("rectificatif", "rectificatif.solde", rapo="partiel", dette=f"{_BEFORE_TITLE}>acquitte")
    yield from _rows("rectificatif", "rectificatif.reduit", rapo="partiel", dette="constate notifie impaye")
    yield from _rows(
        "rectificatif", "rectificatif.reduit_nouveau_delai", rapo="partiel", dette="constate, notifie impaye>notifie"
    )
    yield from _rows("rectificatif", "rectificatif.apres_titre", rapo="accepte partiel", dette=_AFTER_TITLE)


def _title() -> Iterator[Transition]:
    yield from _rows("impaye", "fps_impaye", dette="impaye")
    yield from _rows("titre", "titre_emission", dette="impaye>titre")
    yield from _rows("avertissement", "avertissement", dette="titre>averti")
    yield from _rows("remise", "remise.solde", dette="titre averti>acquitte")
    yield from _rows("remise", "remise.partiel", dette="titre averti")
    yield from _rows("annulation.locale", "annulation.annule", dette=f"{_BEFORE_TITLE}>annule")
    yield from _rows("annulation.locale", "annulation.solde", dette=f"{_BEFORE_TITLE}>acquitte")
    yield from _rows("annulation.locale", "annulation.reduit", dette="constate notifie impaye")
    yield from _rows("annulation", "annulation.apres_titre", dette=_AFTER_TITLE)
    yield from _rows("annulation", "titre_annulation.annule", dette=f"{_AFTER_TITLE} prescrit>annule")
    yield from _rows("annulation", "titre_annulation.solde", dette=f"{_AFTER_TITLE}>acquitte, prescrit")
    yield from _rows("annulation", "titre_annulation.reduit", dette="titre averti prescrit")
    yield from _rows("prescription.interruption", "interruption", dette="titre averti")
    yield from _rows("prescription", "prescription", dette="titre averti>prescrit")


def _court() -> Iterator[Transition]:
    ended = "accepte partiel rejete implicite irrecevable"
    yield from _rows("tsp.saisine", "tsp_requete.rapo", tsp="->saisi", rapo=ended)
    yield from _rows(
        "tsp.saisine", "tsp_requete.titre", tsp="- decide execute clos>saisi", dette=f"{_AFTER_TITLE} annule"
    )
    yield from _rows("tsp.regularisation", "tsp_demande_regularisation", tsp="saisi")
    yield from _rows("tsp.regularisation", "tsp_regularisation", tsp="saisi")
    yield from _rows("tsp.regularisation", "tsp_regularisation_echue", tsp="saisi>clos")
    yield from _rows("tsp.defense", "tsp_communication", tsp="saisi>communique")
    yield from _rows("tsp.defense", "tsp_defense.recevable", tsp="communique>defendu")
    yield from _rows("tsp.defense", "tsp_defense.irrecevable", tsp="communique")
    yield from _rows("tsp.defense", "tsp_defense_echue", tsp="communique>acquiesce")
    judged = "saisi communique defendu acquiesce>decide"
    yield from _rows("tsp.decision", "tsp_decision.annule", tsp=judged, dette=f"{_BEFORE_TITLE}>annule, annule")
    yield from _rows("tsp.decision.effet", "tsp_decision.solde", tsp=judged, dette=f"{_BEFORE_TITLE}>acquitte")
    yield from _rows("tsp.decision.effet", "tsp_decision.reduit", tsp=judged, dette="constate notifie impaye")
    yield from _rows("tsp.decision", "tsp_decision.apres_titre", tsp=judged, dette=f"{_AFTER_TITLE} prescrit")
    yield from _rows("tsp.decision.effet", "tsp_decision.rejette", tsp=judged)
    yield from _rows("tsp.decision.effet", "tsp_decision.non_lieu", tsp=judged)
    yield from _rows("tsp.execution", "tsp_execution", tsp="decide>execute")


def _refunds() -> Iterator[Transition]:
    yield from _rows("trop_percu", "trop_percu", remboursement="- rembourse compense>du")
    yield from _rows("trop_percu", "trop_percu_eteint", remboursement="du ordonne>-")
    yield from _rows("remboursement", "remboursement_ordonne", remboursement="du>ordonne")
    for kind, end in (("remboursement", "rembourse"), ("compensation", "compense")):
        yield from _rows("remboursement", f"{kind}.solde", remboursement=f"du ordonne>{end}")
        yield from _rows("remboursement", f"{kind}.partiel", remboursement="du ordonne")


TRANSITIONS: tuple[Transition, ...] = tuple(chain(_notice(), _payments(), _rapo(), _title(), _court(), _refunds()))

Moves = tuple[tuple[int, dict[str | None, str | None]], ...]
"""For one (kind, outcome): index of the track in `Dossier`, then state -> state."""


class Table:
    """Transitions indexed for the engine; `without` rows are as if they did not exist."""

    def __init__(self, transitions: Iterable[Transition] = TRANSITIONS, without: frozenset[str] = frozenset()) -> None:
        """Index the rows by kind, then outcome."""
        moves: dict[str, dict[str, dict[int, dict[str | None, str | None]]]] = {}
        needs: dict[str, dict[int, set[str | None]]] = {}
        self.rule: dict[tuple[str, str], str] = {}
        for row in transitions:
            if row.id in without:
                continue
            index = 1 + TRACKS.index(row.track)
            moves.setdefault(row.kind, {}).setdefault(row.outcome, {}).setdefault(index, {})[row.source] = row.target
            needs.setdefault(row.kind, {}).setdefault(index, set()).add(row.source)
            self.rule.setdefault((row.kind, row.outcome), row.rule)
        self.moves: dict[str, dict[str, Moves]] = {
            kind: {outcome: tuple(tracks.items()) for outcome, tracks in outcomes.items()}
            for kind, outcomes in moves.items()
        }
        # A track is needed by a kind only if every outcome of the kind looks at it.
        self.needs: dict[str, tuple[tuple[int, frozenset[str | None]], ...]] = {
            kind: tuple(
                (index, frozenset(states))
                for index, states in tracks.items()
                if all(index in outcome for outcome in moves[kind].values())
            )
            for kind, tracks in needs.items()
        }


TABLE = Table()
