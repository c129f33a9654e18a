"""Where things stand on the drawn timeline: columns for moments, lanes for tracks.

Every event has its own column; the gap before it grows with the logarithm of the wait, so that four
years of limitation and two days of posting both stay readable. The page says that the axis is not to scale.
"""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from typing import Any, NamedTuple

from fpsctl.dossier import TRACKS

LEFT, TOP, LANE, HEADER = 136, 14, 34, 54
_FIT, _TAIL = 1096, 64
_MIN_GAP = 24
_LABEL = 66


class Bar(NamedTuple):
    """A track in one state, from one event to the next change."""

    x: int
    y: int
    width: int
    state: str


class Column(NamedTuple):
    """An event of the timeline; its date is written once a day, where there is room."""

    x: int
    day: str
    n: int
    origin: str
    titre: str
    labelled: bool


class Drawing(NamedTuple):
    """All that the template draws."""

    width: int
    height: int
    lanes: list[tuple[str, int]]
    bars: list[Bar]
    columns: list[Column]
    deadlines: list[tuple[int, str, str]]
    now: int
    """Where the date of the state stands: no bar goes beyond."""


class _Mark(NamedTuple):
    """Something that needs a place: an event (`rank` from 0), a deadline, or the date of the state."""

    stamp: float
    kind: int
    rank: int


_EVENT, _DEADLINE, _NOW = range(3)


def drawing(result: Any) -> Drawing:  # noqa: ANN401 - a SimulationResult
    """Lay out a simulation result."""
    entries, limits = result["timeline"], result["deadlines"]
    marks = [_Mark(_stamp(entry["instant"]), _EVENT, n) for n, entry in enumerate(entries)]
    marks += [
        _Mark(_stamp(item["instant"] or f"{item['jour']}T23:59:59+00:00"), _DEADLINE, n)
        for n, item in enumerate(limits)
    ]
    now = _Mark(_stamp(result["etat"]["au"]), _NOW, 0)
    places = _places(sorted([*marks, now]))
    event_x = [places[mark] for mark in marks if mark.kind == _EVENT]
    right = max(places.values(), default=LEFT) + _TAIL
    used = [track for track in TRACKS if any(_move(entry, track) for entry in entries)]
    lanes = [(track, TOP + HEADER + index * LANE) for index, track in enumerate(used)]
    return Drawing(
        width=right + 10,
        height=TOP + HEADER + len(lanes) * LANE + 22,
        lanes=lanes,
        bars=[bar for track, y in lanes for bar in _bars(entries, event_x, track, y, places[now])],
        columns=_columns(entries, event_x),
        deadlines=[
            (places[mark], limits[mark.rank]["titre"], limits[mark.rank]["statut"])
            for mark in marks
            if mark.kind == _DEADLINE
        ],
        now=places[now],
    )


def _stamp(instant: str) -> float:
    return dt.datetime.fromisoformat(instant).timestamp()


def _places(marks: list[_Mark]) -> dict[_Mark, int]:
    """Place marks in the order of time; waits share the room that the least gaps leave."""
    waits = [math.log2(1 + (after.stamp - before.stamp) / 86_400) for before, after in pairwise(marks)]
    room = max(0, _FIT - LEFT - _TAIL - _MIN_GAP * len(marks))
    unit = min(26.0, room / sum(waits)) if sum(waits) else 0.0
    places: dict[_Mark, int] = {}
    x = float(LEFT)
    for index, mark in enumerate(marks):
        if index:
            x += _MIN_GAP + unit * waits[index - 1]
        places[mark] = round(x)
    return places


def _columns(entries: Any, event_x: list[int]) -> list[Column]:  # noqa: ANN401
    free, last = 0, ""
    columns = []
    for entry, x in zip(entries, event_x, strict=True):
        labelled = free <= x and entry["jour"] != last
        if labelled:
            free, last = x + _LABEL, entry["jour"]
        columns.append(Column(x, entry["jour"], entry["n"], entry["origin"], entry["titre"], labelled))
    return columns


def _move(entry: Any, track: str) -> Any:  # noqa: ANN401
    return next((change for change in entry["changes"] if change["piste"] == track), None)


def _bars(entries: Any, event_x: list[int], track: str, y: int, right: int) -> list[Bar]:  # noqa: ANN401
    moves = [
        (x, move["a"]) for entry, x in zip(entries, event_x, strict=True) if (move := _move(entry, track)) is not None
    ]
    ends = [x for x, _ in moves[1:]] + [right]
    return [Bar(x, y, end - x, state) for (x, state), end in zip(moves, ends, strict=True) if state]
