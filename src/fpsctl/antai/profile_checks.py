"""What a profile must be beyond its shape: every value has one place, and the place suits it.

Each check raises `ProfileFault`: a code, the key at fault, and why; the loader adds file and line.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from fpsctl.antai.leaves import Leaf, Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.operations import OPERATIONS
from fpsctl.antai.wire_models import placed
from fpsctl.antai.wire_tree import WireClash, plant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fpsctl.antai.profile_layers import Key
    from fpsctl.antai.profile_model import FieldEntry, MessageEntry, Profile
    from fpsctl.antai.wire_tree import Placed

_CODED = (Shape.CHOICE, Shape.TEXT, Shape.BOOLEAN)
_MOMENTS = {"amounts": Shape.AMOUNT, "instants": Shape.INSTANT, "zone": Shape.INSTANT, "days": Shape.DAY}
_BOOLEANS = {"true", "false"}


class ProfileFault(Exception):
    """An entry of a profile that is refused."""

    def __init__(self, code: str, key: Key, detail: str, rivals: Sequence[Key] = ()) -> None:
        """Keep the code of the error, the key, why, and the entries that may be the ones to blame instead."""
        super().__init__(code)
        self.code, self.key, self.detail, self.rivals = code, key, detail, rivals


def check_names(content: Mapping[str, Any]) -> None:
    """Refuse a name that does not exist, even one that is only removed: a misspelt removal removes nothing."""
    for section, known in (("operations", OPERATIONS), ("messages", MESSAGES)):
        stated = content.get(section)
        for name in stated if isinstance(stated, dict) else ():
            if name not in known:
                raise ProfileFault("profile.invalid", (section, name), f"unknown-{section.removesuffix('s')}")
    messages = content.get("messages")
    for kind, message in messages.items() if isinstance(messages, dict) else ():
        fields = message.get("fields") if isinstance(message, dict) else None
        for name in fields if isinstance(fields, dict) else ():
            if name not in leaves_of(MESSAGES[kind]):
                raise ProfileFault("profile.invalid", ("messages", kind, "fields", name), "unknown-field")


def check(profile: Profile) -> None:
    """Check what every use of the profile needs."""
    _check_wires(profile)
    for kind, message in profile.messages.items():
        _check_message(profile, kind, message)
    page = profile.retours
    within = {name: getattr(page, name) for name in ("sequence", "kind", "message")}
    _check_apart(("retours",), within)
    _check_apart(("retours",), {"items": page.items, "more": page.more})
    _check_apart(("errors", "parts"), {str(part): path for part, path in profile.errors.parts.items()})
    _check_distinct(("errors", "codes"), {code: entry.wire for code, entry in profile.errors.codes.items()})


def check_whole(profile: Profile) -> None:
    """Check that nothing of the interface is left out: every operation, every message."""
    for name in OPERATIONS:
        entry = profile.operations.get(name)
        pushed = name == "read_retour" and profile.retours.mode == "push"
        if not pushed and (entry is None or entry.path is None or entry.method is None):
            raise ProfileFault("profile.unmapped", ("operations", name), "operation")
    for kind in MESSAGES:
        if kind not in profile.messages:
            raise ProfileFault("profile.unmapped", ("messages", kind), "message")


def _check_wires(profile: Profile) -> None:
    wires = {kind: message.wire for kind, message in profile.messages.items()}
    _check_distinct(("messages",), wires, "wire")


def _check_distinct(base: Key, values: Mapping[str, str | int], last: str = "") -> None:
    seen: dict[str | int, str] = {}
    for name, value in values.items():
        if value in seen:
            raise ProfileFault("profile.collision", (*base, name, *([last] if last else [])), seen[value])
        seen[value] = name


def _check_apart(base: Key, paths: Mapping[str, str]) -> None:
    """Refuse two values in one place, or one in and one under it."""
    for (one, first), (other, second) in combinations(paths.items(), 2):
        if f"{first}.".startswith(f"{second}.") or f"{second}.".startswith(f"{first}."):
            raise ProfileFault("profile.collision", (*base, other), one)


def _check_message(profile: Profile, kind: str, message: MessageEntry) -> None:
    base: Key = ("messages", kind, "fields")
    leaves = leaves_of(MESSAGES[kind])
    for name, entry in message.fields.items():
        _check_field(leaves[name], entry, (*base, name))
    for name, leaf in leaves.items():
        if name not in message.fields and leaf.needed_among(message.fields):
            raise ProfileFault("profile.unmapped", (*base, name), "no-place")
    for name in message.order:
        if name not in message.fields:
            raise ProfileFault("profile.invalid", ("messages", kind, "order"), name)
    _plant(profile, kind, message)
    if profile.formats.encoding.value == "xml":
        _check_steps(kind, message)


def _plant(profile: Profile, kind: str, message: MessageEntry) -> None:
    """Build the trees, alone and in the envelope, to see whether everything fits."""
    for envelope in (None, profile.formats.envelope):
        places = placed(MESSAGES[kind], message, envelope)
        try:
            plant(places)
        except WireClash as clash:
            code = "profile.invalid" if clash.lists else "profile.collision"
            rivals = [("messages", kind, "fields", name) for name in _near(clash, places)]
            raise ProfileFault(code, _key_of(kind, clash.field, places.fields), clash.reason, rivals) from clash


def _near(clash: WireClash, places: Placed) -> Iterable[str]:
    """Return the fields that stand where the clash is, or over or under it."""
    wire = f"{clash.reason}."
    return (
        name for name, (_, path) in places.fields.items() if f"{path}.".startswith(wire) or wire.startswith(f"{path}.")
    )


def _key_of(kind: str, field: str, fields: Iterable[str]) -> Key:
    return ("messages", kind, "fields", field) if field in fields else ("messages", kind, "constants", field)


def _check_steps(kind: str, message: MessageEntry) -> None:
    """Refuse what XML has no place for: an attribute or a text that is not the end, or a repeated one."""
    named = {name: entry.path for name, entry in message.fields.items()}
    for name, path in {**named, **{path: path for path in message.constants}}.items():
        *steps, last = (path or "").split(".")
        ends = last.startswith(("@", "#")) and last.endswith("[]")
        if ends or any(step.startswith(("@", "#")) for step in steps):
            raise ProfileFault("profile.invalid", _key_of(kind, name, message.fields), "attribute")


def _check_field(leaf: Leaf, entry: FieldEntry, key: Key) -> None:
    for name, shape in _MOMENTS.items():
        if getattr(entry, name) is not None and leaf.shape is not shape:
            raise ProfileFault("profile.invalid", (*key, name), "shape")
    local = entry.instants not in (None, "iso8601", "epoch_seconds") and "%z" not in str(entry.instants)
    if local != (entry.zone is not None):
        raise ProfileFault("profile.invalid", (*key, "zone"), "format.zone")
    _check_presence(leaf, entry, key)
    if entry.codes is not None:
        _check_codes(leaf, entry, key)


def _check_presence(leaf: Leaf, entry: FieldEntry, key: Key) -> None:
    """A value that the message needs is on the wire, or has a default; no other has one."""
    mandatory = all(leaf.levels) and "[]" not in leaf.path
    if entry.default is not None and not mandatory:
        raise ProfileFault("profile.invalid", (*key, "default"), "not-mandatory")
    if entry.required is False and entry.default is None and leaf.own:
        raise ProfileFault("profile.unmapped", (*key, "default"), "may-be-absent")


def _check_codes(leaf: Leaf, entry: FieldEntry, key: Key) -> None:
    codes = entry.codes or {}
    if leaf.shape not in _CODED:
        raise ProfileFault("profile.invalid", (*key, "codes"), "not-a-code")
    members = _BOOLEANS if leaf.shape is Shape.BOOLEAN else set(leaf.members)
    if members and set(codes) != members:
        raise ProfileFault("profile.invalid", (*key, "codes"), ", ".join(sorted(set(codes) ^ members)))
    _check_distinct((*key, "codes"), {code: value.wire for code, value in codes.items()})
    if len({str(value.wire) for value in codes.values()}) < len(codes):
        raise ProfileFault("profile.collision", (*key, "codes"), "1 / '1'")
