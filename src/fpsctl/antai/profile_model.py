"""The shape of an interface profile: every statement carries its confidence, and a source or a reason."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - Pydantic reads it at run time
import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from fpsctl.law import Confidence  # noqa: TC001 - Pydantic reads it at run time

Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
_SEGMENT = r"[^.\[\]\s]+(\[\])?"
WirePath = Annotated[str, StringConstraints(pattern=rf"^{_SEGMENT}(\.{_SEGMENT})*$")]
Amounts = Literal["cents", "euros_decimal"]
Instants = Literal["iso8601", "epoch_seconds"]


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


class Title(Part):
    """The name of the profile, for people."""

    fr: Line
    en: Line


class InForce(Part):
    """The days on which the profile holds; `until` is included, None means no end known."""

    since: Annotated[dt.date, Field(alias="from")]
    until: Annotated[dt.date | None, Field(alias="to")]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError("in-force.order")
        return self


class Cle(Provenance):
    """How the two-digit key of the number is computed."""

    algorithm: Literal["off", "mod97", "mod99"]


class Numero(Part):
    """What the profile says of the number."""

    cle: Cle


class MediaType(Provenance):
    """Media type of the bodies."""

    value: Line


class AmountFormat(Provenance):
    """Amounts: an integer of cents, or a text of euros with two decimals (`"35.00"`)."""

    value: Amounts


class InstantFormat(Provenance):
    """Instants: ISO 8601 text with offset, or an integer of seconds since 1970 (UTC)."""

    value: Instants


class DayFormat(Provenance):
    """Days: ISO 8601 text."""

    value: Literal["iso8601"]


class Formats(Part):
    """How values are written."""

    media_type: MediaType
    amounts: AmountFormat
    instants: InstantFormat
    days: DayFormat


class Host(Provenance):
    """An address that the user configures; a built-in profile has none."""

    url: Line


class Operation(Provenance):
    """One call of the interface; `safe` says that it changes nothing on the State's side."""

    path: Line | None
    method: Annotated[str, StringConstraints(pattern=r"^[A-Z]+$")] | None
    safe: bool = False


class ReturnsPage(Provenance):
    """How returns are pulled: names on the wire, and the most returns of one page."""

    after: Line
    """Query parameter: the last sequence number that the caller has."""
    items: Line
    sequence: Line
    kind: Line
    message: Line
    more: Line
    """Whether returns are left after this page."""
    page: Annotated[int, Field(ge=1, le=1000, strict=True)]


class Delay(Provenance):
    """A delay that ANTAI sets, in days; replaces the parameter of the law data that it is filed under."""

    days: Annotated[int, Field(ge=0, strict=True)]


class CodeEntry(Provenance):
    """One canonical code and its value on the wire."""

    wire: Annotated[str, StringConstraints(min_length=1, strict=True)] | Annotated[int, Field(strict=True)]


class FieldEntry(Provenance):
    """Where one canonical value stands on the wire, and how it is written there."""

    path: WirePath
    codes: dict[str, CodeEntry] | None = None
    amounts: Amounts | None = None


class MessageEntry(Part):
    """One message: its name on the wire, and its values by canonical path."""

    wire: Line
    provenance: Provenance
    fields: dict[str, FieldEntry]


class Profile(Part):
    """A whole interface profile, its parents merged in."""

    profile: Name
    version: Line
    title: Title
    extends: Line | None = None
    confidential: Annotated[bool, Field(strict=True)]
    in_force: InForce
    numero: Numero
    formats: Formats
    hosts: dict[str, Host]
    operations: dict[str, Operation]
    retours: ReturnsPage
    delays: dict[str, Delay]
    messages: dict[str, MessageEntry]

    @cached_property
    def assumed(self) -> tuple[int, int]:
        """How many fields of messages rest on an assumption, and how many fields there are."""
        fields = [entry.confidence for message in self.messages.values() for entry in message.fields.values()]
        return fields.count("assumption"), len(fields)

    def covers(self, day: dt.date) -> bool:
        """Whether the profile is in force on a day."""
        return self.in_force.since <= day and (self.in_force.until is None or day <= self.in_force.until)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of the merged content as canonical JSON."""
        content: Any = self.model_dump(mode="json", by_alias=True)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
