"""The one place where a profile is code: what data cannot say, such as a signed body or a token.

A profile names a class of the user's, in a file beside it:

    hook: {file: signature.py, name: Signature, confidence: official, source: "..."}

The class derives from `Hook`. It meets every exchange on both sides: on the vendor's it works on the request
last and on the answer first; on that of the embedded SI FPS, on the request first and on the answer last. So a
hook that signs on `outgoing` and verifies on `incoming` is tested by itself. It runs with the user's rights:
load no profile whose hook you have not read.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, cast

from fpsctl.errors import LocalError
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.antai.profile_model import Profile

Side = Literal["editeur", "antai"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request or an answer: its operation, who works on it, headers (lower case), body; the status of an answer."""

    operation: str
    side: Side
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int | None = None


class Hook:
    """Changes exchanges; as it stands, changes none. One instance serves a whole session, from several threads."""

    def outgoing(self, exchange: Exchange) -> Exchange:
        """Return what is sent, from what the profile's data made."""
        return exchange

    def incoming(self, exchange: Exchange) -> Exchange:
        """Return what the profile's data reads, from what came; raises `ValueError` to refuse it."""
        return exchange


NO_HOOK = Hook()


class _Guarded(Hook):
    """A hook of the user's: whatever its code does wrong is one error, which names the file, class and method."""

    def __init__(self, hook: Hook, file: str, name: str) -> None:
        self._hook, self._file, self._name = hook, file, name

    def outgoing(self, exchange: Exchange) -> Exchange:
        """Return what is sent; raises `LocalError` (`profile.hook`)."""
        try:
            made = self._hook.outgoing(exchange)
        except _WRONG as error:
            raise self._fault("outgoing", _said(error)) from error
        return self._sound("outgoing", made)

    def incoming(self, exchange: Exchange) -> Exchange:
        """Return what is read; raises `ValueError` (the hook refuses it) and `LocalError` (`profile.hook`)."""
        try:
            made = self._hook.incoming(exchange)
        except ValueError:
            raise
        except _WRONG as error:
            raise self._fault("incoming", _said(error)) from error
        return self._sound("incoming", made)

    def _sound(self, method: str, made: object) -> Exchange:
        odd = _oddity(made)
        if odd is not None:
            raise self._fault(method, odd)
        return cast("Exchange", made)

    def _fault(self, method: str, detail: str) -> LocalError:
        return LocalError("profile.hook", path=self._file, name=f"{self._name}.{method}", detail=detail)


_WRONG = (Exception, SystemExit)
"""What the user's code may raise, and must not pass for a fault of fpsctl's."""


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _oddity(made: object) -> str | None:
    """Say what is wrong with a result; None when nothing is."""
    if not isinstance(made, Exchange):
        return f"{type(made).__name__} != Exchange"
    body: object = made.body
    headers: object = made.headers
    if not isinstance(body, bytes):
        return f"body: {type(body).__name__} != bytes"
    if not isinstance(headers, Mapping):
        return f"headers: {type(headers).__name__} != Mapping"
    for header, value in headers.items():
        if not (isinstance(header, str) and isinstance(value, str)):
            return f"headers: {header!r}: {value!r} != str"
    return None


def hook_of(profile: Profile) -> Hook:
    """Return the hook of a profile; raises `LocalError` (`profile.hook`), when it cannot be loaded and by its use."""
    entry = profile.hook
    return NO_HOOK if entry is None else _loaded(entry.file, entry.name, entry.sha256)


@cache
def _loaded(file: str, name: str, digest: str | None) -> Hook:
    try:
        made = getattr(_module(file, digest), name)()
    except LocalError as error:
        raise LocalError("profile.hook", path=file, name=name, detail=error.params["detail"]) from error
    except _WRONG as error:
        raise LocalError("profile.hook", path=file, name=name, detail=_said(error)) from error
    if not isinstance(made, Hook):
        raise LocalError("profile.hook", path=file, name=name, detail="fpsctl.antai.hook.Hook")
    return _Guarded(made, file, name)


@cache
def _module(file: str, digest: str | None) -> ModuleType:
    """Run the very bytes that the digest is of: no compiled file beside them is read or left."""
    source = Path(file).read_bytes()
    found = hashlib.sha256(source).hexdigest()
    if digest not in (None, found):
        raise LocalError("profile.hook", path=file, name="", detail=text("profile.hook.changed"))
    module = ModuleType(f"fpsctl_hook_{found}")
    module.__file__ = file
    sys.modules[module.__name__] = module  # a dataclass looks for its own module there
    try:
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - what a hook is
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module
