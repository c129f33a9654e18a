"""What broke a connection, as one slug each (the fault table of certificates.md, section 4).

A fault is told with `where` (host:port) and `detail` (why, as the system or OpenSSL tells it), nothing else.
"""

from __future__ import annotations

import re
import socket
import ssl

from fpsctl.errors import ConnectionFailed
from fpsctl.texts import has_text, text
from fpsctl.validation import os_reason

ALERTS = {
    "CERTIFICATE_REQUIRED": "tls.client-cert.missing",
    "UNKNOWN_CA": "tls.client-cert.unknown-issuer",
    "CERTIFICATE_EXPIRED": "tls.client-cert.expired",
    "CERTIFICATE_REVOKED": "tls.client-cert.revoked",
    "BAD_CERTIFICATE": "tls.client-cert.not-yet-valid",
    "UNSUPPORTED_CERTIFICATE": "tls.client-cert.wrong-usage",
    "CERTIFICATE_UNKNOWN": "tls.client-cert.refused-unexplained",
    "ACCESS_DENIED": "tls.client-cert.refused-unexplained",
    "PROTOCOL_VERSION": "tls.protocol.too-old",
    "HANDSHAKE_FAILURE": "tls.handshake.no-common-cipher",
}
"""Alerts of the server, by OpenSSL's name, and what each says of us."""

_NOT_TRUSTED = "tls.server-cert.unknown-issuer"
VERIFY_CODES = {
    9: "tls.server-cert.not-yet-valid",
    10: "tls.server-cert.expired",
    18: _NOT_TRUSTED,
    19: _NOT_TRUSTED,
    20: _NOT_TRUSTED,
    21: _NOT_TRUSTED,
    62: "tls.server-cert.name-mismatch",
    64: "tls.server-cert.name-mismatch",
}
"""OpenSSL's verdicts on the server's certificate (X509_V_ERR_*)."""

_ALERT = re.compile(r"ALERT_(\w+)$")
_GAI = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
_TOO_OLD = ("UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE")


def opening_fault(error: BaseException, where: str) -> ConnectionFailed:
    """Return the fault of a connection that was not opened: nothing was sent."""
    cause = root_cause(error)
    return ConnectionFailed(_opening_code(cause), where=where, detail=said(cause))


def exchange_fault(error: BaseException, where: str, *, safe: bool) -> ConnectionFailed:
    """Return the fault of an exchange under way.

    An alert that refuses the certificate means that the request was not accepted (TLS 1.3 says so late).
    Anything else is `http.answer.lost`: nobody knows what became of the request, so only a `safe` one
    may be repeated.
    """
    cause = root_cause(error)
    code = alert_code(cause)
    if code is not None:
        return ConnectionFailed(code, where=where, detail=said(cause))
    return unknown_outcome(ConnectionFailed("http.answer.lost", where=where, detail=said(cause)), safe=safe)


def unknown_outcome(fault: ConnectionFailed, *, safe: bool) -> ConnectionFailed:
    """Mark a fault after which the request may have been carried out."""
    fault.retryable = safe
    return fault


def alert_code(cause: BaseException) -> str | None:
    """Return the slug of the server's alert, None when the cause is not an alert that has one."""
    alert = _ALERT.search(getattr(cause, "reason", None) or "") if isinstance(cause, ssl.SSLError) else None
    return ALERTS.get(alert[1]) if alert else None


def root_cause(error: BaseException) -> BaseException:
    """Return the system's own error under the two wrappers of the HTTP library, else the inner wrapper."""
    if isinstance(error, OSError):
        return error
    inner = error.__cause__ or error
    # httpcore raises its own errors again `from None`, which leaves the context.
    system = inner.__cause__ or inner.__context__
    return system if isinstance(system, OSError) else inner


def reason_of(error: BaseException) -> str:
    """Return why an exchange failed, in a few words of the user's language; takes what the HTTP library raises."""
    return said(root_cause(error))


def said(cause: BaseException) -> str:
    """Return a cause in a few words: ours where we have them, else those of the system or of OpenSSL.

    What the HTTP library calls its own errors means nothing to people.
    """
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _told(f"openssl.verify.{cause.verify_code}", cause.verify_message)
    if isinstance(cause, ssl.SSLError):
        return openssl_reason(cause)
    if isinstance(cause, socket.gaierror):
        return _told(f"os.{_GAI.get(cause.errno or 0, '')}", cause.strerror or "-")
    if isinstance(cause, TimeoutError):
        return text("os.ETIMEDOUT")
    if isinstance(cause, OSError):
        return os_reason(cause)
    return text("fault.protocol" if "Protocol" in type(cause).__name__ else "fault.other")


def openssl_reason(error: ssl.SSLError) -> str:
    """Return OpenSSL's reason; it gives none for a file that is not PEM at all."""
    reason = error.reason or ""
    if alert := _ALERT.search(reason):
        return _told(f"openssl.alert.{alert[1]}", _plain(alert[1]))
    return _told(f"openssl.{reason}", _plain(reason)) if reason else text("fault.tls")


def _told(code: str, otherwise: str) -> str:
    return text(code) if has_text(code) else otherwise


def _plain(name: str) -> str:
    return name.lower().replace("_", " ")


_OPENING: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "net.dns.unresolved"),
    (TimeoutError, "net.tcp.timeout"),
    (ConnectionRefusedError, "net.tcp.refused"),
    (ConnectionResetError, "tls.handshake.failed"),
    (BrokenPipeError, "tls.handshake.failed"),
)


def _opening_code(cause: BaseException) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return VERIFY_CODES.get(cause.verify_code, "tls.server-cert.invalid")
    if isinstance(cause, ssl.SSLError):
        old = cause.reason in _TOO_OLD
        return "tls.protocol.too-old" if old else alert_code(cause) or "tls.handshake.failed"
    return next((code for kind, code in _OPENING if isinstance(cause, kind)), "net.tcp.unreachable")
