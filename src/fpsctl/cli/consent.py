"""Consent to write the names of a confidential profile: its name on the command line, or a yes on the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.antai import Profile

Confirm = Annotated[str, typer.Option("--confirm", metavar="NAME", help=text("help.schema.confirm"))]


def ask(profile: Profile, confirm: str) -> None:
    """Return when the names of a profile may be written; raises `UsageError` (`schema.confirm`)."""
    from fpsctl.errors import UsageError

    if not profile.confidential or confirm == profile.profile:
        return
    if not confirm and sys.stdin.isatty() and sys.stderr.isatty():
        asked = text("schema.confirm", profile=profile.profile, count=len(profile.messages))
        if typer.confirm(asked, err=True):
            return
    raise UsageError("schema.confirm", profile=profile.profile)
