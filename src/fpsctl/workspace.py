"""`fpsctl.yaml` and where it lives: raw sections, kept comments, one writer at a time, atomic writes.

Each owner validates its own section; this module only reads and writes.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpsctl.errors import LocalError
from fpsctl.resources import Unreadable, line_of, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "fpsctl.yaml"


class Workspace:
    """A folder with (perhaps) an `fpsctl.yaml`."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; nothing is read or created yet."""
        self.folder = folder
        self.path = folder / FILE

    def read(self) -> dict[str, Any]:
        """Return the sections; empty when there is no file. Raises `LocalError` (`workspace.unreadable`)."""
        content = self.content()
        if not content.strip():
            return {}
        try:
            sections = parse_yaml(content)
        except Unreadable as error:
            raise LocalError(
                "workspace.unreadable", path=self.path, line=error.line or "?", detail=str(error)
            ) from error
        if not isinstance(sections, dict):
            raise LocalError("workspace.unreadable", path=self.path, line=1, detail="not a mapping")
        return sections

    def content(self) -> bytes:
        """Return the raw file, empty when there is none."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise LocalError(
                "workspace.unreadable", path=self.path, line="-", detail=error.strerror or str(error)
            ) from error

    def line(self, *path: str | int) -> int | None:
        """Return the line where an entry stands."""
        return line_of(self.content(), path)

    @contextmanager
    def edit(self) -> Iterator[Any]:
        """Give the document (comments kept) to change in place; written whole when the block ends well.

        One writer at a time (the folder is locked). Raises `LocalError` (`workspace.unreadable`,
        `workspace.unwritable`); on any error the file stays as it was.
        """
        from ruamel.yaml import YAML  # noqa: PLC0415 - only writers need it

        yaml = YAML()
        yaml.width = 4096
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder):
                self.read()  # refuses what cannot be read, with its line
                document = yaml.load(self.content().decode()) or yaml.map()
                yield document
                write_atomic(self.path, lambda target: yaml.dump(document, target))
        except OSError as error:
            raise LocalError("workspace.unwritable", path=self.path, detail=error.strerror or str(error)) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_atomic(path: Path, write: Any) -> None:  # noqa: ANN401 - a callable taking a binary file
    """Write a whole file or nothing: a temporary one beside it, flushed to disk, then renamed over it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            write(target)
            target.flush()
            os.fsync(target.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
