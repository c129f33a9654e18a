"""The operations of a profile as an OpenAPI 3.1 document: paths, headers, bodies, statuses, refusals.

What OpenAPI has no word for (confidence and source, what a header's text is made of, the largest body) is
told in `x-` keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.operations import OPERATIONS, parts_of
from fpsctl.schema.documents import Document, grounds, profile_note
from fpsctl.schema.exchanges import page_schema, refusal_schema
from fpsctl.schema.messages import alone_schema, bare_schema
from fpsctl.schema.xml_hints import hinted

if TYPE_CHECKING:
    from fpsctl.antai.operations import Operation as Call
    from fpsctl.antai.profile_model import Headers, Operation, Profile

Schema = dict[str, Any]

_RESERVED = ("accept", "content-type", "authorization")
"""Headers that OpenAPI describes elsewhere: a parameter of that name is ignored."""
_PARTS: dict[str, Schema] = {
    "siret": {"type": "string", "pattern": "^[0-9]{14}$", "description": "SIRET of the town, 14 digits."},
    "numero": {"type": "string", "pattern": "^[0-9]{26}$", "description": "Number of the notice, 26 digits."},
    "empreinte": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the certificate (DER)."},
}
_SUMMARIES = {
    "deposit_certificat": "Deposit the certificate of a town",
    "read_certificat": "Read the status of a certificate",
    "check_front": "Check the connection: as whom the caller is known",
    "send_avis_initial": "Send an initial notice",
    "send_avis_rectificatif": "Send a corrective notice",
    "send_annulation": "Send a cancellation",
    "send_fps_impaye": "Send an unpaid charge",
    "read_retour": "Read the returns after a sequence number",
    "read_impression": "Read the print request of a notice",
}
_PAGE, _REFUSAL = "page_retours", "refus"


def openapi_document(profile: Profile) -> Document:
    """Return the document of a profile; the same one on every run."""
    document: Document = {
        "openapi": "3.1.0",
        "info": _info(profile),
        **({"servers": _servers(profile)} if profile.hosts else {}),
        "security": [{"mtls": []}],
        "paths": _paths(profile),
        **({"webhooks": {"retours": {"post": _pushed(profile)}}} if profile.retours.mode == "push" else {}),
        "components": {
            "securitySchemes": {
                "mtls": {"type": "mutualTLS", "description": "The certificate of the town, deposited and activated."}
            },
            "responses": {"refusal": _refusal(profile)},
            "schemas": _schemas(profile),
        },
    }
    return document


def _info(profile: Profile) -> Schema:
    note = profile_note(profile)
    said = [f"{note['reserve'][0].upper()}{note['reserve'][1:]}." if note["reserve"] else ""]
    said.append("" if profile.hosts else "No host is stated: the user supplies the address.")
    said.append("A hook of the profile changes requests and answers further." if profile.hook else "")
    return {
        "title": profile.title.en,
        "version": profile.version,
        "description": " ".join(filter(None, said)) or profile.title.en,
        "x-profile": note,
        **({"x-hook": {"name": profile.hook.name, **grounds(profile.hook)}} if profile.hook else {}),
    }


def _servers(profile: Profile) -> list[Schema]:
    return [{"url": host.url, "description": name, **grounds(host)} for name, host in profile.hosts.items()]


# Operations


def _paths(profile: Profile) -> Schema:
    """Return the paths; several operations may share one path and method."""
    paths: Schema = {}
    for name, call in OPERATIONS.items():
        entry = profile.operations.get(name)
        if entry is None or entry.path is None or entry.method is None:
            continue
        told = _operation(profile, call, entry)
        at = paths.setdefault(entry.path, {})
        method = entry.method.lower()
        at[method] = _both(at[method], told) if method in at else told
    return paths


def _operation(profile: Profile, call: Call, entry: Operation) -> Schema:
    told: Schema = {
        "operationId": call.name,
        "summary": _SUMMARIES[call.name],
        **grounds(entry),
        "x-safe": entry.safe,
        "x-idempotent": entry.idempotent,
    }
    if parameters := [
        *_path_parts(entry.path or ""),
        *_query(profile, call),
        *_headers(profile.headers | entry.headers),
    ]:
        told["parameters"] = parameters
    if call.request is not None:
        told["requestBody"] = _body(profile, call.request)
    answered = _content(profile, call.answer or _PAGE)
    told["responses"] = {
        str(status): {"description": "Done, or taken.", "content": answered} for status in entry.success
    } | {"default": {"$ref": "#/components/responses/refusal"}}
    return told


def _both(one: Schema, other: Schema) -> Schema:
    """Return two operations on one path: whoever calls sends one message or the other."""
    told = {**one, "operationId": f"{one['operationId']}_or_{other['operationId']}"}
    told["summary"] = f"{one['summary']}; or: {other['summary']}"
    seen = {(item["name"], item["in"]) for item in one.get("parameters", [])}
    more = [item for item in other.get("parameters", []) if (item["name"], item["in"]) not in seen]
    told |= {"parameters": [*one.get("parameters", []), *more]} if "parameters" in one or more else {}
    bodies = [item["requestBody"] for item in (one, other) if "requestBody" in item]
    if bodies:
        told["requestBody"] = {**bodies[0], "content": _either([body["content"] for body in bodies])}
    told["responses"] = dict(one["responses"])
    for status, answer in other["responses"].items():
        same = told["responses"].get(status, answer)
        told["responses"][status] = (
            same if same == answer else {**same, "content": _either([same["content"], answer["content"]])}
        )
    return told


def _either(contents: list[Schema]) -> Schema:
    """Return contents of one media type as alternatives."""
    media_type = next(iter(contents[0]))
    known = [content[media_type]["schema"] for content in contents]
    flat = [part for schema in known for part in schema.get("anyOf", [schema])]
    return {media_type: {"schema": {"anyOf": [part for index, part in enumerate(flat) if part not in flat[:index]]}}}


def _path_parts(template: str) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PARTS.get(name, {"type": "string"})}
        for name in sorted(parts_of(template))
    ]


def _query(profile: Profile, call: Call) -> list[Schema]:
    if call.answer is not None:
        return []
    told = "The last sequence number that the caller has; 0, or left out: from the first return."
    return [
        {"name": profile.retours.after, "in": "query", "schema": {"type": "integer", "minimum": 0}, "description": told}
    ]


def _headers(headers: Headers) -> list[Schema]:
    told = []
    for name, header in headers.items():
        if name.lower() in _RESERVED:
            continue
        fixed = not parts_of(header.value)
        schema = {"type": "string", **({"const": header.value} if fixed else {})}
        told.append(
            {
                "name": name,
                "in": "header",
                "required": True,
                "schema": schema,
                "x-template": header.value,
                **grounds(header),
            }
        )
    return told


# Bodies


def _body(profile: Profile, kind: str) -> Schema:
    limit = profile.limits.body_bytes
    told: Schema = {"required": True, "content": _content(profile, kind)}
    return told if limit is None else {**told, "x-max-bytes": {"value": limit.value, **grounds(limit)}}


def _content(profile: Profile, schema: str) -> Schema:
    known = schema == _PAGE or schema in profile.messages
    told = {"$ref": f"#/components/schemas/{schema}"} if known else {}
    return {profile.formats.media_type.value: {"schema": told}}


def _refusal(profile: Profile) -> Schema:
    codes = {code: {"wire": known.wire, "status": known.status} for code, known in profile.errors.codes.items()}
    return {
        "description": "The SI FPS said no.",
        "content": {profile.errors.media_type: {"schema": {"$ref": f"#/components/schemas/{_REFUSAL}"}}},
        **grounds(profile.errors),
        **({"x-codes": codes} if codes else {}),
    }


def _pushed(profile: Profile) -> Schema:
    """Return the call that the SI FPS makes where returns are pushed."""
    return {
        "operationId": "push_retour",
        "summary": "Take returns",
        "requestBody": {"required": True, "content": _content(profile, _PAGE)},
        "responses": {"200": {"description": "Taken."}},
    }


def _schemas(profile: Profile) -> Schema:
    """Return the messages as they travel alone, and as they stand in a page where that differs."""
    known = [kind for kind in MESSAGES if kind in profile.messages]
    wrapped = profile.formats.envelope is not None
    found = {kind: alone_schema(profile, kind) for kind in known}
    returned = [kind for kind in known if MESSAGES[kind].direction == "in" and kind not in _ANSWERS]
    names = {kind: f"{kind}.contenu" if wrapped else kind for kind in returned}
    if wrapped:
        found |= {names[kind]: bare_schema(profile, kind) for kind in returned}
    found[_PAGE] = page_schema(profile, names)
    found[_REFUSAL] = refusal_schema(profile)
    roots = {kind: profile.messages[kind].wire for kind in known}
    roots |= {_PAGE: profile.retours.wire, _REFUSAL: profile.errors.wire}
    return {name: hinted(profile, schema, roots.get(name)) for name, schema in sorted(found.items())}


_ANSWERS = ("certificat_statut", "controle_front", "impression")
"""Messages that only ever answer a call."""
