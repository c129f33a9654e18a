"""`fpsctl convert`: files in every state, what is written, what is said, the exit code."""

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from convert_helpers import CORRECTION, FINE, changed, town

from fpsctl.cli.app import main
from fpsctl.convert import reading

ROOT = Path(__file__).parents[2]
LINE = json.dumps(FINE).encode()
AUTRE = ROOT / "tests" / "profiles" / "autre.yaml"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(town(tmp_path))
    return tmp_path


@pytest.fixture
def cli(here, capsys):
    assert here.is_dir()

    def call(*words, content=LINE):
        (here / "fines.json").write_bytes(content)
        code = main(["convert", "--from", "fnms", *(str(word) for word in words or ("fines.json",))])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def fines_of(out):
    return json.loads(out)["result"]["fines"]


def problems(out):
    return [(fine["place"], fine["findings"][0]["detail"]) for fine in fines_of(out) if fine["kind"] is None]


UNREADABLE = {
    "not JSON": (b"numero;date\n", "fines.json:1", "column 1"),
    "CSV after": (b"\n\n{a}\n", "fines.json:3", "not JSON, column 2"),
    "truncated": (LINE[:-5], "fines.json:1", "stops in the middle"),
    "truncated array": (b"[\n" + LINE + b",\n", "fines.json:3", "stops in the middle"),
    "truncated text": (b'[\n{"a": "x', "fines.json:2", "stops in the middle"),
    "two arrays": (b"[]\n[]", "fines.json:1", "something else follows"),
    "no comma": (b"[1\n2]", "fines.json:2", "comma"),
    "after": (b'{\n"type":\n1}\n}', "fines.json:3", "something else follows"),
    "two on a line": (b"{} {}\n{}\n", "fines.json:1", "something else follows"),
    "Latin-1": ('{\n"type": "INITIAL",\n"zoneId": "é"}'.encode("latin-1"), "fines.json:3", "UTF-8"),
    "Latin-1 line": (b'{}\n{"a": "\xe9"}\n', "fines.json:2", "UTF-8"),
    "UTF-16": (LINE.decode().encode("utf-16"), "fines.json:1", "UTF-8"),
    "NaN": (b'{"finePrice": NaN}', "fines.json:1", "NaN"),
    "infinity": (b'{"finePrice": -Infinity}', "fines.json:1", "-Infinity"),
    "long number": (b'{"finePrice": ' + b"9" * 5000 + b"}", "fines.json:1", "too long"),
    "large exponent": (b'{"finePrice": 1e' + b"9" * 30 + b"}", "fines.json:1", "too l"),
    "duplicate": (b'{"a": {"zoneId": 1, "zoneId": 2}}', "fines.json:1", "twice: zoneId"),
    "deep": (b'{"a": ' * 40 + b"1" + b"}" * 40, "fines.json:1", "nested"),
    "very deep": (b"[" * 200_000, "fines.json:1", "nested"),
    "very deep object": (b'{"a":' * 100_000, "fines.json:1", "nested"),
    "half a character": (b'{"zoneId": "\\ud800"}', "fines.json:1", "half a character"),
    "half a name": (b'{"\\udfff": 1}', "fines.json:1", "half a character"),
    "not an object": (b'[\n1,\n"x", null]', "fines.json:2", "not a JSON object"),
    "text": (b'"INITIAL"', "fines.json:1", "not a JSON object"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_a_finding_with_its_place(cli, name):
    content, place, part = UNREADABLE[name]
    code, out, err = cli("fines.json", "-o", "json", content=content)
    assert (code, err) == (1, "")
    assert any(where == place and part in detail for where, detail in problems(out)), problems(out)
    assert [fine["findings"][0]["id"] for fine in fines_of(out) if fine["kind"] is None and not fine["numero"]]


def test_no_fine_at_all_is_one_finding_however_it_is_written(cli):
    told = set()
    for content in (b"", b" \n", b"[]", b"[ \n ]\n"):
        code, out, _ = cli("fines.json", "-o", "json", content=content)
        told.add((code, *(finding["id"] for finding in json.loads(out)["findings"])))
    assert told == {(0, "fnms.empty")}


def test_two_folders_are_refused_before_anything_is_read(cli, here):
    code, _, err = cli("fines.json", "--to", here / "one", "--to", here / "two")
    assert code == 2 and "convert.twice" in err
    assert not (here / "one").exists() and not (here / "two").exists()


def test_an_array_is_converted_as_far_as_it_can_be_read(cli, here):
    fines = [changed(fineLegalId=f"21750001600019261061995{number:03d}") for number in range(3)]
    content = json.dumps(fines, indent=1).encode()[:-60]
    code, out, _ = cli("fines.json", "-o", "json", "--to", here / "out", content=content)
    assert code == 1
    assert [fine["message"] is not None for fine in fines_of(out)] == [True, True, False]
    assert len(list((here / "out").iterdir())) == 2
    lines = content.count(b"\n") + 1
    assert 0 < int(problems(out)[0][0].removeprefix("fines.json:")) <= lines


@pytest.mark.parametrize("form", ["object", "indented", "array", "lines", "BOM", "CRLF", "blank lines"])
def test_every_form_of_file_gives_the_same_messages(cli, form):
    other = CORRECTION
    content = {
        "object": LINE,
        "indented": json.dumps(FINE, indent=2).encode(),
        "array": json.dumps([FINE, other]).encode(),
        "lines": LINE + b"\n" + json.dumps(other).encode() + b"\n",
        "BOM": b"\xef\xbb\xbf" + LINE,
        "CRLF": LINE + b"\r\n" + json.dumps(other).encode() + b"\r\n",
        "blank lines": b"\n\n" + LINE + b"\n \n" + json.dumps(other).encode(),
    }[form]
    code, out, _ = cli("fines.json", "-o", "json", content=content)
    kinds = [fine["kind"] for fine in fines_of(out)]
    assert code == 0
    assert kinds == (
        ["avis_initial"] if form in ("object", "indented", "BOM") else ["avis_initial", "avis_rectificatif"]
    )
    if form == "blank lines":
        assert [fine["place"] for fine in fines_of(out)] == ["fines.json:3", "fines.json:5"]


def test_standard_input_is_read(cli, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINE)))
    code, out, _ = cli("-", "-o", "json")
    assert (code, fines_of(out)[0]["place"]) == (0, "stdin:1")


def test_no_fine_at_all_is_a_warning(cli):
    code, out, _ = cli(content=b"[]")
    assert (code, "fnms.empty" in out) == (0, True)
    assert cli("fines.json", "--strict", content=b"[]")[0] == 1


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b", "fines.json/x"])
def test_a_file_that_cannot_be_opened_is_one_coded_line(cli, here, name):
    code, out, err = cli("fines.json", name, "--to", here / "out")
    assert (code, out) == (3, "")
    assert err.count("[convert.unreadable]") == 1
    assert not (here / "out").exists()


def test_a_long_line_is_refused_and_the_next_one_read(cli, monkeypatch):
    monkeypatch.setattr(reading, "MOST_LINE", 2000)
    long = json.dumps(changed(comments=["x" * 5000])).encode()
    for content in (long + b"\n" + LINE, LINE + b"\n" + long + b"\n" + LINE.replace(b"995008", b"995009")):
        code, out, _ = cli("fines.json", "-o", "json", content=content)
        assert code == 1
        assert [fine["message"] is None for fine in fines_of(out)].count(True) == 1
        assert "line of more than 2000 bytes" in out


def test_a_long_document_is_refused(cli, monkeypatch):
    monkeypatch.setattr(reading, "MOST_DOCUMENT", 1000)
    code, out, _ = cli("fines.json", "-o", "json", content=json.dumps([FINE] * 9).encode())
    assert (code, "document of more than 1000 bytes" in out) == (1, True)


def test_messages_are_written_one_a_file(cli, here):
    content = json.dumps([FINE, CORRECTION]).encode()
    code, out, _ = cli("fines.json", "--to", here / "out", "-o", "json", content=content)
    written = {path.name: json.loads(path.read_bytes()) for path in (here / "out").iterdir()}
    assert code == 0
    assert written == {f"{fine['numero']}.json": fine["wire"] for fine in fines_of(out)}
    assert json.loads(out)["result"]["to"] == str(here / "out")


def test_a_file_that_is_there_is_kept_and_nothing_is_written(cli, here):
    content = json.dumps([FINE, CORRECTION]).encode()
    kept = here / "out" / f"{CORRECTION['fineLegalId']}.json"
    kept.parent.mkdir()
    kept.write_text("mine")
    code, _, err = cli("fines.json", "--to", kept.parent, content=content)
    assert (code, "[convert.exists]" in err, kept.read_text()) == (3, True, "mine")
    assert list(kept.parent.iterdir()) == [kept]
    assert cli("fines.json", "--to", kept.parent, "--force", content=content)[0] == 0
    assert len(list(kept.parent.iterdir())) == 2
    assert kept.read_text() != "mine"


def test_a_dangling_link_is_not_written_through(cli, here):
    (here / "out").mkdir()
    (here / "out" / f"{FINE['fineLegalId']}.json").symlink_to(here / "elsewhere")
    assert cli("fines.json", "--to", here / "out")[0] == 3
    assert not (here / "elsewhere").exists()


@pytest.mark.parametrize("where", ["fines.json", "nowhere/out"])
def test_a_folder_that_cannot_be_written_is_one_coded_line(cli, here, where):
    code, out, err = cli("fines.json", "--to", here / where)
    assert (code, out) == (3, "")
    assert "[output.unwritable]" in err
    assert (here / "fines.json").read_bytes() == LINE


def test_a_folder_among_the_files_stops_with_one_line(cli, here):
    (here / "out" / f"{FINE['fineLegalId']}.json").mkdir(parents=True)
    code, _, err = cli("fines.json", "--to", here / "out", "--force")
    assert (code, "[output.unwritable]" in err) == (3, True)


def test_warnings_do_not_fail_and_strict_makes_them(cli):
    content = json.dumps(changed(surcharge=1)).encode()
    assert cli(content=content)[0] == 0
    assert cli("fines.json", "--strict", content=content)[0] == 1
    assert cli("fines.json", "--strict")[0] == 0


def test_the_text_says_what_each_fine_became_and_every_finding(cli):
    content = json.dumps([FINE, changed(type="CANCELLED")]).encode()
    code, out, _ = cli(content=content)
    lines = out.splitlines()
    assert code == 1
    assert "assumed interface" in lines[0]
    assert "deduced" in lines[1]
    assert "fines.json:1: avis_initial · 21750001600019 26 1 061 995 008 · €35.00 · SS-124-AB" in lines
    assert "fines.json:1: no message (-)" in lines
    for finding in ("fnms.price.read", "fnms.derived.day", "fnms.derived.settings", "fnms.checked", "fnms.signature",
                    "fnms.type.cancelled"):  # fmt: skip
        assert f"[{finding}]" in out
    assert lines[-1] == "2 FNMS fine(s): 1 message(s), 1 without message"


def test_in_french(cli):
    code, out, _ = cli("fines.json", "--lang", "fr")
    assert code == 0
    assert out.splitlines()[-1] == "1 avis FNMS : 1 message(s), 0 sans message"
    assert "lu en centimes : 35,00" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [(["fines.json", "--amounts", "francs"], 2), (["fines.json", "--profile", "nowhere"], 3),
     (["fines.json", "--workspace", "nowhere"], 3)],
)  # fmt: skip
def test_a_wrong_option_is_one_line(cli, words, code):
    got, out, err = cli(*words)
    assert (got, out) == (code, "")
    assert "Traceback" not in err


def test_from_is_needed_and_known(capsys):
    assert main(["convert", "x.json"]) == 2
    assert main(["convert", "--from", "edi", "x.json"]) == 2
    assert main(["convert", "--from", "fnms"]) == 2
    assert capsys.readouterr().out == ""


def test_broken_settings_are_one_line_with_their_place(cli, here):
    (here / "fpsctl.yaml").write_text('collectivites:\n  "21750001600019":\n    - from: 2026-01-01\n      nom: ""\n')
    code, out, err = cli()
    assert (code, out) == (3, "")
    assert "fpsctl.yaml:4" in err


def test_an_xml_profile_gives_text_and_xml_files(cli, here):
    code, out, _ = cli("fines.json", "--profile", AUTRE, "--to", here / "out", "-o", "json")
    (fine,) = fines_of(out)
    assert code == 0
    assert fine["wire"].startswith("<?xml")
    (path,) = (here / "out").iterdir()
    assert path.name == f"{FINE['fineLegalId']}.xml"
    assert path.read_text(encoding="utf-8") == fine["wire"]


def test_a_confidential_profile_keeps_its_names_out_of_the_answer(cli, here):
    secret = here / "secret.yaml"
    secret.write_text(AUTRE.read_text(encoding="utf-8").replace("confidential: false", "confidential: true"))
    code, out, _ = cli("fines.json", "--profile", secret, "--to", here / "out", "-o", "json")
    assert (code, out) == (2, "") or "schema.confirm" in out
    assert not (here / "out").exists()
    code, out, _ = cli("fines.json", "--profile", secret, "--to", here / "out", "--confirm", "autre", "-o", "json")
    assert code == 0
    assert fines_of(out)[0]["wire"] is None
    assert "AvisPaiement" not in out
    assert len(list((here / "out").glob("*.xml"))) == 1


def test_a_value_that_the_profile_has_no_place_for_is_a_finding(cli, here):
    narrow = here / "narrow.yaml"
    narrow.write_text(
        "profile: narrow\nversion: '1'\nextends: public\n"
        "messages:\n  avis_initial:\n    fields:\n      vehicule.marque: null\n",
        encoding="utf-8",
    )
    code, out, err = cli("fines.json", "--profile", narrow, "-o", "json")
    assert (code, err) == (1, "")
    assert [finding["id"] for finding in json.loads(out)["findings"] if finding["severity"] == "error"] == ["fnms.wire"]
    assert "vehicule.marque" in out


def test_a_profile_out_of_force_is_said(cli, here):
    old = here / "old.yaml"
    old.write_text("profile: old\nversion: '1'\nextends: public\nin_force: {from: 2018-01-01, to: 2018-12-31}\n")
    code, out, _ = cli("fines.json", "--profile", old)
    assert (code, "[profile.not-in-force]" in out) == (0, True)


@pytest.mark.parametrize("name", ["fnms-initial.json", "fnms-correction.json"])
def test_the_examples_become_messages(cli, name):
    code, out, _ = cli(ROOT / "examples" / name, "-o", "json")
    assert code == 0
    assert fines_of(out)[0]["message"]["signature"] == "Signé"
    assert {f["id"] for f in fines_of(out)[0]["findings"] if f["severity"] == "warning"} <= {
        "fnms.town.example",
        "fnms.receipt.read",
    }


def test_a_pipe_is_read_as_it_comes(here):
    pipe = here / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(LINE + b"\n" + LINE))
    writer.start()
    command = [sys.executable, "-m", "fpsctl", "convert", "--from", "fnms", "pipe", "-o", "json"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False, timeout=60)
    writer.join()
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["result"]["counts"] == {"fines": 2, "messages": 1, "refused": 1}
