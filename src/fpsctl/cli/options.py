"""Options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fpsctl.texts import text


class Form(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"


Output = Annotated[Form, typer.Option("--output", "-o", help=text("help.output"))]
Strict = Annotated[bool, typer.Option("--strict", help=text("help.strict"))]
WorkspaceDir = Annotated[
    Path, typer.Option("--workspace", "-C", envvar="FPSCTL_WORKSPACE", metavar="FOLDER", help=text("help.workspace"))
]
Profile = Annotated[str, typer.Option("--profile", envvar="FPSCTL_PROFILE", metavar="NAME", help=text("help.profile"))]
SiretOption = Annotated[str, typer.Option("--siret", envvar="FPSCTL_SIRET", metavar="SIRET", help=text("help.siret"))]
Env = Annotated[str, typer.Option("--env", envvar="FPSCTL_ENV", metavar="NAME", help=text("help.env"))]
Sandbox = Annotated[
    Path, typer.Option("--sandbox", envvar="FPSCTL_SANDBOX", metavar="FILE", help=text("help.sandbox.file"))
]
Confirm = Annotated[str, typer.Option("--confirm", metavar="SIRET", help=text("help.confirm"))]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", metavar="FILE", help=text("help.passphrase-file"))
]
CertificateFile = Annotated[
    Path | None, typer.Option("--certificate", metavar="FILE", help=text("help.certificate-file"))
]
KeyFile = Annotated[Path | None, typer.Option("--key", metavar="FILE", help=text("help.key-file"))]

HERE = Path()
SANDBOX_ENV = "sandbox"
READY_FILE = Path("fpsctl-sandbox", "ready.json")
