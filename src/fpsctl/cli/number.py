"""`fpsctl number`: notice numbers explained and made. Light: no YAML, no HTTP, no cryptography."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from fpsctl.cli.options import Form, Output, SiretOption, Strict
from fpsctl.identifiers import SIMULATION_TERMINALS
from fpsctl.texts import text

Numero = Annotated[str, typer.Argument(metavar="NUMERO", help=text("help.numero"))]
Constat = Annotated[str, typer.Option("--constat", metavar="DATE", help=text("help.numero.constat"))]
Key = Annotated[str, typer.Option("--key-algorithm", metavar="NAME", help=text("help.key-algorithm"))]
ProfileName = Annotated[
    str, typer.Option("--profile", envvar="FPSCTL_PROFILE", metavar="NAME", help=text("help.profile"))
]


def register(app: typer.Typer) -> None:
    """Add the group to the root."""
    group = typer.Typer(help=text("help.number"), no_args_is_help=True, rich_markup_mode=None)
    group.command("parse", help=text("help.number.parse"))(parse)
    group.command("make", help=text("help.number.make"))(make)
    app.add_typer(group, name="number")


def parse(
    numero: Numero,
    constat: Constat = "",
    key: Key = "",
    profile: ProfileName = "",
    output: Output = Form.TEXT,
    strict: Strict = False,
) -> int:
    """Explain a number."""
    from fpsctl.cli.inputs import key_rule, usage_day

    return _answer("number parse", numero, usage_day("--constat", constat), key_rule(key, profile), output, strict)


def make(
    siret: SiretOption,
    constat: Annotated[str, typer.Option("--constat", metavar="DATE", help=text("help.make.constat"))] = "",
    etabli: Annotated[str, typer.Option("--etabli", metavar="DATE", help=text("help.make.etabli"))] = "",
    autorite: Annotated[int, typer.Option("--autorite", min=0, max=9, help=text("help.make.autorite"))] = 1,
    terminal: Annotated[
        int, typer.Option("--terminal", min=0, max=999, help=text("help.make.terminal"))
    ] = SIMULATION_TERMINALS[0],
    ordre: Annotated[int, typer.Option("--ordre", min=0, max=999, help=text("help.make.ordre"))] = 1,
    key: Key = "",
    profile: ProfileName = "",
    output: Output = Form.TEXT,
) -> int:
    """Make a number and explain it."""
    from fpsctl.cli.inputs import as_usage, key_rule, today, usage_day, usage_siret
    from fpsctl.errors import UsageError
    from fpsctl.identifiers import NumeroFps

    found = usage_day("--constat", constat) or today()
    drawn = usage_day("--etabli", etabli) or found
    if drawn < found:
        raise UsageError("usage.drawn-before", found=found, drawn=drawn)
    if drawn.year > found.year + 1:
        raise UsageError("usage.drawn-late", found=found, drawn=drawn)
    fields = {"jour": drawn.timetuple().tm_yday, "autorite": autorite, "terminal": terminal, "ordre": ordre}
    with as_usage():
        numero = NumeroFps.make(usage_siret(siret), annee=found.year, **fields)
    return _answer("number make", numero, found, key_rule(key, profile), output, False)


def _answer(
    command: str, value: str, constat: dt.date | None, rule: tuple[str, str], output: Form, strict: bool
) -> int:
    from fpsctl.antai.numero import explain, judge, reserved
    from fpsctl.cli.inputs import as_usage
    from fpsctl.cli.output import emit
    from fpsctl.render.number import number_lines

    with as_usage():
        result, findings = explain(value, rule, constat), judge(value, rule, constat)
        if command == "number make":
            findings = (*findings, reserved(value))
    return emit(command, output, result, lambda: number_lines(result, findings), findings=findings, strict=strict)
