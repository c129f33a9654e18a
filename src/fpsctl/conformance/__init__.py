"""The self-certification of a vendor's program: it talks to the embedded SI FPS, whose log is what is judged.

Names are resolved when they are first used: running cases needs what listing them does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.lazy import face

if TYPE_CHECKING:
    from fpsctl.conformance.cases import CASES
    from fpsctl.conformance.report import list_cases
    from fpsctl.conformance.runner import Certification, Order, certify

__all__ = ["CASES", "Certification", "Order", "certify", "list_cases"]

__getattr__ = face(
    __name__,
    {
        "CASES": "cases",
        "Certification": "runner",
        "Order": "runner",
        "certify": "runner",
        "list_cases": "report",
    },
)
