"""What the commands that drive the embedded SI FPS share: where it is, and how its clock moves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fpsctl.errors import LocalError, UsageError
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from pathlib import Path

    from fpsctl.sandbox.control import Control


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


def certificate_target(path: Path) -> Path:
    """Return where a certificate may be written: nowhere, or over another; raises `LocalError` (`sandbox.target`)."""
    if path.exists() and not _is_certificate(path):
        raise LocalError("sandbox.target", path=path)
    return path


def _is_certificate(path: Path) -> bool:
    content = read_input(path) if path.is_file() else b""
    return b"-----BEGIN CERTIFICATE-----" in content and b"PRIVATE KEY" not in content
