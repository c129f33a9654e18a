"""What the commands that call an SI FPS share: where it is, by which profile, and as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fpsctl.antai.client import Identity, SiFps
    from fpsctl.antai.endpoint import Endpoint
    from fpsctl.antai.profile_model import Profile
    from fpsctl.identifiers import Siret


class Who(NamedTuple):
    """The files of the caller, each None where the workspace has it."""

    certificate: Path | None
    key: Path | None
    passphrase_file: Path | None


class Session(NamedTuple):
    """All that a client needs."""

    siret: Siret
    endpoint: Endpoint
    profile: Profile
    identity: Identity

    def client(self) -> SiFps:
        """Return a client; raises `LocalError` (`cert.*`)."""
        from fpsctl.antai.client import SiFps

        return SiFps(self.endpoint, self.profile, self.identity)


def prepare(siret: Siret, who: Who, workspace: Path, profile: str, env: str, sandbox: Path) -> Session:
    """Return what a client needs; nothing is sent.

    Raises `LocalError`: `profile.*`, `env.*`, `sandbox.*`, `cert.none`, `cert.passphrase.*`.
    """
    from fpsctl.antai import load_profile
    from fpsctl.antai.endpoint import find_endpoint

    loaded = load_profile(profile)
    endpoint = find_endpoint(loaded, env, sandbox)
    warn_of_other(loaded, env, sandbox)
    return Session(siret, endpoint, loaded, _identity(siret, who, workspace))


def warn_of_other(profile: Profile, env: str, sandbox: Path) -> None:
    """Say on stderr that the sandbox speaks another interface than the one in use: nothing that follows can fit."""
    from fpsctl.antai.endpoint import SANDBOX

    spoken = _spoken(sandbox) if env == SANDBOX else {}
    if spoken.get("digest") in (None, profile.digest):
        return
    from fpsctl.render.terminal import note
    from fpsctl.texts import text

    names = {"spoken": f"{spoken.get('id')} {spoken.get('version')}", "used": f"{profile.profile} {profile.version}"}
    note(f"[sandbox.other-profile] {text('sandbox.other-profile', path=sandbox, **names)}")


def _spoken(ready_file: Path) -> Mapping[str, object]:
    """Return the interface that a ready file names; nothing when it names none."""
    import json

    try:
        spoken = json.loads(ready_file.read_bytes()).get("profile")
    except (OSError, ValueError, AttributeError):
        return {}
    return spoken if isinstance(spoken, dict) else {}


def _identity(siret: Siret, who: Who, workspace: Path) -> Identity:
    from fpsctl.antai.client import Identity
    from fpsctl.certificate.store import TownFiles
    from fpsctl.pki import read_passphrase

    certificate, key = who.certificate, who.key
    if certificate is None or key is None:
        pair = TownFiles(workspace, siret).pair()
        certificate, key = certificate or pair.certificate, key or pair.key
    return Identity(certificate, key, read_passphrase(who.passphrase_file))
