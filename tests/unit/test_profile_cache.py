"""A user's profile is compiled once; whatever changes under it, the old one is never used."""

import json
import stat

import pytest

from fpsctl.antai import profile as loading
from fpsctl.antai import profile_cache
from fpsctl.antai.profile import load_profile
from fpsctl.errors import LocalError

PARENT = """\
profile: parent
version: "1"
title: {fr: "Essai", en: "Trial"}
extends: public
delays: {service.envoi: {days: 2, confidence: official, source: trial}}
"""
CHILD = PARENT.replace("profile: parent", "profile: child").replace("public", "./parent.yaml").split("delays")[0]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "parent.yaml").write_text(PARENT, encoding="utf-8")
    (tmp_path / "child.yaml").write_text(CHILD, encoding="utf-8")
    return tmp_path / "cache" / "fpsctl" / "profiles"


@pytest.fixture
def child(tmp_path):
    return str(tmp_path / "child.yaml")


@pytest.fixture
def read(monkeypatch):
    """Count the files that are read and merged."""
    seen = []
    original = loading.read_layer
    monkeypatch.setattr(loading, "read_layer", lambda path: seen.append(path.name) or original(path))
    return seen


def test_the_second_time_nothing_is_merged(cache, child, read):
    first = load_profile(child)
    assert read == ["child.yaml", "parent.yaml", "public.yaml"]
    second = load_profile(child)
    assert len(read) == 3 and second == first and second.digest == first.digest
    assert len(list(cache.iterdir())) == 1
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700  # a confidential profile is nobody else's


def test_a_change_of_any_file_compiles_again(cache, child, read, tmp_path):
    before = load_profile(child)
    (tmp_path / "parent.yaml").write_text(PARENT.replace("days: 2", "days: 3"), encoding="utf-8")
    after = load_profile(child)
    assert (before.delays["service.envoi"].days, after.delays["service.envoi"].days) == (2, 3)
    assert len(read) == 6 and len(list(cache.iterdir())) == 1


def test_a_file_that_is_gone_is_missed(cache, child, tmp_path):
    load_profile(child)
    assert list(cache.iterdir())
    (tmp_path / "parent.yaml").unlink()
    with pytest.raises(LocalError) as caught:
        load_profile(child)
    assert caught.value.code == "profile.unknown"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"made_by": null, "sources": [], "profile": {}}'])
def test_a_damaged_cache_is_none(cache, child, content):
    first = load_profile(child)
    (kept,) = cache.iterdir()
    kept.write_bytes(content)
    assert load_profile(child) == first


def test_that_of_another_version_is_none(cache, child, read, monkeypatch):
    load_profile(child)
    assert list(cache.iterdir())
    monkeypatch.setattr(profile_cache, "__version__", "0.0.0")
    load_profile(child)
    assert len(read) == 6


def test_an_entry_that_was_tampered_with_is_no_profile(cache, child):
    load_profile(child)
    (kept,) = cache.iterdir()
    record = json.loads(kept.read_bytes())
    record["profile"]["operations"]["check_front"]["method"] = "get me"
    kept.write_text(json.dumps(record), encoding="utf-8")
    assert load_profile(child).operations["check_front"].method == "GET"


def test_a_cache_that_cannot_be_written_is_done_without(child, tmp_path, monkeypatch):
    (tmp_path / "parent.yaml").write_text(PARENT, encoding="utf-8")
    (tmp_path / "child.yaml").write_text(CHILD, encoding="utf-8")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_profile(child).profile == "child"
