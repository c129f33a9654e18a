"""Profiles of users, compiled: merged, checked, and kept by the digest of the files they were made from.

A kept profile is used only while each of its files is, byte for byte, what it was, and by the same version of
fpsctl. Nothing depends on it: a cache that cannot be read or written is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from fpsctl import __version__
from fpsctl.antai.profile_model import Profile
from fpsctl.resources import DATA
from fpsctl.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN = 0o600


@cache
def makers() -> list[str]:
    """Return what makes a profile, and says which is refused: the version, and the code of this package."""
    package = Path(__file__).parent
    files = sorted(file for file in package.rglob("*.py"))
    return [__version__, hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()]


def _folder() -> Path:
    """Return where profiles are kept; raises `RuntimeError` when nobody says whose they are."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(home, "fpsctl", "profiles")


def _file(path: Path) -> Path:
    # Not resolved: what a profile extends is looked for beside the link, not beside what it leads to.
    return _folder() / f"{hashlib.sha256(str(path.absolute()).encode()).hexdigest()}.json"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kept(path: Path) -> Profile | None:
    """Return the profile of a file as it was compiled; None when there is none, or anything has changed."""
    try:
        found = json.loads(_file(path).read_bytes())
        fresh = found["made_by"] == makers() and all(
            _digest(Path(source)) == digest for source, digest in found["sources"].items()
        )
        return Profile.model_validate_json(json.dumps(found["profile"])) if fresh else None
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, ValidationError):
        return None


def keep(path: Path, profile: Profile, digests: Mapping[str, str]) -> None:
    """Keep a profile made from files that held what their digests say; for its owner alone, for it may be secret."""
    if path.is_relative_to(DATA) or profile.older is not None:
        return  # the package's own is read once; a chain of versions is rare, and has files of its own
    hook = {profile.hook.file: profile.hook.sha256} if profile.hook else {}
    record: dict[str, Any] = {
        "made_by": makers(),
        "sources": {**digests, **hook},
        "profile": profile.model_dump(mode="json", by_alias=True),
    }
    document = json.dumps(record, ensure_ascii=False).encode()
    with suppress(OSError, RuntimeError):
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        file = _file(path)
        file.touch(mode=_OWN)  # an existing file keeps its mode when it is replaced
        file.chmod(_OWN)
        write_atomic(file, lambda target: target.write(document))
