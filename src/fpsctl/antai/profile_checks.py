"""What a profile must be beyond its shape: every value has one place, and the place suits it.

Each check raises `ProfileFault`: a code, the key at fault, and why; the loader adds file and line.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

from fpsctl.antai.leaves import Leaf, Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.operations import OPERATIONS
from fpsctl.antai.profile_fault import ProfileFault
from fpsctl.antai.profile_told import nearest, nearest_field, next_step
from fpsctl.antai.profile_values import check_formats, check_requests, suits
from fpsctl.antai.profile_xml import check_xml
from fpsctl.antai.wire_models import placed
from fpsctl.antai.wire_tree import WireClash, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai.profile_layers import Key
    from fpsctl.antai.profile_model import FieldEntry, MessageEntry, Profile
    from fpsctl.antai.wire_tree import Placed

_CODED = (Shape.CHOICE, Shape.TEXT, Shape.BOOLEAN)
_MOMENTS = {"amounts": Shape.AMOUNT, "instants": Shape.INSTANT, "zone": Shape.INSTANT, "days": Shape.DAY}
_BOOLEANS = {"true", "false"}
_CANONICAL = re.compile(r"[a-z][a-z0-9_]*")


def check_names(content: Mapping[str, Any]) -> None:
    """Refuse a name that does not exist, even one that is only removed: a misspelt removal removes nothing."""
    for section, known in (("operations", OPERATIONS), ("messages", MESSAGES)):
        stated = content.get(section)
        for name in stated if isinstance(stated, dict) else ():
            if name not in known:
                cause = f"unknown-{section.removesuffix('s')}"
                raise ProfileFault("profile.invalid", (section, name), cause, step=nearest(name, known))
    messages = content.get("messages")
    for kind, message in messages.items() if isinstance(messages, dict) else ():
        fields = message.get("fields") if isinstance(message, dict) else None
        for name in fields if isinstance(fields, dict) else ():
            known_fields = leaves_of(MESSAGES[kind])
            if name not in known_fields:
                key: Key = ("messages", kind, "fields", name)
                step = nearest_field(name, known_fields, kind)
                raise ProfileFault("profile.invalid", key, "unknown-field", step=step)


def check(profile: Profile) -> None:
    """Check what every use of the profile needs."""
    check_requests(profile)
    check_formats(profile)
    _check_wires(profile)
    for kind, message in profile.messages.items():
        _check_message(profile, kind, message)
    page = profile.retours
    within = {name: getattr(page, name) for name in ("sequence", "kind", "message")}
    _check_apart(("retours",), within)
    _check_apart(("retours",), {"items": page.items, "more": page.more})
    _check_apart(("errors", "parts"), {str(part): path for part, path in profile.errors.parts.items()})
    _check_distinct(("errors", "codes"), {code: entry.wire for code, entry in profile.errors.codes.items()})
    if "code" not in profile.errors.parts:
        raise ProfileFault("profile.unmapped", ("errors", "parts", "code"), "error-code")
    check_xml(profile)


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


def _check_distinct(base: Key, values: Mapping[str, str | int], *last: str) -> None:
    """Refuse a value of two; `10` and `"10"` are one, as many programs read them."""
    seen: dict[str, str] = {}
    for name, value in values.items():
        if (told := str(value)) in seen:
            raise ProfileFault("profile.collision", (*base, name, *last), told, [(*base, seen[told], *last)])
        seen[told] = name


def _check_apart(base: Key, paths: Mapping[str, str]) -> None:
    """Refuse two values in one place, or one in and one under it."""
    for (one, first), (other, second) in combinations(paths.items(), 2):
        if f"{first}.".startswith(f"{second}.") or f"{second}.".startswith(f"{first}."):
            raise ProfileFault("profile.collision", (*base, other), second, [(*base, one)])


def _check_message(profile: Profile, kind: str, message: MessageEntry) -> None:
    base: Key = ("messages", kind, "fields")
    leaves = leaves_of(MESSAGES[kind])
    for name, entry in message.fields.items():
        _check_field(leaves[name], entry, (*base, name))
    carried = {name for name, entry in message.fields.items() if entry.carried}
    for name, leaf in leaves.items():
        if name not in carried and leaf.needed_among(carried):
            raise ProfileFault("profile.unmapped", (*base, name), "no-place")
    for name in message.order:
        if name not in message.fields:
            raise ProfileFault("profile.invalid", ("messages", kind, "order"), name)
    _plant(profile, kind, message)


def _plant(profile: Profile, kind: str, message: MessageEntry) -> None:
    """Build the trees, alone and in the envelope, to see whether everything fits."""
    for envelope in (None, profile.formats.envelope):
        places = placed(MESSAGES[kind], message, envelope)
        try:
            plant(places)
        except WireClash as clash:
            keys = _keys(kind, places, f"{envelope.message}." if envelope else "")
            key = next(key for key, path in keys.items() if clash.field in (key[-1], path))
            if clash.lists:
                raise ProfileFault("profile.invalid", key, clash.reason, step=next_step("lists")) from clash
            rivals = [one for one, path in keys.items() if one != key and _near(path, clash.reason)]
            raise ProfileFault("profile.collision", key, clash.reason, rivals) from clash


def _near(path: str, wire: str) -> bool:
    """Say whether two things stand in one place, or one over the other."""
    return f"{path}.".startswith(f"{wire}.") or f"{wire}.".startswith(f"{path}.")


def _keys(kind: str, places: Placed, before: str) -> dict[Key, str]:
    """Return the wire path of every entry that puts something in a message, or around it."""
    base: Key = ("messages", kind)
    return {
        **{(*base, "fields", name): path for name, (_, path) in places.fields.items()},
        **{(*base, "constants", path.removeprefix(before)): path for path in places.inside},
        **{("formats", "envelope", "constants", path): path for path in places.around},
    }


def _check_field(leaf: Leaf, entry: FieldEntry, key: Key) -> None:
    for name, shape in _MOMENTS.items():
        if getattr(entry, name) is not None and leaf.shape is not shape:
            raise ProfileFault("profile.invalid", (*key, name), "shape")
    local = entry.instants not in (None, "iso8601", "epoch_seconds") and "%z" not in str(entry.instants)
    if local != (entry.zone is not None):
        raise ProfileFault("profile.invalid", (*key, "zone"), "format.zone")
    _check_presence(leaf, entry, key)
    if entry.default is not None and not suits(MESSAGES[key[1]], leaf.path, entry.default):
        raise ProfileFault("profile.invalid", (*key, "default"), "default")
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
    for code in codes if not members else ():
        if not _CANONICAL.fullmatch(code):
            raise ProfileFault("profile.invalid", (*key, "codes", code), "code-name")
    _check_distinct((*key, "codes"), {code: value.wire for code, value in codes.items()})
