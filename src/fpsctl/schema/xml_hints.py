"""How a schema stands in XML: the `xml` objects of OpenAPI, on the names of a profile.

`@name` is an attribute; `#text` is the text of an element that has attributes, for which OpenAPI has no word
(`x-text`). A list is an element that is repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.antai.wire_xml import ATTRIBUTE, TEXT

if TYPE_CHECKING:
    from fpsctl.antai.profile_model import Profile

Schema = dict[str, Any]


def hinted(profile: Profile, schema: Schema, root: str | None) -> Schema:
    """Return a schema with its `xml` objects, or as it is where messages are JSON; `root` names the document."""
    if profile.formats.encoding.value != "xml":
        return schema
    namespace = profile.formats.encoding.namespace
    told = _inside(schema, namespace)
    return told if root is None else {**told, "xml": _element(root, namespace)}


def _element(name: str, namespace: str | None) -> Schema:
    return {"name": name, **({"namespace": namespace} if namespace else {})}


def _inside(schema: Schema, namespace: str | None) -> Schema:
    """Hint what stands in a schema; rules and conditions name the same places and need none."""
    told = dict(schema)
    if "properties" in told:
        told["properties"] = {name: _named(name, value, namespace) for name, value in told["properties"].items()}
    if isinstance(told.get("items"), dict):
        told["items"] = _inside(told["items"], namespace)
    return told


def _named(name: str, schema: Schema, namespace: str | None) -> Schema:
    if "$ref" in schema:
        return schema
    told = _inside(schema, namespace)
    if name == TEXT:
        return {**told, "x-text": True}
    if name.startswith(ATTRIBUTE):
        return {**told, "xml": {"name": name.removeprefix(ATTRIBUTE), "attribute": True}}
    if told.get("type") == "array" or (isinstance(told.get("type"), list) and "array" in told["type"]):
        return {**told, "items": {**told["items"], "xml": _element(name, namespace)}, "xml": {"wrapped": False}}
    return {**told, "xml": _element(name, namespace)}
