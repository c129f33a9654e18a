"""The State's start-up steps: their order, what each needs, and whom the SI FPS lets in. Pure: no file, no network."""

from fpsctl.raccordement.facts import Fait
from fpsctl.raccordement.identity import check_depot, check_front
from fpsctl.raccordement.records import EMPTY, CertificatLie, Raccordement
from fpsctl.raccordement.state import fold, play
from fpsctl.raccordement.steps import Etape, fields, legal_day, start_of, step, steps

__all__ = [
    "EMPTY",
    "CertificatLie",
    "Etape",
    "Fait",
    "Raccordement",
    "check_depot",
    "check_front",
    "fields",
    "fold",
    "legal_day",
    "play",
    "start_of",
    "step",
    "steps",
]
