"""Client of the management port: what a test, a demonstration or a person makes happen in the embedded SI FPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

from fpsctl.antai.faults import reason_of
from fpsctl.errors import ConnectionFailed, Refused
from fpsctl.texts import has_text, language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_TIMEOUT = 60.0
_PROBLEM = "application/problem+json"


class Control:
    """Drives one sandbox. Every method raises `Refused` with the sandbox's reason, or `ConnectionFailed`."""

    def __init__(self, management_url: str) -> None:
        """Take the URL of the management port; nothing is opened yet."""
        self._url = management_url
        self._client = httpx.Client(base_url=management_url, timeout=_TIMEOUT, trust_env=False)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def etat(self) -> dict[str, Any]:
        """Return what runs there."""
        return self._get("/etat")

    def raccordement(self, siret: str) -> dict[str, Any]:
        """Return where a town stands in the State's order."""
        return self._get(f"/raccordements/{_part(siret)}")

    def play(self, siret: str, etape: str, faits: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Take a start-up step, as the town or as ANTAI."""
        return self._post(f"/raccordements/{_part(siret)}/etapes", {"etape": etape, "faits": dict(faits or {})})

    def convention(self, siret: str) -> str:
        """Return the countersigned convention."""
        return self._call("GET", f"/raccordements/{_part(siret)}/convention").text

    def horloge(self, siret: str) -> dict[str, Any]:
        """Return a town's clock."""
        return self._get(f"/horloges/{_part(siret)}")

    def set_clock(self, siret: str, **move: str | bool) -> dict[str, Any]:
        """Move a town's clock: `at` an instant, by `avance` (ISO duration), or to the next event (`prochain=True`)."""
        renamed = {"a" if name == "at" else name: value for name, value in move.items()}
        return self._post(f"/horloges/{_part(siret)}", renamed)

    def dossiers(self, siret: str) -> list[dict[str, Any]]:
        """Return the cases of a town."""
        found: list[dict[str, Any]] = self._get(f"/dossiers/{_part(siret)}")["dossiers"]
        return found

    def dossier(self, siret: str, numero: str) -> dict[str, Any]:
        """Return a case: tracks, amounts in cents, events."""
        return self._get(f"/dossiers/{_part(siret)}/{_part(numero)}")

    def happen(self, siret: str, numero: str, do: str, **fields: object) -> dict[str, Any]:
        """Let an event happen in a case, now on the town's clock; returns the case."""
        return self._post(f"/dossiers/{_part(siret)}/{_part(numero)}/evenements", {"do": do, **fields})

    def echanges(self, siret: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Return the traffic log after a sequence number, all pages."""
        found: list[dict[str, Any]] = []
        query = {} if siret is None else {"siret": siret}
        while page := self._get("/echanges", **query, apres=str(after))["echanges"]:
            found += page
            after = page[-1]["seq"]
        return found

    def sign(self, csr: bytes, siret: str | None = None) -> bytes:
        """Have a certificate request signed by the TEST provider; returns leaf and intermediate (PEM)."""
        given = {"csr": csr.decode(errors="replace")} | ({} if siret is None else {"siret": siret})
        pem: str = self._post("/certificats/signature", given)["pem"]
        return pem.encode()

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        return self._object(self._call("GET", path, params=query))

    def _post(self, path: str, content: Mapping[str, object]) -> dict[str, Any]:
        return self._object(self._call("POST", path, json=dict(content)))

    def _call(self, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - handed to httpx
        try:
            response = self._client.request(method, path, headers={"accept-language": language()}, **given)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionFailed("sandbox.silent", url=self._url, detail=reason_of(error)) from error
        if response.is_success:
            return response
        if response.headers.get("content-type", "").startswith(_PROBLEM):
            raise _refused(self._object(response))
        raise self._stranger(response)

    def _object(self, response: httpx.Response) -> dict[str, Any]:
        """Return what was answered; another program may listen there now, on a port that a sandbox left."""
        try:
            found = response.json()
        except ValueError as error:
            raise self._stranger(response) from error
        if not isinstance(found, dict):
            raise self._stranger(response)
        return found

    def _stranger(self, response: httpx.Response) -> ConnectionFailed:
        return ConnectionFailed("sandbox.silent", url=self._url, detail=f"HTTP {response.status_code}")


def _part(value: str) -> str:
    """Return a value as one part of a path, whatever it holds."""
    return quote(value, safe="")


def _refused(problem: dict[str, Any]) -> Refused:
    """Return the refusal, told here in the user's language when its code is known."""
    code, params = str(problem.get("code")), problem.get("params")
    if has_text(f"error.{code}") and isinstance(params, dict):
        return Refused(code, **params)
    return Refused("sifps.refus", status=problem.get("status"), code=code, detail=problem.get("detail"))
