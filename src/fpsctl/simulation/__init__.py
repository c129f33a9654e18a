"""Scenarios: written situations, run over time for a town."""

from fpsctl.simulation.catalogue import find, ids, read, source_of
from fpsctl.simulation.runner import Simulation, end_of, simulate
from fpsctl.simulation.scenario import Scenario
from fpsctl.simulation.service import Request, answer, catalogue_view
from fpsctl.simulation.view import SimulationResult, messages_of, view

__all__ = [
    "Request",
    "Scenario",
    "Simulation",
    "SimulationResult",
    "answer",
    "catalogue_view",
    "end_of",
    "find",
    "ids",
    "messages_of",
    "read",
    "simulate",
    "source_of",
    "view",
]
