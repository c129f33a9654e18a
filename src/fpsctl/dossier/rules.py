"""The rules that hold for one town: law, parameters and settings, compiled for the engine.

Built once a town and period; every answer is remembered, since days repeat.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from fpsctl.dossier.calendar import day_of, end_of_delay, midnight
from fpsctl.law import Loi, Regle, Remarque, Valeur, ValeurDatee, loi

if TYPE_CHECKING:
    from collections.abc import Mapping

_SETTING = Regle(
    source=Remarque(
        fr="réglage de la collectivité, du profil ou du scénario", en="setting of the town, the profile or the scenario"
    ),
    confidence="assumption",
)


class Minore(NamedTuple):
    """The minored price of a town: amount in cents, length in minutes, what starts it."""

    montant: int
    minutes: int
    debut: str
    """`etablissement` (local) or `notification` (ANTAI notifies the minored FPS)."""
    canal: str


class Rules:
    """What the engine asks of the law for one town."""

    def __init__(
        self,
        *,
        cycle: str = "complet",
        mode: str = "postale",
        zone: str = "Europe/Paris",
        minore: Minore | None = None,
        parametres: Mapping[str, Valeur] | None = None,
        law: Loi | None = None,
    ) -> None:
        """Compile; raises `LocalError` (`parametre.unknown`, `parametre.value`) on a wrong override."""
        self.cycle = cycle
        self.mode = mode
        self.zone = ZoneInfo(zone)
        self.minore = minore
        self.law = law or loi()
        self.overrides = dict(parametres or {})
        self.law.check_overrides(self.overrides)
        self._ends: dict[tuple[str, int], int] = {}
        self._values: dict[tuple[str, int], Valeur] = {}
        self._delays: dict[tuple[str, int], ValeurDatee] = {}

    def end(self, slug: str, start: int) -> int:
        """Return the last day of a legal delay started on day `start` (its day of receipt, for clear days)."""
        key = (slug, start)
        found = self._ends.get(key)
        if found is None:
            found = self._ends[key] = self._compute_end(slug, start)
        return found

    def _compute_end(self, slug: str, start: int) -> int:
        delai = self.law.delais[slug]
        dated = delai.on(dt.date.fromordinal(start))
        length = int(dated.value or 0)
        for parametre, added in delai.supplements.items():
            length += added.get(str(self.value(parametre, start)), 0)
        extra = int(delai.unit == "mois" and self.value("delais.mois", start) == "franc")
        end = end_of_delay(delai.unit, length, start, extra=extra)
        self._delays[slug, end] = dated
        return end

    def delay(self, slug: str, end: int) -> Regle:
        """Return source and confidence of the delay that ended (or will end) on a day: the value held when it began."""
        return self._delays[slug, end]

    def value(self, slug: str, day: int) -> Valeur:
        """Return a parameter: the town's, else the law's value on that day."""
        key = (slug, day)
        if key not in self._values:
            own = self.overrides.get(slug)
            dated = self.law.parametres[slug].on(dt.date.fromordinal(day)).value
            self._values[key] = dated if own is None else own
        return self._values[key]

    def consulted(self) -> dict[str, tuple[Valeur, Regle]]:
        """Return the parameters and assumed delays asked for so far: value used, and on whose word.

        A setting counts as an assumption: it is somebody's own word.
        """
        found: dict[str, tuple[Valeur, Regle]] = {
            slug: (dated.value, dated)
            for (slug, _), dated in sorted(self._delays.items())
            if dated.confidence == "assumption"
        }
        for (slug, day), value in sorted(self._values.items()):
            if value is None:  # not known, so nothing was done on its word
                continue
            rule: Regle = self.law.parametres[slug].on(dt.date.fromordinal(day))
            if self.overrides.get(slug) is not None:
                rule = _SETTING
            found[slug] = (value, rule)
        return found

    def number(self, slug: str, day: int) -> int:
        """Return a numeric parameter (days, cents or per cent)."""
        return int(self.value(slug, day) or 0)

    def window_end(self, echeance: int) -> int:
        """Return the last day on which a cancelling RAPO may still be reported before the title."""
        return echeance + self.number(f"titre.fenetre_annulation.{self.cycle}", echeance)

    def midnight(self, day: int) -> int:
        """Return the instant at which a legal day of this town begins."""
        return midnight(self.zone, day)

    def day(self, instant: int) -> int:
        """Return the legal day of an instant in this town."""
        return day_of(self.zone, instant)
