"""Tells in the user's language what others found wrong: Pydantic, the parser, the operating system."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.errors import FpsctlError
from fpsctl.texts import has_text, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import ValidationError


class Problem(NamedTuple):
    """The first thing that is wrong: its path in the data, and a sentence."""

    place: tuple[str | int, ...]
    detail: str

    @property
    def field(self) -> str:
        """The path as text."""
        return ".".join(str(part) for part in self.place) or "-"

    @property
    def told(self) -> str:
        """The sentence, after its place when it has one."""
        return text("ui.field", field=self.field, detail=self.detail) if self.place else self.detail


def first_problem(error: ValidationError) -> Problem:
    """Return the first problem of a report; one of our own errors is told in its own words."""
    first = error.errors()[0]
    # Pydantic adds the names of its wrappers to the path; they stand in no file.
    place = tuple(part for part in first["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    context = first.get("ctx", {})
    if isinstance(cause := context.get("error"), FpsctlError):
        return Problem(place, text(f"error.{cause.code}", **cause.params))
    return Problem(place, problem_text(first["type"], first["msg"], context))


def problem_text(kind: str, message: str, context: Mapping[str, object]) -> str:
    """Return our sentence for a kind of problem; one that has none keeps Pydantic's own."""
    code = f"valeur.{kind}"
    if not has_text(code):
        return message
    shown = {name: str(value).replace(" or ", text("ui.or")) for name, value in context.items()}
    return text(code, **shown)


def os_reason(error: OSError) -> str:
    """Return why the system refused."""
    code = f"os.{errno.errorcode.get(error.errno or 0, '')}"
    return text(code) if has_text(code) else error.strerror or str(error)


def located(path: Path, line: int | None = None) -> str:
    """Return a place as editors and CI logs understand it: `file` or `file:line`."""
    return f"{path}:{line}" if line else str(path)
