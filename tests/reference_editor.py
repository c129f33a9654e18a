"""The reference editor as tests use it: in this process, as it is or with a fault put into its source."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from fpsctl.conformance.adapter import Ended

FOLDER = Path(__file__).parents[1] / "examples" / "reference-editor"
COMMAND = f"exec:{sys.executable} {FOLDER / 'adapter.py'}"
_MODULES = ("avis", "sifps", "store", "adapter")


class InProcess:
    """Stands for `Adapter`: calls the program's `answer` without starting anything."""

    last = Ended()

    def __init__(self, folder: Path = FOLDER):
        self._answer = _load(folder)

    def step(self, request, _veil):
        return self._answer(request)


def mutant(folder, *faults):
    """Copy the program, put faults into it (file, what stands there once, what replaces it), and load it."""
    copy = Path(shutil.copytree(FOLDER, folder / "mutant", ignore=shutil.ignore_patterns("__pycache__")))
    for name, old, new in faults:
        source = (copy / name).read_text(encoding="utf-8")
        assert source.count(old) == 1, (name, old)
        (copy / name).write_text(source.replace(old, new), encoding="utf-8")
    return InProcess(copy)


def loaded(way):
    """Load the program with another way to the SI FPS: `way` makes a class that stands for its `SiFps`."""
    return _load(FOLDER, way)


def _load(folder, way=None):
    found = {}
    try:
        for name in _MODULES:
            spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
            found[name] = sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(found[name])
            if name == "sifps" and way is not None:
                found[name].SiFps = way(found)
    finally:
        for name in _MODULES:
            sys.modules.pop(name, None)
    return found["adapter"].answer
