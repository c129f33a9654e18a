"""What was exported, as plain data and for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.antai.reserve import described
from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import table
from fpsctl.texts import language, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fpsctl.antai import Profile


def export_result(what: str, profile: Profile | None, written: Sequence[tuple[Path, int]]) -> dict[str, Any]:
    """Return what was exported: the interface it rests on, if it does, and the files."""
    return {
        "what": what,
        "profile": described(profile, language()) if profile else None,
        "files": [{"path": str(path), "bytes": size} for path, size in written],
    }


def export_lines(result: dict[str, Any]) -> list[Text]:
    """Return one line a file, then how many."""
    rows = [[file["path"], text("schema.bytes", count=file["bytes"])] for file in result["files"]]
    counted = Text(text("schema.exported", count=len(rows)), style="dim")
    told = [interface_line(result["profile"])] if result["profile"] else []
    return [*told, *table(rows, right=(1,)), counted]
