"""Loading an interface profile: read, merge with its parents, validate, check against the messages."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from fpsctl.antai import profile_cache
from fpsctl.antai.hook import hook_of
from fpsctl.antai.profile_checks import check, check_names, check_whole
from fpsctl.antai.profile_fault import ProfileFault
from fpsctl.antai.profile_layers import Key, Layer, lay_over, local_error, prune, read_layer
from fpsctl.antai.profile_model import Profile
from fpsctl.antai.profile_told import first_of, known_keys, nearest, next_step, place_of
from fpsctl.errors import LocalError
from fpsctl.resources import DATA, names
from fpsctl.texts import has_text, text
from fpsctl.validation import located, os_reason, problem_text

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Return a profile that leaves nothing out and whose hook loads: its code is run.

    Raises as `load_profile`, `profile.unmapped` for operations too, and `profile.hook`.
    """
    path = _locate(name_or_path, Path())
    profile = _load(path, ())
    try:
        check_whole(profile)
    except ProfileFault as fault:
        raise _faulty(fault, _stack(path, ()), path) from fault
    try:
        hook_of(profile)
    except LocalError as error:
        where = _error(error.code, _stack(path, ()), ("hook",), path, "").params["place"]
        detail = f"{error.params['detail']} ({where} : hook)"
        raise LocalError("profile.hook", **{**error.params, "detail": detail}) from error
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
        raise _misshapen(error, layer, path) from error
    except ProfileFault as fault:
        raise _faulty(fault, layer, path) from fault
    profile = _with_older(profile, layer, path, newer)
    profile_cache.keep(path, profile, layer.digests)
    return profile


def _misshapen(error: ValidationError, layer: Layer, path: Path) -> LocalError:
    """Tell the first entry that has not the shape of a profile."""
    first = first_of(error.errors(include_url=False, include_input=False))
    key, kind = place_of(first), first["type"]
    cause = first["ctx"]["error"] if kind == "value_error" else None
    # What is missing is written nowhere: its line is that of the entry that lacks it.
    near = key[:-1] if kind == "missing" else key
    told = _told(str(cause)) if cause else problem_text(kind, first["msg"], first.get("ctx", {}))
    step = next_step(str(cause or kind))
    if kind == "extra_forbidden" and (known := known_keys(Profile, key[:-1])):
        step = nearest(key[-1], known)
    elif kind == "missing" and len(key) == 1 and "extends" not in layer.content:
        step = next_step("partial")
    return _error("profile.invalid", layer, key, path, told, near, step)


def _faulty(fault: ProfileFault, layer: Layer, path: Path) -> LocalError:
    """Tell an entry that does not go with the others, or with the messages."""
    # Of two entries that do not go together, the one that this file states is the one to change.
    mine = [key for key in (fault.key, *fault.rivals) if layer.places.get(key, ("",))[0] == str(path)]
    key = next(iter(mine), fault.key)
    other = next((rival for rival in (fault.key, *fault.rivals) if rival != key), None)
    told = _told(fault.detail)
    if other is not None:
        told += f" = {'.'.join(other)}" + (f" ({located(*_place(layer, other))})" if other in layer.places else "")
    return _error(fault.code, layer, key, path, told, step=fault.step or next_step(fault.detail))


def _place(layer: Layer, key: Key) -> tuple[Path, int]:
    file, line = layer.places[key]
    return Path(file), line


def _with_older(profile: Profile, layer: Layer, path: Path, newer: tuple[Path, ...]) -> Profile:
    """Load the version that this one supersedes, whose messages are still read."""
    if profile.supersedes is None:
        return profile
    with _named_at(layer, "supersedes", Path(profile.supersedes)):
        before = _locate(profile.supersedes, path.parent)
    if before.resolve() in (*newer, path.resolve()):
        raise _error("profile.invalid", layer, ("supersedes",), path, _told("cycle"))
    with _named_at(layer, "supersedes", before):
        return profile.model_copy(update={"older": _load(before, (*newer, path.resolve()))})


@contextmanager
def _named_at(layer: Layer, key: str, named: Path) -> Iterator[None]:
    """Tell where a profile that does not exist is named."""
    try:
        yield
    except LocalError as error:
        if error.code != "profile.unknown" or error.params["path"] != str(named) or (key,) not in layer.places:
            raise
        file, line = layer.places[(key,)]
        at = {"line": line, "place": f"{file}:{line}", "detail": f"{key}, {file}:{line} : {error.params['detail']}"}
        raise LocalError("profile.unknown", **{**error.params, **at}) from error


def _noted(content: dict[str, object], layer: Layer, path: Path) -> dict[str, object]:
    """Note what the file of the hook holds, so that the digest tells one hook from another."""
    hook = content.get("hook")
    if not isinstance(hook, dict) or not isinstance(hook.get("file"), str):
        return content
    try:
        digest = hashlib.sha256(Path(hook["file"]).read_bytes()).hexdigest()
    except OSError as error:
        raise _error("profile.invalid", layer, ("hook", "file"), path, os_reason(error)) from error
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
    with _named_at(layer, "extends", Path(parent)):
        base = _locate(parent, path.parent)
    if base.resolve() in (*below, path.resolve()):
        raise _error("profile.invalid", layer, ("extends",), path, _told("cycle"))
    with _named_at(layer, "extends", base):
        under = _stack(base, (*below, path.resolve()))
    return lay_over(under, layer)


def _error(
    code: str, layer: Layer, key: Key, path: Path, detail: str, near: Key | None = None, step: str = ""
) -> LocalError:
    """Name the entry at fault, and the line of the nearest one that is written down."""
    near = key if near is None else near
    steps = (near[:size] for size in range(len(near), 0, -1))
    file, line = next((layer.places[step] for step in steps if step in layer.places), (str(path), None))
    return local_error(code, file, f"{'.'.join(key)}: {detail}", line, step)
