"""The print request of a notice, retrieved from the SI FPS and known to be the one that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.antai.client import SiFps
    from fpsctl.antai.messages import DemandeImpression
    from fpsctl.identifiers import NumeroFps, Siret

_OTHER = "impression.numero.other"


def retrieve(si_fps: SiFps, siret: Siret, numero: NumeroFps) -> tuple[DemandeImpression, tuple[Finding, ...]]:
    """Return a print request and what was odd in the answer; raises what the client raises."""
    impression = si_fps.read_impression(siret, numero)
    return impression, (*si_fps.findings, _numbered(impression, numero))


def _numbered(impression: DemandeImpression, numero: NumeroFps) -> Finding:
    """Judge whether this is the notice of that number; a corrective one also recalls the notice that it corrects."""
    found = impression.etablissement.numero
    ok = numero in (found, impression.numero_initial)
    return Finding(
        _OTHER,
        Severity.ERROR,
        Outcome.PASS if ok else Outcome.FAIL,
        Actor.ANTAI,
        text(f"check.{_OTHER}"),
        "" if ok else found.spaced,
        hint="" if ok else text(f"hint.{_OTHER}"),
    )
