"""`fpsctl sandbox`: the embedded SI FPS, its test certificates, its clocks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fpsctl.cli.options import READY_FILE, Form, Output, Profile, Sandbox, SiretOption
from fpsctl.texts import text

Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help=text("help.sandbox.port"))]
State = Annotated[Path, typer.Option("--state", metavar="FOLDER", help=text("help.sandbox.state"))]
ReadyFile = Annotated[Path | None, typer.Option("--ready-file", metavar="FILE", help=text("help.sandbox.ready-file"))]
ClientCa = Annotated[list[Path] | None, typer.Option("--client-ca", metavar="PEM", help=text("help.sandbox.client-ca"))]
WithParent = Annotated[bool, typer.Option("--with-parent", hidden=True, help=text("help.sandbox.with-parent"))]
Csr = Annotated[Path, typer.Argument(metavar="CSR", help=text("help.sandbox.csr"))]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help=text("help.sandbox.out"))]
SignSiret = Annotated[str, typer.Option("--siret", metavar="SIRET", help=text("help.sandbox.siret.sign"))]
At = Annotated[str, typer.Option("--at", metavar="INSTANT", help=text("help.sandbox.at"))]
Advance = Annotated[str, typer.Option("--advance", metavar="DURATION", help=text("help.sandbox.advance"))]
Next = Annotated[bool, typer.Option("--next", help=text("help.sandbox.next"))]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.sandbox"), no_args_is_help=True, rich_markup_mode=None)
    group.command("serve", help=text("help.sandbox.serve"))(serve)
    group.command("sign", help=text("help.sandbox.sign"))(sign)
    group.command("clock", help=text("help.sandbox.clock"))(clock)
    app.add_typer(group, name="sandbox")


def serve(
    port: Port = 0,
    state: State = READY_FILE.parent,
    ready_file: ReadyFile = None,
    client_ca: ClientCa = None,
    profile: Profile = "public",
    with_parent: WithParent = False,
    output: Output = Form.TEXT,
) -> int:
    """Serve until told to stop."""
    from fpsctl.antai import load_profile
    from fpsctl.cli.output import announce
    from fpsctl.clock import SystemClock
    from fpsctl.render.sandbox import ready_lines
    from fpsctl.sandbox.serve import Ready, Settings
    from fpsctl.sandbox.serve import serve as run

    settings = Settings(state, load_profile(profile), port, ready_file, tuple(client_ca or ()), with_parent)

    def tell(ready: Ready) -> None:
        announce("sandbox serve", output, ready._asdict(), lambda: ready_lines(ready._asdict(), state))

    run(settings, SystemClock(), tell)
    return 0


def sign(
    csr: Csr, out: Out = None, siret: SignSiret = "", sandbox: Sandbox = READY_FILE, output: Output = Form.TEXT
) -> int:
    """Sign a request."""
    from fpsctl.cli.embedded import control_of, new_certificate, read_request
    from fpsctl.cli.inputs import usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.render.sandbox import signed_lines
    from fpsctl.workspace import write_whole

    given = usage_siret(siret) if siret else None
    request, named = read_request(csr)
    target = new_certificate(out or csr.with_name("certificate.pem"), csr, given or named)
    with control_of(sandbox) as control:
        write_whole(target, control.sign(request, given or named))
    return emit("sandbox sign", output, {"certificate": str(target)}, lambda: signed_lines(target))


def clock(
    siret: SiretOption,
    at: At = "",
    advance: Advance = "",
    next_: Next = False,
    sandbox: Sandbox = READY_FILE,
    output: Output = Form.TEXT,
) -> int:
    """Show a clock, or move it."""
    from fpsctl.cli.embedded import clock_move, control_of
    from fpsctl.cli.inputs import usage_siret
    from fpsctl.cli.output import emit
    from fpsctl.render.sandbox import clock_lines

    town, move = usage_siret(siret), clock_move(at, advance, following=next_)
    with control_of(sandbox) as control:
        result = control.set_clock(town, **move) if move else control.horloge(town)
    return emit("sandbox clock", output, result, lambda: clock_lines(result))
