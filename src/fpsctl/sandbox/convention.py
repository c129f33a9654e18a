"""The convention as the espace numérique gives it back: a specimen that names its signatories, in French."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.errors import Refused
from fpsctl.texts import text_in

if TYPE_CHECKING:
    from fpsctl.raccordement import Raccordement

_FR = "fr"


def convention_text(file: Raccordement) -> str:
    """Return the countersigned convention; raises `Refused` (`convention.absente`) before that."""
    signed, deposited, countersigned = (
        file.done(f"convention.{step}") for step in ("signee_autorite", "deposee", "signee_antai")
    )
    if signed is None or deposited is None or countersigned is None:
        missing = ", ".join((*file.missing("convention.signee_antai"), "convention.signee_antai"))
        raise Refused("convention.absente", siret=file.siret, manque=missing)
    asked = file.done("espace.demande")
    return text_in(
        _FR,
        "convention.specimen",
        siret=file.siret,
        nom=asked.faits["nom"] if asked else "-",
        cycle=file.cycle,
        signataire=signed.faits["signataire"],
        deliberation=signed.faits["deliberation"],
        signee_le=signed.instant.date(),
        empreinte=deposited.faits["empreinte_document"],
        contresignee_le=countersigned.instant.date(),
    )
