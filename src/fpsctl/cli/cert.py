"""`fpsctl cert`: the certificate of a town, from its request to its activation."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fpsctl.cli.options import (
    HERE,
    READY_FILE,
    SANDBOX_ENV,
    Confirm,
    Env,
    Form,
    Output,
    PassphraseFile,
    Profile,
    Sandbox,
    SiretOption,
    WorkspaceDir,
)
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.antai.client import SiFps
    from fpsctl.antai.reserve import Interface
    from fpsctl.certificate.service import Connect
    from fpsctl.certificate.store import TownFiles


class KeyKind(StrEnum):
    """What key is made."""

    RSA3072 = "rsa3072"
    EC256 = "ec256"


Organisation = Annotated[str, typer.Option("--organisation", metavar="NAME", help=text("help.cert.organisation"))]
Name = Annotated[str, typer.Option("--name", metavar="CN", help=text("help.cert.name"))]
NewKey = Annotated[KeyKind, typer.Option("--key", help=text("help.cert.key.kind"))]
Certificate = Annotated[Path | None, typer.Option("--certificate", metavar="FILE", help=text("help.cert.certificate"))]
Key = Annotated[Path | None, typer.Option("--key", metavar="FILE", help=text("help.cert.key"))]
Local = Annotated[bool, typer.Option("--local", help=text("help.cert.local"))]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.cert"), no_args_is_help=True, rich_markup_mode=None)
    group.command("request", help=text("help.cert.request"))(request)
    group.command("deposit", help=text("help.cert.deposit"))(deposit)
    group.command("activate", help=text("help.cert.activate"))(activate)
    group.command("status", help=text("help.cert.status"))(status)
    app.add_typer(group, name="cert")


def request(
    siret: SiretOption,
    organisation: Organisation = "",
    name: Name = "",
    key: NewKey = KeyKind.RSA3072,
    passphrase_file: PassphraseFile = None,
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
) -> int:
    """Make a key and its request."""
    from fpsctl.certificate import service
    from fpsctl.cli.inputs import town_name, usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.pki import read_passphrase
    from fpsctl.render.certificate import certificate_lines

    files = _files(workspace, usage_siret(siret))
    named = organisation or town_name(workspace, files.siret)
    secret = read_passphrase(passphrase_file)
    result = service.request(files, named, name or f"FPS {files.siret}", key.value, secret)
    return emit("cert request", output, result, lambda: certificate_lines(result, "request"))


def deposit(
    siret: SiretOption,
    certificate: Certificate = None,
    key: Key = None,
    passphrase_file: PassphraseFile = None,
    env: Env = SANDBOX_ENV,
    sandbox: Sandbox = READY_FILE,
    profile: Profile = "public",
    confirm: Confirm = "",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
) -> int:
    """Judge a certificate and deposit it."""
    from fpsctl.antai import load_profile
    from fpsctl.certificate.material import Given
    from fpsctl.certificate.service import deposit as run
    from fpsctl.cli.inputs import confirmed
    from fpsctl.cli.output import emit
    from fpsctl.clock import SystemClock
    from fpsctl.pki import read_passphrase
    from fpsctl.render.certificate import certificate_lines

    files = _files(workspace, confirmed(env, siret, confirm))
    given = Given(certificate, key, read_passphrase(passphrase_file), load_profile(profile).certificate_rules)
    connect, interface = _connect(env, sandbox, profile), _described(profile)
    result, findings, error = run(files, connect, SystemClock().now(), given=given, environment=env)
    done = "ended" if error else "deposit" if result["deposited"] else "stopped"
    lines = certificate_lines(result, done, findings, others=_others(profile, sandbox, workspace))
    return emit("cert deposit", output, result | {"profile": interface}, lambda: lines, findings=findings, error=error)


def activate(
    siret: SiretOption,
    env: Env = SANDBOX_ENV,
    sandbox: Sandbox = READY_FILE,
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
) -> int:
    """Have a certificate activated."""
    from fpsctl.certificate import service
    from fpsctl.cli.convention import place_of
    from fpsctl.cli.embedded import control_of
    from fpsctl.cli.output import emit
    from fpsctl.render.certificate import certificate_lines

    files = _files(workspace, place_of(siret, env, sandbox, profile, workspace).siret)
    with control_of(sandbox) if env == SANDBOX_ENV else nullcontext() as control:
        result = service.activate(files, control, environment=env)
    lines = certificate_lines(result, "activate", others=_others(profile, sandbox, workspace))
    return emit("cert activate", output, result, lambda: lines)


def status(
    siret: SiretOption,
    passphrase_file: PassphraseFile = None,
    local: Local = False,
    env: Env = SANDBOX_ENV,
    sandbox: Sandbox = READY_FILE,
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
) -> int:
    """Show how far a certificate is."""
    from fpsctl.certificate import service
    from fpsctl.cli.inputs import usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.clock import SystemClock
    from fpsctl.pki import read_passphrase
    from fpsctl.render.certificate import certificate_lines

    connect = None if local else _connect(env, sandbox, profile)
    files, secret = _files(workspace, usage_siret(siret)), read_passphrase(passphrase_file)
    result, findings, _ = service.status(files, connect, passphrase=secret, environment=env)
    result["profile"] = None if local else _described(profile)
    others = _others(profile, sandbox, workspace)
    lines = certificate_lines(result, "status", findings, now=SystemClock().now(), others=others)
    return emit("cert status", output, result, lambda: lines, findings=findings)


def _described(profile: str) -> Interface:
    """Return what a result says of the interface it was made on."""
    from fpsctl.antai import load_profile
    from fpsctl.antai.reserve import described
    from fpsctl.texts import language

    return described(load_profile(profile), language())


def _others(profile: str, sandbox: Path, workspace: Path) -> str:
    """Return the options that the next command needs as much as this one did: those that were not left as they are."""
    import shlex

    given = {"--profile": (profile, "public"), "--sandbox": (sandbox, READY_FILE), "--workspace": (workspace, HERE)}
    return "".join(f" {name} {shlex.quote(str(now))}" for name, (now, usual) in given.items() if now != usual)


def _files(workspace: Path, siret: str) -> TownFiles:
    from fpsctl.certificate.store import TownFiles

    return TownFiles(workspace, siret)


def _connect(env: str, sandbox: Path, profile: str) -> Connect:
    """Return what opens a session, once the local rules have passed."""

    def connect(certificate: Path, key: Path, passphrase: str | None) -> SiFps:
        from fpsctl.antai import load_profile
        from fpsctl.antai.client import Identity, SiFps
        from fpsctl.antai.endpoint import find_endpoint
        from fpsctl.cli.session import warn_of_other

        known = load_profile(profile)
        endpoint = find_endpoint(known, env, sandbox)
        warn_of_other(known, env, sandbox)
        return SiFps(endpoint, known, Identity(certificate, key, passphrase))

    return connect
