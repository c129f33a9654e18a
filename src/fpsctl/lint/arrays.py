"""A JSON array cut into its elements while it is read; a long text or a long element is passed over in chunks."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fpsctl.lint.sources import Piece, Trouble

_CHUNK = 1 << 16
_OUTSIDE = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'["\\]')
_BETWEEN = re.compile(rb"[ \t\r\n,]*")
_AFTER = re.compile(rb"[,\]]")
_OPEN, _CLOSE, _QUOTE, _ESCAPE = b"{[", b"}]", b'"', b"\\"


def cut_array(start: bytes, file: IO[bytes], line: int, most: int) -> Iterator[Piece | Trouble]:
    """Yield the objects of an array whose first bytes are `start`; what is no object is told, and passed over."""
    yield from _Cutter(start, file, line, most).run()


class _Cutter:
    """One reading: `buffer` from `at` on is not used yet; `line` is that of `buffer[counted]`."""

    def __init__(self, start: bytes, file: IO[bytes], line: int, most: int) -> None:
        self._buffer, self._file, self._most = start, file, most
        self._at, self._line, self._counted = 1, line, 0
        self._first, self._seen = True, line  # whether nothing came yet, and the line of what came last

    def run(self) -> Iterator[Piece | Trouble]:
        from fpsctl.lint.sources import Piece, Trouble  # noqa: PLC0415 - each imports the other

        while True:
            between = self._between()
            if self._at >= len(self._buffer):
                yield Trouble(self._here(), "lint.file.broken", text("lint.broken.array"))
                return
            commas = between.count(b",")
            head = self._buffer[self._at : self._at + 1]
            if head == b"]":
                yield from self._end(commas)
                return
            line = self._here()
            if commas != (0 if self._first else 1):
                yield Trouble(line, "lint.file.broken", text("lint.broken.commas", count=commas))
            self._first, beside, self._seen = False, line == self._seen, line
            if head != b"{":
                yield Trouble(line, "message.unreadable", text("lint.broken.object"))
                if not self._pass_scalar(head):
                    return
                continue
            size, whole = self._element()
            if size < 0:
                yield Trouble(line, "lint.file.broken", text("lint.broken.message"))
                return
            if size > self._most:
                yield Trouble(line, "lint.line.long", f"{size} > {self._most}")
            else:
                yield Piece(line, whole, beside=beside)

    def _end(self, commas: int) -> Iterator[Trouble]:
        from fpsctl.lint.sources import Trouble  # noqa: PLC0415 - each imports the other

        if commas:
            yield Trouble(self._here(), "lint.file.broken", text("lint.broken.comma"))
        elif self._first:
            yield Trouble(0, "lint.file.empty", "")
        self._at += 1
        yield from self._rest()

    def _rest(self) -> Iterator[Trouble]:
        from fpsctl.lint.sources import Trouble  # noqa: PLC0415 - each imports the other

        while True:
            if self._buffer[self._at :].strip():
                yield Trouble(self._here(), "lint.file.broken", text("lint.broken.after"))
                return
            self._at = len(self._buffer)
            if not self._more():
                return

    def _here(self) -> int:
        self._line += self._buffer.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _more(self) -> bool:
        """Let go of what is used and read on; False at the end."""
        self._here()
        self._buffer = self._buffer[self._at :]
        self._at = self._counted = 0
        chunk = self._file.read(_CHUNK)
        self._buffer += chunk
        return bool(chunk)

    def _between(self) -> bytes:
        found = b""
        while True:
            match = _BETWEEN.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            found += b"," * (match[0].count(b",") if match else 0)
            found = found[:2]
            if self._at < len(self._buffer) or not self._more():
                return found

    def _pass_scalar(self, head: bytes) -> bool:
        """Pass over an element that is no object; False when the rest of the array cannot be found."""
        if head in (b"[", b'"'):
            return self._element()[0] >= 0
        while True:
            match = _AFTER.search(self._buffer, self._at)
            if match:
                self._at = match.start()
                return True
            self._at = len(self._buffer)
            if not self._more():
                return False

    def _element(self) -> tuple[int, bytes]:
        """Return size and bytes of the element that begins here (no bytes if too long); size -1: it does not end."""
        depth, inside, scan, size = 0, False, self._at, 0
        while True:
            match = (_INSIDE if inside else _OUTSIDE).search(self._buffer, scan)
            if match is None:
                scan = len(self._buffer)
                kept = self._keep(size, scan)
                if kept is None:
                    return -1, b""
                size, scan = kept
                continue
            char, scan = match[0], match.end()
            if inside:
                if char == _ESCAPE:
                    if scan == len(self._buffer):  # what is escaped comes with the next chunk
                        kept = self._keep(size, scan)
                        if kept is None:
                            return -1, b""
                        size, scan = kept
                    scan += 1
                    continue
                inside = False
            elif char == _QUOTE:
                inside = True
            else:
                depth += 1 if char in _OPEN else -1
            if depth <= 0 and not inside:
                return self._take(size, scan)

    def _keep(self, size: int, scan: int) -> tuple[int, int] | None:
        """Read on within an element; one that is too long is counted and let go. Return size let go and new place."""
        seen = scan - self._at
        if size or seen > self._most:
            size, seen, self._at = size + seen, 0, scan
        return (size, seen) if self._more() else None

    def _take(self, size: int, end: int) -> tuple[int, bytes]:
        data = b"" if size else self._buffer[self._at : end]
        size += end - self._at
        self._at = end
        return size, data if size <= self._most else b""
