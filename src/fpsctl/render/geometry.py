"""Where things stand on the drawn timeline: columns for moments, lanes for tracks.

A moment has its own column; the gap before it grows with the logarithm of the wait, so that four years
of limitation and two days of posting both stay readable. The page says that the axis is not to scale.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, NamedTuple

from fpsctl.dossier import TRACKS

LEFT, TOP, LANE, HEADER = 120, 14, 34, 54
_MIN_GAP, _PER_DOUBLING = 30, 15


class Bar(NamedTuple):
    """A track in one state, from one moment to the next change."""

    x: int
    y: int
    width: int
    state: str


class Column(NamedTuple):
    """A moment of the timeline."""

    x: int
    day: str
    n: int
    origin: str
    titre: str


class Drawing(NamedTuple):
    """All that the template draws."""

    width: int
    height: int
    lanes: list[tuple[str, int]]
    bars: list[Bar]
    columns: list[Column]
    deadlines: list[tuple[int, str, str]]


def drawing(result: Any) -> Drawing:  # noqa: ANN401 - a SimulationResult
    """Lay out a simulation result."""
    entries = result["timeline"]
    stamps = [dt.datetime.fromisoformat(entry["instant"]).timestamp() for entry in entries]
    ends = [
        dt.datetime.fromisoformat(item["instant"] or f"{item['jour']}T23:59:59+00:00").timestamp()
        for item in result["deadlines"]
    ]
    places = _places(sorted({*stamps, *ends}))
    right = max(places.values(), default=LEFT) + 60
    used = [track for track in TRACKS if any(_moves(entry, track) for entry in entries)]
    lanes = [(track, TOP + HEADER + index * LANE) for index, track in enumerate(used)]
    return Drawing(
        width=right + 20,
        height=TOP + HEADER + len(lanes) * LANE + 22,
        lanes=lanes,
        bars=[bar for track, y in lanes for bar in _bars(entries, stamps, places, track, y, right)],
        columns=[
            Column(places[stamp], entry["jour"], entry["n"], entry["origin"], entry["titre"])
            for entry, stamp in zip(entries, stamps, strict=True)
        ],
        deadlines=[
            (places[end], item["titre"], item["statut"]) for end, item in zip(ends, result["deadlines"], strict=True)
        ],
    )


def _places(stamps: list[float]) -> dict[float, int]:
    places: dict[float, int] = {}
    x = LEFT + 16
    for index, stamp in enumerate(stamps):
        if index:
            days = (stamp - stamps[index - 1]) / 86_400
            x += _MIN_GAP + round(_PER_DOUBLING * math.log2(1 + days))
        places[stamp] = x
    return places


def _moves(entry: Any, track: str) -> Any:  # noqa: ANN401
    return next((change for change in entry["changes"] if change["piste"] == track), None)


def _bars(
    entries: Any,  # noqa: ANN401
    stamps: list[float],
    places: dict[float, int],
    track: str,
    y: int,
    right: int,
) -> list[Bar]:
    bars: list[Bar] = []
    moves = [
        (places[stamp], move["a"])
        for entry, stamp in zip(entries, stamps, strict=True)
        if (move := _moves(entry, track))
    ]
    for index, (x, state) in enumerate(moves):
        end = moves[index + 1][0] if index + 1 < len(moves) else right
        if state and end > x:
            bars.append(Bar(x, y, end - x, state))
    return bars
