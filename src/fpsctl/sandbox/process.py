"""The embedded SI FPS as a child process: started, waited for, stopped; gone when its parent is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from fpsctl.errors import LocalError
from fpsctl.texts import language
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOG = "sandbox.log"
_PATIENCE = 10


class Running(NamedTuple):
    """A sandbox that listens."""

    url: str
    management_url: str
    ca: Path
    pid: int
    ready_file: Path


@contextmanager
def launch(state: Path, *, client_ca: Sequence[Path] = (), profile: str = "public", port: int = 0) -> Iterator[Running]:
    """Run a sandbox on a state folder for as long as the block lasts; its log is `sandbox.log` there.

    Raises `LocalError`: `sandbox.folder`, `sandbox.start` when it ends before it listens.
    """
    # -P: what lies in the current folder is not a part of the program.
    command = [sys.executable, "-P", "-m", "fpsctl", "sandbox", "serve", "--port", str(port), "--state", str(state)]
    command += ["--profile", profile, "--with-parent", "-o", "json", "--lang", language()]
    for path in client_ca:
        command += ["--client-ca", str(path)]
    with (
        _log(state) as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as child,  # noqa: S603 - our own command
    ):
        try:
            yield _ready(child, state)
        finally:
            _stop(child)


def _log(state: Path) -> IO[bytes]:
    """Open the log at its end, its owner's alone; raises `LocalError` (`sandbox.folder`)."""
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.fdopen(os.open(state / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    except OSError as error:
        raise LocalError("sandbox.folder", path=error.filename or state, detail=os_reason(error)) from error


def _ready(child: subprocess.Popen[bytes], state: Path) -> Running:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    told = child.stdout.readline()
    try:
        ready = json.loads(told)["result"]
        return Running(ready["url"], ready["management_url"], Path(ready["ca"]), ready["pid"], state / "ready.json")
    except (ValueError, KeyError, TypeError):
        told += child.stdout.read()
    detail = _error_of(told) or _last_line(state / LOG) or f"exit {child.wait()}"
    raise LocalError("sandbox.start", state=state, detail=detail)


def _error_of(output: bytes) -> str:
    """Return the sentence of an error envelope."""
    try:
        return str(json.loads(output)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return output.decode(errors="replace").strip()


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End the child: by its standard input, then by name."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
