"""The table of legal dates and amounts, against an oracle that knows nothing of fpsctl."""

import ast
import importlib.util
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

LEGAL = Path(__file__).resolve().parents[1] / "legal"
ORACLE = LEGAL / "oracle.py"
TABLE = json.loads((LEGAL / "table.json").read_text(encoding="utf-8"))

# What a case of each kind gives, and what it asks for. The oracle sees the first only.
GIVEN = {
    "date": {"slug", "start", "options"},
    "extended": {"slug", "start", "residence"},
    "chain": {"constat", "envoi", "cycle"},
    "amount": {"function", "args"},
    "instant": {"start", "zone", "hours"},
    "legal-day": {"instant", "zone"},
    "deduction": {"fps", "drawn_up", "receipts"},
}
ASKED = {
    "date": {"last_day"},
    "extended": {"last_day"},
    "chain": {"expect"},
    "amount": {"result"},
    "instant": {"end"},
    "legal-day": {"day"},
    "deduction": {"deduit", "due"},
}
DELAY_SLUGS = {
    "notification.postale",
    "notification.rapo_postale",
    "paiement",
    "rapo.depot",
    "rapo.reponse",
    "titre.fenetre_annulation",
    "avertissement.reception",
    "avertissement.reduction",
    "recours.rapo",
    "recours.titre",
    "tsp.defense",
    "tsp.regularisation",
    "tsp.decision_reputee",
    "tsp.execution",
    "tsp.fax",
    "prescription",
}
ORACLE_MAY_IMPORT = {"datetime", "fractions", "math", "zoneinfo"}


def load_oracle():
    spec = importlib.util.spec_from_file_location("legal_oracle", ORACLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oracle = load_oracle()


def question(case):
    return {key: value for key, value in case.items() if key == "kind" or key in GIVEN[case["kind"]]}


def answer(case):
    asked = ASKED[case["kind"]]
    if len(asked) == 1:
        return case[next(iter(asked))]
    return {key: case[key] for key in asked}


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["id"])
def test_the_table_and_the_oracle_agree(case):
    assert oracle.recompute(question(case)) == answer(case), case["why"]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["id"])
def test_a_case_holds_its_fields_and_no_other(case):
    kind = case["kind"]
    assert set(case) == {"id", "kind", "why"} | GIVEN[kind] | ASKED[kind]
    assert case["why"]


@pytest.mark.parametrize("case", [case for case in TABLE if case["kind"] == "instant"], ids=lambda case: case["id"])
@pytest.mark.parametrize("end", ["start", "end"])
def test_an_instant_is_written_in_the_time_of_its_zone(case, end):
    moment = datetime.fromisoformat(case[end])
    assert moment.astimezone(ZoneInfo(case["zone"])).isoformat() == case[end]


def test_the_identifiers_are_unique():
    assert [name for name, count in Counter(case["id"] for case in TABLE).items() if count > 1] == []


def test_no_question_is_asked_twice():
    asked = Counter(json.dumps(question(case), sort_keys=True) for case in TABLE)
    assert [text for text, count in asked.items() if count > 1] == []


def test_there_are_enough_legal_dates_and_amounts():
    kinds = Counter(case["kind"] for case in TABLE)
    assert kinds["date"] + kinds["amount"] >= 60
    assert len(TABLE) >= 110
    assert set(kinds) == set(GIVEN)


def test_every_delay_has_a_case():
    assert DELAY_SLUGS - {case["slug"] for case in TABLE if case["kind"] == "date"} == set()


def test_both_cycles_are_chained_from_the_difficult_findings():
    chains = {(case["constat"], case["cycle"]) for case in TABLE if case["kind"] == "chain"}
    difficult = ("2026-11-30", "2026-01-31", "2028-02-29")
    assert {(day, cycle) for day in difficult for cycle in ("complet", "partiel")} <= chains


def test_the_oracle_imports_nothing_of_fpsctl():
    imported = set()
    called = set()
    for node in ast.walk(ast.parse(ORACLE.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            imported.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Name):
            called.add(node.id)
    assert imported <= ORACLE_MAY_IMPORT
    assert called.isdisjoint({"__import__", "eval", "exec", "compile", "open"})


# ----------------------------------------------------------------------------------------------------------------------
# THE ENGINE AGAINST THE TABLE
#
# Below this line, and only here, fpsctl is imported: every case of TABLE is put to the engine and its result compared
# with the value of the table, never with the oracle. `question(case)` and `answer(case)` give the two halves of a case.
# ----------------------------------------------------------------------------------------------------------------------

import datetime as dt  # noqa: E402 - the oracle's half above must not see the engine's imports

from fpsctl.dossier import Constat, Engine, Event, Minore, Rules  # noqa: E402
from fpsctl.dossier import amounts as engine_amounts  # noqa: E402
from fpsctl.dossier.agenda import next_act  # noqa: E402
from fpsctl.dossier.effects import next_effect  # noqa: E402
from fpsctl.dossier.records import Compte  # noqa: E402
from fpsctl.dossier.views import deadlines  # noqa: E402

SAME_DELAY = {"paiement.rectifie": "paiement"}
"""A case of the table whose length stands under another slug in the data of the law."""


def ordinal(text):
    return dt.date.fromisoformat(text).toordinal()


def stamp(text):
    return int(dt.datetime.fromisoformat(text).timestamp())


def engine_day(slug, start, parametres):
    rules = Rules(parametres=parametres)
    if slug == "titre.fenetre_annulation":
        return rules.window_end(ordinal(start))
    return rules.end(SAME_DELAY.get(slug, slug), ordinal(start))


def engine_date(case):
    return {"last_day": dt.date.fromordinal(engine_day(case["slug"], case["start"], case["options"])).isoformat()}


def engine_extended(case):
    day = engine_day(case["slug"], case["start"], {"recours.residence": case["residence"]})
    return {"last_day": dt.date.fromordinal(day).isoformat()}


def engine_chain(case):
    """Live the dossier: sending or windscreen notice, then let time and routine do the rest."""
    partiel = case["cycle"] == "partiel"
    rules = Rules(cycle=case["cycle"], mode="vehicule" if partiel else "postale")
    start = rules.midnight(ordinal(case["constat"])) + 36_000
    engine = Engine(rules)
    constat = Constat("x", start, ordinal(case["constat"]), start, ordinal(case["constat"]), 3500, 0)
    dossier, steps = engine.open(constat).dossier, []
    if not partiel:
        day = ordinal(case["envoi"])
        dossier = engine.apply(dossier, Event(start, constat.jour, "transmission"), steps)
        dossier = engine.apply(dossier, Event(rules.midnight(day) + 64_800, day, "envoi"), steps)
    while dossier.dette != "titre":
        act, effect = next_act(dossier, rules), next_effect(dossier, rules)
        if effect is not None and (act is None or effect.instant <= act.instant):
            dossier = engine.advance(dossier, effect.instant, steps)
        else:
            dossier = engine.apply(dossier, act, steps)
    known = {item.slug: item.jour.isoformat() for item in deadlines(dossier, rules, dossier.instant)}
    days = {step.event.kind: dt.date.fromordinal(step.event.jour).isoformat() for step in steps}
    return {
        "expect": {
            "notification": days["apposition" if partiel else "notification"],
            "rapo.depot": known["rapo.depot"],
            "paiement": known["paiement"],
            "fenetre": known["titre.fenetre_annulation"],
            "titre": days["titre_emission"],
        }
    }


def titled(reste):
    rules, day = Rules(), ordinal("2026-06-19")
    compte = Compte(plein=reste, titre_fps=reste, majoration=engine_amounts.majoration(reste, rules, day))
    return compte, engine_amounts.reduction(compte, rules, day)


def engine_amount(case):
    function, args = case["function"], case["args"]
    rules, day = Rules(), ordinal("2026-06-19")
    if function == "du":
        start = stamp("2026-03-02T10:00:00+01:00")
        constat = Constat("x", start, ordinal("2026-03-02"), start, ordinal("2026-03-02"), args["fps"], args["deduit"])
        result = Engine(rules).open(constat).dossier.compte.plein
    elif function == "majoration":
        result = engine_amounts.majoration(args["reste"], rules, day)
    elif function == "reduction":
        compte = Compte(plein=args["reste"], titre_fps=args["reste"], majoration=args["majoration"])
        result = engine_amounts.reduction(compte, rules, day)
    elif function == "total_titre":
        result = engine_amounts.reste(titled(args["reste"])[0])
    elif function == "apres_reduction":
        compte, reduction = titled(args["reste"])
        result = engine_amounts.reste(compte._replace(reduction=reduction))
    else:
        assert function == "reste"
        result = engine_amounts.reste(
            Compte(
                plein=args["initial"],
                majoration=args["majoration"],
                encaisse=args["paye"],
                annule_fps=args["annule"],
                remis=args["remis"],
                reduction=args["reduction"],
            )
        )
    return {"result": result}


def engine_instant(case):
    rules = Rules(zone=case["zone"], minore=Minore(2000, case["hours"] * 60, "etablissement", "local"))
    start = stamp(case["start"])
    constat = Constat("x", start, rules.day(start), start, rules.day(start), 3500, 0)
    fin = Engine(rules).open(constat).dossier.jalons.minore_fin
    return {"end": dt.datetime.fromtimestamp(fin, rules.zone).isoformat()}


def engine_legal_day(case):
    rules = Rules(zone=case["zone"])
    return {"day": dt.date.fromordinal(rules.day(stamp(case["instant"]))).isoformat()}


def engine_deduction(case):
    receipts = tuple(
        engine_amounts.Receipt(
            stamp(receipt["emis_le"]), stamp(receipt["emis_le"]) + receipt["duree_max_minutes"] * 60, receipt["montant"]
        )
        for receipt in case["receipts"]
    )
    start = stamp(case["drawn_up"])
    found = engine_amounts.deducted_receipt(receipts, start)
    deduit = found.montant if found else 0
    day = Rules().day(start)
    constat = Constat("x", start, day, start, day, case["fps"], deduit)
    return {"deduit": deduit, "due": Engine(Rules()).open(constat).dossier.compte.plein}


ENGINE = {
    "date": engine_date,
    "extended": engine_extended,
    "chain": engine_chain,
    "amount": engine_amount,
    "instant": engine_instant,
    "legal-day": engine_legal_day,
    "deduction": engine_deduction,
}


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["id"])
def test_the_engine_gives_the_value_of_the_table(case):
    found = ENGINE[case["kind"]](case)
    expected = answer(case)
    assert (found if len(found) > 1 else next(iter(found.values()))) == expected
