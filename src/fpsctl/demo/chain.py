"""The start-up of the example town on the embedded SI FPS, by the same services as the commands."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai import load_profile
from fpsctl.antai.client import Identity, SiFps
from fpsctl.antai.endpoint import SANDBOX, find_endpoint
from fpsctl.certificate.service import activate, adopt, deposit, request
from fpsctl.certificate.store import TownFiles
from fpsctl.collectivite import add_town, example
from fpsctl.connection import Asked, check_connection
from fpsctl.sandbox.control import Control
from fpsctl.simulation import find, messages_of, simulate
from fpsctl.texts import text
from fpsctl.workspace import Workspace, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fpsctl.antai import Message
    from fpsctl.clock import Clock
    from fpsctl.sandbox.process import Running

START = "2026-02-27T09:00"
END = "2026-07-15T12:00"
LIVES = {"titre-emis": "2026-02-27T10:15", "rapo-partiel": "2026-02-28T16:40"}
"""The two dossiers that go through the interface: a scenario, and when the agent finds the vehicle."""

_ADDRESS = "1 place de la Fiction, 00000 Exemple"
_SENT: dict[str, Callable[[SiFps, Any], object]] = {
    "avis_initial": SiFps.send_avis_initial,
    "avis_rectificatif": SiFps.send_avis_rectificatif,
    "annulation": SiFps.send_annulation,
}


class Act(NamedTuple):
    """Something that is done at an instant: a message of the vendor, or a payment through ANTAI (cents)."""

    instant: int
    numero: str
    message: Message | None
    montant: int


class Chain:
    """A town on a running sandbox; each step returns the line that says what it came to."""

    def __init__(self, running: Running, folder: Path, clock: Clock) -> None:
        """Take a sandbox and the workspace folder of the town."""
        self._folder, self._clock = folder, clock
        self._town = example()
        self._profile = load_profile("public")
        self._endpoint = find_endpoint(self._profile, SANDBOX, running.ready_file)
        self._files = TownFiles(folder, self._town.siret)
        self.control = Control(running.management_url)

    def raccordement(self) -> str:
        """Open the espace numerique and have the convention signed by both sides."""
        siret, reglages = self._town.siret, self._town.reglages
        self.control.set_clock(siret, at=START)
        settings = reglages.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        add_town(Workspace(self._folder), siret, self._town.depuis, settings)
        document = text("demo.convention").encode()
        write_whole(self._folder / "convention.txt", document)
        self.control.play(siret, "espace.demande", {"nom": reglages.nom, "type": reglages.type, "adresse": _ADDRESS})
        self.control.play(siret, "espace.cree")
        self.control.play(
            siret, "convention.signee_autorite", {"signataire": "Le conseil municipal", "deliberation": "2026-01"}
        )
        digest = hashlib.sha256(document).hexdigest()
        self.control.play(siret, "convention.deposee", {"empreinte_document": digest})
        self.control.play(siret, "convention.signee_antai")
        write_whole(self._folder / "convention-signee.txt", self.control.convention(siret).encode())
        return text("demo.chain.raccordement", siret=siret)

    def certificate(self) -> str:
        """Make key and request, have it signed by the TEST provider, deposit and activate it."""
        files, siret = self._files, self._town.siret
        request(files, self._town.reglages.nom, f"FPS {siret}")
        adopt(files, self.control.sign(files.request.read_bytes(), siret))
        deposit(files, self._connect, self._clock.now())
        result = activate(files, self.control)
        return text("demo.chain.certificate", empreinte=result["empreinte"][:16])

    def connection(self) -> str:
        """Check the connection of the front API. Raises what stopped it."""
        pair = self._files.pair()
        checked = check_connection(
            Asked(self._town.siret, self._endpoint, self._profile, Identity(pair.certificate, pair.key), self._clock)
        )
        if checked.error is not None:
            raise checked.error
        return text("demo.chain.connection", stages=len(checked.steps))

    def exchanges(self) -> tuple[str, list[dict[str, Any]]]:
        """Send two dossiers while the clock runs; keep the returns and the print requests. Returns them by number."""
        siret = self._town.siret
        acts = [act for name, found in LIVES.items() for act in self._acts(name, found)]
        acts.sort(key=lambda act: (act.instant, act.numero))
        pair = self._files.pair()
        with self._connect(pair.certificate, pair.key, None) as sifps:
            for act in acts:
                self._do(act, sifps)
            self.control.set_clock(siret, at=END)
            returns = [
                {"sequence": item.sequence, "type": item.kind, "message": item.message.model_dump(mode="json")}
                for item in sifps.read_retours(siret).items
                if item.message is not None
            ]
            printed = [self._print(sifps, act.message) for act in acts if act.message is not None]
        write_whole(self._folder / "retours.json", _json(returns))
        kinds = ", ".join(str(item["type"]) for item in returns)
        line = text("demo.chain.exchanges", sent=len(printed), printed=len(printed), returns=kinds)
        return line, printed

    def _acts(self, name: str, found: str) -> Iterator[Act]:
        """Read off a simulated life what the vendor sends and what is paid through ANTAI."""
        simulation = simulate(find(name), self._town, constat=found)
        numero = str(simulation.constat.numero)
        for travelling in messages_of(simulation, simulation.entries):
            if travelling.direction == "out":
                yield Act(travelling.entry.step.event.instant, numero, travelling.message, 0)
        for entry in simulation.entries:
            event = entry.step.event
            if event.kind == "paiement":
                yield Act(event.instant, numero, None, event.montant or 0)

    def _do(self, act: Act, sifps: SiFps) -> None:
        siret = self._town.siret
        moment = dt.datetime.fromtimestamp(act.instant, self._town.reglages.zone)
        self.control.set_clock(siret, at=moment.isoformat())
        if act.message is None:
            self.control.happen(siret, act.numero, "paiement", montant=act.montant, canal="antai")
        else:
            _SENT[act.message.kind](sifps, act.message)

    def _print(self, sifps: SiFps, message: Message) -> dict[str, Any]:
        numero = str(message.numero)  # type: ignore[attr-defined]  # every message that is sent has one
        content = sifps.read_impression(self._town.siret, numero).model_dump(mode="json")
        folder = self._folder / "impressions"
        folder.mkdir(exist_ok=True)
        write_whole(folder / f"{numero}.json", _json(content))
        return {"numero": numero, "document": content["document"], "montant": content["etablissement"]["montant"]}

    def _connect(self, certificate: Path, key: Path, passphrase: str | None) -> SiFps:
        return SiFps(self._endpoint, self._profile, Identity(certificate, key, passphrase))


def _json(content: object) -> bytes:
    import json  # noqa: PLC0415

    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
