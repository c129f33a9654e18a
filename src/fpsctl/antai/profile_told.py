"""What is told of a profile that does not load: the parser's words in ours, and the next thing to type, by cause."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from fpsctl.texts import has_text, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PARSER = (
    (r"mapping values are not allowed", "mapping"),
    (r"cannot start any token", "token"),
    (r"duplicate key '(?P<name>.*)'", "duplicate"),
    (r"UTF-8|unacceptable character|codec can't decode", "encoding"),
    (r"control characters are not allowed", "control"),
    (r"could not find expected ':'", "colon"),
    (r"did not find expected|found unexpected end|expected the node content|block end", "unfinished"),
    (r"expected a single document|did not find expected <document start>", "documents"),
    (r"undefined alias", "alias"),
    (r"nested deeper than (?P<most>\d+)", "deep"),
    (r"more than (?P<most>\d+) aliases", "aliases"),
)
"""What the parser of YAML says in English, and our name for it."""
_WRAPPER = re.compile(r"\[key\]|(constrained-)?(str|int|bool)|(function|literal|dict|tuple)[-\[].*")
"""Names that Pydantic adds to a place, and that stand in no file."""


def parser_told(problem: str) -> str:
    """Return what the parser says in the user's language; in its own words where we have none."""
    for pattern, name in _PARSER:
        if found := re.search(pattern, problem):
            return text(f"profile.yaml.{name}", **found.groupdict())
    return problem


def next_step(cause: str) -> str:
    """Return the next thing to type after a cause; the usual one when nothing more exact is known."""
    code = f"profile.next.{cause}"
    return text(code) if has_text(code) else text("profile.next")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the next step for a name that does not exist: those that look like it, else all that there are."""
    names = sorted(known)
    return text("profile.next.nearest", names=", ".join(get_close_matches(name, names) or names))


def nearest_field(name: str, known: Iterable[str], kind: str) -> str:
    """Return the next step for a field that a message has not."""
    close = get_close_matches(name, sorted(known))
    if close:
        return text("profile.next.nearest", names=", ".join(close))
    return text("profile.next.fields", kind=kind)


def first_of(problems: Sequence[Any]) -> Any:  # noqa: ANN401 - a record of Pydantic's
    """Return the problem to tell: of one entry, the key that is unknown rather than the one that it stands for."""
    first = problems[0]
    if first["type"] == "missing":
        beside = (one for one in problems if one["type"] == "extra_forbidden" and one["loc"][:-1] == first["loc"][:-1])
        return next(beside, first)
    return first


def place_of(problem: Any) -> tuple[str, ...]:  # noqa: ANN401 - a record of Pydantic's
    """Return the keys of an entry as they stand in the file."""
    return tuple(str(part) for part in problem["loc"] if not _WRAPPER.fullmatch(str(part)))


def known_keys(model: type[BaseModel], keys: Sequence[str]) -> list[str]:
    """Return the keys that may stand at a place of a model; empty where any may, or the place is unknown."""
    shape: Any = model
    for key in keys:
        shape = _inside(shape, key)
    return [info.alias or name for name, info in shape.model_fields.items()] if _is_model(shape) else []


def _inside(shape: Any, key: str) -> Any:  # noqa: ANN401 - an annotation
    if get_origin(shape) is dict:
        return _bare(get_args(shape)[1])
    if not _is_model(shape):
        return None
    fields = (info for name, info in shape.model_fields.items() if key in (name, info.alias))
    return next((_bare(info.annotation) for info in fields), None)


def _bare(shape: Any) -> Any:  # noqa: ANN401 - an annotation
    """Take `Annotated` and `| None` off."""
    if get_origin(shape) is Annotated:
        return _bare(get_args(shape)[0])
    if get_origin(shape) is Union or type(shape).__name__ == "UnionType":
        return next((_bare(one) for one in get_args(shape) if one is not type(None)), None)
    return shape


def _is_model(shape: Any) -> bool:  # noqa: ANN401 - an annotation
    return isinstance(shape, type) and issubclass(shape, BaseModel)
