"""Judges files of messages before they are sent: shape, formats, coherence; nothing is sent, nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.lazy import face

if TYPE_CHECKING:
    from fpsctl.lint.rules import RULES, list_rules
    from fpsctl.lint.service import Done, Order, lint

__all__ = ["RULES", "Done", "Order", "lint", "list_rules"]

__getattr__ = face(
    __name__, {"RULES": "rules", "list_rules": "rules", "Done": "service", "Order": "service", "lint": "service"}
)
