"""`fpsctl profile`: five commands, two languages, text and JSON, right and wrong input."""

import json
import shutil
from pathlib import Path

import pytest

from fpsctl.antai import MESSAGES, load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.provenance import CONFIDENCES
from fpsctl.cli.app import main
from fpsctl.cli.profile import Word

PROFILES = Path(__file__).parents[1] / "profiles"
BEFORE, AFTER = (str(PROFILES / f"diff-{side}.yaml") for side in ("before", "after"))
KEYS = {"schema", "command", "ok", "result", "findings", "error"}


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    """Run `fpsctl profile ...` in an empty folder; return code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        code = main(["profile", *(str(arg) for arg in args)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def cli_json(cli):
    def call(*args):
        code, out, _ = cli(*args, "-o", "json")
        envelope = json.loads(out)
        assert set(envelope) == KEYS
        return code, envelope

    return call


COMMANDS = {
    "list": ("list", "--dir", str(PROFILES)),
    "show": ("show", AFTER),
    "show a message": ("show", AFTER, "--message", "annulation"),
    "check": ("check", BEFORE, "--at", "2026-03-02"),
    "diff": ("diff", BEFORE, AFTER),
    "provenance": ("provenance", AFTER, "--list", "official"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_speaks_both_languages(name, cli):
    said = {lang: cli("--lang", lang, *COMMANDS[name]) for lang in ("fr", "en")}
    assert [code for code, _, _ in said.values()] == [0, 0]
    assert said["fr"][1] != said["en"][1]
    for _, out, err in said.values():
        assert err == ""
        assert not [line for line in out.splitlines() if line.strip().startswith(("profile.", "provenance.", "ui."))]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_answers_in_one_envelope(name, cli_json):
    code, envelope = cli_json(*COMMANDS[name])
    assert (code, envelope["ok"], envelope["error"]) == (0, True, None)
    assert envelope["command"] == f"profile {COMMANDS[name][0]}"


# list


def test_the_list_has_the_built_in_profiles(cli_json):
    _, envelope = cli_json("list")
    (public,) = envelope["result"]["profiles"]
    profile = load_profile("public")
    assert public["name"] == "public"
    assert public["profile"]["digest"] == profile.digest
    assert public["profile"]["in_force"] == {"from": "2018-01-01", "to": None}
    assert public["profile"]["confidential"] is False


def test_a_file_that_does_not_load_is_listed_with_its_code(cli, tmp_path):
    folder = tmp_path / "ours"
    folder.mkdir()
    shutil.copy(BEFORE, folder / "a.yaml")
    (folder / "b.yml").write_text("profile: [", encoding="utf-8")
    (folder / "notes.txt").write_text("not looked at", encoding="utf-8")
    code, out, _ = cli("list", "--dir", folder)
    lines = out.splitlines()
    assert (code, len(lines), lines[-1]) == (0, 5, "profiles: 3")
    assert lines[0].split()[0] == "public" and "essai-avant" in lines[1] and "Trial profile, version 2" in lines[1]
    assert lines[2].strip() == str(folder / "a.yaml")
    assert "[profile.unreadable]" in lines[3] and "b.yml" in lines[3]


def test_a_folder_that_is_not_there_is_said(cli):
    code, _, err = cli("list", "--dir", "nowhere")
    assert code == 3
    assert err.startswith("error [profile.folder] Folder nowhere is not readable")


# show


def test_a_confidential_profile_says_so_first(cli):
    for command in (
        ("show", AFTER),
        ("show", AFTER, "--message", "rejet"),
        ("provenance", AFTER),
        ("diff", BEFORE, AFTER),
    ):
        assert cli(*command)[1].splitlines()[0] == "CONFIDENTIAL: do not pass on what follows."
    assert "CONFIDENTIAL" not in cli("show", "public")[1]


def test_a_profile_that_is_not_in_force_is_shown_with_a_warning(cli, cli_json):
    code, envelope = cli_json("show", BEFORE, "--at", "2026-07-01")
    assert code == 0
    assert [(one["id"], one["outcome"]) for one in envelope["findings"]] == [("profile.not-in-force", "warn")]
    assert "[profile.not-in-force]" in cli("show", BEFORE, "--at", "2026-07-01")[1]
    assert "[profile.not-in-force]" not in cli("show", BEFORE, "--at", "2026-06-30")[1]


def test_the_whole_merged_profile_is_in_the_json(cli_json):
    _, envelope = cli_json("show", AFTER)
    assert envelope["result"]["merged"] == load_profile(AFTER).model_dump(mode="json", by_alias=True)


def test_every_section_that_says_something_is_shown(cli):
    _, out, _ = cli("show", AFTER)
    for said in (
        "send_annulation", "/v3/{siret}/annulations/{numero}", "euros_decimal", "X-Correlation", "parts.code",
        "erreur.code", "depuis", "65536", "mod97", "https://sifps-v3.invalid", "cert.key.file-mode", "service.envoi",
        "essai, guide 3, p. 12", "rejetMessage", "E01",
    ):  # fmt: skip
        assert said in out, said


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_tells_each_value(kind, cli, cli_json):
    _, envelope = cli_json("show", "public", "--message", kind)
    told = envelope["result"]["message"]
    assert [field["name"] for field in told["fields"]] == list(leaves_of(MESSAGES[kind]))
    _, out, _ = cli("show", "public", "--message", kind)
    for entry in load_profile("public").messages[kind].fields.values():
        assert entry.path in out
        assert all(str(code.wire) in out for code in (entry.codes or {}).values())


def test_a_value_that_is_not_on_the_wire_is_said(cli, cli_json):
    fields = {
        one["name"]: one
        for one in cli_json("show", AFTER, "--message", "avis_initial")[1]["result"]["message"]["fields"]
    }
    assert (fields["zone"]["path"], fields["zone"]["default"]) == (None, "unique")
    assert (fields["fin_effet"]["path"], fields["fin_effet"]["confidence"]) == (None, None)
    assert (fields["fps"]["format"], fields["minore.montant"]["format"]) == ("euros_decimal", "cents")
    assert (fields["etabli_le"]["format"], fields["vehicule.marque"]["required"]) == ("%Y%m%d", False)
    _, out, _ = cli("show", AFTER, "--message", "avis_initial")
    assert "(absent, means unique)" in out and "optional (absent, means non précisé)" in out
    assert "not on this interface" in out and "entete.canal" in out


# wrong input


@pytest.mark.parametrize("command", [("show",), ("provenance",), ("check",), ("diff", "public")])
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("nothing.yaml", None, "profile.unknown"),
        ("publik", None, "profile.unknown"),
        ("words.yaml", "profile: [", "profile.unreadable"),
        ("list.yaml", "- a\n", "profile.invalid"),
        ("half.yaml", "profile: half\n", "profile.invalid"),
        ("folder/", None, "profile.unreadable"),
    ],
)
def test_what_is_not_a_profile_is_refused_with_a_code(command, name, content, code, cli, tmp_path):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    if name.endswith("/"):
        (tmp_path / name).mkdir()
    status, _, err = cli(*command, name)
    assert status == 3
    assert err.startswith(f"error [{code}]")
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize("command", ["show", "provenance"])
def test_a_message_that_is_not_there_is_a_usage_error(command, cli):
    code, _, err = cli(command, "public", "--message", "avis")
    assert code == 2
    assert "[usage.message]" in err and "avis_initial" in err


def test_a_day_that_does_not_exist_is_a_usage_error(cli):
    assert cli("show", "public", "--at", "2026-02-30")[0] == 2
    assert cli("check", "public", "--at", "yesterday")[0] == 2


def test_a_confidence_that_does_not_exist_is_a_usage_error(cli):
    assert cli("provenance", "public", "--list", "hearsay")[0] == 2
    assert {word.value for word in Word} == set(CONFIDENCES)


# check


def test_one_file_good_one_bad_are_both_told(cli, cli_json, tmp_path):
    (tmp_path / "bad.yaml").write_text("profile: [", encoding="utf-8")
    code, out, err = cli("check", BEFORE, "bad.yaml", "--at", "2026-03-02")
    assert code == 3
    assert f"{BEFORE} : fine" in out and "bad.yaml : cannot be loaded" in out
    assert "[profile.unreadable] Profile bad.yaml:2 is not readable YAML" in out
    assert err.startswith("error [profile.unreadable] Profile bad.yaml:")
    code, envelope = cli_json("check", BEFORE, "bad.yaml", "worse.yaml", "--at", "2026-03-02")
    assert (code, envelope["ok"]) == (3, False)
    assert [item["outcome"] for item in envelope["result"]["profiles"]] == ["pass", "error", "error"]
    assert [item["error"] and item["error"]["code"] for item in envelope["result"]["profiles"]] == [
        None, "profile.unreadable", "profile.unknown",
    ]  # fmt: skip


def test_every_file_that_does_not_load_is_told_in_full(cli):
    code, _, err = cli("check", "a.yaml", "b.yaml")
    assert code == 3
    assert [line.split("]")[0] for line in err.splitlines()[::2]] == ["error [profile.unknown"] * 2


def test_the_same_file_twice_is_checked_once(cli_json):
    _, envelope = cli_json("check", BEFORE, BEFORE)
    assert len(envelope["result"]["profiles"]) == 1


def test_a_finding_that_fails_is_exit_1_and_a_warning_only_if_strict(cli, tmp_path):
    text = Path(BEFORE).read_text(encoding="utf-8")
    (tmp_path / "odd.yaml").write_text(text.replace("https://recette", "http://recette"), encoding="utf-8")
    code, out, _ = cli("check", "odd.yaml", "--at", "2026-03-02")
    assert code == 1
    assert "odd.yaml : to be fixed" in out and "[profile.host.https]" in out and "odd.yaml:10" in out
    assert cli("check", BEFORE, "--at", "2027-03-02")[0] == 0
    assert cli("check", BEFORE, "--at", "2027-03-02", "--strict")[0] == 1


def test_the_check_says_how_much_is_still_assumed(cli):
    assert "142 of 142 fields still assumed" in cli("check", "public")[1]
    assert "for information [profile.host.production]" in cli("check", "public")[1]


def test_an_operation_that_is_left_out_is_refused_with_its_line(cli, tmp_path):
    text = Path(BEFORE).read_text(encoding="utf-8").replace("operations:\n", "operations:\n  read_impression: null\n")
    (tmp_path / "less.yaml").write_text(text, encoding="utf-8")
    code, _, err = cli("check", "less.yaml")
    assert code == 3
    assert err.startswith("error [profile.unmapped] Profile less.yaml:15 ")


# diff


def test_identical_profiles_say_so(cli, cli_json):
    code, out, _ = cli("diff", "public", "public", "--exit-code")
    assert code == 0
    assert "Both profiles say the same: nothing to change." in out
    assert cli_json("diff", AFTER, AFTER)[1]["result"]["identical"] is True


def test_the_exit_code_is_asked_for(cli, cli_json):
    assert cli("diff", BEFORE, AFTER)[0] == 0
    assert cli("diff", BEFORE, AFTER, "--exit-code")[0] == 1
    code, envelope = cli_json("diff", BEFORE, AFTER, "--exit-code")
    result = envelope["result"]
    assert (code, result["identical"], result["counts"]["must"] > 20) == (1, False, True)
    groups = {group["group"]: group for group in result["groups"]}
    (path,) = [one for one in groups["operations"]["changes"] if one["name"] == "send_annulation.path"]
    assert (path["action"], path["before"], path["source"]) == (
        "must",
        "/front/v1/{siret}/annulations",
        "essai, guide 3, p. 7",
    )


# provenance


def test_the_counts_add_up_in_what_is_printed(cli_json):
    result = cli_json("provenance", "public")[1]["result"]
    for family in ("items", "places", "sections", "rules"):
        for confidence in CONFIDENCES:
            assert result["totals"][family][confidence] == sum(part[confidence] for part in result[family].values())
    assert result["list"] is None


def test_one_message_is_counted_alone(cli, cli_json):
    result = cli_json("provenance", "public", "--message", "annulation")[1]["result"]
    assert (set(result["items"]), set(result["places"]), result["sections"], result["rules"]) == (
        {"annulation"}, {"annulation"}, {}, {},
    )  # fmt: skip
    assert "avis_initial" not in cli("provenance", "public", "--message", "annulation")[1]


@pytest.mark.parametrize("word", CONFIDENCES)
def test_the_list_is_what_was_counted(word, cli_json):
    result = cli_json("provenance", AFTER, "--list", word)[1]["result"]
    assert len(result["list"]) == result["totals"]["all"][word]
    assert {one["confidence"] for one in result["list"]} <= {word}
    assert all(one["source"] or one["reason"] for one in result["list"])
