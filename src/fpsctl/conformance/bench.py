"""The SI FPS as the suite drives it: towns brought where a case begins, clocks, what others do, the log read back."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from fpsctl.antai.client import Identity, SiFps
from fpsctl.antai.messages import CertificatDepot
from fpsctl.conformance.facts import identity_of, siret_of
from fpsctl.conformance.log import read_line
from fpsctl.conformance.records import Town
from fpsctl.conformance.secrecy import Veil
from fpsctl.identifiers import Siret
from fpsctl.pki import make_csr, make_key, read_chain, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from fpsctl.antai import Profile
    from fpsctl.antai.endpoint import Endpoint
    from fpsctl.conformance.log import Echange
    from fpsctl.conformance.records import Happen, Level, TownPlan
    from fpsctl.sandbox.control import Control

# A town's clock begins long before its case: the start-up took its time.
_BEGIN = dt.datetime(2025, 12, 1, 9, tzinfo=dt.UTC)
_LEVELS: tuple[Level, ...] = ("espace", "depose", "active", "controle")


class Bench:
    """One running sandbox; every town is a new one, so that no case meets what another left."""

    def __init__(self, control: Control, endpoint: Endpoint, profile: Profile, folder: Path) -> None:
        """Take a sandbox, by its two doors, its profile, and a folder for keys."""
        self._control, self._endpoint = control, endpoint
        self._profile, self._folder = profile, folder
        self._towns = 0
        self._seen = 0

    def town(self, plan: TownPlan) -> Town:
        """Return a new town, its start-up played up to the level of the plan."""
        siret = siret_of(self._towns)
        self._towns += 1
        identity = identity_of(siret, plan.cycle)
        self._control.set_clock(siret, at=_BEGIN.isoformat())
        self._open(siret, identity)
        town = self._certified(siret, identity)
        reached = _LEVELS.index(plan.level)
        for step in (self._deposit, self._activate, self._check)[:reached]:
            step(town)
        return town

    def _deposit(self, town: Town) -> None:
        """Deposit the town's certificate over the interface, as its vendor does."""
        pem = town.certificate.read_text()
        with self._client(town) as si_fps:
            si_fps.deposit_certificat(
                CertificatDepot(siret=Siret(town.siret), certificat_pem=pem, empreinte_sha256=town.empreinte)
            )

    def _activate(self, town: Town) -> None:
        self._control.play(town.siret, "certificat.active", {"empreinte": town.empreinte})

    def _check(self, town: Town) -> None:
        with self._client(town) as si_fps:
            si_fps.check_front(town.siret)

    def _client(self, town: Town) -> SiFps:
        return SiFps(self._endpoint, self._profile, Identity(town.certificate, town.key))

    def _open(self, siret: str, identity: Mapping[str, Any]) -> None:
        """Get the town its espace numérique and its convention, signed by both."""
        asked = {"type_espace": "fps", "nom": identity["nom"], "type": "commune", "adresse": identity["contact"]}
        signed = {"signataire": "Maire", "deliberation": "2025-01", "cycle": identity["cycle"]}
        document = hashlib.sha256(siret.encode()).hexdigest()
        self._control.play(siret, "espace.demande", asked)
        self._control.play(siret, "espace.cree")
        self._control.play(siret, "convention.signee_autorite", signed)
        self._control.play(siret, "convention.deposee", {"empreinte_document": document})
        self._control.play(siret, "convention.signee_antai")

    def _certified(self, siret: str, identity: Mapping[str, Any]) -> Town:
        """Return the town with its key and a test certificate."""
        folder = self._folder / siret
        folder.mkdir(mode=0o700)
        certificate, path = folder / "certificate.pem", folder / "key.pem"
        key = make_key("ec256")
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - that is what was asked for
        write_private(path, key)
        pem = self._control.sign(make_csr(key, siret, identity["nom"], f"fps.{siret}.invalid"), siret)
        certificate.write_bytes(pem)
        leaf = read_chain(pem)[0]
        secret = key.private_numbers().private_value.to_bytes(32, "big")
        return Town(siret, identity, certificate, path, leaf.empreinte, Veil(secret))

    def move_clock(self, town: Town, at: str) -> None:
        """Set a town's clock; what is due by then happens."""
        self._control.set_clock(town.siret, at=at)

    def happen(self, town: Town, numero: str, act: Happen) -> None:
        """Let someone else act on a case."""
        self._control.happen(town.siret, numero, act.do, **act.fields)

    def heard(self) -> list[dict[str, Any]]:
        """Return the lines of the traffic log since the last look, whatever town they name."""
        lines = self._control.echanges(after=self._seen)
        if lines:
            self._seen = int(lines[-1]["seq"])
        return lines

    def read(self, lines: list[dict[str, Any]]) -> tuple[Echange, ...]:
        """Return lines of the traffic log as records."""
        return tuple(read_line(line) for line in lines)

    def dossiers(self, towns: tuple[Town, ...]) -> dict[str, dict[str, Any]]:
        """Return the cases of some towns, by number."""
        return {case["numero"]: case for town in towns for case in self._control.dossiers(town.siret)}

    def certificats(self, towns: tuple[Town, ...]) -> dict[str, str]:
        """Return the state of every certificate that some towns deposited."""
        bound = (one for town in towns for one in self._control.raccordement(town.siret)["certificats"])
        return {one["empreinte"]: one["etat"] for one in bound}
