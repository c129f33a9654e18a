"""The reference editor on any profile: its messages, made for `public`, go through fpsctl's own client.

It is a program (`profile_editor.py PROFILE`), and `Editor(profile)` is the same in this process. What it sends it
builds as any vendor does; from there on every name, path, format and code is that of the profile.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import reference_editor
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai.client import Identity, SiFps
from fpsctl.antai.endpoint import Endpoint
from fpsctl.antai.messages import CertificatDepot
from fpsctl.antai.operations import OPERATIONS
from fpsctl.conformance.adapter import Ended
from fpsctl.errors import FpsctlError
from fpsctl.pki.certificate import read_chain

_PUBLIC = load_profile("public")
_OPERATIONS = {
    entry.path.rpartition("/")[2]: name for name, entry in _PUBLIC.operations.items() if OPERATIONS[name].request
}


class _SiFps:
    """What the reference editor calls its `SiFps`."""

    profile = None
    refus = None

    def __init__(self, endpoint):
        self._siret = endpoint["siret"]
        self._identity = Identity(Path(endpoint["certificate"]), Path(endpoint["key"]))
        self._endpoint = Endpoint("sandbox", endpoint["url"], Path(endpoint["ca"]), None)
        self.empreinte = read_chain(self._identity.certificate.read_bytes())[0].empreinte

    def deposit(self):
        pem = self._identity.certificate.read_text()
        depot = CertificatDepot(siret=self._siret, certificat_pem=pem, empreinte_sha256=self.empreinte)
        self._do(lambda sifps: sifps.deposit_certificat(depot))

    def check(self):
        self._do(lambda sifps: sifps.check_front(self._siret))

    def post(self, path, message):
        operation = _OPERATIONS[path]
        decoded = codec_for(_PUBLIC).decode(OPERATIONS[operation].request, json.dumps(message).encode())
        assert decoded.message is not None, decoded.findings
        self._do(lambda sifps: getattr(sifps, operation)(decoded.message))

    def get(self, path):
        parts = urlsplit(path)
        if parts.path == "retours":
            after = int(parse_qs(parts.query)["apres"][0])
            page = self._do(lambda sifps: sifps.read_retours(self._siret, after))
            return {"retours": [_returned(item) for item in page.items], "suite": page.more}
        numero = parts.path.split("/")[1]
        return self._do(lambda sifps: json.loads(sifps.read_impression(self._siret, numero).model_dump_json()))

    def _do(self, call):
        try:
            with SiFps(self._endpoint, self.profile, self._identity) as sifps:
                answered = call(sifps)
                odd = [found for found in sifps.findings if found.id != "message.instant.ambiguous"]
                assert not odd, odd  # a receipt of October's hour shown twice is in doubt, as the profile has it
                return answered
        except FpsctlError as error:
            raise self.refus(error.code) from error


def _returned(item):
    message = json.loads(codec_for(_PUBLIC).encode(item.message))
    return {"sequence": item.sequence, "type": _PUBLIC.messages[item.kind].wire, "contenu": message}


class Editor:
    """Stands for `Adapter`, in this process."""

    last = Ended()

    def __init__(self, profile):
        self._answer = reference_editor.loaded(
            lambda modules: type("OnProfile", (_SiFps,), {"profile": profile, "refus": modules["sifps"].Refus})
        )

    def step(self, request, _veil):
        return self._answer(request)


if __name__ == "__main__":
    json.dump(Editor(load_profile(sys.argv[1])).step(json.load(sys.stdin), None), sys.stdout)
