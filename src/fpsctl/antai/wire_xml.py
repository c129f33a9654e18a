"""XML on the wire: a document to the tree of values that a JSON one would be, and back.

A wire path names elements; its last step may be an attribute (`@devise`) or the text of an element that has
attributes too (`#text`). A list is an element that is repeated. No document type, entity or external
reference is ever read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fpsctl.antai.wire_formats import Unwritable
from fpsctl.antai.wire_json import MAX_DEPTH, Unreadable, join
from fpsctl.antai.wire_models import WireConst, WireLeaf, WireList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

    from fpsctl.antai.wire_models import WireNode, WireObject

TEXT, ATTRIBUTE = "#text", "@"
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_MEANINGLESS = (f"{_INSTANCE}schemaLocation", f"{_INSTANCE}noNamespaceSchemaLocation")  # where a schema stands
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def parse_xml(data: bytes) -> Element:
    """Parse a document; raises `Unreadable` (syntax with its line, a document type, an entity, depth)."""
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - most profiles speak JSON

    from defusedxml import DefusedXmlException  # noqa: PLC0415 - same reason
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415 - same reason

    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable("forbidden", what=type(error).__name__) from error
    except ParseError as error:
        line, column = error.position
        raise Unreadable("syntax", line=line, column=column + 1) from error
    except (LookupError, ValueError) as error:  # an encoding that does not exist, or that the parser has not
        raise Unreadable("encoding") from error
    _check_depth(root)
    return root


def _check_depth(root: Element) -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise Unreadable("depth")


def local_name(element: Element, namespace: str | None) -> str:
    """Return the name of an element of the namespace; `{other}name` for one of another, `{}name` for one of none."""
    tag = str(element.tag)
    if not namespace:
        return tag
    return tag.removeprefix(f"{{{namespace}}}") if tag.startswith("{") else f"{{}}{tag}"


class Filling:
    """Reads one document by the tree of a message; keeps what the tree does not know, and what stands twice."""

    def __init__(self, namespace: str | None) -> None:
        """Start with nothing found."""
        self._namespace = namespace
        self.unknown: dict[str, Any] = {}
        self.duplicates: list[str] = []
        self._again: set[str] = set()

    def object(self, node: WireObject, element: Element, path: str = "") -> dict[str, Any]:
        """Return what JSON would hold; a value that is no text of its type stays a text, and is refused later."""
        found: dict[str, Any] = {}
        for name, value in self._attributes(element):
            self._take(node, found, f"{ATTRIBUTE}{name}", value, path)
        words = _words(element)
        if TEXT in node.by_name:
            if words:
                self._take(node, found, TEXT, words, path)
        elif words.strip():
            self._unknown(join(path, TEXT), words.strip())
        for child in element:
            self._child(node, found, child, path)
        return found

    def _attributes(self, element: Element) -> Iterable[tuple[str, str]]:
        return ((name, value) for name, value in element.items() if name not in _MEANINGLESS)

    def _unknown(self, place: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Keep what the tree does not know; what stands several times, each time."""
        if place not in self.unknown:
            self.unknown[place] = value
        elif place in self._again:
            self.unknown[place].append(value)
        else:
            self._again.add(place)
            self.unknown[place] = [self.unknown[place], value]

    def _child(self, node: WireObject, found: dict[str, Any], child: Element, path: str) -> None:
        name = local_name(child, self._namespace)
        member = node.by_name.get(name)
        place = join(path, name)
        if isinstance(member, WireList):
            items = found.setdefault(name, [])
            items.append(self._value(member.item, child, f"{place}[{len(items)}]"))
        elif member is None:
            self._unknown(place, plain(child, self._namespace))
        elif name in found:
            self.duplicates.append(place)
        else:
            found[name] = self._value(member, child, place)

    def _take(self, node: WireObject, found: dict[str, Any], name: str, text: str, path: str) -> None:
        member = node.by_name.get(name)
        if isinstance(member, WireLeaf | WireConst):
            found[name] = _scalar(member, text)
        else:
            self._unknown(join(path, name), text)

    def _value(self, node: WireNode, element: Element, path: str) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(node, WireLeaf | WireConst):
            for name, value in self._attributes(element):
                self._unknown(join(path, f"{ATTRIBUTE}{name}"), value)
            for child in element:
                self._unknown(join(path, local_name(child, self._namespace)), plain(child, self._namespace))
            return _scalar(node, _words(element))
        if isinstance(node, WireList):
            raise TypeError(path)  # a list of lists: no profile can say it
        return self.object(node, element, path)


def _words(element: Element) -> str:
    """Return the text of an element, whatever stands in the middle of it."""
    return "".join(filter(None, (element.text, *(child.tail for child in element))))


def _scalar(node: WireLeaf | WireConst, text: str) -> Any:  # noqa: ANN401 - any JSON scalar
    return node.from_text(text) if isinstance(node, WireConst) else node.format.from_text(text)


def fill_lists(node: WireNode, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Give every list that must be there and has no element its place, empty."""
    if isinstance(value, dict) and not isinstance(node, WireLeaf | WireConst | WireList):
        for name, member in node.by_name.items():
            if isinstance(member, WireList):
                value.setdefault(name, [])
            elif name in value:
                fill_lists(member, value[name])
    return value


def plain(element: Element, namespace: str | None) -> Any:  # noqa: ANN401 - any JSON value
    """Return an element as JSON would hold it: text, or members; those that are repeated as a list."""
    if not len(element) and not element.attrib:
        return element.text or ""
    members: dict[str, Any] = {f"{ATTRIBUTE}{name}": value for name, value in element.items()}
    if _words(element).strip():
        members[TEXT] = _words(element)
    for child in element:
        name, value = local_name(child, namespace), plain(child, namespace)
        if name not in members:
            members[name] = value
        elif isinstance(members[name], list):
            members[name].append(value)
        else:
            members[name] = [members[name], value]
    return members


def write_xml(root: str, tree: Mapping[str, Any], namespace: str | None) -> bytes:
    """Return a document in UTF-8; raises `Unwritable` on a character that XML cannot hold."""
    declared = f" xmlns={_quoted(namespace)}" if namespace else ""
    written = _DECLARATION + _element(root, tree, declared) + "\n"
    if _ILLEGAL.search(written):
        raise Unwritable("xml.character")
    return written.encode()


def legible(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with a question mark for each character that XML cannot hold: for texts, never for messages."""
    if isinstance(value, dict):
        return {name: legible(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [legible(inner) for inner in value]
    return _ILLEGAL.sub("?", value) if isinstance(value, str) else value


def _element(name: str, value: Any, declared: str = "") -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        return f"<{name}{declared}>{_text(value)}</{name}>"
    attributes = "".join(
        f" {key[1:]}={_quoted(_plain(inner))}" for key, inner in value.items() if key.startswith(ATTRIBUTE)
    )
    inside = "".join(
        _text(inner) if key == TEXT else "".join(_element(key, item) for item in _items(inner))
        for key, inner in value.items()
        if not key.startswith(ATTRIBUTE)
    )
    return f"<{name}{declared}{attributes}>{inside}</{name}>"


def _items(value: Any) -> Iterable[Any]:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, list) else (value,)


def _quoted(value: str) -> str:
    from xml.sax.saxutils import quoteattr  # noqa: PLC0415 - most profiles speak JSON

    return quoteattr(value)


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON scalar
    from xml.sax.saxutils import escape  # noqa: PLC0415 - same reason

    # A parser would read a bare carriage return as a line feed.
    return escape(_plain(value), {"\r": "&#13;"})


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON scalar
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
