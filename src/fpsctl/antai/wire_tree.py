"""The tree of a message on the wire: objects and lists by wire name, canonical leaves at the ends.

A canonical path and its wire path cross the same lists: `modalites.moyens[]` may stand at `a.b[].c`,
never at `a.b`. Between two lists the nesting is free. Members keep the order in which they are planted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai.leaves import Leaf

Steps = tuple[str, ...]


class WireClash(Exception):
    """Two fields that cannot both stand where they say; `lists` when it is about how lists match."""

    def __init__(self, field: str, reason: str, *, lists: bool = False) -> None:
        """Keep the canonical path at fault and why."""
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.lists = lists


@dataclass(slots=True)
class LeafNode:
    """A value: where it goes in the canonical object around it, and where it stands on the wire."""

    leaf: Leaf
    canonical: Steps
    wire: str

    @property
    def required(self) -> bool:
        """Whether it is mandatory in the object or item around it."""
        return self.leaf.levels[-1]


@dataclass(slots=True)
class ConstNode:
    """A value that always stands there."""

    value: str | int | bool
    wire: str
    required: bool = False


@dataclass(slots=True)
class ObjectNode:
    """A wire object; mandatory as soon as one of its values is."""

    children: dict[str, Node] = field(default_factory=dict)
    required: bool = False


@dataclass(slots=True)
class ListNode:
    """A wire list, which is the canonical list at `canonical`."""

    canonical: Steps
    required: bool
    item: Node | None = None


Node = LeafNode | ConstNode | ObjectNode | ListNode


class Placed(NamedTuple):
    """Where everything stands: values (leaf, wire path) by canonical path, and constants by wire path."""

    fields: Mapping[str, tuple[Leaf, str]]
    around: Mapping[str, str | int | bool]
    """Those of the envelope, which are written before the message."""
    inside: Mapping[str, str | int | bool]


def plant(placed: Placed) -> ObjectNode:
    """Build the tree of a message; raises `WireClash`, whose field is the wire path where a constant is at fault."""
    root = ObjectNode()
    for wire, value in placed.around.items():
        _fix(root, ConstNode(value, wire))
    lists: dict[str, str] = {}
    for name, (leaf, wire) in placed.fields.items():
        _check_lists(name, wire, lists)
        _graft(root, leaf, wire)
    for wire, value in placed.inside.items():
        _fix(root, ConstNode(value, wire))
    return root


def _fix(root: ObjectNode, constant: ConstNode) -> None:
    wire = constant.wire
    if "[]" in wire:
        raise WireClash(wire, wire, lists=True)
    node = root
    *steps, last = wire.split(".")
    for step in steps:
        child = node.children.setdefault(step, ObjectNode())
        if not isinstance(child, ObjectNode):
            raise WireClash(wire, wire)
        node = child
    if last in node.children:
        raise WireClash(wire, wire)
    node.children[last] = constant


def _check_lists(name: str, wire: str, lists: dict[str, str]) -> None:
    """Refuse a canonical list split over two wire lists, or lists that do not match one to one."""
    if name.count("[]") != wire.count("[]") or "[][]" in wire:
        raise WireClash(name, wire, lists=True)
    ours = theirs = ""
    for our_level, their_level in zip(name.split("[]")[:-1], wire.split("[]")[:-1], strict=True):
        ours, theirs = f"{ours}{our_level}[]", f"{theirs}{their_level}[]"
        if lists.setdefault(ours, theirs) != theirs:
            raise WireClash(name, wire, lists=True)


def _graft(root: ObjectNode, leaf: Leaf, wire: str) -> None:
    ours, theirs = _levels(leaf.path), _levels(wire)
    node: ObjectNode = root
    for depth, (canonical, steps) in enumerate(zip(ours[:-1], theirs[:-1], strict=True)):
        holder = _descend(node, steps[:-1], leaf, wire, required=leaf.levels[depth])
        found = holder.children.setdefault(steps[-1], ListNode(canonical, required=leaf.levels[depth]))
        if not isinstance(found, ListNode) or found.canonical != canonical:
            raise WireClash(leaf.path, wire)
        if not theirs[depth + 1]:
            if found.item is not None:
                raise WireClash(leaf.path, wire)
            found.item = LeafNode(leaf, ours[depth + 1], wire)
            return
        found.item = found.item or ObjectNode(required=True)
        if not isinstance(found.item, ObjectNode):
            raise WireClash(leaf.path, wire)
        node = found.item
    holder = _descend(node, theirs[-1][:-1], leaf, wire, required=leaf.levels[-1])
    if theirs[-1][-1] in holder.children:
        raise WireClash(leaf.path, wire)
    holder.children[theirs[-1][-1]] = LeafNode(leaf, ours[-1], wire)


def _descend(node: ObjectNode, steps: Steps, leaf: Leaf, wire: str, *, required: bool) -> ObjectNode:
    node.required = node.required or required
    for step in steps:
        child = node.children.setdefault(step, ObjectNode())
        if not isinstance(child, ObjectNode):
            raise WireClash(leaf.path, wire)
        child.required = child.required or required
        node = child
    return node


def _levels(path: str) -> tuple[Steps, ...]:
    return tuple(tuple(step for step in level.split(".") if step) for level in path.split("[]"))
