"""The report in its three forms, and `fpsctl conformance` from the command line."""

import datetime as dt
import json
import re
import shlex
import stat
import sys
import xml.etree.ElementTree as ET

import pytest

from fpsctl.antai import load_profile
from fpsctl.checks import Outcome
from fpsctl.cli.app import main
from fpsctl.clock import ManualClock
from fpsctl.conformance import CASES, Order, certify, list_cases
from fpsctl.conformance.journal import Journal
from fpsctl.conformance.protocol import Description
from fpsctl.conformance.report import findings_of, report
from fpsctl.conformance.trial import Exchange, Judged
from fpsctl.render.conformance import certification_lines
from fpsctl.render.envelope import envelope
from fpsctl.render.junit import junit
from fpsctl.texts import use_language
from reference_editor import COMMAND

NOW = dt.datetime(2026, 11, 21, 12, 0, 0, 500, tzinfo=dt.UTC)
PROFILE = load_profile("public")
BY_ID = {case.id: case for case in CASES}


def steady(document):
    """Blank what changes with the day, the profile's text and the version of fpsctl."""
    document = re.sub(r'"(genere_le|digest|fpsctl)": "[^"]+"', r'"\1": "..."', document)
    return re.sub(r'name="fpsctl" value="[^"]+"', 'name="fpsctl" value="..."', document)


def described(*capabilities):
    return Description("Exemple & fils", "Produit <4>", "4.2", "test", frozenset(capabilities))


JUDGED = [
    Judged(BY_ID["certificat.depot"], Outcome.PASS, preuves=(1,), seconds=0.25),
    Judged(
        BY_ID["avis-initial.complet"],
        Outcome.FAIL,
        "lieu: 4 RUE, expected 4 RUE DE LA FICTION",
        note="envoyer_avis: not done (a\x0b < b & c)",
        preuves=(2, 3, 4, 9),
        seconds=1.5,
    ),
    Judged(BY_ID["impression.lecture"], Outcome.NOT_TESTABLE, "the program does not declare: impression", "declare it"),
    Judged(BY_ID["retours.paiement"], Outcome.UNKNOWN, "the event paiement could not be played"),
    Judged(BY_ID["isolation.siret"], Outcome.ERROR, "[sandbox.silent] no sandbox", "look at it"),
]


def made(judged=JUDGED, patterns=("*",)):
    return report(described("avis_initial", "retours_pull", "depot_certificat", "x"), PROFILE, judged, patterns, NOW)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_terminal_form(golden, lang):
    use_language(lang)
    lines = certification_lines(made(), findings_of(JUDGED))
    golden(f"conformance/report.{lang}.txt", "".join(f"{line.plain}\n" for line in lines))


def test_the_json_form(golden):
    golden("conformance/report.json", steady(envelope("conformance run", made(), findings_of(JUDGED), ok=False)))


def test_the_junit_form(golden):
    seconds = {one.case.id: one.seconds for one in JUDGED}
    golden("conformance/report.xml", steady(junit(made(), seconds)))


def test_junit_counts_what_it_holds():
    root = ET.fromstring(junit(made(), {}))  # noqa: S314 - our own document
    (suite,) = root
    tests = suite.findall("testcase")
    assert (root.tag, len(tests)) == ("testsuites", len(JUDGED))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(name)) == len(suite.findall(f"testcase/{tag}"))
    assert int(suite.get("tests")) == len(tests)
    assert {test.get("name"): [child.tag for child in test] for test in tests} == {
        "certificat.depot": [],
        "avis-initial.complet": ["failure", "system-out"],
        "impression.lecture": ["skipped"],
        "retours.paiement": ["failure"],
        "isolation.siret": ["error"],
    }
    assert suite.find("testcase/skipped").get("message") == "the program does not declare: impression"


def test_a_partial_run_says_what_it_left_out():
    result = made(JUDGED[:1], ("certificat.depot",))
    assert result["selection"] == ["certificat.depot"]
    assert len(result["left_out"]) == len(CASES) - 1
    assert made()["unknown_capabilities"] == ["x"]
    assert made()["exclusions"] == [{"capability": "impression", "cases": ["impression.lecture"]}]


def test_an_assumed_interface_is_named_in_every_form():
    reserve = made()["profile"]["reserve"]
    assert "assumed interface" in reserve
    assert reserve in junit(made(), {})
    assert reserve in certification_lines(made(), findings_of(JUDGED))[1].plain


# Run for real


def test_the_reference_editor_passes_and_its_report_is_always_the_same(golden, capsys):
    assert main(["conformance", "run", "--adapter", COMMAND, "-o", "json"]) == 0
    out, err = capsys.readouterr()
    golden("conformance/reference-editor.json", steady(out))
    assert [line.split()[1] for line in err.splitlines()] == list(BY_ID)


def test_a_case_alone_uses_the_same_evidence_whenever_it_is_run(tmp_path):
    order = Order(COMMAND, ("reprise.*",), keep=tmp_path / "kept")
    first, second = (certify(order, ManualClock(NOW)) for _ in range(2))
    assert first.result == second.result
    assert first.result["genere_le"] == "2026-11-21T12:00:00+00:00"
    assert [one["preuves"] for one in first.result["cases"]] == [[3, 4, 5]]  # after the start-up of the town


ANSWERS = """
import json, sys
request = json.load(sys.stdin)
if request["step"] == "describe":
    print(json.dumps({"editor": "E", "product": "P", "version": "1", "environment": "test", "capabilities": %s}))
else:
    %s
"""


def program(folder, body, capabilities=("controle_connexion", "depot_certificat")):
    path = folder / "program.py"
    path.write_text(ANSWERS % (json.dumps(capabilities), body))
    return f"exec:{shlex.join([sys.executable, str(path)])}"


def test_one_case_that_goes_wrong_does_not_stop_the_others(tmp_path, capsys):
    body = 'sys.exit(2) if request["step"] == "deposer_certificat" else print(json.dumps({"ok": True}))'
    cases = ["--case", "certificat.depot", "--case", "connexion.*", "--case", "impression.*"]
    code = main(["conformance", "run", "--adapter", program(tmp_path, body), *cases, "-o", "json"])
    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["ok"]) == (1, False)
    assert {case["id"]: (case["outcome"], case["detail"]) for case in answer["result"]["cases"]} == {
        "certificat.depot": (
            "fail",
            "deposer_certificat: [adapter.crash] the program ended (exit 2)",
        ),
        "connexion.controle": ("fail", "controler_connexion: the SI FPS received no call check_front"),
        "impression.lecture": ("not-testable", "the program does not declare: avis_initial, impression"),
    }
    assert [finding["id"] for finding in answer["findings"]] == [case["id"] for case in answer["result"]["cases"]]
    assert "--keep" in answer["findings"][0]["hint"]


def test_what_cannot_be_tested_is_no_pass(tmp_path, capsys):
    arguments = ["conformance", "run", "--adapter", program(tmp_path, "pass", ()), "--case", "impression.*"]
    assert main([*arguments, "-o", "junit"]) == 1
    suite = ET.fromstring(capsys.readouterr().out)[0]  # noqa: S314 - our own document
    assert (suite.get("tests"), suite.get("skipped"), suite.get("failures")) == ("1", "1", "0")
    assert main(arguments) == 1
    assert "excluded, for want of 'impression': impression.lecture" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("adapter", "code", "status"),
    [
        ("nothing", "usage.adapter", 2),
        ("exec:no-such-program", "adapter.command", 3),
        (f"exec:{sys.executable} -c pass", "adapter.garbage", 3),
        (f"exec:{sys.executable} -c 'import time; time.sleep(9)'", "adapter.timeout", 3),
        (f"exec:{sys.executable} -c 'print(\"{{}}\")'", "adapter.describe", 3),
    ],
)
def test_a_program_that_cannot_say_who_it_is_stops_the_run(capsys, adapter, code, status):
    patience = "0.5" if code == "adapter.timeout" else "30"
    assert main(["conformance", "run", "--adapter", adapter, "--timeout", patience, "-o", "json"]) == status
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


@pytest.mark.parametrize(
    ("adapter", "code", "status"),
    [
        (f"exec:{sys.executable} -c 'raise SystemExit(\"no <database> \\x08\")'", "adapter.crash", 3),
        ("exec:no-such-program", "adapter.command", 3),
        ("nothing", "usage.adapter", 2),
    ],
)
def test_a_run_that_cannot_start_is_a_test_suite_in_error(capsys, adapter, code, status):
    assert main(["conformance", "run", "--adapter", adapter, "-o", "junit"]) == status
    out, err = capsys.readouterr()
    (suite,) = ET.fromstring(out)  # noqa: S314 - our own document
    assert [suite.get(name) for name in ("tests", "errors", "failures", "skipped")] == ["1", "1", "0", "0"]
    (test,) = suite
    (broken,) = test
    assert (test.tag, broken.tag, broken.get("type")) == ("testcase", "error", code)
    assert f"[{code}]" in broken.text
    assert err.startswith(f"error [{code}] ")
    if code == "adapter.crash":
        assert broken.get("message") == "the program ended (exit 1); end of its error output: no <database>"


def test_a_program_in_production_is_asked_nothing_more(tmp_path, capsys):
    path = tmp_path / "asked"
    source = ANSWERS.replace('"environment": "test"', '"environment": "production"') % ("[]", "pass")
    script = tmp_path / "program.py"
    script.write_text(source + f"open({str(path)!r}, 'a').write(request['step'] + ' ')\n")
    assert main(["conformance", "run", "--adapter", f"exec:{sys.executable} {script}"]) == 3
    assert "adapter.environment" in capsys.readouterr().err
    assert path.read_text() == "describe "


def test_a_glob_that_names_nothing(capsys):
    assert main(["conformance", "run", "--adapter", "exec:true", "--case", "avis-initial.*", "--case", "zz*"]) == 2
    assert "conformance.case" in capsys.readouterr().err


def test_the_list_of_cases(capsys):
    assert main(["conformance", "list", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"]["cases"] == list_cases()
    assert main(["conformance", "list"]) == 0
    assert capsys.readouterr().out.startswith("  certificat.depot ")


# What is kept


def test_what_is_kept_holds_calls_and_log_and_no_key(tmp_path, capsys):
    kept = tmp_path / "kept"
    arguments = ["conformance", "run", "--adapter", COMMAND, "--case", "reprise.*", "--keep", str(kept)]
    assert main(arguments) == 0
    journal = json.loads((kept / "reprise.meme-message" / "journal.json").read_text())
    assert [item["request"]["step"] for item in journal["calls"]] == ["envoyer_avis", "reprendre"]
    operations = [[line["operation"] for line in item["log"]] for item in journal["calls"]]
    assert operations == [["check_front", "send_avis_initial"], ["send_avis_initial"]]
    (kept / "mine.txt").write_text("mine")
    assert main(arguments) == 0
    assert (kept / "mine.txt").read_text() == "mine"
    assert [path for path in kept.rglob("*") if path.is_file() and "PRIVATE" in path.read_text()] == []
    capsys.readouterr()


def test_a_program_that_answers_with_its_key_is_not_repeated(tmp_path, capsys):
    kept = tmp_path / "kept"
    body = 'print(json.dumps({"ok": False, "detail": open(request["endpoint"]["key"]).read().splitlines()[1]}))'
    arguments = ["--adapter", program(tmp_path, body), "--case", "connexion.*", "--keep", str(kept), "-o", "json"]
    assert main(["conformance", "run", *arguments]) == 1
    (case,) = json.loads(capsys.readouterr().out)["result"]["cases"]
    assert case["note"] == "controler_connexion: not done ([...])"
    journal = json.loads((kept / "connexion.controle" / "journal.json").read_text())
    assert journal["calls"][0]["answer"] == "(private key withheld)"


def test_a_crash_is_kept_with_its_status_and_all_it_said(tmp_path, capsys):
    kept = tmp_path / "kept"
    body = 'sys.exit("\\n".join(f"line {n} \\x1b" for n in range(9)))'
    arguments = ["--adapter", program(tmp_path, body), "--case", "connexion.*", "--keep", str(kept), "-o", "json"]
    assert main(["conformance", "run", *arguments]) == 1
    (case,) = json.loads(capsys.readouterr().out)["result"]["cases"]
    assert case["detail"].endswith("(exit 1); end of its error output: line 6 | line 7 | line 8")
    (call,) = json.loads((kept / "connexion.controle" / "journal.json").read_text())["calls"]
    assert call["status"] == "exit 1"
    assert call["stderr"].splitlines() == [f"line {n} \x1b" for n in range(9)]
    assert (call["answer"], [line["operation"] for line in call["log"]]) == ({}, [])


def test_a_crash_that_shows_a_key_is_kept_without_it(tmp_path, capsys):
    kept = tmp_path / "kept"
    body = 'sys.exit("\\n".join(open(request["endpoint"]["key"]).read().splitlines()[1:-1]))'
    arguments = ["--adapter", program(tmp_path, body), "--case", "connexion.*", "--keep", str(kept), "-o", "json"]
    assert main(["conformance", "run", *arguments]) == 1
    assert "error output: [...]" in capsys.readouterr().out
    assert json.loads((kept / "connexion.controle" / "journal.json").read_text())["calls"][0]["stderr"] == "[...]"


@pytest.mark.parametrize("code", ["adapter.crash", "adapter.command", "adapter.describe"])
def test_a_first_call_that_fails_is_kept_too_and_harms_no_earlier_run(tmp_path, capsys, code):
    kept = tmp_path / "kept"
    earlier = kept / "connexion.controle" / "journal.json"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("{}")
    adapter = {
        "adapter.crash": f"exec:{sys.executable} -c 'raise SystemExit(\"no database\")'",
        "adapter.command": "exec:no-such-program",
        "adapter.describe": f"exec:{sys.executable} -c 'print(\"{{}}\")'",
    }[code]
    for _ in range(2):
        assert main(["conformance", "run", "--adapter", adapter, "--keep", str(kept)]) == 3
        assert f"[{code}]" in capsys.readouterr().err
        journal = json.loads((kept / "describe" / "journal.json").read_text())
        assert journal["detail"].startswith(f"[{code}] ")
        (call,) = journal["calls"]
        assert call["request"]["step"] == "describe"
        status = {"adapter.crash": "exit 1", "adapter.command": "", "adapter.describe": "exit 0"}[code]
        assert (call["status"], "no database" in call["stderr"]) == (status, code == "adapter.crash")
    assert earlier.read_text() == "{}"


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("count", [1, 2])
def test_counts_are_right_for_any_number(lang, count):
    use_language(lang)
    judged = [judged for judged in JUDGED for _ in range(count)]
    end = certification_lines(made(judged), findings_of(judged))[-1].plain
    word = {"en": "failures: ", "fr": "échecs : "}[lang]
    assert f"{word}{count}" in end


def test_an_answer_that_is_no_unicode_is_kept_all_the_same(tmp_path, capsys):
    kept = tmp_path / "kept"
    adapter = program(tmp_path, r"""print('{"ok": false, "detail": "\\ud800 no"}')""")
    arguments = ["--adapter", adapter, "--case", "connexion.*", "--keep", str(kept), "-o", "json"]
    assert main(["conformance", "run", *arguments]) == 1
    (case,) = json.loads(capsys.readouterr().out)["result"]["cases"]
    assert case["note"] == "controler_connexion: not done (no)"
    assert '"detail": "? no"' in (kept / "connexion.controle" / "journal.json").read_text()


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path, capsys):
    other = tmp_path / "connexion.controle"
    other.mkdir()
    (other / "report.doc").write_text("x")
    arguments = ["conformance", "run", "--adapter", COMMAND, "--case", "connexion.*", "--keep", str(tmp_path)]
    assert main(arguments) == 3
    assert "conformance.keep" in capsys.readouterr().err
    assert (other / "report.doc").read_text() == "x"


def test_a_confidential_profile_keeps_canonical_names_only(tmp_path):
    case = BY_ID["connexion.controle"]

    class Trial:
        towns = ()
        exchanges = (Exchange({}, {}, [{"operation": "x", "corps": 1, "reponse": 2, "chemin": 3, "remarques": 4}]),)

    for confidential in (True, False):
        journal = Journal(tmp_path, [case], confidential=confidential)
        state = journal.state(case.id)
        journal.write(Judged(case, Outcome.PASS), Trial())
        (line,) = json.loads((tmp_path / case.id / "journal.json").read_text())["calls"][0]["log"]
        assert set(line) == (
            {"operation"} if confidential else {"operation", "corps", "reponse", "chemin", "remarques"}
        )
        assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_a_run_cut_short_can_be_run_again(tmp_path):
    case = BY_ID["connexion.controle"]
    Journal(tmp_path, [case], confidential=False).state(case.id)
    Journal(tmp_path, [case], confidential=False)
