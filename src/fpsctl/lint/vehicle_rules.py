"""Rules on the vehicle: a make and a plate that can be, the country, the way of notification.

Modest on purpose: what a person may rightly have read on a vehicle is let through.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from fpsctl.checks import Severity
from fpsctl.identifiers import OVERSEAS
from fpsctl.lint.rule import Rule, Unjudged, value
from fpsctl.lint.towns import MOST

if TYPE_CHECKING:
    from fpsctl.lint.rule import Answer, Case

_ABANDONED = "abandonment for make or plate, in a city's 2024 parking report"
_SIV = "fpsctl: shapes of the SIV and FNI series; no text quoted"
_VEHICLES = ("avis_initial", "avis_rectificatif", "fps_impaye")
_EMPTY = frozenset(
    {
        "INCONNU",
        "INCONNUE",
        "UNKNOWN",
        "AUTRE",
        "AUTRES",
        "OTHER",
        "NEANT",
        "AUCUN",
        "AUCUNE",
        "SANS",
        "NON",
        "NA",
        "NC",
    }
    | {"ND", "NR", "NSP", "TEST", "MARQUE", "NULL", "NONE", "VEHICULE", "VOITURE"}
)
"""What fills a field that nobody filled."""
_LETTERS, _LONGEST = 2, 40
FRENCH = OVERSEAS | {"FR"}
"""France, and the territories whose vehicles are in the same register."""
_LIKE_SIV = frozenset({"IT", "AL", "GE", "SK", "HR", "RS"})
_LIKE_FNI = frozenset({"PT", "NL"})
"""Countries whose plates may have the shape of those of the SIV, or of the FNI."""
# Garage (W), diplomatic, military: French plates outside the two series.
_SPECIAL = re.compile(r"W\d{3}[A-Z]{2}|\d{1,3}(CMD|CD|C|K)\d{1,4}[A-Z]?|\d{8}")
_ZEROS = re.compile(r"[A-Z]{2}-000-[A-Z]{2}|0\d* .*")


@lru_cache(MOST)
def _plausible(make: str) -> bool:
    words = "".join(letter for letter in make.upper() if letter.isalnum())
    letters = sum(letter.isalpha() for letter in words)
    digits = sum(letter.isdigit() for letter in words)
    said = words not in _EMPTY and len(set(words)) > 1
    return said and letters >= _LETTERS and letters > digits and len(make) <= _LONGEST


def _make(case: Case) -> Answer:
    make = case.facts.get("vehicule.marque")
    if make is None or _plausible(make):
        return None
    return value("vehicule.marque", make if len(make) <= _LONGEST else f"{make[:_LONGEST]}…")


def _shape(case: Case) -> Answer:
    plate = case.facts["vehicule.immatriculation"]
    if "-" in plate or " " in plate or case.facts["vehicule.pays"] not in FRENCH or _SPECIAL.fullmatch(plate):
        return None
    return value("vehicule.immatriculation", plate)


def _series(case: Case) -> Answer:
    plate = case.facts["vehicule.immatriculation"]
    never = ("000" in plate or plate[0] == "0") and _ZEROS.fullmatch(plate)
    return value("vehicule.immatriculation", plate) if never else None


def _country(case: Case) -> Answer:
    country = case.facts["vehicule.pays"]
    if country in FRENCH:
        return None
    plate = case.facts["vehicule.immatriculation"]
    french = (" " in plate and country not in _LIKE_FNI) or ("-" in plate and country not in _LIKE_SIV)
    return value("vehicule.pays", f"{country} ({plate})") if french else None


def _posted(case: Case) -> Answer:
    if case.facts["vehicule.pays"] in FRENCH:
        return None
    if case.town.reason:
        return Unjudged(case.town.reason)
    return value("vehicule.pays", case.facts["vehicule.pays"]) if case.town.mode == "postale" else None


_PLATE = ("vehicule.immatriculation",)
_BOTH = ("vehicule.immatriculation", "vehicule.pays")
RULES = (
    Rule("lint.vehicule.marque", Severity.WARNING, _ABANDONED, "secondary", _VEHICLES, (), _make),
    Rule("lint.immatriculation.forme", Severity.WARNING, _SIV, "assumption", _VEHICLES, _BOTH, _shape),
    Rule("lint.immatriculation.serie", Severity.WARNING, _SIV, "assumption", _VEHICLES, _PLATE, _series),
    Rule("lint.immatriculation.pays", Severity.WARNING, _SIV, "assumption", _VEHICLES, _BOTH, _country),
    Rule(
        "lint.pays.notification",
        Severity.WARNING,
        "ANTAI, FPS service: notices are posted for vehicles registered in France only",
        "official",
        ("avis_initial", "avis_rectificatif"),
        ("vehicule.pays", "constate_le"),
        _posted,
    ),
)
