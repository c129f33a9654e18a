"""Where an SI FPS listens: the local sandbox by its ready file, anything else by the profile's hosts."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from fpsctl.errors import LocalError
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from fpsctl.antai.profile_model import Profile

SANDBOX = "sandbox"
"""The environment that needs no host in the profile."""
PRODUCTION = "production"
"""The environment where nothing that is sent is a trial."""


class Endpoint(NamedTuple):
    """An SI FPS that can be called; `ca` None trusts what OpenSSL trusts on this machine."""

    environment: str
    url: str
    ca: Path | None
    management_url: str | None

    @property
    def host(self) -> str:
        """Name or address, without port."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """TCP port."""
        return urlsplit(self.url).port or 443

    @property
    def where(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"


def find_endpoint(profile: Profile, env: str, ready_file: Path) -> Endpoint:
    """Return the endpoint of an environment.

    Raises `LocalError`: `sandbox.absent` (no ready file), `sandbox.ready-file` (not one, or not of this
    machine), `env.unknown` (no such host in the profile), `env.url` (not an https address).
    """
    if env == SANDBOX:
        return _sandbox(ready_file)
    host = profile.hosts.get(env)
    if host is None:
        known = ", ".join([SANDBOX, *sorted(profile.hosts)])
        raise LocalError("env.unknown", env=env, profile=profile.profile, known=known)
    if not _address(host.url, "https"):
        raise LocalError("env.url", env=env, profile=profile.profile, url=host.url)
    return Endpoint(env, host.url.rstrip("/"), Path(host.ca) if host.ca else None, None)


def _sandbox(path: Path) -> Endpoint:
    try:
        ready = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise LocalError("sandbox.absent", path=path) from error
    except OSError as error:
        raise LocalError("sandbox.ready-file", path=path, detail=os_reason(error)) from error
    except ValueError as error:
        raise LocalError("sandbox.ready-file", path=path, detail="JSON") from error
    return Endpoint(
        SANDBOX,
        _local(path, ready, "url", "https"),
        path.parent / _entry(path, ready, "ca"),
        _local(path, ready, "management_url", "http"),
    )


def _entry(path: Path, ready: object, name: str) -> str:
    value = ready.get(name) if isinstance(ready, dict) else None
    if not isinstance(value, str) or not value:
        raise LocalError("sandbox.ready-file", path=path, detail=name)
    return value


def _local(path: Path, ready: object, name: str, scheme: str) -> str:
    """Return an address of this machine: the guards of other environments do not hold for the sandbox."""
    value = _entry(path, ready, name).rstrip("/")
    address = _address(value, scheme)
    if address is None or not _loopback(address.hostname or ""):
        raise LocalError("sandbox.ready-file", path=path, detail=f"{name} = {value}")
    return value


def _address(url: str, scheme: str) -> SplitResult | None:
    """Return the parts of a base address, None when it is not one."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == scheme and parts.hostname and parts.port != 0 and parts.hostname.encode("idna")
    except ValueError:
        return None
    odd = parts.query or parts.fragment or parts.username is not None
    return parts if usable and not odd else None


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
