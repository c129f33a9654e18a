"""TLS that says why it refuses: event loops drop the alert of a handshake that fails, and the caller guesses."""

from __future__ import annotations

import ssl
from typing import Any

from fpsctl.errors import Refused
from fpsctl.sandbox.protocol import bytes_of

_PLAIN = "HTTP_REQUEST"
"""OpenSSL's word for HTTP where TLS was expected."""


class TellingContext(ssl.SSLContext):
    """A context whose failed handshakes say so, then wait for the caller to leave."""

    def __init__(self, *_: object) -> None:
        """Take the protocol, as `ssl.SSLContext` does."""
        self.sslobject_class = _Telling

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **options: Any) -> ssl.SSLObject:  # noqa: ANN401 - handed on
        """Return a TLS connection over two buffers."""
        made = super().wrap_bio(incoming, outgoing, *args, **options)
        assert isinstance(made, _Telling)  # noqa: S101 - the class above
        made.incoming, made.outgoing = incoming, outgoing
        return made


class _Telling(ssl.SSLObject):
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    _refused = False

    def do_handshake(self) -> None:
        """Go on with the handshake.

        One that failed seems to want more to read: the loop then writes what is to be written, the alert. What
        still comes is thrown away, until the caller closes or the loop's own time for a handshake is over.
        """
        if self._refused:
            self.incoming.read()
            raise ssl.SSLWantReadError
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if error.reason == _PLAIN:
                self.outgoing.write(bytes_of(Refused("http.clair"), ""))
            if not self.outgoing.pending:
                raise
            self._refused = True
            raise ssl.SSLWantReadError from error
