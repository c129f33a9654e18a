"""Files cut into messages, one at a time: lines, elements of an array, a document, elements of an XML root.

What cannot be cut is told in its place and skipped; no more than one message is ever held, and never one that is
longer than `most` bytes.
"""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from fpsctl.errors import LocalError, UsageError
from fpsctl.lint.arrays import cut_array
from fpsctl.texts import printable, text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STDIN = "-"
LINES, DOCUMENT, XML = (".jsonl", ".ndjson"), ".json", ".xml"
_SHOWN = "EF BB BF"
_BLANK, _END = b" \t\r\n", b"\r\n"
_CHUNK = 1 << 16


class Piece(NamedTuple):
    """A message as bytes, and where it begins: line (0: not known). `name`: of its element.

    `size`: its bytes as they stand in the file, where `data` is not quite that (0: it is). `beside`: something else
    stands on its line before it, so that the line alone does not tell which message is meant.
    """

    line: int
    data: bytes
    name: str = ""
    size: int = 0
    beside: bool = False


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
        raise LocalError("lint.path", path=printable(str(path)), detail=reason) from error
    if stat.S_ISDIR(mode):
        files = sorted(_walk(path))
        if not files:
            raise LocalError("lint.folder", path=printable(str(path)), known=_known())
        return files
    if path.suffix.lower() not in _SUFFIXES:
        raise LocalError("lint.suffix", path=printable(str(path)), known=_known())
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
    raise LocalError("lint.path", path=printable(str(error.filename)), detail=os_reason(error)) from error


def pieces(name: str, most: int, names: frozenset[str], *, xml: bool = False) -> Iterator[Piece | Trouble]:
    """Yield what a file holds; `xml`: what the profile speaks, `names` those of its messages.

    What is of the other encoding is told. Raises `LocalError` (`lint.path`).
    """
    try:
        if name == STDIN:
            yield from _stdin(most, names, xml=xml)
            return
        suffix = Path(name).suffix.lower()
        if (suffix == XML) != xml:
            yield _foreign(xml=xml)
            return
        with Path(name).open("rb") as file:
            yield from _cut(file, suffix, most, names)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise LocalError("lint.path", path=printable(name), detail=os_reason(error)) from error


def _foreign(*, xml: bool) -> Trouble:
    found, spoken = ("JSON", "XML") if xml else ("XML", "JSON")
    return Trouble(0, "lint.file.encoding", text("lint.detail.encoding", found=found, spoken=spoken))


def _stdin(most: int, names: frozenset[str], *, xml: bool) -> Iterator[Piece | Trouble]:
    """Cut standard input, which has no name: its first bytes tell what it is."""
    file: Any = sys.stdin.buffer
    if not hasattr(file, "peek"):
        file = io.BufferedReader(file)
    start = file.peek(1).removeprefix(codecs.BOM_UTF8)
    found = _is_xml(start)
    if start and found != xml:
        yield _foreign(xml=xml)
        return
    yield from _cut(file, XML if found else DOCUMENT, most, names)


def _is_xml(start: bytes) -> bool:
    """Say whether bytes begin as XML does, also in UTF-16."""
    return start.lstrip(_BLANK)[:1] == b"<" or start[:4] in (b"\xff\xfe<\x00", b"\xfe\xff\x00<")


def _cut(file: IO[bytes], suffix: str, most: int, names: frozenset[str]) -> Iterator[Piece | Trouble]:
    if suffix in LINES:
        yield from _lines(file, most)
    elif suffix == XML:
        from fpsctl.lint.xml_pieces import cut_xml  # noqa: PLC0415 - most files are JSON

        yield from cut_xml(file, most, names)
    else:
        yield from _document(file, most)


def _lines(file: IO[bytes], most: int, first: tuple[tuple[int, bytes], ...] = ()) -> Iterator[Piece | Trouble]:
    """Cut lines; `first`: those that are read already, with their numbers."""
    number, empty, read = 0, True, file.readline
    for number, line in first:
        yield from _line(file, number, line, most)
        empty = False
    while line := read(most + len(_END)):
        number += 1
        if number == 1 and line.startswith(codecs.BOM_UTF8):
            yield Trouble(1, "lint.file.bom", _SHOWN)
            line = line[len(codecs.BOM_UTF8) :]
        if len(line) > most:
            yield from _line(file, number, line, most)
            empty = False
        elif not line.isspace() and line:
            yield Piece(number, line)
            empty = False
    if empty:
        yield Trouble(0, "lint.file.empty", "")


def _line(file: IO[bytes], number: int, line: bytes, most: int) -> Iterator[Piece | Trouble]:
    """Yield a line that is not blank; its end is no part of the message."""
    bare = line.rstrip(_END)
    if len(bare) > most:
        size = len(bare) + _skip_line(file, line)
        yield Trouble(number, "lint.line.long", f"{size} > {most}")
    else:
        yield Piece(number, bare)


def _skip_line(file: IO[bytes], line: bytes) -> int:
    """Pass over the rest of a line, a chunk at a time; return how long it was."""
    size = 0
    while not line.endswith(b"\n") and (line := file.readline(_CHUNK)):
        size += len(line.rstrip(_END))
    return size


def _document(file: IO[bytes], most: int) -> Iterator[Piece | Trouble]:
    """Cut JSON: an array of messages, one message, or one on each line."""
    number, line = _next(file, 0, most)
    if number == 1 and line.startswith(codecs.BOM_UTF8):
        yield Trouble(1, "lint.file.bom", _SHOWN)
        line = line[len(codecs.BOM_UTF8) :]
        if line.isspace() or not line:
            number, line = _next(file, number, most)
    if not line:
        yield Trouble(0, "lint.file.empty", "")
    elif (left := line.lstrip(_BLANK)).startswith(b"["):
        yield from cut_array(left, file, number, most)
    elif _is_xml(left):
        yield _foreign(xml=False)
    elif not left.startswith(b"{") or len(line.rstrip(_END)) > most or (line.endswith(b"\n") and _whole(line)):
        yield from _lines(file, most, ((number, line),))
    else:
        yield from _one(file, number, line, most)


def _one(file: IO[bytes], number: int, line: bytes, most: int) -> Iterator[Piece | Trouble]:
    """Cut what begins with a line that is no whole message: one message on several lines, or one of many."""
    after, following = _next(file, number, most)
    if following.lstrip(_BLANK).startswith(b"{"):
        yield from _lines(file, most, ((number, line), (after, following)))
        return
    whole = line + following + file.read(max(most - len(line) - len(following), 0) + len(_END))
    if len(whole.rstrip(_END)) > most:
        yield Trouble(number, "lint.line.long", f"> {most}")
    else:
        yield Piece(number, whole)


def _next(file: IO[bytes], number: int, most: int) -> tuple[int, bytes]:
    """Return the next line that is not blank, with its number; no more of it than a message may have, and its end."""
    while line := file.readline(most + len(_END)):
        number += 1
        if not line.isspace():
            return number, line
    return number, b""


def _whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
