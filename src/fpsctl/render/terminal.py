"""The terminal: rich text when it is one, plain lines otherwise."""

from __future__ import annotations

import os
import sys
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.text import Text

from fpsctl.identifiers import Montant
from fpsctl.texts import language, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fpsctl.checks import Finding

STYLES = {
    "error": "bold red",
    "fail": "red",
    "unknown": "magenta",
    "not-testable": "magenta",
    "warn": "yellow",
    "skip": "dim",
    "pass": "green",
    "n/a": "dim",
}
_SHOWN = ("error", "fail", "unknown", "not-testable", "warn")
_NARROWEST = 40  # columns of a cell that goes on under itself


def show(lines: Iterable[Text]) -> None:
    """Print lines on stdout: coloured on a terminal, plain elsewhere and under `NO_COLOR`; long ones are never cut."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        sys.stdout.write("".join(f"{line.plain}\n" for line in lines))
        return
    from rich.console import Console  # noqa: PLC0415 - 20 ms that a script does not pay

    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for line in lines:
        console.print(line)


def note(message: str) -> None:
    """Print a line of progress on stderr."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def heading(title: str) -> Text:
    """Return a section's title."""
    return Text(title, style="bold")


def table(
    rows: Sequence[Sequence[str | Text]], *, indent: int = 2, right: Sequence[int] = (), width: int = 0
) -> list[Text]:
    """Return rows in aligned columns; `right` names the columns flush right.

    Beyond `width`, the last column goes on under itself; a word that is too long is not cut.
    """
    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    widths = [max((row[index].cell_len for row in cells), default=0) for index in range(len(cells[0]))] if cells else []
    lines = []
    for row in cells:
        line = Text(" " * indent)
        for index, cell in enumerate(row[:-1]):
            gap = " " * (widths[index] - cell.cell_len)
            line.append_text(Text(gap) + cell if index in right else cell + Text(gap))
            line.append("  ")
        last = row[-1] if len(row) - 1 not in right else Text(" " * (widths[-1] - row[-1].cell_len)) + row[-1]
        lines += _continued(line, last, width)
    return lines


def _continued(line: Text, last: Text, width: int) -> list[Text]:
    """Return a row: what stands before its last cell, and that one, on as many lines as it needs."""
    start = line.cell_len
    room = max(width - start, _NARROWEST)
    parts = [last] if not width or last.cell_len <= room else _folded(last, room)
    rows = [line + parts[0], *(Text(" " * start) + part for part in parts[1:])]
    for row in rows:
        row.rstrip()
    return rows


def _folded(cell: Text, room: int) -> list[Text]:
    parts = wrap(cell.plain, room, break_long_words=False, break_on_hyphens=False)
    return [Text(part, style=cell.style) for part in parts]


def euros(cents: int) -> str:
    """Write an amount in the user's language."""
    return Montant(cents).show(language())


def findings_lines(findings: Sequence[Finding]) -> list[Text]:
    """Return what needs attention: outcome, id, detail, then the next thing to type."""
    lines: list[Text] = []
    for finding in findings:
        if finding.outcome.value not in _SHOWN:
            continue
        label = Text(text(f"outcome.{finding.outcome.value}"), style=STYLES[finding.outcome.value])
        lines.append(Text("  ") + label + Text(f" [{finding.id}] {finding.detail or finding.title}"))
        if finding.hint:
            lines.append(Text("    " + text("ui.hint", hint=finding.hint), style="dim"))
    return lines
