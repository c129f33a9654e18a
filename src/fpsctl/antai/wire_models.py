"""The wire models that a profile implies: nested Pydantic models, generated once per message.

A wire model checks structure and JSON types and refuses unknown fields at every depth; what the values
mean is checked by the canonical message. Attribute names are generated (`f0`, `f1`, …) and wire names
are aliases, so that any wire name works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.wire_formats import UNLISTED, UnknownCode, Unwritable, format_of
from fpsctl.antai.wire_tree import LeafNode, ObjectNode, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai.messages import Message
    from fpsctl.antai.profile_model import Formats, MessageEntry
    from fpsctl.antai.wire_formats import Format
    from fpsctl.antai.wire_tree import Node, Steps

Indexes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A value that cannot be read: which leaf, at which list indexes, what it was, and why."""

    wire: WireLeaf
    indexes: Indexes
    value: Any
    cause: ValueError

    @property
    def fatal(self) -> bool:
        """Whether the message cannot be built; not so for a code of an open vocabulary."""
        return not (self.wire.format.open_codes and isinstance(self.cause, UnknownCode))


@dataclass(frozen=True, slots=True)
class WireLeaf:
    """A value on the wire."""

    canonical: Steps
    path: str
    field: str
    format: Format
    shape: Shape

    @property
    def type(self) -> Any:  # noqa: ANN401 - a type made at run time
        """The Python type Pydantic checks."""
        return self.format.wire_type

    def read(self, value: Any, into: dict[str, Any], troubles: list[Trouble], indexes: Indexes) -> int:  # noqa: ANN401
        """Put the canonical value in its place; return the number of keys below (none)."""
        if self.format.read is not None:
            try:
                value = self.format.read(value)
            except ValueError as cause:
                trouble = Trouble(self, indexes, value, cause)
                troubles.append(trouble)
                if trouble.fatal:
                    return 0
                value = UNLISTED
        _put(into, self.canonical, value)
        return 0

    def write(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return the JSON value; raises `Unwritable`, which names the field."""
        if self.format.write is None:
            return value
        try:
            return self.format.write(value)
        except Unwritable as error:
            error.field = self.field
            raise


@dataclass(frozen=True, slots=True)
class WireObject:
    """An object on the wire: its model and, sorted by wire name, (attribute, wire name, member)."""

    type: type[BaseModel]
    members: tuple[tuple[str, str, WireNode], ...]
    by_name: Mapping[str, WireNode]
    canonical: Steps = ()

    def read(self, value: Any, into: dict[str, Any], troubles: list[Trouble], indexes: Indexes) -> int:  # noqa: ANN401
        """Read every member into the canonical object around; return the number of keys read.

        An empty optional object says nothing, and is read as absent.
        """
        keys = len(value.model_fields_set)
        for attribute, _, member in self.members:
            inner = getattr(value, attribute)
            if inner is not None:
                keys += member.read(inner, into, troubles, indexes)
        return keys

    def write(self, source: Any) -> dict[str, Any]:  # noqa: ANN401 - a message or a part of one
        """Return the JSON object of a canonical object; what is absent is left out."""
        written: dict[str, Any] = {}
        for _, name, member in self.members:
            value = get(source, member.canonical)
            if value is None:
                continue
            json_value = member.write(value)
            if json_value != {}:
                written[name] = json_value
        return written


@dataclass(frozen=True, slots=True)
class WireList:
    """A list on the wire."""

    type: Any
    canonical: Steps
    item: WireNode

    def read(self, value: Any, into: dict[str, Any], troubles: list[Trouble], indexes: Indexes) -> int:  # noqa: ANN401
        """Read every item into a canonical list; return the number of keys read."""
        keys, items = 0, []
        for index, element in enumerate(value):
            holder: dict[str, Any] = {}
            keys += self.item.read(element, holder, troubles, (*indexes, index))
            items.append(holder.get(ITSELF, holder))
        _put(into, self.canonical, items)
        return keys

    def write(self, value: Any) -> list[Any]:  # noqa: ANN401 - a tuple of items
        """Return the JSON list."""
        return [self.item.write(element) for element in value]


WireNode = WireLeaf | WireObject | WireList
ITSELF = ""  # where an item that is a value, not an object, is put


@dataclass(frozen=True, slots=True)
class Plan:
    """All that encoding and decoding one kind of message needs."""

    message: type[Message]
    root: WireObject
    leaves: Mapping[str, WireLeaf]
    unmapped: tuple[str, ...]
    identifiers: tuple[WireLeaf, ...]
    references: Mapping[str, str]


def make_plan(message: type[Message], entry: MessageEntry, formats: Formats) -> Plan:
    """Generate the wire models of one message; the profile was checked when it was loaded."""
    known = leaves_of(message)
    wire_leaves = {
        name: WireLeaf(
            canonical=tuple(name.rsplit("[]", 1)[-1].strip(".").split(".")) if not name.endswith("[]") else (),
            path=field.path,
            field=name,
            format=format_of(known[name], field, formats),
            shape=known[name].shape,
        )
        for name, field in entry.fields.items()
    }
    tree = plant({name: (known[name], field.path) for name, field in entry.fields.items()})
    return Plan(
        message=message,
        root=_object(tree, wire_leaves, message.__name__),
        leaves=wire_leaves,
        unmapped=tuple(name for name in known if name not in entry.fields),
        # None stands in a list today; there, the check that nothing was normalised away would need its index.
        identifiers=tuple(
            leaf for name, leaf in wire_leaves.items() if leaf.shape is Shape.IDENTIFIER and "[]" not in name
        ),
        references={name: field.reference for name, field in entry.fields.items()},
    )


def _object(node: ObjectNode, wire_leaves: Mapping[str, WireLeaf], name: str) -> WireObject:
    members: list[tuple[str, str, WireNode]] = []
    fields: dict[str, Any] = {}
    for index, (wire_name, child) in enumerate(sorted(node.children.items())):
        attribute = f"f{index}"
        member = _node(child, wire_leaves, f"{name}_{attribute}")
        members.append((attribute, wire_name, member))
        if child.required:
            fields[attribute] = (member.type, Field(alias=wire_name))
        else:
            fields[attribute] = (member.type | None, Field(default=None, alias=wire_name))
    model = create_model(f"Wire{name}", __config__=ConfigDict(extra="forbid", hide_input_in_errors=True), **fields)
    return WireObject(model, tuple(members), {wire_name: member for _, wire_name, member in members})


def _node(node: Node, wire_leaves: Mapping[str, WireLeaf], name: str) -> WireNode:
    if isinstance(node, LeafNode):
        return wire_leaves[node.leaf.path]
    if isinstance(node, ObjectNode):
        return _object(node, wire_leaves, name)
    if node.item is None:
        raise TypeError(f"{name}: list without items")
    item = _node(node.item, wire_leaves, name)
    return WireList(list[item.type], node.canonical, item)  # type: ignore[name-defined]


def get(source: Any, steps: Steps) -> Any:  # noqa: ANN401 - any canonical value
    """Follow attributes; None as soon as one is."""
    for step in steps:
        if source is None:
            return None
        source = getattr(source, step)
    return source


def dig(content: Mapping[str, Any], steps: Steps) -> Any:  # noqa: ANN401 - any JSON value
    """Follow keys; None as soon as one is missing."""
    found: Any = content
    for step in steps:
        if found is None:
            return None
        found = found.get(step)
    return found


def _put(into: dict[str, Any], steps: Steps, value: Any) -> None:  # noqa: ANN401 - any JSON value
    if not steps:
        into[ITSELF] = value
        return
    for step in steps[:-1]:
        into = into.setdefault(step, {})
    into[steps[-1]] = value
