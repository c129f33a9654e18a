"""uvicorn's HTTP protocol with what it lacks: who the TLS peer is, bounds, and a problem for what is no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from fpsctl.errors import Refused
from fpsctl.sandbox.problems import language_of, problem

if TYPE_CHECKING:
    import asyncio

PEER = "fpsctl.peer"
"""Extension of the ASGI scope: the caller's certificate in DER, empty without TLS."""

MOST_HEAD = 64 * 1024
"""Bytes of a request that are not its body, give or take one read: beyond, it is turned away."""
_FAREWELL = 0.2


class PeerProtocol(HttpToolsProtocol):
    """Puts the peer's certificate in each request's scope; turns away in problem+json what is not a request.

    What came whole before is answered first, then the problem is, then the connection is closed.
    """

    patience = 60.0
    """Seconds in which a request must arrive whole."""
    _peer = b""
    _room = MOST_HEAD
    _whole = True
    _last = b""
    _alarm: asyncio.TimerHandle | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Read the peer's certificate once a connection."""
        tls = transport.get_extra_info("ssl_object")
        self._peer = (tls.getpeercert(binary_form=True) or b"") if tls is not None else b""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time that was left."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._unset_keepalive_if_required()
        if self._last or self.transport.is_closing():
            return
        self._room -= len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as error:
            self._stay(data[error.args[0] :])
        except httptools.HttpParserError:
            self._turn_away(Refused("http.malforme"))
        else:
            if self._room < 0:
                self._turn_away(Refused("http.entetes", most=MOST_HEAD))

    def _stay(self, rest: bytes) -> None:
        """Read again a request that would rather speak another protocol, as if it had not said so (RFC 9110, 7.8)."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":
            self._turn_away(Refused("http.malforme"))
            return
        headers = [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        head = b"\r\n".join([b"%s %s HTTP/%s" % (method, self.url, version), *headers, b"", b""])
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    # The request

    def on_message_begin(self) -> None:
        """Give the request its peer, its time and its room."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {PEER: {"der": self._peer}}
        self._room, self._whole = MOST_HEAD, False
        self._wait()

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """Give back the room: what frames a chunk is gone, what follows the last one is not yet there."""
        self._room = MOST_HEAD

    def on_body(self, body: bytes) -> None:
        """Collect the body, which has a bound of its own."""
        self._room = min(MOST_HEAD, self._room + len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if not self.parser.should_upgrade():
            self._whole = True
            self._stop_waiting()
            super().on_message_complete()

    # Time

    def _wait(self) -> None:
        self._stop_waiting()
        self._alarm = self.loop.call_later(self.patience, self._give_up)

    def _stop_waiting(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _give_up(self) -> None:
        self._turn_away(Refused("http.lent", most=round(self.patience)))

    # The end

    def shutdown(self) -> None:
        """End once the request at hand is answered; a caller that does not say goodbye holds up nothing."""
        super().shutdown()
        self.loop.call_later(_FAREWELL, self._leave)

    def _leave(self) -> None:
        if self.transport.is_closing():
            self.transport.abort()
        else:
            self.loop.call_later(_FAREWELL, self._leave)

    def on_response_complete(self) -> None:
        """Go on to the next request; after the last, say what is wrong with what came then."""
        more = bool(self.pipeline)
        super().on_response_complete()
        if self._last and not more:
            self._close()

    def _turn_away(self, error: Refused) -> None:
        """Read nothing more; a request that will never be whole is forgotten, those before it are answered."""
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        begun = cycle is not None and cycle.scope is self.scope and not self._whole
        answered = cycle is None or cycle.response_complete
        if begun and answered:  # only its body was still to come, and nobody waits for it
            self.transport.close()
            return
        self._last = bytes_of(error, dict(self.headers or ()).get(b"accept-language", b"").decode("latin-1"))
        queued = [entry for entry in self.pipeline if begun and entry[0] is cycle]
        for entry in queued:
            self.pipeline.remove(entry)
        if (begun and not queued) or answered:
            self._close()  # else others are being answered: `on_response_complete`

    def _close(self) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.write(self._last)
            self.transport.close()


def bytes_of(error: Refused, accepted: str) -> bytes:
    """Return a refusal as the last answer of a connection."""
    answer = problem(error, language_of(accepted))
    headers = f"content-type: {answer.media_type}\r\ncontent-length: {len(answer.body)}\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[answer.status] + headers.encode() + answer.body
