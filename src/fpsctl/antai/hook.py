"""The one place where a profile is code: what data cannot say, such as a signed body or a token.

A profile names a class of the user's, in a file beside it:

    hook: {file: signature.py, name: Signature, confidence: official, source: "..."}

The class derives from `Hook`. It meets every exchange on both sides: on the vendor's it works on the request
last and on the answer first; on that of the embedded SI FPS, on the request first and on the answer last. So a
hook that signs on `outgoing` and verifies on `incoming` is tested by itself. It runs with the user's rights:
load no profile whose hook you have not read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from fpsctl.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def hook_of(profile: Profile) -> Hook:
    """Return the hook of a profile; raises `LocalError` (`profile.hook`) when it cannot be loaded."""
    entry = profile.hook
    return NO_HOOK if entry is None else _loaded(entry.file, entry.name, entry.sha256 or "")


@cache
def _loaded(file: str, name: str, digest: str) -> Hook:
    loader = SourceFileLoader(f"fpsctl_hook_{digest[:16]}", file)
    module = ModuleType(loader.name)
    try:
        loader.exec_module(module)
        made = getattr(module, name)()
    except Exception as error:  # whatever the user's code raises
        raise LocalError("profile.hook", path=file, name=name, detail=f"{type(error).__name__}: {error}") from error
    if not isinstance(made, Hook):
        raise LocalError("profile.hook", path=file, name=name, detail="fpsctl.antai.hook.Hook")
    return made
