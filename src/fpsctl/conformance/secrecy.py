"""What a foreign program said, shown as one line; never a private key, whatever its encoding."""

from __future__ import annotations

import base64
import re

_MOST_SHOWN = 200
_LAST_LINES = 3
_WINDOW = 16
HIDDEN = "[...]"
"""Stands for what is not shown."""
_MARKER = re.compile(r"PRIVATE(\s|\\n)+KEY")
# What a key may look like when it is not the one that was lent: long base64, hexadecimal pairs.
_LONG = re.compile(r"(?<![\w./~+=-])[A-Za-z0-9+/]{40,}={0,2}(?![\w./+-])")
_PAIRS = re.compile(r"(?:[0-9A-Fa-f]{2}:){12}")
# No folder is named like a piece of base64: long, with small letters, capitals and digits.
_JUMBLE = re.compile(r"(?=[^/]*[a-z])(?=[^/]*[A-Z])(?=[^/]*[0-9])[^/]{12,}")
_BLANKS = re.compile(r"[\s:]|\\n")
_URLSAFE = str.maketrans("-_", "+/")


class Veil:
    """Knows the secret that a program was lent, to recognise any piece of it."""

    def __init__(self, secret: bytes = b"") -> None:
        """Take the secret number of a key, big-endian; none before a key is lent."""
        self._pieces = {
            spelling[start : start + _WINDOW]
            for spelling in _spellings(secret)
            for start in range(len(spelling) - _WINDOW + 1)
        }

    def hides(self, words: str) -> bool:
        """Say whether a text holds a piece of the secret, or says that it holds a key."""
        if _MARKER.search(words):
            return True
        plain = _BLANKS.sub("", words).translate(_URLSAFE)
        lower = plain.lower()
        return any(piece in plain or piece in lower for piece in self._pieces)

    def whole(self, words: str) -> str:
        """Return a text as it is, its lines that may be a key hidden; all of it when it holds one across lines."""
        shown = "\n".join(HIDDEN if _suspect(line) else line for line in words.split("\n"))
        return HIDDEN if self.hides(words) else shown

    def end(self, words: str) -> str:
        """Return the last lines of a text on one line, nothing in it that may be a key; empty when it has none."""
        last = [line for line in words.split("\n") if line.strip()][-_LAST_LINES:]
        told = "\n".join(last)
        if _suspect(told) or self.hides(told):
            return HIDDEN
        return " | ".join(filter(None, (one_line(line, _MOST_SHOWN) for line in last)))

    def line(self, words: object) -> str:
        """Return a text as one short printable line, nothing in it that may be a key."""
        told = str(words)
        return HIDDEN if _suspect(told) or self.hides(told) else one_line(told, _MOST_SHOWN)


def _suspect(words: str) -> bool:
    """Say whether a text holds what may be any key; an absolute path is none."""
    if _PAIRS.search(words):
        return True
    return any(not run[0].startswith("/") or _JUMBLE.search(run[0]) for run in _LONG.finditer(words))


def one_line(words: str, most: int) -> str:
    """Return a text printable, on one line, cut after so many characters."""
    told = " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())
    return told if len(told) <= most else told[:most] + "..."


def _spellings(secret: bytes) -> tuple[str, ...]:
    """Return the secret in hexadecimal and as it stands in base64, which depends on what comes before it."""
    if not secret:
        return ()
    coded = []
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret).decode().rstrip("=")
        coded.append(text[(0, 2, 3)[before] : -1])
    return (secret.hex(), *coded)
