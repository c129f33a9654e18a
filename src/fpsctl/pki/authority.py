"""The test authority of the embedded SI FPS: its server certificate, and a PSCE without any worth.

The keys of the two roots are never written: once the authority is made, nobody can issue another server
certificate that a trust in `ca.pem` would cover.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fpsctl.errors import LocalError
from fpsctl.pki.certificate import read_chain
from fpsctl.pki.csr import read_csr
from fpsctl.pki.keys import flush_folder, matches, read_private, write_private
from fpsctl.pki.request import CLIENT, SIGNS
from fpsctl.texts import text
from fpsctl.validation import os_reason
from fpsctl.workspace import write_atomic

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from fpsctl.pki.keys import PrivateKey

DEBUT = dt.datetime(2017, 1, 1, tzinfo=dt.UTC)
FIN = dt.datetime(2049, 12, 31, 23, 59, 59, tzinfo=dt.UTC)

_CA, _SERVER, _SERVER_KEY = "ca.pem", "server.pem", "server-key.pem"
_ROOT, _INTERMEDIATE, _INTERMEDIATE_KEY = "psce-racine.pem", "psce.pem", "psce-key.pem"

_ISSUES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
_HOSTS = x509.SubjectAlternativeName(
    [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
)


@dataclass(frozen=True, slots=True)
class TestAuthority:
    """The authority that stands in a folder; made by `open`."""

    __test__: ClassVar[bool] = False  # not a test, whatever pytest thinks of its name

    folder: Path
    _issuer: x509.Certificate
    _key: PrivateKey

    @property
    def ca(self) -> Path:
        """The root that clients of the sandbox trust."""
        return self.folder / _CA

    @property
    def server_chain(self) -> Path:
        """The server's certificate, for localhost, 127.0.0.1 and ::1."""
        return self.folder / _SERVER

    @property
    def server_key(self) -> Path:
        """The server's private key, not encrypted."""
        return self.folder / _SERVER_KEY

    @property
    def client_root(self) -> Path:
        """The root of the test PSCE, that the sandbox trusts for clients."""
        return self.folder / _ROOT

    @classmethod
    def open(cls, folder: Path, now: dt.datetime) -> Self:
        """Return the authority of a folder, made once: whole or not at all, even if the process is killed.

        Raises `LocalError`: `authority.unwritable`, `authority.broken`, `authority.period` (`now` is outside its life).
        """
        try:
            if not folder.exists() or not any(folder.iterdir()):
                _make(folder)
            authority = cls._load(folder)
        except OSError as error:
            raise LocalError("authority.unwritable", path=folder, detail=os_reason(error)) from error
        if not DEBUT <= now <= FIN:
            raise LocalError(
                "authority.period", now=now.isoformat(), debut=DEBUT.date().isoformat(), fin=FIN.date().isoformat()
            )
        return authority

    @classmethod
    def _load(cls, folder: Path) -> Self:
        files = (_CA, _SERVER, _ROOT, _INTERMEDIATE)
        missing = [name for name in (*files, _SERVER_KEY, _INTERMEDIATE_KEY) if not (folder / name).is_file()]
        if missing:
            raise LocalError(
                "authority.broken", path=folder, detail=text("authority.missing", names=", ".join(missing))
            )
        found = {name: read_chain((folder / name).read_bytes(), folder / name) for name in files}
        key = read_private(folder / _INTERMEDIATE_KEY)
        server_key = read_private(folder / _SERVER_KEY)
        if not matches(key, found[_INTERMEDIATE][0]) or not matches(server_key, found[_SERVER][0]):
            raise LocalError("authority.broken", path=folder, detail=text("authority.key"))
        return cls(folder, x509.load_der_x509_certificate(found[_INTERMEDIATE][0].der), key)

    def sign(self, csr_pem: bytes, debut: dt.datetime, fin: dt.datetime) -> bytes:
        """Return a client certificate for a request, then the intermediate, in PEM; the subject is the request's.

        Instants are aware. Raises `Refused` (`csr.*`).
        """
        request = read_csr(csr_pem)
        builder = _builder(request.subject, request.public_key(), self._issuer.subject, debut, fin)
        builder = _identified(builder, request.public_key(), self._issuer)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(SIGNS, critical=True).add_extension(CLIENT, critical=False)
        return _pem(builder.sign(self._key, hashes.SHA256()), self._issuer)


def _make(folder: Path) -> None:
    """Build beside, then rename: the folder is there whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))  # mode 0700
    try:
        _fill(draft)
        flush_folder(draft)
        try:
            draft.rename(folder)
        except OSError:
            if not (folder / _INTERMEDIATE_KEY).is_file():  # else another process was faster: its authority is ours
                raise
        flush_folder(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _fill(folder: Path) -> None:
    server_root, server_root_key = _root("TEST - fpsctl, SI FPS embarque")
    _write(folder / _CA, server_root)
    server_key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name("localhost"), server_key.public_key(), server_root.subject, DEBUT, FIN)
    builder = _identified(builder, server_key.public_key(), server_root)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(SIGNS, critical=True).add_extension(_HOSTS, critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    _write(folder / _SERVER, builder.sign(server_root_key, hashes.SHA256()))
    write_private(folder / _SERVER_KEY, server_key)

    psce_root, psce_root_key = _root("TEST - PSCE fpsctl, racine sans valeur")
    _write(folder / _ROOT, psce_root)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("TEST - PSCE fpsctl, sans valeur")
    builder = _builder(subject, key.public_key(), psce_root.subject, DEBUT, FIN)
    builder = _identified(builder, key.public_key(), psce_root)
    _write(folder / _INTERMEDIATE, _as_ca(builder, 0).sign(psce_root_key, hashes.SHA256()))
    write_private(folder / _INTERMEDIATE_KEY, key)


def _root(common_name: str) -> tuple[x509.Certificate, PrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    builder = _identified(_builder(name, key.public_key(), name, DEBUT, FIN), key.public_key(), None)
    return _as_ca(builder, None).sign(key, hashes.SHA256()), key


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST - fpsctl"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, key: CertificatePublicKeyTypes, issuer: x509.Name, debut: dt.datetime, fin: dt.datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(debut.replace(microsecond=0)).not_valid_after(fin.replace(microsecond=0))


def _identified(
    builder: x509.CertificateBuilder, key: CertificatePublicKeyTypes, issuer: x509.Certificate | None
) -> x509.CertificateBuilder:
    """Add both key identifiers, which Python 3.13 demands; without issuer the certificate is its own."""
    own = x509.SubjectKeyIdentifier.from_public_key(key)
    theirs = own if issuer is None else issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(theirs)
    return builder.add_extension(own, critical=False).add_extension(authority, critical=False)


def _as_ca(builder: x509.CertificateBuilder, depth: int | None) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=depth)
    return builder.add_extension(constraints, critical=True).add_extension(_ISSUES, critical=True)


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def _write(path: Path, certificate: x509.Certificate) -> None:
    write_atomic(path, lambda target: target.write(_pem(certificate)))
