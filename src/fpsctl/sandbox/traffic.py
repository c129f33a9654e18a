"""One line a call of the traffic log: what was asked, by whom, what was answered; never a private key."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm

from fpsctl.antai.wire_json import read_json

if TYPE_CHECKING:
    import datetime as dt

    from fpsctl.antai import Decoded
    from fpsctl.sandbox.problems import Answer

WITHHELD = "(private key withheld)"
_SECRET = re.compile(rb"PRIVATE[^A-Za-z]{1,12}KEY")  # the label of RFC 7468, in capitals
_ESCAPED = re.compile(rb"\\{1,4}(?:u([0-9a-f]{4})|[nrtbf])|%([0-9a-f]{2})", re.IGNORECASE)
_RUN = re.compile(rb"[A-Za-z0-9+/_=-]{64,}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SPACE = re.compile(rb"\s+")
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
    if holds_private_key(body):
        return WITHHELD
    if len(body) > _MOST_KEPT:
        return f"({len(body)} bytes)"
    try:
        read = read_json(body)
        json.dumps(read.value, allow_nan=False)
    except ValueError:  # also 1e999, a number that JSON has and that cannot be written again
        return body.decode(errors="replace")
    return body.decode() if read.duplicates else read.value


def shown(told: str) -> str:
    """Return somebody's text as it may be repeated: short, without a private key."""
    if holds_private_key(told.encode(errors="replace")):
        return WITHHELD
    return told if len(told) <= _MOST_SHOWN else told[:_MOST_SHOWN] + "..."


def holds_private_key(content: bytes) -> bool:
    """Say whether a private key stands in it: by its name, whatever escapes hide it (JSON, URL, UTF-16), or bare."""
    plain = content.replace(b"\0", b"")
    for _ in range(_LAYERS):
        if _SECRET.search(plain):
            return True
        plain = _ESCAPED.sub(_unescaped, plain)
    return _SECRET.search(plain) is not None or any(map(_is_key, _RUN.findall(_SPACE.sub(b"", plain))))


def _is_key(run: bytes) -> bool:
    """Say whether base64 without its banners is a private key (DER), encrypted or not."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415 - seldom needed

    bare = run.rstrip(b"=").translate(_URL_SAFE)
    try:
        content = base64.b64decode(bare + b"=" * (-len(bare) % 4))
        load_der_private_key(content, None)
    except TypeError:
        return True  # a passphrase is wanted
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = int(match[1] or match[2] or b"20", 16)
    return bytes([code]) if code < 0x80 else b"?"  # noqa: PLR2004 - ASCII, in which the name is written
