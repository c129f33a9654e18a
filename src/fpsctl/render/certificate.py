"""How far the certificate of a town is, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.terminal import findings_lines, heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.checks import Finding

_SHOWN = ("empreinte", "subject", "issuer", "debut", "fin")
_EMBEDDED = "sandbox"


def certificate_lines(result: dict[str, Any], done: str, findings: Sequence[Finding] = ()) -> list[Text]:
    """Return what was done (`request`, `deposit`, `stopped`, `activate`, `status`), the facts, and what comes next."""
    rows = [[name, result[name]] for name in _SHOWN if result[name]]
    rows += [[name, path] for name, path in result["files"].items()]
    if result["etat"]:
        rows.append(["etat", _state(result)])
    return [
        heading(text(f"cert.done.{_done(result, done)}", **result)),
        *table(rows),
        *findings_lines(findings),
        *([Text(text("ui.hint", hint=_next(result)))] if done != "stopped" else []),
    ]


def _done(result: dict[str, Any], done: str) -> str:
    return "again" if result.get("already_deposited") else done


def _state(result: dict[str, Any]) -> str:
    since = f", {text('ui.since', date=result['depuis'])}" if result["depuis"] else ""
    return f"{result['etat']}{since} ({result['environment']})"


def _next(result: dict[str, Any]) -> str:
    """Return what to type next."""
    environment = result.get("environment", _EMBEDDED)
    options = f"--siret {result['siret']}" + ("" if environment == _EMBEDDED else f" --env {environment}")
    step = {"depose": "activate", "actif": "check"}.get(result["etat"], "deposit")
    if "certificate" not in result["files"]:
        step = "sign"
    return text(f"cert.next.{step}", options=options, request=result["files"].get("request"))
