"""The fast way through: one pass over the bytes of a message that is as it should be.

A sieve accepts only what the codec reads without a finding (the formulas between amounts apart, which are rules);
whatever it does not accept goes to the codec, which explains. It exists for JSON messages in which every value
stands in its plain form; other profiles do without.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import TypeAdapter
from pydantic_core import SchemaValidator, core_schema

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.wire_models import WireLeaf, WireObject
from fpsctl.identifiers import Immatriculation, InvalidIdentifier, Siret
from fpsctl.lint.compiled import Reader, Reading
from fpsctl.lint.facts import NUMBERS, compared
from fpsctl.lint.rules import FORMULAS
from fpsctl.lint.towns import MOST

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

    from fpsctl.antai import Codec, Message, Profile
    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.profile_model import FieldEntry, MessageEntry

_INSTANT = (
    r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{3}|\.[0-9]{6})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$"
)
_DAY = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_PAIR = "[A-HJ-NP-TV-Z]{2}"
_OLD = r"[0-9]{1,4} [A-HJ-NP-TV-Z]{1,3} (0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-8])"
_PLATE = rf"^({_PAIR}-[0-9]{{3}}-{_PAIR}|{_OLD}|[A-Z0-9]{{2,15}})$"
_STRICT = frozenset({"str", "int", "bool"})
_BLANKS = b" \t\r\n"
# Every string of a JSON text, and whether a colon follows: then it is a key.
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"([ \t\r\n]*:)?', re.DOTALL)


class _Coarse(Exception):
    """A message that no sieve can hold."""


class Sieve:
    """Reads messages of one kind that are as they should be."""

    def __init__(self, schema: CoreSchema, values: Reading, model: type[Message]) -> None:
        """Prepare the validator, and the reading of what it lets through."""
        self._validate = SchemaValidator(schema).validate_json
        self._values = values.made(compared(model))

    def read(self, data: bytes) -> tuple[dict[str, Any], int] | None:
        """Return the canonical values, and a digest of them; None when it must be looked at more closely."""
        try:
            keys, facts, digest = self._values(self._validate(data))
        except ValueError:  # also Pydantic's, and those of readers
            return None
        # Without blanks, `":` ends each key (or stands in a text, and makes the sum too large).
        if keys != data.translate(None, _BLANKS).count(b'":') and keys != sum(map(bool, _STRINGS.findall(data))):
            return None
        return facts, digest


def build(profile: Profile, codec: Codec, kind: str) -> Sieve | None:
    """Return the sieve of a kind under a profile; None when it cannot have one."""
    formats, entry = profile.formats, profile.messages.get(kind)
    plain = (formats.encoding.value, formats.amounts.value, formats.instants.value, formats.days.value)
    if entry is None or plain != ("json", "cents", "iso8601", "iso8601") or formats.envelope or profile.hook:
        return None
    model = MESSAGES[kind]
    if _checks_more(model) or entry.constants:
        return None
    try:
        values = Reading()
        schema = _Shape(entry, model, values).object(codec.plan(kind).root, "wire", sure=True)
    except _Coarse:
        return None
    return Sieve(schema, values, model)


_CHECKED = {code.partition(".")[0].replace("-", "_") for code in FORMULAS}


def _checks_more(model: type[Message]) -> bool:
    """Say whether a message checks of itself what no rule says."""
    return bool(model.__pydantic_decorators__.model_validators) and model.kind not in _CHECKED


class _Shape:
    """The schema of one kind of message; what it meets on the way is read by `values`."""

    def __init__(self, entry: MessageEntry, model: type[Message], values: Reading) -> None:
        self._entry, self._model, self._values, self._leaves = entry, model, values, leaves_of(model)

    def object(self, node: WireObject, holder: str, *, sure: bool) -> CoreSchema:
        """Return the schema of an object that stands in a variable of the reading; `sure`: it is always there."""
        part = _part([member for _, _, member in node.members if isinstance(member, WireLeaf)], self._leaves)
        fields: dict[str, Any] = {}
        for attribute, name, member in node.members:
            required = node.type.model_fields[attribute].is_required()
            if isinstance(member, WireLeaf):
                leaf = self._leaves[member.field]
                schema, reader = _leaf(leaf, self._entry.fields[member.field], self._model)
                required = required or (part != "" and leaf.own)
                self._values.value(holder, name, member.field, reader, sure=sure and required)
            elif isinstance(member, WireObject):
                inside = self._values.inside(holder, name, sure=sure and required)
                schema = self.object(member, inside, sure=sure and required)
            else:
                raise _Coarse
            fields[name] = core_schema.typed_dict_field(schema, required=required)
        return core_schema.typed_dict_schema(fields, extra_behavior="forbid", strict=True)


def _part(own: list[WireLeaf], leaves: dict[str, Leaf]) -> str:
    """Return the optional part whose values stand in an object: all of them, and no others, or none at all."""
    parts = {leaves[leaf.field].part for leaf in own}
    if not parts or parts == {""}:
        return ""
    part = parts.pop()
    whole = {path for path, leaf in leaves.items() if leaf.part == part}
    if parts or whole != {leaf.field for leaf in own}:
        raise _Coarse
    return part


def _leaf(leaf: Leaf, entry: FieldEntry, model: type[Message]) -> tuple[CoreSchema, Reader | None]:
    changed = (entry.required, entry.default, entry.amounts, entry.instants, entry.days)
    if "[]" in leaf.path or any(value is not None for value in changed):
        raise _Coarse
    if entry.codes is not None:
        back = {code.wire: name for name, code in entry.codes.items()}
        if not all(isinstance(wire, str) for wire in back) or len(back) < len(entry.codes):
            raise _Coarse
        return core_schema.literal_schema(list(back)), back.__getitem__
    if leaf.shape in _PLAIN:
        return _PLAIN[leaf.shape]
    if leaf.shape is Shape.IDENTIFIER:
        return _identifier(leaf.path)
    if leaf.shape is Shape.CHOICE:
        return core_schema.literal_schema(list(leaf.members)), None
    return _typed(leaf, model), None


def _typed(leaf: Leaf, model: type[Message]) -> CoreSchema:
    """Return what Pydantic makes of a text, a whole number or a truth value, made strict."""
    *steps, last = leaf.path.split(".")
    for step in steps:
        annotation = model.model_fields[step].annotation
        model = next(arg for arg in (annotation, *getattr(annotation, "__args__", ())) if hasattr(arg, "model_fields"))
    info = model.model_fields[last]
    options = getattr(info.annotation, "__args__", ())
    bare: Any = next((option for option in options if option is not type(None)), info.annotation)
    schema: Any = dict(TypeAdapter(Annotated[bare, *info.metadata] if info.metadata else bare).core_schema)
    if schema["type"] not in _STRICT:
        raise _Coarse
    return schema | {"strict": True}  # type: ignore[no-any-return]


@lru_cache(MOST)
def _siret(digits: str) -> str:
    return Siret(digits)


def _plate(text: str) -> str:
    """Refuse a plate without its separators: the codec says so."""
    if "-" not in text and " " not in text and Immatriculation(text) != text:
        raise InvalidIdentifier("immatriculation.format", value=text)
    return text


@lru_cache(MOST)
def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _identifier(path: str) -> tuple[CoreSchema, Reader | None]:
    if path in NUMBERS:
        return core_schema.str_schema(pattern="^[0-9]{26}$", strict=True), None
    if path.endswith("siret"):
        return core_schema.str_schema(pattern="^[0-9]{14}$", strict=True), _siret
    return core_schema.str_schema(pattern=_PLATE, strict=True), _plate


_PLAIN: dict[Shape, tuple[CoreSchema, Reader | None]] = {
    Shape.INSTANT: (core_schema.str_schema(pattern=_INSTANT, strict=True), dt.datetime.fromisoformat),
    Shape.DAY: (core_schema.str_schema(pattern=_DAY, strict=True), _day),
    Shape.AMOUNT: (core_schema.int_schema(ge=0, strict=True), None),
}
