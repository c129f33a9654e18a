"""What single values of a profile must be, beyond their type: paths and headers of requests, formats, defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from fpsctl.antai.operations import OPERATIONS, parts_of
from fpsctl.antai.profile_fault import ProfileFault
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fpsctl.antai.profile_layers import Key
    from fpsctl.antai.profile_model import Header, Profile

_TOWN = frozenset({"siret"})
_PARTS = {"read_certificat": _TOWN | {"empreinte"}}
_KIND = "{kind}"


def known_parts(operation: str) -> frozenset[str]:
    """Return what the path of an operation may name: what speaks of a notice knows its number."""
    of_notice = operation.startswith("send_") or operation == "read_impression"
    return _PARTS.get(operation, _TOWN | {"numero"} if of_notice else _TOWN)


def check_requests(profile: Profile) -> None:
    """Refuse a path that asks for what its operation does not know, and a header that cannot carry its value."""
    for name, entry in profile.operations.items():
        key: Key = ("operations", name)
        if entry.path is not None and (odd := parts_of(entry.path) - known_parts(name)):
            raise ProfileFault("profile.invalid", (*key, "path"), f"{{{min(odd)}}}", step=_parts_told(name))
        stated: dict[Key, Header] = {("headers", header): told for header, told in profile.headers.items()}
        stated |= {(*key, "headers", header): told for header, told in entry.headers.items()}
        kind = OPERATIONS[name].request or ""
        message = profile.messages.get(kind)
        for place, header in stated.items():
            if message is not None and _KIND in header.value and not message.wire.isascii():
                wire: Key = ("messages", kind, "wire")
                raise ProfileFault("profile.invalid", place, "header-kind", [wire])


def _parts_told(operation: str) -> str:
    parts = " ".join(f"{{{part}}}" for part in sorted(known_parts(operation), reverse=True))
    return text("profile.next.parts", parts=parts)


def check_formats(profile: Profile) -> None:
    """Refuse a media type that is not of the encoding, and a part that the envelope has not."""
    formats = profile.formats
    if is_xml(formats.media_type.value) != (formats.encoding.value == "xml"):
        other: Key = ("formats", "encoding")
        raise ProfileFault("profile.invalid", ("formats", "media_type"), "media-encoding", [other])
    for path, constant in formats.envelope.constants.items() if formats.envelope else ():
        value = constant.value
        if isinstance(value, str) and value != _KIND and ("{" in value or "}" in value):
            raise ProfileFault("profile.invalid", ("formats", "envelope", "constants", path), "envelope-part")


def is_xml(media_type: str) -> bool:
    """Say whether bodies of a media type are XML (RFC 7303)."""
    return media_type.endswith(("/xml", "+xml"))


def suits(model: type[BaseModel], path: str, value: str | int | bool) -> bool:  # noqa: FBT001 - a value, not a flag
    """Say whether a value is one of a field that stands in no list, judged alone."""
    *parents, last = path.split(".")
    for parent in parents:
        model = next(_models_in(model.model_fields[parent].annotation))
    info = model.model_fields[last]
    try:
        shape: Any = Annotated[info.annotation, info]
        TypeAdapter(shape).validate_python(value)
    except ValidationError:
        return False
    return True


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
