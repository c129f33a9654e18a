"""Fines out of files: one JSON object, an array of them, or a line each; strictly, and saying where.

Lines are read one at a time; an array or an indented object is read whole. Both are bounded.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn

from fpsctl.errors import LocalError
from fpsctl.texts import printable, text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINE = 8 * 1024 * 1024
MOST_DOCUMENT = 64 * 1024 * 1024
_DEEPEST = 32
_BLANK = b" \t\r\n"
_SPACE = re.compile(r"[ \t\r\n]*")


class Item(NamedTuple):
    """A fine, or why there is none, and its place: `file:line`."""

    place: str
    value: dict[str, object] | None
    problem: str = ""


class _Wrong(ValueError):
    """The text is not what is read here; `line` counts from 0 in the text."""

    def __init__(self, reason: str, line: int = 0, /, **params: object) -> None:
        super().__init__(text(f"fnms.reading.{reason}", **params))
        self.line = line


def read(path: str) -> Iterator[Item]:
    """Give the fines of a file (none of an empty one), `-` for stdin; raises `LocalError` (`convert.unreadable`)."""
    name = text("fnms.stdin") if path == "-" else printable(path)
    try:
        with _opened(path) as file:
            yield from _items(name, file)
    except OSError as error:
        raise LocalError("convert.unreadable", path=name, detail=os_reason(error)) from error


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path == "-":
        yield sys.stdin.buffer
        return
    if "\0" in path:  # no name of a file
        raise LocalError("convert.unreadable", path=printable(path), detail=text("os.ENOENT"))
    with Path(path).open("rb") as file:
        yield file


def _items(name: str, file: IO[bytes]) -> Iterator[Item]:
    number, line = _next(file, 0)
    line = line.removeprefix(codecs.BOM_UTF8)
    if not line.strip(_BLANK):
        return
    if len(line) > MOST_LINE and not line.lstrip(_BLANK).startswith(b"["):
        yield from _lines(name, file, [(number, line)])
        return
    if line.lstrip(_BLANK).startswith(b"{"):
        after, following = _next(file, number)
        if following.lstrip(_BLANK).startswith(b"{") or (not following and _whole(line)):
            yield from _lines(name, file, [(number, line), (after, following)])
            return
        start = b"\n" * (number - 1) + line + b"\n" * (after - number - 1) + following
    else:
        start = b"\n" * (number - 1) + line
    yield from _document(name, start + file.read(MOST_DOCUMENT + 1 - min(len(start), MOST_DOCUMENT)))


def _next(file: IO[bytes], number: int) -> tuple[int, bytes]:
    """Return the next line that is not blank, with its number; one too long is cut, `_whole` tells."""
    while line := file.readline(MOST_LINE + 1):
        number += 1
        if line.strip(_BLANK):
            return number, line
    return number, b""


def _whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(name: str, file: IO[bytes], first: list[tuple[int, bytes]]) -> Iterator[Item]:
    number = 0
    for number, line in first:
        if line:
            yield from _line(name, number, line, file)
    while True:
        number, line = _next(file, number)
        if not line:
            return
        yield from _line(name, number, line, file)


def _line(name: str, number: int, line: bytes, file: IO[bytes]) -> Iterator[Item]:
    place = f"{name}:{number}"
    if len(line) > MOST_LINE:
        while not line.endswith(b"\n") and (line := file.readline(MOST_LINE)):
            pass
        yield Item(place, None, text("fnms.reading.long", most=MOST_LINE))
        return
    try:
        content = _decoded(line)
        value, end = _value(content, 0)
        _ended(content, end, "more", column=end + 1)
    except _Wrong as error:
        yield Item(place, None, str(error))
    else:
        yield _item(place, value)


def _document(name: str, data: bytes) -> Iterator[Item]:
    if len(data) > MOST_DOCUMENT:
        yield Item(name, None, text("fnms.reading.document", most=MOST_DOCUMENT))
        return
    line = 0
    try:
        content = _decoded(data)
        at = _skip(content, 0)
        if content[at : at + 1] == "[":
            for place, value in _elements(content, at):
                line = place
                yield _item(f"{name}:{place + 1}", value)
            return
        value, end = _value(content, at)
        _ended(content, end, "after")
        yield _item(f"{name}:{content.count(chr(10), 0, at) + 1}", value)
    except _Wrong as error:
        yield Item(f"{name}:{max(error.line, line) + 1}", None, str(error))


def _elements(content: str, at: int) -> Iterator[tuple[int, object]]:
    """Give the items of an array with the line (from 0) of each; raises `_Wrong` where it breaks off."""
    line, counted = content.count("\n", 0, at), at
    at = _skip(content, at + 1)
    first = True
    while content[at : at + 1] != "]" or not first:
        line, counted = line + content.count("\n", counted, at), at
        value, end = _value(content, at, line)
        yield line, value
        first = False
        at = _skip(content, end)
        if content[at : at + 1] == "]":
            break
        if content[at : at + 1] != ",":
            raise _Wrong("truncated" if at == len(content) else "array", line + content.count("\n", counted, at))
        at = _skip(content, at + 1)
    _ended(content, at + 1, "after")


def _ended(content: str, at: int, reason: str, /, **params: object) -> None:
    """Refuse what follows the end of the JSON."""
    if _skip(content, at) != len(content):
        raise _Wrong(reason, content.count("\n", 0, at), **params)


def _skip(content: str, at: int) -> int:
    found = _SPACE.match(content, at)
    return found.end() if found else at


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _Wrong("encoding", data.count(b"\n", 0, error.start)) from error


def _value(content: str, at: int, line: int | None = None) -> tuple[object, int]:
    """Read one value from `at`; `line` is that of `at` where it is known."""
    started = content.count("\n", 0, at) if line is None else line
    try:
        value, end = _DECODER.raw_decode(content, _skip(content, at))
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or _skip(content, error.pos) == len(content)
        reason = "truncated" if cut else "syntax"
        raise _Wrong(reason, error.lineno - 1, column=error.colno) from error
    except RecursionError as error:
        raise _Wrong("deep", started, most=_DEEPEST) from error
    except _Wrong as error:
        error.line = started
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise _Wrong("number", started) from error
    _inspect(value, started)
    return value, end


def _inspect(root: object, line: int) -> None:
    """Refuse what no fine needs and others choke on: depth, halves of characters."""
    pending = [(root, 1)]
    while pending:
        value, depth = pending.pop()
        if depth > _DEEPEST:
            raise _Wrong("deep", line, most=_DEEPEST)
        if isinstance(value, dict):
            pending += [(inner, depth + 1) for pair in value.items() for inner in pair]
        elif isinstance(value, list):
            pending += [(inner, depth + 1) for inner in value]
        elif isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise _Wrong("surrogate", line) from error


def _pairs(items: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(items)
    if len(found) < len(items):
        seen: set[str] = set()
        twice = next(name for name, _ in items if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _Wrong("duplicate", name=printable(twice)[:60])
    return found


def _decimal(written: str) -> Decimal:
    """Keep a number as it was written: 35.00 is not 35."""
    try:
        return Decimal(written)
    except ArithmeticError as error:
        raise _Wrong("number") from error


def _constant(name: str) -> NoReturn:
    raise _Wrong("constant", name=name)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_decimal, parse_constant=_constant)


def _item(place: str, value: object) -> Item:
    return Item(place, value) if isinstance(value, dict) else Item(place, None, text("fnms.reading.object"))
