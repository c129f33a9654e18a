"""The vendor's program: called once per step, and every way it can go wrong told in one line."""

from __future__ import annotations

import json
import shlex
import signal
from typing import TYPE_CHECKING, Any, NamedTuple

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


class Ended(NamedTuple):
    """How a call ended: `exit N` or a signal's name, empty when it was stopped or not started; the error output."""

    status: str = ""
    stderr: str = ""
    """The end of it, unveiled."""


class Adapter:
    """A command that speaks `fpsctl/adapter/1`; `last` is how its last call ended."""

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
        self.last = Ended()

    def call(self, request: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
        """Return the answer to a request; `veil` knows the key that goes with it.

        Raises `LocalError`: `adapter.command` (it cannot be started), `adapter.timeout`, `adapter.crash`,
        `adapter.garbage`. A private key is never repeated.
        """
        given = json.dumps(request, ensure_ascii=False).encode()
        self.last = Ended()
        try:
            done = run(self.command, given, self._timeout)
        except OSError as error:
            raise LocalError("adapter.command", command=self.command[0], detail=os_reason(error)) from error
        self.last = Ended(_status(done.status), done.stderr.decode(errors="replace"))
        if done.status is None and not done.overflow:
            raise LocalError("adapter.timeout", seconds=f"{self._timeout:g}", said=self._said(veil))
        if done.status and not done.overflow:
            raise LocalError("adapter.crash", status=self.last.status, said=self._said(veil))
        try:
            return _answer(done)
        except _Garbage as error:
            raise self._garbage(str(error), veil) from error

    def step(self, request: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
        """Return the answer to the request of a step, which says whether it was done; raises as `call`."""
        answer = self.call(request, veil)
        if not isinstance(answer.get("ok"), bool):
            raise self._garbage(text("adapter.garbage.no-ok"), veil)
        return answer

    def _garbage(self, reason: str, veil: Veil) -> LocalError:
        return LocalError("adapter.garbage", reason=reason, said=self._said(veil))

    def _said(self, veil: Veil) -> str:
        """Return the end of the error output as the end of a sentence; empty when there is none."""
        told = veil.end(self.last.stderr)
        return text("adapter.said", said=told) if told else ""


class _Garbage(Exception):
    """What is wrong with an answer, in a few words."""


def _answer(done: Done) -> dict[str, Any]:
    """Read the one document; what is wrong with it is said, never shown. Raises `_Garbage`."""
    if done.overflow:
        raise _Garbage(text("adapter.garbage.long", most=MOST_OUTPUT))
    if not done.stdout.strip():
        raise _Garbage(text("adapter.garbage.nothing"))
    try:
        answer, end = json.JSONDecoder().raw_decode(content := done.stdout.decode().strip())
    except (ValueError, RecursionError) as error:
        raise _Garbage(text("adapter.garbage.not-json")) from error
    if end != len(content):
        raise _Garbage(text("adapter.garbage.more"))
    if not isinstance(answer, dict):
        raise _Garbage(text("adapter.garbage.not-object"))
    if _deeper(answer, _MOST_DEPTH):
        raise _Garbage(text("adapter.garbage.deep", most=_MOST_DEPTH))
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


def _status(status: int | None) -> str:
    """Return an exit status as people read it: `exit 3`, or the name of the signal that ended the program."""
    if status is None:
        return ""
    if status >= 0:
        return f"exit {status}"
    known = {item.value: item.name for item in signal.Signals}
    return known.get(-status, f"signal {-status}")
