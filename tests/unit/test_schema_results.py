"""What every command answers with `-o json` is what the exported schemas say, no key more and no key less."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import typer
from schema_helpers import other_profile

from embedded import START, avis, fresh_siret, make_town
from fpsctl.cli.app import ALONE as OF_ONE_WORD
from fpsctl.cli.app import build, main
from fpsctl.cli.results import RESULTS
from fpsctl.resources import names
from fpsctl.schema.results import envelope_schema, result_schema, schema_of

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
WIRE = ROOT / "tests" / "wire"
SIRET = "13000000300009"
EDITOR = f"exec:python3 {ROOT / 'examples' / 'reference-editor' / 'adapter.py'}"
VALIDATORS = {name: jsonschema.Draft202012Validator(result_schema(name, shape)) for name, shape in RESULTS.items()}
ANY = jsonschema.Draft202012Validator(envelope_schema(RESULTS))


def check(document, *, answered=True):
    """Check an answer against both schemas; return it."""
    told = json.loads(document)
    ANY.validate(told)
    VALIDATORS[told["command"]].validate(told)
    assert (told["result"] is not None) is answered, told["error"]
    return told


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    """Run a command in an empty folder and return its checked answer."""
    monkeypatch.chdir(tmp_path)

    def call(*args, answered=True):
        main([*(str(arg) for arg in args), "-o", "json"])
        out, err = capsys.readouterr()
        told = check(out, answered=answered)
        assert f"{told['command']} ".startswith(" ".join(map(str, args[: len(told["command"].split())]))), err
        return told["result"]

    return call


def commands(group, prefix=()):
    """Every command of the tree, by its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*prefix, name))
        else:
            yield " ".join((*prefix, name))


def test_every_command_has_a_schema_and_there_is_no_other():
    found = set(commands(typer.main.get_command(build())))
    assert found == set(RESULTS)
    assert {name for name in found if " " not in name} == set(OF_ONE_WORD)


@pytest.mark.parametrize("command", RESULTS)
def test_a_schema_is_strict(command):
    schema = VALIDATORS[command].schema
    jsonschema.Draft202012Validator.check_schema(schema)
    for told in (schema, *schema["$defs"].values()):
        if "properties" in told:
            assert told["additionalProperties"] is False
            assert told["description" if told is not schema else "title"]
    told = {"schema": "fpsctl/1", "command": command, "ok": True, "result": None, "findings": [], "error": None}
    assert not VALIDATORS[command].is_valid(told), "a success has a result"


def test_a_type_that_is_no_plain_data_has_no_schema():
    with pytest.raises(TypeError, match="no schema"):
        schema_of(set[str], {})


ALONE = {
    "number parse": ["number", "parse", f"{SIRET} 24 1 061 007 042", "--constat", "2024-03-01"],
    "number parse with its key": ["number", "parse", f"{SIRET}24106100704299", "--key-algorithm", "mod97"],
    "number make": ["number", "make", "--siret", SIRET],
    "simulate scenarios": ["simulate", "scenarios"],
    "simulate scenarios --show": ["simulate", "scenarios", "--show", "rapo-partiel"],
    "simulate a scenario of one's own": ["simulate", "dossier", ROOT / "examples" / "my-first.yaml"],
    "simulate an example": ["simulate", "dossier", "titre-emis", "--siret", SIRET, "--at", "2026-03-02"],
    "conformance list": ["conformance", "list"],
    "profile list": ["profile", "list", "--dir", ROOT / "tests" / "profiles"],
    "profile show": ["profile", "show", "public"],
    "profile show --message": ["profile", "show", ROOT / "tests/profiles/autre.yaml", "--message", "certificat_statut"],
    "profile check": ["profile", "check", "public", ROOT / "tests/profiles/autre.yaml"],
    "profile diff": ["profile", "diff", "public", ROOT / "tests/profiles/autre.yaml"],
    "profile provenance": ["profile", "provenance", "public"],
    "profile provenance --list": ["profile", "provenance", "public", "--list", "law"],
    "lint": ["lint", WIRE / "avis_initial.json", WIRE / "bad-missing.json"],
    "lint --rules": ["lint", "--rules"],
    "convert": ["convert", "--from", "fnms", ROOT / "examples" / "fnms-initial.json"],
    "schema export": ["schema", "export", "profile", "--dir", "out"],
    "schema export of a profile": ["schema", "export", "openapi", "--dir", "out"],
}


@pytest.mark.parametrize("name", ALONE)
def test_a_command_that_needs_nobody(cli, name):
    assert cli(*ALONE[name])


@pytest.mark.parametrize("scenario", names("scenarios"))
def test_every_scenario(cli, scenario):
    assert cli("simulate", "dossier", scenario, "--wire")["timeline"]


def test_the_towns_of_a_workspace(cli):
    tariff = ["--tarif", "centre=35,00 €;PT3H;40,00 €", "--minore", "17,00 €;P4D;notification;antai"]
    assert cli("collectivite", "add", "--siret", SIRET, "--nom", "Exemple", *tariff, "--from", "2018-01-01")["minore"]
    one = ["--autorite", "1=Ville;1 place;00000 Ville", "--parametre", "service.envoi=3", "--population", "1200"]
    assert cli("collectivite", "set", "--siret", SIRET, *one, "--from", "2020-01-01")["autorites"]
    assert cli("collectivite", "show", "--siret", SIRET)
    assert cli("collectivite", "list")


ERRORS = {
    "a wrong number": ["number", "parse", "12"],
    "a scenario that does not exist": ["simulate", "dossier", "nowhere"],
    "a town that is not there": ["collectivite", "show", "--siret", SIRET],
    "a missing option": ["schema", "export", "profile"],
    "no sandbox": ["avis", "show", f"{SIRET}241061007042"],
    "a profile that does not exist": ["profile", "show", "nowhere"],
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_has_no_result(cli, name):
    cli(*ERRORS[name], answered=False)


def test_the_chain_on_the_embedded_si_fps(cli, running, tmp_path):
    siret = fresh_siret()
    town, there = ["--siret", siret], ["--sandbox", running.ready_file]
    (tmp_path / "convention.pdf").write_bytes(b"convention")
    who = ["--nom", "Exemple", "--type", "commune", "--adresse", "1 place"]
    signed = ["--signataire", "Le conseil", "--deliberation", "2026-01", "--cycle", "complet"]
    assert cli("sandbox", "clock", *town, *there)["mode"]
    assert cli("sandbox", "clock", *town, *there, "--at", START)["evenements"] == 0
    assert cli("readiness", *town, *there)["pret"] is False
    for step, facts in (
        ("espace.demande", who),
        ("espace.cree", []),
        ("convention.signee_autorite", signed),
        ("convention.deposee", ["--document", "convention.pdf"]),
        ("convention.signee_antai", []),
    ):
        assert cli("convention", "record", step, *town, *there, *facts)["enregistre"] == step
    assert cli("convention", "status", *town, *there, "--download", "signed.txt")["document"]
    assert cli("cert", "request", *town, "--organisation", "Exemple", "--key", "ec256")["empreinte"] is None
    assert cli("cert", "status", *town, *there)["files"]
    folder = f"certificates/{siret}"
    assert cli("sandbox", "sign", f"{folder}/request.csr", *there, "--out", "signed.pem")["certificate"]
    assert cli("cert", "deposit", *town, *there, "--certificate", "signed.pem")["deposited"]
    assert cli("cert", "activate", *town, *there)["already_active"] is False
    assert cli("cert", "status", *town, *there)["etat"] == "actif"
    assert cli("cert", "status", *town, "--local")["profile"] is None
    assert cli("check-connection", *town, *there)["front"]
    assert cli("readiness", *town, *there)["pret"]


def test_a_connection_that_fails_keeps_its_result(cli, running, tmp_path):
    town = make_town(running, tmp_path, until="depose")
    given = ["--certificate", town.identity.certificate, "--key", town.identity.key]
    told = cli("check-connection", "--siret", town.siret, "--sandbox", running.ready_file, *given)
    assert told["diagnostic"] and told["front"] is None


def test_a_print_request(cli, running, tmp_path):
    town = make_town(running, tmp_path)
    message = avis(town.siret)
    with town.client() as sifps:
        sifps.send_avis_initial(message)
    there = ["--sandbox", running.ready_file]
    cli("sandbox", "clock", "--siret", town.siret, *there, "--advance", "P15D")
    given = ["--certificate", town.identity.certificate, "--key", town.identity.key]
    assert cli("avis", "show", message.numero, *there, *given)["document"] == "avis_initial"


def test_a_sandbox_that_starts(running):
    told = {name: getattr(running, name) for name in ("url", "management_url")} | {"ca": "ca.pem", "pid": 1}
    told["profile"] = json.loads(running.ready_file.read_bytes())["profile"]
    envelope = {"schema": "fpsctl/1", "command": "sandbox serve", "ok": True, "findings": [], "error": None}
    check(json.dumps({**envelope, "result": told}))


def test_a_certification(cli):
    assert cli("conformance", "run", "--adapter", EDITOR, "--case", "avis-initial.complet")["counts"]


@pytest.mark.parametrize("path", sorted((GOLDEN).rglob("*.json")), ids=lambda path: path.stem)
def test_the_goldens(path):
    content = path.read_text(encoding="utf-8")
    if json.loads(content).get("schema") == "fpsctl/1":
        check(content)


def test_the_demonstration(cli):
    assert cli("demo", "--folder", "out")["parts"]


def test_a_profile_of_one_s_own(cli, tmp_path):
    path = other_profile(tmp_path)
    for args in (["profile", "show", path], ["profile", "check", path], ["profile", "provenance", path]):
        assert cli(*args)
    assert cli("simulate", "dossier", "titre-emis", "--profile", path)["profile"]["id"] == "autre"
