"""One line a call of the traffic log: what was asked, by whom, what was answered; never a private key."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm

from fpsctl.antai.wire_json import Unreadable, read_json
from fpsctl.antai.wire_xml import parse_xml

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from fpsctl.antai import Decoded
    from fpsctl.sandbox.problems import Answer

LOST = "-"
"""Stands for the operation of a request to an address that has none."""
WITHHELD = "(private key withheld)"
_SECRET = re.compile(rb"PRIVATE[^A-Za-z]{1,12}KEY")  # the label of RFC 7468, in capitals
# An escape of JSON or of a URL, a character reference of XML, a mark of a CDATA section.
_ESCAPED = re.compile(
    rb"\\{1,4}(?:u([0-9a-f]{4})|[nrtbf])|%([0-9a-f]{2})|&#(?:x([0-9a-f]{1,8})|([0-9]{1,9}));"
    rb"|(?P<amp>&amp;)|(?P<mark><!\[CDATA\[|\]\]>)",
    re.IGNORECASE,
)
_SIGNS = (b"\\", b"%", b"&", b"[CDATA[")  # without one of them nothing is escaped
_UNREAD = ((b"<!--", b"-->"), (b"<?", b"?>"))  # comments and instructions: a reader of XML joins what surrounds them
_RUN = re.compile(rb"[A-Za-z0-9+/_=-]{64,}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SPACE = re.compile(rb"\s+")
_DASHES = re.compile(rb"-{5,}")  # of a banner; base64 for URLs has some too, hardly five
_OPENSSH = b"b3BlbnNzaC1rZXktdjEA"  # what a key of OpenSSH begins with
_MOST_KEY = 64 * 1024  # characters of base64: four times the largest RSA key that OpenSSL takes
_APART = "|"  # no character of base64
_LAYERS = 3
"""How often an escape may be escaped again."""
_MOST_KEPT = 64 * 1024
_MOST_SHOWN = 300
_MOST_REMARKS = 100


def line(
    *,
    operation: str,
    method: str,
    path: str,
    empreinte: str,
    body: bytes,
    decoded: Decoded | None,
    answer: Answer,
    instants: tuple[dt.datetime | None, dt.datetime],
) -> dict[str, Any]:
    """Return the line; `instants` are the SIRET's and the machine's."""
    message = None if decoded is None else decoded.message
    business, machine = instants
    return {
        "operation": operation,
        "methode": method,
        "chemin": shown(path),
        "empreinte": empreinte,
        "statut": answer.status,
        "code": answer.code or None,
        "instant": business and business.isoformat(),
        "recu_le": machine.isoformat(),
        "corps": readable(body),
        "message": message and message.model_dump(mode="json"),
        "remarques": [] if decoded is None else remarks(decoded),
        "reponse": readable(answer.body),
    }


def remarks(decoded: Decoded) -> list[str]:
    """Return what was found wrong with a message, the first hundred."""
    return [shown(f"{item.id}: {item.detail}") for item in decoded.findings[:_MOST_REMARKS]]


def readable(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return a body as JSON, as text when it is not, None when there is none; a private key is withheld."""
    if not body:
        return None
    if len(body) > _MOST_KEPT:
        return f"({len(body)} bytes)"
    if holds_private_key(body):
        return WITHHELD
    try:
        read = read_json(body)
        json.dumps(read.value, allow_nan=False)
    except ValueError:  # also 1e999, a number that JSON has and that cannot be written again
        return body.decode(errors="replace")
    return body.decode() if read.duplicates else read.value


def shown(told: str) -> str:
    """Return somebody's text as it may be repeated: short, without a private key."""
    if holds_private_key(told[:_MOST_KEPT].encode(errors="replace")):
        return WITHHELD
    return told if len(told) <= _MOST_SHOWN else told[:_MOST_SHOWN] + "..."


def holds_private_key(content: bytes) -> bool:
    """Say whether a private key stands in it: by its name, whatever escapes hide it (JSON, URL, XML, UTF-16), or bare.

    A bare one is base64 of what a key's file holds.
    """
    plain = _read(content.replace(b"\0", b""))
    for _ in range(_LAYERS):
        if _SECRET.search(plain):
            return True
        if not any(sign in plain for sign in _SIGNS):
            break
        plain = _read(_ESCAPED.sub(_unescaped, plain))
    return _SECRET.search(plain) is not None or any(map(_is_key, _runs(plain)))


def hides_private_key(body: bytes) -> bool:
    """Say whether a private key stands in what a document of XML says, however it is written; no document says none."""
    try:
        root = parse_xml(body)
    except Unreadable:
        return False
    return _among(_texts(root)) or holds_private_key("".join(root.itertext()).encode())


def says_private_key(decoded: Decoded) -> bool:
    """Say whether a private key stands in what was read of a message, what the profile does not know included."""
    said = [] if decoded.message is None else [decoded.message.model_dump()]
    return _among(_strings([*said, dict(decoded.unknown)]))


def _among(texts: Iterator[str]) -> bool:
    """Say whether one of many texts is, or holds, a private key."""
    return holds_private_key(_APART.join(texts).encode(errors="replace"))


def _texts(root: Element) -> Iterator[str]:
    """Go through attributes, and the own text of each element."""
    for element in root.iter():
        yield from element.attrib.values()
        yield "".join([element.text or "", *(child.tail or "" for child in element)])


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _read(content: bytes) -> bytes:
    """Return it as a reader of XML takes it: without comments and instructions."""
    for begin, end in _UNREAD:
        first, *rest = content.split(begin)
        content = first + b"".join(_after(piece, end) for piece in rest)
    return content


def _after(piece: bytes, end: bytes) -> bytes:
    _, closed, after = piece.partition(end)
    return after if closed else piece


def _runs(plain: bytes) -> Iterator[bytes]:
    """Go through what may be base64, its lines joined, banners cut off."""
    for run in _RUN.findall(_SPACE.sub(b"", plain)):
        yield from (part for part in _DASHES.split(run) if len(part) <= _MOST_KEY)


def _is_key(run: bytes) -> bool:
    """Say whether base64 without its banners is a private key (DER, OpenSSH), encrypted or not."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415 - seldom needed

    bare = run.lstrip(b"-").rstrip(b"=").translate(_URL_SAFE)
    if bare.startswith(_OPENSSH):
        return True
    try:
        content = base64.b64decode(bare + b"=" * (-len(bare) % 4))
        load_der_private_key(content, None)
    except TypeError:
        return True  # a passphrase is wanted
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match["amp"]:
        return b"&"
    if match["mark"]:
        return b""
    code = int(match[4]) if match[4] else int(match[1] or match[2] or match[3] or b"20", 16)
    return bytes([code]) if code < 0x80 else b"?"  # noqa: PLR2004 - ASCII, in which the name is written
