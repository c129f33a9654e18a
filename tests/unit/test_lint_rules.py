"""Every rule of `fpsctl lint` has an example that passes and one that fails, named after it in tests/lint."""

import json
from pathlib import Path
from typing import get_args

import pytest
from test_antai_codec import WIRE, expected

from fpsctl.antai import load_profile
from fpsctl.checks import Actor, Outcome, Severity, worst
from fpsctl.law import Confidence
from fpsctl.lint import RULES, Order, lint, list_rules
from fpsctl.lint.rules import BY_ID, FORMULAS
from fpsctl.lint.service import most_bytes
from fpsctl.texts import catalogue

EXAMPLES = Path(__file__).parents[1] / "lint"
TOO_LARGE_TO_KEEP = {"lint.line.long"}  # its failing example is made here


def example(rule, which, tmp_path):
    if which == "fail" and rule in TOO_LARGE_TO_KEEP:
        made = tmp_path / f"{rule}.fail.jsonl"
        made.write_bytes(b" " * (most_bytes(load_profile("public")) + 1) + b"{}\n")
        return made
    (found,) = [path for path in EXAMPLES.glob(f"{rule}.{which}.*") if path.name.count(".") == rule.count(".") + 2]
    return found


def judged(rule, which, tmp_path):
    profile = EXAMPLES / f"{rule}.profile.yaml"
    name = str(profile) if profile.exists() else "public"
    return lint(Order((str(example(rule, which, tmp_path)),), name, workspace=EXAMPLES))


def rule_of(done, name):
    return next((rule for rule in done.result["rules"] if rule["id"] == name), None)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_the_passing_example_of_a_rule_is_sound_in_every_way(rule, tmp_path):
    done = judged(rule, "pass", tmp_path)
    assert [finding.detail for finding in done.findings] == []
    assert done.result["messages"] >= 1
    assert rule_of(done, rule) is None  # it neither spoke nor abstained


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_the_failing_example_of_a_rule_is_told_with_its_place(rule, tmp_path):
    done = judged(rule, "fail", tmp_path)
    told = [finding for finding in done.findings if finding.id == rule]
    assert told, [finding.id for finding in done.findings]
    assert {finding.severity for finding in told} == {BY_ID[rule].severity}
    assert all(finding.detail.startswith(str(example(rule, "fail", tmp_path))) for finding in told)
    assert rule_of(done, rule)["findings"] == len(told)


def test_no_example_belongs_to_no_rule():
    names = {path.name.rsplit(".", 2)[0] for path in EXAMPLES.iterdir() if path.name != "fpsctl.yaml"}
    assert names == set(BY_ID)


def test_rules_are_records_with_one_severity_a_source_and_its_confidence():
    assert len(BY_ID) == len(RULES) > 50
    for rule in RULES:
        assert rule.reference and rule.severity in Severity and rule.confidence in get_args(Confidence)
        for lang in ("fr", "en"):
            assert {f"check.{rule.id}", f"hint.{rule.id}"} <= catalogue(lang).keys()
        assert (rule.judge is None) == (not rule.kinds)
    assert [rule["id"] for rule in list_rules()] == list(BY_ID)
    assert set(FORMULAS.values()) <= BY_ID.keys()


def test_a_rule_on_the_layout_of_the_number_is_a_warning_never_an_error():
    layout = [f"lint.numero.{name}" for name in ("annee", "jour", "autorite", "terminal")]
    assert {BY_ID[name].severity for name in layout} == {Severity.WARNING}


@pytest.mark.parametrize("name", ["avis_initial", "avis_rectificatif", "fps_impaye", "annulation", "rejet"])
def test_what_cannot_be_judged_is_counted_with_its_reason(name, tmp_path):
    done = lint(Order((str(WIRE / f"{name}.json"),), workspace=tmp_path))
    reasons = {rule["id"]: rule["not_judged"] for rule in done.result["rules"] if rule["not_judged"]}
    tariffs = {"lint.tarif.zone", "lint.tarif.montant", "lint.tarif.plafond"}
    assert (tariffs <= reasons.keys()) == (name == "avis_initial")
    assert all(reason == {"town": 1} for reason in reasons.values())
    assert not any(finding.severity is Severity.ERROR for finding in done.findings)


def test_settings_that_start_later_are_not_used(tmp_path):
    settings = (EXAMPLES / "fpsctl.yaml").read_text(encoding="utf-8").replace("2018-01-01", "2026-04-01")
    (tmp_path / "fpsctl.yaml").write_text(settings, encoding="utf-8")
    done = lint(Order((str(EXAMPLES / "lint.montant.du.pass.jsonl"),), workspace=tmp_path))
    assert rule_of(done, "lint.tarif.montant")["not_judged"] == {"town-later": 1}


def changed(tmp_path, source, change, name="changed.jsonl"):
    message = json.loads((EXAMPLES / source).read_text(encoding="utf-8").splitlines()[0])
    change(message)
    path = tmp_path / name
    path.write_text(json.dumps(message) + "\n", encoding="utf-8")
    return lint(Order((str(path),), workspace=EXAMPLES))


def test_the_year_and_the_day_are_those_of_the_town_s_zone(tmp_path):
    def new_year(message):
        message["constat"]["dateHeure"] = "2025-12-31T23:30:00+00:00"  # 00:30 on 1 January in the town
        message["identification"] = {"numeroAvis": "13000000300009261001990001", "dateEtablissement": "2026-01-01"}
        for part in ("ticket", "validite"):
            del message[part]
        message["montants"] = {"forfait": 3500, "dejaRegle": 0, "du": 3500}

    done = changed(tmp_path, "lint.montant.du.pass.jsonl", new_year)
    assert [finding.id for finding in done.findings] == ["lint.instant.decalage"]


@pytest.mark.parametrize(
    ("fps", "rules"), [(3500, ["lint.instant.decalage", "lint.tarif.montant"]), (3700, ["lint.instant.decalage"])]
)
def test_the_tariff_is_that_of_the_day_in_the_town_s_zone(tmp_path, fps, rules):
    def first_of_june(message):
        message["constat"]["dateHeure"] = "2026-05-31T23:00:00+00:00"  # 01:00 on 1 June in the town: another tariff
        message["identification"] = {"numeroAvis": "13000000300009261152990001", "dateEtablissement": "2026-06-01"}
        for part in ("ticket", "validite"):
            del message[part]
        message["montants"] = {"forfait": fps, "dejaRegle": 0, "du": fps}

    done = changed(tmp_path, "lint.montant.du.pass.jsonl", first_of_june)
    assert sorted(finding.id for finding in done.findings) == rules


def test_without_settings_the_year_is_judged_only_where_no_zone_could_change_it(tmp_path):
    path = EXAMPLES / "lint.numero.annee.fail.jsonl"
    assert [one.id for one in lint(Order((str(path),), workspace=tmp_path)).findings] == ["lint.numero.annee"]
    line = path.read_text(encoding="utf-8").replace("2026-03-02T10", "2026-01-01T10")
    (tmp_path / "edge.jsonl").write_text(line, encoding="utf-8")
    done = lint(Order((str(tmp_path / "edge.jsonl"),), workspace=tmp_path))
    assert rule_of(done, "lint.numero.annee")["not_judged"] == {"town": 1}


@pytest.mark.parametrize(
    ("instant", "ok"),
    [
        ("2026-03-29T01:30:00+01:00", True),
        ("2026-03-29T03:30:00+02:00", True),
        ("2026-03-29T03:30:00+01:00", False),
        ("2026-10-25T02:30:00+02:00", True),
        ("2026-10-25T02:30:00+01:00", True),
        ("2026-10-25T03:30:00+02:00", False),
    ],
)
def test_on_a_day_of_change_the_offset_is_that_of_the_instant(tmp_path, instant, ok):
    def end(message):
        message["montants"]["minoration"]["dateLimite"] = instant

    done = changed(tmp_path, "lint.montant.du.pass.jsonl", end)
    assert [finding.id for finding in done.findings] == ([] if ok else ["lint.instant.decalage"])


def test_what_is_readable_of_a_broken_message_is_still_judged(tmp_path):
    def broken(message):
        message["constat"]["dateHeure"] = "soon"
        message["montants"]["du"] = 1
        message["collectivite"]["numeroSiret"] = "21750001600019"

    done = changed(tmp_path, "lint.montant.du.pass.jsonl", broken)
    found = {finding.id for finding in done.findings}
    assert found == {"message.field.invalid", "lint.montant.du", "lint.numero.siret"}
    assert rule_of(done, "lint.numero.annee")["not_judged"] == {"unreadable": 1}


def test_a_formula_is_told_once_by_its_rule(tmp_path):
    done = lint(Order((str(WIRE / "bad-formula.json"),), workspace=tmp_path))
    assert [finding.id for finding in done.findings if finding.outcome is Outcome.FAIL] == ["lint.impaye.reste"]
    assert expected("bad-formula")["kind"] == "fps_impaye"


def test_who_must_act_is_who_wrote_the_message(tmp_path):
    done = lint(Order((str(WIRE / "bad-code-open.json"),), workspace=tmp_path))
    assert {finding.actor for finding in done.findings} == {Actor.ANTAI}
    assert worst(done.findings) is Outcome.WARN


def orders(tmp_path, *numbers):
    line = (EXAMPLES / "lint.montant.du.pass.jsonl").read_text(encoding="utf-8")
    lines = [line.replace("990001", f"990{number:03d}") for number in numbers]
    (tmp_path / "orders.jsonl").write_text("".join(lines), encoding="utf-8")
    done = lint(Order((str(tmp_path / "orders.jsonl"),), workspace=EXAMPLES))
    return [place["detail"].partition(": ")[2] for place in done.result["places"] if place["id"] == "lint.ordre.trou"]


def test_gaps_are_told_one_by_one_and_the_wrap_is_none(tmp_path):
    assert orders(tmp_path, 5, 6, 8, 12) == ["007 missing (1)", "009-011 missing (3)"]
    assert orders(tmp_path, 997, 999, 1, 2) == ["998 missing (1)"]
    assert orders(tmp_path, 1, 2, 999) == []
    assert orders(tmp_path, 42) == []


def test_devices_and_days_have_series_of_their_own(tmp_path):
    line = (EXAMPLES / "lint.montant.du.pass.jsonl").read_text(encoding="utf-8")
    other = line.replace("990001", "991007")
    (tmp_path / "two.jsonl").write_text(line + other, encoding="utf-8")
    assert lint(Order((str(tmp_path / "two.jsonl"),), workspace=EXAMPLES)).findings == ()


def test_numbers_are_compared_across_files(tmp_path):
    line = (EXAMPLES / "lint.montant.du.pass.jsonl").read_text(encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps([json.loads(line)]), encoding="utf-8")
    (tmp_path / "c.jsonl").write_text("\n" + line.replace("rue des", "allée des"), encoding="utf-8")
    done = lint(Order((str(tmp_path),), workspace=EXAMPLES))
    told = [(finding.id, finding.detail.partition(": ")[0].rpartition("/")[2]) for finding in done.findings]
    assert told == [("lint.message.repete", "b.json:1 (message 1)"), ("lint.numero.double", "c.jsonl:2")]
    assert all("a.jsonl:1" in finding.detail for finding in done.findings)


def ids(done):
    return [finding.id for finding in done.findings]


def test_the_day_of_a_profile_is_that_of_the_drawing_up(tmp_path):
    def late(message):
        message["identification"] = {"numeroAvis": "13000000300009261062990001", "dateEtablissement": "2026-03-03"}

    done = changed(tmp_path, "lint.montant.du.pass.jsonl", late)
    profile = tmp_path / "p.yaml"
    profile.write_text(
        "profile: jour\nversion: '1'\nextends: public\nin_force: {from: 2018-01-01, to: 2026-03-02}\n", encoding="utf-8"
    )
    done = lint(Order((str(tmp_path / "changed.jsonl"),), str(profile), workspace=EXAMPLES))
    assert ids(done) == ["lint.profile.in-force"]
    done = lint(Order((str(EXAMPLES / "lint.impaye.reste.pass.json"),), str(profile), workspace=EXAMPLES))
    assert rule_of(done, "lint.profile.in-force")["not_judged"] == {"later": 1}


@pytest.mark.parametrize(
    ("plate", "country", "told"),
    [("AB-123-CD", "IT", []), ("AB-123-CD", "SK", []), ("12 AB 34", "PT", []), ("12AB34", "NL", []),
     ("12AB34", "FR", ["message.field.normalised"]), ("AB-123-CD", "DE", ["lint.immatriculation.pays"])],
)  # fmt: skip
def test_plates_of_other_registers_may_have_a_french_shape(tmp_path, plate, country, told):
    def other(message):
        message["constat"]["vehicule"] |= {"plaque": plate, "paysImmatriculation": country}
        message["identification"]["numeroAvis"] = "13000000300009261061007001"

    done = changed(tmp_path, "lint.montant.du.pass.jsonl", other)
    assert [name for name in ids(done) if name != "lint.pays.notification"] == told
    assert not any("expected" in finding.detail for finding in done.findings)


@pytest.mark.parametrize(("paid", "deducted", "told"), [
    (4000, 3500, []), (4000, 4000, ["lint.deduit.exces"]), (220, 3500, ["lint.deduit.montant"]),
])  # fmt: skip
def test_a_receipt_above_the_charge_leaves_nothing_due(tmp_path, paid, deducted, told):
    def rich(message):
        message["montants"] = {"forfait": 3500, "dejaRegle": deducted, "du": 0}
        message["ticket"]["montantRegle"] = paid

    assert ids(changed(tmp_path, "lint.montant.du.pass.jsonl", rich)) == told


def test_the_reduced_amount_is_below_what_is_due_not_below_the_charge(tmp_path):
    def high(message):
        message["montants"]["minoration"]["montantMinore"] = 3300

    assert ids(changed(tmp_path, "lint.montant.du.pass.jsonl", high)) == ["lint.minore.montant"]


@pytest.mark.parametrize(("lieu", "told"), [
    ("\u202eeur", True), ("a\u0007b", True), ("\t", True), (" ", True), ("12 rue\u00a0Basse", False), ("été ", False),
])  # fmt: skip
def test_what_a_reader_does_not_see_is_told(tmp_path, lieu, told):
    def odd(message):
        message["constat"]["lieu"] = lieu

    assert ("lint.texte.controle" in ids(changed(tmp_path, "lint.montant.du.pass.jsonl", odd))) == told
