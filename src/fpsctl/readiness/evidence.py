"""What proves each step: the word of the embedded SI FPS, the certificate files, or what the user declared."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.endpoint import SANDBOX
from fpsctl.certificate.store import TownFiles
from fpsctl.errors import LocalError
from fpsctl.pki import read_chain
from fpsctl.raccordement.steps import in_zone
from fpsctl.readiness.ledger import declared, last_check
from fpsctl.texts import text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fpsctl.certificate.store import Suivi
    from fpsctl.pki import Certificat
    from fpsctl.workspace import Workspace

_SHORT = 16
# What a certificate that has ended proves no longer.
_OF_CERTIFICATE = ("certificat.achete", "certificat.depose", "certificat.active", "connexion.controlee")


class Preuve(NamedTuple):
    """What shows that a step is done; `le` is an ISO 8601 day or instant, None where nobody said when."""

    le: str | None
    told: str
    verified: bool


class Evidence(NamedTuple):
    """All that is known of a town in an environment at `now` (its clock there)."""

    siret: str
    environment: str
    now: dt.datetime
    proofs: Mapping[str, Preuve]
    request: Path | None
    """The certificate request in the workspace, if any."""


def from_sandbox(workspace: Workspace, siret: str, view: Mapping[str, Any]) -> Evidence:
    """Return the evidence on the embedded SI FPS, from its own view of the town."""
    files, now = TownFiles(workspace.folder, siret), dt.datetime.fromisoformat(view["horloge"])
    told = text("readiness.proof.sandbox")
    proofs = {
        item["slug"]: Preuve(item["le"], told, verified=True) for item in view["etapes"] if item["etat"] == "fait"
    }
    ends = [one["fin"] for one in view["certificats"] if one["etat"] in ("depose", "actif")]
    if ends and all(dt.datetime.fromisoformat(end) < now for end in ends):
        proofs = {slug: proof for slug, proof in proofs.items() if slug not in _OF_CERTIFICATE}
    return _evidence(SANDBOX, files, now, proofs)


def from_workspace(workspace: Workspace, siret: str, env: str, now: dt.datetime) -> Evidence:
    """Return the evidence in any other environment: what was declared, and what its SI FPS last said.

    Raises `LocalError` (`raccordement.file`, `cert.state.unreadable`).
    """
    files, state = TownFiles(workspace.folder, siret), declared(workspace, siret, env)
    told = text("readiness.proof.declared")
    last = {fait.etape: fait for fait in state.faits if state.done(fait.etape)}
    proofs = {
        slug: Preuve(in_zone(fait.instant).date().isoformat(), told, verified=False) for slug, fait in last.items()
    }
    suivi = files.read_state().suivis.get(env)
    if suivi is not None:
        proofs |= _said(suivi)
        day = last_check(workspace, siret, env, suivi.empreinte)
        if day is not None and suivi.etat == "actif":
            proofs["connexion.controlee"] = Preuve(day.isoformat(), text("readiness.proof.checked"), verified=True)
    return _evidence(env, files, in_zone(now), proofs)


def _said(suivi: Suivi) -> dict[str, Preuve]:
    """Return the steps that the last word of an SI FPS on the certificate proves."""
    steps = {"depose": ("certificat.depose",), "actif": ("certificat.depose", "certificat.active")}
    proof = Preuve(suivi.depuis, text("readiness.proof.sifps", empreinte=suivi.empreinte[:_SHORT]), verified=True)
    return dict.fromkeys(steps.get(suivi.etat, ()), proof)


def _evidence(env: str, files: TownFiles, now: dt.datetime, proofs: dict[str, Preuve]) -> Evidence:
    leaf = _certificate(files)
    if leaf is not None and leaf.fin >= now:
        told = text("readiness.proof.file", empreinte=leaf.empreinte[:_SHORT], fin=leaf.fin.date().isoformat())
        proofs["certificat.achete"] = Preuve(in_zone(leaf.debut).isoformat(), told, verified=True)
    return Evidence(files.siret, env, now, MappingProxyType(proofs), files.request if files.request.exists() else None)


def _certificate(files: TownFiles) -> Certificat | None:
    """Return the certificate in use, None when there is none; raises `LocalError` (`cert.*`)."""
    path = (files.read_state().pair or files).certificate
    try:
        return read_chain(path.read_bytes())[0]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError("readiness.certificate", path=path, detail=os_reason(error)) from error
