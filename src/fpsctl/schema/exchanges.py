"""What travels besides messages: a page of returns, a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.schema.documents import grounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.antai.profile_model import Profile

Schema = dict[str, Any]

_FINDING: Schema = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "outcome", "title", "detail")},
}
_PARTS: dict[str, Schema] = {
    "type": {"type": "string", "description": "Kind of problem (RFC 9457)."},
    "title": {"type": "string", "description": "The status in words."},
    "status": {"type": "integer", "description": "HTTP status."},
    "detail": {"type": "string", "description": "What was refused, and why."},
    "code": {"type": ["string", "integer"], "description": "Stable code of the refusal."},
    "params": {"type": "object", "description": "Facts of the refusal."},
    "hint": {"type": "string", "description": "What to do next."},
    "findings": {"type": "array", "items": _FINDING, "description": "What is wrong with the message."},
}


def page_schema(profile: Profile, components: Mapping[str, str]) -> Schema:
    """Return the schema of a page of returns; `components` gives the schema of each kind that may be one."""
    names = profile.retours
    item: Schema = {"type": "object"}
    _put(item, names.sequence, {"type": "integer", "description": "Sequence number."}, needed=True)
    _put(
        item,
        names.kind,
        {"type": "string", "examples": [profile.messages[kind].wire for kind in components]},
        needed=True,
    )
    _put(item, names.message, {"description": "The message, as its kind has it."}, needed=False)
    item["allOf"] = [_if_kind(profile, kind, component) for kind, component in components.items()]
    page: Schema = {"type": "object", "description": f"At most {names.page} returns.", **grounds(names)}
    _put(page, names.items, {"type": "array", "maxItems": names.page, "items": item}, needed=True)
    _put(page, names.more, {"type": "boolean", "description": "Whether returns are left after this page."}, needed=True)
    return page


def _if_kind(profile: Profile, kind: str, component: str) -> Schema:
    """Return the schema of a return's message once its kind is known; a kind that nobody knows is let through."""
    condition: Schema = {"type": "object"}
    _put(condition, profile.retours.kind, {"const": profile.messages[kind].wire}, needed=True)
    consequence: Schema = {"type": "object"}
    _put(consequence, profile.retours.message, {"$ref": f"#/components/schemas/{component}"}, needed=True)
    return {"if": condition, "then": consequence}


def refusal_schema(profile: Profile) -> Schema:
    """Return the schema of a refusal: each part that the profile has, in its place."""
    refusal: Schema = {"type": "object", **grounds(profile.errors)}
    for part, path in profile.errors.parts.items():
        _put(refusal, path, _PARTS[part], needed=part == "code")
    return refusal


def _put(schema: Schema, path: str, value: Schema, *, needed: bool) -> None:
    """Put the schema of a value in its place, making the objects on the way."""
    *steps, last = path.split(".")
    for step in steps:
        if needed:
            _need(schema, step)
        schema = schema.setdefault("properties", {}).setdefault(step, {"type": "object"})
    if needed:
        _need(schema, last)
    schema.setdefault("properties", {})[last] = value


def _need(schema: Schema, name: str) -> None:
    required = schema.setdefault("required", [])
    if name not in required:
        required.append(name)
