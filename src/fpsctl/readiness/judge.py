"""The judgement: each step done, to do now, or blocked; by what, and who must act."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fpsctl.antai.endpoint import PRODUCTION, SANDBOX
from fpsctl.checks import Finding, Outcome, Severity
from fpsctl.raccordement.steps import ancestors, legal_day, steps
from fpsctl.readiness.evidence import Preuve
from fpsctl.texts import text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from fpsctl.raccordement import Etape
    from fpsctl.readiness.evidence import Evidence

Etat = Literal["fait", "a_faire", "bloquee"]
_LAST = "demarre"
_OUTCOMES: dict[Etat, Outcome] = {"fait": Outcome.PASS, "a_faire": Outcome.UNKNOWN, "bloquee": Outcome.SKIP}


class Judged(NamedTuple):
    """One step: `manque` are the steps still to do before it, `not_before` the day it waits for."""

    etape: Etape
    etat: Etat
    preuve: Preuve | None
    manque: tuple[str, ...]
    not_before: dt.date | None
    note: str | None = None


def judge(evidence: Evidence) -> tuple[Judged, ...]:
    """Judge the ten steps in the State's order.

    Nobody does the last one: exchanges may start as soon as the connection is checked and the day has come.
    """
    return tuple(_judge(etape, evidence) for etape in steps())


def _judge(etape: Etape, evidence: Evidence) -> Judged:
    proofs = evidence.proofs
    preuve = proofs.get(etape.slug)
    blocked = any(need not in proofs for need in etape.needs)
    if preuve is not None and not (etape.slug == _LAST and blocked):
        return Judged(etape, "fait", preuve, (), None)
    before = ancestors(etape.slug) if blocked else frozenset()
    manque = tuple(one.slug for one in steps() if one.slug in before and one.slug not in proofs)
    early = etape.since is not None and legal_day(evidence.now) < etape.since
    if etape.slug == _LAST and not blocked and not early:
        return Judged(etape, "fait", Preuve(None, text("readiness.proof.free"), verified=True), (), None)
    etat: Etat = "bloquee" if blocked or early else "a_faire"
    return Judged(etape, etat, None, manque, etape.since if early else None, evidence.notes.get(etape.slug))


def result_of(evidence: Evidence, judged: Sequence[Judged], options: Mapping[str, str]) -> dict[str, Any]:
    """Return the judgement as plain data.

    `options` complete the commands proposed: `town`, `folder`, `sandbox`, `where` (the last two and the environment).
    """
    return {
        "siret": evidence.siret,
        "environnement": evidence.environment,
        "horloge": evidence.now.isoformat(),
        "motif": evidence.motif,
        "etapes": [_entry(one, evidence, options) for one in judged],
        "pret": all(one.etat == "fait" for one in judged),
    }


def _entry(one: Judged, evidence: Evidence, options: Mapping[str, str]) -> dict[str, Any]:
    return {
        "n": one.etape.n,
        "slug": one.etape.slug,
        "titre": text(f"etape.{one.etape.slug}"),
        "acteur": one.etape.actor.value,
        "etat": one.etat,
        "le": one.preuve and one.preuve.le,
        "preuve": one.preuve and one.preuve.told,
        "verifie": one.preuve and one.preuve.verified,
        "remarque": one.note,
        "manque": list(one.manque),
        "pas_avant": one.not_before and one.not_before.isoformat(),
        "commande": _command(one, evidence, options) if one.etat == "a_faire" else None,
    }


def _command(one: Judged, evidence: Evidence, options: Mapping[str, str]) -> str:
    slug = one.etape.slug
    if slug == "certificat.achete" and evidence.request is not None:
        slug = "certificat.recu"
        if evidence.environment == SANDBOX:
            slug = "certificat.resigne" if evidence.replaces else "certificat.signe"
    confirm = f" --confirm {evidence.siret}" if evidence.environment == PRODUCTION else ""
    facts = {"siret": evidence.siret, "request": shlex.quote(str(evidence.request)), "confirm": confirm}
    return text(f"readiness.command.{slug}", **facts, **options)


def findings_of(result: dict[str, Any], judged: Sequence[Judged]) -> tuple[Finding, ...]:
    """Return one finding a step: passed, waiting for someone (`unknown`), or stopped by another (`skip`)."""
    return tuple(_finding(entry, one) for entry, one in zip(result["etapes"], judged, strict=True))


def _finding(entry: dict[str, Any], one: Judged) -> Finding:
    return Finding(
        id=f"readiness.{entry['slug']}",
        severity=Severity.ERROR,
        outcome=_OUTCOMES[one.etat] if one.not_before is None or one.manque else Outcome.UNKNOWN,
        actor=one.etape.actor,
        title=entry["titre"],
        detail=entry["preuve"] or ", ".join([*one.manque, *filter(None, [entry["pas_avant"], one.note])]),
        reference=one.etape.source,
        hint=entry["commande"] or "",
    )
