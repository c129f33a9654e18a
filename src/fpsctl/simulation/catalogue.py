"""Where scenarios come from: those shipped with fpsctl, by id, and files of the user's."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from fpsctl.errors import LocalError
from fpsctl.resources import DATA, Unreadable, line_of, names, parse_yaml
from fpsctl.simulation.scenario import Scenario
from fpsctl.texts import text
from fpsctl.validation import first_problem, located, os_reason

_FOLDER = "scenarios"
_MAX_BYTES = 1 << 20


def ids() -> tuple[str, ...]:
    """Return the ids of the scenarios shipped with fpsctl."""
    return names(_FOLDER)


def find(name: str) -> Scenario:
    """Return a scenario by id, or from a file.

    Raises `LocalError`: `scenario.unknown`, `scenario.unreadable`, `scenario.invalid` (with the line).
    """
    shipped = DATA / _FOLDER / f"{name}.yaml"
    if name in ids():
        return read(shipped)
    path = Path(name)
    if path.suffix in (".yaml", ".yml", ".json") or "/" in name:
        return read(path)
    close = get_close_matches(name, ids(), n=1)
    raise LocalError("scenario.unknown", name=name, suggestion=text("ui.did-you-mean", name=close[0]) if close else "")


def read(path: Path) -> Scenario:
    """Read and validate one file (YAML or JSON, at most 1 MiB)."""
    try:
        if path.is_file() and path.stat().st_size > _MAX_BYTES:
            raise LocalError("scenario.unreadable", where=path, detail=text("scenario.too-large", mebibytes=1))
        content = path.read_bytes()
    except OSError as error:
        raise LocalError("scenario.unreadable", where=path, detail=os_reason(error)) from error
    try:
        raw = parse_yaml(content)
    except Unreadable as error:
        raise LocalError("scenario.unreadable", where=located(path, error.line), detail=str(error)) from error
    try:
        return Scenario.model_validate(raw)
    except ValidationError as error:
        raise _invalid(path, content, error) from error


def _invalid(path: Path, content: bytes, error: ValidationError) -> LocalError:
    problem = first_problem(error)
    where = located(path, line_of(content, problem.place))
    return LocalError("scenario.invalid", where=where, detail=problem.told)


def source_of(name: str) -> str:
    """Return the text of a scenario shipped with fpsctl, as a model to start from; raises `scenario.unknown`."""
    if name not in ids():
        find(name)  # says what is wrong with a name that nothing has
        raise LocalError("scenario.unknown", name=name, suggestion="")
    return (DATA / _FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
