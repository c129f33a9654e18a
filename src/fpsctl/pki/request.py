"""The certificate request of a town: the RGS subject, signed by the town's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fpsctl.errors import LocalError
from fpsctl.identifiers import Siret
from fpsctl.texts import text

if TYPE_CHECKING:
    from fpsctl.pki.keys import PrivateKey

_LONGEST = 64  # X.520, ub-organization-name and ub-common-name

SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


def make_csr(key: PrivateKey, siret: str, organisation: str, common_name: str) -> bytes:
    """Return a PKCS#10 request in PEM.

    Subject: C=FR, O, OU `0002 <SIRET>`, organizationIdentifier `NTRFR-<SIREN>`, CN. Raises `LocalError`
    (`cert.request.subject`) on a name that no certificate can bear, `InvalidIdentifier` on a wrong SIRET.
    """
    town = Siret(siret)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _named("O", organisation)),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"0002 {town}"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRFR-{town.siren}"),
            x509.NameAttribute(NameOID.COMMON_NAME, _named("CN", common_name)),
        ]
    )
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(SIGNS, critical=True).add_extension(CLIENT, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _named(field: str, value: str) -> str:
    """Return a name without the spaces around it; raises `LocalError` (`cert.request.subject`)."""
    name = value.strip()
    if not name:
        raise LocalError("cert.request.subject", field=field, detail=text("cert.request.empty"))
    if len(name) > _LONGEST:
        detail = text("cert.request.too-long", length=len(name), most=_LONGEST)
        raise LocalError("cert.request.subject", field=field, detail=detail)
    if not name.isprintable():
        raise LocalError("cert.request.subject", field=field, detail=text("cert.request.control"))
    return name
