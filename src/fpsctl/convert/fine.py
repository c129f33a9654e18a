"""A fine as it was read: which of its values were used or told of, and the findings on it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from fpsctl.checks import Finding, Outcome, Severity
from fpsctl.convert.rules import RULES
from fpsctl.texts import printable, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUTCOMES = {Severity.ERROR: Outcome.FAIL, Severity.WARNING: Outcome.WARN, Severity.INFO: Outcome.PASS}
_SECRET = re.compile(r"PRIVATE\s+KEY|-----BEGIN", re.IGNORECASE)
_LONGEST = 60  # characters of somebody else's value in a sentence


class Notes:
    """Collects the findings on one fine."""

    def __init__(self) -> None:
        """Start empty."""
        self.found: list[Finding] = []

    def add(self, code: str, variant: str = "detail", /, **params: object) -> None:
        """Add a finding; its sentence is the text `<code>.<variant>`."""
        rule = RULES[code]
        self.found.append(
            Finding(
                id=code,
                severity=rule.severity,
                outcome=_OUTCOMES[rule.severity],
                actor=rule.actor,
                title=text(f"check.{code}"),
                detail=text(f"{code}.{variant}", **params),
                reference=rule.reference,
                hint="" if rule.severity is Severity.INFO else text(f"hint.{code}", **params),
            )
        )

    @property
    def broken(self) -> bool:
        """Whether no message can be made."""
        return any(finding.severity is Severity.ERROR for finding in self.found)


class Fine:
    """The JSON object of a fine, by dotted names."""

    def __init__(self, value: dict[str, object]) -> None:
        """Take the object; nothing is covered yet."""
        self._value = value
        self._covered: set[str] = set()

    def peek(self, name: str) -> object:
        """Return a value; None when it is absent or empty."""
        value: object = self._value
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return None if _blank(value) else value

    def take(self, name: str) -> object:
        """Return a value as `peek` does, and note that it is used or told of, with all it holds."""
        value = self.peek(name)
        self._covered.add(name)
        return value

    def open(self, name: str) -> object:
        """Return a value whose parts are noted one by one."""
        return self.peek(name)

    def left(self, groups: frozenset[str]) -> Iterator[tuple[str, object]]:
        """Give what was neither used nor told of: the outermost value of each, groups opened."""
        yield from self._left("", self._value, groups)

    def _left(self, path: str, value: object, groups: frozenset[str]) -> Iterator[tuple[str, object]]:
        if path in self._covered:
            return
        if isinstance(value, dict) and (not path or path in groups):
            for name, inner in value.items():
                # A name that is empty or has a dot in it may not pass for a path of the vocabulary.
                step = f'"{name}"' if not name or "." in name else name
                yield from self._left(f"{path}.{step}" if path else step, inner, groups)
        elif not (path in groups and _blank(value)):
            yield path, value


def _blank(value: object) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def shown(value: object) -> str:
    """Return somebody else's value, fit for a sentence; withheld when it is long or looks like a private key."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if _SECRET.search(written):
        return text("fnms.withheld.secret")
    return printable(written) if len(written) <= _LONGEST else text("fnms.withheld.long", length=len(written))


def named(name: str) -> str:
    """Return somebody else's name, fit for a sentence."""
    kept = printable(name)
    if _SECRET.search(kept):
        return text("fnms.withheld.secret")
    return kept if len(kept) <= _LONGEST else f"{kept[:_LONGEST]}…"
