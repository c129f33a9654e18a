"""What a vendor knows of a start-up that no program can see: `raccordement/<siret>.json` in the workspace.

Per environment, a list that only grows. A step stands there because its user said so (`verifie: false`), a check of the
connection because fpsctl made it (`verifie: true`). Days, not instants: nobody notes the hour of a signature.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from fpsctl.errors import LocalError, Refused
from fpsctl.raccordement import EMPTY, Fait, play, start_of
from fpsctl.raccordement.facts import checked
from fpsctl.texts import text
from fpsctl.validation import os_reason
from fpsctl.workspace import held, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from fpsctl.raccordement import Raccordement
    from fpsctl.workspace import Workspace

SCHEMA = "fpsctl/raccordement/1"
_FOLDER, _CHECK = "raccordement", "connexion.controlee"
_Entries = list[dict[str, Any]]


def path_of(workspace: Workspace, siret: str) -> Path:
    """Return where the record of a town stands."""
    return workspace.folder / _FOLDER / f"{siret}.json"


def declared(workspace: Workspace, siret: str, env: str) -> Raccordement:
    """Return where a town stands in an environment, as its user said; raises `LocalError` (`raccordement.file`)."""
    return _folded(path_of(workspace, siret), siret, _entries(path_of(workspace, siret), env))


def last_check(workspace: Workspace, siret: str, env: str, empreinte: str) -> dt.date | None:
    """Return the day of the last successful check with this certificate; raises `LocalError` (`raccordement.file`)."""
    made = {"etape": _CHECK, "faits": {"empreinte": empreinte}}
    days = [entry["le"] for entry in _entries(path_of(workspace, siret), env) if made.items() <= entry.items()]
    return dt.date.fromisoformat(days[-1]) if days else None


def declare(
    workspace: Workspace, siret: str, env: str, etape: str, day: dt.date, faits: Mapping[str, str]
) -> Raccordement:
    """Write one more step down and return where the town stands; the State's order holds here too.

    Raises `LocalError`: the reason the order gives (`espace.*`, `raccordement.*`), `workspace.missing`,
    `workspace.unwritable`, `raccordement.file`.
    """

    def check(path: Path, entries: _Entries) -> Mapping[str, str]:
        try:
            return play(_folded(path, siret, entries), Fait(etape, start_of(day), faits)).faits[-1].faits
        except Refused as error:
            # Nothing was sent: the SI FPS said nothing.
            raise LocalError(error.code, **error.params) from error

    _append(workspace, siret, env, {"etape": etape, "le": day.isoformat(), "verifie": False}, check)
    return declared(workspace, siret, env)


def checked_facts(etape: str, faits: Mapping[str, str], siret: str) -> dict[str, str]:
    """Return the facts of a step as given, once each has its form; raises `LocalError` (`raccordement.*`)."""
    try:
        checked(Fait(etape, start_of(dt.date.min), faits), siret)
    except Refused as error:
        raise LocalError(error.code, **error.params) from error
    return dict(faits)


def keep_check(workspace: Workspace, siret: str, env: str, day: dt.date, empreinte: str) -> None:
    """Write down that fpsctl checked the connection with success; raises `LocalError` as `declare` does."""
    entry = {"etape": _CHECK, "le": day.isoformat(), "verifie": True}
    _append(workspace, siret, env, entry, lambda _path, _entries: {"empreinte": empreinte})


def _append(
    workspace: Workspace,
    siret: str,
    env: str,
    entry: dict[str, Any],
    facts: Callable[[Path, _Entries], Mapping[str, str]],
) -> None:
    path = path_of(workspace, siret)
    with held(workspace.folder, path.parent):
        content = _read(path) or {"schema": SCHEMA, "siret": siret, "environnements": {}}
        entries = content["environnements"].setdefault(env, [])
        entries.append(entry | {"faits": dict(facts(path, entries))})
        document = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        write_atomic(path, lambda target: target.write(document.encode()))


def _entries(path: Path, env: str) -> _Entries:
    content = _read(path)
    return list(content["environnements"].get(env, [])) if content else []


def _read(path: Path) -> dict[str, Any] | None:
    """Return the file, None when there is none; raises `LocalError` (`raccordement.file`)."""
    try:
        content = json.loads(path.read_bytes())
        _check_shape(content)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError("raccordement.file", path=path, detail=os_reason(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LocalError("raccordement.file", path=path, detail=SCHEMA) from error
    return dict(content)


def _check_shape(content: Any) -> None:  # noqa: ANN401 - whatever the file holds
    """Look at all that is read later; raises `ValueError`, `KeyError`, `TypeError` or `AttributeError`."""
    if content["schema"] != SCHEMA:
        raise ValueError(content["schema"])
    for entries in content["environnements"].values():
        for entry in entries:
            dt.date.fromisoformat(entry["le"])
            dict.items(entry["faits"])
            str.strip(entry["etape"])


def _folded(path: Path, siret: str, entries: _Entries) -> Raccordement:
    state = EMPTY(siret)
    try:
        for entry in entries:
            if entry["etape"] != _CHECK:
                day = dt.date.fromisoformat(entry["le"])
                state = play(state, Fait(entry["etape"], start_of(day), entry["faits"]))
    except Refused as error:
        detail = text(f"error.{error.code}", **error.params)
        raise LocalError("raccordement.file", path=path, detail=detail) from error
    return state
