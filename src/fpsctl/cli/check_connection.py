"""`fpsctl check-connection`: the connection to the SI FPS, stage by stage, with one diagnosis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fpsctl.cli.options import (
    HERE,
    READY_FILE,
    SANDBOX_ENV,
    CertificateFile,
    Env,
    Form,
    KeyFile,
    Output,
    PassphraseFile,
    Profile,
    Sandbox,
    SiretOption,
    Strict,
    WorkspaceDir,
)
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.connection import Checked


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("check-connection", help=text("help.check-connection"))(check_connection)


def check_connection(
    siret: SiretOption,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    env: Env = SANDBOX_ENV,
    sandbox: Sandbox = READY_FILE,
    profile: Profile = "public",
    workspace: WorkspaceDir = HERE,
    output: Output = Form.TEXT,
    strict: Strict = False,
) -> int:
    """Check the connection."""
    from fpsctl.cli.inputs import usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.cli.session import Who, prepare
    from fpsctl.clock import SystemClock
    from fpsctl.connection import Asked, check_connection
    from fpsctl.render.connection import connection_lines

    who = Who(certificate, key, passphrase_file)
    asked = Asked(*prepare(usage_siret(siret), who, workspace, profile, env, sandbox), SystemClock())
    checked = check_connection(asked)
    _remember(checked, workspace)
    result, found = checked.result, checked.findings
    lines = connection_lines(result, found, checked.briefs)
    return emit("check-connection", output, result, lambda: lines, findings=found, strict=strict, error=checked.error)


def _remember(checked: Checked, workspace: Path) -> None:
    """Write a success down in the workspace, for `readiness`; the embedded SI FPS keeps its own record."""
    from fpsctl.pki import read_chain
    from fpsctl.raccordement import legal_day
    from fpsctl.readiness.ledger import keep_check
    from fpsctl.workspace import Workspace

    asked = checked.asked
    if checked.front is None or checked.error is not None or asked.endpoint.environment == SANDBOX_ENV:
        return
    leaf = read_chain(asked.identity.certificate.read_bytes())[0]
    day = legal_day(asked.clock.now())
    keep_check(Workspace(workspace), asked.siret, asked.endpoint.environment, day, leaf.empreinte)
