"""What to type to have a certificate signed again, for the same key; light, so that errors may tell it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.texts import text

if TYPE_CHECKING:
    from pathlib import Path

EMBEDDED = "sandbox"
"""The environment of the embedded SI FPS, whose TEST provider signs at once."""
_PRODUCTION = "production"


def options_of(siret: str, environment: str, *, deposit: bool = False, others: str = "") -> str:
    """Return the options that a command needs to act for this town there; a deposit in production is confirmed.

    `others` are options of the command at hand that the next one needs too, as they are typed.
    """
    env = "" if environment == EMBEDDED else f" --env {environment}"
    confirm = f" --confirm {siret}" if deposit and environment == _PRODUCTION else ""
    return f"--siret {siret}{env}{confirm}{others}"


def renewal(siret: str, environment: str, request: Path | str | None, *, others: str = "") -> str:
    """Return the commands that have `request` (None: not in the workspace) signed again and deposited."""
    where = "unknown" if request is None else "sandbox" if environment == EMBEDDED else "elsewhere"
    options = options_of(siret, environment, deposit=True, others=others)
    return text(f"cert.renewal.{where}", request=request, options=options)


def signature(siret: str, environment: str, request: Path | str, *, others: str = "") -> str:
    """Return the commands that have `request` signed for the first time and deposited."""
    where = "sandbox" if environment == EMBEDDED else "elsewhere"
    options = options_of(siret, environment, deposit=True, others=others)
    return text(f"cert.next.sign.{where}", request=request, options=options)
