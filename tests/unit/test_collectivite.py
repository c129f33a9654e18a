"""Dated settings of towns: written, read, changed; comments and other people's writing kept."""

import datetime as dt
import json
import threading

import pytest

from fpsctl.cli.app import main
from fpsctl.collectivite import add_town, change_town, load, versions_of
from fpsctl.errors import LocalError
from fpsctl.identifiers import Siret
from fpsctl.workspace import Workspace, write_atomic

PARIS, OTHER = Siret("21750001600019"), Siret("13000000300017")
DAY = dt.date(2026, 1, 1)
SETTINGS = {"nom": "Paris", "tarifs": {"centre": {"fps": 7500, "duree_max": "PT6H"}}}


BACKWARDS = """collectivites:
  21750001600019:
    - {from: 2026-01-01, nom: P, tarifs: {a: {fps: 15}}}
    - {from: 2025-01-01, nom: P, tarifs: {a: {fps: 15}}}
"""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def paris(workspace):
    add_town(workspace, PARIS, DAY, SETTINGS)
    return workspace


def test_a_town_is_read_back_as_it_was_written(paris):
    town = load(paris, PARIS, dt.date(2026, 6, 1))
    assert (town.siret, town.depuis, town.reglages.nom) == (PARIS, DAY, "Paris")
    assert (town.reglages.tarifs["centre"].fps, town.reglages.tarifs["centre"].duree_max) == (7500, 360)
    assert (town.reglages.mode, town.exemple) == ("postale", False)
    assert load(paris, OTHER, DAY) is None


def test_settings_hold_from_their_day_on(paris):
    change_town(paris, PARIS, dt.date(2027, 1, 1), {"tarifs": {"centre": {"fps": 8000}}})
    change_town(paris, PARIS, dt.date(2026, 7, 1), {"population": 2_100_000})
    found = [load(paris, PARIS, dt.date.fromisoformat(day)) for day in ("2026-06-30", "2026-07-01", "2027-01-01")]
    assert [town.reglages.population for town in found] == [None, 2_100_000, None]
    assert [town.reglages.tarifs["centre"].fps for town in found] == [7500, 7500, 8000]
    assert [town.depuis.isoformat() for town in versions_of(paris, PARIS)] == ["2026-01-01", "2026-07-01", "2027-01-01"]
    with pytest.raises(LocalError, match=r"collectivite\.not-yet"):
        load(paris, PARIS, dt.date(2025, 12, 31))


def test_comments_and_other_sections_are_kept(paris):
    text = paris.path.read_text(encoding="utf-8")
    paris.path.write_text(
        "# mine\nother: [1, 2]  # kept\n" + text.replace("nom: Paris", "nom: Paris  # the town"), "utf-8"
    )
    change_town(paris, PARIS, DAY, {"cycle": "partiel"})
    add_town(paris, OTHER, DAY, {**SETTINGS, "nom": "Autre"})
    written = paris.path.read_text(encoding="utf-8")
    for kept in ("# mine", "other: [1, 2]  # kept", "# the town"):
        assert kept in written
    assert load(paris, PARIS, DAY).reglages.mode == "vehicule"
    assert load(paris, OTHER, DAY).reglages.nom == "Autre"


def test_a_setting_is_removed(paris):
    change_town(paris, PARIS, DAY, {"minore": {"montant": "52,50 €", "duree": "PT96H"}})
    assert load(paris, PARIS, DAY).reglages.minore.montant == 5250
    change_town(paris, PARIS, DAY, {"minore": None})
    assert load(paris, PARIS, DAY).reglages.minore is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cycle": "lunaire"}, "cycle"),
        ({"fuseau": "Mars/Olympus"}, "fuseau"),
        ({"tarifs": {"centre": {"fps": 7500, "redevance_max": 7000}}}, "tarifs.centre"),
        ({"tarifs": {"centre": {"fps": 35.0}}}, "tarifs.centre.fps"),
        ({"tarifs": {"centre": {"fps": 0}}}, "tarifs.centre.fps"),
        ({"notification": "vehicule"}, "-"),
        ({"parametres": {"delais.mois": "lune"}}, "parametres"),
        ({"autorites": {"1": {"nom": "x", "adresse": ["a" * 39, "b"]}}}, "autorites.1.adresse.0"),
        ({"autorites": {"12": {"nom": "x", "adresse": ["a", "b"]}}}, "autorites.12.[key]"),
        ({"couleur": "rouge"}, "couleur"),
    ],
)
def test_settings_that_make_no_town_are_refused_and_nothing_is_written(paris, changes, field):
    before = paris.path.read_bytes()
    with pytest.raises(LocalError) as caught:
        change_town(paris, PARIS, dt.date(2027, 1, 1), changes)
    assert (caught.value.code, caught.value.params["field"]) == ("collectivite.settings", field)
    assert paris.path.read_bytes() == before
    assert [path.name for path in paris.folder.iterdir()] == ["fpsctl.yaml"]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("collectivites: [1", "workspace.unreadable", 2),
        ("- a\n", "workspace.unreadable", 1),
        ("collectivites:\n  '21750001600019': x\n", "collectivite.invalid", 2),
        ("collectivites:\n  '21750001600019':\n    - nom: P\n", "collectivite.invalid", 3),
        ("collectivites:\n  '21750001600019':\n    - from: 2026-02-30\n", "collectivite.invalid", 3),
        ("collectivites:\n  '21750001600019':\n    - {from: 2026-01-01, nom: P, tarifs: {a: {fps: 1.5}}}\n",
         "collectivite.invalid", 3),
        (BACKWARDS, "collectivite.invalid", 4),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_its_line(workspace, content, code, line):
    workspace.path.write_text(content, encoding="utf-8")
    with pytest.raises(LocalError) as caught:
        load(workspace, PARIS, DAY)
    assert (caught.value.code, caught.value.params["where"]) == (code, f"{workspace.path}:{line}")
    with pytest.raises(LocalError):
        change_town(workspace, PARIS, DAY, {"nom": "x"})
    assert workspace.path.read_text(encoding="utf-8") == content


def test_a_siret_written_without_quotes_is_the_same_town(workspace):
    workspace.path.write_text(
        "collectivites:\n  21750001600019:\n    - {from: 2026-01-01, nom: P, tarifs: {a: {fps: 1500}}}\n", "utf-8"
    )
    change_town(workspace, PARIS, DAY, {"nom": "Q"})
    assert load(workspace, PARIS, DAY).reglages.nom == "Q"
    assert workspace.path.read_text(encoding="utf-8").count("21750001600019") == 1


def test_two_writers_lose_nothing(workspace):
    sirets = [PARIS, OTHER, Siret("13000000300009"), Siret("35600000000048")]
    writers = [threading.Thread(target=add_town, args=(workspace, siret, DAY, SETTINGS)) for siret in sirets]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert all(load(workspace, siret, DAY) for siret in sirets)


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")

    def broken(target):
        target.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, broken)
    assert path.read_text(encoding="utf-8") == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_the_whole_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*args):
        code = main([*args, "-o", "json"])
        return code, json.loads(capsys.readouterr().out)

    town = ["--siret", PARIS]
    made = ["--nom", "Paris", "--tarif", "centre=75,00 €;PT6H;75,00 €", "--minore", "52,50 €;PT96H"]
    place = ["--autorite", "1=Ville de Paris;SERVICE RAPO;75000 PARIS", "--from", "2026-01-01"]
    code, envelope = run("collectivite", "add", *town, *made, *place)
    assert (code, envelope["result"]["minore"]["montant"]) == (0, 5250)
    assert run("collectivite", "add", *town, *made)[1]["error"]["code"] == "collectivite.exists"
    code, _ = run("collectivite", "set", *town, "--from", "2027-01-01", "--tarif", "centre=80,00 €;PT6H;80,00 €")
    assert code == 0
    assert run("collectivite", "show", *town, "--at", "2026-12-31")[1]["result"]["tarifs"]["centre"]["fps"] == 7500
    assert run("collectivite", "show", *town, "--at", "2027-01-01")[1]["result"]["tarifs"]["centre"]["fps"] == 8000
    assert run("collectivite", "list")[1]["result"]["collectivites"] == [{"siret": PARIS, "nom": "Paris"}]
    code, envelope = run("simulate", "dossier", "paye-plein", *town, "--constat", "2027-03-02")
    assert (code, envelope["result"]["montants"]["fps"]) == (0, 8000)
    assert envelope["result"]["dossier"]["collectivite"] == "Paris"


@pytest.mark.parametrize(
    "words",
    [["--tarif", "centre"], ["--tarif", "=35 €"], ["--tarif", "a=1 €;PT1H;1 €;x"], ["--minore", "24 €"],
     ["--autorite", "1=Nom"], ["--parametre", "delais.mois"], ["--parametre", "no.such=1"]],
)  # fmt: skip
def test_an_option_that_cannot_be_read_is_a_usage_error(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    assert main(["collectivite", "add", "--siret", PARIS, "--nom", "P", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_line(capsys):
    args = ["collectivite", "add", "--siret", PARIS, "--nom", "P", "--tarif", "a=1 €", "--workspace", "/proc"]
    assert main(args) == 3
    assert capsys.readouterr().err.startswith("error [workspace.unwritable] ")
