"""What a vendor must change in a program to go from one profile to another.

Compares merged, validated profiles. Messages are compared value by value (`profile_message_diff`), every other
section key by key, so that nothing that differs is left out.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.antai.profile_change import Action, Change, grounds_differ, shown
from fpsctl.antai.profile_formats import Part, Provenance
from fpsctl.antai.profile_message_diff import inheritors, message_differences
from fpsctl.antai.profile_model import Operation
from fpsctl.antai.provenance import GROUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fpsctl.antai.profile_model import Profile

SECTIONS = (
    "operations", "formats", "headers", "errors", "retours", "limits", "numero", "hosts",
    "certificate_rules", "delays", "hook",
)  # fmt: skip
"""The sections beside the messages, in the order of the answer."""
HEAD = "profile"
"""What a profile says of itself."""
_FORMATS = ("amounts", "instants", "days")


def diff(before: Profile, after: Profile) -> tuple[Change, ...]:
    """Return what differs, by message then by section; empty for profiles that say the same."""
    return (*message_differences(before, after), *_sections(before, after), *_head(before, after))


class _Delta(NamedTuple):
    """A difference between two sections, by its name within the section, with the entries that say it."""

    name: str
    how: str
    before: object
    after: object
    was: Provenance | None
    now: Provenance | None


def _sections(before: Profile, after: Profile) -> Iterator[Change]:
    for section in SECTIONS:
        for delta in _compare(getattr(before, section), getattr(after, section), "", None, None):
            form = delta.name.partition(".")[0] if section == "formats" else ""
            yield Change(
                section,
                delta.name.removesuffix(".value") or section,
                delta.how,
                _action(section, delta),
                *_values(delta),
                None if delta.how == "removed" and isinstance(delta.before, Part) else delta.now,
                inheritors(after, form) if form in _FORMATS and delta.how != "grounds" else (),
            )


def _values(delta: _Delta) -> tuple[str | None, str | None]:
    if delta.how == "grounds" and delta.was and delta.now:
        return delta.was.confidence, delta.now.confidence
    return tuple(None if value is None else _told(value) for value in (delta.before, delta.after))  # type: ignore[return-value]


def _told(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Operation) else shown(value)


def _compare(one: object, other: object, name: str, was: Provenance | None, now: Provenance | None) -> Iterator[_Delta]:
    """Compare two values of a section, and what is in them; an entry that came or went is told whole."""
    was, now = (value if isinstance(value, Provenance) else said for value, said in ((one, was), (other, now)))
    if isinstance(one, Part) and isinstance(other, Part):
        fields = {key: info for key, info in type(other).model_fields.items() if key not in (*GROUNDS, *_UNSEEN)}
        deltas = [
            delta
            for key, info in fields.items()
            for delta in _compare(getattr(one, key), getattr(other, key), _joined(name, info.alias or key), was, now)
        ]
        yield from deltas
        if not deltas and isinstance(one, Provenance) and isinstance(other, Provenance) and grounds_differ(one, other):
            yield _Delta(name, "grounds", None, None, one, other)
    elif isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            yield from _compare(one.get(key), other.get(key), _joined(name, str(key)), was, now)
    elif one != other:
        how = "new" if one is None else "removed" if other is None else "changed"
        yield _Delta(name, how, one, other, was, now)


_UNSEEN = frozenset({"file"})
"""Where the file of a hook stands is not what it does: its digest tells."""


def _joined(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


_MAY: tuple[tuple[str, str], ...] = (
    ("operations.*.headers.*", "removed"),
    ("headers.*", "removed"),
    ("errors.parts.*", "new"),
    ("retours.page", "*"),
    ("hosts.*", "new"),
    ("limits.*", "removed"),
    ("delays.*", "*"),
)
"""What a program may leave as it is: pattern of the name, how it differs."""


def _action(section: str, delta: _Delta) -> Action:
    """Return what a difference asks; what is not known to be harmless must be acted upon."""
    if delta.how == "grounds":
        return Action.NONE
    name = f"{section}.{delta.name}"
    if fnmatchcase(name, "hosts.*.ca"):
        return Action.MUST
    if any(fnmatchcase(name, pattern) and how in ("*", delta.how) for pattern, how in _MAY) or _eased(section, delta):
        return Action.MAY
    return Action.MUST


def _eased(section: str, delta: _Delta) -> bool:
    """Whether a bound was raised, a call became safer to repeat, or a rule on certificates does not refuse."""
    if section == "operations" and delta.name.rpartition(".")[2] in _PROMISES:
        return delta.after is True
    if section == "limits" and isinstance(delta.before, int) and isinstance(delta.after, int):
        return delta.after > delta.before
    severity = getattr(delta.after, "severity", delta.after)
    # Without an entry, a rule has its own severity, which the profile does not know: it may refuse.
    if section != "certificate_rules":
        return False
    return severity != "error" if severity is not None else getattr(delta.before, "severity", None) == "error"


_PROMISES = frozenset({"safe", "idempotent"})
"""What an operation promises: a program that relied on it must act when it is withdrawn."""


_HEAD = {"profile": Action.NONE, "version": Action.NONE, "title": Action.NONE,
         "supersedes": Action.NONE, "confidential": Action.MAY, "in_force": Action.MAY}  # fmt: skip


def _head(before: Profile, after: Profile) -> Iterator[Change]:
    for key, action in _HEAD.items():
        for delta in _compare(getattr(before, key), getattr(after, key), key, None, None):
            yield Change(HEAD, delta.name, delta.how, action, *_values(delta))
