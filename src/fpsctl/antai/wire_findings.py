"""What is said of a received message, with the place on the wire.

Under a confidential profile a place is told by its canonical name only, or not at all; the unknown fields
themselves stay in `Decoded.unknown`, which is not for sharing.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from fpsctl.antai.wire_formats import Ambiguous, UnknownCode
from fpsctl.antai.wire_models import WireConst, WireLeaf, WireList, WireObject
from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.identifiers import InvalidIdentifier
from fpsctl.texts import has_text, text
from fpsctl.validation import problem_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from fpsctl.antai.wire_models import Indexes, Plan, Trouble, WireNode

SEVERITIES = {
    "message.unreadable": Severity.ERROR,
    "message.field.duplicate": Severity.ERROR,
    "message.field.missing": Severity.ERROR,
    "message.field.invalid": Severity.ERROR,
    "message.code.unknown": Severity.ERROR,
    "message.constant.differs": Severity.WARNING,
    "message.instant.ambiguous": Severity.WARNING,
    "message.version.older": Severity.WARNING,
    "message.field.unknown": Severity.WARNING,
    "message.field.normalised": Severity.WARNING,
    "message.code.unlisted": Severity.WARNING,
}
"""Every finding on a received message, and its one severity."""

_HIDDEN = "(confidential)"
_MOST_UNKNOWN, _MOST_SHOWN = 100, 300
_SECRET = re.compile(r"PRIVATE\s+KEY", re.IGNORECASE)


class Findings:
    """Collects the findings on one received message; whoever sent it must act."""

    def __init__(self, plan: Plan, *, confidential: bool) -> None:
        """Start empty; `confidential` keeps wire names out."""
        self._plan = plan
        self._confidential = confidential
        self._actor = Actor.ANTAI if plan.message.direction == "in" else Actor.EDITEUR
        self._found: list[Finding] = []
        self._told: set[tuple[str, Indexes]] = set()

    def all(self) -> tuple[Finding, ...]:
        """Return them in the order they were made."""
        return tuple(self._found)

    def unreadable(self, reason: str) -> None:
        """The bytes are not one JSON object, or one XML document."""
        self._add("message.unreadable", reason)

    def root(self, name: str, expected: str) -> None:
        """The XML document is another one, or of another namespace."""
        shown = text("message.root", found=name, expected=expected)
        self._add("message.unreadable", _HIDDEN if self._confidential else shown)

    def absent(self) -> None:
        """No message stands where one should."""
        self._add("message.unreadable", text("message.absent"))

    def older(self, version: str, current: str) -> None:
        """The message is of an older version of the interface."""
        self._add("message.version.older", f"{version} < {current}")

    def duplicate(self, path: str) -> None:
        """A key is stated twice."""
        self._add("message.field.duplicate", self._wire(path))

    def unknowns(self, unknown: Mapping[str, Any]) -> None:
        """Fields are not in the profile: the first hundred are told one by one, the others counted."""
        for path, value in islice(unknown.items(), _MOST_UNKNOWN):
            self._unknown(path, value)
        left = len(unknown) - _MOST_UNKNOWN
        if left > 0:
            self._add("message.field.unknown", text("message.unknown.more", count=left))

    def _unknown(self, path: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Tell one, with the beginning of its value, unless it looks like a private key."""
        shown = json.dumps(value, ensure_ascii=False)
        if _SECRET.search(shown):
            shown = "(private key withheld)"
        if len(shown) > _MOST_SHOWN:
            shown = f"{shown[:_MOST_SHOWN]}..."
        self._add("message.field.unknown", _HIDDEN if self._confidential else f"{path[:_MOST_SHOWN]} = {shown}")

    def wire_problem(self, problem: ErrorDetails) -> None:
        """The wire model refused a value, or missed one."""
        node: WireNode = self._plan.root
        path = ""
        indexes: Indexes = ()
        for part in problem["loc"]:
            if isinstance(node, WireObject) and part in node.by_name:
                node, path = node.by_name[str(part)], f"{path}.{part}" if path else str(part)
            elif isinstance(node, WireList) and isinstance(part, int):
                node, path, indexes = node.item, f"{path}[{part}]", (*indexes, part)
            else:  # Pydantic goes on into the members of a union
                break
        if isinstance(node, WireLeaf):
            self._leaf_problem(problem, node, indexes)
        else:
            self._add(_id(problem), _said(self._wire(path), problem))

    def canonical_problem(self, problem: ErrorDetails) -> None:
        """The message refused what was read, after the wire model had let it through."""
        path = ""
        indexes: Indexes = ()
        for part in problem["loc"]:
            if isinstance(part, int):
                path, indexes = f"{path}[]", (*indexes, part)
            else:
                path = f"{path}.{part}" if path else part
        leaf = self._plan.leaves.get(path)
        if leaf is not None:
            self._leaf_problem(problem, leaf, indexes)
        else:
            self._add(_id(problem), _said(path or self._plan.message.kind, problem))

    def trouble(self, trouble: Trouble) -> None:
        """A value has the right JSON type and cannot be read."""
        leaf = trouble.wire
        if isinstance(leaf, WireConst):
            if trouble.value is None:
                told = text("message.constant.absent", expected=json.dumps(leaf.value, ensure_ascii=False))
                self._add("message.constant.differs", f"{self._wire(leaf.path)}: {told}")
                return
            shown = json.dumps(trouble.value, ensure_ascii=False)[:_MOST_SHOWN]
            self._add("message.constant.differs", f"{self._wire(leaf.path)} = {shown}")
            return
        self._told.add((leaf.field, trouble.indexes))
        place, reference = self._place(leaf, trouble.indexes), self._plan.references[leaf.field]
        if isinstance(trouble.cause, UnknownCode):
            code = "message.code.unknown" if trouble.fatal else "message.code.unlisted"
            self._add(code, f"{place} = {json.dumps(trouble.value, ensure_ascii=False)}", reference)
        elif isinstance(trouble.cause, Ambiguous):
            self._add("message.instant.ambiguous", f"{place} = {trouble.value}", reference)
        else:
            self._add("message.field.invalid", f"{place}: {_worded(str(trouble.cause))}", reference)

    def normalised(self, leaf: WireLeaf, received: object, kept: object) -> None:
        """An identifier was read although it was not written in its one form."""
        if received != kept:
            place = self._place(leaf, ())
            self._add("message.field.normalised", f"{place} = {received}", self._plan.references[leaf.field])

    def _leaf_problem(self, problem: ErrorDetails, leaf: WireLeaf, indexes: Indexes) -> None:
        if (leaf.field, indexes) in self._told:
            return
        self._told.add((leaf.field, indexes))
        self._add(_id(problem), _said(self._place(leaf, indexes), problem), self._plan.references[leaf.field])

    def _place(self, leaf: WireLeaf, indexes: Indexes) -> str:
        path = leaf.field if self._confidential else leaf.path
        for index in indexes:
            path = path.replace("[]", f"[{index}]", 1)
        return path

    def _wire(self, path: str) -> str:
        return _HIDDEN if self._confidential else path

    def _add(self, code: str, detail: str, reference: str = "") -> None:
        severity = SEVERITIES[code]
        self._found.append(
            Finding(
                id=code,
                severity=severity,
                outcome=Outcome.FAIL if severity is Severity.ERROR else Outcome.WARN,
                actor=self._actor,
                title=text(f"check.{code}"),
                detail=detail,
                reference=reference,
                hint=text(f"hint.{code}"),
            )
        )


def _id(problem: ErrorDetails) -> str:
    return "message.field.missing" if problem["type"] == "missing" else "message.field.invalid"


def _said(place: str, problem: ErrorDetails) -> str:
    """Add the stable reason; a missing field needs none."""
    if problem["type"] == "missing":
        return place
    context = problem.get("ctx", {})
    cause = context.get("error")
    if cause is not None:
        return f"{place}: {_worded(cause.code if isinstance(cause, InvalidIdentifier) else str(cause))}"
    kind = problem["type"]
    return f"{place}: {kind} ({problem_text(kind, problem['msg'], context)})"


def _worded(reason: str) -> str:
    """Return a reason with what it means."""
    code = f"raison.{reason}"
    return f"{reason} ({text(code)})" if has_text(code) else reason
