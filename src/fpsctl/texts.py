"""What people read, in French and English, over stable codes.

One flat file a language, `data/texts/<lang>.json`: code -> sentence with named placeholders.
"""

from __future__ import annotations

import os
from typing import cast

from fpsctl.resources import read_json

LANGUAGES = ("fr", "en")
_locale: dict[str, str] = {}


def choose_language(asked: str | None = None) -> str:
    """Return `fr` or `en`: the flag, else `FPSCTL_LANG`, else the locale, else English."""
    candidates = [asked, *(os.environ.get(name) for name in ("FPSCTL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))]
    chosen = next((value for value in candidates if value), "en")
    return "fr" if chosen.lower().startswith("fr") else "en"


def use_language(lang: str) -> None:
    """Fix the language of this process (the command line does it once)."""
    _locale["lang"] = lang


def language() -> str:
    """Return the language in use."""
    if "lang" not in _locale:
        _locale["lang"] = choose_language()
    return _locale["lang"]


def catalogue(lang: str) -> dict[str, str]:
    """Return all sentences of one language."""
    return cast("dict[str, str]", read_json(f"texts/{lang}.json"))


def has_text(code: str) -> bool:
    """Say whether a code has a sentence."""
    return code in catalogue(language())


class _Params(dict[str, object]):
    """A placeholder without value is shown as a dash: never a second error while telling the first."""

    def __missing__(self, key: str) -> str:
        return "-"


def text(code: str, /, **params: object) -> str:
    """Return the sentence of a code in the language in use."""
    return text_in(language(), code, **params)


def text_in(lang: str, code: str, /, **params: object) -> str:
    """Return the sentence of a code in one language; a code without sentence is itself (a test forbids it)."""
    sentence = catalogue(lang).get(code)
    shown = {name: "-" if value is None else value for name, value in params.items()}
    return code if sentence is None else sentence.format_map(_Params(shown))


def printable(value: str) -> str:
    """Return somebody else's text on one line and without control characters, fit for a terminal."""
    return "".join(char if char.isprintable() else " " for char in value)
