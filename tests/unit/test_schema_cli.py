"""`fpsctl schema export` as people and scripts meet it."""

from __future__ import annotations

import json

import jsonschema
import pytest
from schema_helpers import other_profile

from fpsctl.antai import MESSAGES
from fpsctl.cli.app import main
from fpsctl.texts import text_in

KINDS = ("jsonschema", "openapi", "scenario", "profile", "results")


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*args):
        code = main(["schema", "export", *(str(arg) for arg in args)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.mark.parametrize("what", KINDS)
def test_every_export_is_the_same_on_every_run(cli, tmp_path, what):
    assert cli(what, "--dir", "one/deep")[0] == 0
    assert cli(what, "--dir", "two", "--lang", "fr")[0] == 0
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one/deep", "two"))
    assert one == two
    assert all(json.loads(content) for content in one.values())


def test_the_answer_names_the_files(cli, tmp_path):
    code, out, _ = cli("jsonschema", "--dir", "out", "-o", "json")
    result = json.loads(out)["result"]
    assert (code, result["what"], result["profile"]["id"]) == (0, "jsonschema", "public")
    assert [file["path"] for file in result["files"]] == [f"out/{kind}.schema.json" for kind in MESSAGES]
    assert all((tmp_path / file["path"]).stat().st_size == file["bytes"] for file in result["files"])
    code, out, _ = cli("scenario", "--dir", "out")
    assert (code, out.splitlines()[-1]) == (0, "1 file(s) written")


def test_what_stood_there_is_replaced_and_what_is_another_s_stays(cli, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scenario.schema.json").write_text("old", encoding="utf-8")
    (tmp_path / "out" / "mine.json").write_text("mine", encoding="utf-8")
    assert cli("scenario", "--dir", "out")[0] == 0
    assert json.loads((tmp_path / "out" / "scenario.schema.json").read_bytes())["title"]
    assert (tmp_path / "out" / "mine.json").read_text(encoding="utf-8") == "mine"


def test_a_profile_of_one_s_own_is_exported(cli, tmp_path):
    path = other_profile(tmp_path)
    assert cli("jsonschema", "--dir", "out", "--profile", path)[0] == 0
    schema = json.loads((tmp_path / "out" / "avis_initial.schema.json").read_bytes())
    assert schema["$id"] == "urn:fpsctl:schema:autre:2.1:message:avis_initial"
    assert set(schema["properties"]) == {"charge", "entete"}


def test_a_closed_schema_takes_what_a_vendor_writes_and_nothing_else(cli, tmp_path):
    from test_schema_messages import seeds  # noqa: PLC0415 - the same messages

    from fpsctl.antai import load_profile  # noqa: PLC0415 - same reason

    path = other_profile(tmp_path)
    for closed in (True, False):
        assert cli("jsonschema", "--dir", "out", "--profile", path, *(["--closed"] if closed else []))[0] == 0
        for kind, tree in seeds(load_profile(str(path))):
            check = jsonschema.Draft202012Validator(json.loads((tmp_path / "out" / f"{kind}.schema.json").read_bytes()))
            assert check.is_valid(tree), kind
            assert check.is_valid({**tree, "inattendu": 1}) is not closed
            assert check.is_valid({**tree, "entete": {**tree["entete"], "version": 4}}) is not closed
            assert check.is_valid({name: value for name, value in tree.items() if name != "entete"}) is not closed


# A confidential profile


@pytest.mark.parametrize("what", ["jsonschema", "openapi"])
def test_a_confidential_profile_is_exported_with_consent_only(cli, tmp_path, what):
    path = other_profile(tmp_path, confidential=True)
    for given in ([], ["--confirm", "public"], ["--confirm", "AUTRE"]):
        code, out, err = cli(what, "--dir", "out", "--profile", path, *given)
        assert (code, out) == (2, "")
        assert "[schema.confirm]" in err and "--confirm autre" in err
        assert not (tmp_path / "out").exists()
    assert cli(what, "--dir", "out", "--profile", path, "--confirm", "autre")[0] == 0


def test_what_holds_none_of_its_names_needs_no_consent(cli, tmp_path):
    path = other_profile(tmp_path, confidential=True)
    for what in ("scenario", "profile", "results"):
        assert cli(what, "--dir", "out", "--profile", path)[0] == 0
    for file in (tmp_path / "out").iterdir():
        assert b"entete" not in file.read_bytes()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("", 130)])
def test_on_a_terminal_consent_is_asked_for(cli, tmp_path, monkeypatch, answer, code):
    import io  # noqa: PLC0415

    path = other_profile(tmp_path, confidential=True)
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    got, _, err = cli("jsonschema", "--dir", "out", "--profile", path)
    assert got == code, err
    assert text_in("en", "schema.confirm", profile="autre", count=14) in err
    assert (tmp_path / "out").exists() is (code == 0)


# Bad input


def test_an_xml_profile_has_no_json_schema(cli, tmp_path):
    path = other_profile(tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        "formats:\n",
        "formats:\n  encoding: {value: xml, confidence: official, source: s}\n"
        "  media_type: {value: application/xml, confidence: official, source: s}\n",
        1,
    )
    path.write_text(text, encoding="utf-8")
    code, out, err = cli("jsonschema", "--dir", "out", "--profile", path)
    assert (code, out) == (3, "") and "[schema.not-json]" in err and "openapi" in err
    assert not (tmp_path / "out").exists()
    assert cli("openapi", "--dir", "out", "--profile", path)[0] == 0


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["yaml", "--dir", "out"], 2, "usage.invalid"),
        (["scenario"], 2, "--dir"),
        (["scenario", "--dir", "out", "--closed"], 2, "schema.closed"),
        (["jsonschema", "--dir", "out", "--profile", "nowhere"], 3, "profile.unknown"),
        (["profile", "--dir", "file"], 3, "output.unwritable"),
        (["profile", "--dir", "file/below"], 3, "output.unwritable"),
        (["profile", "--dir", "/proc/fpsctl"], 3, "output.unwritable"),
        (["profile", "--dir", "taken"], 3, "output.unwritable"),
    ],
)
def test_a_wrong_word_or_folder_is_a_coded_error(cli, tmp_path, args, code, said):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "taken" / "profile.schema.json").mkdir(parents=True)
    got, out, err = cli(*args)
    assert (got, out) == (code, "") and said in err
    assert len(err.splitlines()) == 2
