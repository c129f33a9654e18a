"""The package's data files, read lazily and once; and user files in the same formats.

YAML is read with the C loader, which builds plain values only. Light commands may not import YAML at
all, so the few entries they need are kept compiled in `data/compiled.json`; `python -m fpsctl.resources`
writes that file again, and a test fails when it is out of date.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
COMPILED = DATA / "compiled.json"

# What light commands need: file, then the key inside it.
_LIGHT: tuple[tuple[str, str], ...] = (("profiles/public.yaml", "numero"),)
_MAX_ALIASES = 100
_MAX_DEPTH = 60


class Unreadable(ValueError):
    """A file is not YAML or JSON; `line` (from 1) tells where, when known."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        """Keep the parser's own words and the place."""
        super().__init__(problem)
        self.line = line


@cache
def read_json(name: str) -> Any:  # noqa: ANN401 - the owner of each file validates its shape
    """Return the content of `data/<name>` (JSON)."""
    return json.loads((DATA / name).read_bytes())


@cache
def read_yaml(name: str) -> Any:  # noqa: ANN401 - the owner of each file validates its shape
    """Return the content of `data/<name>` (YAML)."""
    return parse_yaml((DATA / name).read_bytes(), trusted=True)


def parse_yaml(content: bytes, *, trusted: bool = False) -> Any:  # noqa: ANN401 - the caller validates the shape
    """Return the plain values of a YAML (so JSON too) document; see `read_document`."""
    return read_document(content, trusted=trusted)[0]


def read_document(content: bytes, *, trusted: bool = False) -> tuple[Any, Any]:
    """Parse YAML into plain values and the node they stand in (for lines); raises `Unreadable` with the line.

    Dates stay text, as in JSON: whoever reads a date says which one is wrong. Duplicate keys are
    refused, since the last one would silently win; so are many aliases (a "YAML bomb") and deep nesting.
    """
    import yaml  # noqa: PLC0415 - light commands never come here

    try:
        if not trusted:
            _refuse_traps(content)
        loader = _loader()(content)
        node = loader.get_single_node()
        _refuse_duplicates(node)
        return (None if node is None else loader.construct_document(node)), node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(error.problem or error.context or "not YAML", mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(str(error).splitlines()[0] if str(error) else "not YAML") from error


@cache
def _loader() -> Any:  # noqa: ANN401 - a class of a module that is imported lazily
    """Return a safe loader without YAML 1.1's surprises.

    `on`, `off`, `yes` and `no` are words, dates and `10:15` are text, and digits that begin with zero
    (a SIRET, a postal code) keep it.
    """
    import yaml  # noqa: PLC0415

    resolvers = {first: list(known) for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()}
    for tag, (pattern, firsts) in _SCALARS.items():
        for first, known in resolvers.items():
            resolvers[first] = [(other, regexp) for other, regexp in known if other != tag]
        for first in firsts:
            resolvers.setdefault(first, []).append((tag, re.compile(pattern)))
    return type("PlainLoader", (yaml.CSafeLoader,), {"yaml_implicit_resolvers": resolvers})


_SCALARS = {
    "tag:yaml.org,2002:timestamp": (r"(?!)", ""),
    "tag:yaml.org,2002:bool": (r"(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    "tag:yaml.org,2002:int": (r"[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    "tag:yaml.org,2002:float": (r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
}
"""Plain scalars that are not text: tag -> pattern, first characters."""


def _refuse_traps(content: bytes) -> None:
    """Look at the events before anything is built: building recurses, and aliases multiply."""
    import yaml  # noqa: PLC0415

    depth = aliases = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > _MAX_DEPTH or aliases > _MAX_ALIASES:
            problem = f"nested deeper than {_MAX_DEPTH}" if depth > _MAX_DEPTH else f"more than {_MAX_ALIASES} aliases"
            mark = event.start_mark
            raise Unreadable(problem, mark.line + 1 if mark else None)


def _refuse_duplicates(root: Any) -> None:  # noqa: ANN401 - a YAML node
    import yaml  # noqa: PLC0415

    pending, seen = [root], set()
    while pending:
        node = pending.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in keys:
                        problem = f"duplicate key {key.value!r}"
                        raise Unreadable(problem, key.start_mark.line + 1)
                    keys.add(key.value)
                pending.append(value)


def line_of(content: bytes, path: tuple[str | int, ...]) -> int | None:
    """Return the line (from 1) where a path of a YAML document stands, as deep as it can be followed."""
    import yaml  # noqa: PLC0415

    node = yaml.compose(content, Loader=yaml.CSafeLoader)
    line: int | None = node.start_mark.line + 1 if node is not None else None
    for part in path:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = (node.value[part], node.value[part])
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def read_light(name: str, key: str) -> Any:  # noqa: ANN401 - the owner validates the shape
    """Return one compiled entry of a YAML file, without importing YAML."""
    return read_json(COMPILED.name)[f"{name}#{key}"]


def names(folder: str, suffix: str = ".yaml") -> tuple[str, ...]:
    """Return the sorted stems of the files of `data/<folder>`."""
    return tuple(sorted(path.stem for path in (DATA / folder).glob(f"*{suffix}")))


def compile_light() -> bytes:
    """Return what `data/compiled.json` must contain."""
    entries = {f"{name}#{key}": read_yaml(name)[key] for name, key in _LIGHT}
    return (json.dumps(entries, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    COMPILED.write_bytes(compile_light())
