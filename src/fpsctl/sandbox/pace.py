"""How fast one caller may ask, where the profile bounds it: so many requests in any minute, in real time."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from fpsctl.errors import Refused

if TYPE_CHECKING:
    from fpsctl.antai import Profile

_MINUTE = 60.0


class Pace:
    """Counts the requests of each caller."""

    def __init__(self, profile: Profile) -> None:
        """Take the bound of the profile; none lets everybody through."""
        stated = profile.limits.requests_per_minute
        self._most = stated.value if stated else None
        self._asked: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, caller: str, now: float) -> None:
        """Count a request at a moment (seconds of a steady clock); raises `Refused` (`http.debit`): not counted."""
        if self._most is None:
            return
        asked = self._asked[caller]
        while asked and now - asked[0] >= _MINUTE:
            asked.popleft()
        if len(asked) >= self._most:
            raise Refused("http.debit", most=self._most, attente=math.ceil(_MINUTE - (now - asked[0])))
        asked.append(now)
