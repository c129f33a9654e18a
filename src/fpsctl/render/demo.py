"""The end of the demonstration: what was made, what to try next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.terminal import heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence


def demo_lines(result: dict[str, Any], told: Sequence[tuple[str, str]]) -> list[Text]:
    """Return the closing lines; `told` is the title of each part and what it came to."""
    return [
        *table([[title, line] for title, line in told]),
        Text(text("demo.folder", folder=result["folder"])),
        Text(),
        heading(text("demo.next")),
        *(Text(f"  {step}") for step in result["next"]),
    ]
