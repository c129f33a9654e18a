"""What a case left behind: the program's own folder, and each call with the lines of the SI FPS's log."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from fpsctl.conformance.secrecy import Veil
from fpsctl.errors import LocalError
from fpsctl.texts import text
from fpsctl.validation import os_reason
from fpsctl.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fpsctl.conformance.records import Case
    from fpsctl.conformance.trial import Exchange, Judged, Trial

_FILE = "journal.json"
_STATE = "state"
DESCRIBE = "describe"
"""Folder of the first call, which belongs to no case."""
_WIRE = frozenset({"chemin", "corps", "reponse", "remarques"})
"""What a line of the log says in the words of the profile."""
_WITHHELD = "(private key withheld)"


class Journal:
    """A folder with one folder a case; those of an earlier run are replaced, nothing else is touched."""

    def __init__(self, folder: Path, cases: Iterable[Case], *, confidential: bool) -> None:
        """Make room for some cases; a confidential profile keeps canonical names only.

        Raises `LocalError` (`conformance.keep`).
        """
        self._folder = folder.absolute()
        self._left_out = _WIRE if confidential else frozenset()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for case in cases:
                self._clear(self._folder / case.id)
        except OSError as error:
            raise LocalError("conformance.keep", path=folder, detail=os_reason(error)) from error

    def _clear(self, place: Path) -> None:
        if not place.exists():
            return
        if not (place / _FILE).is_file():
            raise LocalError("conformance.keep", path=place, detail=text("conformance.keep.foreign", file=_FILE))
        shutil.rmtree(place)

    def state(self, case: str) -> Path:
        """Return the program's own folder of a case, made empty."""
        place = self._folder / case / _STATE
        place.mkdir(parents=True, mode=0o700)
        self._write(case, {"id": case, "outcome": None})
        return place

    def write(self, judged: Judged, trial: Trial) -> None:
        """Write what happened, whole; an answer that holds a private key is withheld."""
        veils = [town.veil for town in trial.towns]
        calls = [self._call(exchange, veils) for exchange in trial.exchanges]
        self._write(
            judged.case.id,
            {"id": judged.case.id, "outcome": str(judged.outcome), "detail": judged.detail, "calls": calls},
        )

    def described(self, exchange: Exchange, detail: str) -> None:
        """Write the first call, whole; `detail` says what was wrong with it, if anything was."""
        place = self._folder / DESCRIBE
        self._clear(place)
        place.mkdir(exist_ok=True)
        self._write(DESCRIBE, {"id": DESCRIBE, "detail": detail, "calls": [self._call(exchange, [Veil()])]})

    def _write(self, case: str, content: dict[str, Any]) -> None:
        document = (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode(errors="replace")
        write_atomic(self._folder / case / _FILE, lambda target: target.write(document))

    def _call(self, exchange: Exchange, veils: Sequence[Veil]) -> dict[str, Any]:
        def safe(value: Any) -> Any:  # noqa: ANN401 - any JSON
            written = json.dumps(value, ensure_ascii=False)
            return _WITHHELD if any(veil.hides(written) for veil in veils) else value

        lines = [{name: line[name] for name in line if name not in self._left_out} for line in exchange.lines]
        stderr = exchange.ended.stderr
        for veil in veils:
            stderr = veil.whole(stderr)
        return {
            "request": exchange.request,
            "answer": safe(exchange.answer),
            "status": exchange.ended.status,
            "stderr": stderr,
            "log": [safe(line) for line in lines],
        }
