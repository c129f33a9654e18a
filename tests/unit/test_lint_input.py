"""Whatever a file holds, `fpsctl lint` says where it stands, goes on, and keeps its memory flat."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpsctl.errors import LocalError, UsageError
from fpsctl.lint import Order, arrays, lint
from fpsctl.lint.arrays import cut_array
from fpsctl.lint.sources import Piece, Trouble, pieces

EXAMPLES = Path(__file__).parents[1] / "lint"
LINE = (EXAMPLES / "lint.montant.du.pass.jsonl").read_bytes()
AUTRE = Path(__file__).parents[1] / "profiles" / "autre.yaml"
XML_PROFILE = str(EXAMPLES / "lint.file.dtd.profile.yaml")
XML = (EXAMPLES / "lint.file.dtd.pass.xml").read_bytes()
MOST = 1 << 22


def numbered(count, first=1):
    """Return sound lines with different numbers, whose series have no gap."""
    return [LINE.replace(b"990001", b"990%03d" % (index + first)) for index in range(count)]


@pytest.fixture
def check(tmp_path):
    """Write a file, have it judged; return (rule, line, detail) of each finding and the result."""

    def run(content, name="messages.jsonl", profile="public", **options):
        path = tmp_path / name
        path.write_bytes(content)
        done = lint(Order((str(path),), profile, workspace=EXAMPLES, **options))
        return [(place["id"], place["line"], place["detail"]) for place in done.result["places"]], done.result

    return run


def test_latin_1_is_told_on_its_line(check):
    bad = numbered(3)
    bad[1] = bad[1].decode().replace("Basse", "Élevée").encode("latin-1", errors="replace")
    found, result = check(b"".join(bad))
    assert found[0][:2] == ("message.unreadable", 2) and "UTF-8" in found[0][2]
    assert result["messages"] == 3


def test_a_truncated_last_line_is_told_and_the_others_are_judged(check):
    found, result = check(LINE + numbered(2)[1][:200])
    assert [(rule, line) for rule, line, _ in found] == [("message.unreadable", 2)]
    assert found[0][2].startswith("syntax, line 1, column")
    assert result["messages"] == 2


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deep"),
        (b'{"identification": NaN}', "NaN"),
        (b'{"identification": 1e999, "a": -Infinity}', "-Infinity"),
        (b'{"a": ' + b"9" * 5000 + b"}", "number"),
        (b"[1, 2]", "not an object"),
        (b'"avisInitial"', "not an object"),
        (b'{"identification": "\\ud800"}', "surrogate"),
        (b"\x00\x01\x02\xff\xfe", "encoding"),
        (b"{}", ""),
        (b"\xff\xfe{\x00}\x00", "encoding"),
    ],
)
def test_a_line_that_is_no_message_is_told_and_the_next_is_judged(check, bad, said):
    found, result = check(bad + b"\n" + LINE)
    (one,) = [found for found in found if found[1] == 1]
    assert one[0] in ("message.unreadable", "lint.kind.unknown") and said in one[2]
    assert result["messages"] == 2 and result["kinds"]["avis_initial"] >= 1


def test_windows_line_ends_and_blank_lines_are_no_fault(check):
    found, result = check(b"\r\n\r\n".join(line.strip() for line in numbered(3)) + b"\r\n \t\n")
    assert (found, result["messages"]) == ([], 3)


def test_a_byte_order_mark_is_told_once_and_the_message_is_judged(check):
    for name in ("a.jsonl", "a.json"):
        found, result = check(b"\xef\xbb\xbf" + LINE, name)
        assert found == [("lint.file.bom", 1, "EF BB BF")]
        assert result["messages"] == 1


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.ndjson"])
@pytest.mark.parametrize("content", [b"", b"\n\n", b"   "])
def test_a_file_without_a_message_is_told(check, name, content):
    assert [rule for rule, _, _ in check(content, name)[0]] == ["lint.file.empty"]


def test_a_duplicate_key_is_told_with_its_path(check):
    found, _ = check(LINE.replace(b'"lieu":', b'"lieu": "ici", "lieu":'))
    assert ("message.field.duplicate", 1, "") in found


def test_a_key_twice_in_the_object_around_a_return_is_told(check):
    rejet = (EXAMPLES / "message.code.unlisted.pass.jsonl").read_bytes().strip()
    line = b'{"type": "rejetMessage", "sequence": 1, "sequence": 2, "contenu": ' + rejet + b"}"
    assert [rule for rule, _, _ in check(line)[0]] == ["message.field.duplicate"]
    assert check(b'{"type": "rejetMessage", "contenu": ' + rejet + b"}")[0] == []
    assert [rule for rule, _, _ in check(b'{"type": "rejetMessage", "x": NaN, "contenu": ' + rejet + b"}")[0]] == [
        "message.unreadable"
    ]


def test_the_kind_that_is_given_is_the_one_that_is_read(check):
    found, result = check(LINE, kind="rejet")
    assert result["kinds"] == {"rejet": 1}
    assert "message.field.missing" in {rule for rule, _, _ in found}
    assert check(LINE, kind="avis_initial")[0] == []
    with pytest.raises(UsageError, match=r"lint\.kind"):
        check(LINE, kind="avisInitial")


def test_a_message_is_of_the_kind_that_its_values_fit_best(check):
    _, result = check(b'{"creance": {"numeroAvis": "13000000300009261061990001"}}')
    assert result["kinds"] == {"titre_emis": 1}  # of the kinds that have this value, the one with the fewest others


def test_mixed_kinds_are_each_recognised(check):
    lines = [line for path in sorted(EXAMPLES.glob("*.pass.jsonl")) for line in path.read_bytes().splitlines()][:40]
    _, result = check(b"\n".join(lines * 3))
    assert set(result["kinds"]) >= {"avis_initial", "fps_impaye", "rejet", "annulation"}
    assert sum(result["kinds"].values()) == result["messages"] == len(lines) * 3


# --- arrays ---


def test_an_array_is_judged_element_by_element_with_lines(check):
    lines = numbered(3)
    lines[1] = lines[1].replace(b'"du": 3280', b'"du": 1')
    found, result = check(b"[\n" + b",\n".join(line.strip() for line in lines) + b"\n]\n", "a.json")
    assert [(rule, line) for rule, line, _ in found] == [("lint.montant.du", 3)]
    assert result["messages"] == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[]", [("lint.file.empty", None)]),
        (b"[ \n ]", [("lint.file.empty", None)]),
        (b"[ ", [("lint.file.broken", 1)]),
        (b"[\n{\n", [("lint.file.broken", 2)]),
        (b"[1, {}, true]", [("message.unreadable", 1), ("lint.kind.unknown", 1), ("message.unreadable", 1)]),
        (b'["]", [[}], {}]', [("message.unreadable", 1), ("message.unreadable", 1), ("lint.kind.unknown", 1)]),
        (b"[{}\n{}]", [("lint.kind.unknown", 1), ("lint.file.broken", 2), ("lint.kind.unknown", 2)]),
        (b"[{},,{}]", [("lint.kind.unknown", 1), ("lint.file.broken", 1), ("lint.kind.unknown", 1)]),
        (b"[{},]", [("lint.kind.unknown", 1), ("lint.file.broken", 1)]),
        (b"[{}]\n{}", [("lint.kind.unknown", 1), ("lint.file.broken", 2)]),
        (b"[nul", [("message.unreadable", 1)]),
        (b'["a', [("message.unreadable", 1)]),
    ],
)  # fmt: skip
def test_a_broken_array_is_told_where_it_breaks(check, content, told):
    found, _ = check(content, "a.json")
    assert sorted((rule, line) for rule, line, _ in found) == sorted(told)


VALUE = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(alphabet='a"\\{}[],: é\n', max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=3), VALUE, max_size=3), max_size=6), st.integers(1, 9), st.booleans())
def test_an_array_is_cut_where_json_cuts_it_whatever_the_chunks(values, chunk, wide):
    text = json.dumps(values, indent=1 if wide else None, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "_CHUNK", chunk)
        cut = list(cut_array(text[:1], io.BytesIO(text[1:]), 1, MOST))
    if not values:
        assert [trouble.rule for trouble in cut] == ["lint.file.empty"]
        return
    assert [json.loads(piece.data) for piece in cut] == values
    starts = re.finditer(rb"^ \{", text, re.MULTILINE)
    if wide:
        assert [piece.line for piece in cut] == [text.count(b"\n", 0, match.start()) + 1 for match in starts]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(1, 7))
def test_any_bytes_in_an_array_end_and_are_told(junk, chunk):
    text = b"[" + junk
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "_CHUNK", chunk)
        cut = list(cut_array(text[:1], io.BytesIO(text[1:]), 1, 16))
    assert all(isinstance(one, Piece | Trouble) for one in cut)


def test_an_element_that_is_too_long_is_passed_over(check):
    huge = b'{"a": "' + b'x\\"' * MOST + b'"}'
    found, result = check(b"[" + LINE.strip() + b"," + huge + b"," + numbered(1, 2)[0].strip() + b"]", "a.json")
    assert [(rule, line) for rule, line, _ in found] == [("lint.line.long", 1)]
    assert result["messages"] == 2


# --- XML ---

XML_TRAPS = {
    "bomb": b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8))
    + b"]><rejetMessage>&i;</rejetMessage>",
    "external": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rejetMessage>&x;</rejetMessage>',
    "dtd": b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd"><rejetMessage/>',
    "parameter": b'<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]><rejetMessage/>',
}


@pytest.mark.parametrize("trap", XML_TRAPS)
def test_xml_that_defines_or_fetches_anything_is_refused(check, trap):
    found, result = check(b'<?xml version="1.0"?>' + XML_TRAPS[trap], "a.xml", XML_PROFILE)
    assert [rule for rule, _, _ in found] == ["lint.file.dtd"]
    assert "passwd" not in str(result) and "root:" not in str(result)


def test_a_root_that_holds_messages_is_cut(check):
    one = XML.partition(b"?>")[2]
    found, result = check(b"<lot>" + one * 3 + b"<autre/></lot>", "a.xml", XML_PROFILE)
    assert result["kinds"] == {"rejet": 3} and result["messages"] == 4
    assert [(rule, line) for rule, line, _ in found] == [("lint.kind.unknown", None)]
    assert [place["message"] for place in result["places"]] == [4]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "lint.file.empty"),
        (b"<lot/>", "lint.file.empty"),
        (b"<lot>", "lint.file.broken"),
        (b"<lot></a>", "lint.file.broken"),
        (b"\x00\xff", "lint.file.broken"),
        (b'<?xml version="1.0" encoding="martian"?><lot/>', "lint.file.broken"),
        (b"<lot>&nbsp;</lot>", "lint.file.broken"),
    ],
)
def test_broken_xml_is_told(check, content, rule):
    assert [found[0] for found in check(content, "a.xml", XML_PROFILE)[0]] == [rule]


def test_an_xml_message_that_is_too_long_is_told_and_not_kept(check):
    found, _ = check(b"<lot><rejetMessage>" + b"x" * (3 * MOST) + b"</rejetMessage></lot>", "a.xml", XML_PROFILE)
    assert [rule for rule, _, _ in found] == ["lint.line.long"]


def test_a_deep_xml_message_is_told(check):
    body = b"<rejetMessage>" + b"<a>" * 40 + b"</a>" * 40 + b"</rejetMessage>"
    assert ("message.unreadable", None, "nested too deeply") in check(body, "a.xml", XML_PROFILE)[0]


def test_the_second_profile_is_judged_by_the_same_rules(tmp_path):
    from fpsctl.antai import codec_for, load_profile  # noqa: PLC0415

    public, autre = codec_for(load_profile("public")), codec_for(load_profile(str(AUTRE)))
    message = public.decode("avis_initial", LINE).message
    wrong = message.model_copy(update={"fps": 9900, "montant_du": 9680})
    (tmp_path / "a.xml").write_bytes(autre.encode(message))
    (tmp_path / "b.xml").write_bytes(autre.encode(wrong))
    done = lint(Order((str(tmp_path),), str(AUTRE), workspace=EXAMPLES))
    assert [(finding.id, Path(finding.detail.partition(" (")[0]).name) for finding in done.findings] == [
        ("lint.tarif.montant", "b.xml"),
        ("lint.tarif.plafond", "b.xml"),
        ("lint.numero.double", "b.xml"),
    ]
    assert done.result["places"][0]["wire"] not in (None, "montants.forfait")
    assert done.result["profile"]["id"] == "autre"


# --- paths ---


def test_a_folder_is_walked_in_order_and_links_are_not_followed(tmp_path, monkeypatch):
    for name in ("b/2.jsonl", "a.jsonl", "b/1.ndjson", "b/notes.txt", ".caché.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.json").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.jsonl")
    done = lint(Order((str(tmp_path), str(tmp_path / "a.jsonl")), workspace=EXAMPLES))
    files = [place["file"] for place in done.result["places"]]
    assert files == [str(tmp_path / name) for name in (".caché.json", "a.jsonl", "b/1.ndjson", "b/2.jsonl")]
    assert done.result["files"] == 4
    monkeypatch.chdir(tmp_path)
    assert lint(Order(("a.jsonl", "./a.jsonl", "b/../a.jsonl"), workspace=EXAMPLES)).result["files"] == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [("gone.jsonl", "lint.path"), ("empty", "lint.folder"), ("notes.txt", "lint.suffix"), ("a\0b", "lint.path")],
)
def test_a_path_that_cannot_be_judged_is_an_error_before_anything_is_read(tmp_path, name, code):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(LocalError) as raised:
        lint(Order((str(tmp_path / name),), workspace=EXAMPLES))
    assert raised.value.code == code


def test_a_file_that_goes_away_is_an_error(tmp_path):
    with pytest.raises(LocalError, match=r"lint\.path"):
        list(pieces(str(tmp_path / "gone.jsonl"), MOST, frozenset()))


# --- memory ---

RUN = [sys.executable, "-m", "fpsctl", "lint", "-o", "json", "-C", str(EXAMPLES)]


# The peak of this very program: what the system keeps of a child begins with its parent's.
PEAK = """
import sys
from fpsctl.cli.app import main
main(sys.argv[1:])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
sys.stderr.write(peak.split()[1])
"""

LIMITED = """
import resource, sys
from fpsctl.cli.app import main
resource.setrlimit(resource.RLIMIT_DATA, (160 << 20, 160 << 20))
raise SystemExit(main(sys.argv[1:]))
"""


def measured(feed, *args):
    """Run the command, on standard input if nothing is named; return its result and the most memory it had (MiB)."""
    command = [sys.executable, "-c", PEAK, *RUN[3:], *(args or ["-"])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        for chunk in feed:
            process.stdin.write(chunk)
        process.stdin.close()
        said = process.stdout.read()
        return json.loads(said)["result"], int(process.stderr.read()) / 1024


@pytest.fixture(scope="module")
def small():
    """The memory of a run on nothing much."""
    return measured([LINE])[1]


def test_a_line_of_50_mb_is_one_finding_and_is_never_held(small):
    long = [b'{"lieu": "', *[b"x" * (1 << 20)] * 50, b'"}\n']
    result, memory = measured([LINE, *long, numbered(1, 2)[0]])
    assert [(place["id"], place["line"]) for place in result["places"]] == [("lint.line.long", 2)]
    assert result["messages"] == 2
    assert memory < small + 25


def test_an_element_of_50_mb_is_one_finding_and_is_never_held(small, tmp_path):
    path = tmp_path / "long.json"
    path.write_bytes(b'[{"lieu": "' + b"x" * (50 << 20) + b'"}]')
    result, memory = measured([], str(path))
    assert [place["id"] for place in result["places"]] == ["lint.line.long"]
    assert memory < small + 25


def test_a_line_of_50_mb_is_judged_where_memory_is_limited(tmp_path):
    path = tmp_path / "long.jsonl"
    path.write_bytes(b'{"lieu": "' + b"x" * (50 << 20) + b'"}\n')

    command = [sys.executable, "-c", LIMITED, *RUN[3:], str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert [place["id"] for place in json.loads(done.stdout)["result"]["places"]] == ["lint.line.long"]


def test_a_long_xml_file_of_many_messages_is_read_with_flat_memory(small, tmp_path):
    one = XML.partition(b"?>")[2]
    path = tmp_path / "many.xml"
    path.write_bytes(b"<lot>" + one.replace(b"<message>", b"<message>" + b" " * 10_000) * 3000 + b"</lot>")
    assert path.stat().st_size > 2 * MOST
    result, memory = measured([], str(path), "--profile", XML_PROFILE)
    assert (result["messages"], result["places"]) == (3000, [])
    assert memory < small + 15


def test_a_hundred_thousand_findings_are_counted_and_a_hundred_shown(small):
    bad = LINE.replace(b'"du": 3280', b'"du": 1').replace(b'"RENAULT"', b'"???"')
    result, memory = measured([bad * 1000] * 50)
    counts = {rule["id"]: (rule["findings"], rule["shown"]) for rule in result["rules"]}
    assert counts == {
        "lint.montant.du": (50_000, 100),
        "lint.vehicule.marque": (50_000, 100),
        "lint.message.repete": (49_999, 100),
    }
    assert len(result["places"]) == 300
    assert memory < small + 40


@pytest.mark.exhaustive
def test_a_gigabyte_of_lines_is_judged_with_flat_memory():
    """The cache of the store and its sort are full after a tenth of it, and grow no more."""
    count = (1 << 30) // len(LINE) // 1000
    _, tenth = measured([LINE * 1000] * (count // 10))
    result, whole = measured([LINE * 1000] * count)
    assert result["messages"] == count * 1000
    assert whole < tenth + 15


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_bytes(LINE.replace(b'"du": 3280', b'"du": 1') * 3000)
    with subprocess.Popen([*RUN, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (0, b"")


# --- what a file is ---


@pytest.fixture
def stdin(monkeypatch):
    """Judge what comes on standard input."""

    def run(content, profile="public"):
        class Piped:
            buffer = io.BufferedReader(io.BytesIO(content))

        monkeypatch.setattr(sys, "stdin", Piped)
        result = lint(Order(("-",), profile, workspace=EXAMPLES)).result
        return [(place["id"], place["line"]) for place in result["places"]], result

    return run


FORMS = {
    "lines": b"".join(numbered(2)),
    "array": b"[" + b",".join(line.strip() for line in numbered(2)) + b"]",
    "indented array": json.dumps([json.loads(line) for line in numbered(2)], indent=2).encode(),
    "spaced lines": b"\n \n".join(numbered(2)),
}


@pytest.mark.parametrize("form", FORMS)
def test_standard_input_and_json_files_are_read_as_what_they_are(stdin, check, form):
    for found, result in (stdin(FORMS[form]), check(FORMS[form], "a.json")):
        assert (found, result["messages"]) == ([], 2)


def test_one_indented_message_is_read_from_standard_input(stdin):
    found, result = stdin(b"\xef\xbb\xbf\n" + json.dumps(json.loads(LINE), indent=1).encode())
    assert (found, result["messages"]) == ([("lint.file.bom", 1)], 1)


def test_xml_on_standard_input_is_read_under_an_xml_profile(stdin):
    found, result = stdin(XML, XML_PROFILE)
    assert (found, result["kinds"]) == ([], {"rejet": 1})
    assert stdin(XML)[0] == stdin(LINE, XML_PROFILE)[0] == [("lint.file.encoding", None)]


def test_a_file_of_the_other_encoding_says_which_is_which(check):
    assert "file is JSON, the profile speaks XML" in check(LINE, "a.jsonl", XML_PROFILE)[0][0][2]
    assert "file is XML, the profile speaks JSON" in check(XML, "a.xml")[0][0][2]
    assert "file is XML, the profile speaks JSON" in check(XML, "a.json")[0][0][2]


def test_a_page_of_returns_is_opened(check):
    rejet = (EXAMPLES / "message.code.unlisted.pass.jsonl").read_bytes().strip()
    item = b'{"type": "rejetMessage", "sequence": 1, "contenu": ' + rejet + b"}"
    page = b'{"retours": [' + item + b"," + item.replace(b"rejetMessage", b"autre") + b'], "suite": false}'
    found, result = check(page, "a.json")
    assert (result["messages"], result["kinds"], result["unknown"]) == (2, {"rejet": 1}, 1)
    assert [rule for rule, _, _ in found] == ["lint.kind.unknown"]


def test_text_that_is_no_json_is_of_no_kind(check):
    found, result = check(b"certainly not\n" * 3)
    assert [rule for rule, _, _ in found] == ["message.unreadable"] * 3
    assert (result["messages"], result["kinds"], result["unknown"]) == (3, {}, 3)
    assert [rule["id"] for rule in result["rules"]] == ["message.unreadable"]
    assert "lint.secret" in {rule for rule, _, _ in check(b"-----BEGIN PRIVATE KEY-----\n")[0]}


def test_messages_on_one_line_are_told_apart(check, tmp_path):
    bad = [line.strip().replace(b'"RENAULT"', b'"???"') for line in numbered(2)]
    check(b"[" + b",".join(bad) + b"," + bad[0] + b"]", "a.json")
    done = lint(Order((str(tmp_path / "a.json"),), workspace=EXAMPLES))
    places = [finding.detail.partition(": ")[0].rpartition("/")[2] for finding in done.findings]
    assert set(places) == {f"a.json:1 (message {n})" for n in (1, 2, 3)}
    (again,) = [finding.detail for finding in done.findings if finding.id == "lint.message.repete"]
    assert again.count("(message 1)") == again.count("(message 3)") == 1


def test_the_size_of_an_xml_message_is_that_of_its_bytes(check, tmp_path):
    body = (
        XML.partition(b"?>")[2]
        .strip()
        .replace(b"</codeRejet>", b"</codeRejet><libelle>" + "é".encode() * 100 + b"</libelle>")
    )
    profile = tmp_path / "p.yaml"
    text = Path(XML_PROFILE).read_text(encoding="utf-8")
    for spare, told in ((0, []), (-1, ["lint.body.size"])):
        bound = len(body) + spare
        limits = f"limits:\n  body_bytes: {{value: {bound}, confidence: official, source: s}}\n"
        profile.write_text(text + limits, encoding="utf-8")
        for content in (body + b"\n", b"<lot>" + body + b"</lot>"):
            assert [rule for rule, _, _ in check(content, "a.xml", str(profile))[0]] == told


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_end_of_a_line_is_no_part_of_its_length(end):
    from fpsctl.lint import sources  # noqa: PLC0415

    for spare, told in ((0, True), (1, False)):
        for cut in (sources._lines, sources._document):  # noqa: SLF001 - the bound of each
            content = b'{"a": "' + b"x" * (91 + spare) + b'"}'
            (one,) = list(cut(io.BytesIO(content + end), 100))
            assert isinstance(one, Piece) == told


def test_a_name_that_is_no_utf_8_is_escaped_in_every_form(tmp_path, capsys, monkeypatch):
    from fpsctl.cli.app import main  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    Path(os.fsdecode(b"nom\xff.jsonl")).write_bytes(LINE.replace(b'"RENAULT"', b'"???"'))
    for form in ("json", "codequality", "junit", "text"):
        assert main(["lint", ".", "-C", str(EXAMPLES), "-o", form]) == 0
        out = capsys.readouterr().out
        assert "nom\\" in out and out.encode()
        if form == "codequality":
            assert json.loads(out)[0]["location"]["path"] == "nom\\xff.jsonl"
