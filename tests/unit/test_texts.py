"""No code without its sentence, in both languages; no sentence without its facts."""

import ast
import re
import string
from pathlib import Path

import pytest

from fpsctl.dossier import EFFECTS, EVENTS, TRANSITIONS
from fpsctl.dossier.views import DEADLINES
from fpsctl.texts import catalogue, choose_language

SOURCE = Path(__file__).parents[2] / "src" / "fpsctl"
FR, EN = catalogue("fr"), catalogue("en")
ERRORS = {
    "FpsctlError", "UsageError", "LocalError", "EventRefused", "ConnectionFailed", "Refused", "Pending",
    "InternalError", "InvalidIdentifier",
}  # fmt: skip
PLACED_BY_CALLER = {"event", "step"}


def placeholders(sentence):
    return {name.partition(".")[0] for _, name, _, _ in string.Formatter().parse(sentence) if name}


def raised():
    """Every `SomeError("code", name=...)` of the source: (file, code, names given, whether ** is used)."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS):
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                names = {keyword.arg for keyword in node.keywords}
                yield path.name, node.args[0].value, names


def test_both_languages_have_the_same_codes():
    assert FR.keys() == EN.keys()


def test_both_languages_speak_of_the_same_facts():
    differing = [code for code in FR if placeholders(FR[code]) != placeholders(EN[code])]
    assert differing == []


def test_no_sentence_is_empty():
    assert [code for code in FR if not FR[code].strip() or not EN[code].strip()] == []


def test_every_error_that_is_raised_has_a_sentence_and_a_next_thing_to_type():
    missing = {
        f"{where}: {kind}.{code}"
        for where, code, _ in raised()
        for kind in ("error", "hint")
        if f"{kind}.{code}" not in FR
    }
    assert missing == set()
    assert len({code for _, code, _ in raised()}) > 40


def test_every_error_gives_the_facts_that_its_sentence_names():
    for where, code, names in raised():
        if None in names:  # facts passed on from another error
            continue
        needed = placeholders(FR[f"error.{code}"]) | placeholders(FR[f"hint.{code}"])
        assert needed <= names | PLACED_BY_CALLER, (where, code)


def test_no_error_sentence_is_left_over():
    codes = {code for _, code, _ in raised()}
    written = {code.removeprefix("error.") for code in FR if code.startswith("error.")}
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    assert {code for code in written - codes if f'"{code}"' not in source} == set()


@pytest.mark.parametrize("kind", [*EVENTS, *EFFECTS])
def test_every_event_and_outcome_has_a_title(kind):
    outcomes = {row.outcome for row in TRANSITIONS if row.kind == kind}
    assert outcomes, kind
    for outcome in outcomes:
        assert f"event.{kind}.{outcome}" in FR if outcome else f"event.{kind}" in FR


@pytest.mark.parametrize("slug", DEADLINES)
def test_every_deadline_has_a_title(slug):
    assert f"delai.{slug}" in FR


def test_every_text_asked_for_literally_exists():
    asked = set()
    for path in SOURCE.rglob("*.py"):
        asked |= set(re.findall(r'\btext\(\s*"([a-z0-9._-]+)"', path.read_text(encoding="utf-8")))
    for path in SOURCE.rglob("*.j2"):
        asked |= set(re.findall(r'\btext\("([a-z0-9._-]+)"[,)]', path.read_text(encoding="utf-8")))
    assert asked - FR.keys() == set()
    assert len(asked) > 60


@pytest.mark.parametrize(
    ("asked", "environment", "chosen"),
    [
        ("fr", {"FPSCTL_LANG": "en"}, "fr"),
        (None, {"FPSCTL_LANG": "fr"}, "fr"),
        (None, {"FPSCTL_LANG": "", "LC_ALL": "fr_FR.UTF-8"}, "fr"),
        (None, {"FPSCTL_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_language_comes_from_the_flag_then_the_environment(monkeypatch, asked, environment, chosen):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert choose_language(asked) == chosen
