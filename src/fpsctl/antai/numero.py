"""A notice number explained: its fields, its key under the profile's hypothesis, what is odd about it."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - a NamedTuple field
from typing import Any, NamedTuple

from fpsctl.checks import Actor, Check, Finding, Outcome, Severity, Verdict, run
from fpsctl.identifiers import SIMULATION_TERMINALS, Cle, InvalidIdentifier, NumeroFps, Siret, cle_telepaiement
from fpsctl.resources import read_light
from fpsctl.texts import text

_FIRST_YEAR = 2018
_REFERENCE = "arrêté of 6 November 2015, art. 4 I"
# name, positions, slice, confidence of what it means
_FIELDS = (
    ("siret", "1-14", slice(0, 14), "law"),
    ("annee", "15-16", slice(14, 16), "law"),
    ("autorite", "17", slice(16, 17), "law"),
    ("jour", "18-20", slice(17, 20), "official"),
    ("terminal", "21-23", slice(20, 23), "law"),
    ("ordre", "24-26", slice(23, 26), "deduced"),
)


class _Read(NamedTuple):
    numero: NumeroFps
    constat: dt.date | None
    printed: str | None
    cle: Cle


def public_key_rule() -> tuple[str, str]:
    """Return algorithm and confidence of the key in the profile `public`."""
    rule = read_light("profiles/public.yaml", "numero")["cle"]
    return rule["algorithm"], rule["confidence"]


def explain(value: str, key_rule: tuple[str, str], constat: dt.date | None = None) -> dict[str, Any]:
    """Return the fields of a number as plain data; raises `InvalidIdentifier` (`numero.format`)."""
    read = _read(value, key_rule, constat)
    numero = read.numero
    day = numero.date_etablissement(constat)
    return {
        "numero": str(numero),
        "affiche": numero.spaced,
        "siret": numero.siret,
        "annee": numero.annee,
        "autorite": numero.autorite,
        "jour": numero.jour,
        "terminal": numero.terminal,
        "ordre": numero.ordre,
        "date_etablissement": day.isoformat() if day else None,
        "date_certaine": constat is not None,
        "cle": read.cle._asdict(),
        "champs": [
            {
                "nom": name,
                "positions": positions,
                "valeur": numero[part],
                "explication": text(f"numero.field.{name}"),
                "confidence": confidence,
            }
            for name, positions, part, confidence in _FIELDS
        ],
    }


def judge(value: str, key_rule: tuple[str, str], constat: dt.date | None = None) -> tuple[Finding, ...]:
    """Return what is odd about a number; raises `InvalidIdentifier` (`numero.format`)."""
    return run(_CHECKS, _read(value, key_rule, constat), text).findings


def reserved(value: str) -> Finding:
    """Say whether a number that was made is on a device set aside for trials."""
    terminal = NumeroFps(value).terminal
    ok = int(terminal) in SIMULATION_TERMINALS
    bounds = {"first": SIMULATION_TERMINALS[0], "last": SIMULATION_TERMINALS[-1]}
    return Finding(
        id="numero.terminal.reserved",
        severity=Severity.WARNING,
        outcome=Outcome.PASS if ok else Outcome.WARN,
        actor=Actor.EDITEUR,
        title=text("check.numero.terminal.reserved"),
        detail="" if ok else text("numero.terminal.reserved.detail", terminal=terminal),
        hint="" if ok else text("hint.numero.terminal.reserved", **bounds),
    )


def _read(value: str, key_rule: tuple[str, str], constat: dt.date | None) -> _Read:
    digits, printed = NumeroFps.read(value)
    numero = NumeroFps(digits)
    return _Read(numero, constat, printed, cle_telepaiement(numero, *key_rule))


def _siret(read: _Read) -> Verdict:
    try:
        Siret(read.numero.siret)
    except InvalidIdentifier:
        return Verdict(ok=False, detail=text("numero.siret.checksum.detail", siret=read.numero.siret))
    return Verdict(ok=True)


def _annee(read: _Read) -> Verdict:
    ok = read.numero.annee >= _FIRST_YEAR
    return Verdict(ok, "" if ok else text("numero.annee.range.detail", annee=read.numero.annee))


def _jour(read: _Read) -> Verdict:
    ok = read.numero.date_etablissement(read.constat) is not None
    shown = {"jour": f"{read.numero.jour:03d}", "annee": read.numero.annee}
    return Verdict(ok, "" if ok else text("numero.jour.range.detail", **shown))


def _constat(read: _Read) -> Verdict:
    ok = read.constat is None or read.constat.year == read.numero.annee
    shown = {"annee": read.numero.annee, "constat": read.constat}
    return Verdict(ok, "" if ok else text("numero.annee.constat.detail", **shown))


def _cle(read: _Read) -> Verdict:
    ok = read.printed is None or read.cle.value is None or read.printed == read.cle.value
    shown = {"printed": read.printed, "computed": read.cle.value, "algorithm": read.cle.algorithm}
    return Verdict(ok, "" if ok else text("numero.cle.differs.detail", **shown))


_CHECKS: tuple[Check[_Read], ...] = (
    Check("numero.siret.checksum", Severity.ERROR, Actor.EDITEUR, "INSEE, Luhn (deduced)", _siret),
    Check("numero.annee.range", Severity.WARNING, Actor.EDITEUR, _REFERENCE, _annee),
    Check("numero.jour.range", Severity.WARNING, Actor.EDITEUR, _REFERENCE, _jour),
    Check("numero.annee.constat", Severity.ERROR, Actor.EDITEUR, _REFERENCE, _constat),
    Check("numero.cle.differs", Severity.WARNING, Actor.EDITEUR, "no public formula (assumption)", _cle),
)
