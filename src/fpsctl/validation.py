"""Reads Pydantic's report for people: the first problem, where it stands, what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fpsctl.errors import FpsctlError
from fpsctl.texts import text

if TYPE_CHECKING:
    from pydantic import ValidationError


class Problem(NamedTuple):
    """The first thing that is wrong: its path in the data, and a sentence."""

    place: tuple[str | int, ...]
    detail: str

    @property
    def field(self) -> str:
        """The path as text."""
        return ".".join(str(part) for part in self.place) or "-"


def first_problem(error: ValidationError) -> Problem:
    """Return the first problem of a report; one of our own errors is told in its own words."""
    first = error.errors()[0]
    # Pydantic adds the names of its wrappers to the path; they stand in no file.
    place = tuple(part for part in first["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, FpsctlError):
        return Problem(place, text(f"error.{cause.code}", **cause.params))
    return Problem(place, first["msg"].removeprefix("Value error, "))
