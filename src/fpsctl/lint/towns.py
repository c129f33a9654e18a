"""The towns of a workspace as rules need them: settings on a day, offset of the zone at an instant; all cached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.collectivite import names, versions_of
from fpsctl.workspace import Workspace

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path
    from typing import Any

    from fpsctl.collectivite import Collectivite, Reglages

MOST = 1 << 16
"""Entries of a cache; a full one is emptied."""


class Town:
    """The settings of one town on one day, or the reason why there are none."""

    __slots__ = ("_offsets", "_zone", "mode", "reason", "tarifs")

    def __init__(self, reglages: Reglages | None, reason: str = "") -> None:
        """Keep what rules ask for; `reason` is a text code under `lint.unjudged`."""
        self.reason = reason
        self.tarifs = reglages.tarifs if reglages else {}
        self.mode = reglages.mode if reglages else ""
        self._zone = reglages.zone if reglages else None
        self._offsets: dict[tuple[int, dt.timedelta | None], bool] = {}

    def offset_holds(self, instant: dt.datetime) -> bool:
        """Say whether an instant is told with the offset of the town's zone at that instant."""
        # On a day of change, or for a wrong offset: look closely.
        return self.whole_day(instant) or self._offset(instant) == instant.utcoffset()

    def whole_day(self, instant: dt.datetime) -> bool:
        """Say whether the offset of an instant is that of the town from the beginning to the end of its day."""
        key = (instant.toordinal(), offset := instant.utcoffset())
        holds = self._offsets.get(key)
        if holds is None:
            start = instant.replace(hour=0, minute=0, second=0, microsecond=0)
            ends = (start, instant.replace(hour=23, minute=59, second=59))
            holds = all(self._offset(end) == offset for end in ends)
            if len(self._offsets) >= MOST:
                self._offsets.clear()
            self._offsets[key] = holds
        return holds

    def _offset(self, instant: dt.datetime) -> dt.timedelta | None:
        return self._local(instant).utcoffset()

    def _local(self, instant: dt.datetime) -> dt.datetime:
        try:
            return instant.astimezone(self._zone)
        except OverflowError:  # the first or the last day of the calendar: as it was told
            return instant

    def expected(self, instant: dt.datetime) -> str:
        """Return an instant as the town tells it."""
        return self._local(instant).isoformat()

    def day(self, instant: dt.datetime) -> dt.date | None:
        """Return the calendar day in the town; None where its zone is not known."""
        return None if self._zone is None else self._local(instant).date()


class _Once(Workspace):
    """A workspace whose file is read once."""

    def __init__(self, folder: Path) -> None:
        """Read it."""
        super().__init__(folder)
        self._sections = super().read()

    def read(self) -> dict[str, Any]:
        """Return what was read."""
        return self._sections


UNKNOWN: tuple[Town, None] = (Town(None, "town"), None)
NOT_YET: tuple[Town, None] = (Town(None, "town-later"), None)
NO_DAY: tuple[Town, None] = (Town(None, "unreadable"), None)


class Towns:
    """Every town of a workspace."""

    def __init__(self, folder: Path) -> None:
        """Read all the settings; raises `LocalError` (`workspace.*`, `collectivite.invalid`)."""
        workspace = _Once(folder)
        self._versions: dict[str, list[Collectivite]] = {
            siret: versions_of(workspace, siret) for siret in names(workspace)
        }
        self._towns: dict[tuple[str, dt.date], Town] = {}
        self._on: dict[tuple[str, int, dt.timedelta | None], tuple[Town, dt.date | None]] = {}

    def at(self, siret: str, instant: dt.datetime) -> tuple[Town, dt.date | None]:
        """Return a town as it is at an instant, and the calendar day that it then has (None: not known)."""
        versions = self._versions.get(siret)
        if versions is None:
            return UNKNOWN
        key = (siret, instant.toordinal(), instant.utcoffset())
        found = self._on.get(key)
        if found is not None:
            return found
        told = instant.date()
        town = self._find(siret, told)
        day = town.day(instant)
        if day is not None and day != told:  # the zone has another day: its settings may be others
            town = self._find(siret, day)
            return town, town.day(instant)
        if day is None or town.whole_day(instant):
            if len(self._on) >= MOST:
                self._on.clear()
            self._on[key] = (town, day)
        return town, day

    def _find(self, siret: str, day: dt.date) -> Town:
        current = [version for version in self._versions[siret] if version.depuis <= day]
        if not current:
            return NOT_YET[0]
        key = (siret, current[-1].depuis)
        if key not in self._towns:
            self._towns[key] = Town(current[-1].reglages)
        return self._towns[key]
