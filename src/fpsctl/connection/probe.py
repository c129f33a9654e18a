"""Single steps on the network: resolve, connect, shake hands, hear a late refusal, look at a server's certificate."""

from __future__ import annotations

import select
import socket
import ssl
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.faults import alert_code, opening_fault, said
from fpsctl.connection.shown import of_server
from fpsctl.errors import ConnectionFailed
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.antai.endpoint import Endpoint
    from fpsctl.connection.shown import Shown

# An alert takes one round trip; a server that has accepted sends session tickets then, or nothing at all.
_VERDICT_MS = 300


class Address(NamedTuple):
    """Where a name leads: the family of the socket, and what it connects to."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def shown(self) -> str:
        """The IP address."""
        return str(self.sockaddr[0])


def resolve(endpoint: Endpoint) -> tuple[Address, ...]:
    """Return the addresses of a host, the preferred one first; raises `ConnectionFailed` (`net.dns.unresolved`)."""
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise opening_fault(error, endpoint.where) from error
    return tuple(Address(family, sockaddr) for family, _, _, _, sockaddr in found)


def connect(endpoint: Endpoint, addresses: Sequence[Address], wait: float) -> socket.socket:
    """Return a connection to the first address that takes one; raises the last `ConnectionFailed` (`net.tcp.*`)."""
    fault: ConnectionFailed | None = None
    for address in addresses:
        try:
            return _open(address, wait)
        except OSError as error:
            fault = opening_fault(error, endpoint.where)
    raise fault or ConnectionFailed("net.dns.unresolved", where=endpoint.where, detail="-")


def _open(address: Address, wait: float) -> socket.socket:
    wire = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        wire.settimeout(wait)
        wire.connect(address.sockaddr)
    except OSError:
        wire.close()
        raise
    return wire


def shake_hands(context: ssl.SSLContext, wire: socket.socket, endpoint: Endpoint) -> ssl.SSLSocket:
    """Return the connection secured, server verified, certificate presented; raises `ConnectionFailed` (`tls.*`)."""
    try:
        return context.wrap_socket(wire, server_hostname=endpoint.host)
    except TimeoutError as error:
        raise ConnectionFailed("tls.handshake.failed", where=endpoint.where, detail=text("os.ETIMEDOUT")) from error
    except OSError as error:
        raise opening_fault(error, endpoint.where) from error


def hear_verdict(secured: ssl.SSLSocket, where: str) -> bool:
    """Say whether the server accepted the certificate; False when it said nothing in time.

    In TLS 1.3 it says so only after the handshake; nothing is sent to it here, so its alert cannot be lost.
    Raises `ConnectionFailed` (`tls.client-cert.*`).
    """
    if secured.version() != "TLSv1.3":
        return True
    poll = select.poll()
    poll.register(secured, select.POLLIN)
    if not poll.poll(_VERDICT_MS):
        return False
    secured.settimeout(0.0)
    try:
        closed = secured.recv(1) == b""
    except ssl.SSLWantReadError:
        return True  # session tickets: the server goes on
    except OSError as error:
        code = alert_code(error) or "tls.client-cert.refused-unexplained"
        raise ConnectionFailed(code, where=where, detail=said(error)) from error
    if closed:
        detail = text("os.ECONNRESET")
        raise ConnectionFailed("tls.client-cert.refused-unexplained", where=where, detail=detail)
    return True


def look_at_server(endpoint: Endpoint, wait: float) -> Shown | None:
    """Describe a certificate that was refused, as evidence; None when the server does not show it.

    Nothing is sent on this connection, which is not verified.
    """
    try:
        pem = ssl.get_server_certificate((endpoint.host, endpoint.port), timeout=wait)
        return of_server(ssl.PEM_cert_to_DER_cert(pem))
    except (OSError, ValueError):
        return None
