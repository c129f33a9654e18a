"""Every report made on a profile says on which, and on whose word that one stands; no name of a confidential one."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fpsctl.antai import MESSAGES, load_profile
from fpsctl.antai.reserve import described
from fpsctl.cli.app import main
from fpsctl.render.connection import connection_lines
from fpsctl.render.interface import interface, words
from fpsctl.render.junit import junit
from fpsctl.render.page import index_page

PROFILES = Path(__file__).parents[1] / "profiles"
AFTER = str(PROFILES / "diff-after.yaml")
LIFE = ("simulate", "dossier", "rapo-silence", "--at", "2026-06-08", "--profile")


def run(capsys, *args):
    assert main([*args]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("profile", ["public", AFTER])
def test_a_simulation_quotes_its_profile_in_every_form(profile, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = described(load_profile(profile), "en")
    line = interface(told)
    assert f"  {line}\n" in run(capsys, *LIFE, profile, "--html", "a.html")
    assert line in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert json.loads(run(capsys, *LIFE, profile, "-o", "json"))["result"]["profile"] == told


def wire_names(profile):
    """Names that only this profile has: what is on the wire and is no word of ours."""
    paths = [entry.path or "" for message in profile.messages.values() for entry in message.fields.values()]
    codes = [
        str(code.wire)
        for message in profile.messages.values()
        for entry in message.fields.values()
        for code in (entry.codes or {}).values()
    ]
    names = {step.strip("[]@#") for path in paths for step in path.split(".")} | set(codes)
    names |= {message.wire for message in profile.messages.values()} | {"sifps-v3.invalid", "X-Correlation"}
    # A compound of ours (dateEnvoi) cannot come from anywhere else; a plain word may.
    return {name for name in names if re.search(r"[a-z][A-Z]|_|\.|-", name)} - set(MESSAGES)


def test_a_report_on_a_confidential_profile_holds_none_of_its_names(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hidden = wire_names(load_profile(AFTER))
    assert {"numeroAvis", "dateEnvoi", "DROIT_EXISTANT", "sifps-v3.invalid"} <= hidden
    told = run(capsys, *LIFE, AFTER, "--html", "a.html") + run(capsys, *LIFE, AFTER, "-o", "json")
    told += (tmp_path / "a.html").read_text(encoding="utf-8")
    assert [name for name in hidden if re.search(rf"\b{re.escape(name)}\b", told)] == []


def test_junit_has_the_provenance_as_a_property():
    told = described(load_profile(AFTER), "en")
    result = {
        "profile": told, "editor": "e", "product": "p", "version": "1", "suite": "1", "fpsctl": "0",
        "genere_le": "2026-01-01T00:00:00", "cases": [],
    }  # fmt: skip
    properties = {item.get("name"): item.get("value") for item in ET.fromstring(junit(result, {})).iter("property")}  # noqa: S314 - our own
    assert properties["provenance"] == words(told)
    assert properties["reserve"] == told["reserve"]


def test_a_check_of_the_connection_says_on_which_interface():
    told = described(load_profile("public"), "en")
    result = {
        "siret": "1", "url": "u", "environnement": "e", "profile": told, "etapes": [], "diagnostic": None,
        "front": None,
    }  # fmt: skip
    assert connection_lines(result, (), {})[1].plain == f"  {interface(told)}"


def test_a_page_of_links_says_on_which_interface():
    told = described(load_profile("public"), "en")
    assert f'<p class="reserve">{words(told)}</p>' in index_page("t", [], words(told))


@pytest.mark.parametrize(("lang", "said"), [("fr", "provenance : hypothèse 198"), ("en", "provenance: assumption 198")])
def test_the_words_are_in_the_language_in_use(lang, said, capsys):
    assert said in run(capsys, "--lang", lang, *LIFE, "public")
