"""Rules on dates: in order, in the town's zone, in a year that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.messages.sources import CEREMA, NUMERO, R5, R14, R17
from fpsctl.checks import Severity
from fpsctl.lint.rule import Rule, Unjudged, differs, disorder, value

if TYPE_CHECKING:
    import datetime as dt

    from fpsctl.lint.rule import Answer, Case

_FIRST, _LAST = 2018, 2099
_INITIAL, _NOTICES = ("avis_initial",), ("avis_initial", "avis_rectificatif")


def _fields(*shapes: Shape) -> dict[str, tuple[str, ...]]:
    return {
        kind: tuple(path for path, leaf in leaves_of(model).items() if leaf.shape in shapes and "[]" not in path)
        for kind, model in MESSAGES.items()
    }


_DATES = _fields(Shape.INSTANT, Shape.DAY)
_INSTANTS = _fields(Shape.INSTANT)
_SENT = tuple(kind for kind, fields in _INSTANTS.items() if fields and MESSAGES[kind].direction == "out")
_DATED = tuple(kind for kind, fields in _DATES.items() if fields)


def _year(case: Case) -> Answer:
    facts = case.facts
    for name in _DATES[case.kind]:
        moment = facts.get(name)
        if moment is not None and not _FIRST <= moment.year <= _LAST:
            return value(name, moment.isoformat())
    return None


def _offset(case: Case) -> Answer:
    facts, town = case.facts, case.town
    if town.reason:
        return Unjudged(town.reason)
    seen: tuple[int, dt.timedelta | None] | None = None
    for name in _INSTANTS[case.kind]:
        instant = facts.get(name)
        if instant is None or (day := (instant.toordinal(), instant.utcoffset())) == seen:
            continue
        if town.whole_day(instant):
            seen = day
        elif not town.offset_holds(instant):
            return differs(name, instant.isoformat(), town.expected(instant))
    return None


def _issued(case: Case) -> Answer:
    emis, constat = case.facts.get("justificatif.emis_le"), case.facts["constate_le"]
    return None if emis is None or emis <= constat else disorder("justificatif.emis_le", emis, constat)


def _receipt_end(case: Case) -> Answer:
    emis, fin = case.facts.get("justificatif.emis_le"), case.facts.get("justificatif.fin_le")
    return None if emis is None or fin is None or emis < fin else disorder("justificatif.fin_le", emis, fin)


def _drawn_up(case: Case) -> Answer:
    constat, etabli = case.day, case.facts["etabli_le"]
    if constat is None:
        return Unjudged(case.town.reason)
    return None if constat <= etabli else disorder("etabli_le", constat, etabli)


def _minored(case: Case) -> Answer:
    fin, constat = case.facts.get("minore.fin_le"), case.facts["constate_le"]
    return None if fin is None or constat < fin else disorder("minore.fin_le", constat, fin)


def _effect(case: Case) -> Answer:
    fin, constat = case.facts.get("fin_effet"), case.facts["constate_le"]
    return None if fin is None or constat <= fin else disorder("fin_effet", constat, fin)


def _appeal(case: Case) -> Answer:
    constat, recu, etabli = case.day, case.facts["rapo_recu_le"], case.facts["etabli_le"]
    if recu > etabli:
        return disorder("rapo_recu_le", recu, etabli)
    if constat is None:
        return Unjudged(case.town.reason)
    return None if constat <= recu else disorder("rapo_recu_le", constat, recu)


def _decided(case: Case) -> Answer:
    decide, annee = case.facts["decide_le"], 2000 + int(case.facts["numero"][14:16])
    return None if decide.year >= annee else differs("decide_le", decide.isoformat(), f">= {annee}")


_ETABLI = ("constate_le", "etabli_le")
_RAPO = (*_ETABLI, "rapo_recu_le")
RULES = (
    Rule("lint.date.annee", Severity.ERROR, "CGCT art. L. 2333-87: in force since 2018", "deduced", _DATED, (), _year),
    Rule("lint.instant.decalage", Severity.WARNING, "interface profile (A05)", "assumption", _SENT, (), _offset),
    Rule("lint.justificatif.emission", Severity.WARNING, R5, "deduced", _INITIAL, ("constate_le",), _issued),
    Rule("lint.justificatif.fin", Severity.ERROR, R5, "deduced", _INITIAL, (), _receipt_end),
    Rule("lint.etabli.constat", Severity.ERROR, NUMERO, "deduced", _NOTICES, _ETABLI, _drawn_up),
    Rule("lint.minore.fin", Severity.ERROR, CEREMA, "secondary", _INITIAL, ("constate_le",), _minored),
    Rule("lint.fin-effet.constat", Severity.WARNING, CEREMA, "secondary", _INITIAL, ("constate_le",), _effect),
    Rule("lint.rapo.date", Severity.ERROR, R14, "deduced", ("avis_rectificatif",), _RAPO, _appeal),
    Rule("lint.annulation.date", Severity.WARNING, R17, "deduced", ("annulation",), ("numero", "decide_le"), _decided),
)
