"""SIGTERM, as `timeout` and a cancelled CI job send it, to real processes: nothing is left behind."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SLEEPER = """
import json, os, sys, time
request = json.load(sys.stdin)
if request["step"] == {asleep!r}:
    open({pids!r}, "w").write(str(os.getpid()))
    time.sleep(120)
described = {{"editor": "E", "product": "P", "version": "1", "environment": "test"}}
print(json.dumps(described | {{"capabilities": ["controle_connexion"]}}))
"""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


def filled(path):
    return path.exists() and path.read_text()


@pytest.fixture
def started(tmp_path):
    """Start fpsctl in a folder and a temporary folder of its own."""
    (tmp_path / "tmp").mkdir()
    children = []

    def start(*words):
        child = subprocess.Popen(
            [sys.executable, "-m", "fpsctl", *map(str, words)],
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def sleeper(tmp_path, asleep):
    script, pids = tmp_path / "program.py", tmp_path / "pids"
    script.write_text(SLEEPER.format(asleep=asleep, pids=str(pids)))
    return f"exec:{shlex.join([sys.executable, str(script)])}", pids


def sandboxes(folder):
    """Return the sandboxes that serve a folder below this one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "serve" in words and any(word.startswith(str(folder)) for word in words):
            found.append(entry.parent.name)
    return [pid for pid in found if alive(pid)]


@pytest.mark.parametrize("asleep", ["describe", "controler_connexion"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_certification_that_is_told_to_stop_leaves_nothing(tmp_path, started, asleep, times):
    adapter, pids = sleeper(tmp_path, asleep)
    child = started("conformance", "run", "--adapter", adapter, "--case", "connexion.*", "--timeout", "100")
    wait_for(lambda: filled(pids))
    for _ in range(times):
        child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    lines = [line for line in err.splitlines() if not line.startswith("[1/1]")]
    assert lines == ["error [interrupted] interrupted", "next: run the same command again"]
    assert not alive(int(pids.read_text()))
    assert sandboxes(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_demonstration_that_is_told_to_stop_leaves_no_process(tmp_path, started):
    child = started("demo", "--folder", tmp_path / "demo")
    wait_for((tmp_path / "demo" / "chain" / "fpsctl-sandbox" / "ready.json").exists)
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "error [interrupted]" in err and "Traceback" not in err
    assert sandboxes(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_sandbox_that_is_told_to_stop_ends_well(tmp_path, started):
    child = started("sandbox", "serve", "--state", tmp_path / "state", "-o", "json")
    assert child.stdout.readline()
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    assert not (tmp_path / "state" / "ready.json").exists()
