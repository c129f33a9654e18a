"""Certificates of any kind for the tests of pki and certificate; nothing here is used by the product."""

import datetime as dt
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fpsctl.antai.messages import CertificatStatut
from fpsctl.errors import Refused
from fpsctl.pki import read_chain

PARIS, EXAMPLE, SIBLING = "21750001600019", "13000000300009", "13000000300017"
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DEPOSITED = dt.datetime(2026, 6, 1, 12, 0, 5, tzinfo=dt.UTC)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
FIELDS = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "ID": NameOID.ORGANIZATION_IDENTIFIER,
    "CN": NameOID.COMMON_NAME,
}
RSA_1024 = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - what must be refused
RSA_EXPONENT_3 = rsa.generate_private_key(public_exponent=3, key_size=2048)


def flipped(content):
    """Give every copy of `content` with one bit changed, one a byte."""
    for place, byte in enumerate(content):
        yield content[:place] + bytes([byte ^ 1 << place % 8]) + content[place + 1 :]


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def name(**fields):
    return x509.Name([x509.NameAttribute(FIELDS[field], value) for field, value in fields.items()])


def subject(siret=PARIS, **changes):
    fields = {"C": "FR", "O": "Ville", "OU": f"0002 {siret}", "ID": f"NTRFR-{siret[:9]}", "CN": "fps"} | changes
    return name(**{field: value for field, value in fields.items() if value is not None})


def certificate(
    key, *, of=None, issuer=None, signed_by=None, usages=(CLIENT,), days=(-1, 365), digest=None, serial=None
):
    """Return an X.509 certificate; self-signed unless an issuer and its key are given."""
    of = of or subject()
    builder = (
        x509.CertificateBuilder()
        .subject_name(of)
        .issuer_name(issuer or of)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(NOW + dt.timedelta(days=days[0]))
        .not_valid_after(NOW + dt.timedelta(days=days[1]))
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(usages)), critical=False)
    return builder.sign(signed_by or key, digest or hashes.SHA256())


def pem(*certificates):
    return b"".join(item.public_bytes(Encoding.PEM) for item in certificates)


def read(key, **options):
    """Return the `Certificat` of a certificate made on the spot."""
    return read_chain(pem(certificate(key, **options)))[0]


def csr(key, of=None, digest=None):
    builder = x509.CertificateSigningRequestBuilder().subject_name(of or subject())
    return builder.sign(key, digest or hashes.SHA256()).public_bytes(Encoding.PEM)


class FakeSiFps:
    """Remembers what was deposited, answers as the SI FPS does, and counts the traffic."""

    def __init__(self):
        self.sessions, self.depots, self.etats, self.findings = [], [], {}, ()

    @contextmanager
    def connect(self, certificate, key, passphrase):
        self.sessions.append((certificate, key, passphrase))
        yield self

    def deposit_certificat(self, depot):
        self.depots.append(depot)
        self.etats.setdefault(depot.empreinte_sha256, ("depose", DEPOSITED))
        return self.read_certificat(depot.siret, depot.empreinte_sha256)

    def read_certificat(self, siret, empreinte):
        etat, depuis = self.etats.get(empreinte, ("inconnu", None))
        return CertificatStatut(siret=siret, empreinte_sha256=empreinte, etat=etat, depuis=depuis)


class FakeEspace:
    def __init__(self, sifps):
        self.sifps, self.played, self.seen, self.days = sifps, [], 0, {}
        self.horloge, self.etat, self.at = DEPOSITED.isoformat(), "actif", DEPOSITED + dt.timedelta(days=1)

    def play(self, siret, etape, faits):
        if self.played:
            raise Refused("raccordement.deja", siret=siret, etape=etape, le=self.at.isoformat())
        self.played.append((siret, etape, dict(faits)))
        self.sifps.etats[faits["empreinte"]] = ("actif", self.at)
        return self._view()

    def raccordement(self, _siret):
        self.seen += 1
        return self._view()

    def _view(self):
        _, etape, faits = self.played[0]
        mine = {**faits, "etat": self.etat, "fin": "2028-01-01T00:00:00+00:00", **self.days}
        return {
            "horloge": self.horloge,
            "certificats": [{"empreinte": "0" * 64, "etat": "remplace"}, mine],
            "etapes": [{"slug": "espace.cree", "le": None}, {"slug": etape, "le": self.at.isoformat()}],
        }
