"""What the sandbox's commands say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.interface import interface_line
from fpsctl.render.terminal import heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from pathlib import Path


def ready_lines(ready: dict[str, Any], state: Path) -> list[Text]:
    """Say where it listens, and which interface it speaks."""
    rows = [
        (text("sandbox.ready.url"), ready["url"]),
        (text("sandbox.ready.management"), ready["management_url"]),
        (text("sandbox.ready.ca"), ready["ca"]),
        (text("sandbox.ready.file"), str(state / "ready.json")),
    ]
    spoken = interface_line(ready["profile"])
    return [heading(text("sandbox.ready")), spoken, *table(rows), Text(text("sandbox.ready.stop"))]


def signed_lines(path: Path) -> list[Text]:
    """Say where the certificate is."""
    return [Text(text("sandbox.signed", path=path))]


def clock_lines(result: dict[str, Any]) -> list[Text]:
    """Say what time it is for the town, what happened, what is due next."""
    mode = text("sandbox.clock.fixe" if result["mode"] == "fixe" else "sandbox.clock.reel")
    lines = [Text(text("sandbox.clock.now", siret=result["siret"], instant=result["instant"], mode=mode))]
    if "evenements" in result:
        told = text("sandbox.clock.done", evenements=result["evenements"], retours=result["retours"])
        lines.append(Text(told))
    due = result["prochain"]
    lines.append(Text(text("sandbox.clock.next", prochain=due) if due else text("sandbox.clock.idle")))
    return lines
