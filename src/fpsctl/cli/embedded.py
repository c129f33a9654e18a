"""What the commands that drive the embedded SI FPS share: where it is, and how its clock moves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fpsctl.errors import LocalError, Refused, UsageError
from fpsctl.identifiers import Siret
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from pathlib import Path

    from fpsctl.sandbox.control import Control

_SIRET = 14  # digits


def control_of(ready_file: Path) -> Control:
    """Return the control of the sandbox that wrote this ready file; raises `LocalError` (`sandbox.absent`...)."""
    from fpsctl.antai import load_profile
    from fpsctl.antai.endpoint import SANDBOX, find_endpoint
    from fpsctl.sandbox.control import Control

    return Control(find_endpoint(load_profile("public"), SANDBOX, ready_file).management_url or "")


def clock_move(at: str, advance: str, *, following: bool) -> dict[str, str | bool]:
    """Return the one move that was asked for, none to look only.

    Raises `UsageError`: `usage.clock`, `date.*`, `duree.*`. Whether a local time exists, the town's zone tells.
    """
    from fpsctl.cli.inputs import as_usage
    from fpsctl.simulation.moments import Duration, read_moment

    asked: dict[str, str | bool] = {"at": at, "avance": advance, "prochain": following}
    moves: dict[str, str | bool] = {name: value for name, value in asked.items() if value}
    if len(moves) > 1:
        raise UsageError("usage.clock")
    with as_usage():
        if at:
            read_moment(at, ZoneInfo("UTC"))
        if advance:
            Duration.parse(advance)
    return moves


def read_input(path: Path) -> bytes:
    """Return a file that was named on the command line; raises `LocalError` (`input.unreadable`)."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError("input.unreadable", path=path, detail=os_reason(error)) from error


def read_request(path: Path) -> tuple[bytes, Siret | None]:
    """Return a certificate request (PEM, and nothing else that its file holds) and the SIRET that it names, if any.

    Judged before it is sent: raises `LocalError` (`input.unreadable`, `sandbox.sign.private-key`, `csr.*`).
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    from fpsctl.pki.certificate import siren_ids
    from fpsctl.pki.csr import read_csr

    try:
        request = read_csr(read_input(path))
    except Refused as error:
        if error.code == "csr.cle-privee":
            raise LocalError("sandbox.sign.private-key", path=path) from error
        raise LocalError(error.code, **error.params) from error
    named = [found for found in siren_ids(request.subject) if len(found) == _SIRET]
    return request.public_bytes(Encoding.PEM), Siret(named[0]) if named else None


def new_certificate(path: Path, csr: Path, siret: str | None) -> Path:
    """Return where a certificate is to be written; raises `LocalError` (`sandbox.sign.exists`: something is there)."""
    if os.path.lexists(path):
        raise LocalError("sandbox.sign.exists", path=path, csr=csr, siret=siret or "SIRET")
    return path
