"""Files cut into messages, one at a time: lines, elements of an array, a document, elements of an XML root.

What cannot be cut is told in its place and skipped; no more than one message is ever held, and never one that is
longer than `most` bytes.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from fpsctl.errors import LocalError, UsageError
from fpsctl.lint.arrays import cut_array
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STDIN = "-"
LINES, DOCUMENT, XML = (".jsonl", ".ndjson"), ".json", ".xml"
BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_CHUNK = 1 << 16


class Piece(NamedTuple):
    """A message as bytes, and where it begins: line (0: not known). `name`: of its element."""

    line: int
    data: bytes
    name: str = ""


class Trouble(NamedTuple):
    """What stands there is no message: rule and detail."""

    line: int
    rule: str
    detail: str


def expand(paths: Iterable[str]) -> list[str]:
    """Return the files that some paths name, each once: folders are walked in order, links in them are not followed.

    Raises `LocalError` (`lint.path`, `lint.folder`, `lint.suffix`), `UsageError` (`lint.nothing`).
    """
    found: dict[str, str] = {}
    for path in paths:
        for file in [path] if path == STDIN else _files(Path(path)):
            found.setdefault(file if file == STDIN else os.path.realpath(file), file)
    if not found:
        raise UsageError("lint.nothing")
    return list(found.values())


def _files(path: Path) -> list[str]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        raise LocalError("lint.path", path=path, detail=reason) from error
    if stat.S_ISDIR(mode):
        files = sorted(_walk(path))
        if not files:
            raise LocalError("lint.folder", path=path, known=_known())
        return files
    if path.suffix.lower() not in _SUFFIXES:
        raise LocalError("lint.suffix", path=path, known=_known())
    return [str(path)]


_SUFFIXES = (DOCUMENT, *LINES, XML)


def _known() -> str:
    return ", ".join(_SUFFIXES)


def _walk(folder: Path) -> Iterator[str]:
    for root, _, files in os.walk(folder, onerror=_unreadable):
        for name in files:
            path = Path(root, name)
            if path.suffix.lower() in _SUFFIXES and not path.is_symlink() and path.is_file():
                yield str(path)


def _unreadable(error: OSError) -> None:
    raise LocalError("lint.path", path=error.filename, detail=os_reason(error)) from error


def pieces(name: str, most: int, names: frozenset[str]) -> Iterator[Piece | Trouble]:
    """Yield what a file holds; `names` are those of messages in XML. Raises `LocalError` (`lint.path`)."""
    try:
        if name == STDIN:
            yield from _lines(sys.stdin.buffer, most)
            return
        with Path(name).open("rb") as file:
            yield from _cut(file, Path(name).suffix.lower(), most, names)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise LocalError("lint.path", path=name, detail=os_reason(error)) from error


def _cut(file: IO[bytes], suffix: str, most: int, names: frozenset[str]) -> Iterator[Piece | Trouble]:
    if suffix in LINES:
        yield from _lines(file, most)
    elif suffix == XML:
        from fpsctl.lint.xml_pieces import cut_xml  # noqa: PLC0415 - most files are JSON

        yield from cut_xml(file, most, names)
    else:
        yield from _document(file, most)


def _lines(file: IO[bytes], most: int) -> Iterator[Piece | Trouble]:
    number, empty, read = 0, True, file.readline
    while line := read(most + 1):
        number += 1
        if number == 1 and line.startswith(BOM):
            yield Trouble(1, "lint.file.bom", "EF BB BF")
            line = line[len(BOM) :]
        if len(line) > most:
            size = len(line) + _skip_line(file, line)
            yield Trouble(number, "lint.line.long", f"{size} > {most}")
            empty = False
        elif not line.isspace() and line:
            yield Piece(number, line)
            empty = False
    if empty:
        yield Trouble(0, "lint.file.empty", "")


def _skip_line(file: IO[bytes], line: bytes) -> int:
    """Pass over the rest of a line, a chunk at a time; return how long it was."""
    size = 0
    while not line.endswith(b"\n") and (line := file.readline(_CHUNK)):
        size += len(line)
    return size


def _document(file: IO[bytes], most: int) -> Iterator[Piece | Trouble]:
    """Cut a JSON document: one message, or an array of them."""
    line, start = 1, file.read(_CHUNK)
    if start.startswith(BOM):
        yield Trouble(1, "lint.file.bom", "EF BB BF")
        start = start[len(BOM) :]
    while start and not (left := start.lstrip(_BLANK)):
        line += start.count(b"\n")
        start = file.read(_CHUNK)
    if not start:
        yield Trouble(0, "lint.file.empty", "")
        return
    line += start[: len(start) - len(left)].count(b"\n")
    if left.startswith(b"["):
        yield from cut_array(left, file, line, most)
        return
    whole = left + file.read(most)
    if len(whole) > most:
        yield Trouble(line, "lint.line.long", f"> {most}")
    else:
        yield Piece(line, whole)
