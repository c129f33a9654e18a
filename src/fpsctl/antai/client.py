"""The client of the SI FPS: one method an operation, mutual TLS, nothing retried by itself."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, Self, cast

import httpx

from fpsctl import __version__
from fpsctl.antai.answers import PROBLEM, Answer, Call, Reader, Retour, Retours, refusal, server_date, unreadable
from fpsctl.antai.codec import codec_for
from fpsctl.antai.faults import exchange_fault, opening_fault
from fpsctl.antai.hook import Exchange, hook_of
from fpsctl.antai.operations import OPERATIONS, headers_of, method_of, path_of
from fpsctl.antai.tls import client_context
from fpsctl.errors import LocalError
from fpsctl.texts import language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from fpsctl.antai.endpoint import Endpoint
    from fpsctl.antai.messages import (
        Accuse,
        Annulation,
        AvisInitial,
        AvisRectificatif,
        CertificatDepot,
        CertificatStatut,
        ControleFront,
        DemandeImpression,
        FpsImpaye,
        Message,
    )
    from fpsctl.antai.profile_model import Profile
    from fpsctl.checks import Finding

__all__ = ["Identity", "Patience", "Retour", "Retours", "SiFps"]

_MOST = 16 * 1024 * 1024  # bytes of an answer; a page of returns is far below
# Below the five seconds after which servers close an idle connection: a request must not meet the closing.
_IDLE = 2.0


class Identity(NamedTuple):
    """Who calls: certificate (PEM, leaf first), private key, and the passphrase of the key if it has one."""

    certificate: Path
    key: Path
    passphrase: str | None = None

    def __repr__(self) -> str:
        """Never show the passphrase."""
        return f"Identity(certificate={self.certificate}, key={self.key})"


class Patience(NamedTuple):
    """How long to wait, in seconds: for the connection, and for each piece of the answer."""

    connect: float = 10.0
    read: float = 30.0


class SiFps:
    """A session with an SI FPS; a context manager.

    Every method raises `Refused` (the SI FPS said no), `ConnectionFailed` (faults.py, and `http.*`) and
    `LocalError` (`operation.*`, `message.*`). `retryable` of an error says whether the same request
    may be sent again as it is.
    """

    def __init__(
        self, endpoint: Endpoint, profile: Profile, identity: Identity, patience: Patience | None = None
    ) -> None:
        """Judge the files and make the TLS context; no traffic yet. Raises `LocalError` (`cert.*`, `profile.hook`)."""
        wait = patience or Patience()
        self._profile = profile
        self._hook = hook_of(profile)
        self._where = endpoint.where
        self._reader = Reader(profile)
        self._http = httpx.Client(
            base_url=endpoint.url,
            verify=client_context(endpoint.ca, identity.certificate, identity.key, identity.passphrase),
            timeout=httpx.Timeout(wait.read, connect=wait.connect),
            limits=httpx.Limits(keepalive_expiry=_IDLE),
            trust_env=False,
            headers={
                "User-Agent": f"fpsctl/{__version__}",
                "Accept": ", ".join(
                    dict.fromkeys((profile.formats.media_type.value, profile.errors.media_type, PROBLEM))
                ),
                "Accept-Encoding": "identity",
            },
        )
        self.last: Answer | None = None
        """The last answer, whatever it said."""

    def __enter__(self) -> Self:
        """Return the session; the first call opens the connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was odd in the answers so far."""
        return tuple(self._reader.findings)

    def deposit_certificat(self, depot: CertificatDepot) -> CertificatStatut:
        """Deposit a certificate."""
        return cast("CertificatStatut", self._message("deposit_certificat", depot, siret=depot.siret))

    def read_certificat(self, siret: str, empreinte: str) -> CertificatStatut:
        """Return the status of a deposited certificate, by its SHA-256."""
        return cast("CertificatStatut", self._message("read_certificat", siret=siret, empreinte=empreinte))

    def check_front(self, siret: str) -> ControleFront:
        """Return as whom the front API knows the caller."""
        return cast("ControleFront", self._message("check_front", siret=siret))

    def send_avis_initial(self, avis: AvisInitial) -> Accuse:
        """Send an initial notice."""
        return self._send("send_avis_initial", avis)

    def send_avis_rectificatif(self, avis: AvisRectificatif) -> Accuse:
        """Send a corrective notice."""
        return self._send("send_avis_rectificatif", avis)

    def send_annulation(self, annulation: Annulation) -> Accuse:
        """Send a cancellation."""
        return self._send("send_annulation", annulation)

    def send_fps_impaye(self, impaye: FpsImpaye) -> Accuse:
        """Send an unpaid charge."""
        return self._send("send_fps_impaye", impaye)

    def read_retours(self, siret: str, after: int = 0) -> Retours:
        """Return the page of returns after a sequence number."""
        call, answer = self._call("read_retour", None, {self._profile.retours.after: str(after)}, siret=siret)
        return self._reader.page(answer, call)

    def read_impression(self, siret: str, numero: str) -> DemandeImpression:
        """Return the print request of a notice."""
        return cast("DemandeImpression", self._message("read_impression", siret=siret, numero=numero))

    def _send(self, operation: str, message: AvisInitial | AvisRectificatif | Annulation | FpsImpaye) -> Accuse:
        # The town is the one of the number: a charge may be due to another body.
        numero = message.numero
        return cast("Accuse", self._message(operation, message, siret=numero.siret, numero=numero))

    def _message(self, operation: str, message: Message | None = None, **parts: str) -> Message:
        call, answer = self._call(operation, message, None, **parts)
        return self._reader.message(OPERATIONS[operation].answer or "", answer, call)

    def _call(
        self, operation: str, message: Message | None, query: Mapping[str, str] | None, **parts: str
    ) -> tuple[Call, Answer]:
        """Make one request; raises the error of an answer that is not a success."""
        method, path = method_of(self._profile, operation), path_of(self._profile, operation, **parts)
        entry = self._profile.operations[operation]
        call = Call(operation, self._where, entry.safe or entry.idempotent)
        headers, content = {"accept-language": language()}, b""
        if message is not None:
            headers["content-type"] = self._profile.formats.media_type.value
            content = codec_for(self._profile).encode(message)
        facts = {
            **parts,
            "operation": operation,
            "kind": self._profile.messages[message.kind].wire if message is not None else "",
            "correlation": secrets.token_hex(16),
            "idempotence": hashlib.sha256(f"{method} {path}\n".encode() + content).hexdigest(),
        }
        headers.update(headers_of(self._profile, operation, facts))
        sent = self._hook.outgoing(Exchange(operation, "editeur", headers, content))
        # None, not empty: a request without a body says nothing of its length.
        try:
            request = self._http.build_request(
                method, path, params=query, headers=dict(sent.headers), content=sent.body or None
            )
        except (UnicodeEncodeError, httpx.InvalidURL) as error:
            raise _unsendable(operation, error) from error
        self.last = None
        answer = self.last = self._exchange(request, call)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP: success
            raise refusal(self._profile, answer, call)
        if answer.status not in entry.success:
            self._reader.odd_status(answer, entry.success)
        return call, answer

    def _exchange(self, request: httpx.Request, call: Call) -> Answer:
        try:
            with closing(self._http.send(request, stream=True)) as response:
                body = _bounded(response.iter_raw(), call)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise opening_fault(error, self._where) from error
        except httpx.LocalProtocolError as error:
            raise _unsendable(call.operation, error) from error
        except httpx.TransportError as error:
            raise exchange_fault(error, self._where, safe=call.safe) from error
        status, headers = response.status_code, dict(response.headers.items())
        try:
            heard = self._hook.incoming(Exchange(call.operation, "editeur", headers, body, status))
        except ValueError as error:
            raise unreadable(call, str(error)) from error
        media_type = heard.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Answer(status, media_type, server_date(heard.headers.get("date")), heard.body)


def _unsendable(operation: str, error: Exception) -> LocalError:
    """Return the error of a request that HTTP has no way to tell: nothing was sent."""
    return LocalError("operation.unsendable", operation=operation, detail=str(error))


def _bounded(pieces: Iterable[bytes], call: Call) -> bytes:
    """Return a body; raises `ConnectionFailed` (`http.answer.unreadable`) on one that has no end."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > _MOST:
            raise unreadable(call, f"> {_MOST} B")
    return bytes(body)
