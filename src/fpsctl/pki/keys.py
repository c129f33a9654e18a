"""Private keys on disk: made, written once, read back. Readable by their owner alone, never in a message."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fpsctl.errors import LocalError
from fpsctl.pki.certificate import describe_key
from fpsctl.texts import text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from pathlib import Path

    from fpsctl.pki.certificate import Certificat

Kind = Literal["rsa3072", "ec256"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

OTHERS = 0o077
_LARGEST = 64 * 1024
_LONGEST_PASSPHRASE = 1023  # bytes that OpenSSL takes


def make_key(kind: Kind) -> PrivateKey:
    """Return a new private key: RSA of 3072 bits, or on P-256."""
    if kind == "rsa3072":
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def write_private(path: Path, key: PrivateKey, passphrase: str | None = None) -> None:
    """Write a key as PKCS#8 PEM, encrypted under a passphrase if any: mode 0600 from birth, whole or not at all.

    Never replaces a file. Raises `FileExistsError`, `OSError`.
    """
    protection: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    )
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_secret(temporary, content)
        os.link(temporary, path)  # a rename would replace what stands there
    finally:
        temporary.unlink(missing_ok=True)
    flush_folder(path.parent)


def _write_secret(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make the names of a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_private(path: Path, passphrase: str | None = None) -> PrivateKey:
    """Return the key of a PEM file.

    A passphrase is not used where the key is not encrypted. Raises `LocalError`: `cert.key.file-mode` (others may
    read or write it), `cert.key.passphrase` (missing or wrong), `cert.key.unreadable`.
    """
    content = _secret(path)
    encrypted = b"ENCRYPTED" in content
    if encrypted and not passphrase:
        raise LocalError("cert.key.passphrase", path=path)
    try:
        key = load_pem_private_key(content, passphrase.encode() if encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise LocalError("cert.key.passphrase", path=path) from error
        raise LocalError("cert.key.unreadable", path=path, detail=text("cert.key.not-pem")) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise LocalError("cert.key.unreadable", path=path, detail=text("cert.key.family"))
    return key


def _secret(path: Path) -> bytes:
    """Read a small regular file that nobody else may read; the mode is that of the file really opened."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise LocalError("cert.key.unreadable", path=path, detail=text("os.EINVAL"))
            if status.st_mode & OTHERS:
                raise LocalError("cert.key.file-mode", path=path, mode=f"{status.st_mode & 0o777:04o}")
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise LocalError("cert.key.unreadable", path=path, detail=os_reason(error)) from error
    if len(content) > _LARGEST:
        raise LocalError("cert.key.unreadable", path=path, detail=text("cert.key.not-pem"))
    return content


def read_passphrase(path: Path | None) -> str | None:
    """Return the first line of a file, None without one; raises `LocalError` (`cert.passphrase.*`).

    A pipe (`<(command)`) will do; a file that others may read will not.
    """
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_mode & OTHERS:
                raise LocalError("cert.passphrase.file-mode", path=path, mode=f"{status.st_mode & 0o777:04o}")
            line = file.readline(_LONGEST_PASSPHRASE + 3).rstrip(b"\r\n")
        passphrase = line.decode()
    except OSError as error:
        raise LocalError("cert.passphrase.unreadable", path=path, detail=os_reason(error)) from error
    except UnicodeDecodeError as error:
        raise LocalError("cert.passphrase.unreadable", path=path, detail=text("cert.passphrase.utf-8")) from error
    if not 0 < len(line) <= _LONGEST_PASSPHRASE:
        raise LocalError(
            "cert.passphrase.unreadable", path=path, detail=text("cert.passphrase.length", most=_LONGEST_PASSPHRASE)
        )
    return passphrase


def matches(key: PrivateKey, certificat: Certificat) -> bool:
    """Say whether a certificate was made for this key."""
    return describe_key(key.public_key()).der == certificat.key.der
