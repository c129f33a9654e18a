"""Loading an interface profile: read, merge with its parents, validate, check against the messages."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from fpsctl.antai import profile_cache
from fpsctl.antai.profile_checks import ProfileFault, check, check_names, check_whole
from fpsctl.antai.profile_layers import Key, Layer, lay_over, local_error, prune, read_layer
from fpsctl.antai.profile_model import Profile
from fpsctl.resources import DATA, names
from fpsctl.texts import has_text, text
from fpsctl.validation import problem_text

if TYPE_CHECKING:
    from fpsctl.errors import LocalError

_FOLDER = "profiles"


def load_profile(name_or_path: str) -> Profile:
    """Return a profile: a built-in name, or the path of a YAML file (it ends in .yaml or .yml, or has a slash).

    A file is compiled once, and again when it or a parent has changed (profile_cache.py). Raises `LocalError`:
    `profile.unknown` (no such profile), `profile.unreadable` (not YAML), `profile.invalid` (a key, a value, a
    word of origin, a file it names), `profile.unmapped` (a mandatory value has no place on the wire),
    `profile.collision` (two values in one place, or in and under one place).
    """
    if name_or_path in names(_FOLDER):
        return _load_built_in(name_or_path)
    path = _locate(name_or_path, Path())
    return profile_cache.kept(path) or _load(path, ())


def check_profile(name_or_path: str) -> Profile:
    """Return a profile that leaves nothing out; raises as `load_profile`, and `profile.unmapped` for operations too."""
    path = _locate(name_or_path, Path())
    profile = _load(path, ())
    try:
        check_whole(profile)
    except ProfileFault as fault:
        raise _error(fault.code, _stack(path, ()), fault.key, path, _told(fault.detail)) from fault
    return profile


@cache
def _load_built_in(name: str) -> Profile:
    return _load(_locate(name, Path()), ())


def _load(path: Path, newer: tuple[Path, ...]) -> Profile:
    """Load a file; `newer` are the versions that supersede it."""
    layer = _stack(path, ())
    try:
        check_names(layer.content)
        profile = Profile.model_validate(_noted(prune(layer.content), layer, path))
        check(profile)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = tuple(str(part) for part in first["loc"])
        cause = first.get("ctx", {}).get("error")
        # What is missing is written nowhere: its line is that of the entry that lacks it.
        near = key[:-1] if first["type"] == "missing" else key
        told = _told(str(cause)) if cause else problem_text(first["type"], first["msg"], first.get("ctx", {}))
        raise _error("profile.invalid", layer, key, path, told, near) from error
    except ProfileFault as fault:
        # Of two entries that do not go together, the one that this file states is the one to change.
        mine = [key for key in (fault.key, *fault.rivals) if layer.places.get(key, ("",))[0] == str(path)]
        key = next(iter(mine), fault.key)
        raise _error(fault.code, layer, key, path, _told(fault.detail)) from fault
    profile = _with_older(profile, layer, path, newer)
    profile_cache.keep(path, profile, {Path(file) for file, _ in layer.places.values()})
    return profile


def _with_older(profile: Profile, layer: Layer, path: Path, newer: tuple[Path, ...]) -> Profile:
    """Load the version that this one supersedes, whose messages are still read."""
    if profile.supersedes is None:
        return profile
    before = _locate(profile.supersedes, path.parent)
    if before.resolve() in (*newer, path.resolve()):
        raise _error("profile.invalid", layer, ("supersedes",), path, _told("cycle"))
    return profile.model_copy(update={"older": _load(before, (*newer, path.resolve()))})


def _noted(content: dict[str, object], layer: Layer, path: Path) -> dict[str, object]:
    """Note what the file of the hook holds, so that the digest tells one hook from another."""
    hook = content.get("hook")
    if not isinstance(hook, dict) or not isinstance(hook.get("file"), str):
        return content
    try:
        digest = hashlib.sha256(Path(hook["file"]).read_bytes()).hexdigest()
    except OSError as error:
        raise _error("profile.invalid", layer, ("hook", "file"), path, str(error.strerror)) from error
    return {**content, "hook": {**hook, "sha256": digest}}


def _told(cause: str) -> str:
    """Return the sentence of a cause; one that has none is itself (names of codes, a path)."""
    code = f"profile.cause.{cause}"
    return text(code) if has_text(code) else cause


def _locate(name_or_path: str, folder: Path) -> Path:
    if name_or_path in names(_FOLDER):
        return DATA / _FOLDER / f"{name_or_path}.yaml"
    if name_or_path.endswith((".yaml", ".yml")) or "/" in name_or_path or (folder / name_or_path).is_file():
        return folder / name_or_path
    raise local_error("profile.unknown", name_or_path, ", ".join(names(_FOLDER)))


def _stack(path: Path, below: tuple[Path, ...]) -> Layer:
    """Read a file and the parents it extends; the parent of a file is looked for beside it."""
    layer = read_layer(path)
    parent = layer.content.get("extends")
    if parent is None:
        return layer
    if not isinstance(parent, str):
        raise _error("profile.invalid", layer, ("extends",), path, text("valeur.string_type"))
    base = _locate(parent, path.parent)
    if base.resolve() in (*below, path.resolve()):
        raise _error("profile.invalid", layer, ("extends",), path, _told("cycle"))
    return lay_over(_stack(base, (*below, path.resolve())), layer)


def _error(code: str, layer: Layer, key: Key, path: Path, detail: str, near: Key | None = None) -> LocalError:
    """Name the entry at fault, and the line of the nearest one that is written down."""
    near = key if near is None else near
    steps = (near[:size] for size in range(len(near), 0, -1))
    file, line = next((layer.places[step] for step in steps if step in layer.places), (str(path), None))
    return local_error(code, file, f"{'.'.join(key)}: {detail}", line)
