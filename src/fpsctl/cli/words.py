"""Typer's complaints about the command line, in the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.errors import UsageError
from fpsctl.texts import has_text, language, text

if TYPE_CHECKING:
    import typer


def usage_error(error: typer.TyperException) -> UsageError:
    """Return our error for one of Typer's, whose sentences are English and more precise than ours in that language."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "fpsctl"
    code = f"usage.words.{type(error).__name__}"
    spoken = language() != "en" and has_text(code)
    detail = text(code, name=_subject(error) or None) if spoken else error.format_message()
    return UsageError("usage.invalid", detail=detail, command=command)


def _subject(error: typer.TyperException) -> str:
    """Return the option or argument that is spoken of."""
    parameter = getattr(error, "param", None)
    if parameter is not None:
        names = [*getattr(parameter, "opts", ()), getattr(parameter, "metavar", None) or ""]
        return str(next((name for name in names if name.startswith("--")), names[-1] or names[0]))
    return str(getattr(error, "option_name", None) or "")
