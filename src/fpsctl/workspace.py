"""`fpsctl.yaml` and where it lives: raw sections, kept comments, one writer at a time, atomic writes.

Each owner validates its own section; this module only reads and writes.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fpsctl.errors import LocalError
from fpsctl.resources import Unreadable, line_of, parse_yaml
from fpsctl.texts import text
from fpsctl.validation import located, os_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ruamel.yaml import YAML

FILE = "fpsctl.yaml"


SECTIONS = ("collectivites",)
"""What `fpsctl.yaml` may hold; each section belongs to the package of that name."""


class Workspace:
    """A folder with (perhaps) an `fpsctl.yaml`."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; nothing is read or created yet."""
        self.folder = folder
        self.path = folder / FILE

    def read(self) -> dict[str, Any]:
        """Return the sections; empty when there is no file.

        Raises `LocalError`: `workspace.missing` (no such folder), `workspace.unreadable`, `workspace.section`.
        """
        content = self.content()
        if not content.strip():
            return {}
        try:
            sections = parse_yaml(content)
        except Unreadable as error:
            raise self._unreadable(str(error), error.line) from error
        if sections is None:
            return {}
        if not isinstance(sections, dict):
            raise self._unreadable(text("valeur.model_type"), 1)
        for name in sections:
            if name not in SECTIONS and get_close_matches(str(name), SECTIONS):
                raise LocalError(
                    "workspace.section", where=located(self.path, self.line(name)), name=name, known=", ".join(SECTIONS)
                )
        return sections

    def _unreadable(self, detail: str, line: int | None = None) -> LocalError:
        return LocalError("workspace.unreadable", where=located(self.path, line), detail=detail)

    def content(self) -> bytes:
        """Return the raw file, empty when there is none."""
        if not self.folder.is_dir():
            raise LocalError("workspace.missing", folder=self.folder)
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._unreadable(os_reason(error)) from error

    def line(self, *path: str | int) -> int | None:
        """Return the line where an entry stands."""
        return line_of(self.content(), path)

    def _document(self, yaml: YAML) -> Any:  # noqa: ANN401 - a document of ruamel's own types
        from ruamel.yaml.error import YAMLError  # noqa: PLC0415

        try:
            return yaml.load(self.content().decode()) or yaml.map()
        except (YAMLError, ValueError) as error:
            raise self._unreadable(str(error).splitlines()[0]) from error

    @contextmanager
    def edit(self) -> Iterator[Any]:
        """Give the document (comments kept) to change in place; written whole when the block ends well.

        One writer at a time (the folder is locked). Raises `LocalError` (`workspace.*`); on any error the
        file stays as it was.
        """
        from ruamel.yaml import YAML  # noqa: PLC0415 - only writers need it

        yaml = YAML()
        yaml.width = 4096
        try:
            with _locked(self.folder):
                self.read()  # refuses what cannot be read, with its line
                document = self._document(yaml)
                yield document
                write_atomic(self.path, lambda target: yaml.dump(document, target))
        except OSError as error:
            raise LocalError("workspace.unwritable", path=self.path, detail=os_reason(error)) from error


@contextmanager
def held(workspace: Path, *folders: Path, mode: int = 0o777) -> Iterator[None]:
    """Make folders of a workspace, the outer first, and hold the last: one writer at a time.

    Raises `LocalError`: `workspace.missing`, `workspace.unwritable` (also for what the block meets).
    """
    if not workspace.is_dir():
        raise LocalError("workspace.missing", folder=workspace)
    try:
        for folder in folders:
            folder.mkdir(mode=mode, exist_ok=True)
        with _locked(folders[-1]):
            yield
    except OSError as error:
        path = error.filename or folders[-1]
        raise LocalError("workspace.unwritable", path=path, detail=os_reason(error)) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_atomic(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a whole file or nothing: a temporary one beside it, flushed to disk, then renamed over it.

    A link is followed and an existing file keeps its mode. Only a regular file is ever replaced: anything
    else (a device, a pipe, a folder) raises `OSError` (`EINVAL`).
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raises `LocalError` (`output.unwritable`)."""
    try:
        write_atomic(path, lambda target: target.write(content))
    except OSError as error:
        raise LocalError("output.unwritable", path=path, detail=os_reason(error)) from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
