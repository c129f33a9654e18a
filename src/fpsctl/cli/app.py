"""The root of the command line and its only error boundary.

`--version` answers before anything heavy is imported; each group is imported when the program is built,
and what a command needs when it runs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

    from fpsctl.errors import FpsctlError


def main(argv: Sequence[str] | None = None) -> int:
    """Run fpsctl and return its exit code; nothing else ends the process."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args == ["--version"]:
        from fpsctl import __version__

        sys.stdout.write(f"fpsctl {__version__}\n")
        return 0
    _use_language(args)
    try:
        return _run(args)
    except BrokenPipeError:
        # The reader went away (`| head`): not an error, and Python must not complain while it ends.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return _fail(args, "interrupted", 130)


def _run(args: list[str]) -> int:
    import typer

    from fpsctl.cli.exits import Exit, of_error
    from fpsctl.errors import FpsctlError, InternalError, UsageError

    try:
        code = build(args[0] if args else "")(args=args, prog_name="fpsctl", standalone_mode=False)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(error.format_message() + "\n")
            return Exit.USAGE
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "fpsctl"
        return _report(args, UsageError("usage.invalid", detail=error.format_message(), command=command), Exit.USAGE)
    except typer.Abort:
        return _fail(args, "interrupted", Exit.INTERRUPTED)
    except FpsctlError as error:
        _trace(args)
        return _report(args, error, of_error(error))
    except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is our bug
        _trace(args)
        return _report(args, InternalError("internal", detail=f"{type(error).__name__}: {error}"), Exit.BUG)
    return int(code or 0)


GROUPS = ("number", "collectivite", "simulate", "demo")
"""The modules of `cli` that hold commands, in the order of the help."""


def build(first: str = "") -> typer.Typer:
    """Return the command tree in the language in use; only its branch when the first word names one (start-up)."""
    import typer

    from fpsctl.texts import text

    app = typer.Typer(
        name="fpsctl",
        help=text("help.root"),
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        epilog=text("ui.synthetic"),
    )

    @app.callback()
    def root(
        *,
        version: bool = typer.Option(False, "--version", help=text("help.version")),
        lang: str = typer.Option("", "--lang", metavar="fr|en", help=text("help.lang")),
        debug: bool = typer.Option(False, "--debug", help=text("help.debug")),
    ) -> None:
        """Take the options that stand before any command; `main` has read them already."""

    for name in [first] if first in GROUPS else GROUPS:
        import_module(f"fpsctl.cli.{name}").register(app)
    return app


def _use_language(args: list[str]) -> None:
    from fpsctl.texts import choose_language, use_language

    asked = next((arg.partition("=")[2] for arg in args if arg.startswith("--lang=")), None)
    if "--lang" in args[:-1]:
        asked = args[args.index("--lang") + 1]
    use_language(choose_language(asked))


def _wants_json(args: list[str]) -> bool:
    joined = " ".join(args)
    return any(form in f" {joined} " for form in (" -o json ", " --output json ", " --output=json ", " -ojson "))


def _trace(args: list[str]) -> None:
    if "--debug" in args:
        import traceback

        traceback.print_exc()


def _fail(args: list[str], code: str, status: int) -> int:
    from fpsctl.errors import FpsctlError

    return _report(args, FpsctlError(code), status)


def _report(args: list[str], error: FpsctlError, status: int) -> int:
    """Print an error once: a line and the next thing to type, or the JSON envelope."""
    from fpsctl.render.envelope import error_envelope
    from fpsctl.render.errors import error_lines

    if _wants_json(args):
        sys.stdout.write(error_envelope(_command(args), error))
    else:
        sys.stderr.write("".join(f"{line}\n" for line in error_lines(error)))
    return status


def _command(args: list[str]) -> str:
    words = []
    for arg in args:
        if arg.startswith("-"):
            break
        words.append(arg)
    return " ".join(words[:2])
