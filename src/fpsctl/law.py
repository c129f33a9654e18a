"""Law as dated data: "what held on that day?".

Delays, open parameters and rule references stand in `data/law/*.yaml`; nothing here knows a length.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - Pydantic needs the names at run time
from functools import cache
from pathlib import Path  # noqa: TC003 - same reason
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fpsctl.errors import InvalidValue, LocalError
from fpsctl.resources import parse_yaml, read_yaml

Confidence = Literal["law", "official", "secondary", "deduced", "measured", "assumption"]
Unite = Literal["meme_jour", "francs", "mois", "ans", "jours"]
Valeur = int | str | None


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Remarque(_Record):
    """A source that is a sentence, not a citation: in both languages."""

    fr: str
    en: str


class Regle(_Record):
    """A rule of law that is cited, with its source and how sure it is."""

    source: str | Remarque
    confidence: Confidence

    def said(self, lang: str) -> str:
        """Return the source; a citation of French law is the same in every language."""
        return self.source if isinstance(self.source, str) else str(getattr(self.source, lang))


class ValeurDatee(Regle):
    """A value and the day from which it holds."""

    from_: Annotated[dt.date, Field(alias="from")]
    value: Valeur


class Datee(_Record):
    """A list of dated values, oldest first."""

    values: tuple[ValeurDatee, ...]

    @model_validator(mode="after")
    def _ordered(self) -> Datee:
        days = [value.from_ for value in self.values]
        if not days or days != sorted(set(days)):
            msg = "values need strictly increasing dates"
            raise ValueError(msg)
        return self

    def on(self, day: dt.date) -> ValeurDatee:
        """Return the value in force on `day`; before the first one, the first holds."""
        return next((value for value in reversed(self.values) if value.from_ <= day), self.values[0])


class Delai(Datee):
    """A legal delay: what starts it, its unit, who must act before it ends."""

    starts: str
    actor: str
    unit: Unite
    supplements: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Parameter -> value -> what it adds to the length."""


_MOST = {"jours": 3660, "pour_cent": 1000, "centimes": 1_000_000}
"""The largest value that a parameter takes, by unit."""


class Parametre(Datee):
    """An open point of the law, or a value that ANTAI sets; with its allowed choices or its unit."""

    choices: tuple[str, ...] = ()
    unit: str = ""
    """`jours`, `centimes` or `pour_cent`; a null value means: not known, nothing happens by itself."""

    def accepts(self, value: Valeur) -> bool:
        """Say whether a town may set this value."""
        if self.choices:
            return value in self.choices
        most = _MOST.get(self.unit, 0)
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


class Loi(_Record):
    """All of it: delays, parameters, cited rules."""

    delais: dict[str, Delai]
    parametres: dict[str, Parametre]
    regles: dict[str, Regle]

    @property
    def since(self) -> dt.date:
        """The day from which this law holds: there is no FPS before it."""
        return min(delai.values[0].from_ for delai in self.delais.values())

    def cite(self, slug: str, day: dt.date) -> Regle:
        """Return source and confidence of a delay, parameter or rule on a day; raises `KeyError`."""
        if slug in self.regles:
            return self.regles[slug]
        return (self.delais.get(slug) or self.parametres[slug]).on(day)

    def check_overrides(self, overrides: dict[str, Valeur]) -> None:
        """Refuse an unknown parameter or a value it does not take (`parametre.unknown`, `parametre.value`)."""
        for slug, value in overrides.items():
            parametre = self.parametres.get(slug)
            if parametre is None:
                raise InvalidValue("parametre.unknown", slug=slug, known=", ".join(sorted(self.parametres)))
            if not parametre.accepts(value):
                allowed = ", ".join(parametre.choices) or f"0 - {_MOST[parametre.unit]} ({parametre.unit})"
                raise InvalidValue("parametre.value", slug=slug, value=value, allowed=allowed)


_FILES = ("delais", "parametres", "regles")


@cache
def loi() -> Loi:
    """Return the law shipped with this version."""
    return Loi.model_validate({name: read_yaml(f"law/{name}.yaml") for name in _FILES})


def read_loi(folder: Path) -> Loi:
    """Return the law of another folder of the same shape (a bill that a town wants to try).

    Raises `LocalError` (`law.invalid`) when a file is missing or wrong.
    """
    try:
        return Loi.model_validate({name: parse_yaml((folder / f"{name}.yaml").read_bytes()) for name in _FILES})
    except (OSError, ValueError) as error:
        raise LocalError("law.invalid", folder=folder, detail=str(error).splitlines()[0]) from error
