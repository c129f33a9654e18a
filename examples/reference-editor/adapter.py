"""A small vendor program under self-certification: one JSON request on stdin, one JSON answer on stdout.

The protocol is told in README.md. Each step is a few lines: read what the state knows, build the message, write both
down, send, write down the answer.
"""

import json
import sys
from pathlib import Path
from typing import Any

import avis
from sifps import Refus, SiFps
from store import Store

DESCRIPTION = {
    "ok": True,
    "editor": "fpsctl",
    "product": "reference-editor",
    "version": "1.0",
    "environment": "test",
    "capabilities": [
        "depot_certificat", "controle_connexion", "avis_initial", "reprise", "correction", "retours_pull",
        "avis_rectificatif", "annulation", "impression", "fps_impaye", "temps_injecte",
    ],
}  # fmt: skip

Facts = dict[str, Any]


class Editor:
    """The program, for one request."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Read the request."""
        self.now = request["now"]
        self.town = request["facts"]["collectivite"]
        self.store = Store(Path(request["state"]), self.town["siret"])
        self.sifps = SiFps(request["endpoint"])

    def deposer_certificat(self, _facts: Facts) -> None:
        """Deposit the certificate that we also present."""
        self.sifps.deposit()

    def controler_connexion(self, _facts: Facts) -> None:
        """Check the connection, and remember that this certificate passed."""
        self.sifps.check()
        self.store.keep(controle=self.sifps.empreinte)

    def envoyer_avis(self, facts: Facts) -> None:
        """Draw up and send the notice of a finding, which has its number from this moment on."""
        numero = avis.numero(self.town, facts, facts, self.store.next_order(facts["terminal"]))
        self._send_avis(facts, numero)

    def corriger(self, facts: Facts) -> None:
        """Send a rejected notice again, corrected, under the number that it has."""
        known = self.store.dossier(facts["dossier"])
        if not known["rejete"]:
            raise Refus("not rejected")
        self._send_avis(facts, known["numero"])

    def _send_avis(self, facts: Facts, numero: str) -> None:
        message = avis.avis_initial(self.town, facts, numero)
        self.store.keep_dossier(facts["dossier"], numero=numero, facts=facts, message=message, rejete=False)
        self._send("avis-initiaux", message)

    def reprendre(self, facts: Facts) -> None:
        """Send again what was written down: the same number, the same content."""
        self._send("avis-initiaux", self.store.dossier(facts["dossier"])["message"])

    def rectifier(self, facts: Facts) -> None:
        """Send the corrective notice, under a number of its own."""
        known = self.store.dossier(facts["dossier"])
        numero = avis.numero(self.town, known["facts"], facts, self.store.next_order(facts["terminal"]))
        self._send("avis-rectificatifs", avis.avis_rectificatif(self.town, known, facts, numero))

    def annuler(self, facts: Facts) -> None:
        """Send the cancellation of a notice."""
        numero = self.store.dossier(facts["dossier"])["numero"]
        self._send("annulations", avis.annulation(self.town, facts, numero))

    def declarer_impaye(self, facts: Facts) -> None:
        """Send what is unpaid, from the day after the three months on."""
        if avis.still_payable(self.town, facts, self.now):
            raise Refus("still payable")
        numero = avis.numero(self.town, facts, facts, self.store.next_order(facts["terminal"]))
        self._send("fps-impayes", avis.fps_impaye(self.town, facts, numero))

    def relever_retours(self, _facts: Facts) -> None:
        """Pull returns page by page, after the last one we have, until none is left."""
        more = True
        while more:
            page = self.sifps.get(f"retours?apres={self.store.read('retours', 0)}")
            for retour in page["retours"]:
                if retour["type"] == "rejetMessage":
                    self.store.reject(retour["contenu"]["message"]["numeroAvis"])
                self.store.keep(retours=retour["sequence"])
            more = page["suite"]

    def lire_impression(self, facts: Facts) -> None:
        """Read the print request of a notice."""
        numero = self.store.dossier(facts["dossier"])["numero"]
        self.store.keep_dossier(facts["dossier"], impression=self.sifps.get(f"avis/{numero}/impression"))

    def _send(self, path: str, message: dict[str, Any]) -> None:
        """Send a message, once the front has let this certificate through."""
        if self.store.read("controle") != self.sifps.empreinte:
            self.controler_connexion({})
        self.sifps.post(path, message)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a request; a refusal is an answer, anything else is a crash."""
    if request["step"] == "describe":
        return DESCRIPTION
    editor = Editor(request)
    step = getattr(editor, request["step"], None)
    if step is None:
        return {"ok": False, "detail": "unknown step"}
    try:
        step(request["facts"])
    except (Refus, OSError) as error:
        return {"ok": False, "detail": str(error)}
    return {"ok": True}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
