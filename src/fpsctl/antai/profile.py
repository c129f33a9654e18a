"""Loading an interface profile: read, merge with its parents, validate, check against the messages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.profile_layers import Key, Layer, lay_over, local_error, prune, read_layer
from fpsctl.antai.profile_model import FieldEntry, MessageEntry, Profile
from fpsctl.antai.wire_tree import WireClash, plant
from fpsctl.resources import DATA, names
from fpsctl.validation import problem_text

if TYPE_CHECKING:
    from fpsctl.antai.leaves import Leaf
    from fpsctl.errors import LocalError

_FOLDER = "profiles"
_CODED = (Shape.CHOICE, Shape.TEXT)


def load_profile(name_or_path: str) -> Profile:
    """Return a profile: a built-in name, or the path of a YAML file (it ends in .yaml or .yml, or has a slash).

    Raises `LocalError`: `profile.unknown` (no such profile), `profile.unreadable` (not YAML),
    `profile.invalid` (a key, a value, a word of origin), `profile.unmapped` (a mandatory value has no
    place on the wire), `profile.collision` (two values in one place, or in and under one place).
    """
    if name_or_path in names(_FOLDER):
        return _load_built_in(name_or_path)
    return _load(_locate(name_or_path, Path()))


@cache
def _load_built_in(name: str) -> Profile:
    return _load(_locate(name, Path()))


def _load(path: Path) -> Profile:
    layer = _stack(path, ())
    try:
        profile = Profile.model_validate(prune(layer.content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = tuple(str(part) for part in first["loc"])
        cause = first.get("ctx", {}).get("error")
        # What is missing is written nowhere: its line is that of the entry that lacks it.
        near = key[:-1] if first["type"] == "missing" else key
        raise _error(
            "profile.invalid",
            layer,
            key,
            path,
            str(cause) if cause else problem_text(first["type"], first["msg"], first.get("ctx", {})),
            near,
        ) from error
    _check_names(profile, layer, path)
    for kind, message in profile.messages.items():
        _check_message(kind, message, layer, path)
    return profile


def _locate(name_or_path: str, folder: Path) -> Path:
    if name_or_path in names(_FOLDER):
        return DATA / _FOLDER / f"{name_or_path}.yaml"
    if name_or_path.endswith((".yaml", ".yml")) or "/" in name_or_path:
        return folder / name_or_path
    raise local_error("profile.unknown", name_or_path, ", ".join(names(_FOLDER)))


def _stack(path: Path, below: tuple[Path, ...]) -> Layer:
    """Read a file and the parents it extends; the parent of a file is looked for beside it."""
    layer = read_layer(path)
    parent = layer.content.get("extends")
    if parent is None:
        return layer
    if not isinstance(parent, str):
        raise _error("profile.invalid", layer, ("extends",), path, "string_type")
    base = _locate(parent, path.parent)
    if base.resolve() in (*below, path.resolve()):
        raise _error("profile.invalid", layer, ("extends",), path, "cycle")
    return lay_over(_stack(base, (*below, path.resolve())), layer)


def _error(code: str, layer: Layer, key: Key, path: Path, detail: str, near: Key | None = None) -> LocalError:
    """Name the entry at fault, and the line of the nearest one that is written down."""
    near = key if near is None else near
    steps = (near[:size] for size in range(len(near), 0, -1))
    file, line = next((layer.places[step] for step in steps if step in layer.places), (str(path), None))
    return local_error(code, file, f"{'.'.join(key)}: {detail}", line)


def _check_names(profile: Profile, layer: Layer, path: Path) -> None:
    seen: dict[str, str] = {}
    for kind, message in profile.messages.items():
        if kind not in MESSAGES:
            raise _error("profile.invalid", layer, ("messages", kind), path, "unknown message")
        if message.wire in seen:
            raise _error("profile.collision", layer, ("messages", kind, "wire"), path, seen[message.wire])
        seen[message.wire] = kind


def _check_message(kind: str, message: MessageEntry, layer: Layer, path: Path) -> None:
    base = ("messages", kind, "fields")
    leaves = leaves_of(MESSAGES[kind])
    for name, entry in message.fields.items():
        if name not in leaves:
            raise _error("profile.invalid", layer, (*base, name), path, "unknown field")
        _check_field(leaves[name], entry, layer, (*base, name), path)
    for name, leaf in leaves.items():
        if name not in message.fields and leaf.needed_among(message.fields):
            raise _error("profile.unmapped", layer, (*base, name), path, "no place on the wire")
    try:
        plant({name: (leaves[name], entry.path) for name, entry in message.fields.items()})
    except WireClash as clash:
        code = "profile.invalid" if clash.lists else "profile.collision"
        raise _error(code, layer, (*base, clash.field), path, clash.reason) from clash


def _check_field(leaf: Leaf, entry: FieldEntry, layer: Layer, key: Key, path: Path) -> None:
    if entry.amounts is not None and leaf.shape is not Shape.AMOUNT:
        raise _error("profile.invalid", layer, (*key, "amounts"), path, "not an amount")
    if entry.codes is None:
        return
    if leaf.shape not in _CODED:
        raise _error("profile.invalid", layer, (*key, "codes"), path, "not a code")
    if leaf.members and set(entry.codes) != set(leaf.members):
        odd = ", ".join(sorted(set(entry.codes) ^ set(leaf.members)))
        raise _error("profile.invalid", layer, (*key, "codes"), path, odd)
    seen: dict[str | int, str] = {}
    for code, value in entry.codes.items():
        if value.wire in seen:
            raise _error("profile.collision", layer, (*key, "codes", code), path, seen[value.wire])
        seen[value.wire] = code
