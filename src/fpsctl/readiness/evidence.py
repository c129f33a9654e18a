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
_BOUND = ("depose", "actif")
_TAKEN: Mapping[str, tuple[str, ...]] = {
    "depose": ("certificat.depose",),
    "actif": ("certificat.depose", "certificat.active", "connexion.controlee"),
}
"""The steps that a certificate in a state may have taken."""
# What a certificate that has ended proves no longer.
_OF_CERTIFICATE = ("certificat.achete", *_TAKEN["actif"])


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
    notes: Mapping[str, str] = MappingProxyType({})
    """What is to be known of a step that is not done."""
    motif: str | None = None
    """Why ANTAI refused the espace numérique, where it did."""
    replaces: bool = False
    """Whether a certificate stands in the workspace already."""


def from_sandbox(workspace: Workspace, siret: str, view: Mapping[str, Any]) -> Evidence:
    """Return the evidence on the embedded SI FPS, from its own view of the town.

    The certificate's steps are those of the certificate in use; without one here, of those that the SI FPS knows.
    """
    files, now = TownFiles(workspace.folder, siret), dt.datetime.fromisoformat(view["horloge"])
    told = text("readiness.proof.sandbox")
    proofs = {
        item["slug"]: Preuve(item["le"], told, verified=True) for item in view["etapes"] if item["etat"] == "fait"
    }
    notes, leaf = _refusal(view.get("motif")), _certificate(files)
    known = [_Known.of(item) for item in view["certificats"]]
    if leaf is None:
        ends = [one.fin for one in known if one.etat in _BOUND]
        if ends and all(end < now for end in ends):
            proofs = {slug: proof for slug, proof in proofs.items() if slug not in _OF_CERTIFICATE}
    else:
        mine = next((one for one in known if one.empreinte == leaf.empreinte and one.fin >= now), None)
        proofs = _of_one(proofs, mine)
        notes |= _others([one for one in known if one.fin >= now and one.etat == "actif"], mine, leaf, proofs)
    return _evidence(SANDBOX, files, now, proofs, notes, leaf, motif=view.get("motif"))


_DAYS = ("depose_le", "active_le", "controlee_le")


class _Known(NamedTuple):
    """A certificate of the town as the SI FPS sees it."""

    empreinte: str
    etat: str
    fin: dt.datetime
    depose_le: str | None
    active_le: str | None
    controlee_le: str | None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> _Known:
        end = dt.datetime.fromisoformat(item["fin"])
        return cls(item["empreinte"], item["etat"], end, *map(item.get, _DAYS))


def _of_one(proofs: Mapping[str, Preuve], mine: _Known | None) -> dict[str, Preuve]:
    """Keep of the certificate's steps those that this one (None: unknown there, or ended) has taken, with its days."""
    kept = {slug: proof for slug, proof in proofs.items() if slug not in _OF_CERTIFICATE}
    if mine is None:
        return kept
    days = dict(zip(_TAKEN["actif"], (mine.depose_le, mine.active_le, mine.controlee_le), strict=True))
    for slug in _TAKEN.get(mine.etat, ()):
        if slug in proofs and days[slug] is not None:
            kept[slug] = proofs[slug]._replace(le=days[slug])
    return kept


def _others(
    active: list[_Known], mine: _Known | None, leaf: Certificat, proofs: Mapping[str, Preuve]
) -> dict[str, str]:
    """Say of the first step that this certificate has not taken that another one of the town is active."""
    if not active or mine in active:
        return {}
    told = text("readiness.note.other", empreinte=leaf.empreinte[:_SHORT], active=active[0].empreinte[:_SHORT])
    return {next(slug for slug in _TAKEN["actif"] if slug not in proofs): told}


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
    suivi, leaf = files.read_state().suivis.get(env), _certificate(files)
    if suivi is not None and (leaf is None or leaf.empreinte == suivi.empreinte):
        proofs |= _said(suivi)
        day = last_check(workspace, siret, env, suivi.empreinte)
        if day is not None and suivi.etat == "actif":
            proofs["connexion.controlee"] = Preuve(day.isoformat(), text("readiness.proof.checked"), verified=True)
    return _evidence(env, files, in_zone(now), proofs, _refusal(state.motif), leaf, motif=state.motif)


def _said(suivi: Suivi) -> dict[str, Preuve]:
    """Return the steps that the last word of an SI FPS on the certificate proves."""
    steps = {"depose": ("certificat.depose",), "actif": ("certificat.depose", "certificat.active")}
    proof = Preuve(suivi.depuis, text("readiness.proof.sifps", empreinte=suivi.empreinte[:_SHORT]), verified=True)
    return dict.fromkeys(steps.get(suivi.etat, ()), proof)


def _refusal(motif: str | None) -> dict[str, str]:
    return {"espace.demande": text("readiness.note.refused", motif=motif)} if motif else {}


def _evidence(
    env: str,
    files: TownFiles,
    now: dt.datetime,
    proofs: dict[str, Preuve],
    notes: dict[str, str],
    leaf: Certificat | None,
    *,
    motif: str | None,
) -> Evidence:
    """Judge the file of the certificate, then gather what is known."""
    if leaf is not None:
        facts = {"empreinte": leaf.empreinte[:_SHORT], "fin": leaf.fin.date().isoformat(), "environnement": env}
        trial = leaf.of_test_provider and env != SANDBOX
        if trial or leaf.fin < now:
            proofs.pop("certificat.achete", None)
            notes["certificat.achete"] = text(f"readiness.note.{'test' if trial else 'ended'}", **facts)
        else:
            told = text("readiness.proof.file", **facts)
            proofs["certificat.achete"] = Preuve(in_zone(leaf.debut).isoformat(), told, verified=True)
    request = files.request if files.request.exists() else None
    known, told_of = MappingProxyType(proofs), MappingProxyType(notes)
    return Evidence(files.siret, env, now, known, request, told_of, motif, replaces=leaf is not None)


def _certificate(files: TownFiles) -> Certificat | None:
    """Return the certificate in use, None when there is none; raises `LocalError` (`cert.*`)."""
    path = (files.read_state().pair or files).certificate
    try:
        return read_chain(path.read_bytes())[0]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError("readiness.certificate", path=path, detail=os_reason(error)) from error
