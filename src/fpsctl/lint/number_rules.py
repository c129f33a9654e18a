"""Rules on the number: against the SIRET, the year, the day and the authority of the message; numbers of trials.

Only the SIRET at its head makes an error: the order of 6 November 2015 holds exceptions that are not known here,
so a layout that differs is a warning.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fpsctl.antai.messages.sources import NUMERO
from fpsctl.checks import Severity
from fpsctl.identifiers import SIMULATION_TERMINALS, InvalidIdentifier, Siret
from fpsctl.lint.rule import Rule, Unjudged, differs, value
from fpsctl.lint.towns import MOST

if TYPE_CHECKING:
    import datetime as dt

    from fpsctl.lint.rule import Answer, Case

_TRIALS = frozenset(f"{terminal:03d}" for terminal in SIMULATION_TERMINALS)
_NOTICES = ("avis_initial", "avis_rectificatif")
_LATER = ("fps_impaye", "annulation")
_NUMBERED = (
    *_NOTICES,
    *_LATER,
    "accuse",
    "rejet",
    "date_envoi",
    "paiement",
    "titre_emis",
    "titre_annulation_antai",
    "impression",
)
_VEHICLES = (*_NOTICES, "fps_impaye")
_LAST_DAY = 366


def _siret(case: Case) -> Answer:
    found, expected = case.facts["numero"][:14], case.facts["collectivite.siret"]
    return None if found == expected else differs("numero", found, expected)


@lru_cache(MOST)
def _luhn(digits: str) -> bool:
    try:
        Siret(digits)
    except InvalidIdentifier:
        return False
    return True


def _checksum(case: Case) -> Answer:
    digits = case.facts["numero"][:14]
    return None if _luhn(digits) else value("numero", digits)


def _annee(case: Case) -> Answer:
    day, found = case.day, case.facts["numero"][14:16]
    if day is None:
        day = case.facts["constate_le"]
        if (day.month, day.day) in ((12, 31), (1, 1)):
            return Unjudged(case.town.reason)  # the year depends on the zone
    expected = f"{day.year % 100:02d}"
    return None if found == expected else differs("numero", found, expected)


@lru_cache(MOST)
def _number_of_day(day: dt.date) -> str:
    return f"{day.timetuple().tm_yday:03d}"


def _jour(case: Case) -> Answer:
    found, etabli = case.facts["numero"][17:20], case.facts.get("etabli_le")
    if etabli is None:
        return None if 1 <= int(found) <= _LAST_DAY else value("numero", found)
    expected = _number_of_day(etabli)
    return None if found == expected else differs("numero", found, expected)


def _autorite(case: Case) -> Answer:
    found, expected = case.facts["numero"][16], str(case.facts["autorite.code"])
    return None if found == expected else differs("numero", found, expected)


def _own(case: Case) -> Answer:
    numero = case.facts["numero"]
    return None if numero != case.facts["numero_initial"] else value("numero_initial", numero)


def is_trial(numero: str) -> bool:
    """Say whether a number is on a device set aside for trials."""
    return numero[20:23] in _TRIALS


def _synthetic(plate: str) -> bool:
    return "SS" in plate and plate[2:3] == "-" and "SS" in (plate[:2], plate[-2:])


def _terminal(case: Case) -> Answer:
    numero, plate = case.facts["numero"], case.facts["vehicule.immatriculation"]
    if numero[20:23] not in _TRIALS or _synthetic(plate):
        return None
    return value("numero", numero[20:23])


def _plate(case: Case) -> Answer:
    numero, plate = case.facts["numero"], case.facts["vehicule.immatriculation"]
    return None if numero[20:23] in _TRIALS or not _synthetic(plate) else value("vehicule.immatriculation", plate)


_SIRETS = ("numero", "collectivite.siret")
RULES = (
    Rule("lint.numero.siret", Severity.ERROR, NUMERO, "law", _NOTICES, _SIRETS, _siret),
    Rule("lint.numero.beneficiaire", Severity.WARNING, NUMERO, "deduced", _LATER, _SIRETS, _siret),
    Rule("lint.numero.checksum", Severity.ERROR, "INSEE, Luhn", "deduced", _NUMBERED, ("numero",), _checksum),
    Rule("lint.numero.annee", Severity.WARNING, NUMERO, "law", _VEHICLES, ("numero", "constate_le"), _annee),
    Rule("lint.numero.jour", Severity.WARNING, NUMERO, "official", _NUMBERED, ("numero",), _jour),
    Rule("lint.numero.autorite", Severity.WARNING, NUMERO, "law", _NOTICES, ("numero", "autorite.code"), _autorite),
    Rule(
        "lint.numero.terminal",
        Severity.WARNING,
        "fpsctl: devices 990-999 are set aside for trials",
        "assumption",
        _VEHICLES,
        ("numero", "vehicule.immatriculation"),
        _terminal,
    ),
    Rule(
        "lint.immatriculation.essai",
        Severity.WARNING,
        "fpsctl: plates with SS, never issued in the SIV, are kept for trials",
        "assumption",
        _VEHICLES,
        ("numero", "vehicule.immatriculation"),
        _plate,
    ),
    Rule(
        "lint.rectificatif.numero",
        Severity.ERROR,
        "arrete 2015-11-06 art. 4 I: each notice has its own number",
        "deduced",
        ("avis_rectificatif",),
        ("numero", "numero_initial"),
        _own,
    ),
)
