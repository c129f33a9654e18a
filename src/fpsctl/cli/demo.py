"""`fpsctl demo`: what fpsctl does, shown in a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fpsctl.cli.options import Form, Output
from fpsctl.texts import text

FOLDER = Path("fpsctl-demo")


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("demo", help=text("help.demo"))(demo)


def demo(
    folder: Annotated[Path, typer.Option("--folder", metavar="FOLDER", help=text("help.demo.folder"))] = FOLDER,
    output: Output = Form.TEXT,
) -> int:
    """Run the demonstration."""
    from fpsctl.cli.output import emit
    from fpsctl.clock import SystemClock
    from fpsctl.demo import next_steps, run
    from fpsctl.render.demo import demo_lines
    from fpsctl.render.terminal import note

    note(text("demo.title"))
    told = []
    for item in run(folder, SystemClock()):
        note(text("demo.step", n=item.number, count=item.total, titre=item.titre))
        told.append(item)
    result = {"folder": str(folder), "parts": [item.summary for item in told], "next": next_steps(folder)}
    return emit("demo", output, result, lambda: demo_lines(result, [(item.titre, item.line) for item in told]))
