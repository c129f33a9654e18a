"""Interface profiles for the terminal and as plain data: the list of them, a whole one, one of its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.profile_change import shown
from fpsctl.antai.profile_diff import SECTIONS
from fpsctl.antai.profile_formats import Part
from fpsctl.antai.profile_message_diff import form_of
from fpsctl.antai.profile_model import Operation
from fpsctl.antai.provenance import GROUNDS, walk
from fpsctl.antai.reserve import described
from fpsctl.render.errors import hint_of, message_of
from fpsctl.render.interface import origin
from fpsctl.render.simulation import ARROWS
from fpsctl.render.terminal import findings_lines, heading, table
from fpsctl.texts import language, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.antai.leaves import Leaf
    from fpsctl.antai.profile_formats import Provenance
    from fpsctl.antai.profile_model import FieldEntry, Profile
    from fpsctl.checks import Finding
    from fpsctl.errors import FpsctlError

_WIDTH = 118
_DIGEST = 12  # characters of a digest, for people


def summary(profile: Profile) -> dict[str, Any]:
    """Return what a profile says of itself."""
    window = {"from": str(profile.in_force.since), "to": profile.in_force.until and str(profile.in_force.until)}
    return {
        **described(profile, language()),
        "in_force": window,
        "confidential": profile.confidential,
        "extends": profile.extends,
        "supersedes": profile.supersedes,
    }


def refused(error: FpsctlError) -> dict[str, Any]:
    """Return why a profile cannot be loaded."""
    return {"code": error.code, "message": message_of(error), "hint": hint_of(error)}


def list_lines(result: Mapping[str, Any]) -> list[Text]:
    """Return one line a profile, its file under it; then the files that do not load, with their code."""
    items = result["profiles"]
    loaded, broken = ([one for one in items if bool(one["error"]) is failed] for failed in (False, True))
    lines: list[Text] = []
    for line, item in zip(table([_row(item["profile"]) for item in loaded]), loaded, strict=True):
        own = item["name"] != item["profile"]["id"]
        lines += [line, Text(f"    {item['name']}", style="dim")] if own else [line]
    for item in broken:
        error = item["error"]
        lines.append(Text(f"  {item['name']} [{error['code']}] {error['message']}", style="red"))
    return [*lines, Text(text("profile.count", count=len(items)), style="dim")]


def _row(profile: Mapping[str, Any]) -> list[str | Text]:
    assumed = text("profile.assumed.count", fields=profile["assumed"]["fields"], total=profile["assumed"]["of"])
    secret = f"{text('profile.confidential')} · " if profile["confidential"] else ""
    told = f"{secret}{profile['titre']}"
    return [profile["id"], profile["version"], _window(profile), profile["digest"][:_DIGEST], assumed, told]


def _window(profile: Mapping[str, Any]) -> str:
    window = profile["in_force"]
    return text("profile.window", since=window["from"], until=window["to"] or "…")


def head_lines(profile: Mapping[str, Any], *, digest: bool = True) -> list[Text]:
    """Return what stands first of a profile: whether it is confidential, its name, its words of origin."""
    told = [_window(profile), *([text("profile.digest", digest=profile["digest"][:_DIGEST])] if digest else [])]
    told += [text(f"profile.{key}", profile=profile[key]) for key in ("extends", "supersedes") if profile[key]]
    secret = [Text(text("profile.confidential.first"), style="bold red")] if profile["confidential"] else []
    lines = [heading(f"{profile['id']} {profile['version']} : {profile['titre']}"), Text("  " + " · ".join(told))]
    return [*secret, *lines, Text("  " + origin(profile), style="yellow")]


def show_lines(profile: Profile, findings: Sequence[Finding]) -> list[Text]:
    """Return a whole profile: every section that says something, then its messages."""
    lines = [*head_lines(summary(profile)), *findings_lines(findings)]
    for section in SECTIONS:
        part = getattr(profile, section)
        found = _entries(part)
        if found:
            rows = [row for name, entry in found for row in _stated(section, name, entry)]
            lines += [Text(), heading(text(f"profile.section.{section}")), *table(rows, width=_WIDTH)]
    return [*lines, Text(), heading(text("profile.section.messages")), *table(_messages(profile), right=(3, 4))]


def _entries(part: object) -> list[tuple[str, Provenance]]:
    if isinstance(part, Part):
        return [(".".join(keys), entry) for keys, entry in walk(part, ())]
    if isinstance(part, dict):
        return [(".".join((name, *keys)), entry) for name, inner in part.items() for keys, entry in walk(inner, ())]
    return []


def _stated(section: str, name: str, entry: Provenance) -> list[list[str | Text]]:
    """Return the rows of an entry, one a key when it has several; its word stands on the first."""
    word = [Text(text(f"confidence.{entry.confidence}"), style="cyan"), Text(entry.reference, style="dim")]
    told = _said(entry)
    if list(told) == ["value"]:
        return [[name or section, told["value"], *word]]
    rows = [[".".join(part for part in (name, key) if part), value] for key, value in told.items()]
    return [[*row, *(word if number == 0 else ("", ""))] for number, row in enumerate(rows)]


def _said(entry: Part) -> dict[str, str]:
    """Return what an entry says by key, without its word of origin and the entries that stand in it."""
    if isinstance(entry, Operation):
        return {"value": _call(entry)}
    told: dict[str, str] = {}
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if isinstance(value, dict):
            told |= {f"{name}.{key}": shown(one) for key, one in value.items() if not isinstance(one, Part)}
        elif name not in GROUNDS and value is not None:
            told[name] = shown(value)
    return told


def _call(operation: Operation) -> str:
    flags = [text(f"profile.operation.{name}") for name in ("safe", "idempotent") if getattr(operation, name)]
    answers = "/".join(str(status) for status in operation.success)
    return " ".join([operation.method or "-", operation.path or "-", answers, *flags])


def _messages(profile: Profile) -> list[list[str]]:
    rows = []
    for kind, message in profile.messages.items():
        assumed = sum(entry.confidence == "assumption" for entry in message.fields.values())
        count = text("profile.fields", count=len(message.fields))
        told = text("profile.fields.assumed", count=assumed)
        rows.append([kind, message.wire, ARROWS[MESSAGES[kind].direction], count, told])
    return rows


def message_result(profile: Profile, kind: str) -> dict[str, Any]:
    """Return one message: each value by its canonical name, where and how it stands on the wire, on whose word."""
    message = profile.messages[kind]
    leaves = leaves_of(MESSAGES[kind])
    return {
        "kind": kind,
        "wire": message.wire,
        "direction": MESSAGES[kind].direction,
        "provenance": message.provenance.model_dump(mode="json"),
        "fields": [_field(leaf, message.fields.get(name), profile) for name, leaf in leaves.items()],
        "constants": {path: entry.model_dump(mode="json") for path, entry in message.constants.items()},
    }


def _field(leaf: Leaf, entry: FieldEntry | None, profile: Profile) -> dict[str, Any]:
    codes = (
        {code: value.model_dump(mode="json") for code, value in entry.codes.items()} if entry and entry.codes else None
    )
    required = leaf.own if entry is None or entry.required is None else entry.required
    return {
        "name": leaf.path,
        "path": entry and entry.path,
        "required": required,
        "within": leaf.part or None,
        "default": entry and entry.default,
        "shape": leaf.shape.name.lower(),
        "format": form_of(leaf, entry, profile.formats),
        "codes": codes,
        "confidence": entry and entry.confidence,
        "source": entry and entry.source,
        "reason": entry and entry.reason,
    }


def message_lines(profile: Profile, result: Mapping[str, Any], findings: Sequence[Finding]) -> list[Text]:
    """Return one message as a table."""
    rows = [row for field in result["fields"] for row in _field_rows(field)]
    title = f"{result['kind']} : {result['wire']} ({ARROWS[result['direction']]})"
    constants = [
        [path, shown(entry["value"]), text(f"confidence.{entry['confidence']}"), entry["source"] or entry["reason"]]
        for path, entry in result["constants"].items()
    ]
    told = [Text(), heading(text("profile.constants")), *table(constants, width=_WIDTH)] if constants else []
    top = [*head_lines(summary(profile)), *findings_lines(findings), Text(), heading(title)]
    return [*top, *table(rows, width=_WIDTH), *told]


def _field_rows(field: Mapping[str, Any]) -> list[list[str | Text]]:
    """Return the rows of a value: itself, then its codes."""
    if field["confidence"] is None:
        return [[Text(field["name"], style="dim"), "-", "", "", Text(text("profile.field.unmapped"), style="dim")]]
    path = field["path"] or text("profile.field.default", value=shown(field["default"]))
    form = field["format"] or ("" if field["codes"] else field["shape"])
    row: list[str | Text] = [field["name"], path, _needed(field), form, _word(field)]
    return [row, *(_code_row(code, one, field) for code, one in (field["codes"] or {}).items())]


def _needed(field: Mapping[str, Any]) -> str:
    """Say whether a value that is on the wire must be there, in what, and what its absence means."""
    if field["path"] is None:
        return ""
    if field["required"]:
        within = field["within"] and text("profile.field.within", part=field["within"])
        return " ".join(part for part in (text("profile.field.required"), within) if part)
    means = field["default"] is not None and text("profile.field.default", value=shown(field["default"]))
    return " ".join(part for part in (text("profile.field.optional"), means) if part)


def _code_row(code: str, one: Mapping[str, Any], field: Mapping[str, Any]) -> list[str | Text]:
    """Return the row of a code, with its word where that is not the field's."""
    own = any(one[name] != field[name] for name in ("confidence", "source", "reason"))
    return [Text(f"  {code}"), shown(one["wire"]), "", "", _word(one) if own else ""]


def _word(entry: Mapping[str, Any]) -> Text:
    return Text(f"{text('confidence.' + entry['confidence'])} : {entry['source'] or entry['reason']}", style="dim")
