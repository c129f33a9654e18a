"""What the commands on the interface itself answer: profiles, messages judged, fines converted; see `shapes`."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from fpsctl.antai.reserve import Interface
from fpsctl.cli.shapes import Outcome, Severity
from fpsctl.law import Confidence

Wire = str | bool | int

# profile

Window = TypedDict("Window", {"from": str, "to": str | None})
"""The days on which a profile is in force."""


class Summary(Interface):
    """What a profile says of itself."""

    in_force: Window
    confidential: bool
    extends: str | None
    supersedes: str | None


class Why(TypedDict):
    """Why a profile cannot be loaded."""

    code: str
    message: str
    hint: str


class ProfileItem(TypedDict):
    """A profile at hand, or why it cannot be loaded."""

    name: str
    profile: Summary | None
    error: Why | None


class Profiles(TypedDict):
    """The profiles at hand."""

    profiles: list[ProfileItem]


class Ground(TypedDict):
    """On whose word: a source or a reason."""

    confidence: Confidence
    source: str | None
    reason: str | None


class CodeView(Ground):
    """A code on the wire."""

    wire: str | int


class ConstantView(Ground):
    """A constant on the wire."""

    value: Wire


class FieldView(TypedDict):
    """A value of a message: where and how it stands on the wire; null where the profile does not map it."""

    name: str
    path: str | None
    required: bool
    within: str | None
    default: Wire | None
    shape: str
    format: str | None
    codes: dict[str, CodeView] | None
    confidence: Confidence | None
    source: str | None
    reason: str | None


class MessageView(TypedDict):
    """A message of a profile."""

    kind: str
    wire: str
    direction: Literal["in", "out"]
    provenance: Ground
    fields: list[FieldView]
    constants: dict[str, ConstantView]


class ProfileShown(TypedDict):
    """A profile: its whole content with its parents merged in, or one of its messages."""

    profile: Summary
    message: NotRequired[MessageView]
    merged: NotRequired[dict[str, Any]]


class ProfileChecked(TypedDict):
    """What became of one file."""

    file: str
    outcome: Outcome
    profile: Summary | None
    findings: list[str]
    error: Why | None


class ProfilesChecked(TypedDict):
    """What became of every file."""

    profiles: list[ProfileChecked]


class ChangeView(TypedDict):
    """A change between two profiles."""

    name: str
    change: str
    action: str
    before: Any
    after: Any
    told: str
    affects: list[str]
    confidence: Confidence | None
    source: str | None
    reason: str | None


class Group(TypedDict):
    """The changes of one message or section."""

    group: str
    wire: str | None
    changes: list[ChangeView]


Diff = TypedDict(
    "Diff",
    {"from": Summary, "to": Summary, "identical": bool, "counts": dict[str, int], "groups": list[Group]},
)
"""The changes between two profiles."""

Parts = dict[str, dict[Confidence, int]]


class Totals(TypedDict):
    """Counts by confidence."""

    items: dict[Confidence, int]
    places: dict[Confidence, int]
    sections: dict[Confidence, int]
    rules: dict[Confidence, int]
    all: dict[Confidence, int]


class Statement(Ground):
    """A statement, and on whose word it stands."""

    family: str
    part: str
    name: str


class ProfileProvenance(TypedDict):
    """On whose word a profile stands."""

    profile: Summary
    items: Parts
    places: Parts
    sections: Parts
    rules: Parts
    totals: Totals
    list: list[Statement] | None


# lint


class RuleView(TypedDict):
    """A rule on messages."""

    id: str
    severity: Severity
    confidence: Confidence
    reference: str
    actor: str
    titre: str


class RuleCount(TypedDict):
    """What a rule said; how many messages it judged (0: of files, of shape, of the set), and did not, by reason."""

    id: str
    severity: Severity
    confidence: Confidence
    titre: str
    findings: int
    shown: int
    judged: int
    not_judged: dict[str, int]


class PlaceView(TypedDict):
    """A finding and its place: file, line, number of the message, canonical name, place on the wire."""

    id: str
    file: str
    line: int | None
    message: int | None
    kind: str | None
    field: str | None
    wire: str | None
    detail: str


class Lint(TypedDict):
    """Messages judged, or the rules that judge them."""

    fpsctl: NotRequired[str]
    profile: NotRequired[Interface]
    files: NotRequired[int]
    messages: NotRequired[int]
    synthetic: NotRequired[int]
    kinds: NotRequired[dict[str, int]]
    unknown: NotRequired[int]
    rules: list[RuleCount] | list[RuleView]
    checked: NotRequired[int]
    places: NotRequired[list[PlaceView]]


# convert


class FindingView(TypedDict):
    """A finding on one fine."""

    id: str
    severity: Severity
    outcome: Outcome
    actor: str
    title: str
    detail: str
    reference: str
    hint: str


class FineView(TypedDict):
    """A fine, and the message it became: canonical, and on the wire (null under a confidential profile)."""

    index: int
    place: str
    kind: str | None
    numero: str | None
    message: dict[str, Any] | None
    wire: dict[str, Any] | str | None
    findings: list[FindingView]


class Vocabulary(TypedDict):
    """What was converted from, and how far that is known."""

    vocabulary: str
    confidence: Confidence
    reserve: str


class ConversionCounts(TypedDict):
    """How many fines, and what they became."""

    fines: int
    messages: int
    refused: int


Conversion = TypedDict(
    "Conversion",
    {"from": Vocabulary, "profile": Interface, "counts": ConversionCounts, "fines": list[FineView], "to": str | None},
)
"""Fines converted."""
