"""Regular expressions for other languages: what our readers accept, in the syntax that all engines share.

No class such as "digit" or "space", no look-around, no named group: engines differ (ECMA-262, Python, RE2).
"""

from __future__ import annotations

import re
from typing import Any

Shape = dict[str, Any]

_BLANK = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SEPARATOR = f"[{_BLANK}.-]"
_KEY_LABEL = f"[cC][lL][\u00e9\u00c9eE](?:[{_BLANK}]*:)?"

SIRET = f"^{_SEPARATOR}*(?:[0-9]{_SEPARATOR}*){{14}}$"
_BETWEEN = f"(?:{_SEPARATOR}|{_KEY_LABEL})*"
NUMERO = f"^{_BETWEEN}(?:[0-9]{_BETWEEN}){{26}}(?:(?:[0-9]{_BETWEEN}){{2}})?$"
"""26 digits, and the two-digit key where it was copied along, with its label."""
PLAQUE = f"^{_SEPARATOR}*(?:[A-Za-z0-9]{_SEPARATOR}*){{2,15}}$"
"""A French plate is one of the foreign ones as far as its characters go."""

_YEAR = "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9][0-9]|[1-9][0-9][0-9][0-9])"
_TWO = "(?:0[48]|[2468][048]|[13579][26])"
_LEAP = f"(?:[0-9][0-9]{_TWO}|{_TWO}00)"
_CALENDAR = (
    (_YEAR, "(?:0[13578]|1[02])", "(?:0[1-9]|[12][0-9]|3[01])"),
    (_YEAR, "(?:0[469]|11)", "(?:0[1-9]|[12][0-9]|30)"),
    (_YEAR, "02", "(?:0[1-9]|1[0-9]|2[0-8])"),
    (_LEAP, "02", "29"),
)
"""Every day that exists: year, month, day."""
_TIME = {"H": "(?:[01][0-9]|2[0-3])", "M": "[0-5][0-9]", "S": "[0-5][0-9]"}
_OFFSET = "[+-](?:[01][0-9]|2[0-3]):{0}[0-5][0-9]"
_ZONE = f"(?:{_OFFSET.format('?')}|Z)"
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
EPOCH_SECONDS = {"type": "integer", "minimum": -62_135_596_800, "maximum": 253_402_300_799}
"""From the year 1 to the year 9999."""


def text(pattern: str, *, least: int | None = None, most: int | None = None) -> Shape:
    """Return the schema of a text that matches a whole pattern.

    Where the length does not say it, a line feed at the end is refused apart: `$` lets it through in some engines.
    """
    size = {name: value for name, value in (("minLength", least), ("maxLength", most)) if value is not None}
    tail = {} if most is not None or _BLANK in pattern else {"not": {"type": "string", "pattern": "\n"}}
    return {"type": "string", "pattern": pattern, **size, **tail}


def euros(mark: str) -> Shape:
    """Return the schema of a text of euros with two decimals."""
    return text(f"^(?:0|[1-9][0-9]{{0,17}}){literal(mark)}[0-9][0-9]$")


def day(pattern: str) -> Shape:
    """Return the schema of a day: `iso8601`, or a pattern such as `%d/%m/%Y`."""
    asked = "%Y-%m-%d" if pattern == "iso8601" else pattern
    return text(f"^(?:{_written(asked)})$", **_size(asked))


def instant(pattern: str) -> Shape:
    """Return the schema of an instant: `iso8601`, `epoch_seconds`, or a pattern, in the profile's zone or with `%z`."""
    if pattern == "epoch_seconds":
        return dict(EPOCH_SECONDS)
    if pattern == "iso8601":
        whole = _written("%Y-%m-%dT%H:%M:%S")
        return text(rf"^(?:{whole})(?:\.[0-9]{{1,6}})?(?:Z|{_OFFSET.format('')})$")
    return text(f"^(?:{_written(pattern)})$", **_size(pattern))


def _size(pattern: str) -> dict[str, int]:
    """Return the length of what a pattern writes, where it has but one."""
    if "%z" in pattern:
        return {}
    length = sum(_WIDTHS[part] if part else len(other) for other, part in _pieces(pattern))
    return {"least": length, "most": length}


def _written(pattern: str) -> str:
    return "|".join(_one(pattern, {"Y": year, "m": month, "d": number}) for year, month, number in _CALENDAR)


def _one(pattern: str, calendar: dict[str, str]) -> str:
    parts = {**calendar, **_TIME, "z": _ZONE}
    return "".join(parts[part] if part else literal(other) for other, part in _pieces(pattern))


def _pieces(pattern: str) -> list[tuple[str, str]]:
    return re.findall(r"([^%]+)|%(.)", pattern)


def literal(value: str) -> str:
    """Return a text as a pattern that matches it alone."""
    return re.sub(r"[\\^$.*+?()\[\]{}|/]", r"\\\g<0>", value)
