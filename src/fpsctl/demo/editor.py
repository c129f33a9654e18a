"""The self-certification of the reference editor, whose source is left for the reader."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fpsctl
from fpsctl.conformance import Order, certify
from fpsctl.render.envelope import envelope
from fpsctl.render.junit import junit
from fpsctl.render.page import write_file
from fpsctl.resources import DATA
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.clock import Clock

_NAME = "reference-editor"


def source() -> Path:
    """Return the folder of the reference editor: beside the data once installed, in `examples/` of a checkout."""
    shipped = DATA / _NAME
    return shipped if shipped.is_dir() else Path(fpsctl.__file__).parents[2] / "examples" / _NAME


def self_certify(folder: Path, clock: Clock) -> tuple[str, dict[str, Any]]:
    """Copy the editor into `folder`, certify it, write the reports there. Raises `LocalError`."""
    editor = folder / _NAME
    shutil.copytree(source(), editor, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    done = certify(Order(f"exec:{command(editor)}"), clock)
    passed = sum(finding.outcome.value == "pass" for finding in done.findings)
    ok = passed == len(done.findings)
    write_file(folder / "conformance.json", envelope("conformance run", done.result, done.findings, ok=ok))
    write_file(folder / "conformance.xml", junit(done.result, done.seconds))
    summary = {"passed": passed, "cases": len(done.findings)}
    return text("demo.certification", **summary), summary


def command(editor: Path) -> str:
    """Return the command line that runs the editor, with the Python that runs this."""
    return shlex.join([sys.executable, str(editor / "adapter.py")])
