"""What the commands that try things answer: sandbox, self-certification, demonstration, exports; see `shapes`."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from fpsctl.antai.reserve import Interface
from fpsctl.cli.shapes import Outcome
from fpsctl.simulation.view import StateView

# sandbox


class Serving(TypedDict):
    """Where the embedded SI FPS listens, and on which interface."""

    url: str
    management_url: str
    ca: str
    pid: int
    profile: Interface


class Signed(TypedDict):
    """A certificate that was signed."""

    certificate: str


class TownClock(TypedDict):
    """A town's clock; the last two tell what a move let happen."""

    siret: str
    mode: Literal["fixe", "reel"]
    instant: str
    prochain: str | None
    evenements: NotRequired[int]
    retours: NotRequired[int]


# conformance


class CaseResult(TypedDict):
    """What a case came to."""

    id: str
    titre: str
    outcome: Outcome
    requirement: str
    detail: str
    preuves: list[int]
    note: str | None


class Exclusion(TypedDict):
    """What was not tried for want of a capability."""

    capability: str
    cases: list[str]


class Certification(TypedDict):
    """A self-certification."""

    suite: str
    protocol: str
    fpsctl: str
    editor: str
    product: str
    version: str
    environment: str
    profile: Interface
    genere_le: str
    selection: list[str]
    left_out: list[str]
    cases: list[CaseResult]
    exclusions: list[Exclusion]
    unknown_capabilities: list[str]
    counts: dict[Outcome, int]


class CaseView(TypedDict):
    """A case of the suite."""

    id: str
    titre: str
    needs: list[str]
    requirement: str


class Cases(TypedDict):
    """The cases of the suite."""

    cases: list[CaseView]


# demo


class Printed(TypedDict):
    """A print request that was retrieved."""

    numero: str
    document: str
    montant: int


class Passed(TypedDict):
    """The self-certification of the reference editor."""

    passed: int
    cases: int


class Part(TypedDict):
    """One part of the demonstration."""

    scenario: NotRequired[str]
    etat: NotRequired[StateView]
    reste: NotRequired[int]
    step: NotRequired[str]
    impressions: NotRequired[list[Printed]]
    conformance: NotRequired[Passed]


class Demo(TypedDict):
    """The demonstration."""

    folder: str
    parts: list[Part]
    next: list[str]


# schema


class Written(TypedDict):
    """A file that was written."""

    path: str
    bytes: int


class Export(TypedDict):
    """Schemas that were written."""

    what: Literal["jsonschema", "openapi", "scenario", "profile", "results"]
    profile: Interface | None
    files: list[Written]
