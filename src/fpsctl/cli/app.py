"""The root of the command line and its only error boundary.

`--version` answers before anything heavy is imported; each group is imported when the program is built,
and what a command needs when it runs.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from fpsctl.cli.signals import terminable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    import typer

    from fpsctl.cli.exits import Exit
    from fpsctl.errors import FpsctlError


def main(argv: Sequence[str] | None = None) -> int:
    """Run fpsctl and return its exit code; nothing else ends the process."""
    words = list(sys.argv[1:] if argv is None else argv)
    _open_streams()
    try:
        with terminable():
            code = _start(words)
            sys.stdout.flush()
    except BrokenPipeError:
        _drop(sys.stdout)  # the reader went away (`| head`): not an error
        return _exits().OK
    except OSError as error:
        _drop(sys.stdout)
        return _unwritable(words, error)
    except KeyboardInterrupt:
        return _fail(words, "interrupted", _exits().INTERRUPTED)
    return code


def _exits() -> type[Exit]:
    from fpsctl.cli.exits import Exit

    return Exit


def _start(words: list[str]) -> int:
    """Take the options that may stand anywhere, then run the rest."""
    args, lang, debug = _global_options(words)
    if args == ["--version"]:
        from fpsctl import __version__

        sys.stdout.write(f"fpsctl {__version__}\n")
        return 0
    from fpsctl.texts import LANGUAGES, choose_language, use_language

    use_language(choose_language(lang))
    if lang is not None and lang not in LANGUAGES:
        from fpsctl.errors import UsageError

        return _report(args, UsageError("usage.lang", value=lang, known=", ".join(LANGUAGES)), _exits().USAGE)
    return _run(args, debug=debug)


def _global_options(words: list[str]) -> tuple[list[str], str | None, bool]:
    """Return the command line without `--lang` and `--debug`, and their values."""
    args, lang, debug, rest = [], None, False, iter(words)
    for word in rest:
        if word == "--lang":
            lang = next(rest, "")
        elif word.startswith("--lang="):
            lang = word.partition("=")[2]
        elif word == "--debug":
            debug = True
        else:
            args.append(word)
    return args, lang, debug


def _run(args: list[str], *, debug: bool) -> int:
    import typer

    from fpsctl.cli.exits import Exit, of_error
    from fpsctl.errors import FpsctlError, InternalError

    try:
        code = int(build(args[0] if args else "")(args=args, prog_name="fpsctl", standalone_mode=False) or 0)
    except typer.TyperException as error:
        return _usage(args, error)
    except typer.Abort:
        return _fail(args, "interrupted", Exit.INTERRUPTED)
    except SystemExit as error:
        # Typer ends the process by itself in one case only, a reader that went away: for us no error.
        raise BrokenPipeError from error
    except FpsctlError as error:
        _trace(debug=debug)
        return _report(args, error, of_error(error))
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is our bug
        _trace(debug=debug)
        return _report(args, InternalError("internal", detail=f"{type(error).__name__}: {error}"), Exit.BUG)
    # Typer turns an interruption into its code without a word.
    return _fail(args, "interrupted", code) if code == Exit.INTERRUPTED else code


def _usage(args: list[str], error: typer.TyperException) -> int:
    from fpsctl.cli.exits import Exit
    from fpsctl.cli.words import usage_error

    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(error.format_message() + "\n")
        return Exit.USAGE
    return _report(args, usage_error(error), Exit.USAGE)


GROUPS = (
    "number",
    "collectivite",
    "simulate",
    "convention",
    "cert",
    "check_connection",
    "readiness",
    "avis",
    "sandbox",
    "profile",
    "conformance",
    "lint",
    "convert",
    "schema",
    "demo",
)
"""The modules of `cli` that hold commands, in the order of the help."""

ALONE = ("check-connection", "readiness", "lint", "convert", "demo")
"""The commands of one word: what follows is an argument."""


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

    module = first.replace("-", "_")
    for name in [module] if module in GROUPS else GROUPS:
        import_module(f"fpsctl.cli.{name}").register(app)
    return app


def _wants_json(args: list[str]) -> bool:
    joined = " ".join(args)
    return any(form in f" {joined} " for form in (" -o json ", " --output json ", " --output=json ", " -ojson "))


def _trace(*, debug: bool) -> None:
    if debug:
        import traceback

        traceback.print_exc()


def _open_streams() -> None:
    """Give a closed stdout or stderr somewhere to write, so that closing one hides nothing else."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as the process
        elif (stream := getattr(sys, name)).encoding.lower().replace("-", "") != "utf8":
            with suppress(AttributeError):  # a stream of a test, which has its own encoding
                stream.reconfigure(errors="replace")


def _drop(stream: TextIO) -> None:
    """Point a stream that cannot be written at nothing: Python would complain when it flushes at the end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _unwritable(words: list[str], error: OSError) -> int:
    from fpsctl.cli.exits import Exit
    from fpsctl.errors import LocalError
    from fpsctl.validation import os_reason

    told = LocalError("output.unwritable", path=error.filename or "stdout", detail=os_reason(error))
    with suppress(OSError):
        return _report([word for word in words if word != "json"], told, Exit.LOCAL)
    _drop(sys.stderr)
    return Exit.LOCAL


def _fail(args: list[str], code: str, status: int) -> int:
    from fpsctl.errors import FpsctlError

    return _report(args, FpsctlError(code), status)


def _report(args: list[str], error: FpsctlError, status: int) -> int:
    """Print an error once: a line and the next thing to type, or the JSON envelope."""
    from fpsctl.cli.output import tell, write_json
    from fpsctl.render.envelope import error_envelope

    if _wants_json(args):
        write_json(error_envelope(_command(args), error))
    else:
        tell(error)
    return int(status)


def _command(args: list[str]) -> str:
    words = []
    for arg in args:
        if arg.startswith("-"):
            break
        words.append(arg)
    return " ".join(words[: 1 if words and words[0] in ALONE else 2])
