"""What stands behind the management port: start-up steps, clocks, events, the traffic log, test certificates.

Each method runs inside one unit of work of the world and returns plain data.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl import __version__
from fpsctl.dossier import EVENTS, TRACKS
from fpsctl.dossier.views import montants
from fpsctl.errors import Refused
from fpsctl.identifiers import NumeroFps, Siret
from fpsctl.pki.authority import DEBUT, FIN
from fpsctl.raccordement import steps
from fpsctl.resources import read_yaml
from fpsctl.sandbox.cases import Draft
from fpsctl.sandbox.convention import convention_text
from fpsctl.simulation.happening import event_of
from fpsctl.simulation.moments import Duration, read_moment
from fpsctl.simulation.scenario import Etape

if TYPE_CHECKING:
    from fpsctl.clock import Clock
    from fpsctl.pki.authority import TestAuthority
    from fpsctl.raccordement import Raccordement
    from fpsctl.sandbox.cases import Dossiers
    from fpsctl.sandbox.world import World

_YEARS = 3  # RGS A4: three years at most
_PAGE = 1000
_MOST_DIGITS = 15


_OVER_THE_INTERFACE = ("certificat.depose", "connexion.controlee", "demarre")
"""Steps that the SI FPS sees itself: nobody can declare them."""


class Operator(NamedTuple):
    """The service; `started` is the machine's time."""

    world: World
    authority: TestAuthority
    clock: Clock
    started: dt.datetime

    def etat(self, _given: dict[str, Any]) -> dict[str, Any]:
        """Say what runs here."""
        profile = self.world.profile
        return {
            "profil": profile.profile,
            "version": __version__,
            "demarre_le": self.started.isoformat(),
            "sirets": self.world.store.sirets(),
            "hypotheses": [{"slug": slug, **entry} for slug, entry in read_yaml("sandbox.yaml")["parametres"].items()],
        }

    # Start-up

    def raccordement(self, _given: dict[str, Any], siret: str) -> dict[str, Any]:
        """Return where a town stands."""
        known = Siret(siret)
        file = self.world.file(known)
        return {
            "siret": known,
            "horloge": self.world.now(known).isoformat(),
            "cycle": file.cycle,
            "espace": file.espace,
            "motif": file.motif,
            "etapes": [_step(file, etape) for etape in steps()],
            "certificats": [
                {
                    "empreinte": one.empreinte,
                    "etat": one.etat,
                    "debut": one.debut.isoformat(),
                    "fin": one.fin.isoformat(),
                    "depose_le": one.depose_le.isoformat(),
                    "active_le": one.active_le and one.active_le.isoformat(),
                    "controlee_le": (check := file.checked(one.empreinte)) and check.instant.isoformat(),
                }
                for one in file.certificats.values()
            ],
        }

    def play(self, given: dict[str, Any], siret: str) -> dict[str, Any]:
        """Take a start-up step. Raises `Refused`."""
        known, etape, facts = Siret(siret), str(given.get("etape", "")), given.get("faits", {})
        odd = next((name for name in given if name not in ("etape", "faits")), None)
        if odd is not None:
            raise Refused("raccordement.faits", etape=etape, champ=odd, detail="etape|faits")
        if not isinstance(facts, dict):
            raise Refused("raccordement.faits", etape=etape, champ="faits", detail="{...}")
        if etape in _OVER_THE_INTERFACE:
            raise Refused("evenement.editeur", event=etape)
        self.world.record(known, etape, self._completed(known, etape, facts))
        return self.raccordement({}, known)

    def _completed(self, siret: str, etape: str, facts: dict[str, Any]) -> dict[str, Any]:
        """Add what the SI FPS knows of a certificate: which one, when there is one only, and its validity."""
        if etape != "certificat.active":
            return facts
        bound = self.world.file(siret).certificats
        waiting = [one for one in bound.values() if one.etat == "depose"]
        empreinte = facts.get("empreinte") or (waiting[0].empreinte if len(waiting) == 1 else "")
        known = bound.get(str(empreinte))
        if known is None:
            return facts
        validity = {"debut": known.debut.isoformat(), "fin": known.fin.isoformat()}
        return {**validity, **facts, "empreinte": known.empreinte}

    def convention(self, _given: dict[str, Any], siret: str) -> str:
        """Return the countersigned convention. Raises `Refused` (`convention.absente`)."""
        known = Siret(siret)
        return convention_text(self.world.file(known))

    # Time

    def horloge(self, _given: dict[str, Any], siret: str) -> dict[str, Any]:
        """Return a town's clock and what is due next."""
        known = Siret(siret)
        due = self.world.next_due(known)
        return {
            "siret": known,
            "mode": "fixe" if self.world.stands(known) else "reel",
            "instant": self.world.now(known).isoformat(),
            "prochain": due and dt.datetime.fromtimestamp(due, self.world.zone(known)).isoformat(),
        }

    def set_clock(self, given: dict[str, Any], siret: str) -> dict[str, Any]:
        """Move a town's clock: `a` an instant, by `avance`, or to the `prochain` event. Raises `Refused`."""
        known = Siret(siret)
        if len(given) != 1:
            raise Refused("horloge.demande", siret=known)
        done = self.world.set_clock(known, self._target(known, given))
        return {**self.horloge({}, known), "evenements": done.events, "retours": done.returns}

    def _target(self, siret: str, given: dict[str, Any]) -> dt.datetime:
        now, zone = self.world.now(siret), self.world.zone(siret)
        if isinstance(given.get("a"), str):
            return read_moment(given["a"], zone)
        if "avance" in given:
            return Duration.parse(given["avance"]).after(now)
        if given.get("prochain") is not True:
            raise Refused("horloge.demande", siret=siret)
        due = self.world.next_due(siret)
        return now if due is None else max(now, dt.datetime.fromtimestamp(due, zone))

    # Cases

    def dossiers(self, _given: dict[str, Any], siret: str) -> dict[str, Any]:
        """Return the cases of a town: numbers and tracks."""
        known = Siret(siret)
        self.world.catch_up(known)
        found = [{"numero": case.opened.numero, "etat": _tracks(case)} for case in self.world.cases(known)]
        return {"siret": known, "dossiers": found}

    def dossier(self, _given: dict[str, Any], siret: str, numero: str) -> dict[str, Any]:
        """Return a case. Raises `Refused` (`dossier.inconnu`)."""
        known = Siret(siret)
        self.world.catch_up(known)
        return self._case(self._of(known, numero))

    def happen(self, given: dict[str, Any], siret: str, numero: str) -> dict[str, Any]:
        """Let ANTAI, DGFiP, a driver or the court do something. Raises `Refused`, `EventRefused`."""
        known = Siret(siret)
        self.world.catch_up(known)
        now = self.world.now(known)
        step = Etape.model_validate({**given, "at": now.isoformat()})
        if EVENTS[step.do].actor == "editeur":
            raise Refused("evenement.editeur", event=step.do)
        draft = Draft(self._of(known, numero))
        instant = int(now.timestamp())
        draft.happen(event_of(step.do, step.facts, instant, draft.case.dossier, draft.case.engine))
        draft.advance(instant)
        self.world.save(draft)
        return self._case(draft.case)

    def _of(self, siret: str, numero: str) -> Dossiers:
        case = self.world.case(NumeroFps(numero))
        if case.opened.siret != siret:
            raise Refused("dossier.inconnu", numero=numero)
        return case

    def _case(self, case: Dossiers) -> dict[str, Any]:
        now = int(self.world.now(case.opened.siret).timestamp())
        rules = case.engine.rules
        return {
            "numero": case.opened.numero,
            "siret": case.opened.siret,
            "cycle": case.opened.cycle,
            "etat": _tracks(case),
            "montants": montants(case.dossier, rules, now),
            "evenements": [
                {
                    "instant": dt.datetime.fromtimestamp(event.instant, rules.zone).isoformat(),
                    "event": event.kind,
                    "montant": event.montant,
                    "issue": event.issue or None,
                    "ref": event.ref or None,
                }
                for event in self.world.log_of(case)
            ],
        }

    # Traffic and certificates

    def echanges(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return lines of the traffic log: of a `siret`, after a sequence number (`apres`)."""
        after, siret = given.get("apres", "0"), given.get("siret")
        if not (after.isascii() and after.isdigit() and len(after) <= _MOST_DIGITS):
            raise Refused("retours.apres", champ="apres", lu=after)
        return {"echanges": self.world.store.echanges(None if siret is None else Siret(siret), int(after), _PAGE)}

    def sign(self, given: dict[str, Any]) -> dict[str, Any]:
        """Sign a request as the TEST certificate provider; valid now on both clocks, the machine's and the town's."""
        csr = str(given.get("csr", "")).encode()
        now = self.clock.now().replace(microsecond=0)
        clocks = [now] + ([self.world.now(Siret(str(given["siret"])))] if given.get("siret") else [])
        first, last = min(clocks), max(clocks)
        debut = max(first.astimezone(dt.UTC) - dt.timedelta(days=1), DEBUT)
        fin = min(last.astimezone(dt.UTC) + dt.timedelta(days=365 * _YEARS), FIN)
        return {"pem": self.authority.sign(csr, debut, fin).decode()}


def _step(file: Raccordement, etape: Any) -> dict[str, Any]:  # noqa: ANN401 - a step record
    done, missing = file.done(etape.slug), file.missing(etape.slug)
    return {
        "n": etape.n,
        "slug": etape.slug,
        "actor": str(etape.actor),
        "etat": "fait" if done else "bloquee" if missing else "a_faire",
        "le": done and done.instant.isoformat(),
        "needs": list(etape.needs),
        "manque": list(missing),
    }


def _tracks(case: Dossiers) -> dict[str, str | None]:
    return {track: getattr(case.dossier, track) for track in TRACKS}
