"""A scenario file: a finding, then steps placed in time, then what is expected.

Steps stand `at` a local date or time, `after` a duration since the step before, or `on` a named deadline
(plus or minus an `offset`). Each `do` is an event of `fpsctl.dossier.EVENTS` with its own fields.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from fpsctl.collectivite.models import MOST_CENTS, Cents, Minutes, Parametres, Reglages, SiretSaisi
from fpsctl.dossier import EFFECTS, EVENTS, TRACKS, TRANSITIONS
from fpsctl.dossier.exchanges import MESSAGE_KINDS
from fpsctl.dossier.views import DEADLINES, MONTANTS
from fpsctl.errors import InvalidValue
from fpsctl.identifiers import SIMULATION_TERMINALS, Immatriculation, Montant, NumeroFps
from fpsctl.law import Confidence  # noqa: TC001 - Pydantic reads it at run time
from fpsctl.simulation.moments import Duration, read_day

RELATIVE = re.compile(r"exigible|reste|(?P<share>[1-9]\d?|100) ?%")
"""Amounts that follow the town's tariff: what settles the debt now, its balance, a share of what was initially due."""
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_CODE = re.compile(r"[a-z][a-z0-9_]*")
_COMMON = frozenset({"do", "at", "after", "on", "offset", "cycle", "expect"})


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _text(value: object) -> object:
    """Keep a date as its text whatever the parser made of it."""
    return value if isinstance(value, str) else str(value)


def _duration(value: object) -> Duration:
    return value if isinstance(value, Duration) else Duration.parse(value)


Moment = Annotated[str, BeforeValidator(_text)]
Delta = Annotated[Duration, BeforeValidator(_duration)]
Cycle = Literal["complet", "partiel"]


class Titre(_Model):
    """A title in both languages."""

    fr: str
    en: str


class Recu(_Model):
    """A receipt: issued when, for how much; its maximum duration is the zone's unless given."""

    emis_le: Moment
    montant: Cents
    duree_max: Minutes | None = None


class ConstatModele(_Model):
    """The finding: when, where, which vehicle, for how much."""

    le: Moment = "2026-03-02T10:15"
    etabli_le: Moment | None = None
    zone: str | None = None
    fps: Annotated[Cents, Field(gt=0)] | None = None
    numero: NumeroFps | None = None
    autorite: int = Field(default=1, ge=0, le=9)
    terminal: int = Field(default=SIMULATION_TERMINALS[0], ge=0, le=999)
    ordre: int = Field(default=1, ge=0, le=999)
    agent: str = Field(default="AGENT-001", min_length=1)
    agent_rapo: str = Field(default="AGENT-RAPO-001", min_length=1)
    lieu: str = Field(default="Place de la Fiction", min_length=1)
    immatriculation: Immatriculation = Immatriculation("SS-123-AB")
    marque: str | None = Field(default=None, min_length=1)
    pays: str = Field(default="FR", pattern=r"^[A-Z]{2}$")
    justificatifs: tuple[Recu, ...] = ()


STATES: dict[str, tuple[str, ...]] = {
    track: tuple(dict.fromkeys(row.target or "-" for row in TRANSITIONS if row.track == track)) for track in TRACKS
}
"""Track -> its states; `-` stands for none."""


def _one_of(where: str, values: Iterable[object], known: Collection[object]) -> None:
    for value in values:
        if value not in known:
            names = ", ".join(str(name) for name in known if name is not None)
            raise InvalidValue("expect.unknown", field=where, value=value, known=names)


class Attendu(_Model):
    """What must hold after a step, or at the end; a key left out is not looked at."""

    dette: str | None = None
    envoi: str | None = None
    rapo: str | None = None
    tsp: str | None = None
    remboursement: str | None = None
    montants: dict[str, int] = Field(default_factory=dict)
    echeances: dict[str, Moment] = Field(default_factory=dict)
    dates: dict[str, Moment] = Field(default_factory=dict)
    """Event or effect -> the legal day of its last occurrence."""
    messages: tuple[str, ...] | None = None
    """All kinds of messages so far, in order."""
    refuse: str | None = None
    """The code of the refusal that this step must meet."""

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        """Refuse a name that nothing can ever have: a typing mistake, not an expectation that fails."""
        for track in TRACKS:
            _one_of(f"expect.{track}", [getattr(self, track)], [*STATES[track], None])
        _one_of("expect.montants", self.montants, MONTANTS)
        _one_of("expect.echeances", self.echeances, DEADLINES)
        _one_of("expect.dates", self.dates, [*EVENTS, *EFFECTS])
        _one_of("expect.messages", self.messages or (), MESSAGE_KINDS)
        return self

    @field_validator("echeances", "dates")
    @classmethod
    def _days(cls, value: dict[str, str]) -> dict[str, str]:
        return {slug: read_day(day).isoformat() for slug, day in value.items()}


class Etape(BaseModel):
    """One step: an event, its place in time, its fields."""

    model_config = ConfigDict(frozen=True, extra="allow")

    do: str
    at: Moment | None = None
    after: Delta | None = None
    on: str | None = None
    offset: Delta | None = None
    cycle: Cycle | None = None
    expect: Attendu | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The fields of the event itself."""
        return self.model_extra or {}

    @model_validator(mode="before")
    @classmethod
    def _known_event(cls, raw: Any) -> Any:  # noqa: ANN401 - raw input
        """Check the event and its fields against the table of events."""
        if not isinstance(raw, dict):
            return raw
        spec = EVENTS.get(str(raw.get("do")))
        if spec is None or raw.get("do") == "constatation":
            if raw.get("do") is None:
                return raw
            known = ", ".join(kind for kind in EVENTS if kind != "constatation")
            raise InvalidValue("evenement.inconnu", event=raw.get("do"), known=known)
        fields = {field.name: field for field in spec.fields}
        for name in raw:
            if name not in _COMMON and name not in fields:
                raise InvalidValue("etape.field-unknown", event=raw["do"], field=name, known=", ".join(fields) or "-")
        return {**raw, **{name: _fact(raw["do"], fields[name], raw) for name in fields if _has(fields[name], raw)}}

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.at, self.after, self.on)) != 1:
            raise InvalidValue("etape.place")
        if self.offset is not None and self.on is None:
            raise InvalidValue("etape.offset")
        return self


def _has(field: Any, raw: dict[str, Any]) -> bool:  # noqa: ANN401 - an events.Field
    if raw.get(field.name) is not None:
        return True
    if field.required:
        raise InvalidValue(
            "etape.field-missing", event=raw["do"], field=field.name, choices=", ".join(field.choices) or "-"
        )
    return False


def _fact(event: str, field: Any, raw: dict[str, Any]) -> Any:  # noqa: ANN401 - depends on the field
    """Check one field's value and bring it to the engine's type (days stay text: they are local)."""
    value = raw[field.name]
    if field.slot == "montant" and isinstance(value, str) and RELATIVE.fullmatch(value):
        return value
    if field.slot == "montant":
        amount = Montant.parse(value)
        if not (0 if field.zero else 1) <= amount <= MOST_CENTS:
            raise InvalidValue("montant.range", event=event, field=field.name, value=value)
        return amount
    if field.slot == "date":
        return read_day(value).isoformat()
    if field.name == "motif" and not _CODE.fullmatch(str(value)):
        raise InvalidValue("etape.choice", event=event, field=field.name, value=value, choices="a-z, 0-9, _")
    if field.name == "numero":
        return NumeroFps(str(value))
    if isinstance(value, dict) or (isinstance(value, list) and field.slot != "detail"):
        raise InvalidValue("etape.choice", event=event, field=field.name, value=value, choices="texte / text")
    values = tuple(value) if field.slot == "detail" and isinstance(value, list | tuple) else (str(value),)
    if field.choices and (wrong := [item for item in values if item not in field.choices]):
        raise InvalidValue(
            "etape.choice", event=event, field=field.name, value=wrong[0], choices=", ".join(field.choices)
        )
    return values if field.slot == "detail" else values[0]


class Town(Reglages):
    """The settings of a town written inside a scenario, with its SIRET."""

    siret: SiretSaisi

    @property
    def reglages(self) -> Reglages:
        """The settings alone."""
        return Reglages.model_validate(self.model_dump(exclude={"siret"}, exclude_unset=True))


class Scenario(_Model):
    """A situation, as a file."""

    schema_: Annotated[Literal["fpsctl/scenario/1"], Field(alias="schema")]
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    titre: Titre
    source: str
    confidence: Confidence
    cycle: tuple[Cycle, ...] = ("complet", "partiel")
    collectivite: Town | None = None
    siret: SiretSaisi | None = None
    parametres: Parametres = Field(default_factory=dict)
    constat: ConstatModele = ConstatModele()
    steps: tuple[Etape, ...] = Field(default=(), max_length=500)
    until: Moment | None = None
    expect: Attendu | None = None

    @model_validator(mode="after")
    def _one_town(self) -> Self:
        if self.collectivite is not None and self.siret not in (None, self.collectivite.siret):
            raise InvalidValue("scenario.siret-differs")
        return self
