"""The print request of a notice, built from the dossier and the town's settings.

The mentions are French, whatever the user's language: they are what the debtor reads. Lengths and rates
come from the law in force, never from the sentence.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fpsctl.antai.messages import DemandeImpression, Etablissement, Modalites
from fpsctl.dossier.messages import agent, contact_of, fin_effet, minored_price, signature
from fpsctl.identifiers import Montant
from fpsctl.texts import text_in

if TYPE_CHECKING:
    from fpsctl.dossier.messages import Case
    from fpsctl.dossier.records import Compte

_FR = "fr"


def build_impression(case: Case) -> DemandeImpression:
    """Return the print request of the avis initial, or of the avis rectificatif when the step drew one up."""
    corrective = case.step.event.kind == "rectificatif"
    return DemandeImpression(
        document="avis_rectificatif" if corrective else "avis_initial",
        numero_initial=case.numero if corrective else None,
        etablissement=_etablissement(case, corrective=corrective),
        modalites=_modalites(case),
    )


def _etablissement(case: Case, *, corrective: bool) -> Etablissement:
    facts, dossier = case.facts, case.step.dossier
    nom, contact = contact_of(case.collectivite, facts.autorite)
    rapo = case.before.jalons_rapo
    sent = dossier.jalons.envoi
    return Etablissement(
        collectivite=case.collectivite.reglages.nom,
        autorite=nom if nom == contact else f"{nom}, {contact}",
        agent=agent(case),
        constat_horodatage=case.local(dossier.constat.instant),
        lieu=facts.lieu,
        vehicule=" ".join(filter(None, (facts.immatriculation, facts.marque))),
        montant=Montant((dossier.jalons_rapo.montant or 0) if corrective else _due(dossier.compte)),
        date_envoi=None if corrective or sent is None else dt.date.fromordinal(sent),
        fin_effet=fin_effet(case),
        signature=signature(case),
        numero=case.rectificatif if corrective else case.numero,
        rapo_reception=french_day(dt.date.fromordinal(rapo.recu)) if corrective and rapo.recu else None,
        date=case.day if corrective else None,
    )


def _due(compte: Compte) -> int:
    """Return what the initial notice asks: the full price, less what was cancelled before it is printed."""
    return compte.plein - compte.annule_fps


def _modalites(case: Case) -> Modalites:
    jalons, rules = case.step.dossier.jalons, case.rules
    reglages = case.collectivite.reglages
    day = case.step.event.jour
    antai = rules.cycle == "complet"
    _, contact = contact_of(case.collectivite, case.facts.autorite)
    known = str(case.facts.autorite) in reglages.autorites
    return Modalites(
        service=_say("service.antai" if antai else "service.local", nom=reglages.nom),
        moyens=tuple(_say("moyens.antai" if antai else "moyens.local").split(";")),
        echeance=_say("echeance", date=french_day(dt.date.fromordinal(jalons.echeance or day))),
        majoration=_say(
            "majoration",
            mois=_length(case, "paiement"),
            taux=rules.number("majoration.taux", day),
            minimum=Montant(rules.number("majoration.minimum", day)).show(_FR),
        ),
        rapo_obligatoire=_say("rapo_obligatoire"),
        rapo_autorite=contact if known else "",
        rapo_delai=_say("rapo_delai", mois=_length(case, "rapo.depot")),
        rapo_forme=_say("rapo_forme"),
        derogation_accuse=_say("derogation_accuse"),
        rejet_implicite=_say("rejet_implicite", mois=_length(case, "rapo.reponse")),
        contentieux=_say("contentieux", mois=_length(case, "recours.rapo")),
        minore=_minore(case),
    )


def _say(mention: str, **params: object) -> str:
    return text_in(_FR, f"avis.modalites.{mention}", **params)


def _length(case: Case, slug: str) -> str:
    """Return a delay of whole months in words, as in force on the day of the step."""
    length = int(case.rules.law.delais[slug].on(case.day).value or 0)
    words = ("", "un", "deux", "trois", "quatre", "cinq", "six")
    return f"{words[length] if 0 < length < len(words) else length} mois"


def _minore(case: Case) -> str | None:
    minore = minored_price(case)
    if minore is None or minore.fin_le is None:
        return None
    return _say(
        "minore",
        montant=minore.montant.show(_FR),
        date=french_day(minore.fin_le.date()),
        heure=f"{minore.fin_le:%H h %M}",
    )


_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def french_day(day: dt.date) -> str:
    """Write a day as a French notice does: `1er mars 2026`."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1]} {day.year}"
