"""Notices of another vocabulary made messages for the SI FPS; what is missing, doubtful or dropped is a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.lazy import face

if TYPE_CHECKING:
    from fpsctl.convert.service import Conversion, Order, convert, write

__all__ = ["Conversion", "Order", "convert", "write"]

__getattr__ = face(__name__, dict.fromkeys(__all__, "service"))
