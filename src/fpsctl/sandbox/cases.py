"""One case as the embedded SI FPS knows it: opened by a message, moved by events, told in returns.

The engine is that of every simulation; this module only says what a first message tells of a case, and
which of the routine acts are ANTAI's own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.antai.messages import AvisInitial, FpsImpaye
from fpsctl.avis import build_impression
from fpsctl.collectivite.models import Autorite, Collectivite, MinoreReglage, Reglages, Tarif
from fpsctl.dossier import EFFECTS, Constat, Engine, Event, Minore, Rules
from fpsctl.dossier.agenda import next_act
from fpsctl.dossier.amounts import Receipt
from fpsctl.dossier.exchanges import exchanges
from fpsctl.dossier.facts import Facts
from fpsctl.dossier.messages import BUILDERS, Case
from fpsctl.sandbox.returns import as_said, read_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai import Message
    from fpsctl.dossier import Dossier, Step
    from fpsctl.identifiers import Siret
    from fpsctl.law import Valeur
    from fpsctl.sandbox.store import Opened

HELD = frozenset(
    {"transmission", "rectificatif", "fps_impaye", "apposition", "mise_a_disposition", "prise_connaissance"}
)
"""Routine acts of the vendor and the town: they come as messages or not at all."""

FOREIGN_PLATE = "immatriculation_etrangere"
_UNKNOWN = "-"
_DEFAULT_STAY = int(Tarif.model_fields["duree_max"].default)
_DEFAULT_MINORE = int(MinoreReglage.model_fields["duree"].default)


class Settings(NamedTuple):
    """What the SI FPS knows of a town beside its messages."""

    cycle: str
    fuseau: str
    parametres: tuple[tuple[str, Valeur], ...]


class Start(NamedTuple):
    """What a first message says of a case."""

    constat: Constat
    facts: Facts
    collectivite: Collectivite
    minore: Minore | None
    minore_fin: int | None = None
    """Instant up to which the minored price holds, where the message says it."""
    first: tuple[Event, ...] = ()
    """Events that the message implies, before its own."""

    def open(self, engine: Engine) -> Dossier:
        """Return the case at its finding."""
        dossier = engine.open(self.constat).dossier
        if self.minore_fin is None or dossier.jalons.minore_fin is None:
            return dossier
        return dossier._replace(jalons=dossier.jalons._replace(minore_fin=self.minore_fin))


def start_of(message: Message, settings: Settings, rules: Rules) -> Start:
    """Read the first message of a case: an avis initial (cycle complet) or an unpaid charge (partiel)."""
    if isinstance(message, AvisInitial):
        return _from_avis(message, settings, rules)
    assert isinstance(message, FpsImpaye)  # noqa: S101 - the only other message that opens a case
    return _from_impaye(message, settings, rules)


def _from_avis(message: AvisInitial, settings: Settings, rules: Rules) -> Start:
    found = int(message.constate_le.timestamp())
    drawn = message.etabli_le.toordinal()
    etabli = max(found, rules.midnight(drawn)) if drawn != rules.day(found) else found
    receipt = message.justificatif
    minore, minore_fin = _minore(message)
    return Start(
        constat=Constat(message.numero, found, rules.day(found), etabli, drawn, int(message.fps), int(message.deduit)),
        facts=Facts(
            immatriculation=message.vehicule.immatriculation,
            marque=message.vehicule.marque,
            pays=message.vehicule.pays,
            lieu=message.lieu,
            zone=message.zone,
            autorite=message.autorite.code,
            agent=message.agent,
            agent_rapo=message.agent,
            duree_max=_DEFAULT_STAY,
            justificatif=None
            if receipt is None
            else Receipt(int(receipt.emis_le.timestamp()), int(receipt.fin_le.timestamp()), int(receipt.montant)),
        ),
        collectivite=_town(
            message.collectivite.siret,
            message.collectivite.nom,
            settings,
            {str(message.autorite.code): (message.autorite.nom, message.autorite.contact)},
        ),
        minore=minore,
        minore_fin=minore_fin,
    )


def _minore(message: AvisInitial) -> tuple[Minore | None, int | None]:
    """Read the minored price and its end; one that waits for the notification has the usual length (assumption)."""
    if message.minore is None:
        return None, None
    montant, fin = int(message.minore.montant), message.minore.fin_le
    if fin is None:
        return Minore(montant, _DEFAULT_MINORE, "notification", "antai"), None
    return Minore(montant, _DEFAULT_MINORE, "etablissement", "antai"), int(fin.timestamp())


def _from_impaye(message: FpsImpaye, settings: Settings, rules: Rules) -> Start:
    """Read an unpaid charge: notified on the vehicle at the finding, what was paid or cancelled since deducted."""
    found = int(message.constate_le.timestamp())
    day = rules.day(found)
    first = [Event(found, day, "apposition")]
    if message.paye:
        first.append(Event(found, day, "paiement", int(message.paye), "local", ref="FPS-IMPAYE"))
    if cut := int(message.annule) + int(message.remis):
        first.append(Event(found, day, "annulation", cut, "autorite"))
    autorite = int(message.numero.autorite)
    return Start(
        constat=Constat(message.numero, found, day, found, day, int(message.montant_initial), 0),
        facts=Facts(
            immatriculation=message.vehicule.immatriculation,
            marque=message.vehicule.marque,
            pays=message.vehicule.pays,
            lieu=message.lieu,
            zone=_UNKNOWN,
            autorite=autorite,
            agent=_UNKNOWN,
            agent_rapo=_UNKNOWN,
            duree_max=_DEFAULT_STAY,
            justificatif=None,
        ),
        collectivite=_town(
            message.collectivite.siret,
            message.collectivite.nom,
            settings,
            {str(autorite): (message.collectivite.nom, message.collectivite.contact)},
        ),
        minore=None,
        first=tuple(first),
    )


def _town(siret: Siret, nom: str, settings: Settings, autorites: Mapping[str, tuple[str, str]]) -> Collectivite:
    """Return the town as its message names it: taken as received, since judging it is not the SI FPS's work."""
    known = {
        code: Autorite.model_construct(nom=name, adresse=(contact,)) for code, (name, contact) in autorites.items()
    }
    reglages = Reglages.model_construct(
        nom=nom,
        cycle="complet" if settings.cycle == "complet" else "partiel",
        fuseau=settings.fuseau,
        tarifs={},
        autorites=known,
    )
    return Collectivite.model_construct(siret=siret, depuis=dt.date.min, reglages=reglages)


@dataclass(frozen=True)
class Dossiers:
    """A case in memory: how it began, the engine of its town, and where it stands."""

    opened: Opened
    engine: Engine
    facts: Facts
    collectivite: Collectivite
    constat: Constat
    dossier: Dossier
    logged: int = 0
    """How many events its log holds."""

    def relived(self, log: Sequence[Event], until: int | None = None) -> Dossiers:
        """Return this case after more lines of its log, and the law's effects up to an instant; nothing is told again.

        Raises `EventRefused`.
        """
        dossier = self.dossier
        for event in log:
            dossier = self.engine.apply(dossier, event)
        if until is not None:
            dossier = self.engine.advance(dossier, until)
        return replace(self, dossier=dossier, logged=self.logged + len(log))

    @property
    def due(self) -> int | None:
        """The instant of what happens next by itself; None when nothing is left to do."""
        following = self.following()
        return None if following is None else following.instant

    def following(self) -> Event | None:
        """Return what happens next by itself: an effect of the law, or an act of ANTAI."""
        effect = self.engine.next_effect(self.dossier)
        act = next_act(self.dossier, self.engine.rules, HELD)
        if effect is not None and (act is None or effect.instant <= act.instant):
            return effect
        return self._refused_plate(act) if act is not None and act.kind == "envoi" else act

    def _refused_plate(self, act: Event) -> Event:
        """Give up a notice that cannot be posted: vehicles registered abroad have no holder in the register."""
        return act if self.facts.pays == "FR" else act._replace(kind="rejet", issue=FOREIGN_PLATE)


@dataclass
class Draft:
    """Changes of a case that are not yet written: nothing counts before the transaction ends."""

    case: Dossiers
    said: Message | None = None
    """The message that is being received: a print request says what it says."""
    events: list[Event] = field(default_factory=list)
    returns: list[Message] = field(default_factory=list)

    def happen(self, event: Event) -> Step:
        """Apply an event of the log, effects of time first; returns its step. Raises `EventRefused`."""
        return self._take(event, logged=True)

    def advance(self, until: int) -> int:
        """Let everything due up to an instant (included) happen; returns how many events."""
        count = 0
        while (event := self.case.following()) is not None and event.instant <= until:
            self._take(event, logged=event.kind not in EFFECTS)
            count += 1
        return count

    def _take(self, event: Event, *, logged: bool) -> Step:
        steps: list[Step] = []
        before, engine = self.case.dossier, self.case.engine
        if logged:
            after = engine.apply(before, event, steps)
            self.events.append(event)
        else:
            after = engine.advance(before, event.instant, steps)
        for step in steps:
            self._tell(before, step)
            before = step.dossier
        self.case = replace(self.case, dossier=after, logged=self.case.logged + logged)
        return next(step for step in reversed(steps) if step.event.kind == event.kind)

    def _tell(self, before: Dossier, step: Step) -> None:
        case = Case(self.case.collectivite, self.case.facts, self.case.engine.rules, before, step)
        for exchange in exchanges(before, step, self.case.engine.rules):
            if exchange.message == "impression":
                opened = self.case.opened
                said = self.said if step.event.kind == "rectificatif" else read_message(opened.kind, opened.contenu)
                self.returns.append(as_said(build_impression(case), said))
            elif exchange.direction == "in" and exchange.message != "accuse":
                self.returns.append(BUILDERS[exchange.message](case))


class Engines:
    """One engine for all the cases under the same rules: what it computed serves them all."""

    def __init__(self) -> None:
        """Start empty."""
        self._known: dict[tuple[Settings, Minore | None], Engine] = {}

    def of(self, settings: Settings, minore: Minore | None = None) -> Engine:
        """Return the engine of these settings."""
        key = (settings, minore)
        if key not in self._known:
            mode = "postale" if settings.cycle == "complet" else "vehicule"
            self._known[key] = Engine(
                Rules(
                    cycle=settings.cycle,
                    mode=mode,
                    zone=settings.fuseau,
                    minore=minore,
                    parametres=dict(settings.parametres),
                )
            )
        return self._known[key]

    def open(self, opened: Opened, message: Message, settings: Settings) -> Draft:
        """Return a new case with what its first message implies. Raises `EventRefused`."""
        start = start_of(message, settings, self.of(settings).rules)
        engine = self.of(settings, start.minore)
        dossier = start.open(engine)
        draft = Draft(Dossiers(opened, engine, start.facts, start.collectivite, start.constat, dossier))
        for event in start.first:
            draft.happen(event)
        return draft
