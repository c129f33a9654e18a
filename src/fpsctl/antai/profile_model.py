"""The shape of an interface profile: every statement carries its confidence, and a source or a reason."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - Pydantic reads it at run time
import hashlib
import json
import re
from functools import cached_property
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, Strict, StringConstraints, model_validator

from fpsctl.antai.profile_formats import (
    Amounts,
    Constant,
    Days,
    Formats,
    Instants,
    Line,
    Literally,
    Media,
    Name,
    Part,
    Provenance,
    Status,
    WireName,
    WirePath,
    Zone,
)


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


class Host(Provenance):
    """An address that the user configures, and the roots (PEM) that vouch for it; a built-in profile has none."""

    url: Line
    ca: Line | None = None
    """Path beside the profile; None: the roots of the machine."""


_PARTS = frozenset({"siret", "numero", "kind", "operation", "correlation", "idempotence"})


def _template(value: str) -> str:
    try:
        odd = {part for _, part, form, how in Formatter().parse(value) if part is not None and (form or how)}
        named = {part for _, part, _, _ in Formatter().parse(value) if part is not None}
    except ValueError as error:
        raise ValueError("template") from error
    if odd or named - _PARTS or not value.isascii() or not value.isprintable():
        raise ValueError("template")
    return value


class Header(Provenance):
    """A header of every request: a text with parts filled in.

    `{siret}`, `{numero}` (empty when the call has none), `{kind}` (wire name of the message), `{operation}`,
    `{correlation}` (never twice the same), `{idempotence}` (the same for the same content).
    """

    value: Annotated[str, StringConstraints(min_length=1), AfterValidator(_template)]


_RESERVED = frozenset(
    (
        "accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type", "expect",
        "host", "te", "transfer-encoding", "upgrade", "user-agent",
    )
)  # fmt: skip
"""What HTTP and the client say of themselves."""


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", value):
        raise ValueError("header-name")
    if value.lower() in _RESERVED:
        raise ValueError("header-reserved")
    return value


Headers = dict[Annotated[str, AfterValidator(_header_name)], Header]


def _route(value: str) -> str:
    """Accept `/a/{siret}/b`: plain parts, each once, and what may stand in a path."""
    literal = re.sub(r"\{(siret|numero|empreinte)\}", "x", value)
    stated = re.findall(r"\{(\w+)\}", value)
    if not re.fullmatch(r"/(?!/)[!-~]*", literal) or re.search(r"[?#{}\\]", literal) or len(set(stated)) < len(stated):
        raise ValueError("path")
    return value


def _answers(value: tuple[int, ...]) -> tuple[int, ...]:
    if set(value) & {204, 205, 206}:
        raise ValueError("success")
    return value


class Operation(Provenance):
    """One call of the interface.

    `safe`: it changes nothing on the State's side. `idempotent`: the same request again is answered as the
    first was, so an unknown outcome may be asked again. `success`: the statuses that say yes, the usual first; every
    operation is answered by a body, so never 204, 205 or 206.
    """

    path: Annotated[str, Strict(), AfterValidator(_route)] | None
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None
    safe: bool = False
    idempotent: bool = False
    success: Annotated[
        tuple[Annotated[Status, Field(ge=200, le=299)], ...], Field(min_length=1), AfterValidator(_answers)
    ] = (200,)
    headers: Headers = Field(default_factory=dict)


ErrorPart = Literal["type", "title", "status", "detail", "code", "params", "hint", "findings"]


class ErrorCode(Provenance):
    """How one refusal is told: its code on the wire, and the status where it is not the usual one."""

    wire: Annotated[str, StringConstraints(min_length=1, strict=True)] | Annotated[int, Field(strict=True)]
    status: Annotated[Status, Field(ge=400, le=499)] | None = None


class Errors(Provenance):
    """How refusals are told: media type, place of each part (one left out is not told), codes that differ from ours."""

    media_type: Media
    wire: WireName = "erreur"
    """Name of the document, where it has one (XML)."""
    parts: dict[ErrorPart, WirePath]
    codes: dict[str, ErrorCode] = Field(default_factory=dict)


class ReturnsPage(Provenance):
    """How returns come: pulled a page at a time, or pushed; names on the wire, and the most returns of one page."""

    mode: Literal["pull", "push"] = "pull"
    wire: WireName = "retours"
    """Name of the document, where it has one (XML)."""
    after: WireName
    """Query parameter: the last sequence number that the caller has."""
    items: WirePath
    sequence: WirePath
    kind: WirePath
    message: WirePath
    more: WirePath
    """Whether returns are left after this page."""
    page: Annotated[int, Field(ge=1, le=1000, strict=True)]


class Limit(Provenance):
    """A bound that the SI FPS sets."""

    value: Annotated[int, Field(ge=1, strict=True)]


class Limits(Part):
    """The bounds of the interface; one that is not stated is not known."""

    body_bytes: Limit | None = None
    """The largest body of a request."""
    requests_per_minute: Limit | None = None
    """The most requests of one certificate in any minute."""


class Grade(Provenance):
    """A rule on certificates as this interface has it: another severity, or `off`."""

    severity: Literal["error", "warning", "info", "off"]


class HookEntry(Provenance):
    """A Python class of the user's (fpsctl.antai.hook): a file beside the profile, and its name there."""

    file: Line
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")]
    sha256: str | None = None
    """Of the file; noted when the profile is loaded."""


class Delay(Provenance):
    """A delay that ANTAI sets, in days; replaces the parameter of the law data that it is filed under."""

    days: Annotated[int, Field(ge=0, strict=True)]


class CodeEntry(Provenance):
    """One canonical code and its value on the wire."""

    wire: Annotated[str, StringConstraints(min_length=1, strict=True)] | Annotated[int, Field(strict=True)]


class FieldEntry(Provenance):
    """Where one canonical value stands on the wire, and how it is written there.

    `required` makes a value mandatory on the wire, or not (then `default` is what its absence means). A value
    without `path` is not on the wire at all: a mandatory one always reads as its `default`, an optional one is
    left out, whatever it is. The other keys replace the profile's formats for this value.
    """

    path: WirePath | None = None
    required: Annotated[bool, Strict()] | None = None
    default: Literally | None = None
    codes: dict[str, CodeEntry] | None = None
    amounts: Amounts | None = None
    instants: Instants | None = None
    zone: Zone | None = None
    days: Days | None = None

    @property
    def carried(self) -> bool:
        """Whether the interface has the value, on the wire or by its default."""
        return self.path is not None or self.default is not None


class MessageEntry(Part):
    """One message: its name on the wire, its values by canonical path, and what else always stands in it.

    Elements of XML are written in the order of the fields; those that `order` names (by canonical path) come first.
    """

    wire: WireName
    provenance: Provenance
    fields: dict[str, FieldEntry]
    constants: dict[WirePath, Constant] = Field(default_factory=dict)
    order: tuple[str, ...] = ()

    @property
    def in_order(self) -> list[str]:
        """The fields, in the order in which they are written."""
        return list(dict.fromkeys((*self.order, *self.fields)))


class Profile(Part):
    """A whole interface profile, its parents merged in."""

    profile: Name
    version: Line
    title: Title
    extends: Line | None = None
    supersedes: Line | None = None
    """The profile of the version before, whose messages are still read."""
    older: Annotated[Profile | None, Field(exclude=True)] = None
    """That profile, loaded."""
    confidential: Annotated[bool, Field(strict=True)]
    in_force: InForce
    numero: Numero
    formats: Formats
    hosts: dict[str, Host]
    headers: Headers = Field(default_factory=dict)
    operations: dict[str, Operation]
    errors: Errors
    retours: ReturnsPage
    limits: Limits
    certificate_rules: dict[str, Grade] = Field(default_factory=dict)
    delays: dict[str, Delay]
    hook: HookEntry | None = None
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
        """SHA-256 (hexadecimal) of the merged content as canonical JSON; where files stand does not count.

        Nor does the name of a parent: its content does.
        """
        content: Any = self.model_dump(mode="json", by_alias=True, exclude={"supersedes": True, "hook": {"file"}})
        for host in content["hosts"].values():
            del host["ca"]
        content["extends"] = None
        if self.formats.encoding.value == "xml":  # elements are written in the order of the entries
            around = self.formats.envelope.constants if self.formats.envelope else ()
            inside = {kind: [message.in_order, list(message.constants)] for kind, message in self.messages.items()}
            content["order"] = [list(around), inside, list(self.errors.parts)]
        content["older"] = self.older and self.older.digest
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
