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
    code = profile_cache.makers()[1]
    monkeypatch.setattr(profile_cache, "makers", lambda: ["0.0.0", code])
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


def _bounded(value, parent="public"):
    limit = f"limits: {{body_bytes: {{value: {value}, confidence: official, source: trial}}}}\n"
    return CHILD.replace("./parent.yaml", parent) + (limit if value else "")


@pytest.mark.usefixtures("cache")
def test_a_link_beside_another_parent_is_another_profile(tmp_path):
    for name, value in (("a", 1111), ("b", 2222)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "base.yaml").write_text(_bounded(value), encoding="utf-8")
    (tmp_path / "b" / "p.yaml").write_text(_bounded(0, "base.yaml"), encoding="utf-8")
    (tmp_path / "a" / "p.yaml").symlink_to(tmp_path / "b" / "p.yaml")
    assert [load_profile(str(tmp_path / name / "p.yaml")).limits.body_bytes.value for name in "ba"] == [2222, 1111]


@pytest.mark.usefixtures("cache")
def test_a_link_that_leads_elsewhere_now_is_followed_anew(tmp_path):
    for name, value in (("one.yaml", 1111), ("two.yaml", 2222)):
        (tmp_path / name).write_text(_bounded(value), encoding="utf-8")
    (tmp_path / "p.yaml").write_text(_bounded(0, "base.yaml"), encoding="utf-8")
    found = []
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / "base.yaml").unlink(missing_ok=True)
        (tmp_path / "base.yaml").symlink_to(name)
        found.append(load_profile(str(tmp_path / "p.yaml")).limits.body_bytes.value)
    assert found == [1111, 2222]


@pytest.mark.usefixtures("cache")
def test_a_hook_behind_a_link_that_leads_elsewhere_is_another_hook(tmp_path):
    (tmp_path / "one.py").write_text("a = 1\n", encoding="utf-8")
    (tmp_path / "two.py").write_text("a = 2\n", encoding="utf-8")
    hook = "hook: {file: hook.py, name: A, confidence: official, source: trial}\n"
    (tmp_path / "p.yaml").write_text(_bounded(0) + hook, encoding="utf-8")
    digests = []
    for name in ("one.py", "two.py"):
        (tmp_path / "hook.py").unlink(missing_ok=True)
        (tmp_path / "hook.py").symlink_to(name)
        digests.append(load_profile(str(tmp_path / "p.yaml")).hook.sha256)
    assert digests[0] != digests[1]


@pytest.mark.usefixtures("cache")
def test_a_file_that_changes_while_it_is_read_is_compiled_again(tmp_path, monkeypatch):
    path = tmp_path / "p.yaml"
    path.write_text(_bounded(1111), encoding="utf-8")
    with monkeypatch.context() as patch:
        original = loading.check
        patch.setattr(loading, "check", lambda one: path.write_text(_bounded(2222), encoding="utf-8") and original(one))
        assert load_profile(str(path)).limits.body_bytes.value == 1111
    assert load_profile(str(path)).limits.body_bytes.value == 2222


@pytest.mark.usefixtures("cache")
def test_without_a_home_there_is_no_cache(child, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")

    def homeless(path):
        raise RuntimeError(path)

    monkeypatch.setattr(profile_cache.Path, "expanduser", homeless)
    assert load_profile(child).profile == "child"


def test_what_is_kept_is_its_owner_s_alone(cache, child):
    load_profile(child)
    (kept,) = cache.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.chmod(0o644)
    kept.write_text("", encoding="utf-8")
    load_profile(child)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_every_module_that_checks_makes_another_cache(monkeypatch):
    seen = []
    original = profile_cache.Path.read_bytes
    monkeypatch.setattr(profile_cache.Path, "read_bytes", lambda path: seen.append(path.name) or original(path))
    profile_cache.makers.__wrapped__()
    assert {"profile_checks.py", "profile_xml.py", "profile_values.py", "wire_tree.py", "wire_models.py"} <= set(seen)
