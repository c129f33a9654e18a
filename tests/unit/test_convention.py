"""`fpsctl convention`: played on the embedded SI FPS, written down elsewhere; the same order holds in both."""

import datetime as dt
import hashlib
import json
import multiprocessing
import os
import shlex

import pytest
from test_raccordement import SIRET

from fpsctl.cli.app import main
from fpsctl.errors import LocalError, Refused
from fpsctl.raccordement import EMPTY, Fait, play
from fpsctl.readiness import ledger
from fpsctl.render.errors import hint_of
from fpsctl.render.raccordement import declared_view
from fpsctl.workspace import Workspace

NOW = dt.datetime(2018, 1, 10, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))
ASK = ("espace.demande", "--nom", "Paris", "--type", "commune", "--adresse", "4 place de l'Hôtel-de-Ville")
SIGN = ("convention.signee_autorite", "--signataire", "La maire", "--deliberation", "2017 DVD 14")
OTHER = ("--env", "production")


class FakeControl:
    """The embedded SI FPS as the contract of its management port says, without a server."""

    def __init__(self):
        self.state, self.now, self.played = EMPTY(SIRET), NOW, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def raccordement(self, siret):
        assert siret == SIRET
        certificats = [self._shown(one) for one in self.state.certificats.values()]
        return declared_view(self.state) | {"horloge": self.now.isoformat(), "certificats": certificats}

    def _shown(self, one):
        check = self.state.checked(one.empreinte)
        pairs = one._asdict() | {"controlee_le": check and check.instant}
        return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in pairs.items()}

    def play(self, siret, etape, faits):
        assert siret == SIRET
        self.played.append((etape, faits))
        self.state = play(self.state, Fait(etape, self.now, faits))
        return self.raccordement(siret)

    def convention(self, siret):
        if self.state.done("convention.signee_antai") is None:
            raise Refused("convention.absente", siret=siret, manque="convention.signee_antai")
        return "SPECIMEN\n"


@pytest.fixture
def control(monkeypatch):
    fake = FakeControl()
    monkeypatch.setattr("fpsctl.cli.embedded.control_of", lambda _ready: fake)
    return fake


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    """Run `fpsctl convention` in an empty folder; return the code and the envelope."""
    monkeypatch.chdir(tmp_path)

    def call(verb, *args):
        capsys.readouterr()
        code = main(["convention", verb, *map(str, args), "--siret", SIRET, "-o", "json"])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def record(cli):
    return lambda *args: cli("record", *args)


def states(envelope):
    return [item["etat"] for item in envelope["result"]["etapes"]]


def test_a_step_is_played_on_the_embedded_si_fps(record, control, tmp_path):
    code, envelope = record(*ASK)
    result = envelope["result"]
    assert (code, envelope["command"], result["verifie"], result["enregistre"]) == (
        0, "convention record", True, "espace.demande",
    )  # fmt: skip
    assert [item["slug"] for item in result["etapes"]] == [
        "espace.demande", "espace.cree", "convention.signee_autorite", "convention.deposee", "convention.signee_antai",
    ]  # fmt: skip
    assert states(envelope) == ["fait", "a_faire", "a_faire", "bloquee", "bloquee"]
    assert control.played == [
        (
            "espace.demande",
            {"siret": SIRET, "nom": "Paris", "type": "commune", "adresse": "4 place de l'Hôtel-de-Ville"},
        )
    ]
    assert not (tmp_path / "raccordement").exists()


def test_a_refusal_of_the_si_fps_is_told_with_its_code(record, control):
    code, envelope = record("espace.cree")
    assert (code, envelope["error"]["code"]) == (5, "raccordement.ordre")
    assert "espace.demande" in envelope["error"]["message"]
    assert control.state.faits == ()


@pytest.mark.usefixtures("control")
def test_an_espace_refused_may_be_asked_for_again(record):
    record(*ASK)
    code, envelope = record("espace.refuse", "--motif", "SIRET d'un service")
    assert (code, envelope["result"]["espace"], states(envelope)[0]) == (0, "refuse", "a_faire")
    assert record(*ASK)[1]["result"]["espace"] == "demande"


def test_the_settings_of_the_town_complete_the_facts(record, control):
    town = ["--siret", SIRET, "--nom", "Ville de Paris", "--tarif", "centre=50,00 €", "--cycle", "partiel"]
    assert main(["collectivite", "add", *town, "--fuseau", "Indian/Reunion", "--from", "2018-02-01"]) == 0
    assert main(["collectivite", "set", "--siret", SIRET, "--cycle", "complet", "--from", "2019-01-01"]) == 0
    assert record("espace.demande", "--adresse", "1 rue")[0] == 0
    assert record(*SIGN)[0] == 0
    asked, signed = (faits for _, faits in control.played)
    assert (asked["nom"], asked["type"], asked["fuseau"]) == ("Ville de Paris", "commune", "Indian/Reunion")
    # The first settings hold for what comes before them; what is asked on the command line wins.
    assert signed["cycle"] == "partiel"
    control.state, control.now = EMPTY(SIRET), dt.datetime(2019, 6, 1, tzinfo=dt.UTC)
    assert record(*SIGN)[0] == 0
    assert control.state.cycle == "complet"
    control.state = EMPTY(SIRET)
    assert record(*SIGN, "--cycle", "partiel")[0] == 0
    assert control.state.cycle == "partiel"


def test_of_a_document_only_its_digest_leaves(record, control, tmp_path):
    for step in (ASK, ("espace.cree",), SIGN):
        assert record(*step)[0] == 0
    (tmp_path / "convention.pdf").write_bytes(b"%PDF-1.7 secret")
    code, envelope = record("convention.deposee", "--document", "convention.pdf")
    assert code == 0
    assert control.played[-1][1] == {"empreinte_document": hashlib.sha256(b"%PDF-1.7 secret").hexdigest()}
    assert "secret" not in json.dumps(envelope)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["espace.demande"], "usage.fact-missing", "--nom, --type, --adresse"),
        (["espace.demande", "--nom", "A", "--type", "commune"], "usage.fact-missing", "--adresse"),
        (["espace.refuse"], "usage.fact-missing", "--motif"),
        (["convention.signee_autorite"], "usage.fact-missing", "--signataire, --deliberation"),
        (["convention.deposee"], "usage.fact-missing", "--document"),
        (["espace.cree", "--motif", "x"], "usage.fact-foreign", "--motif"),
        (["convention.signee_antai", "--signataire", "x"], "usage.fact-foreign", "--signataire"),
        (["espace.cree", "--document", __file__], "usage.fact-foreign", "--document"),
        (["espace.cree", "--date", "2018-01-01"], "usage.date-sandbox", "2018-01-01"),
        (["espace.cree", "--date", "2018-02-30", *OTHER], "usage.day", "2018-02-30"),
        (["espace.cree", "--date", "2999-01-01", *OTHER], "usage.day-future", "2999-01-01"),
        (["espace.supprime"], "usage.invalid", "espace.demande"),
        (["certificat.depose"], "usage.invalid", "espace.demande"),
    ],
)
def test_a_command_line_that_cannot_be_followed(record, control, args, code, said):
    status, envelope = record(*args)
    assert (status, envelope["error"]["code"]) == (2, code)
    assert said in envelope["error"]["message"] + envelope["error"]["hint"]
    assert control.played == []


@pytest.mark.usefixtures("control")
def test_a_document_that_cannot_be_read(record):
    assert record("convention.deposee", "--document", "none.pdf")[1]["error"]["code"] == "input.unreadable"


def test_without_a_sandbox_the_command_says_how_to_start_one(record):
    code, envelope = record("espace.cree")
    assert (code, envelope["error"]["code"]) == (3, "sandbox.absent")


def test_an_environment_is_the_sandbox_production_or_a_host_of_the_profile(record):
    code, envelope = record("espace.cree", "--env", "prodution")
    assert (code, envelope["error"]["code"]) == (3, "env.unknown")
    assert "sandbox, production" in envelope["error"]["message"]


# Status


@pytest.mark.usefixtures("control")
def test_the_signed_convention_is_downloaded_once_both_have_signed(record, cli, tmp_path):
    for step in (ASK, ("espace.cree",), SIGN, ("convention.deposee", "--document", __file__)):
        assert record(*step)[0] == 0
    code, envelope = cli("status", "--download", "signed.txt")
    assert (code, envelope["error"]["code"]) == (5, "convention.absente")
    assert not (tmp_path / "signed.txt").exists()
    assert record("convention.signee_antai")[0] == 0
    code, envelope = cli("status", "--download", "signed.txt")
    assert (code, envelope["result"]["document"], set(states(envelope))) == (0, "signed.txt", {"fait"})
    assert (tmp_path / "signed.txt").read_text() == "SPECIMEN\n"
    assert cli("status", "--download", "no/where.txt")[1]["error"]["code"] == "output.unwritable"


def test_elsewhere_the_signed_convention_is_fetched_by_hand(cli):
    code, envelope = cli("status", "--download", "signed.txt", *OTHER)
    assert (code, envelope["error"]["code"]) == (2, "usage.download")


@pytest.mark.parametrize(("lang", "said"), [("fr", "Déclaré par l'utilisateur, non vérifié"), ("en", "not verified")])
def test_what_the_user_declared_is_labelled_so(capsys, monkeypatch, tmp_path, lang, said):
    monkeypatch.chdir(tmp_path)
    assert main(["--lang", lang, "convention", "record", "--siret", SIRET, *ASK, *OTHER]) == 0
    assert said in capsys.readouterr().out
    assert main(["--lang", lang, "convention", "status", "--siret", SIRET, *OTHER]) == 0
    assert said in capsys.readouterr().out


@pytest.mark.usefixtures("control")
def test_what_the_si_fps_said_bears_no_such_label(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    main(["convention", "record", "--siret", SIRET, *ASK])
    main(["convention", "record", "--siret", SIRET, "espace.refuse", "--motif", "x"])
    out = capsys.readouterr().out
    assert "not verified" not in out
    assert "ANTAI refused the espace numérique" in out


# The record of the workspace


def test_elsewhere_a_step_is_written_down_with_its_day(record, tmp_path):
    assert record(*ASK, *OTHER, "--date", "2017-10-20")[1]["result"]["verifie"] is False
    code, envelope = record("espace.cree", *OTHER, "--date", "2017-11-03")
    assert code == 0
    assert [item["le"] for item in envelope["result"]["etapes"][:3]] == ["2017-10-20", "2017-11-03", None]
    kept = json.loads((tmp_path / "raccordement" / f"{SIRET}.json").read_text("utf-8"))
    assert kept["schema"] == "fpsctl/raccordement/1"
    entries = kept["environnements"]["production"]
    assert [(entry["etape"], entry["le"], entry["verifie"]) for entry in entries] == [
        ("espace.demande", "2017-10-20", False),
        ("espace.cree", "2017-11-03", False),
    ]


def test_the_order_holds_there_too_and_a_refusal_writes_nothing(record, tmp_path):
    record(*ASK, *OTHER)
    kept = (tmp_path / "raccordement" / f"{SIRET}.json").read_bytes()
    code, envelope = record("convention.signee_antai", *OTHER)
    # Not a refusal of the SI FPS: nobody asked it.
    assert (code, envelope["error"]["code"]) == (3, "raccordement.ordre")
    assert record(*ASK, *OTHER)[1]["error"]["code"] == "raccordement.deja"
    assert record("espace.demande", *ASK[1:4], "ville", "--adresse", "x", *OTHER)[0] == 3
    assert (tmp_path / "raccordement" / f"{SIRET}.json").read_bytes() == kept


def test_a_step_is_not_dated_before_the_one_it_needs(record):
    record(*ASK, *OTHER, "--date", "2017-11-03")
    code, envelope = record("espace.cree", *OTHER, "--date", "2017-11-02")
    assert (code, envelope["error"]["code"]) == (3, "raccordement.faits")
    assert "2017-11-03" in envelope["error"]["message"]
    assert record("espace.cree", *OTHER, "--date", "2017-11-03")[0] == 0


def test_environments_are_kept_apart(record, cli, tmp_path):
    (tmp_path / "vendor.yaml").write_text(
        "profile: vendor\nextends: public\nversion: '1'\nhosts:\n  recette:\n    url: https://127.0.0.1:1\n"
        "    source: test\n    confidence: assumption\n",
        encoding="utf-8",
    )
    recette = ("--env", "recette", "--profile", "./vendor.yaml")
    code, envelope = record(*ASK, *recette)
    assert code == 0, envelope
    assert states(cli("status", *OTHER)[1])[0] == "a_faire"
    assert states(cli("status", *recette)[1])[0] == "fait"


def _kept(environments):
    return json.dumps({"schema": "fpsctl/raccordement/1", "environnements": environments}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'"x"',
        b"{}",
        b"\xff\xfe",
        b'{"schema": "other/1", "environnements": {}}',
        _kept([]),
        _kept({"production": 7}),
        _kept({"production": [{}]}),
        _kept({"production": [{"etape": "espace.demande", "le": "x", "faits": {}}]}),
        _kept({"production": [{"le": "2017-11-01", "faits": {}}]}),
        _kept({"production": [{"etape": 7, "le": "2017-11-01", "faits": {}}]}),
        _kept({"production": [{"etape": "espace.demande", "le": "2017-11-01", "faits": []}]}),
        _kept({"production": [{"etape": "espace.cree", "le": "2017-11-01", "faits": {}}]}),
    ],
)
def test_a_record_that_cannot_be_read_is_left_as_it_is(record, cli, tmp_path, content):
    path = tmp_path / "raccordement" / f"{SIRET}.json"
    path.parent.mkdir()
    path.write_bytes(content)
    for code, envelope in (cli("status", *OTHER), record(*ASK, *OTHER)):
        assert (code, envelope["error"]["code"]) == (3, "raccordement.file")
        assert str(path.relative_to(tmp_path)) in envelope["error"]["message"]
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written(record, tmp_path):
    (tmp_path / "raccordement").write_text("a file", encoding="utf-8")
    assert record(*ASK, *OTHER)[1]["error"]["code"] == "workspace.unwritable"
    assert record(*ASK, *OTHER, "-C", tmp_path / "none")[1]["error"]["code"] == "workspace.missing"
    (tmp_path / "raccordement").unlink()
    (tmp_path / "raccordement").symlink_to(tmp_path / "nowhere")
    assert record(*ASK, *OTHER)[1]["error"]["code"] == "workspace.unwritable"


def test_a_failed_write_leaves_the_record_whole(tmp_path, monkeypatch):
    place = Workspace(tmp_path)
    facts = {"nom": "Paris", "type": "commune", "adresse": "1 rue"}
    ledger.declare(place, SIRET, "production", "espace.demande", dt.date(2017, 10, 1), facts)
    kept = ledger.path_of(place, SIRET).read_bytes()

    def full(_handle):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("fpsctl.workspace.os.fsync", full)
    with pytest.raises(LocalError, match=r"workspace\.unwritable"):
        ledger.declare(place, SIRET, "production", "espace.cree", dt.date(2017, 10, 2), {})
    assert ledger.path_of(place, SIRET).read_bytes() == kept
    assert [path.name for path in ledger.path_of(place, SIRET).parent.iterdir()] == [f"{SIRET}.json"]


def _check_in(folder, name):
    ledger.keep_check(Workspace(folder), SIRET, "production", dt.date(2018, 1, 2), name * 64)


def test_two_writers_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_check_in, args=(tmp_path, name)) for name in "abcdef"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    kept = json.loads(ledger.path_of(Workspace(tmp_path), SIRET).read_bytes())
    assert {entry["faits"]["empreinte"][0] for entry in kept["environnements"]["production"]} == set("abcdef")


@pytest.mark.parametrize("where", [(), OTHER])
def test_a_fact_that_has_not_its_form_is_found_before_anything_is_sent(record, control, where):
    wrong = [word if word != "commune" else "village" for word in ASK]
    code, envelope = record(*wrong, *where)
    assert (code, envelope["error"]["code"]) == (3, "raccordement.faits")
    assert envelope["error"]["hint"] == "give type in the form expected: commune|epci|syndicat_mixte"
    assert control.played == []


def test_after_a_refused_espace_the_hint_is_a_command_that_works(record, control):
    assert record(*ASK)[0] == record("espace.refuse", "--motif", "x")[0] == 0
    with pytest.raises(Refused) as error:
        control.play(SIRET, "convention.deposee", {})
    assert (error.value.code, error.value.params["motif"]) == ("espace.refuse", "x")
    asked = f"convention record espace.demande --siret {SIRET} --nom NAME --type TYPE --adresse ADDRESS"
    assert hint_of(error.value).endswith(asked)
    words = [word.replace("TYPE", "commune") for word in shlex.split(asked)[2:]]
    assert record(*words[:1], *words[3:])[0] == 0
