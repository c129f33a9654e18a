"""Reading certificates: chains in order, names of towns, and whatever else one may be handed."""

import datetime as dt
import ssl
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pki_helpers import (
    CLIENT,
    EXAMPLE,
    NOW,
    PARIS,
    RSA_1024,
    RSA_EXPONENT_3,
    SERVER,
    SIBLING,
    certificate,
    csr,
    ec_key,
    flipped,
    name,
    pem,
    read,
    subject,
)

from fpsctl.errors import LocalError
from fpsctl.pki import from_der, names_siret, read_chain
from fpsctl.pki.siren import valid_id

KEY = ec_key()
ISSUER, ISSUER_KEY = name(CN="TEST - issuer"), ec_key()


def refused(content):
    with pytest.raises(LocalError) as error:
        read_chain(content, "file.pem")
    assert error.value.code == "cert.file.bundle-malformed"
    assert error.value.params["where"] == "file.pem"
    return error.value.params["detail"]


def leaf_and_issuer():
    leaf = certificate(KEY, issuer=ISSUER, signed_by=ISSUER_KEY)
    return leaf, certificate(ISSUER_KEY, of=ISSUER)


def test_a_certificate_is_read_as_plain_data():
    made = certificate(KEY)
    found = from_der(made.public_bytes(Encoding.DER))
    assert found.pem.encode() == pem(made)
    assert found.empreinte == made.fingerprint(made.signature_hash_algorithm).hex()
    assert found.subject == f"CN=fps,organizationIdentifier=NTRFR-{PARIS[:9]},OU=0002 {PARIS},O=Ville,C=FR"
    assert (found.debut, found.fin) == (NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=365))
    assert found.debut.utcoffset() == dt.timedelta(0)
    assert (found.version, found.serial, found.is_ca, found.key.bits) == (3, made.serial_number, False, 256)
    assert (found.hash_name, found.siren_ids) == ("sha256", (PARIS, PARIS[:9]))


@pytest.mark.parametrize(
    ("usages", "client", "server"),
    [((CLIENT,), True, False), ((SERVER,), False, True), ((CLIENT, SERVER), True, True), ((), None, None)],
)
def test_extended_usages_are_told_apart_from_none(usages, client, server):
    found = read(KEY, usages=usages)
    assert (found.client_auth, found.server_auth) == (client, server)


@pytest.mark.parametrize(
    ("key", "shown", "strong"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RSA-2048", True),
        (RSA_1024, "RSA-1024", False),
        (RSA_EXPONENT_3, "RSA-2048", False),
        (ec.generate_private_key(ec.SECP384R1()), "secp384r1", True),
        (ec.generate_private_key(ec.SECP256K1()), "secp256k1", False),
    ],
)
def test_keys_are_measured(key, shown, strong):
    found = read(key)
    assert (found.key.shown, found.key.strong) == (shown, strong)


def test_a_chain_is_read_leaf_first_with_anything_around_the_blocks():
    leaf, issuer = leaf_and_issuer()
    content = b"subject=/CN=fps\r\n" + pem(leaf).replace(b"\n", b"\r\n") + b"some words\n" + pem(issuer)
    assert [item.subject for item in read_chain(content)] == [
        read_chain(pem(leaf))[0].subject, "CN=TEST - issuer",
    ]  # fmt: skip


def test_a_chain_out_of_order_is_refused():
    leaf, issuer = leaf_and_issuer()
    assert "no. 2" in refused(pem(issuer, leaf))
    assert "no. 2" in refused(pem(leaf, leaf))
    assert "no. 3" in refused(pem(leaf, issuer, leaf))


def test_a_private_key_in_the_file_is_refused_and_not_repeated():
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        secret = KEY.private_bytes(Encoding.PEM, form, NoEncryption())
        said = refused(pem(certificate(KEY)) + secret)
        assert "private key" in said
        assert secret.splitlines()[1].decode() not in said


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no PEM certificate"),
        (b"\0" * 100, "no PEM certificate"),
        (b"-----BEGIN CERTIFICATE-----\n", "cannot be read"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        (b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", "cannot be read"),
        (csr(KEY), "certificate request"),
        (pem(certificate(KEY)) * 400, "more than"),
        (certificate(KEY).public_bytes(Encoding.DER), "no PEM certificate"),
    ],
)
def test_what_is_not_a_certificate_is_told_as_such(content, word):
    assert word in refused(content)


def test_a_damaged_certificate_is_read_or_refused_never_a_crash():
    whole = certificate(KEY).public_bytes(Encoding.DER)
    codes = []
    for damaged in flipped(whole):
        try:
            from_der(damaged)
        except LocalError as error:
            codes.append(error.code)
    assert set(codes) == {"cert.file.bundle-malformed"}
    assert 0 < len(codes) < len(whole)


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"ID": None}, (PARIS,)),
        ({"OU": None}, (PARIS[:9],)),
        ({"OU": f"0002 {PARIS[:9]}", "ID": None}, (PARIS[:9],)),
        ({"OU": None, "ID": f"SI:FR-{PARIS[:9]}"}, (PARIS[:9],)),
        ({"OU": None, "ID": f"VATFR-12{PARIS[:9]}"}, (PARIS[:9],)),
        ({"OU": PARIS, "ID": None}, ()),
        ({"OU": f"0009 {PARIS}", "ID": None}, ()),
        ({"OU": f"0002 {PARIS[:13]}", "ID": f"NTRDE-{PARIS[:9]}"}, ()),
        ({"OU": "0002 ٢١٧٥٠٠٠١٦", "ID": None}, ()),
    ],
)
def test_the_siren_is_read_in_its_two_places(fields, ids):
    assert read(KEY, of=subject(**fields)).siren_ids == ids


@pytest.mark.parametrize(
    ("of", "siret", "answer"),
    [
        (subject(), PARIS, True),
        (subject(), EXAMPLE, False),
        (subject(OU=None, ID=None), PARIS, None),
        (subject(OU=None), PARIS, True),
        (subject(SIBLING), EXAMPLE, True),  # another establishment of the same legal unit, which it names too
        (subject(SIBLING, ID=None), EXAMPLE, False),
        (subject(ID=f"NTRFR-{EXAMPLE[:9]}"), PARIS, False),  # two legal units: neither
        (subject(ID=f"NTRFR-{EXAMPLE[:9]}"), EXAMPLE, False),
    ],
)
def test_whether_a_certificate_names_a_town(of, siret, answer):
    assert names_siret(read(KEY, of=of), siret) is answer


def test_siren_and_siret_have_their_checksum():
    assert valid_id(PARIS) and valid_id(PARIS[:9]) and valid_id("35600000000048")
    assert not valid_id("21750001600018") and not valid_id("217500017")


def test_the_fingerprint_is_the_one_of_the_wire():
    der = certificate(KEY).public_bytes(Encoding.DER)
    assert from_der(der).der == ssl.PEM_cert_to_DER_cert(from_der(der).pem) == der


def test_a_signature_on_sha1_is_read_as_such(tool, tmp_path):
    """Our library no longer makes one; a PSCE's old intermediate may still bear one."""
    options = ["-sha1", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key.pem", "-subj", "/CN=old"]
    made = subprocess.run([tool("openssl"), "req", "-x509", *options], capture_output=True, check=True)
    found = read_chain(made.stdout)[0]
    assert (found.hash_name, found.is_ca) == ("sha1", True)
