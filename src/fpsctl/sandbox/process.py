"""The embedded SI FPS as a child process: started, waited for, stopped; gone when its parent is."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.errors import LocalError

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

    Raises `LocalError` (`sandbox.start`) when it ends before it listens.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "fpsctl", "sandbox", "serve", "--port", str(port), "--state", str(state)]
    command += ["--profile", profile, "--with-parent", "-o", "json"]
    for path in client_ca:
        command += ["--client-ca", str(path)]
    with (
        (state / LOG).open("ab") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as child,  # noqa: S603 - our own command
    ):
        try:
            yield _ready(child, state)
        finally:
            _stop(child)


def _ready(child: subprocess.Popen[bytes], state: Path) -> Running:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    told = child.stdout.readline()
    if not told:
        last = (state / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        error = _error_of(child.stdout.read() or b"") or (last[-1] if last else f"exit {child.wait()}")
        raise LocalError("sandbox.start", state=state, detail=error)
    try:
        ready = json.loads(told)["result"]
    except (ValueError, KeyError, TypeError):
        rest = told + child.stdout.read()
        raise LocalError("sandbox.start", state=state, detail=_error_of(rest)) from None
    return Running(ready["url"], ready["management_url"], Path(ready["ca"]), ready["pid"], state / "ready.json")


def _error_of(output: bytes) -> str:
    """Return the sentence of an error envelope."""
    try:
        return str(json.loads(output)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return output.decode(errors="replace").strip()


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End the child: by its standard input, then by name."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
