"""The settings of the town behind a notice: what FNMS does not carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.collectivite import Collectivite, example, versions_of

if TYPE_CHECKING:
    import datetime as dt

    from fpsctl.identifiers import Siret
    from fpsctl.workspace import Workspace


class Towns:
    """Finds a town by SIRET and day; the file is read once a town."""

    def __init__(self, workspace: Workspace) -> None:
        """Take a workspace; nothing is read yet."""
        self._workspace = workspace
        self._known: dict[Siret, list[Collectivite]] = {}

    @property
    def path(self) -> str:
        """Where the settings stand."""
        return str(self._workspace.path)

    def of(self, siret: Siret, when: dt.datetime | None) -> Collectivite | None:
        """Return the town on the day of the finding (the latest settings when that is not known), None if unknown.

        The example town answers for its own SIRET only. Raises `LocalError` (`collectivite.invalid`, `workspace.*`).
        """
        if siret not in self._known:
            self._known[siret] = versions_of(self._workspace, siret)
        versions = self._known[siret]
        if not versions:
            return example() if siret == example().siret else None
        if when is None:
            return versions[-1]
        day = when.date() if when.tzinfo is None else when.astimezone(versions[-1].reglages.zone).date()
        return next((version for version in reversed(versions) if version.depuis <= day), None)

    def first(self, siret: Siret) -> dt.date | None:
        """Return the day from which a town has settings, None where it has none."""
        versions = self._known.get(siret)
        return versions[0].depuis if versions else None
