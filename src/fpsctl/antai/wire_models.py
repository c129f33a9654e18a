"""The wire models that a profile implies: nested Pydantic models, generated once per message.

A wire model checks structure and JSON types and refuses unknown fields at every depth; what the values
mean is checked by the canonical message. Attribute names are generated (`f0`, `f1`, …) and wire names
are aliases, so that any wire name works.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.wire_formats import UNLISTED, Ambiguous, UnknownCode, Unwritable, format_of
from fpsctl.antai.wire_tree import ConstNode, LeafNode, ObjectNode, Placed, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.messages import Message
    from fpsctl.antai.profile_formats import Envelope, Formats
    from fpsctl.antai.profile_model import FieldEntry, MessageEntry
    from fpsctl.antai.wire_formats import Format
    from fpsctl.antai.wire_tree import Node, Steps

Indexes = tuple[int, ...]
KIND = "{kind}"
"""Constant of an envelope: the wire name of the message."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A value that cannot be read: which leaf, at which list indexes, what it was, and why."""

    wire: WireLeaf | WireConst
    indexes: Indexes
    value: Any
    cause: ValueError

    @property
    def fatal(self) -> bool:
        """Whether the message cannot be built; not so for an open vocabulary, an hour shown twice, a constant."""
        if isinstance(self.wire, WireConst) or isinstance(self.cause, Ambiguous):
            return False
        return not (self.wire.format.open_codes and isinstance(self.cause, UnknownCode))


@dataclass(frozen=True, slots=True)
class WireLeaf:
    """A value on the wire."""

    canonical: Steps
    path: str
    field: str
    format: Format
    shape: Shape
    stated: bool = False
    """Whether the profile makes it mandatory on the wire, beyond what the message needs."""

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
                value = cause.first if isinstance(cause, Ambiguous) else UNLISTED
        put(into, self.canonical, value)
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
class WireConst:
    """A value that always stands on the wire and says nothing of the message; another one is told."""

    path: str
    value: str | int | bool
    canonical: Steps = ()

    @property
    def type(self) -> Any:  # noqa: ANN401 - a type made at run time
        """The Python type Pydantic checks: anything, since another value is a finding of its own."""
        return Any

    def read(self, value: Any, into: dict[str, Any], troubles: list[Trouble], indexes: Indexes) -> int:  # noqa: ANN401
        """Note a value that is not the one expected."""
        del into
        if value != self.value or isinstance(value, bool) != isinstance(self.value, bool):
            troubles.append(Trouble(self, indexes, value, ValueError("constant")))
        return 0

    def write(self, value: Any) -> Any:  # noqa: ANN401 - as the others
        """Return the value."""
        del value
        return self.value

    def from_text(self, text: str) -> Any:  # noqa: ANN401 - as the others
        """Return the value of an XML text."""
        shown = str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
        return self.value if text == shown else text


@dataclass(frozen=True, slots=True)
class WireObject:
    """An object on the wire: its model and, in the order they are written, (attribute, wire name, member)."""

    type: type[BaseModel]
    members: tuple[tuple[str, str, WireNode], ...]
    by_name: Mapping[str, WireNode]
    fixed: frozenset[str] = frozenset()
    """The members that hold nothing but constants."""
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
            elif self.fixed and isinstance(member, WireConst | WireObject):
                _miss(member, troubles, indexes)
        return keys

    def write(self, source: Any) -> dict[str, Any]:  # noqa: ANN401 - a message or a part of one
        """Return the JSON object of a canonical object; what is absent is left out, with the constants beside it."""
        written: dict[str, Any] = {}
        for _, name, member in self.members:
            value = get(source, member.canonical)
            if value is None:
                if isinstance(member, WireLeaf) and member.stated:
                    raise _missing(member)
                continue
            json_value = member.write(value)
            if json_value != {}:
                written[name] = json_value
        if self.fixed and not self.constant and written.keys() <= self.fixed:
            return {}
        return written

    @property
    def constant(self) -> bool:
        """Whether nothing but constants stands in it."""
        return len(self.fixed) == len(self.members)


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
        put(into, self.canonical, items)
        return keys

    def write(self, value: Any) -> list[Any]:  # noqa: ANN401 - a tuple of items
        """Return the JSON list."""
        return [self.item.write(element) for element in value]


def _missing(leaf: WireLeaf) -> Unwritable:
    """Return the error of a value that the profile makes mandatory and that the message does not have."""
    error = Unwritable("missing")
    error.field = leaf.field
    return error


def _miss(node: WireNode, troubles: list[Trouble], indexes: Indexes) -> None:
    """Note every constant that is not there, below a member that is not."""
    if isinstance(node, WireConst):
        troubles.append(Trouble(node, indexes, None, ValueError("constant")))
    elif isinstance(node, WireObject) and node.constant:
        for _, _, member in node.members:
            _miss(member, troubles, indexes)


def _constant(node: WireNode) -> bool:
    return isinstance(node, WireConst) or (isinstance(node, WireObject) and node.constant)


WireNode = WireLeaf | WireConst | WireObject | WireList
ITSELF = ""  # where an item that is a value, not an object, is put


@dataclass(frozen=True, slots=True)
class Plan:
    """All that encoding and decoding one kind of message needs."""

    message: type[Message]
    wire: str
    """Name on the wire."""
    root: WireObject
    leaves: Mapping[str, WireLeaf]
    defaults: Mapping[Steps, Any]
    """What the absence of a value means."""
    implied: Mapping[str, Any]
    """Values that are not on the wire, and always the same."""
    unmapped: tuple[str, ...]
    identifiers: tuple[WireLeaf, ...]
    references: Mapping[str, str]


def placed(message: type[Message], entry: MessageEntry, envelope: Envelope | None = None) -> Placed:
    """Return where the values of a message stand, and the constants."""
    known = leaves_of(message)
    before = f"{envelope.message}." if envelope else ""
    fields = {
        name: (_as_required(known[name], entry.fields[name]), f"{before}{entry.fields[name].path}")
        for name in entry.in_order
        if entry.fields[name].path is not None
    }
    around = {path: constant.value for path, constant in envelope.constants.items()} if envelope else {}
    inside = {f"{before}{path}": constant.value for path, constant in entry.constants.items()}
    named = {path: entry.wire if value == KIND else value for path, value in around.items()}
    return Placed(fields, named, inside)


def _as_required(leaf: Leaf, field: FieldEntry) -> Leaf:
    """Return the leaf as mandatory, or not, as the profile says."""
    if field.required is None:
        return leaf
    return replace(leaf, levels=(*leaf.levels[:-1], field.required))


def make_plan(message: type[Message], entry: MessageEntry, formats: Formats, envelope: Envelope | None = None) -> Plan:
    """Generate the wire models of one message; the profile was checked when it was loaded."""
    known = leaves_of(message)
    places = placed(message, entry, envelope)
    wire_leaves = {
        name: WireLeaf(
            canonical=_steps(name),
            path=path,
            field=name,
            format=format_of(known[name], entry.fields[name], formats),
            shape=known[name].shape,
            stated=entry.fields[name].required is True,
        )
        for name, (_, path) in places.fields.items()
    }
    in_order = formats.encoding.value == "xml"
    return Plan(
        message=message,
        wire=entry.wire,
        root=_object(plant(places), wire_leaves, message.__name__, in_order=in_order),
        leaves=wire_leaves,
        defaults={_steps(name): field.default for name, field in entry.fields.items() if field.default is not None},
        implied={
            name: field.default
            for name, field in entry.fields.items()
            if field.path is None and field.default is not None
        },
        unmapped=tuple(name for name in known if name not in entry.fields),
        # None stands in a list today; there, the check that nothing was normalised away would need its index.
        identifiers=tuple(
            leaf for name, leaf in wire_leaves.items() if leaf.shape is Shape.IDENTIFIER and "[]" not in name
        ),
        references={name: field.reference for name, field in entry.fields.items()},
    )


def _steps(name: str) -> Steps:
    """Return where a value stands in the canonical object or item around it."""
    return () if name.endswith("[]") else tuple(name.rsplit("[]", 1)[-1].strip(".").split("."))


def _object(node: ObjectNode, wire_leaves: Mapping[str, WireLeaf], name: str, *, in_order: bool) -> WireObject:
    """Generate a model; members `in_order` as planted, else sorted."""
    members: list[tuple[str, str, WireNode]] = []
    fields: dict[str, Any] = {}
    children = node.children.items() if in_order else sorted(node.children.items())
    for index, (wire_name, child) in enumerate(children):
        attribute = f"f{index}"
        member = _node(child, wire_leaves, f"{name}_{attribute}", in_order=in_order)
        members.append((attribute, wire_name, member))
        if child.required:
            fields[attribute] = (member.type, Field(alias=wire_name))
        else:
            fields[attribute] = (member.type | None, Field(default=None, alias=wire_name))
    model = create_model(f"Wire{name}", __config__=ConfigDict(extra="forbid", hide_input_in_errors=True), **fields)
    fixed = frozenset(wire_name for _, wire_name, member in members if _constant(member))
    return WireObject(model, tuple(members), {wire_name: member for _, wire_name, member in members}, fixed)


def _node(node: Node, wire_leaves: Mapping[str, WireLeaf], name: str, *, in_order: bool) -> WireNode:
    if isinstance(node, LeafNode):
        return wire_leaves[node.leaf.path]
    if isinstance(node, ConstNode):
        return WireConst(node.wire, node.value)
    if isinstance(node, ObjectNode):
        return _object(node, wire_leaves, name, in_order=in_order)
    if node.item is None:
        raise TypeError(f"{name}: list without items")
    item = _node(node.item, wire_leaves, name, in_order=in_order)
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


def put(into: dict[str, Any], steps: Steps, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Put a value at the end of some keys, making the objects on the way."""
    if not steps:
        into[ITSELF] = value
        return
    for step in steps[:-1]:
        into = into.setdefault(step, {})
    into[steps[-1]] = value
