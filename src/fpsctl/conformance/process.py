"""A foreign program, run once: its input given, its output bounded, and nothing of it left running."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.clock import steady

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_OUTPUT = 1024 * 1024
_KEPT_STDERR = 16 * 1024
_CHUNK = 64 * 1024
_TURN = 0.05  # seconds between two looks at a program that says nothing
_SHORT_TURN = 0.002  # the same once it has closed its streams: it is about to end


class Done(NamedTuple):
    """How a program ended: its exit status (negative: a signal), None when it was stopped for being too slow."""

    status: int | None
    stdout: bytes
    stderr: bytes
    """The end of it."""
    overflow: bool = False
    """It wrote more than `MOST_OUTPUT` and was stopped."""


def run(command: Sequence[str], given: bytes, timeout: float) -> Done:
    """Run a program in a session of its own and end all of that session with it; raises `OSError` when it cannot start.

    `given` is a request of some kilobytes: it always fits in the pipe.
    """
    process = subprocess.Popen(  # noqa: S603 - the user's own command, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
    )
    try:
        return _Watch(process, steady() + timeout).attend(given)
    finally:
        # Before the program is waited for: its number is still its own.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]  # all three are pipes


class _Watch:
    def __init__(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        self._process, self._deadline = process, deadline
        self._read = {"stdout": b"", "stderr": b""}

    def attend(self, given: bytes) -> Done:
        """Read both streams until the program has ended, was too slow or said too much."""
        self._give(given)
        with selectors.DefaultSelector() as selector:
            for name in self._read:
                stream = getattr(self._process, name)
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ, name)
            while True:
                ended = self._ended()
                heard = self._listen(selector, wait=not ended)
                if len(self._read["stdout"]) > MOST_OUTPUT:
                    return self._done(None, overflow=True)
                if ended and not heard:  # what a grandchild may still write is no answer
                    return self._done(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status)
                if steady() > self._deadline:
                    return self._done(None)

    def _give(self, given: bytes) -> None:
        stdin = self._process.stdin
        with suppress(BrokenPipeError):
            stdin.write(given)  # type: ignore[union-attr]  # it is a pipe
            stdin.close()  # type: ignore[union-attr]

    def _ended(self) -> os.waitid_result | None:
        """Look whether the program has ended, without forgetting its number."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)

    def _listen(self, selector: selectors.BaseSelector, *, wait: bool) -> bool:
        """Take what stands in the pipes; says whether there was anything."""
        turn = _TURN if selector.get_map() else _SHORT_TURN
        heard = False
        for key, _ in selector.select(turn if wait else 0):
            chunk = os.read(key.fd, _CHUNK)
            if not chunk:
                selector.unregister(key.fileobj)
                continue
            heard = True
            self._read[key.data] += chunk
            if key.data == "stderr":
                self._read["stderr"] = self._read["stderr"][-_KEPT_STDERR:]
        return heard

    def _done(self, status: int | None, *, overflow: bool = False) -> Done:
        return Done(status, self._read["stdout"], self._read["stderr"], overflow)
