"""The command line as people and scripts meet it: answers, errors, exit codes, one JSON envelope."""

import json
import os
import re
import subprocess
import sys

import pytest

from fpsctl import __version__
from fpsctl.cli.app import main

NUMERO = "13000000300009 24 1 061 007 042"
KEYS = {"schema", "command", "ok", "result", "findings", "error"}


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    """Run a command line in an empty folder; return code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        code = main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def cli_json(cli):
    def call(*args):
        code, out, _ = cli(*args, "-o", "json")
        envelope = json.loads(out)
        assert set(envelope) == KEYS
        assert envelope["schema"] == "fpsctl/1"
        return code, envelope

    return call


def test_version(cli):
    assert cli("--version") == (0, f"fpsctl {__version__}\n", "")


def test_number_parse_gives_the_keys_of_the_interface(cli_json):
    code, envelope = cli_json("number", "parse", NUMERO)
    result = envelope["result"]
    assert (code, envelope["ok"], envelope["command"]) == (0, True, "number parse")
    expected = {
        "numero": "13000000300009241061007042", "siret": "13000000300009", "annee": 2024, "autorite": 1, "jour": 61,
        "terminal": "007", "ordre": "042", "date_etablissement": "2024-03-01",
        "cle": {"value": None, "algorithm": "off", "confidence": "assumption"},
    }  # fmt: skip
    assert {key: result[key] for key in expected} == expected
    assert [item["outcome"] for item in envelope["findings"]] == ["pass"] * 5


def test_number_parse_explains_each_field(cli):
    code, out, _ = cli("--lang", "fr", "number", "parse", NUMERO)
    assert code == 0
    for word in ("année du constat", "quantième du jour", "terminal, agent ou poste", "clé : non calculée"):
        assert word in out


def test_the_finding_s_date_settles_the_year_of_the_notice(cli_json):
    _, envelope = cli_json("number", "parse", "13000000300009 25 1 001 007 042", "--constat", "2025-12-31")
    assert envelope["result"]["date_etablissement"] == "2026-01-01"


def test_a_key_that_differs_is_never_an_error(cli_json):
    code, envelope = cli_json("number", "parse", NUMERO + " 99", "--key-algorithm", "mod97")
    assert (code, envelope["ok"]) == (0, True)
    assert {item["id"]: item["outcome"] for item in envelope["findings"]}["numero.cle.differs"] == "warn"
    assert cli_json("number", "parse", NUMERO + " 99", "--key-algorithm", "mod97", "--strict")[0] == 1


@pytest.mark.parametrize(
    ("number", "code", "finding"),
    [
        ("13000000300008 24 1 061 007 042", 1, "numero.siret.checksum"),
        ("13000000300009 17 1 061 007 042", 0, "numero.annee.range"),
        ("13000000300009 25 1 366 007 042", 0, "numero.jour.range"),
    ],
)
def test_an_odd_number_is_read_and_told(cli_json, number, code, finding):
    got, envelope = cli_json("number", "parse", number)
    bad = [item["id"] for item in envelope["findings"] if item["outcome"] != "pass"]
    assert (got, bad) == (code, [finding])
    assert envelope["result"]["autorite"] == 1


def test_number_make_then_parse(cli_json):
    _, made = cli_json(
        "number", "make", "--siret", "13000000300009", "--constat", "2025-12-31", "--etabli", "2026-01-01"
    )
    assert made["result"]["numero"] == "13000000300009251001990001"
    assert made["result"]["date_etablissement"] == "2026-01-01"


def test_simulate_gives_the_keys_of_the_result(cli_json):
    code, envelope = cli_json("simulate", "dossier", "rapo-silence")
    assert code == 0
    assert set(envelope["result"]) >= {
        "dossier", "etat", "montants", "timeline", "messages", "print_requests", "deadlines",
    }  # fmt: skip
    assert envelope["result"]["profile"]["reserve"].startswith("trial on an assumed interface (")
    assert envelope["result"]["provenance"]["law"] > 5


def test_a_whole_answer_is_as_it_was(cli, golden):
    code, out, _ = cli("simulate", "dossier", "paye-partiel", "--wire", "-o", "json")
    assert code == 0
    golden("simulate/paye-partiel.json", out)


def test_a_page_is_written_and_stands_alone(cli, tmp_path):
    code, out, _ = cli("simulate", "dossier", "tsp-annule", "--html", "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert code == 0
    assert "Written: page.html" in out
    assert "<svg" in page
    assert re.findall(r"<script|<link|<img|@import|url\(|\ssrc=|href=", page) == []
    assert "Ville d&#39;Exemple" in page
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o666 & ~current_umask()
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_failed_expectation_makes_the_exit_code_1(cli, tmp_path):
    _, source, _ = cli("simulate", "scenarios", "--show", "titre-emis")
    (tmp_path / "mine.yaml").write_text(source.replace("exigible: 6800", "exigible: 6801"), "utf-8")
    code, out, _ = cli("simulate", "dossier", "mine.yaml")
    assert code == 1
    assert "montants.exigible expected 6801, found 6800" in out


def test_a_warning_is_exit_0_and_strict_makes_it_1(cli):
    assert cli("simulate", "dossier", "titre-emis", "--siret", "21750001600019")[0] == 0
    assert cli("simulate", "dossier", "titre-emis", "--siret", "21750001600019", "--strict")[0] == 1


def test_the_scenarios_are_listed(cli, cli_json):
    _, envelope = cli_json("simulate", "scenarios")
    listed = {item["id"] for item in envelope["result"]["scenarios"]}
    assert {"titre-emis", "rapo-silence"} <= listed
    code, out, _ = cli("simulate", "scenarios")
    assert (code, all(name in out for name in listed)) == (0, True)


MALFORMED = "schema: fpsctl/scenario/1\nid: x\n  bad: [1\n"
VALID = """schema: fpsctl/scenario/1
id: mine
titre: {fr: a, en: b}
source: me
confidence: assumption
constat: {le: 2026-03-02T10:15}
steps:
"""


@pytest.mark.parametrize(
    ("content", "code", "error", "said"),
    [
        (MALFORMED, 3, "scenario.unreadable", "bad.yaml:3"),
        ('{"schema": "fpsctl/scenario/1",\n"id": ', 3, "scenario.unreadable", "bad.yaml:3"),
        ("", 3, "scenario.invalid", ""),
        ("- a\n- b\n", 3, "scenario.invalid", ""),
        (VALID + "  - {do: paimant, after: P1D}\n", 3, "scenario.invalid", "bad.yaml:8"),
        (VALID + "  - {do: paiement, after: P1D}\n", 3, "scenario.invalid", "needs montant"),
        (VALID + "  - {do: paiement, after: P1D, montant: 35.00}\n", 3, "scenario.invalid", "bad.yaml:8"),
        (VALID + "  - {do: paiement, after: P1D, montant: -5}\n", 3, "scenario.invalid", "out of range"),
        (
            VALID + "  - {do: paiement, after: P1D, montant: 5, colour: red}\n",
            3,
            "scenario.invalid",
            "no field colour",
        ),
        (VALID + "  - {do: paiement, montant: 5}\n", 3, "scenario.invalid", "one place and one only"),
        (VALID + "  - {do: paiement, at: 2026-02-30, montant: 3500}\n", 3, "scenario.date", "2026-02-30"),
        (VALID + "  - {do: paiement, after: 3 jours, montant: 3500}\n", 3, "scenario.invalid", "ISO 8601"),
        (VALID + "  - {do: paiement, at: 2026-01-02, montant: 3500}\n", 3, "scenario.order", "step 1"),
        (VALID + "  - {do: titre_emission, after: P1D}\n", 3, "evenement.etat", "step 1: titre_emission needs dette"),
        (VALID + "  - {do: paiement, on: paiment, montant: 5}\n", 3, "scenario.deadline", "paiment"),
        (VALID + "  - {do: paiement, on: tsp.defense, montant: 5}\n", 3, "scenario.deadline-unknown", "tsp.defense"),
        (VALID + "  - {do: apposition, after: P1D}\n", 3, "evenement.cycle", "cycle partiel only"),
        (VALID + "  []\nsiret: 13000000300008\n", 3, "scenario.invalid", "bad.yaml:9: siret"),
        (VALID + "  []\nparametres: {no.such: 1}\n", 3, "parametre.unknown", "no.such"),
        (VALID.replace("10:15}", "10:15, zone: nulle-part}") + "  []\n", 3, "scenario.zone", "nulle-part"),
        (VALID + "  []\nuntil: demain\n", 3, "scenario.until", "demain"),
    ],
)
def test_a_bad_scenario_is_one_clear_line(cli, tmp_path, content, code, error, said):
    (tmp_path / "bad.yaml").write_text(content, encoding="utf-8")
    got, out, err = cli("simulate", "dossier", "bad.yaml", "--html", "page.html")
    lines = err.splitlines()
    assert (got, out, len(lines)) == (code, "", 2), err
    assert lines[0].startswith(f"error [{error}] ")
    assert said in lines[0]
    assert lines[1].startswith("next: ")
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (["number", "parse", "123"], 2, "numero.format"),
        (["number", "make", "--siret", "123"], 2, "siret.format"),
        (["number", "make", "--siret", "13000000300008"], 2, "siret.checksum"),
        (["number", "make", "--siret", "13000000300009", "--constat", "2026-02-30"], 2, "usage.day"),
        (["number", "parse", NUMERO, "--key-algorithm", "mod11"], 2, "numero.key-algorithm"),
        (["number", "parse"], 2, "usage.invalid"),
        (["number", "parse", NUMERO, "--profile", "nowhere"], 3, "profile.unknown"),
        (["nosuch"], 2, "usage.invalid"),
        (["simulate", "dossier", "titre-emi"], 3, "scenario.unknown"),
        (["simulate", "dossier", "./absent.yaml"], 3, "scenario.unreadable"),
        (["simulate", "dossier", "titre-emis", "--at", "2026-02-30"], 2, "usage.date"),
        (["simulate", "dossier", "titre-emis", "--constat", "demain"], 2, "usage.date"),
        (["simulate", "dossier", "titre-emis", "--siret", "1"], 2, "siret.format"),
        (["simulate", "dossier", "titre-emis", "--html", "/nowhere/at/all/page.html"], 3, "output.unwritable"),
        (["simulate", "dossier", "titre-emis", "-o", "xml"], 2, "usage.invalid"),
        (["collectivite", "show", "--siret", "13000000300009"], 3, "collectivite.unknown"),
        (["demo", "--folder", "/proc/nowhere"], 3, "output.unwritable"),
    ],
)
def test_wrong_words_are_one_clear_line_in_both_forms(cli, args, code, error):
    got, out, err = cli(*args)
    assert (got, out) == (code, "")
    lines = [line for line in err.splitlines() if not line.startswith(("fpsctl demo", "["))]
    assert len(lines) == 2, err
    assert lines[0].startswith(f"error [{error}] ")
    if "-o" not in args:
        got, out, _ = cli(*args, "-o", "json")
        envelope = json.loads(out)
        assert (got, envelope["ok"], envelope["result"]) == (code, False, None)
        assert envelope["error"]["code"] == error
        assert set(envelope["error"]) == {"code", "message", "hint", "retryable"}
        assert "{" not in envelope["error"]["message"] + envelope["error"]["hint"]


def test_an_unknown_scenario_says_which_one_was_meant(cli):
    assert "titre-emis" in cli("simulate", "dossier", "titre-emi")[2]


def test_our_own_fault_is_70_and_traces_only_with_debug(cli, monkeypatch):
    monkeypatch.setattr("fpsctl.antai.numero.explain", lambda *_: 1 / 0)
    code, _, err = cli("number", "parse", NUMERO)
    assert (code, "Traceback" in err) == (70, False)
    assert err.startswith("error [internal] ")
    assert "Traceback" in cli("--debug", "number", "parse", NUMERO)[2]


def test_an_interruption_is_130(cli, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fpsctl.antai.numero.explain", interrupted)
    code, _, err = cli("number", "parse", NUMERO)
    assert (code, "Traceback" in err) == (130, False)


def test_help_comes_in_both_languages(cli):
    assert "Explain each field" in cli("number", "--help")[1]
    assert "Explique chaque champ" in cli("--lang", "fr", "number", "--help")[1]


def test_nothing_is_coloured_or_cut_when_it_is_not_a_terminal():
    done = subprocess.run(
        [sys.executable, "-m", "fpsctl", "simulate", "dossier", "rapo-silence"],
        capture_output=True,
        check=True,
        env={**os.environ, "COLUMNS": "40"},
        text=True,
    )
    assert "\x1b" not in done.stdout
    assert "CGCT art. R. 2333-120-13, L. 2333-87 VI (law)" in done.stdout
    assert done.stderr == ""


def test_a_reader_that_goes_away_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "fpsctl", "simulate", "dossier", "rapo-silence", "-o", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.read(1)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0


@pytest.mark.parametrize(
    "args", [["simulate", "scenarios"], ["simulate", "dossier", "tsp-annule", "--wire", "-o", "json"]]
)
def test_a_reader_that_was_never_there_is_no_error(args):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-m", "fpsctl", *args], **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
