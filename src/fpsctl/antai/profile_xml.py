"""What a profile of XML must be: every name one that XML allows, every path one that an element can be at."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from fpsctl.antai.profile_fault import ProfileFault
from fpsctl.antai.profile_values import is_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fpsctl.antai.profile_layers import Key
    from fpsctl.antai.profile_model import Profile

Paths = dict["Key", str]
_LIST, _ATTRIBUTE, _TEXT = "[]", "@", "#text"
_NAME = re.compile(r"[^\W\d][\w.\-]*")


def check_xml(profile: Profile) -> None:
    """Check every wire path and name; lists stand in the fields of messages only, whatever the encoding."""
    page, refusal = _page(profile), _refusal(profile)
    for key, path in {**_envelope(profile), **page, **refusal}.items():
        if _LIST in path:
            raise ProfileFault("profile.invalid", key, "list-here")
    if profile.formats.encoding.value == "xml":
        _check_messages(profile)
        _check_page(profile, page)
    if is_xml(profile.errors.media_type):
        _check_name(("errors", "wire"), profile.errors.wire)
        _check_paths(refusal)
        _check_text(refusal)


def _envelope(profile: Profile) -> Paths:
    envelope = profile.formats.envelope
    base: Key = ("formats", "envelope")
    if envelope is None:
        return {}
    return {(*base, "message"): envelope.message, **{(*base, "constants", path): path for path in envelope.constants}}


def _page(profile: Profile) -> Paths:
    names = ("items", "more", "sequence", "kind", "message")
    return {("retours", name): getattr(profile.retours, name) for name in names}


def _refusal(profile: Profile) -> Paths:
    return {("errors", "parts", str(part)): path for part, path in profile.errors.parts.items()}


def _check_messages(profile: Profile) -> None:
    around = _envelope(profile)
    _check_paths(around)
    _check_elements(around, [("formats", "envelope", "message")])
    before = f"{profile.formats.envelope.message}." if profile.formats.envelope else ""
    for kind, message in profile.messages.items():
        base: Key = ("messages", kind)
        _check_name((*base, "wire"), message.wire)
        fields = {(*base, "fields", name): entry.path for name, entry in message.fields.items() if entry.path}
        inside = fields | {(*base, "constants", path): path for path in message.constants}
        _check_paths(inside)
        _check_text(inside)
        _check_text(around | {key: f"{before}{path}" for key, path in inside.items()})


def _check_page(profile: Profile, page: Paths) -> None:
    _check_name(("retours", "wire"), profile.retours.wire)
    _check_paths(page)
    _check_elements(page, [("retours", "items"), ("retours", "message")])
    items = ("items", "more")
    _check_text({key: path for key, path in page.items() if key[-1] in items})
    _check_text({key: path for key, path in page.items() if key[-1] not in items})


def _check_name(key: Key, name: str) -> None:
    if not _is_name(name):
        raise ProfileFault("profile.invalid", key, "xml-name")


def _check_paths(paths: Mapping[Key, str]) -> None:
    """Refuse a step that is no name, and an attribute or a text that is not the end, or is repeated."""
    for key, path in paths.items():
        *steps, last = path.split(".")
        ends = last.startswith((_ATTRIBUTE, "#")) and last.endswith(_LIST)
        if ends or any(step.startswith((_ATTRIBUTE, "#")) for step in steps):
            raise ProfileFault("profile.invalid", key, "attribute")
        named = [*steps, last.removeprefix(_ATTRIBUTE)] if last != _TEXT else steps
        if not all(_is_name(step.removesuffix(_LIST)) for step in named):
            raise ProfileFault("profile.invalid", key, "xml-name")


def _check_elements(paths: Mapping[Key, str], keys: Iterable[Key]) -> None:
    """Refuse an attribute, or a text, for what holds elements."""
    for key in keys:
        if key in paths and paths[key].rpartition(".")[2].startswith((_ATTRIBUTE, "#")):
            raise ProfileFault("profile.invalid", key, "attribute-whole")


def _check_text(paths: Mapping[Key, str]) -> None:
    """Refuse a text beside elements: what lays them out would be read as a part of it."""
    for key, path in paths.items():
        holder, _, last = path.rpartition(".")
        if last != _TEXT:
            continue
        before = f"{holder}." if holder else ""
        for other, beside in paths.items():
            if other != key and beside.startswith(before) and not beside[len(before) :].startswith((_ATTRIBUTE, "#")):
                raise ProfileFault("profile.invalid", key, "text-beside", [other])


@cache
def _is_name(name: str) -> bool:
    """Say whether XML has such a name, without prefix (NCName); those that begin with `xml` are its own."""
    from xml.parsers.expat import ExpatError, ParserCreate  # noqa: PLC0415 - most profiles speak JSON

    if not _NAME.fullmatch(name) or name.lower().startswith("xml"):
        return False
    try:
        ParserCreate().Parse(f"<{name}/>".encode(), True)  # noqa: FBT003 - not a keyword  # the one that will read it
    except (ExpatError, UnicodeEncodeError):
        return False
    return True
