"""The staged check of a connection to the SI FPS: files, DNS, TCP, TLS, both certificates, front API, clock.

Names are resolved when they are first used: nothing here is light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.lazy import face

if TYPE_CHECKING:
    from fpsctl.connection.check import Checked, Step, check_connection
    from fpsctl.connection.diagnosis import Diagnostic
    from fpsctl.connection.facts import Asked

__all__ = ["Asked", "Checked", "Diagnostic", "Step", "check_connection"]

__getattr__ = face(
    __name__,
    {
        "Asked": "facts",
        "Checked": "check",
        "Diagnostic": "diagnosis",
        "Step": "check",
        "check_connection": "check",
    },
)
