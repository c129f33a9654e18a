"""The SI FPS over HTTPS with a client certificate: paths and names are those of the profile `public`."""

import hashlib
import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Refus(Exception):
    """The SI FPS said no, or we did before it."""


class SiFps:
    """One town's way to the SI FPS: its address, and the certificate of that town alone."""

    def __init__(self, endpoint: dict[str, str]) -> None:
        """Read the certificate; nothing is opened yet."""
        self.siret = endpoint["siret"]
        self._where = urlsplit(endpoint["url"]).netloc
        self._pem = Path(endpoint["certificate"]).read_text(encoding="ascii")
        self._tls = ssl.create_default_context(cafile=endpoint["ca"])
        self._tls.load_cert_chain(endpoint["certificate"], endpoint["key"])
        end = "-----END CERTIFICATE-----\n"
        leaf = ssl.PEM_cert_to_DER_cert(self._pem.partition(end)[0] + end)
        self.empreinte = hashlib.sha256(leaf).hexdigest()

    def deposit(self) -> dict[str, Any]:
        """Deposit the certificate."""
        message = {
            "titulaire": {"numeroSiret": self.siret},
            "certificat": {"contenuPem": self._pem, "empreinte": {"sha256": self.empreinte}},
        }
        return self._call("POST", f"/certificats/v1/{self.siret}", message)

    def check(self) -> dict[str, Any]:
        """Ask the front API as whom it knows us."""
        return self.get("controle")

    def get(self, path: str) -> dict[str, Any]:
        """Read from the front API."""
        return self._call("GET", f"/front/v1/{self.siret}/{path}")

    def post(self, path: str, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message to the front API."""
        return self._call("POST", f"/front/v1/{self.siret}/{path}", message)

    def _call(self, method: str, path: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer; raises `Refus` with the code of the SI FPS, `OSError` when the network fails."""
        connection = http.client.HTTPSConnection(self._where, context=self._tls, timeout=20)
        body = None if message is None else json.dumps(message).encode()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            content = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise Refus(content["code"])
        return content
