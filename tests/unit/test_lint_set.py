"""What the whole set says of numbers, against a naive count; and a disk that is full."""

import itertools
import json
import sqlite3
import tracemalloc
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpsctl.cli.app import main
from fpsctl.errors import LocalError
from fpsctl.lint import Order, lint, numbers
from fpsctl.lint.numbers import Numbers

EXAMPLES = Path(__file__).parents[1] / "lint"
HEADS = ("13000000300009261061990", "13000000300009261061991", "21750001600019261061990")
NOTICES = st.lists(
    st.tuples(st.sampled_from(HEADS), st.sampled_from([0, 1, 2, 3, 5, 8, 500, 998, 999]), st.integers(0, 2)),
    max_size=25,
)


def naive(notices):
    """Say the same the plain way: (rule, rank) for numbers given again, (missing, rank) for gaps."""
    again, gaps, first = [], [], {}
    for rank, (head, order, content) in enumerate(notices):
        seen = first.setdefault((head, order), (rank, set()))[1]
        if seen:
            again.append(("lint.message.repete" if content in seen else "lint.numero.double", rank))
        seen.add(content)
    series = defaultdict(list)
    for (head, order), (rank, _) in first.items():
        series[head].append((order, rank))
    for rows in series.values():
        rows.sort()
        steps = [(b - a - 1, f"{a + 1:03d}-{b - 1:03d}", rank) for (a, _), (b, rank) in itertools.pairwise(rows)]
        holes = [step for step in steps if step[0]]
        if holes and rows[0][0] <= 1 and rows[-1][0] == 999:
            holes.remove(max(holes, key=lambda hole: hole[0]))
        gaps += [(missing, rank) for _, missing, rank in holes]
    return sorted(again), sorted(gaps)


@settings(max_examples=300, deadline=None)
@given(NOTICES, st.integers(1, 4))
def test_numbers_given_again_and_gaps_are_those_of_a_naive_count(notices, batch):
    with pytest.MonkeyPatch.context() as patch, Numbers() as store:
        patch.setattr(numbers, "_BATCH", batch)
        for rank, (head, order, content) in enumerate(notices):
            store.add(f"{head}{order:03d}", rank, content, 0)
        said = list(store.judge(str))
    again = sorted((one.rule, one.place) for one in said if one.rule != "lint.ordre.trou")
    missing = [(one.said.facts["missing"], one.place) for one in said if one.rule == "lint.ordre.trou"]
    gaps = sorted((shown if "-" in shown else f"{shown}-{shown}", rank) for shown, rank in missing)
    assert (again, gaps) == naive(notices)


def test_a_corrective_notice_is_compared_with_the_initial_one_wherever_it_stands():
    initial, corrective = f"{HEADS[0]}001", f"{HEADS[2]}002"
    for day, rules in (
        (10, ["lint.initial.siret"]),
        (20, ["lint.initial.siret"]),
        (30, ["lint.initial.date", "lint.initial.siret"]),
    ):
        for first in (True, False):
            with Numbers() as store:
                if first:
                    store.correct(initial, HEADS[2][:14], 2, 20)
                store.add(initial, 1, 1, day)
                if not first:
                    store.correct(initial, HEADS[2][:14], 2, 20)
                store.add(corrective, 2, 2, 20)
                store.correct(f"{HEADS[1]}009", HEADS[1][:14], 3, 20)  # its initial notice is not in the set
                assert [one.rule for one in store.judge(str)] == rules


def test_a_disk_that_is_full_is_an_error_with_a_way_out(monkeypatch):
    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Numbers, "_write", full)
    with pytest.raises(LocalError) as raised:
        lint(Order((str(EXAMPLES / "lint.montant.du.pass.jsonl"),), workspace=EXAMPLES))
    assert (raised.value.code, raised.value.params["detail"]) == ("lint.store", "database or disk is full")


def test_the_messages_of_a_simulated_dossier_pass_every_rule(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", "dossier", "recu-deduit", "--wire", "-o", "json"]) == 0
    bodies = list(_bodies(json.loads(capsys.readouterr().out)))
    assert len(bodies) > 3
    (tmp_path / "sent.jsonl").write_text("".join(json.dumps(body) + "\n" for body in bodies), encoding="utf-8")
    assert lint(Order(("sent.jsonl",), workspace=tmp_path)).findings == ()


def _bodies(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "wire":
                yield inner
            else:
                yield from _bodies(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _bodies(inner)


def test_an_unpaid_charge_told_twice_is_told_and_one_that_follows_its_notice_is_not():
    with Numbers() as store:
        store.add(f"{HEADS[0]}001", 1, 10, 0)
        store.add(f"{HEADS[0]}001", 2, 20, 0, unpaid=True)
        store.add(f"{HEADS[0]}009", 3, 30, 0, unpaid=True)  # only what is unpaid is sent: no gap
        store.add(f"{HEADS[0]}009", 4, 40, 0, unpaid=True)
        assert [(one.rule, one.place) for one in store.judge(str)] == [("lint.numero.double", 4)]


def test_a_corrective_notice_without_a_day_is_not_said_to_be_too_early():
    with Numbers() as store:
        store.add(f"{HEADS[0]}001", 1, 1, 10)
        store.correct(f"{HEADS[0]}001", HEADS[0][:14], 2, 0)
        assert list(store.judge(str)) == []


def test_at_new_year_numbers_belong_to_the_year_of_the_drawing_up():
    old, new = "13000000300009251001990001", "13000000300009261001990001"  # found on 31 December, and on 1 January
    with Numbers() as store:
        store.add(old, 1, 1, 10, 2026)
        store.add(new, 2, 2, 10, 2026)
        assert [one.rule for one in store.judge(str)] == ["lint.numero.double"]
    with Numbers() as store:
        store.add(old, 1, 1, 10, 2026)
        store.add(new[:-1] + "3", 2, 2, 10, 2026)
        store.add(old[:-1] + "3", 3, 3, 10, 2025)  # another year, another series
        store.correct(old, old[:14], 4, 5)
        said = [(one.rule, one.place) for one in store.judge(str)]
    assert said == [("lint.initial.date", 4), ("lint.ordre.trou", 2)]


@pytest.mark.parametrize("first", [True, False])
def test_a_number_that_was_rejected_may_be_given_once_more(first):
    numero = f"{HEADS[0]}001"
    with Numbers() as store:
        if first:
            store.reject(numero)
        store.add(numero, 1, 1, 10, 2026)
        store.add(numero, 2, 2, 10, 2026)
        if not first:
            store.reject(numero)
        store.reject(f"{HEADS[1]}001")
        assert list(store.judge(str)) == []
        store.add(numero, 3, 2, 10, 2026)
    with Numbers() as store:
        for place in (1, 2, 3):
            store.add(numero, place, place, 10, 2026)
        store.reject(numero)
        store.reject(numero, unpaid=True)
        assert [(one.rule, one.place) for one in store.judge(str)] == [("lint.numero.double", 3)]


def test_a_rejected_dossier_that_is_corrected_passes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", "dossier", "rejet-marque-plaque", "--wire", "-o", "json"]) == 0
    bodies = list(_bodies(json.loads(capsys.readouterr().out)))
    (tmp_path / "sent.jsonl").write_text("".join(json.dumps(body) + "\n" for body in bodies), encoding="utf-8")
    found = [finding.id for finding in lint(Order(("sent.jsonl",), workspace=tmp_path)).findings]
    assert not {"lint.numero.double", "lint.message.repete"} & set(found)


def test_towns_without_end_take_no_memory():
    tracemalloc.start()
    try:
        with Numbers() as store:
            for siret in range(99_999_999_999_999 - 200_000, 99_999_999_999_999):
                store.add(f"{siret:014d}993366999999", siret % 1000, 0, 0)
            assert sum(1 for _ in store.judge(str)) == 0
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_the_same_content_written_otherwise_is_a_copy(tmp_path):
    line = (EXAMPLES / "lint.montant.du.pass.jsonl").read_text(encoding="utf-8")
    spaced = line.replace("13000000300009261061990001", "13000000300009 26 1 061 990 001")
    assert spaced != line
    for order in ((line, spaced), (spaced, line)):
        (tmp_path / "two.jsonl").write_text("".join(order), encoding="utf-8")
        ids = [finding.id for finding in lint(Order((str(tmp_path / "two.jsonl"),), workspace=EXAMPLES)).findings]
        assert [name for name in ids if name.startswith("lint.")] == ["lint.message.repete"]
