"""The README's sessions on the embedded SI FPS run as written: each block in one folder, command after command."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fpsctl.cli.app import main

README = Path(__file__).parents[2] / "README.md"
PORT = "8443"  # the README's; a free one is taken here


def sessions():
    """The console blocks of each section that starts a sandbox, as one list of (command, expected lines)."""
    for section in re.split(r"^## ", README.read_text(encoding="utf-8"), flags=re.MULTILINE):
        blocks = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
        if not any("$ fpsctl sandbox serve" in block for block in blocks):
            continue
        steps = []
        for block in blocks:
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, expected = part.partition("\n")
                steps.append((command, expected.splitlines()))
        yield pytest.param(steps, id=section.partition("\n")[0])


SESSIONS = list(sessions())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def matches(lines, expected):
    """Say whether the lines are those expected; `[...]` stands for any number of lines."""
    if not expected:
        return not lines
    if expected[0] == "[...]":
        return any(matches(lines[skip:], expected[1:]) for skip in range(len(lines) + 1))
    return bool(lines) and lines[0] == expected[0] and matches(lines[1:], expected[1:])


class Session:
    def __init__(self, monkeypatch, capsys):
        self.monkeypatch, self.capsys, self.port, self.served = monkeypatch, capsys, free_port(), None

    def run(self, command):
        """Run a command; return what it prints."""
        command = command.replace(PORT, self.port)
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            self.monkeypatch.setenv(name, value)
            return []
        if command.endswith(" &"):
            return self.serve(shlex.split(command.removesuffix(" &")))
        if command.startswith("fpsctl "):
            main(shlex.split(command)[1:])
            out, err = self.capsys.readouterr()
            return (out + err).splitlines()
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
        return (done.stdout + done.stderr).splitlines()

    def serve(self, words):
        """Start the sandbox and wait until it says that it is ready; the README shows nothing of that."""
        self.served = subprocess.Popen(
            [sys.executable, "-m", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ
        )
        for line in self.served.stdout:
            if b"Ctrl-C" in line:
                return []
        pytest.fail("the sandbox did not start")

    def close(self):
        if self.served:
            self.served.terminate()
            self.served.wait(20)
            self.served.stdout.close()


@pytest.mark.parametrize("steps", SESSIONS)
def test_a_session_of_the_readme(steps, tmp_path, monkeypatch, capsys, tool):
    tool("curl")
    monkeypatch.chdir(tmp_path)
    shutil.copy(README.parent / "examples" / "avis.json", tmp_path)
    session = Session(monkeypatch, capsys)
    try:
        for command, expected in steps:
            printed = [line.rstrip().replace(session.port, PORT) for line in session.run(command)]
            assert matches(printed, expected), f"$ {command}\n" + "\n".join(printed)
            assert not any("internal" in line for line in printed)
    finally:
        session.close()


def test_there_is_a_session_in_each_language():
    assert len(SESSIONS) == 2
    assert any(command == "export FPSCTL_LANG=fr" for command, _ in SESSIONS[1].values[0])
