"""The settings of a town as a vendor writes them; amounts in cents, days in the town's zone."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - Pydantic needs the names at run time
import re
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, field_validator, model_validator

from fpsctl.errors import InvalidValue
from fpsctl.identifiers import Montant, Siret
from fpsctl.law import loi


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


MOST_CENTS = 10_000_000_00
"""No amount of a town or a step is above ten million euros: a larger one is a typing mistake."""

Cents = Annotated[Montant, BeforeValidator(Montant.parse), Field(ge=0, le=MOST_CENTS)]
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


def _digits(value: object) -> object:
    """Read digits that were written without quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


SiretSaisi = Annotated[Siret, BeforeValidator(_digits)]
"""A SIRET as people write it in a file."""


def _minutes(value: object) -> object:
    """Read `PT2H30M`, `P4D` or a number of minutes."""
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value)
    if match is None or not any(match.groups()):
        raise InvalidValue("duree.format", value=value)
    days, hours, minutes = (int(group or 0) for group in match.groups())
    return (days * 24 + hours) * 60 + minutes


Minutes = Annotated[int, BeforeValidator(_minutes), Field(gt=0, le=366 * 24 * 60)]


Parametres = dict[str, Annotated[int, Strict()] | str]
"""Parameter of the law -> value; a truth value is no number."""


class Tarif(_Model):
    """A tariff zone: the FPS, the maximum duration, and the charge for it (the FPS may not exceed it, L. 2333-87 I)."""

    fps: Annotated[Cents, Field(gt=0)]
    duree_max: Minutes = 120
    redevance_max: Cents | None = None

    @model_validator(mode="after")
    def _capped(self) -> Self:
        if self.redevance_max is not None and self.fps > self.redevance_max:
            raise InvalidValue("tarif.above-cap", fps=self.fps, cap=self.redevance_max)
        return self


class MinoreReglage(_Model):
    """The minored price: amount, length, what starts it, who collects it (a local rule)."""

    montant: Annotated[Cents, Field(gt=0)]
    duree: Minutes = 96 * 60
    debut: Literal["etablissement", "notification"] = "etablissement"
    canal: Literal["local", "antai"] = "local"


class Autorite(_Model):
    """An authority whose agents draw up notices: its name and where a RAPO goes (postal lines, then others)."""

    nom: str = Field(min_length=1)
    adresse: tuple[Annotated[str, Field(min_length=1, max_length=38)], ...] = Field(min_length=2, max_length=6)
    courriel: str | None = None
    site: str | None = None


class Reglages(_Model):
    """The settings in force from a day on."""

    nom: str = Field(min_length=1)
    type: Literal["commune", "epci", "syndicat_mixte"] = "commune"
    cycle: Literal["complet", "partiel"] = "complet"
    fuseau: str = "Europe/Paris"
    population: int | None = Field(default=None, ge=0, le=100_000_000)
    notification: Literal["postale", "demat_antai", "vehicule", "demat_locale"] | None = None
    tarifs: dict[str, Tarif] = Field(min_length=1)
    minore: MinoreReglage | None = None
    autorites: dict[Annotated[str, Field(pattern=r"^[0-9]$")], Autorite] = Field(default_factory=dict)
    parametres: Parametres = Field(default_factory=dict)

    @field_validator("fuseau")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise InvalidValue("fuseau.unknown", value=value) from error
        return value

    @field_validator("parametres")
    @classmethod
    def _known_parameters(cls, value: dict[str, int | str]) -> dict[str, int | str]:
        for slug, chosen in value.items():
            loi().check_overrides({slug: chosen})
        return value

    @model_validator(mode="after")
    def _mode_fits_cycle(self) -> Self:
        allowed = ("postale", "demat_antai") if self.cycle == "complet" else ("vehicule", "demat_locale")
        if self.notification is not None and self.notification not in allowed:
            raise InvalidValue(
                "notification.cycle", mode=self.notification, cycle=self.cycle, allowed=", ".join(allowed)
            )
        return self

    @model_validator(mode="after")
    def _minored_is_less(self) -> Self:
        dearest = max(tarif.fps for tarif in self.tarifs.values())
        if self.minore is not None and self.minore.montant >= dearest:
            raise InvalidValue("minore.not-less", minore=self.minore.montant, fps=dearest)
        return self

    @property
    def mode(self) -> str:
        """How notices are notified: the setting, else the cycle's usual way."""
        return self.notification or ("postale" if self.cycle == "complet" else "vehicule")

    @property
    def zone(self) -> ZoneInfo:
        """The town's time zone."""
        return ZoneInfo(self.fuseau)


class Collectivite(_Model):
    """A town on a given day: its SIRET and the settings then in force."""

    siret: Siret
    depuis: dt.date
    reglages: Reglages
    exemple: bool = False
    """Whether these are the invented settings of the example town."""
