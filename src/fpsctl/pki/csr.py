"""What the test PSCE demands of a request before it signs: the RGS subject, a strong key, proof of the key."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from fpsctl.errors import Refused
from fpsctl.pki.certificate import PRIVATE, UNREADABLE, describe_key, quiet, siren_ids
from fpsctl.pki.siren import valid_id

_LARGEST = 64 * 1024
_DEMANDED = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME, "CN": NameOID.COMMON_NAME}


def read_csr(pem: bytes) -> x509.CertificateSigningRequest:
    """Return a request that can be signed.

    Raises `Refused`: `csr.cle-privee`, `csr.malformed`, `csr.cle`, `csr.signature`, `csr.sujet`, `csr.siren`.
    """
    if PRIVATE.search(pem):
        raise Refused("csr.cle-privee")
    if len(pem) > _LARGEST:
        raise Refused("csr.malformed")
    try:
        with quiet():
            request = x509.load_pem_x509_csr(pem)
            request.subject.rfc4514_string()  # parsed late: a broken structure is told as such
    except UNREADABLE as error:
        raise Refused("csr.malformed") from error
    _check_key(request)
    _check_subject(request.subject)
    return request


def _check_key(request: x509.CertificateSigningRequest) -> None:
    """Weak keys first: the signature of one proves nothing."""
    try:
        key = describe_key(request.public_key())
    except UNREADABLE as error:
        raise Refused("csr.cle", lue="?") from error
    if not key.strong:
        raise Refused("csr.cle", lue=key.shown)
    try:
        signed = request.is_signature_valid
    except (*UNREADABLE, InvalidSignature) as error:
        raise Refused("csr.signature") from error
    if not signed:
        raise Refused("csr.signature")


def _check_subject(subject: x509.Name) -> None:
    for champ, oid in _DEMANDED.items():
        if not any(str(attribute.value).strip() for attribute in subject.get_attributes_for_oid(oid)):
            raise Refused("csr.sujet", champ=champ)
    found = siren_ids(subject)
    if not found:
        raise Refused("csr.sujet", champ="OU 0002 / organizationIdentifier")
    for value in found:
        if not valid_id(value):
            raise Refused("csr.siren", lu=value)
