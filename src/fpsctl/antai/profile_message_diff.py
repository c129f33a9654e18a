"""How the messages of two profiles differ, value by value, as each ends up on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.profile_change import Action, Change, grounds_differ, regrounded, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.profile_formats import Formats, Provenance
    from fpsctl.antai.profile_model import FieldEntry, MessageEntry, Profile

FORMS = {Shape.AMOUNT: "amounts", Shape.INSTANT: "instants", Shape.DAY: "days"}
"""The format of the profile that a value of a shape is written in."""


class _Side(NamedTuple):
    """One field as one profile has it."""

    leaf: Leaf
    entry: FieldEntry | None
    formats: Formats

    @property
    def path(self) -> str | None:
        """Where it stands; None when it is not on the wire."""
        return self.entry.path if self.entry else None

    @property
    def required(self) -> bool:
        """Whether it must be there, in the part that it belongs to."""
        stated = self.entry.required if self.entry else None
        return self.leaf.own if stated is None else stated

    @property
    def codes(self) -> dict[str, str | int]:
        """Its codes on the wire; a choice without codes is written as it is."""
        if self.entry is not None and self.entry.codes is not None:
            return {code: value.wire for code, value in self.entry.codes.items()}
        return {member: member for member in self.leaf.members}

    @property
    def form(self) -> str | None:
        """How it is written, where a format says so."""
        return form_of(self.leaf, self.entry, self.formats)


def form_of(leaf: Leaf, entry: FieldEntry | None, formats: Formats) -> str | None:
    """Return the format of a value: its own, else the profile's; None where no format speaks of it."""
    name = FORMS.get(leaf.shape)
    if name is None:
        return None
    own = getattr(entry, name, None)
    zone = getattr(entry, "zone", None) if own else getattr(getattr(formats, name), "zone", None)
    return f"{own or getattr(formats, name).value}{f' ({zone})' if zone else ''}"


def inheritors(profile: Profile, name: str) -> tuple[str, ...]:
    """Return the messages that have a value on the wire in a format that is the profile's."""
    return tuple(
        kind
        for kind, message in profile.messages.items()
        if any(
            entry.path is not None
            and FORMS.get(leaves_of(MESSAGES[kind])[path].shape) == name
            and getattr(entry, name) is None
            for path, entry in message.fields.items()
        )
    )


def message_differences(before: Profile, after: Profile) -> Iterator[Change]:
    """Return the differences of every message, in the order of the messages."""
    for kind in MESSAGES:
        one, other = before.messages.get(kind), after.messages.get(kind)
        if one is not None and other is not None:
            yield from _message(kind, one, other, before.formats, after.formats)
        elif other is not None:
            yield Change(kind, kind, "message.added", Action.MUST, None, other.wire, other.provenance)
        elif one is not None:
            yield Change(kind, kind, "message.removed", Action.MUST, one.wire)


def _message(kind: str, one: MessageEntry, other: MessageEntry, was: Formats, now: Formats) -> Iterator[Change]:
    if one.wire != other.wire:
        yield Change(kind, "wire", "message.wire", Action.MUST, one.wire, other.wire, other.provenance)
    elif grounds_differ(one.provenance, other.provenance):
        yield regrounded(kind, "wire", one.provenance, other.provenance)
    for path, leaf in leaves_of(MESSAGES[kind]).items():
        sides = _Side(leaf, one.fields.get(path), was), _Side(leaf, other.fields.get(path), now)
        changes = list(_field(kind, *sides))
        yield from changes or _grounds(kind, path, *(side.entry for side in sides))
    yield from _constants(kind, one, other)
    moved = now.encoding.value == was.encoding.value == "xml" and list(_order(kind, one, other))
    yield from moved or ()
    if one.order != other.order and not moved:  # said otherwise, and the same on the wire
        yield Change(kind, "order", "order", Action.NONE, _named(one.order), _named(other.order))


def _field(kind: str, was: _Side, now: _Side) -> Iterator[Change]:
    name, entry = now.leaf.path, now.entry
    sends = MESSAGES[kind].direction == "out"
    if was.path is None and now.path is None:
        if _default(was) != _default(now):
            yield Change(kind, name, "field.default", Action.MAY, _default(was), _default(now), entry)
    elif was.path is None:
        how, action = ("new-mandatory", Action.MUST) if now.required else ("new", Action.MAY)
        yield Change(kind, name, f"field.{how}", action, None, now.path, entry)
    elif now.path is None:
        yield Change(kind, name, "field.removed", Action.MUST, was.path, None, entry)
    else:
        yield from _placed(kind, was, now, entry, sends=sends)


def _placed(kind: str, was: _Side, now: _Side, entry: Provenance | None, *, sends: bool) -> Iterator[Change]:
    """Compare a value that is on the wire in both: its place, whether it must be there, how it is written."""
    name = now.leaf.path
    if was.path != now.path:
        yield Change(kind, name, "field.path", Action.MUST, was.path, now.path, entry)
    if was.required != now.required:
        how = "mandatory" if now.required else "optional"
        # What was always there may be missing now: whoever reads must act; whoever writes, the other way round.
        action = Action.MUST if now.required == sends else Action.MAY
        yield Change(kind, name, f"field.{how}", action, None, None, entry)
    if _default(was) != _default(now):
        action = Action.MAY if sends and _default(was) is None else Action.MUST
        yield Change(kind, name, "field.default", action, _default(was), _default(now), entry)
    # A format that is the profile's in both is told once, with the formats.
    if was.form != now.form and (_own_form(was) or _own_form(now)):
        yield Change(kind, name, "field.form", Action.MUST, was.form, now.form, entry)
    yield from _codes(kind, was, now, sends=sends)


def _codes(kind: str, was: _Side, now: _Side, *, sends: bool) -> Iterator[Change]:
    before, after = was.codes, now.codes
    for code in dict.fromkeys([*before, *after]):
        name, entry = f"{now.leaf.path} [{code}]", _code_entry(now, code) if code in after else None
        if code not in before:
            action = Action.MAY if sends else Action.MUST
            yield Change(kind, name, "code.new", action, None, shown(after[code]), entry)
        elif code not in after:
            action = Action.MUST if sends else Action.MAY
            yield Change(kind, name, "code.removed", action, shown(before[code]), None, entry)
        elif (before[code], type(before[code])) != (after[code], type(after[code])):
            say = repr if str(before[code]) == str(after[code]) else shown  # 3 and "3" are two codes
            yield Change(kind, name, "code.changed", Action.MUST, say(before[code]), say(after[code]), entry)


def _code_entry(side: _Side, code: str) -> Provenance | None:
    codes = side.entry.codes if side.entry is not None else None
    return codes[code] if codes and code in codes else side.entry


def _default(side: _Side) -> str | None:
    value = side.entry.default if side.entry else None
    return None if value is None else shown(value)


def _own_form(side: _Side) -> bool:
    return getattr(side.entry, FORMS[side.leaf.shape], None) is not None


def _grounds(kind: str, name: str, was: FieldEntry | None, now: FieldEntry | None) -> Iterator[Change]:
    """Tell once that a field, or one of its codes, stands on another word."""
    if was is None or now is None:
        return
    if grounds_differ(was, now):
        yield regrounded(kind, name, was, now)
        return
    codes = now.codes or {}
    for code, entry in (was.codes or {}).items():
        if code in codes and grounds_differ(entry, codes[code]):
            yield regrounded(kind, f"{name} [{code}]", entry, codes[code])


def _constants(kind: str, one: MessageEntry, other: MessageEntry) -> Iterator[Change]:
    for path in dict.fromkeys([*one.constants, *other.constants]):
        was, now = one.constants.get(path), other.constants.get(path)
        if was is None and now is not None:
            yield Change(kind, path, "constant.new", Action.MUST, None, shown(now.value), now)
        elif now is None and was is not None:
            yield Change(kind, path, "constant.removed", Action.MUST, shown(was.value))
        elif was is not None and now is not None and repr(was.value) != repr(now.value):
            yield Change(kind, path, "constant.changed", Action.MUST, shown(was.value), shown(now.value), now)
        elif was is not None and now is not None and grounds_differ(was, now):
            yield regrounded(kind, path, was, now)


def _named(order: tuple[str, ...]) -> str | None:
    return shown(order) if order else None


def _order(kind: str, one: MessageEntry, other: MessageEntry) -> Iterator[Change]:
    """Tell that elements are written in another order (XML); those of one side only do not count."""
    before = [name for name in one.in_order if name in other.fields]
    after = [name for name in other.in_order if name in one.fields]
    if before != after:
        moved = next(name for name, was in zip(after, before, strict=True) if name != was)
        yield Change(kind, moved, "order", Action.MUST, None, None, other.fields[moved])
