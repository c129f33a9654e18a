"""An XML file cut into messages: a root that holds several is read element by element; nothing outside is fetched."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from fpsctl.lint.sources import Piece, Trouble
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_CHUNK = 1 << 16


class _TooLong(Exception):
    """More bytes than a message may have, and still no end of one."""


class _Bounded:
    """A file that counts what was read since the last message ended."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self._most, self.read_since, self.begun = file, most, 0, False
        self.total = self._blank = 0

    def read(self, size: int = -1) -> bytes:
        """Read on; raises `_TooLong`."""
        if self.read_since > self._most:
            raise _TooLong
        chunk = self._file.read(min(size, _CHUNK) if size > 0 else _CHUNK)
        self.read_since += len(chunk)
        self.total += len(chunk)
        if chunk:
            self._blank = len(chunk) - len(chunk.rstrip())
        return chunk

    @property
    def size(self) -> int:
        """How many bytes were read, without the blanks at the end."""
        return self.total - self._blank


def local(tag: object) -> str:
    """Return the name of an element without its namespace."""
    return str(tag).rpartition("}")[2]


def cut_xml(file: IO[bytes], most: int, names: frozenset[str]) -> Iterator[Piece | Trouble]:
    """Yield the messages of a document: its root if that is one of `names`, else each element of the root."""
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - most files are JSON

    from defusedxml import DefusedXmlException  # noqa: PLC0415 - same reason

    bounded = _Bounded(file, most)
    try:
        yield from _elements(bounded, names)
    except DefusedXmlException as error:
        yield Trouble(0, "lint.file.dtd", text(f"lint.dtd.{_DEFUSED.get(type(error).__name__, 'other')}"))
    except ParseError as error:
        rule = "lint.file.broken" if bounded.begun or error.code != _NOTHING else "lint.file.empty"
        yield Trouble(
            error.position[0], rule, text("lint.broken.xml", line=error.position[0], column=error.position[1] + 1)
        )
    except _TooLong:
        yield Trouble(0, "lint.line.long", f"> {most}")
    except (LookupError, ValueError):
        yield Trouble(0, "lint.file.broken", text("lint.broken.encoding"))


_DEFUSED = {"DTDForbidden": "doctype", "EntitiesForbidden": "entity", "ExternalReferenceForbidden": "external"}
_NOTHING = 3  # XML_ERROR_NO_ELEMENTS: the file ends where an element is still to come


def _elements(bounded: _Bounded, names: frozenset[str]) -> Iterator[Piece | Trouble]:
    from xml.etree.ElementTree import tostring  # noqa: PLC0415 - only writes; most files are JSON

    from defusedxml.ElementTree import iterparse  # noqa: PLC0415 - most files are JSON

    depth, alone, cut = 0, False, 0
    whole = b""
    root: Element | None = None
    for event, element in iterparse(bounded, events=("start", "end"), forbid_dtd=True):
        depth += 1 if event == "start" else -1
        if root is None:
            root, alone, bounded.begun = element, local(element.tag) in names, True
        elif event == "end" and depth == 0 and alone:
            whole = tostring(element, "utf-8")
        elif event == "end" and depth == 1 and not alone:
            data = tostring(element, "utf-8")
            yield Piece(0, data, local(element.tag), _size(data))
            cut += 1
            root.clear()
            bounded.read_since = 0
    if alone and root is not None:
        yield Piece(0, whole, local(root.tag), bounded.size)
    elif not cut:
        yield Trouble(0, "lint.file.empty", "")


def _size(data: bytes) -> int:
    """Return how long a message is that was cut out: prefixes that only the writer puts there do not count."""
    return len(data.replace(b"ns0:", b"").replace(b":ns0=", b"="))
