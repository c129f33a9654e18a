"""Reading one profile file, and laying one over another; keeps the line of every entry.

A layer answers for what it states: the provenance shared by a message (`provenance:`) is given to the
fields of that layer only, and an entry laid over another replaces its provenance as a whole. So a
correction without a word on its origin is refused, and never borrows the word of what it corrects.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fpsctl.antai.profile_told import next_step, parser_told
from fpsctl.errors import LocalError
from fpsctl.resources import Unreadable, read_document
from fpsctl.texts import text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from pathlib import Path

Key = tuple[str, ...]
_PROVENANCE = ("confidence", "source", "reason")
_WORDLESS = ("parts",)
"""What has no provenance of its own: that of the entry around it vouches for it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The content of profile files, merged or not, and where each entry stands: (file, line)."""

    content: dict[str, Any]
    places: dict[Key, tuple[str, int]]
    digests: dict[str, str]
    """SHA-256 of each file, as it was read, by its path; a link is not followed."""


def local_error(code: str, path: str, detail: str, line: int | None = None, step: str = "") -> LocalError:
    """Make the error of a profile; `place` is `path:line`, or `path` when the line is not known.

    `step` is the next thing to type, where it is not the usual one.
    """
    place = f"{path}:{line}" if line else path
    return LocalError(code, path=path, line=line, detail=detail, place=place, then=step or next_step(""))


def read_layer(path: Path) -> Layer:
    """Read one file; raises `LocalError` (`profile.unknown`, `profile.unreadable`, `profile.invalid`)."""
    try:
        data = path.read_bytes()
        content, root = read_document(data)
    except FileNotFoundError as error:
        raise local_error("profile.unknown", str(path), os_reason(error)) from error
    except OSError as error:
        raise local_error("profile.unreadable", str(path), os_reason(error)) from error
    except Unreadable as error:
        raise local_error("profile.unreadable", str(path), parser_told(str(error)), error.line) from error
    places: dict[Key, tuple[str, int]] = {}
    if root is not None:
        _index(root, (), str(path), places, set())
    if not isinstance(content, dict):
        raise local_error("profile.invalid", str(path), text("valeur.model_type"), 1)
    digests = {str(path.absolute()): hashlib.sha256(data).hexdigest()}
    return Layer(_anchored(_spread(content), path.parent), places, digests)


def _anchored(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the files that a layer names absolute: they stand beside it, wherever it is laid over another."""
    hook, hosts = content.get("hook"), content.get("hosts")
    if isinstance(hook, dict) and isinstance(hook.get("file"), str):
        content = {**content, "hook": {**hook, "file": str(folder.absolute() / hook["file"])}}
    if isinstance(hosts, dict):
        anchored = {
            name: {**host, "ca": str(folder.absolute() / host["ca"])}
            if isinstance(host, dict) and isinstance(host.get("ca"), str)
            else host
            for name, host in hosts.items()
        }
        content = {**content, "hosts": anchored}
    return content


def _index(node: Any, key: Key, path: str, places: dict[Key, tuple[str, int]], seen: set[int]) -> None:  # noqa: ANN401
    """Note the line of every entry; refuse what YAML would silently share."""
    import yaml  # noqa: PLC0415 - same reason

    line = node.start_mark.line + 1
    if id(node) in seen:
        raise local_error("profile.invalid", path, f"{'.'.join(key)}: alias", line, next_step("alias"))
    seen.add(id(node))
    places.setdefault(key, (path, line))
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            child = (*key, str(name.value))
            places[child] = (path, name.start_mark.line + 1)
            _index(value, child, path, places, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _index(value, (*key, str(index)), path, places, seen)


def _spread(content: dict[str, Any]) -> dict[str, Any]:
    """Write short entries in full: `name: path`, `code: value`, and the provenance they share."""
    messages = content.get("messages")
    if not isinstance(messages, dict):
        return content
    return {**content, "messages": {kind: _spread_message(message) for kind, message in messages.items()}}


def _spread_message(message: Any) -> Any:  # noqa: ANN401 - not validated yet
    if not isinstance(message, dict) or not isinstance(message.get("fields"), dict):
        return message
    shared = message.get("provenance")
    fields = {name: _spread_entry(entry, "path", shared) for name, entry in message["fields"].items()}
    for entry in fields.values():
        if isinstance(entry, dict) and isinstance(entry.get("codes"), dict):
            own = {name: entry[name] for name in _PROVENANCE if name in entry}
            entry["codes"] = {code: _spread_entry(value, "wire", own) for code, value in entry["codes"].items()}
    return {**message, "fields": fields}


def _spread_entry(entry: Any, main: str, shared: Any) -> Any:  # noqa: ANN401 - not validated yet
    if entry is None:
        return None
    full = dict(entry) if isinstance(entry, dict) else {main: entry}
    if isinstance(shared, dict) and not any(name in full for name in _PROVENANCE):
        full.update({name: shared[name] for name in _PROVENANCE if name in shared})
    return full


def lay_over(parent: Layer, child: Layer) -> Layer:
    """Merge a child over its parent, key by key; null removes an entry of a section, or a field."""
    places, digests = {**parent.places, **child.places}, {**parent.digests, **child.digests}
    return Layer(_merge(parent.content, child.content), places, digests)


def _merge(parent: Any, child: Any) -> Any:  # noqa: ANN401 - not validated yet
    if not (isinstance(parent, dict) and isinstance(child, dict)):
        return child
    # Restated or not, the parent's word does not vouch for what the child says.
    own = {name: value for name, value in child.items() if name not in _PROVENANCE}
    corrects = any(not isinstance(value, dict) or name in _WORDLESS for name, value in own.items())
    drop = (*_PROVENANCE, "provenance") if corrects or any(name in child for name in _PROVENANCE) else ()
    merged = {name: value for name, value in parent.items() if name not in drop}
    for name, value in child.items():
        merged[name] = _merge(merged[name], value) if name in merged else value
    return merged


def prune(content: dict[str, Any]) -> dict[str, Any]:
    """Take out the entries that a layer removed with null."""
    pruned = dict(content)
    for section in ("hosts", "headers", "operations", "delays", "certificate_rules", "limits"):
        if section in pruned:
            pruned[section] = _kept(pruned[section])
    for section, inner in (("errors", "codes"), ("errors", "parts"), ("formats", None)):
        if isinstance(entry := pruned.get(section), dict):
            pruned[section] = _without(entry, inner) if inner else _kept(entry)
    if isinstance(operations := pruned.get("operations"), dict):
        pruned["operations"] = {name: _without(entry, "headers") for name, entry in operations.items()}
    if isinstance(messages := pruned.get("messages"), dict):
        pruned["messages"] = {kind: _prune_message(message) for kind, message in messages.items() if message}
    return pruned


def _prune_message(message: Any) -> Any:  # noqa: ANN401 - not validated yet
    if not isinstance(message, dict) or not isinstance(message.get("fields"), dict):
        return message
    message = _without(message, "constants")
    fields = _kept(message["fields"])
    for name, entry in fields.items():
        if isinstance(entry, dict) and "codes" in entry:
            fields[name] = {**entry, "codes": _kept(entry["codes"])}
    return {**message, "fields": fields}


def _without(entry: Any, section: str) -> Any:  # noqa: ANN401 - not validated yet
    """Return an entry whose section has lost what was removed with null."""
    if not isinstance(entry, dict) or section not in entry:
        return entry
    return {**entry, section: _kept(entry[section])}


def _kept(entries: Any) -> Any:  # noqa: ANN401 - not validated yet
    if not isinstance(entries, dict):
        return entries
    return {name: entry for name, entry in entries.items() if entry is not None}
