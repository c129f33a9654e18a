"""The typed messages of a dossier: content for each exchange, from state, facts and the town's settings.

What only the SI FPS could give (a reference, the number of a title) is marked `SIMULATION`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.antai import messages as antai
from fpsctl.dossier import amounts
from fpsctl.dossier.exchanges import payment_of
from fpsctl.dossier.title import pending_applied
from fpsctl.identifiers import SIMULATION_TERMINALS, Montant, NumeroFps

if TYPE_CHECKING:
    from collections.abc import Callable

    from fpsctl.antai.messages import Message
    from fpsctl.collectivite import Collectivite
    from fpsctl.dossier.facts import Facts
    from fpsctl.dossier.records import Dossier, Step
    from fpsctl.dossier.rules import Rules


class Case(NamedTuple):
    """A step with all that a message about it may need."""

    collectivite: Collectivite
    facts: Facts
    rules: Rules
    before: Dossier
    step: Step
    answered: str = ""
    """The message that an acknowledgement or a rejection answers."""

    @property
    def numero(self) -> NumeroFps:
        """The number of the initial notice."""
        return NumeroFps(self.step.dossier.constat.numero)

    def local(self, instant: int) -> dt.datetime:
        """Return an instant in the town's zone."""
        return dt.datetime.fromtimestamp(instant, self.rules.zone)

    @property
    def day(self) -> dt.date:
        """The legal day of the step."""
        return dt.date.fromordinal(self.step.event.jour)

    @property
    def rectificatif(self) -> NumeroFps:
        """The number of the avis rectificatif: given, else made on a device set aside."""
        if self.step.event.ref:
            return NumeroFps(self.step.event.ref)
        initial = self.numero
        day = self.day.timetuple().tm_yday
        terminals = SIMULATION_TERMINALS[1:]
        first = int(initial.terminal) % len(terminals)
        made = (
            NumeroFps.make(
                initial.siret,
                annee=initial.annee,
                autorite=initial.autorite,
                jour=day,
                terminal=terminals[(first + shift) % len(terminals)],
                ordre=int(initial.ordre),
            )
            for shift in range(len(terminals))
        )
        return next(numero for numero in made if numero != initial)


def contact_of(collectivite: Collectivite, autorite: int) -> tuple[str, str]:
    """Return name and contact lines of an authority; the town's name stands in for both when it is not set."""
    known = collectivite.reglages.autorites.get(str(autorite))
    if known is None:
        return collectivite.reglages.nom, collectivite.reglages.nom
    return known.nom, ", ".join([*known.adresse, *(extra for extra in (known.courriel, known.site) if extra)])


def _collectivite(case: Case) -> antai.Collectivite:
    autorite = case.facts.autorite
    return antai.Collectivite(
        nom=case.collectivite.reglages.nom,
        siret=case.collectivite.siret,
        contact=contact_of(case.collectivite, autorite)[1],
    )


def _autorite(case: Case) -> antai.Autorite:
    nom, contact = contact_of(case.collectivite, case.facts.autorite)
    return antai.Autorite(code=case.facts.autorite, nom=nom, contact=contact)


def _vehicule(case: Case) -> antai.Vehicule:
    facts = case.facts
    return antai.Vehicule(immatriculation=facts.immatriculation, marque=facts.marque, pays=facts.pays)


def agent(case: Case) -> str:
    """Return who draws up the notice: a RAPO is never decided by the agent of the finding (R. 2333-120-13)."""
    return case.facts.agent_rapo if case.step.event.kind == "rectificatif" else case.facts.agent


def signature(case: Case) -> str:
    """Return what stands for the agent's signature."""
    return f"Signé {agent(case)}"


def minored_price(case: Case) -> antai.Minore | None:
    """Return the minored price that still matters: open or to come, and lower than what is due."""
    minore, fin = case.rules.minore, case.step.dossier.jalons.minore_fin
    if minore is None or minore.montant >= amounts.du_fps(case.step.dossier.compte):
        return None
    if fin is not None and fin < case.step.event.instant:
        return None
    return antai.Minore(montant=Montant(minore.montant), fin_le=None if fin is None else case.local(fin))


def _avis_initial(case: Case) -> Message:
    facts, dossier = case.facts, case.step.dossier
    constat, receipt = dossier.constat, case.facts.justificatif
    return antai.AvisInitial(
        numero=case.numero,
        collectivite=_collectivite(case),
        autorite=_autorite(case),
        agent=facts.agent,
        constate_le=case.local(constat.instant),
        etabli_le=dt.date.fromordinal(constat.jour_etabli),
        lieu=facts.lieu,
        zone=facts.zone,
        vehicule=_vehicule(case),
        fps=Montant(constat.fps),
        deduit=Montant(constat.deduit),
        montant_du=Montant(dossier.compte.plein),
        justificatif=receipt
        and antai.Justificatif(
            emis_le=case.local(receipt.emission), fin_le=case.local(receipt.fin), montant=Montant(receipt.montant)
        ),
        minore=minored_price(case),
        fin_effet=fin_effet(case),
        signature=signature(case),
    )


def fin_effet(case: Case) -> dt.datetime:
    """Return when the FPS stops covering the stay: the maximum duration of the zone after the finding."""
    return case.local(case.step.dossier.constat.instant + case.facts.duree_max * 60)


def _avis_rectificatif(case: Case) -> Message:
    jalons = case.step.dossier.jalons_rapo
    return antai.AvisRectificatif(
        numero=case.rectificatif,
        numero_initial=case.numero,
        collectivite=_collectivite(case),
        autorite=_autorite(case),
        agent=agent(case),
        constate_le=case.local(case.step.dossier.constat.instant),
        lieu=case.facts.lieu,
        vehicule=_vehicule(case),
        rapo_recu_le=dt.date.fromordinal(jalons.recu or case.step.event.jour),
        etabli_le=case.day,
        montant=Montant(jalons.montant or 0),
        signature=signature(case),
    )


def _annulation(case: Case) -> Message:
    """Say what is no longer due: what the step cancelled, or after the title what ANTAI is asked to cancel."""
    day = case.step.event.jour
    before = pending_applied(case.before, case.rules, day)
    if case.step.event.kind == "transmission":  # everything that was cancelled before ANTAI had the case
        before = before._replace(annule_fps=0)
    after = pending_applied(case.step.dossier, case.rules, day)
    fps = after.annule_fps - before.annule_fps
    part = after.annule_majoration - before.annule_majoration
    return antai.Annulation(
        numero=case.numero,
        collectivite=_collectivite(case),
        motif=_motif(case),
        decide_le=case.day,
        montant_annule=Montant(fps + part),
        part_majoration=Montant(part),
        titre=titre(case) if case.step.dossier.jalons.titre else None,
    )


def _motif(case: Case) -> str:
    kind = case.step.event.kind
    return {"rectificatif": "rapo", "tsp_decision": "decision_tsp"}.get(kind, case.step.event.issue or "autorite")


def titre(case: Case) -> str:
    """Return the number of the title: given, else invented (its real structure is unknown)."""
    return case.step.dossier.jalons.titre_numero or f"SIMULATION-{case.numero[14:]}"


def _fps_impaye(case: Case) -> Message:
    compte = case.step.dossier.compte
    return antai.FpsImpaye(
        numero=case.numero,
        collectivite=_collectivite(case),
        vehicule=_vehicule(case),
        lieu=case.facts.lieu,
        constate_le=case.local(case.step.dossier.constat.instant),
        montant_initial=Montant(amounts.initial(compte)),
        paye=Montant(amounts.paye(compte)),
        annule=Montant(compte.annule_fps),
        remis=Montant(compte.remis),
        reste=Montant(amounts.reste(compte)),
    )


def _reference(case: Case) -> str:
    return f"SIMULATION-{case.numero[14:]}-{case.answered or case.step.event.kind}"


def _accuse(case: Case) -> Message:
    return antai.Accuse(
        numero=case.rectificatif if case.answered == "avis_rectificatif" else case.numero,
        objet=case.answered,  # type: ignore[arg-type]  # an `accuse` always follows one of the four
        reference=_reference(case),
        recu_le=case.local(case.step.event.instant),
    )


def _rejet(case: Case) -> Message:
    return antai.Rejet(
        numero=case.numero,
        objet="avis_initial",
        code=case.step.event.issue,
        reference=_reference(case),
        rejete_le=case.local(case.step.event.instant),
    )


def _date_envoi(case: Case) -> Message:
    return antai.DateEnvoi(
        numero=case.numero,
        envoye_le=dt.date.fromordinal(case.step.dossier.jalons.envoi or case.step.event.jour),
        mode="dematerialise" if case.step.outcome == "demat_antai" else "postal",
    )


def _paiement(case: Case) -> Message:
    reversal = case.step.event.kind == "paiement_annule"
    paiement = payment_of(case.before, case.step)
    return antai.RetourPaiement(
        numero=case.numero,
        montant=Montant(paiement.montant),
        canal=paiement.canal,  # type: ignore[arg-type]  # one of events.CANAUX
        paye_le=case.local(case.step.event.instant),
        reference=paiement.ref,
        annule=reversal,
    )


def _titre_emis(case: Case) -> Message:
    compte = case.step.dossier.compte
    return antai.TitreEmis(
        numero=case.numero,
        titre=titre(case),
        signe_le=case.day,
        montant_fps=Montant(compte.titre_fps),
        majoration=Montant(compte.majoration),
    )


def _titre_annulation(case: Case) -> Message:
    before, after = case.before.compte, case.step.dossier.compte
    return antai.TitreAnnulationAntai(
        numero=case.numero,
        titre=titre(case),
        titre_annulation=f"SIMULATION-{case.numero[14:]}-ANNULATION-{case.day:%Y%m%d}",
        emis_le=case.day,
        montant_fps=Montant(after.annule_fps - before.annule_fps),
        majoration=Montant(after.annule_majoration - before.annule_majoration),
    )


BUILDERS: dict[str, Callable[[Case], Message]] = {
    "avis_initial": _avis_initial,
    "avis_rectificatif": _avis_rectificatif,
    "annulation": _annulation,
    "fps_impaye": _fps_impaye,
    "accuse": _accuse,
    "rejet": _rejet,
    "date_envoi": _date_envoi,
    "paiement": _paiement,
    "titre_emis": _titre_emis,
    "titre_annulation_antai": _titre_annulation,
}
"""Every message of a dossier but the print request, which `fpsctl.avis` builds."""
