"""A message on the wire as JSON Schema: the verdict of our codec on its shape, for other languages.

The schema refuses what `Codec.decode` finds an error in, and takes the rest; `BEYOND` names what a schema
cannot say. An unknown field is a warning for us, so it is let through unless the schema is `closed`: then
only what we would write ourselves is taken, and constants have their one value.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.wire_models import WireConst, WireLeaf, WireList, WireObject, make_plan
from fpsctl.errors import LocalError
from fpsctl.schema.documents import DIALECT, Document, File, grounds, profile_note, urn
from fpsctl.schema.items import items_of
from fpsctl.schema.parts import rules_of
from fpsctl.schema.values import value_schema, zone_of

if TYPE_CHECKING:
    from fpsctl.antai.profile_model import Profile
    from fpsctl.antai.wire_models import Plan, WireNode
    from fpsctl.schema.values import Schema

BEYOND = {
    "siret.checksum": "the check digit of a SIRET",
    "instant.local.absent": "a local time that the clock skips in its zone",
    "montant.euros-number": "decimals of an amount beyond the second, and amounts of 10^12 and more",
    "avis-initial.montant-du.formula": "amount due = charge less deduction, never below zero",
    "avis-rectificatif.numero.own": "a corrective notice has a number of its own",
    "fps-impaye.reste.formula": "remainder = initial amount less paid, cancelled and remitted",
    "annulation.part-majoration.bound": "the surcharge cancelled is part of the amount cancelled",
    "certificat-depot.pem.private-key": "no private key is deposited",
    "certificat-depot.pem.no-certificate": "the text holds a certificate in PEM",
    "certificat-depot.pem.malformed": "the PEM is base64",
    "certificat-depot.empreinte.mismatch": "the fingerprint is that of the certificate",
}
"""Reasons for which our codec refuses a message that its schema takes."""
_ALWAYS = "a key stated twice, an integer written with a decimal point, nesting deeper than 32"


def require_json(profile: Profile) -> None:
    """Refuse a profile whose messages are no JSON; raises `LocalError` (`schema.not-json`)."""
    if profile.formats.encoding.value != "json":
        raise LocalError("schema.not-json", profile=profile.profile, encoding=profile.formats.encoding.value)


def message_files(profile: Profile, *, closed: bool = False) -> list[File]:
    """Return the schema of every message of a profile; raises `LocalError` (`schema.not-json`)."""
    require_json(profile)
    return [File(f"{kind}.schema.json", message_schema(profile, kind, closed=closed)) for kind in profile.messages]


def message_schema(profile: Profile, kind: str, *, closed: bool = False) -> Document:
    """Return the schema of one message as it travels alone, as a document of its own."""
    return {
        "$schema": DIALECT,
        "$id": urn(profile.profile, profile.version, "closed" if closed else "message", kind),
        "x-profile": profile_note(profile),
        **alone_schema(profile, kind, closed=closed),
    }


def alone_schema(profile: Profile, kind: str, *, closed: bool = False) -> Schema:
    """Return the schema of one message as it travels alone, its envelope around it."""
    plan = make_plan(MESSAGES[kind], profile.messages[kind], profile.formats, profile.formats.envelope)
    return _content(profile, plan, closed=closed)


def bare_schema(profile: Profile, kind: str) -> Schema:
    """Return the schema of one message inside something else: no envelope, no name of its own."""
    plan = make_plan(MESSAGES[kind], profile.messages[kind], profile.formats)
    return _content(profile, plan, closed=False)


def _content(profile: Profile, plan: Plan, *, closed: bool) -> Schema:
    """Return the schema of what a plan reads."""
    kind, entry = plan.message.kind, profile.messages[plan.message.kind]
    return {
        "title": f"{plan.wire} ({kind})",
        "description": (inspect.getdoc(plan.message) or "").partition("\n")[0],
        "$comment": _beyond(kind, profile),
        "x-direction": "to the SI FPS" if plan.message.direction == "out" else "from the SI FPS",
        **grounds(entry.provenance, "x-wire-"),
        **_Builder(profile, plan, closed=closed).node(plan.root, ()),
    }


def _beyond(kind: str, profile: Profile) -> str:
    """Say what this schema cannot check and our codec does."""
    formats, entries = profile.formats, profile.messages[kind].fields
    shapes = {name: leaf.shape for name, leaf in leaves_of(MESSAGES[kind]).items() if name in entries}
    instants = [zone_of(entries[name], formats) for name, shape in shapes.items() if shape is Shape.INSTANT]
    amounts = [
        entries[name].amounts or formats.amounts.value for name, shape in shapes.items() if shape is Shape.AMOUNT
    ]
    general = {
        "siret.checksum": any("siret" in name for name in shapes),
        "instant.local.absent": any(instants),
        "montant.euros-number": "euros_number" in amounts,
    }
    mine = f"{kind.replace('_', '-')}."
    told = [said for reason, said in BEYOND.items() if general.get(reason, reason.startswith(mine))]
    older = [] if profile.older is None else ["a message of the version before, which is read too"]
    hooked = [] if profile.hook is None else ["what the hook of the profile does to the bytes"]
    return "Beyond a schema: " + "; ".join([*told, _ALWAYS, *older, *hooked]) + "."


class _Builder:
    """Writes the tree of one plan as schemas."""

    def __init__(self, profile: Profile, plan: Plan, *, closed: bool) -> None:
        self._profile, self._plan, self._closed = profile, plan, closed
        self._entry = profile.messages[plan.message.kind]
        self._leaves, self._items = leaves_of(plan.message), items_of(plan.message)
        self._rules = rules_of(plan)

    def node(self, node: WireNode, path: tuple[str, ...]) -> Schema:
        """Return the schema of a node that is there; `path` is where it stands, a list being `name[]`."""
        if isinstance(node, WireLeaf):
            leaf, item = self._leaves[node.field], self._items[node.field]
            return value_schema(leaf, item, self._entry.fields[node.field], self._profile.formats)
        if isinstance(node, WireConst):
            return self._constant(node)
        if isinstance(node, WireList):
            return {"type": "array", "items": self.node(node.item, (*path[:-1], f"{path[-1]}[]"))}
        return self._object(node, path)

    def _object(self, node: WireObject, path: tuple[str, ...]) -> Schema:
        properties: dict[str, Any] = {}
        required = []
        for attribute, name, member in node.members:
            needed = node.type.model_fields[attribute].is_required()
            schema = self.node(member, (*path, name))
            properties[name] = schema if needed or self._closed else _or_null(schema)
            if needed or (self._closed and _constant(member)):
                required.append(name)
        told: Schema = {"type": "object", "properties": properties}
        told |= {"required": required} if required else {}
        told |= {"allOf": [rule.schema for rule in rules]} if (rules := self._rules.get(path)) else {}
        return told | ({"additionalProperties": False} if self._closed else {})

    def _constant(self, node: WireConst) -> Schema:
        told = {"description": "Always the same value."}
        if self._closed:
            return {**told, "const": node.value}
        return {**told, "default": node.value}  # another value, or none, is told and stops nothing


def _constant(node: WireNode) -> bool:
    return isinstance(node, WireConst) or (isinstance(node, WireObject) and node.constant)


def _or_null(schema: Schema) -> Schema:
    """Let a value be null, which is read as absent; one that may be anything may be that too."""
    if "type" not in schema:
        return schema
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    told = {**schema, "type": [*kinds, "null"]}
    return {**told, "enum": [*schema["enum"], None]} if "enum" in schema else told
