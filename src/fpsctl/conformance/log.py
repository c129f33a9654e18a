"""What the SI FPS saw: the only evidence of a case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fpsctl.conformance.records import Town

AVIS = "send_avis_initial"
RECTIFICATIF = "send_avis_rectificatif"
ANNULATION = "send_annulation"
IMPAYE = "send_fps_impaye"
DEPOT = "deposit_certificat"
CONTROLE = "check_front"
RETOURS = "read_retour"
IMPRESSION = "read_impression"
SENDINGS = frozenset({AVIS, RECTIFICATIF, ANNULATION, IMPAYE})
_NUMERO = re.compile(r"(?<!\d)\d{26}(?!\d)")


class Page(NamedTuple):
    """A page of returns: what was asked, and what it held."""

    after: int
    sequences: tuple[int, ...]
    kinds: tuple[str, ...]
    more: bool


class Echange(NamedTuple):
    """One call that the SI FPS received, and how it answered."""

    seq: int
    siret: str
    operation: str
    chemin: str
    empreinte: str
    statut: int
    code: str
    message: Mapping[str, Any] | None = None
    """The body in canonical names, when it could be read."""
    page: Page | None = None
    """The returns that were answered, when it was a pull."""

    @property
    def accepted(self) -> bool:
        """Whether the answer was a success."""
        return 200 <= self.statut < 300  # noqa: PLR2004 - HTTP: success

    @property
    def numero(self) -> str:
        """The number of the notice that the message bears, or that the path names."""
        if self.message is not None:
            return str(self.message.get("numero", ""))
        named = _NUMERO.search(self.chemin)
        return named[0] if named else ""


def read_line(line: Mapping[str, Any]) -> Echange:
    """Read a line of the SI FPS's traffic log."""
    statut, operation = int(line.get("statut") or 0), str(line.get("operation") or "")
    return Echange(
        seq=int(line["seq"]),
        siret=str(line.get("siret") or ""),
        operation=operation,
        chemin=str(line.get("chemin") or ""),
        empreinte=str(line.get("empreinte") or ""),
        statut=statut,
        code=str(line.get("code") or ""),
        message=line.get("message"),
        page=_page(line["page"]) if line.get("page") else None,
    )


def _page(held: Mapping[str, Any]) -> Page:
    return Page(held["apres"], tuple(held["sequences"]), tuple(held["types"]), held["suite"])


class Asked(NamedTuple):
    """A step that the program was asked for, and what the SI FPS received while it ran."""

    step: str
    town: Town
    facts: Mapping[str, Any]
    echanges: tuple[Echange, ...]
    answer: Mapping[str, Any]

    def of(self, *operations: str) -> tuple[Echange, ...]:
        """Return the calls of some operations, refused ones included."""
        return tuple(echange for echange in self.echanges if echange.operation in operations)


class Log(NamedTuple):
    """All that a case left behind, in order."""

    towns: tuple[Town, ...]
    asked: tuple[Asked, ...]
    dossiers: Mapping[str, Mapping[str, Any]] = {}
    """The cases as the SI FPS holds them at the end, by number."""
    certificats: Mapping[str, str] = {}
    """State of each certificate at the end, by fingerprint."""

    @property
    def echanges(self) -> Iterator[Echange]:
        """Every call, in order."""
        return (echange for asked in self.asked for echange in asked.echanges)

    def of(self, *operations: str) -> tuple[Echange, ...]:
        """Return the calls of some operations, refused ones included."""
        return tuple(echange for echange in self.echanges if echange.operation in operations)

    def numero_of(self, dossier: str) -> str | None:
        """Return the number that the SI FPS accepted for one of the vendor's cases; None when it got none."""
        numeros = [
            echange.numero
            for asked in self.asked
            if asked.facts.get("dossier") == dossier
            for echange in asked.of(AVIS, IMPAYE)
            if echange.accepted
        ]
        return numeros[-1] if numeros else None
