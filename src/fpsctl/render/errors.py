"""An error for people: one line of what happened, its code, and the next thing to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.errors import FpsctlError


def message_of(error: FpsctlError) -> str:
    """Return what happened, on one line."""
    step = text("ui.step", step=error.params["step"]) if _placed(error) else ""
    return step + _one_line(text(f"error.{error.code}", **error.params))


def hint_of(error: FpsctlError) -> str:
    """Return the next thing to type or do."""
    return _one_line(text(f"hint.{error.code}", **error.params))


def error_lines(error: FpsctlError) -> list[str]:
    """Return the two lines of an error."""
    return [f"{text('ui.error')} [{error.code}] {message_of(error)}", text("ui.hint", hint=hint_of(error))]


def _placed(error: FpsctlError) -> bool:
    """Whether the sentence does not name the step itself."""
    return "step" in error.params and not error.code.startswith("scenario.")


def _one_line(sentence: str) -> str:
    return " ".join(sentence.split())
