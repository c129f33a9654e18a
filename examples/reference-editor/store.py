"""What the program remembers of a town between two calls: one JSON file, written whole before anything is sent."""

import json
from pathlib import Path
from typing import Any


class Store:
    """The memory of one town."""

    def __init__(self, folder: Path, siret: str) -> None:
        """Read the file, if there is one."""
        self._path = folder / f"{siret}.json"
        self._content: dict[str, Any] = {"ordres": {}, "dossiers": {}}
        if self._path.exists():
            self._content = json.loads(self._path.read_text(encoding="utf-8"))

    def read(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON
        """Return a value."""
        return self._content.get(name, default)

    def keep(self, **values: Any) -> None:  # noqa: ANN401 - any JSON
        """Write values down."""
        self._content.update(values)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self._content, ensure_ascii=False), encoding="utf-8")
        draft.replace(self._path)

    def next_order(self, terminal: int) -> int:
        """Return the next order number of a device; a number is never given twice."""
        ordres = self._content["ordres"]
        ordres[str(terminal)] = ordres.get(str(terminal), 0) + 1
        self.keep()
        return ordres[str(terminal)]

    def dossier(self, name: str) -> dict[str, Any]:
        """Return what is known of a case."""
        return self._content["dossiers"][name]

    def keep_dossier(self, name: str, **values: Any) -> None:  # noqa: ANN401 - any JSON
        """Write down what is known of a case."""
        self._content["dossiers"].setdefault(name, {}).update(values)
        self.keep()

    def reject(self, numero: str) -> None:
        """Write down that the SI FPS gave up a notice."""
        for dossier in self._content["dossiers"].values():
            if dossier["numero"] == numero:
                dossier["rejete"] = True
        self.keep()
