"""Clumsy and hostile input: always one coded line, nothing destroyed, nothing half written, never code 70."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fpsctl.cli.app import main
from fpsctl.collectivite import add_town, change_town, load
from fpsctl.identifiers import Siret
from fpsctl.simulation import source_of
from fpsctl.workspace import Workspace, write_atomic

FPSCTL = [sys.executable, "-m", "fpsctl"]
PARIS = "21750001600019"
SCENARIO = """schema: fpsctl/scenario/1
id: mine
titre: {fr: a, en: b}
source: me
confidence: assumption
siret: "21750001600019"
constat: {le: 2026-03-02T10:15}
steps: []
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(folder, capsys):
    assert folder.is_dir()

    def call(*args):
        code = main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def code_of(err):
    return err.partition("[")[2].partition("]")[0]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("[" * 200_000, "scenario.unreadable"),
        ("{a: " * 300 + "1" + "}" * 300, "scenario.unreadable"),
        ("- " * 5000 + "a", "scenario.unreadable"),
        ("? " * 5000 + "a", "scenario.unreadable"),
        ("a: &a [x]\nb: [" + "*a, " * 500 + "]", "scenario.unreadable"),
        ("\x00\x01", "scenario.unreadable"),
        (SCENARIO.replace("mine", "é"), "scenario.invalid"),
        (SCENARIO + "parametres: {service.envoi: 1000000000000}", "parametre.value"),
        (SCENARIO + "parametres: {service.envoi: true}", "scenario.invalid"),
        (SCENARIO.replace("2026-03-02T10:15", "1900-03-02"), "scenario.constat"),
        (SCENARIO.replace("2026-03-02T10:15", "2017-12-31"), "scenario.constat"),
        (SCENARIO.replace("2026-03-02T10:15", "9999-12-31"), "scenario.constat"),
        (SCENARIO.replace("10:15}", "10:15, pays: FRA}"), "scenario.invalid"),
        (SCENARIO.replace("10:15}", "10:15, marque: ''}"), "scenario.invalid"),
        (SCENARIO.replace("10:15}", "10:15, fps: 1" + "0" * 30 + "}"), "scenario.invalid"),
        (SCENARIO + "until: PT99999999999999H", "scenario.until"),
        (SCENARIO + "until: 2026-03-01", "scenario.until"),
        (SCENARIO.replace("[]", "[{do: rejet, after: P1D, motif: Bad Code}]"), "scenario.invalid"),
        (SCENARIO.replace("[]", "[{do: paiement, after: P9000Y, montant: 1}]"), "scenario.invalid"),
        (SCENARIO.replace("[]", "[{do: paiement, after: PT99999999999999H, montant: 1}]"), "scenario.invalid"),
        (SCENARIO.replace("[]", "[{do: paiement, after: P1D, montant: 1" + "0" * 30 + "}]"), "scenario.invalid"),
        (SCENARIO.replace("[]", "[{do: paiement, after: P1D, montant: 0}]"), "scenario.invalid"),
        (SCENARIO.replace("[]", "[{do: paiement, after: P1D, montant: 1, ref: {a: b}}]"), "scenario.invalid"),
        (SCENARIO + "expect: {dette: toto}", "scenario.invalid"),
        (SCENARIO + "expect: {montants: {rest: 1}}", "scenario.invalid"),
        (SCENARIO + "expect: {echeances: {rapo: 2026-01-01}}", "scenario.invalid"),
    ],
)
def test_a_hostile_scenario_is_refused_in_one_line(cli, folder, content, code):
    (folder / "bad.yaml").write_text(content, encoding="utf-8")
    got, out, err = cli("simulate", "dossier", "bad.yaml")
    assert (got, out, len(err.splitlines()), code_of(err)) == (3, "", 2, code), err


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (["--at", "2026-03-29T02:30"], 3, "simulation.at"),
        (["--at", "9999-12-31"], 3, "simulation.at"),
        (["--at", "2020-01-01"], 3, "simulation.at"),
        (["--constat", "2026-03-29T02:30"], 3, "scenario.constat"),
        (["--constat", "9999-06-01"], 3, "scenario.constat"),
        (["--workspace", "absent"], 3, "workspace.missing"),
        (["--html", "page.txt"], 2, "usage.html"),
        (["--lang", "xx"], 2, "usage.lang"),
    ],
)
def test_a_hostile_option_is_refused_in_one_line(cli, args, code, error):
    got, out, err = cli("simulate", "dossier", "titre-emis", "--siret", PARIS, *args)
    assert (got, out, len(err.splitlines()), code_of(err)) == (code, "", 2, error), err


def test_names_that_are_no_file_are_unknown(cli):
    for name in ("x" * 300, "-", "no/such", "."):
        got, _, err = cli("simulate", "dossier", "--", name)
        assert (got, code_of(err).startswith("scenario.un")) == (3, True), err
    assert code_of(cli("simulate", "scenarios", "--show", "./mine.yaml")[2]).startswith("scenario.un")


def test_a_page_replaces_nothing_but_a_page(cli, folder):
    os.mkfifo(folder / "pipe.html")
    assert code_of(cli("simulate", "dossier", "titre-emis", "--html", "pipe.html")[2]) == "output.unwritable"
    assert (folder / "pipe.html").is_fifo()
    (folder / "folder.html").mkdir()
    assert code_of(cli("simulate", "dossier", "titre-emis", "--html", "folder.html")[2]) == "output.unwritable"
    (folder / "real.html").write_text("old", encoding="utf-8")
    (folder / "real.html").chmod(0o600)
    (folder / "link.html").symlink_to("real.html")
    assert cli("simulate", "dossier", "titre-emis", "--html", "link.html")[0] == 0
    assert (folder / "link.html").is_symlink()
    assert "<svg" in (folder / "real.html").read_text(encoding="utf-8")
    assert (folder / "real.html").stat().st_mode & 0o777 == 0o600


def test_a_device_is_never_replaced(tmp_path):
    with pytest.raises(OSError, match="Invalid"):
        write_atomic(Path("/dev/null"), lambda target: target.write(b"x"))
    assert Path("/dev/null").is_char_device()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("collectivite: {}\n", "workspace.section"),
        ("collectivites: hello\n", "collectivite.invalid"),
        ("collectivites: {'21750001600018': []}\n", "collectivite.invalid"),
        ("collectivites: {'21750001600019': []}\n", "collectivite.invalid"),
        ("collectivites: {'21750001600019': }\n", None),
        ("collectivites:\n", None),
        ("# only a comment\n", None),
    ],
)
def test_a_mistyped_workspace_is_told_not_ignored(cli, folder, content, code):
    (folder / "fpsctl.yaml").write_text(content, encoding="utf-8")
    got, _, err = cli("simulate", "dossier", "titre-emis", "--siret", PARIS)
    assert (got, code_of(err) or None) == (3 if code else 0, code), err
    assert cli("collectivite", "list")[0] in (0, 3)
    if code is None:
        assert cli("collectivite", "add", "--siret", PARIS, "--nom", "P", "--tarif", "a=1,00 €")[0] == 0


def test_writers_of_one_town_lose_nothing(folder):
    workspace, siret = Workspace(folder), Siret(PARIS)
    from_day = __import__("datetime").date(2026, 1, 1)
    add_town(workspace, siret, from_day, {"nom": "Paris", "tarifs": {"z": {"fps": 100}}})
    zones = [f"zone{number}" for number in range(8)]
    writers = [
        threading.Thread(target=change_town, args=(workspace, siret, from_day, {"tarifs": {zone: {"fps": 1500}}}))
        for zone in zones
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert set(load(workspace, siret, from_day).reglages.tarifs) == {"z", *zones}


def test_settings_are_written_as_people_read_them(cli, folder):
    town = ["--siret", PARIS, "--from", "2026-01-01"]
    assert (
        cli("collectivite", "add", *town, "--nom", "P", "--tarif", "a=1 234,50 €;PT90M", "--minore", "9 €;P4D")[0] == 0
    )
    text = (folder / "fpsctl.yaml").read_text(encoding="utf-8")
    for written in ("fps: 1 234,50 €", "duree_max: PT1H30M", "montant: 9,00 €", "duree: PT96H"):
        assert written in text
    assert cli("collectivite", "set", *town)[0] == 3
    assert cli("collectivite", "set", "--siret", PARIS, "--from", "2025-01-01")[0] == 0
    assert "1,234.50" in cli("collectivite", "show", "--siret", PARIS, "--at", "2025-06-01")[1]
    for word in ("a=35", "a=35,00 €", "b=x"):
        assert cli("collectivite", "set", *town, "--tarif", word, "--tarif", word)[0] == 2
    assert cli("collectivite", "set", *town, "--tarif", "a=35")[0] == 3


def test_the_reserve_stays_while_a_field_is_assumed(cli, folder):
    (folder / "mine.yaml").write_text(
        "extends: public\nprofile: mine\nmessages:\n  avis_initial:\n    fields:\n      lieu:\n"
        "        path: endroit.libelle\n        confidence: official\n        source: a specification\n",
        encoding="utf-8",
    )
    code, out, _ = cli("simulate", "dossier", "titre-emis", "--profile", "mine.yaml", "--wire", "-o", "json")
    result = json.loads(out)["result"]
    assert code == 0
    assert result["profile"]["reserve"] == "trial on an assumed interface (141 of 142 fields assumed)"
    assert result["messages"][0]["wire"]["endroit"]["libelle"] == "Place de la Fiction"


def test_a_profile_out_of_force_is_warned_about_and_a_confidential_one_keeps_its_names(cli, folder):
    (folder / "later.yaml").write_text(
        "extends: public\nprofile: later\nin_force: {from: 2030-01-01, to: null}\nconfidential: true\n", "utf-8"
    )
    code, out, _ = cli("simulate", "dossier", "titre-emis", "--profile", "later.yaml")
    assert (code, "profile.not-in-force" in out) == (0, True)
    assert (
        code_of(cli("simulate", "dossier", "titre-emis", "--profile", "later.yaml", "--wire")[2])
        == "profile.confidential"
    )


def test_delays_of_a_profile_are_applied_under_the_town_s(cli, folder):
    (folder / "mine.yaml").write_text(
        "extends: public\nprofile: mine\ndelays:\n"
        "  service.envoi: {days: 4, confidence: official, source: a specification}\n",
        encoding="utf-8",
    )
    (folder / "s.yaml").write_text(SCENARIO + "until: P1M\n", encoding="utf-8")
    _, out, _ = cli("simulate", "dossier", "s.yaml", "--profile", "mine.yaml", "-o", "json")
    days = {entry["event"]: entry["jour"] for entry in json.loads(out)["result"]["timeline"]}
    assert days["envoi"] == "2026-03-06"


def test_a_file_s_own_expectations_are_judged_for_its_own_town(cli, folder):
    cli("collectivite", "add", "--siret", PARIS, "--nom", "P", "--tarif", "a=75,00 €", "--from", "2026-01-01")
    (folder / "s.yaml").write_text(SCENARIO + "until: P1M\nexpect: {montants: {reste: 1234567}}\n", "utf-8")
    assert cli("simulate", "dossier", "s.yaml")[0] == 1
    (folder / "s.yaml").write_text(SCENARIO + "until: P1M\nexpect: {montants: {reste: 7500}}\n", "utf-8")
    assert cli("simulate", "dossier", "s.yaml")[0] == 0
    code, out, _ = cli("simulate", "dossier", "s.yaml", "--siret", "13000000300009", "--strict")
    assert (code, "scenario.not-judged" in out) == (1, True)


def test_a_town_without_settings_is_warned_about_wherever_its_siret_comes_from(cli, folder):
    (folder / "s.yaml").write_text(SCENARIO + "until: P1M\n", encoding="utf-8")
    code, out, _ = cli("simulate", "dossier", "s.yaml", "--strict")
    assert (code, "collectivite.exemple" in out) == (1, True)


def test_a_notice_cannot_be_sent_before_its_data(cli, folder):
    cli("collectivite", "add", "--siret", PARIS, "--nom", "P", "--tarif", "a=75,00 €", "--minore", "52,50 €;PT96H",
        "--from", "2026-01-01")  # fmt: skip
    (folder / "s.yaml").write_text(SCENARIO.replace("[]", "[{do: envoi, after: P2D}]"), encoding="utf-8")
    got, _, err = cli("simulate", "dossier", "s.yaml")
    assert (got, code_of(err)) == (3, "envoi.avant-transmission")
    assert "2026-03-06T10:15" in err


def test_global_options_stand_anywhere(cli):
    assert "Constat" in cli("simulate", "dossier", "titre-emis", "--lang", "fr")[1]
    assert cli("--lang", "fr", "--version")[0] == 0
    _, out, _ = cli("--lang", "fr", "simulate", "dossier", "nope", "-o", "json", "--debug")
    assert json.loads(out)["command"] == "simulate dossier"


def test_the_environment_names_town_and_profile_everywhere(cli, monkeypatch):
    monkeypatch.setenv("FPSCTL_PROFILE", "nowhere")
    assert code_of(cli("number", "parse", "13000000300009 24 1 061 007 042")[2]) == "profile.unknown"
    monkeypatch.setenv("FPSCTL_SIRET", PARIS)
    assert code_of(cli("collectivite", "show")[2]) == "collectivite.unknown"


def test_french_speaks_french(cli, folder):
    (folder / "bad.yaml").write_text(SCENARIO.replace("steps: []", "steps: x"), encoding="utf-8")
    said = [
        cli("--lang", "fr", *args)[2]
        for args in (
            ["simulate", "dossier", "bad.yaml"],
            ["simulate", "dossier", "titre-emis", "--at", "2026-02-30"],
            ["simulate", "dossier", "titre-emis", "--html", "/nowhere/page.html"],
            ["collectivite", "add", "--siret", PARIS, "--nom", "P", "--tarif", "a=1,00 €", "--fuseau", "Mars"],
            ["number", "parse", "--nope"],
        )
    ]
    for word in ("doit être une liste", "n'est pas une date qui existe", "n'existe pas", "fuseau", "option inconnue"):
        assert any(word in line for line in said), (word, said)


@pytest.mark.parametrize("name", ["titre-emis", "rapo-silence"])
def test_an_ascii_terminal_gets_everything_it_can_show(name):
    env = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "FPSCTL_LANG": "fr"}
    text = subprocess.run([*FPSCTL, "simulate", "dossier", name], capture_output=True, check=True, env=env)
    assert b"35,00" in text.stdout
    answer = subprocess.run(
        [*FPSCTL, "simulate", "dossier", name, "-o", "json"], capture_output=True, check=True, env=env
    )
    assert json.loads(answer.stdout)["result"]["timeline"][0]["titre"] == "Constat : FPS établi"


@pytest.mark.parametrize("args", [["--version"], ["simulate", "scenarios"], ["simulate", "scenarios", "-o", "json"]])
def test_an_output_that_cannot_be_written_is_one_line(args):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run([*FPSCTL, *args], stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert (done.returncode, len(done.stderr.splitlines()), code_of(done.stderr)) == (3, 2, "output.unwritable")
    closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *FPSCTL, *args], stderr=subprocess.PIPE, check=False)
    assert (closed.returncode, closed.stderr) == (0, b"")
    silent = subprocess.run(["sh", "-c", 'exec "$@" 2>&-', "sh", *FPSCTL, "nosuch"], capture_output=True, check=False)
    assert silent.returncode == 2


SLOW = """
import signal, time, fpsctl.simulation as simulation
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits its being ignored
from fpsctl.cli.app import main
simulation.answer = lambda *_: time.sleep(60)
print("ready", flush=True)
raise SystemExit(main(["simulate", "dossier", "titre-emis"]))
"""


def test_an_interruption_ends_with_130_and_one_word(tmp_path):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", SLOW], cwd=tmp_path, **pipes) as process:
        try:
            process.stdout.readline()
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, b"Traceback" in err, b"interrupted" in err) == (130, False, True)


def test_a_shipped_scenario_is_a_model_to_start_from(cli, folder):
    (folder / "mine.yaml").write_text(source_of("titre-emis"), encoding="utf-8")
    assert cli("simulate", "dossier", "mine.yaml")[0] == 0


def test_a_siret_written_with_spaces_is_the_same_town_for_writers_too(cli, folder):
    (folder / "fpsctl.yaml").write_text(
        "collectivites:\n  '217 500 016 00019':\n    - {from: 20260101, nom: P, tarifs: {a: {fps: 1500}}}\n", "utf-8"
    )
    assert cli("collectivite", "set", "--siret", PARIS, "--from", "2026-01-01", "--nom", "X")[0] == 0
    assert cli("collectivite", "set", "--siret", PARIS, "--from", "2027-01-01", "--nom", "Y")[0] == 0
    shown = [cli("collectivite", "show", "--siret", PARIS, "--at", day)[1][:1] for day in ("2026-06-01", "2027-06-01")]
    assert shown == ["X", "Y"]


def test_two_entries_of_the_same_day_are_refused(cli, folder):
    entry = "    - {from: 2026-01-01, nom: P, tarifs: {a: {fps: 1500}}}\n"
    (folder / "fpsctl.yaml").write_text(f"collectivites:\n  '{PARIS}':\n{entry}{entry}", encoding="utf-8")
    got, _, err = cli("collectivite", "list")
    assert (got, code_of(err)) == (3, "collectivite.invalid")
    assert "fpsctl.yaml:4" in err


def test_a_file_with_its_own_town_run_on_another_date_is_not_judged_on_dates(cli, folder):
    (folder / "s.yaml").write_text(SCENARIO + "until: P1M\nexpect: {dates: {constatation: 2026-03-02}}\n", "utf-8")
    assert cli("simulate", "dossier", "s.yaml")[0] == 0
    code, out, _ = cli("simulate", "dossier", "s.yaml", "--constat", "2026-05-02")
    assert (code, "scenario.not-judged" in out) == (0, True)


def test_the_town_written_in_a_scenario_wins_unless_asked_otherwise(cli, folder):
    cli("collectivite", "add", "--siret", PARIS, "--nom", "Workspace", "--tarif", "a=75,00 €", "--from", "2018-01-01")
    town = f"collectivite: {{siret: '{PARIS}', nom: Scenario, tarifs: {{a: {{fps: 1700}}}}}}\nuntil: P1M\n"
    (folder / "s.yaml").write_text(SCENARIO + town, encoding="utf-8")
    assert "Scenario (" in cli("simulate", "dossier", "s.yaml")[1]
    assert "Workspace (" in cli("simulate", "dossier", "s.yaml", "--siret", PARIS)[1]


def test_nothing_due_is_nothing_due_in_any_town(cli, folder):
    cli("collectivite", "add", "--siret", PARIS, "--nom", "P", "--tarif", "a=75,00 €", "--from", "2018-01-01")
    model = source_of("paye-plein")
    (folder / "s.yaml").write_text(
        model.replace("dette: acquitte, montants: {reste: 0,", "montants: {exigible: 0,"), "utf-8"
    )
    _, out, _ = cli("simulate", "dossier", "s.yaml", "--siret", PARIS, "-o", "json")
    judged = {item["detail"].split()[1]: item["outcome"] for item in json.loads(out)["findings"]}
    assert judged["montants.exigible"] == "pass"


def test_a_receipt_may_have_its_own_duration(cli, folder):
    found = "2026-03-02T10:15, justificatifs: [{emis_le: 2026-02-28T09:00, montant: 100, duree_max: P3D}]"
    (folder / "s.yaml").write_text(SCENARIO.replace("2026-03-02T10:15", found), encoding="utf-8")
    _, out, _ = cli("simulate", "dossier", "s.yaml", "-o", "json")
    assert json.loads(out)["result"]["montants"]["deduit"] == 100


@pytest.mark.parametrize("fps", ["0", "-5"])
def test_a_finding_needs_a_charge(cli, folder, fps):
    (folder / "s.yaml").write_text(SCENARIO.replace("10:15}", f"10:15, fps: {fps}}}"), encoding="utf-8")
    assert code_of(cli("simulate", "dossier", "s.yaml")[2]) == "scenario.invalid"


def test_the_dates_of_a_number_that_is_made_hold_together(cli):
    make = ["number", "make", "--siret", PARIS, "--constat"]
    assert code_of(cli(*make, "2027-01-01", "--etabli", "2026-12-31")[2]) == "usage.drawn-before"
    assert code_of(cli(*make, "2026-12-31", "--etabli", "2028-12-31")[2]) == "usage.drawn-late"
    for day in ("2017-12-31", "2100-01-01"):
        got, _, err = cli(*make, day)
        assert (got, code_of(err)) == (2, "numero.annee")
    code, out, _ = cli(*make, "2026-12-31", "--etabli", "2027-01-01")
    assert (code, "notice drawn up on 2027-01-01\n" in out) == (0, True)
    assert "numero.terminal.reserved" in cli(*make, "2026-12-31", "--terminal", "7")[1]
