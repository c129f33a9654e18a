"""What `convert` asks: which files, under which profile, and what each fine became."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl import antai
from fpsctl.antai.reserve import described
from fpsctl.convert.build import Built, build
from fpsctl.convert.fine import Notes
from fpsctl.convert.reading import Item, read
from fpsctl.convert.towns import Towns
from fpsctl.errors import LocalError
from fpsctl.texts import language, printable, text
from fpsctl.validation import os_reason
from fpsctl.workspace import Workspace, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fpsctl.antai.messages import Message
    from fpsctl.antai.profile_model import Profile
    from fpsctl.checks import Finding

_FINDING = ("id", "severity", "outcome", "actor", "title", "detail", "reference", "hint")


class Order(NamedTuple):
    """A question; `amounts` is `cents`, `euros`, or empty to find out."""

    vocabulary: str
    files: Sequence[str]
    profile: str = "public"
    amounts: str = ""


class Conversion(NamedTuple):
    """The answer: what is shown, the findings that ask for something, and the wire bytes of each message by file name.

    What was merely noted stands with its fine in `result`.
    """

    result: dict[str, Any]
    findings: tuple[Finding, ...]
    wire: dict[str, bytes]


class _Done(NamedTuple):
    built: Built
    wire: bytes | None
    found: list[Finding]


def convert(order: Order, folder: Path) -> Conversion:
    """Convert the fines of files.

    Raises `LocalError`: `convert.unreadable`, `profile.*`, `collectivite.invalid`, `workspace.*`.
    """
    profile = antai.load_profile(order.profile)
    towns, numbers = Towns(Workspace(folder)), set[str]()
    fines: list[dict[str, Any]] = []
    findings: list[Finding] = []
    files: dict[str, bytes] = {}
    suffix = profile.formats.encoding.value
    for item in _items(order.files):
        if item.value is None and not item.problem:
            findings += _empty(item.place)
            continue
        done = _one(item, order, profile, towns, numbers)
        findings += [replace(one, detail=f"{item.place}: {one.detail}") for one in done.found if one.hint]
        if done.wire is not None:
            files[f"{done.built.numero}.{suffix}"] = done.wire
        fines.append(_described(len(fines) + 1, item, done, profile))
    result = {
        "from": {"vocabulary": order.vocabulary, "confidence": "deduced", "reserve": text("fnms.reserve")},
        "profile": described(profile, language()),
        "counts": {"fines": len(fines), "messages": len(files), "refused": len(fines) - len(files)},
        "fines": fines,
        "to": None,
    }
    return Conversion(result, tuple(findings), files)


def _items(paths: Sequence[str]) -> Iterator[Item]:
    for path in paths:
        item = None
        for item in read(path):
            yield item
        if item is None:
            yield Item(printable(path), None)


def _empty(place: str) -> list[Finding]:
    notes = Notes()
    notes.add("fnms.empty", place=place)
    return notes.found


def _one(item: Item, order: Order, profile: Profile, towns: Towns, numbers: set[str]) -> _Done:
    notes = Notes()
    if item.value is None:
        notes.add("fnms.unreadable", reason=item.problem)
        return _Done(Built(None, None, None), None, notes.found)
    built = build(item.value, towns, order.amounts, notes)
    if built.numero is not None and built.numero in numbers:
        notes.add("fnms.numero.duplicate", numero=built.numero)
    if built.message is not None and not profile.covers(day := built.message.etabli_le):
        notes.add("profile.not-in-force", profile=profile.profile, day=day)
    wire = None if built.message is None or notes.broken else _encoded(built.message, profile, notes)
    if wire is None:
        built = built._replace(message=None)
    elif built.numero is not None:  # one that is refused may come again
        numbers.add(built.numero)
    return _Done(built, wire, notes.found)


def _encoded(message: Message, profile: Profile, notes: Notes) -> bytes | None:
    try:
        return antai.codec_for(profile).encode(message)
    except LocalError as error:
        notes.add("fnms.wire", reason=text(f"error.{error.code}", **error.params))
        return None


def _described(index: int, item: Item, done: _Done, profile: Profile) -> dict[str, Any]:
    built = done.built
    return {
        "index": index,
        "place": item.place,
        "kind": built.kind,
        "numero": built.numero,
        "message": built.message.model_dump(mode="json", exclude_none=True) if built.message else None,
        "wire": None if done.wire is None or profile.confidential else _shown(done.wire, profile),
        "findings": [{name: str(getattr(one, name)) for name in _FINDING} for one in done.found],
    }


def _shown(wire: bytes, profile: Profile) -> Any:  # noqa: ANN401 - an object of any shape, or text
    return json.loads(wire) if profile.formats.encoding.value == "json" else wire.decode()


def write(conversion: Conversion, folder: Path, *, force: bool) -> Conversion:
    """Write one wire file a message, each whole or not at all; none when one is there already and `force` is not given.

    Raises `LocalError`: `convert.exists`, `output.unwritable`.
    """
    paths = {folder / name: wire for name, wire in conversion.wire.items()}
    try:
        folder.mkdir(exist_ok=True)
        there = [] if force else [path for path in paths if path.exists() or path.is_symlink()]
    except OSError as error:
        raise LocalError("output.unwritable", path=folder, detail=os_reason(error)) from error
    if there:
        raise LocalError("convert.exists", path=there[0], count=len(there))
    for path, wire in paths.items():
        write_whole(path, wire)
    return conversion._replace(result={**conversion.result, "to": str(folder)})
