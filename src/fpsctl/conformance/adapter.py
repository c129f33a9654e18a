"""The vendor's program: called once per step, and every way it can go wrong told in one line."""

from __future__ import annotations

import json
import shlex
import signal
from typing import TYPE_CHECKING, Any

from fpsctl.conformance.process import MOST_OUTPUT, run
from fpsctl.errors import LocalError, UsageError
from fpsctl.texts import text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fpsctl.conformance.process import Done
    from fpsctl.conformance.secrecy import Veil

_SCHEME = "exec:"
_MOST_DEPTH = 50


class Adapter:
    """A command that speaks `fpsctl/adapter/1`."""

    def __init__(self, address: str, timeout: float) -> None:
        """Read `exec:COMMAND`; `timeout` is in seconds, a call. Raises `UsageError` (`usage.adapter`)."""
        try:
            words = shlex.split(address.removeprefix(_SCHEME)) if address.startswith(_SCHEME) else []
        except ValueError:
            words = []
        if not words:
            raise UsageError("usage.adapter", value=address)
        self.command = words
        self._timeout = timeout

    def call(self, request: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
        """Return the answer to a request; `veil` knows the key that goes with it.

        Raises `LocalError`: `adapter.command` (it cannot be started), `adapter.timeout`, `adapter.crash`,
        `adapter.garbage`. A private key is never repeated.
        """
        given = json.dumps(request, ensure_ascii=False).encode()
        try:
            done = run(self.command, given, self._timeout)
        except OSError as error:
            raise LocalError("adapter.command", command=self.command[0], detail=os_reason(error)) from error
        if done.overflow:
            raise _garbage(text("adapter.garbage.long", most=MOST_OUTPUT))
        if done.status is None:
            raise LocalError("adapter.timeout", seconds=f"{self._timeout:g}")
        if done.status != 0:
            raise LocalError("adapter.crash", status=_status(done.status), said=_last_line(done, veil))
        return _answer(done.stdout)

    def step(self, request: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
        """Return the answer to the request of a step, which says whether it was done; raises as `call`."""
        answer = self.call(request, veil)
        if not isinstance(answer.get("ok"), bool):
            raise _garbage(text("adapter.garbage.no-ok"))
        return answer


def _answer(stdout: bytes) -> dict[str, Any]:
    """Read the one document; what is wrong with it is said, never shown."""
    if not stdout.strip():
        raise _garbage(text("adapter.garbage.nothing"))
    try:
        answer, end = json.JSONDecoder().raw_decode(content := stdout.decode().strip())
    except (ValueError, RecursionError) as error:
        raise _garbage(text("adapter.garbage.not-json")) from error
    if end != len(content):
        raise _garbage(text("adapter.garbage.more"))
    if not isinstance(answer, dict):
        raise _garbage(text("adapter.garbage.not-object"))
    if _deeper(answer, _MOST_DEPTH):
        raise _garbage(text("adapter.garbage.deep", most=_MOST_DEPTH))
    return answer


def _deeper(value: object, most: int) -> bool:
    """Say whether a document has more levels than can be written again."""
    level = [value]
    for _ in range(most):
        level = [inner for item in level for inner in _inner(item)]
    return bool(level)


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _garbage(reason: str) -> LocalError:
    return LocalError("adapter.garbage", reason=reason)


def _status(status: int) -> str:
    """Return an exit status as people read it: `exit 3`, or the name of the signal that ended the program."""
    if status >= 0:
        return f"exit {status}"
    known = {item.value: item.name for item in signal.Signals}
    return known.get(-status, f"signal {-status}")


def _last_line(done: Done, veil: Veil) -> str:
    lines = done.stderr.decode(errors="replace").split("\n")
    return veil.line(next((line for line in reversed(lines) if line.strip()), "")) or "-"
