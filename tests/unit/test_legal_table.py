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
    assert case["why"].startswith("law.md ")


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
