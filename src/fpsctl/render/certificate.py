"""How far the certificate of a town is, for the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.pki.renewal import EMBEDDED, options_of, renewal, signature
from fpsctl.render.terminal import findings_lines, heading, table
from fpsctl.texts import has_text, text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from fpsctl.checks import Finding

_SHOWN = ("empreinte", "subject", "issuer", "debut", "fin")
_SERVES = ("depose", "actif")


def certificate_lines(
    result: dict[str, Any],
    done: str,
    findings: Sequence[Finding] = (),
    *,
    now: dt.datetime | None = None,
    others: str = "",
) -> list[Text]:
    """Return what was done (`request`, `deposit`, `stopped`, `ended`, `activate`, `status`), the facts, what is next.

    `now` (aware, the machine's) tells a certificate that has ended; where the work stopped, something else says what
    comes next. `others` are options that the next command needs too.
    """
    rows = [[text(f"cert.label.{name}"), result[name]] for name in _SHOWN if result[name]]
    rows += [[text(f"cert.label.{name}"), path] for name, path in result["files"].items()]
    if result["etat"]:
        rows.append([text("cert.label.etat"), _state(result)])
    return [
        heading(text(f"cert.done.{_done(result, done)}", **result)),
        *table(rows),
        *findings_lines(findings),
        *([Text(text("ui.hint", hint=_next(result, now, others)))] if done not in ("stopped", "ended") else []),
    ]


def _done(result: dict[str, Any], done: str) -> str:
    if done == "activate" and result.get("already_active"):
        return "active"
    return "again" if done == "deposit" and result["already_deposited"] else done


def _state(result: dict[str, Any]) -> str:
    told = f"cert.etat.{result['etat']}"
    since = f", {text('ui.since', date=result['depuis'])}" if result["depuis"] else ""
    return f"{text(told) if has_text(told) else result['etat']}{since} ({result['environment']})"


def _next(result: dict[str, Any], now: dt.datetime | None, others: str) -> str:
    """Return what to type next."""
    siret, files = result["siret"], result["files"]
    environment, request = result.get("environment", EMBEDDED), files.get("request")
    if "certificate" not in files:
        if not request:
            return text("cert.next.request", siret=siret)
        return signature(siret, environment, request, others=others)
    if result["etat"] in ("remplace", "revoque"):
        folder = request or files["certificate"]
        options = options_of(siret, environment, others=others)
        return text(f"cert.ended.{result['etat']}", siret=siret, folder=folder, options=options)
    if _expired(result, environment, now):
        return renewal(siret, environment, request, others=others)
    step = {"depose": "activate", "actif": "check"}.get(result["etat"], "deposit")
    return text(f"cert.next.{step}", options=options_of(siret, environment, deposit=step == "deposit", others=others))


def _expired(result: dict[str, Any], environment: str, now: dt.datetime | None) -> bool:
    """Whether the certificate has ended; on the embedded SI FPS, whose clock is its own, its word goes first."""
    if result["etat"] == "expire" or now is None:
        return bool(result["etat"] == "expire")
    served = environment == EMBEDDED and result["etat"] in _SERVES
    return not served and now > datetime.fromisoformat(result["fin"])
