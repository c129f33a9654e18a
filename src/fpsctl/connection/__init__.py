"""The staged check of a connection to the SI FPS: files, DNS, TCP, TLS, both certificates, front API, clock.

Names are resolved when they are first used: nothing here is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fpsctl.connection.check import Checked, Step, check_connection
    from fpsctl.connection.diagnosis import Diagnostic
    from fpsctl.connection.facts import Asked

__all__ = ["Asked", "Checked", "Diagnostic", "Step", "check_connection"]

_HOMES = {
    "Asked": "facts",
    "Checked": "check",
    "Diagnostic": "diagnosis",
    "Step": "check",
    "check_connection": "check",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type
    """Import a name of this face from its module."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
