"""uvicorn's HTTP protocol with two things it lacks: who the TLS peer is, and a problem for malformed HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from fpsctl.errors import Refused
from fpsctl.sandbox.problems import problem

if TYPE_CHECKING:
    import asyncio

PEER = "fpsctl.peer"
"""Extension of the ASGI scope: the caller's certificate in DER, empty without TLS."""


class PeerProtocol(HttpToolsProtocol):
    """Puts the peer's certificate in each request's scope; answers malformed HTTP in problem+json."""

    _peer = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Read the peer's certificate once a connection."""
        tls = transport.get_extra_info("ssl_object")
        self._peer = (tls.getpeercert(binary_form=True) or b"") if tls is not None else b""
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        """Give the request its peer."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {PEER: {"der": self._peer}}

    def on_url(self, url: bytes) -> None:
        """Collect the target; one that is not ASCII is malformed, and uvicorn would not survive it."""
        super().on_url(url if url.isascii() else b"/%FF")

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, and close."""
        del msg
        if self.transport.is_closing():
            return
        answer = problem(Refused("http.malforme"), "fr")
        headers = (
            f"content-type: {answer.media_type}\r\ncontent-length: {len(answer.body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[400] + headers.encode() + answer.body)
        self.transport.close()
