"""How an interface profile has values and bodies written; and what every entry of a profile is made of."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator

from fpsctl.law import Confidence  # noqa: TC001 - Pydantic reads it at run time

Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _on_a_line(value: str) -> str:
    if any(unicodedata.category(char) == "Cc" for char in value):
        raise ValueError("control")
    return value


WireName = Annotated[Line, AfterValidator(_on_a_line)]
"""A name on the wire, fit for a header too."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
_SEGMENT = r"[^.\[\]\s]+(\[\])?"
WirePath = Annotated[str, StringConstraints(pattern=rf"^{_SEGMENT}(\.{_SEGMENT})*$")]
Literally = Annotated[str, Strict()] | Annotated[bool, Strict()] | Annotated[int, Strict()]
Amounts = Literal["cents", "euros_decimal", "euros_virgule", "euros_number"]
Status = Annotated[int, Field(ge=100, le=599, strict=True)]


def _moment(value: str, words: tuple[str, ...], parts: str) -> str:
    """Accept a word, or a pattern in which each part (`%Y`, `%m`, ...) stands once and no other stands."""
    stated = "".join(sorted(re.findall(r"%(.)", value)))
    known = stated in ("".join(sorted(parts)), "".join(sorted(f"{parts}z"))) and len(stated) == value.count("%")
    if value not in words and not known:
        raise ValueError("format.pattern")
    return value


def _instant_format(value: str) -> str:
    return _moment(value, ("iso8601", "epoch_seconds"), "YmdHMS")


def _day_format(value: str) -> str:
    if "%z" in value:
        raise ValueError("format.pattern")
    return _moment(value, ("iso8601",), "Ymd")


Instants = Annotated[str, Strict(), AfterValidator(_instant_format)]
Days = Annotated[str, Strict(), AfterValidator(_day_format)]


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("fuseau.unknown") from error
    return value


Zone = Annotated[str, Strict(), AfterValidator(_zone)]


class Part(BaseModel):
    """A frozen piece of a profile; refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Provenance(Part):
    """On whose word: a confidence, and a source or, for want of one, a reason."""

    confidence: Confidence
    source: Line | None = None
    reason: Line | None = None

    @model_validator(mode="after")
    def _grounded(self) -> Self:
        if not (self.source or self.reason):
            raise ValueError("provenance.missing")
        return self

    @property
    def reference(self) -> str:
        """The source, else the reason."""
        return self.source or self.reason or ""


_MEDIA = r"[a-z0-9][a-z0-9!#$&^_.+-]*"


def _media_type(value: str) -> str:
    if not re.fullmatch(f"{_MEDIA}/{_MEDIA}", value):
        raise ValueError("media-type")
    return value


Media = Annotated[str, Strict(), AfterValidator(_media_type)]
"""Type and subtype, in lower case, as they are compared; no parameters."""


class MediaType(Provenance):
    """Media type of the bodies."""

    value: Media


class AmountFormat(Provenance):
    """Amounts: an integer of cents, or a text of euros with two decimals (`"35.00"`)."""

    value: Amounts


class InstantFormat(Provenance):
    """Instants: `iso8601` with offset, `epoch_seconds` (UTC), or a pattern such as `%d/%m/%Y %H:%M:%S`.

    A pattern without `%z` tells local times of `zone`. It cannot tell the hour that clocks show for the second
    time when summer time ends: such an instant is `refused`, or written as the first (`lost`), an hour early.
    """

    value: Instants
    zone: Zone | None = None
    second_hour: Literal["refused", "lost"] = "refused"

    @model_validator(mode="after")
    def _in_a_zone(self) -> Self:
        local = self.value not in ("iso8601", "epoch_seconds") and "%z" not in self.value
        if local != (self.zone is not None):
            raise ValueError("format.zone")
        return self


class DayFormat(Provenance):
    """Days: `iso8601`, or a pattern such as `%d/%m/%Y`."""

    value: Days


class Encoding(Provenance):
    """JSON or XML; the namespace of the elements, where there is one."""

    value: Literal["json", "xml"]
    namespace: Line | None = None

    @model_validator(mode="after")
    def _of_xml(self) -> Self:
        if self.namespace is not None and self.value != "xml":
            raise ValueError("format.namespace")
        return self


class Constant(Provenance):
    """A value that never changes; in the envelope, `{kind}` stands for the wire name of the message."""

    value: Literally


class Envelope(Provenance):
    """What is around a message that travels alone: where the message stands in it, and what else stands there."""

    message: WirePath
    constants: dict[WirePath, Constant] = {}


class Formats(Part):
    """How values and bodies are written."""

    media_type: MediaType
    encoding: Encoding
    amounts: AmountFormat
    instants: InstantFormat
    days: DayFormat
    envelope: Envelope | None = None
