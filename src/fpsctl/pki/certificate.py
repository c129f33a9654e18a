"""A certificate as this program judges it: read once from X.509, then plain data."""

from __future__ import annotations

import hashlib
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fpsctl.errors import LocalError
from fpsctl.identifiers import Siret
from fpsctl.texts import text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

LARGEST = 256 * 1024
"""Bytes of a PEM file beyond which it is not read: a long chain has 20,000."""

UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)
"""What `cryptography` raises on a structure that it cannot read."""

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH.dotted_string

PRIVATE = re.compile(rb"-----BEGIN[^-\n]*PRIVATE KEY")
_SHOWN = {NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier"}
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_ORGANISATION = re.compile(r"0002 (\d{9}|\d{14})", re.ASCII)
_IDENTIFIER = re.compile(r"(?:NTRFR-|SI:FR-)(\d{9}|\d{14})", re.ASCII)
TEST_PREFIX = "TEST - "
_VAT = re.compile(r"VATFR-[0-9A-Z]{2}(\d{9})", re.ASCII)


class Cle(NamedTuple):
    """A public key: its family (`rsa`, a curve's name, or another), its size in bits, RSA's exponent, its DER."""

    kind: str
    bits: int
    exponent: int | None
    der: bytes

    @property
    def shown(self) -> str:
        """For people: `RSA-3072`, `secp256r1`."""
        return f"RSA-{self.bits}" if self.kind == "rsa" else self.kind

    @property
    def strong(self) -> bool:
        """Whether the key is RSA of 2048 bits at least (exponent 65537 at least), or on P-256, P-384, P-521."""
        if self.kind == "rsa":
            return self.bits >= 2048 and (self.exponent or 0) >= 65537  # noqa: PLR2004 - RGS B1
        return self.kind in ("secp256r1", "secp384r1", "secp521r1")


@dataclass(frozen=True, slots=True)
class Certificat:
    """What an X.509 certificate says; instants are aware, in UTC; names follow RFC 4514."""

    der: bytes
    pem: str
    empreinte: str
    """SHA-256 of the DER, lower-case hexadecimal."""
    subject: str
    issuer: str
    debut: dt.datetime
    fin: dt.datetime
    version: int
    serial: int
    siren_ids: tuple[str, ...]
    """SIREN and SIRET read in the subject, unchecked."""
    usages: frozenset[str] | None
    """Extended key usages, dotted; None when the certificate has no such extension."""
    is_ca: bool
    key: Cle
    hash_name: str
    """Hash of its signature; empty where the scheme has none of its own."""
    subject_der: bytes
    issuer_der: bytes
    of_test_provider: bool
    """Whether its issuer calls itself a TEST provider (CN or O): of no value but on the embedded SI FPS."""

    @property
    def client_auth(self) -> bool | None:
        """Whether it may identify a TLS client; None when it has no extended key usage."""
        return None if self.usages is None else CLIENT_AUTH in self.usages

    @property
    def server_auth(self) -> bool | None:
        """Whether it may identify a TLS server; None when it has no extended key usage."""
        return None if self.usages is None else SERVER_AUTH in self.usages


def read_chain(pem: bytes, where: object = "PEM") -> tuple[Certificat, ...]:
    """Return the certificates of a PEM file, the leaf first, each issued by the next.

    Raises `LocalError` (`cert.file.bundle-malformed`): not PEM, a private key in it, a broken order.
    """
    if len(pem) > LARGEST:
        raise _malformed(where, text("cert.file.too-large", most=LARGEST // 1024))
    if PRIVATE.search(pem):
        raise _malformed(where, text("cert.file.private-key"))
    labels = {label.decode() for label in _LABEL.findall(pem)}
    if "CERTIFICATE" not in labels:
        request = labels & {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
        raise _malformed(where, text("cert.file.is-request" if request else "cert.file.no-certificate"))
    try:
        with quiet():
            found = x509.load_pem_x509_certificates(pem)
    except UNREADABLE as error:
        raise _malformed(where, text("cert.file.unreadable-block")) from error
    chain = tuple(_read(certificate, where) for certificate in found)
    for rank, (lower, upper) in enumerate(pairwise(chain), 2):
        if lower.issuer_der != upper.subject_der:
            raise _malformed(where, text("cert.file.order", rank=rank, subject=upper.subject, issuer=lower.issuer))
    return chain


def from_der(der: bytes, where: object = "DER") -> Certificat:
    """Return one certificate; raises `LocalError` (`cert.file.bundle-malformed`)."""
    try:
        with quiet():
            found = x509.load_der_x509_certificate(der)
    except UNREADABLE as error:
        raise _malformed(where, text("cert.file.unreadable-block")) from error
    return _read(found, where)


def names_siret(certificat: Certificat, siret: str) -> bool | None:
    """Say whether the subject names this SIRET or its SIREN, and no other legal unit; None when it names none."""
    ids = certificat.siren_ids
    if not ids:
        return None
    siren = Siret(siret).siren
    return all(found[:9] == siren for found in ids) and not {siret, siren}.isdisjoint(ids)


def siren_ids(name: x509.Name) -> tuple[str, ...]:
    """Return the SIREN and SIRET that a subject bears: OU `0002 ...`, organizationIdentifier (EN 319 412-1)."""
    return tuple(dict.fromkeys(_siren_ids(name)))


def _siren_ids(name: x509.Name) -> Iterator[str]:
    forms = {NameOID.ORGANIZATIONAL_UNIT_NAME: (_ORGANISATION,), NameOID.ORGANIZATION_IDENTIFIER: (_IDENTIFIER, _VAT)}
    for attribute in name:
        for form in forms.get(attribute.oid, ()):
            if match := form.fullmatch(str(attribute.value)):
                yield match[1]


def describe_key(key: PublicKeyTypes) -> Cle:
    """Return what is to be known of a public key."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, rsa.RSAPublicKey):
        return Cle("rsa", key.key_size, key.public_numbers().e, der)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Cle(key.curve.name, key.key_size, None, der)
    return Cle(type(key).__name__.lstrip("_").removesuffix("PublicKey").lower(), 0, None, der)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the library from telling on stderr what the rules judge: a strange serial, a strange name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _malformed(where: object, detail: str) -> LocalError:
    return LocalError("cert.file.bundle-malformed", where=where, detail=detail)


def _read(certificate: x509.Certificate, where: object) -> Certificat:
    try:
        with quiet():
            return _plain(certificate)
    except UNREADABLE as error:
        raise _malformed(where, text("cert.file.unreadable-block")) from error


def _plain(certificate: x509.Certificate) -> Certificat:
    der = certificate.public_bytes(Encoding.DER)
    return Certificat(
        der=der,
        pem=certificate.public_bytes(Encoding.PEM).decode(),
        empreinte=hashlib.sha256(der).hexdigest(),
        subject=certificate.subject.rfc4514_string(_SHOWN),
        issuer=certificate.issuer.rfc4514_string(_SHOWN),
        debut=certificate.not_valid_before_utc,
        fin=certificate.not_valid_after_utc,
        version=certificate.version.value + 1,
        serial=certificate.serial_number,
        siren_ids=siren_ids(certificate.subject),
        usages=_usages(certificate),
        is_ca=_is_ca(certificate),
        key=describe_key(certificate.public_key()),
        hash_name=_hash_name(certificate),
        subject_der=certificate.subject.public_bytes(),
        issuer_der=certificate.issuer.public_bytes(),
        of_test_provider=_of_test_provider(certificate.issuer),
    )


def _of_test_provider(issuer: x509.Name) -> bool:
    named = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    return any(item.oid in named and str(item.value).startswith(TEST_PREFIX) for item in issuer)


def _usages(certificate: x509.Certificate) -> frozenset[str] | None:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return frozenset(usage.dotted_string for usage in usages)


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _hash_name(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    return "" if algorithm is None else algorithm.name
