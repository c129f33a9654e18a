"""The self-certification of a vendor's program: it talks to the embedded SI FPS, whose log is what is judged.

Names are resolved when they are first used: running cases needs what listing them does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fpsctl.conformance.cases import CASES
    from fpsctl.conformance.report import list_cases
    from fpsctl.conformance.runner import Certification, Order, certify

__all__ = ["CASES", "Certification", "Order", "certify", "list_cases"]

_HOMES = {
    "CASES": "cases",
    "Certification": "runner",
    "Order": "runner",
    "certify": "runner",
    "list_cases": "report",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type
    """Import a name of this face from its module."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
