"""The life of an FPS: events, tracks, calendar, amounts, the one engine."""

from fpsctl.dossier.engine import Engine
from fpsctl.dossier.events import EFFECTS, EVENTS
from fpsctl.dossier.records import TRACKS, Constat, Dossier, Event, Step
from fpsctl.dossier.rules import Minore, Rules
from fpsctl.dossier.transitions import TRANSITIONS, Table

__all__ = [
    "EFFECTS",
    "EVENTS",
    "TRACKS",
    "TRANSITIONS",
    "Constat",
    "Dossier",
    "Engine",
    "Event",
    "Minore",
    "Rules",
    "Step",
    "Table",
]
