"""What is odd in a profile that loads: each rule passes on a good one and finds its fault, with file and line."""

import datetime as dt
from pathlib import Path

import pytest

from fpsctl.antai import load_profile
from fpsctl.antai.profile_rules import CHECKS, Examined, examine, in_force
from fpsctl.checks import Outcome, Severity
from fpsctl.pki.rules import RULES
from fpsctl.texts import catalogue

DAY = dt.date(2026, 3, 2)
HEAD = """profile: essai
version: "1"
title: {fr: "Essai", en: "Trial"}
extends: public
confidential: false
in_force: {from: 2024-01-01, to: null}
"""
WORD = 'confidence: official, source: "essai"'

FAULTS = {
    "profile.name.built-in": ("profile: essai", "profile: public", "profile (essai.yaml:1) = public"),
    "profile.not-in-force": ("from: 2024-01-01", "from: 2026-03-03", "profile essai is not in force on 2026-03-02"),
    "profile.path.double": (
        "", f"operations:\n  send_annulation: {{path: '/front/v1/{{numero}}/fps-impayes', {WORD}}}\n",
        "operations.send_fps_impaye.path (essai.yaml:7) = send_annulation (POST /front/v1/{siret}/fps-impayes)",
    ),
    "profile.operation.safe": (
        "", f"operations:\n  send_annulation: {{safe: true, {WORD}}}\n",
        "operations.send_annulation (essai.yaml:8) : POST",
    ),
    "profile.host.https": (
        "", f"hosts:\n  production: {{url: 'http://a.invalid', {WORD}}}\n",
        "hosts.production (essai.yaml:8) : http://a.invalid",
    ),
    "profile.host.ca": (
        "", f"hosts:\n  production: {{url: 'https://a.invalid', ca: nowhere.pem, {WORD}}}\n", "nowhere.pem",
    ),
    "profile.host.production": ("", "", "hosts : -"),
    "profile.source.missing": (
        "", "limits:\n  body_bytes: {value: 1000, confidence: official, reason: heard}\n",
        "limits.body_bytes (essai.yaml:8) : official",
    ),
    "profile.source.restricted": (
        "", "limits:\n  body_bytes: {value: 1000, confidence: official, source: 'guide sous convention, 3'}\n",
        "limits.body_bytes (essai.yaml:8) : guide sous convention, 3",
    ),
    "profile.delay.unknown": (
        "", f"delays:\n  service.envois: {{days: 2, {WORD}}}\n", "delays.service.envois (essai.yaml:8)",
    ),
    "profile.certificate-rule.unknown": (
        "", f"certificate_rules:\n  cert.key.small: {{severity: error, {WORD}}}\n",
        "certificate_rules.cert.key.small (essai.yaml:8)",
    ),
    "profile.error.unknown": (
        "", f"errors:\n  codes:\n    message.faux: {{wire: E1, {WORD}}}\n  {WORD.replace(', ', chr(10) + '  ')}\n",
        "errors.codes.message.faux (essai.yaml:9)",
    ),
}  # fmt: skip


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Write a profile and return its findings by id."""
    monkeypatch.chdir(tmp_path)

    def judge(content):
        path = Path("essai.yaml")
        path.write_text(content, encoding="utf-8")
        report = examine(load_profile(str(path)), path, DAY, [rule.id for rule in RULES])
        return {finding.id: finding for finding in report.findings}

    return judge


def test_a_good_profile_passes_every_rule(judged):
    host = f"hosts:\n  production: {{url: 'https://a.invalid', {WORD}}}\n"
    found = judged(HEAD + host)
    assert [finding.id for finding in found.values()] == [rule.id for rule in CHECKS]
    assert {finding.outcome for finding in found.values()} == {Outcome.PASS}
    assert [finding.detail for finding in found.values()] == [""] * len(CHECKS)


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_is_found_with_its_place(rule, judged):
    old, new, place = FAULTS[rule]
    found = judged(HEAD.replace(old, new) if old else HEAD + new)
    severity = found[rule].severity
    expected = {Severity.ERROR: Outcome.FAIL, Severity.WARNING: Outcome.WARN, Severity.INFO: Outcome.PASS}
    assert found[rule].outcome == expected[severity]
    assert place in found[rule].detail
    odd = {one.id for one in found.values() if one.detail} - {"profile.host.production"}
    assert odd - {rule} == set()


def test_every_rule_but_one_of_two_profiles_has_a_faulty_example():
    assert set(FAULTS) == {rule.id for rule in CHECKS} - {"profile.supersedes.gap"}


def test_a_day_without_profile_between_two_versions_is_found():
    older, newer = load_profile("public"), load_profile("public")
    ended = older.in_force.model_copy(update={"until": dt.date(2025, 12, 30)})
    began = newer.in_force.model_copy(update={"since": dt.date(2026, 1, 1)})
    gap = newer.model_copy(update={"in_force": began, "older": older.model_copy(update={"in_force": ended})})
    found = {one.id: one for one in examine(gap, None, DAY, ()).findings}
    assert found["profile.supersedes.gap"].outcome is Outcome.WARN
    assert "2025-12-30" in found["profile.supersedes.gap"].detail
    met = ended.model_copy(update={"until": dt.date(2025, 12, 31)})
    followed = gap.model_copy(update={"older": older.model_copy(update={"in_force": met})})
    assert {one.id: one for one in examine(followed, None, DAY, ()).findings}["profile.supersedes.gap"].detail == ""


def test_a_reading_by_post_may_be_safe(judged):
    found = judged(f"{HEAD}operations:\n  check_front: {{method: POST, {WORD}}}\n")
    assert found["profile.operation.safe"].outcome is Outcome.PASS


def test_a_confidential_profile_may_cite_what_is_restricted(judged):
    old, new, _ = FAULTS["profile.source.restricted"]
    assert old == ""
    found = judged(HEAD.replace("confidential: false", "confidential: true") + new)
    assert found["profile.source.restricted"].outcome is Outcome.PASS


def test_each_rule_has_its_sentences():
    for lang in ("fr", "en"):
        for rule in CHECKS:
            assert {f"check.{rule.id}", f"hint.{rule.id}"} <= catalogue(lang).keys()


def test_a_built_in_profile_has_no_lines():
    assert Examined(load_profile("public"), None, DAY, ()).at("formats", "days") == "formats.days"


def test_the_day_is_judged_alone_for_a_profile_that_is_shown():
    (finding,) = in_force(load_profile("public"), dt.date(2017, 12, 31))
    assert (finding.id, finding.outcome) == ("profile.not-in-force", Outcome.WARN)
    (finding,) = in_force(load_profile("public"), DAY)
    assert finding.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("path", "other", "meets"),
    [
        ("/front/v1/{siret}/{empreinte}", "read_certificat", True),  # swallows /front/v1/{siret}/retours
        ("/front/v1/{siret}/{empreinte}/x", "read_certificat", False),
        ("/front/v1/{siret}/x-{empreinte}", "read_certificat", False),
        ("/front/v1/{siret}/r{empreinte}", "read_certificat", True),
    ],
)
def test_a_part_that_would_swallow_a_literal_is_found(judged, path, other, meets):
    literal = f"  read_retour: {{path: '/front/v1/{{siret}}/retours', {WORD}}}\n"
    found = judged(f"{HEAD}operations:\n{literal}  {other}: {{path: '{path}', {WORD}}}\n")
    assert (found["profile.path.double"].outcome is Outcome.FAIL) == meets
