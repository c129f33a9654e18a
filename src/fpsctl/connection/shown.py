"""A certificate in words: whole, for the record, and in one short line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from fpsctl.errors import LocalError
from fpsctl.pki import from_der
from fpsctl.pki.certificate import quiet
from fpsctl.texts import printable, text

if TYPE_CHECKING:
    from fpsctl.pki import Certificat

_DIGITS = 16


class Shown(NamedTuple):
    """What a certificate says of itself; `brief` names it by its CN, its issuer's, and the first digits of SHA-256."""

    full: str
    brief: str


def of_server(der: bytes) -> Shown:
    """Describe a server's certificate; `-` if it cannot be read."""
    try:
        found = from_der(der)
    except LocalError:
        return Shown("-", "-")
    names = ", ".join(_names(_parsed(found))) or "-"
    return Shown(_told("server-cert", found, names=names), _told("cert.brief", found))


def of_client(certificat: Certificat) -> Shown:
    """Describe the certificate that is presented."""
    return Shown(_told("client-cert", certificat), _told("cert.brief", certificat))


def _told(form: str, found: Certificat, **more: str) -> str:
    facts = {
        "subject": found.subject,
        "issuer": found.issuer,
        "empreinte": found.empreinte,
        "fin": found.fin.isoformat(),
        **more,
    }
    if form == "cert.brief":
        parsed = _parsed(found)
        facts["subject"] = _common_name(parsed.subject) or found.subject
        facts["issuer"] = _common_name(parsed.issuer) or found.issuer
        facts["empreinte"] = found.empreinte[:_DIGITS]
        facts["fin"] = found.fin.date().isoformat()
    return text(f"connexion.{form}", **{name: printable(value) for name, value in facts.items()})


def _parsed(found: Certificat) -> x509.Certificate:
    with quiet():
        return x509.load_der_x509_certificate(found.der)


def _common_name(name: x509.Name) -> str:
    return ", ".join(str(item.value) for item in name.get_attributes_for_oid(NameOID.COMMON_NAME))


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in found]
