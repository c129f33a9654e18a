"""`fpsctl lint` as people and CI meet it: text in two languages, JSON, JUnit, GitLab Code Quality, exit codes."""

import io
import json
import re
import sys
import types
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from fpsctl.checks import Outcome, Severity
from fpsctl.cli.app import main
from fpsctl.lint import RULES
from fpsctl.texts import use_language

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "lint"
SOUND = EXAMPLES / "lint.montant.du.pass.jsonl"
WRONG = EXAMPLES / "lint.montant.du.fail.jsonl"
WARNED = EXAMPLES / "lint.ordre.trou.fail.jsonl"


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*args, workspace=EXAMPLES):
        code = main(["lint", *map(str, args), "-C", str(workspace)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def stdin(monkeypatch):
    def give(content):
        monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(content)))

    return give


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((SOUND,), 0),
        ((SOUND, "--strict"), 0),
        ((WRONG,), 1),
        ((WARNED,), 0),
        ((WARNED, "--strict"), 1),
        ((SOUND, WRONG), 1),
        ((SOUND, "--kind", "rejet"), 1),
        ((SOUND, "--kind", "nothing"), 2),
        (("gone.jsonl",), 3),
        ((SOUND, "--profile", "gone"), 3),
        ((), 2),
        ((SOUND, "--limit", "0"), 2),
        (("--rules",), 0),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "junit", "codequality"])
def test_the_exit_code_is_that_of_the_findings_in_every_form(cli, args, code, form):
    assert cli(*args, "-o", form)[0] == code


def test_a_form_that_does_not_exist_is_a_usage_error(cli):
    assert cli(SOUND, "-o", "html")[0] == 2


def test_no_file_is_a_usage_error_with_the_next_thing_to_type(cli):
    code, _, err = cli()
    assert code == 2
    assert "lint.nothing" in err and "fpsctl lint" in err


def test_the_text_says_the_interface_the_places_and_what_was_not_judged(cli, tmp_path):
    code, out, _ = cli(WRONG, workspace=tmp_path)
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "Lint: 1 file(s), 1 message(s)"
    assert "public 1" in lines[1] and "assumed" in lines[1]
    assert f"error [lint.montant.du] {WRONG}:1: montant_du (montants.du): 3500, expected 3280" in lines
    assert any("no settings of the town" in line and "lint.tarif.montant" in line for line in lines)
    assert "    next: compute the amount due again" in lines
    assert lines[-1] == f"{len(RULES)} rules · errors: 1 · warnings: 0"


def test_the_text_is_french_too(cli, tmp_path):
    _, out, _ = cli(WRONG, "--lang", "fr", workspace=tmp_path)
    use_language("en")
    for words in (
        "Vérification : 1 fichier(s)",
        "erreur [lint.montant.du]",
        "3500, attendu 3280",
        "Non jugé",
        "règles",
    ):
        assert words in out


def test_the_rules_are_listed(cli):
    _, out, _ = cli("--rules")
    assert all(rule.id in out for rule in RULES)
    assert out.splitlines()[-1] == f"{len(RULES)} rules"
    _, out, _ = cli("--rules", "-o", "json")
    listed = json.loads(out)["result"]["rules"]
    assert [rule["id"] for rule in listed] == [rule.id for rule in RULES]
    assert all(rule["reference"] and rule["titre"] and rule["severity"] and rule["confidence"] for rule in listed)


def test_the_json_has_findings_places_counts_and_the_profile(cli):
    code, out, _ = cli(WRONG, "-o", "json")
    envelope = json.loads(out)
    assert (code, envelope["ok"], envelope["command"]) == (1, False, "lint")
    result = envelope["result"]
    assert (result["files"], result["messages"], result["kinds"]) == (1, 1, {"avis_initial": 1})
    assert result["profile"]["id"] == "public" and result["profile"]["reserve"]
    (place,), (finding,) = result["places"], envelope["findings"]
    assert place == {
        "id": "lint.montant.du", "file": str(WRONG), "line": 1, "message": 1, "kind": "avis_initial",
        "field": "montant_du", "wire": "montants.du", "detail": "3500, expected 3280",
    }  # fmt: skip
    assert finding["id"] == place["id"] and finding["outcome"] == Outcome.FAIL and finding["hint"]
    assert result["rules"][0]["findings"] == 1


def test_the_limit_is_of_what_is_shown_never_of_what_is_counted(cli, tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_bytes(WRONG.read_bytes() * 5)
    code, out, _ = cli(path, "--limit", "2", "-o", "json")
    rules = {rule["id"]: rule for rule in json.loads(out)["result"]["rules"]}
    assert code == 1
    assert (rules["lint.montant.du"]["findings"], rules["lint.montant.du"]["shown"]) == (5, 2)
    assert (rules["lint.message.repete"]["findings"], rules["lint.message.repete"]["shown"]) == (4, 2)
    assert "lint.montant.du: 3 more, not shown (--limit)" in cli(path, "--limit", "2")[1]


def test_standard_input_holds_json_lines(cli, stdin):
    stdin(SOUND.read_bytes() + WRONG.read_bytes().replace(b"990001", b"990002"))
    code, out, _ = cli("-")
    assert code == 1
    assert "-:2: montant_du" in out


def test_synthetic_messages_are_counted(cli):
    _, out, _ = cli(SOUND)
    assert "Trial messages (device 990 to 999): 1" in out


def test_junit_has_a_case_a_rule(cli, tmp_path):
    _, out, _ = cli(WRONG, WARNED, "-o", "junit", workspace=tmp_path)
    suite = ET.fromstring(out).find("testsuite")  # noqa: S314 - our own output
    cases = {case.get("name"): case for case in suite}
    del cases[None]
    assert int(suite.get("tests")) == len(cases)
    assert {name for name, case in cases.items() if case.find("failure") is not None} == {
        "lint.montant.du",
        "lint.numero.double",
    }
    assert (suite.get("failures"), suite.get("errors")) == ("2", "0")
    assert f"{WRONG}:1" in cases["lint.montant.du"].find("failure").text
    assert cases["lint.ordre.trou"].find("failure") is None
    assert "003-004" in cases["lint.ordre.trou"].find("system-out").text
    assert "no settings of the town" in cases["lint.tarif.zone"].find("skipped").get("message")
    assert int(suite.get("skipped")) == sum(case.find("skipped") is not None for case in cases.values())
    names = {one.get("name"): one.get("value") for one in suite.find("properties")}
    assert names["profile"] == "public 1" and "assumed" in names["reserve"]


def test_junit_of_sound_files_has_one_case_and_an_error_is_a_suite(cli):
    suite = ET.fromstring(cli(SOUND, "-o", "junit")[1]).find("testsuite")  # noqa: S314 - our own output
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["1", "0", "0", "0"]
    code, out, err = cli("gone.jsonl", "-o", "junit")
    suite = ET.fromstring(out).find("testsuite")  # noqa: S314 - our own output
    assert (code, suite.get("name"), suite.get("errors")) == (3, "fpsctl.lint", "1")
    assert "lint.path" in err


# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def issues(cli, *args):
    code, out, _ = cli(*args, "-o", "codequality")
    found = json.loads(out)
    for issue in found:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["description"] and issue["check_name"] and issue["severity"] in SEVERITIES
        assert re.fullmatch(r"[0-9a-f]{64}", issue["fingerprint"])
        assert set(issue["location"]) == {"path", "lines"} and issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("./", "/"))
    assert len({issue["fingerprint"] for issue in found}) == len(found)
    return code, found


def test_code_quality_has_the_keys_that_gitlab_asks_for(cli, tmp_path):
    (tmp_path / "sub").mkdir()
    for path in EXAMPLES.glob("*.fail.json*"):
        (tmp_path / "sub" / path.name).write_bytes(path.read_bytes())
    code, found = issues(cli, tmp_path / "sub")
    assert code == 1 and len(found) > 60
    assert {issue["severity"] for issue in found} == {"minor", "major", "critical", "blocker"}
    assert all(
        issue["location"]["path"].startswith("sub/lint.") or "message." in issue["location"]["path"] for issue in found
    )


def test_fingerprints_are_the_same_in_every_run_and_language(cli, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(WRONG.read_bytes())
    first = issues(cli, "a.jsonl")[1]
    assert issues(cli, "./a.jsonl")[1] == issues(cli, tmp_path / "a.jsonl")[1] == first
    french = issues(cli, "a.jsonl", "--lang", "fr")[1]
    use_language("en")
    assert french[0]["fingerprint"] == first[0]["fingerprint"]
    assert french[0]["description"] != first[0]["description"]
    assert issues(cli, SOUND)[1] == []


def test_a_confidential_profile_keeps_its_names_out_of_every_form(cli, tmp_path):
    profile = (
        (EXAMPLES / "lint.body.size.profile.yaml")
        .read_text(encoding="utf-8")
        .replace("confidential: false", "confidential: true")
    )
    (tmp_path / "secret.yaml").write_text(profile, encoding="utf-8")
    bad = WRONG.read_bytes().replace(b'"forfait": 3500', b'"forfait": "many"') + WRONG.read_bytes()
    (tmp_path / "a.jsonl").write_bytes(
        bad + b'{"type": "nomSecret", "contenu": {}}\n' + b'{"montants": {"du": 1, "du": 2}}\n'
    )
    for form in ("text", "json", "junit", "codequality"):
        code, out, _ = cli("a.jsonl", "--profile", "./secret.yaml", "-o", form)
        assert code == 1 and "montant_du" in out
        for name in ("montants", "forfait", "nomSecret"):
            assert name not in out


def test_a_private_key_is_told_and_never_shown(cli, tmp_path):
    key = "-----BEGIN PRIVATE KEY-----MIIEvQIBADANBg"
    line = SOUND.read_text(encoding="utf-8").replace("12 rue des Tilleuls", key)
    extra = line.replace('"lieu"', '"clef": "' + key + '", "lieu"')
    escaped = line.replace("PRIVATE", "\\u0050RIVATE")
    (tmp_path / "a.jsonl").write_text(line + extra + escaped, encoding="utf-8")
    for form in ("text", "json", "junit", "codequality"):
        code, out, _ = cli("a.jsonl", "-o", form)
        assert code == 1 and "MIIEvQ" not in out
    rules = {rule["id"]: rule["findings"] for rule in json.loads(cli("a.jsonl", "-o", "json")[1])["result"]["rules"]}
    assert rules["lint.secret"] == 3


def test_the_settings_of_a_town_that_are_wrong_are_an_error(cli, tmp_path):
    (tmp_path / "fpsctl.yaml").write_text("collectivites: {'13000000300009': [{from: x}]}\n", encoding="utf-8")
    code, _, err = cli(SOUND, workspace=tmp_path)
    assert code == 3 and "collectivite.invalid" in err


def test_control_characters_of_a_file_never_reach_the_terminal(cli, tmp_path):
    line = SOUND.read_text(encoding="utf-8").replace('"RENAULT"', '"\\u001b[2J\\u0007"')
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    for form in ("text", "junit", "json", "codequality"):
        out = cli("a.jsonl", "-o", form)[1]
        assert "\x1b" not in out and "\x07" not in out


def test_the_hook_runs_the_command_and_takes_the_files_that_it_knows(cli):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_bytes())
    assert hook["id"] == "fpsctl-lint"
    assert hook["entry"].split() == ["fpsctl", "lint"]
    assert hook["language"] == "python" and hook["require_serial"] is True
    for name in ("a.json", "b/a.jsonl", "a.ndjson", "a.xml"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "a.yaml")
    assert cli(SOUND, EXAMPLES / "lint.impaye.reste.pass.json")[0] == 0


def test_severities_are_told_as_outcomes():
    assert {rule.severity for rule in RULES} == {Severity.ERROR, Severity.WARNING}


def run_lint(tmp_path, capsys, line, *words):
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    code = main(["lint", str(tmp_path / "a.jsonl"), *words])
    return code, capsys.readouterr().out


def test_an_error_leaves_an_empty_array_for_code_quality(tmp_path, capsys):
    assert main(["lint", str(tmp_path / "gone.jsonl"), "-o", "codequality"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out) == [] and "lint.path" in err


def test_strict_makes_failures_of_warnings_in_junit_too(tmp_path, capsys):
    line = (EXAMPLES / "lint.vehicule.marque.fail.jsonl").read_text(encoding="utf-8")
    for words, failures in (((), "0"), (("--strict",), "1")):
        _, out = run_lint(tmp_path, capsys, line, "-C", str(EXAMPLES), "-o", "junit", *words)
        assert f'failures="{failures}"' in out


def test_a_rule_that_judged_some_and_found_nothing_passes_in_junit(tmp_path, capsys):
    line = (EXAMPLES / "lint.montant.du.pass.jsonl").read_text(encoding="utf-8")
    other = line.replace("13000000300009", "21750001600019").replace("990001", "991001")
    _, out = run_lint(tmp_path, capsys, line, "-o", "junit")
    assert 'skipped="0"' not in out
    settings = tmp_path / "fpsctl.yaml"
    settings.write_text(
        (EXAMPLES / "fpsctl.yaml").read_text(encoding="utf-8").partition('  "2175')[0], encoding="utf-8"
    )
    _, out = run_lint(tmp_path, capsys, line + other, "-C", str(tmp_path), "-o", "junit")
    assert 'skipped="0"' in out and "lint.tarif.montant" in out
