"""The files of a town's certificate: `certificates/<siret>/` in the workspace, open to its owner alone.

key.pem          the private key, written once
request.csr      the request to have signed
certificate.pem  the signed certificate, then its intermediates
state.json       what the SI FPS last said of it, environment by environment; never a key
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.errors import LocalError
from fpsctl.identifiers import Siret
from fpsctl.pki.renewal import EMBEDDED, signature
from fpsctl.texts import text
from fpsctl.validation import os_reason
from fpsctl.workspace import held, write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

SCHEMA = "fpsctl/certificate/1"
FOLDER = "certificates"
_PRIVATE_FOLDER = 0o700


class Pair(NamedTuple):
    """Where a certificate and its private key stand."""

    certificate: Path
    key: Path


class Suivi(NamedTuple):
    """What one SI FPS last said of a certificate; `depuis` is ISO 8601, None where it was not said."""

    empreinte: str
    etat: str
    depuis: str | None


class State(NamedTuple):
    """What is kept of a town: the pair in use when it is not the town's own, and the word of each SI FPS."""

    pair: Pair | None
    suivis: Mapping[str, Suivi]


class TownFiles:
    """The files of one town; nothing is read or created until asked."""

    def __init__(self, workspace: Path, siret: str) -> None:
        """Take the folder of the workspace and a SIRET."""
        self.workspace = workspace
        self.siret = Siret(siret)
        self.folder = workspace / FOLDER / self.siret
        self.key = self.folder / "key.pem"
        self.request = self.folder / "request.csr"
        self.certificate = self.folder / "certificate.pem"
        self.state_file = self.folder / "state.json"

    @property
    def present(self) -> dict[str, str]:
        """The files that are there, by what they hold."""
        named = {"key": self.key, "request": self.request, "certificate": self.certificate}
        return {name: str(path) for name, path in named.items() if path.exists()}

    def writing(self) -> AbstractContextManager[None]:
        """Make the folder (mode 0700) and hold it; raises `LocalError` (`workspace.*`)."""
        return held(self.workspace, self.folder.parent, self.folder, mode=_PRIVATE_FOLDER)

    def write(self, path: Path, content: bytes) -> None:
        """Write one of the files whole; only inside `writing`."""
        write_atomic(path, lambda target: target.write(content))

    def pair(self) -> Pair:
        """Return the certificate and key in use; raises `LocalError` (`cert.none`, `cert.state.unreadable`)."""
        pair = self.read_state().pair or Pair(self.certificate, self.key)
        if not pair.certificate.exists():
            raise LocalError("cert.none", siret=self.siret, path=pair.certificate, command=self._to_do(pair))
        return pair

    def _to_do(self, pair: Pair) -> str:
        """Return what brings the certificate that is missing: its request signed, made first where there is none."""
        if pair.certificate == self.certificate and self.request.exists():
            return signature(self.siret, EMBEDDED, self.request)
        return text("cert.next.request", siret=self.siret)

    def renewable(self, pair: Pair) -> Path | None:
        """Return the request that the pair in use was signed from, None where it is not here."""
        return self.request if pair.key == self.key and self.request.exists() else None

    def read_state(self) -> State:
        """Return what is kept; raises `LocalError` (`cert.state.unreadable`)."""
        try:
            return _state(json.loads(self.state_file.read_bytes()))
        except FileNotFoundError:
            return State(None, {})
        except OSError as error:
            raise LocalError("cert.state.unreadable", path=self.state_file, detail=os_reason(error)) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LocalError("cert.state.unreadable", path=self.state_file, detail=SCHEMA) from error

    def keep(self, environment: str, suivi: Suivi, pair: Pair) -> None:
        """Write down what an SI FPS said of the pair in use; raises `LocalError`."""
        own = pair == Pair(self.certificate, self.key)
        with self.writing():
            suivis = {**self.read_state().suivis, environment: suivi}
            state = {
                "schema": SCHEMA,
                "siret": self.siret,
                "pair": None if own else {name: str(path) for name, path in pair._asdict().items()},
                "environments": {name: said._asdict() for name, said in suivis.items()},
            }
            self.write(self.state_file, json.dumps(state, indent=2).encode() + b"\n")


def _state(kept: Any) -> State:  # noqa: ANN401 - JSON from a file that anyone may have edited
    pair = kept["pair"]
    suivis = {
        str(name): Suivi(
            str(said["empreinte"]), str(said["etat"]), None if said["depuis"] is None else str(said["depuis"])
        )
        for name, said in kept["environments"].items()
    }
    return State(pair and Pair(Path(pair["certificate"]), Path(pair["key"])), suivis)
