"""Which shape the result of each command has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.cli import shapes
from fpsctl.cli import shapes_of_interface as interface
from fpsctl.cli import shapes_of_trials as trials
from fpsctl.simulation.view import SimulationResult

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS: Mapping[str, Any] = {
    "number parse": shapes.Number,
    "number make": shapes.Number,
    "collectivite add": shapes.Town,
    "collectivite set": shapes.Town,
    "collectivite show": shapes.Town,
    "collectivite list": shapes.Towns,
    "simulate dossier": SimulationResult,
    "simulate scenarios": shapes.Scenarios,
    "convention record": shapes.Convention,
    "convention status": shapes.Convention,
    "cert request": shapes.CertificateRequest,
    "cert deposit": shapes.CertificateDeposit,
    "cert activate": shapes.CertificateActivation,
    "cert status": shapes.CertificateStatus,
    "check-connection": shapes.Connection,
    "readiness": shapes.Readiness,
    "avis show": shapes.Avis,
    "sandbox serve": trials.Serving,
    "sandbox sign": trials.Signed,
    "sandbox clock": trials.TownClock,
    "profile list": interface.Profiles,
    "profile show": interface.ProfileShown,
    "profile check": interface.ProfilesChecked,
    "profile diff": interface.Diff,
    "profile provenance": interface.ProfileProvenance,
    "conformance run": trials.Certification,
    "conformance list": trials.Cases,
    "lint": interface.Lint,
    "convert": interface.Conversion,
    "schema export": trials.Export,
    "demo": trials.Demo,
}
"""Command -> a typed dictionary, or the message that it prints."""
