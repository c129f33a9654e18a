"""`fpsctl avis`: the notices as the SI FPS has them printed."""

from __future__ import annotations

from typing import Annotated

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
    Strict,
    WorkspaceDir,
)
from fpsctl.texts import language, text

Numero = Annotated[str, typer.Argument(metavar="NUMERO", help=text("help.numero"))]
SiretOfNumber = Annotated[
    str, typer.Option("--siret", envvar="FPSCTL_SIRET", metavar="SIRET", help=text("help.avis.siret"))
]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.avis"), no_args_is_help=True, rich_markup_mode=None)
    group.command("show", help=text("help.avis.show"))(show)
    app.add_typer(group, name="avis")


def show(
    numero: Numero,
    siret: SiretOfNumber = "",
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
    """Retrieve the print request of a notice and show its mentions."""
    from fpsctl.antai.reserve import described
    from fpsctl.avis.retrieval import retrieve
    from fpsctl.cli.inputs import usage_numero, usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.cli.session import Who, prepare
    from fpsctl.render.avis import avis_lines

    asked = usage_numero(numero)
    who = Who(certificate, key, passphrase_file)
    session = prepare(usage_siret(siret or asked.siret), who, workspace, profile, env, sandbox)
    with session.client() as si_fps:
        impression, findings = retrieve(si_fps, session.siret, asked)
    result = impression.model_dump(mode="json") | {"profile": described(session.profile, language())}
    return emit("avis show", output, result, lambda: avis_lines(result, findings), findings=findings, strict=strict)
