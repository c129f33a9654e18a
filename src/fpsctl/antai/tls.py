"""The TLS context of a client: the files judged before any traffic, then OpenSSL's own verification."""

from __future__ import annotations

import os
import ssl
import stat
from typing import TYPE_CHECKING

from fpsctl.antai.faults import openssl_reason
from fpsctl.errors import LocalError
from fpsctl.texts import text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LARGEST = 64 * 1024
_MISMATCH = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH")


def client_context(ca: Path | None, certificate: Path, key: Path, passphrase: str | None) -> ssl.SSLContext:
    """Return a context that verifies the server and presents the certificate (PEM, leaf first).

    `ca` None: the roots of this machine. Raises `LocalError`: `cert.file.unreadable`, `cert.key.file-mode`,
    `cert.key.mismatch`, `cert.key.passphrase`, `cert.key.unreadable`.
    """
    context = server_trust(ca)
    _check_certificate(certificate)
    encrypted = _check_key(key)
    try:
        # Always a passphrase, so that OpenSSL never asks on the terminal.
        context.load_cert_chain(certificate, key, passphrase or "")
    except (ssl.SSLError, ValueError) as error:  # ValueError: a passphrase longer than OpenSSL takes
        if getattr(error, "reason", None) in _MISMATCH:
            raise LocalError("cert.key.mismatch", certificate=certificate, key=key) from error
        if encrypted:
            raise LocalError("cert.key.passphrase", path=key) from error
        raise LocalError("cert.key.unreadable", path=key, detail=text("cert.key.not-pem")) from error
    return context


def server_trust(ca: Path | None) -> ssl.SSLContext:
    """Return a context that verifies the server and presents nothing; raises `LocalError` (`cert.file.unreadable`)."""
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        detail = _reason(error, ca) if ca else openssl_reason(error)
        raise LocalError("cert.file.unreadable", path=ca, detail=detail) from error
    except OSError as error:
        raise LocalError("cert.file.unreadable", path=ca, detail=os_reason(error)) from error


def _check_certificate(path: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError as error:
        raise LocalError("cert.file.unreadable", path=path, detail=_reason(error, path)) from error
    except OSError as error:
        raise LocalError("cert.file.unreadable", path=path, detail=os_reason(error)) from error


def _check_key(path: Path) -> bool:
    """Say whether a key is encrypted, once nobody else can read it; mode and content are of the same file."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise LocalError("cert.key.unreadable", path=path, detail=text("os.EINVAL"))
            if mode & _OTHERS:
                raise LocalError("cert.key.file-mode", path=path, mode=f"{stat.S_IMODE(mode):04o}")
            return b"ENCRYPTED" in file.read(_LARGEST)
    except OSError as error:
        raise LocalError("cert.key.unreadable", path=path, detail=os_reason(error)) from error


def _reason(error: ssl.SSLError, path: Path) -> str:
    """Return what is wrong with a file of certificates; OpenSSL does not always give its reason."""
    if error.reason:
        return openssl_reason(error)
    with path.open("rb") as file:
        damaged = b"-----BEGIN CERTIFICATE-----" in file.read(_LARGEST)
    return text("cert.file.unreadable-block" if damaged else "cert.file.no-certificate")
