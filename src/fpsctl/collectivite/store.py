"""Where a town's settings are kept: the section `collectivites` of `fpsctl.yaml`.

collectivites:
  "13000000300009":
    - from: 2026-01-01      # these settings hold from this day on
      nom: Commune d'Exemple
      ...
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from fpsctl.collectivite.models import Collectivite, Reglages
from fpsctl.errors import LocalError
from fpsctl.identifiers import InvalidIdentifier, Montant, Siret
from fpsctl.resources import read_yaml
from fpsctl.texts import text
from fpsctl.validation import first_problem, located

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.workspace import Workspace

SECTION = "collectivites"


def names(workspace: Workspace) -> dict[Siret, str]:
    """Return SIRET -> latest name of every town of the workspace."""
    towns = {siret: versions_of(workspace, siret) for siret in _section(workspace)}
    return {siret: versions[-1].reglages.nom for siret, versions in towns.items() if versions}


def _section(workspace: Workspace) -> dict[Siret, Any]:
    """Return SIRET -> raw entries; every SIRET is checked, so that a mistyped one is never just unknown."""
    raw = workspace.read().get(SECTION) or {}
    if not isinstance(raw, dict):
        raise _invalid(workspace, (SECTION,), text("valeur.model_type"))
    found = {}
    for key, entries in raw.items():
        try:
            found[Siret(str(key))] = entries
        except InvalidIdentifier as error:
            raise _invalid(workspace, (SECTION, key), text(f"error.{error.code}", **error.params)) from error
    return found


def versions_of(workspace: Workspace, siret: Siret) -> list[Collectivite]:
    """Return the dated settings of a town, oldest first; empty when unknown.

    Raises `LocalError` (`collectivite.invalid`) with file and line.
    """
    entries = _section(workspace).get(siret)
    if entries is None:
        return []
    if not isinstance(entries, list) or not entries:
        raise _invalid(workspace, (SECTION, siret), text("valeur.list_type"))
    found = [_read(workspace, siret, index, entry) for index, entry in enumerate(entries)]
    for index, (before, after) in enumerate(pairwise(found), 1):
        if after.depuis <= before.depuis:
            raise _invalid(workspace, (SECTION, siret, index), text("collectivite.from-order"))
    return found


def _read(workspace: Workspace, siret: Siret, index: int, entry: object) -> Collectivite:
    place: tuple[str | int, ...] = (SECTION, str(siret), index)
    if not isinstance(entry, dict):
        raise _invalid(workspace, place, text("valeur.model_type"))
    try:
        since = dt.date.fromisoformat(str(entry.get("from")))
    except ValueError as error:
        detail = text("error.date.format", value=entry.get("from"))
        raise _invalid(workspace, (*place, "from"), text("ui.field", field="from", detail=detail)) from error
    try:
        reglages = Reglages.model_validate({key: value for key, value in entry.items() if key != "from"})
    except ValidationError as error:
        problem = first_problem(error)
        raise _invalid(workspace, (*place, *problem.place), problem.told) from error
    return Collectivite(siret=siret, depuis=since, reglages=reglages)


def _invalid(workspace: Workspace, place: tuple[str | int, ...], detail: str) -> LocalError:
    return LocalError("collectivite.invalid", where=located(workspace.path, workspace.line(*place)), detail=detail)


def load(workspace: Workspace, siret: Siret, day: dt.date) -> Collectivite | None:
    """Return the town as it is on `day`; None when the workspace does not know it.

    Raises `LocalError` (`collectivite.not-yet`) when its first settings start later.
    """
    versions = versions_of(workspace, siret)
    if not versions:
        return None
    current = [version for version in versions if version.depuis <= day]
    if not current:
        raise LocalError("collectivite.not-yet", siret=siret, first=versions[0].depuis, day=day)
    return current[-1]


def require(workspace: Workspace, siret: Siret, day: dt.date) -> Collectivite:
    """Return the town as it is on `day`; raises `LocalError` (`collectivite.unknown`, `collectivite.not-yet`)."""
    town = load(workspace, siret, day)
    if town is None:
        raise LocalError("collectivite.unknown", siret=siret, path=workspace.path, day=day)
    return town


def add_town(workspace: Workspace, siret: Siret, since: dt.date, settings: Mapping[str, Any]) -> Collectivite:
    """Write a new town; raises `LocalError` (`collectivite.exists`, `collectivite.settings`)."""
    with workspace.edit() as document:
        if versions_of(workspace, siret):
            raise LocalError("collectivite.exists", siret=siret, path=workspace.path)
        return _save(document, siret, since, _checked(siret, dict(settings)))


def change_town(workspace: Workspace, siret: Siret, since: dt.date, changes: Mapping[str, Any]) -> Collectivite:
    """Write settings of a known town that hold from `since`: a new version, or a change of the one of that day.

    `changes` are merged over the settings then in force (None removes). Before its first settings, the first
    ones are taken up: no change is needed to make them hold earlier. Raises `LocalError` (`collectivite.*`) and
    writes nothing when the result makes no valid town.
    """
    with workspace.edit() as document:
        versions = versions_of(workspace, siret)
        if not versions:
            raise LocalError("collectivite.unknown", siret=siret, path=workspace.path, day=since)
        if not changes and since >= versions[0].depuis:
            raise LocalError("collectivite.no-change", siret=siret)
        base = next((version for version in reversed(versions) if version.depuis <= since), versions[0])
        return _save(document, siret, since, _checked(siret, _merge(_plain(base.reglages), changes)))


def _checked(siret: Siret, settings: dict[str, Any]) -> Reglages:
    try:
        return Reglages.model_validate(settings)
    except ValidationError as error:
        problem = first_problem(error)
        raise LocalError("collectivite.settings", siret=siret, field=problem.field, detail=problem.told) from error


def _save(document: Any, siret: Siret, since: dt.date, reglages: Reglages) -> Collectivite:  # noqa: ANN401
    # A section or a town that is there but empty reads as None.
    if document.get(SECTION) is None:
        document[SECTION] = {}
    section = document[SECTION]
    key = next((key for key in section if _same_town(key, siret)), str(siret))
    if section.get(key) is None:
        section[key] = []
    _put(section[key], since, _plain(reglages))
    return Collectivite(siret=siret, depuis=since, reglages=reglages)


def _same_town(key: object, siret: Siret) -> bool:
    return "".join(str(key).split()) == siret


def _day(entry: Any) -> dt.date:  # noqa: ANN401 - an entry of ruamel's own types, already validated
    return dt.date.fromisoformat(str(entry.get("from")))


def _put(entries: list[Any], since: dt.date, settings: dict[str, Any]) -> None:
    """Change the entry of that day in place (its comments stay), else insert one in date order."""
    for entry in entries:
        if _day(entry) == since:
            for gone in [key for key in entry if key != "from" and key not in settings]:
                del entry[gone]
            for key, value in settings.items():
                if entry.get(key) != value:
                    entry[key] = value
            return
    index = sum(_day(entry) < since for entry in entries)
    entries.insert(index, {"from": since, **settings})


def _merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _plain(reglages: Reglages) -> dict[str, Any]:
    """Return settings as people write them: amounts with their unit, lengths as ISO durations."""
    written: dict[str, Any] = _humane(reglages.model_dump(mode="json", exclude_unset=True, exclude_none=True))
    return written


_AMOUNTS, _LENGTHS = ("fps", "redevance_max", "montant"), ("duree", "duree_max")


def _humane(value: Any, key: str = "") -> Any:  # noqa: ANN401 - walks any settings
    if isinstance(value, dict):
        return {name: _humane(item, name) for name, item in value.items()}
    if key in _AMOUNTS:
        return Montant(value).show("fr").replace("\u00a0", " ").replace("\u202f", " ")
    if key in _LENGTHS:
        hours, minutes = divmod(value, 60)
        return f"PT{hours}H" + (f"{minutes}M" if minutes else "")
    return value


def example(siret: Siret | None = None) -> Collectivite:
    """Return the invented example town, under another SIRET if given."""
    town = _example()
    return town if siret is None else town.model_copy(update={"siret": siret})


@cache
def _example() -> Collectivite:
    raw = read_yaml("collectivite-exemple.yaml")
    return Collectivite(
        siret=Siret(raw["siret"]),
        depuis=dt.date.fromisoformat(raw["from"]),
        reglages=Reglages.model_validate(raw["reglages"]),
        exemple=True,
    )
