"""One line a call of the traffic log: what was asked, by whom, what was answered; never a private key."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    from fpsctl.antai import Decoded
    from fpsctl.sandbox.problems import Answer

_SECRET = re.compile(rb"PRIVATE(\s|\\[nrt])+KEY", re.IGNORECASE)
WITHHELD = "(private key withheld)"
_MOST_KEPT = 64 * 1024


def line(
    *,
    operation: str,
    method: str,
    path: str,
    empreinte: str,
    body: bytes,
    decoded: Decoded | None,
    answer: Answer,
    instants: tuple[dt.datetime | None, dt.datetime],
) -> dict[str, Any]:
    """Return the line; `instants` are the SIRET's and the machine's."""
    message = None if decoded is None else decoded.message
    business, machine = instants
    return {
        "operation": operation,
        "methode": method,
        "chemin": path,
        "empreinte": empreinte,
        "statut": answer.status,
        "code": answer.code or None,
        "instant": business and business.isoformat(),
        "recu_le": machine.isoformat(),
        "corps": readable(body),
        "message": message and message.model_dump(mode="json"),
        "remarques": [] if decoded is None else [f"{item.id}: {item.detail}" for item in decoded.findings],
        "reponse": readable(answer.body),
    }


def readable(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return a body as JSON, as text when it is not, None when there is none; a private key is withheld."""
    if not body:
        return None
    if _SECRET.search(body):
        return WITHHELD
    if len(body) > _MOST_KEPT:
        return f"({len(body)} bytes)"
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
