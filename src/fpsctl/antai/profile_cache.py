"""Profiles of users, compiled: merged, checked, and kept by the digest of the files they were made from.

A kept profile is used only while each of its files is, byte for byte, what it was, and by the same version of
fpsctl. Nothing depends on it: a cache that cannot be read or written is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from fpsctl import __version__
from fpsctl.antai.profile_model import Profile
from fpsctl.resources import DATA
from fpsctl.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable

_MODEL = hashlib.sha256(
    b"".join((Path(__file__).parent / f"profile_{part}.py").read_bytes() for part in ("model", "formats"))
).hexdigest()
"""A profile of another shape is none."""


def _folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(home, "fpsctl", "profiles")


def _file(path: Path) -> Path:
    return _folder() / f"{hashlib.sha256(str(path.resolve()).encode()).hexdigest()}.json"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kept(path: Path) -> Profile | None:
    """Return the profile of a file as it was compiled; None when there is none, or anything has changed."""
    try:
        found = json.loads(_file(path).read_bytes())
        fresh = found["made_by"] == [__version__, _MODEL] and all(
            _digest(Path(source)) == digest for source, digest in found["sources"].items()
        )
        return Profile.model_validate_json(json.dumps(found["profile"])) if fresh else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError):
        return None


def keep(path: Path, profile: Profile, sources: Iterable[Path]) -> None:
    """Keep a profile made from some files; a confidential one for its owner alone, as every other."""
    older = profile.older
    if path.is_relative_to(DATA) or older is not None:
        return  # the package's own is read once; a chain of versions is rare, and has files of its own
    hook = [Path(profile.hook.file)] if profile.hook else []
    with suppress(OSError):
        record: dict[str, Any] = {
            "made_by": [__version__, _MODEL],
            "sources": {str(source.resolve()): _digest(source) for source in {*sources, *hook}},
            "profile": profile.model_dump(mode="json", by_alias=True),
        }
        document = json.dumps(record, ensure_ascii=False).encode()
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(_file(path), lambda file: file.write(document))
