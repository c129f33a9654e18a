"""Where a town stands with the SI FPS: the log of its steps, and what follows from it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from fpsctl.identifiers import Siret
from fpsctl.raccordement.steps import ancestors, step, steps

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from fpsctl.raccordement.facts import Fait
    from fpsctl.raccordement.steps import Etape

Espace = Literal["absent", "demande", "cree", "refuse"]
EtatLie = Literal["depose", "actif", "remplace", "revoque"]


class CertificatLie(NamedTuple):
    """A certificate bound to the town: its validity (aware) and how far it got."""

    empreinte: str
    etat: EtatLie
    debut: dt.datetime
    fin: dt.datetime
    depose_le: dt.datetime
    active_le: dt.datetime | None


class Raccordement(NamedTuple):
    """A town's start-up: what was played, and what follows from it; made by `EMPTY`, `play` or `fold`."""

    siret: str
    faits: tuple[Fait, ...]
    espace: Espace
    certificats: Mapping[str, CertificatLie]

    def done(self, slug: str) -> Fait | None:
        """Return what did a step, None when it is to do, or to do again; raises `KeyError` on an unknown slug."""
        match slug:
            case "espace.demande" if self.espace == "refuse":
                return None
            case "certificat.depose":
                return self._first(slug, self._in_state("depose", "actif"))
            case "certificat.active":
                return self._first(slug, self._in_state("actif"))
            case "connexion.controlee":
                return self._checked()
        untold = step(slug).untold
        return self._last(slug) or (self.done(untold) if untold else None)

    @property
    def next(self) -> tuple[Etape, ...]:
        """The steps that can be taken now, in the State's order; the date is not looked at."""
        return tuple(etape for etape in steps() if self.done(etape.slug) is None and not self.missing(etape.slug))

    @property
    def cycle(self) -> str:
        """The cycle of the convention that the authority signed, `complet` before."""
        signed = self.done("convention.signee_autorite")
        return signed.faits["cycle"] if signed else "complet"

    @property
    def motif(self) -> str | None:
        """Why ANTAI refused the espace numérique, None where it is not refused."""
        refusal = self._last("espace.refuse") if self.espace == "refuse" else None
        return refusal.faits["motif"] if refusal else None

    def checked(self, empreinte: str) -> Fait | None:
        """Return the first front check that this certificate passed since it is active."""
        one = self.certificats.get(empreinte)
        if one is None or one.active_le is None:
            return None
        since = one.active_le
        found = (fait for fait in self.faits if fait.etape == "connexion.controlee" and fait.instant >= since)
        return next((fait for fait in found if fait.faits.get("empreinte") == empreinte), None)

    def missing(self, slug: str) -> tuple[str, ...]:
        """Return the steps still to do before this one, the indirect ones too, in the State's order.

        A step that the SI FPS never learns of is not asked for. Raises `KeyError` on an unknown slug.
        """
        if not any(self._lacks(need) for need in step(slug).needs):
            return ()
        before = ancestors(slug)
        return tuple(etape.slug for etape in steps() if etape.slug in before and self._lacks(etape.slug))

    def _lacks(self, slug: str) -> bool:
        return not step(slug).untold and self.done(slug) is None

    def _last(self, slug: str) -> Fait | None:
        return next((fait for fait in reversed(self.faits) if fait.etape == slug), None)

    def _first(self, slug: str, empreintes: frozenset[str]) -> Fait | None:
        return next((fait for fait in self.faits if fait.etape == slug and fait.faits["empreinte"] in empreintes), None)

    def _in_state(self, *states: EtatLie) -> frozenset[str]:
        return frozenset(one.empreinte for one in self.certificats.values() if one.etat in states)

    def _checked(self) -> Fait | None:
        """Return the last check that proves a certificate in use: of one now active, since the first was activated."""
        active, activation = self._in_state("actif"), self.done("certificat.active")
        for fait in reversed(self.faits):
            if fait is activation:
                return None
            if fait.etape == "connexion.controlee" and fait.faits.get("empreinte") in (None, *active):
                return fait
        return None


def EMPTY(siret: str) -> Raccordement:  # noqa: N802 - the state before anything, read like a constant
    """Return a town that asked for nothing yet; raises `InvalidIdentifier` (`siret.*`)."""
    return Raccordement(Siret(siret), (), "absent", MappingProxyType({}))
