"""The test authority: real TLS with it, made once and whole, and what it refuses to sign."""

import datetime as dt
import os
import signal
import ssl
import stat
import subprocess
import sys
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pki_helpers import EXAMPLE, NOW, PARIS, RSA_1024, RSA_EXPONENT_3, csr, ec_key, flipped, subject

from fpsctl.errors import LocalError, Refused
from fpsctl.identifiers import InvalidIdentifier
from fpsctl.pki import TestAuthority, authority, make_csr, matches, read_chain, write_private
from fpsctl.texts import text_in

DEBUT, FIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2048, 1, 1, tzinfo=dt.UTC)
KEY = ec_key()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return TestAuthority.open(tmp_path_factory.mktemp("pki") / "authority", NOW)


def refusal(made, pem):
    with pytest.raises(Refused) as error:
        made.sign(pem, DEBUT, FIN)
    for lang in ("fr", "en"):
        assert text_in(lang, f"error.{error.value.code}", **error.value.params)
    return error.value


def shake_hands(server, client, host):
    """Run a handshake in memory and return what the server reads as the client's certificate (DER)."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = server.wrap_bio(to_server, to_client, server_side=True)
    other = client.wrap_bio(to_client, to_server, server_hostname=host)
    waiting = [other, one]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                pass
    assert not waiting
    return one.getpeercert(binary_form=True)


def contexts(made, chain, key):
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=made.client_root)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(made.server_chain, made.server_key)
    client = ssl.create_default_context(cafile=made.ca)
    client.load_cert_chain(chain, key)
    for context in (server, client):
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python 3.13 sets by itself
    return server, client


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_strict_tls_both_ways_with_what_it_signs(made, tmp_path, host):
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.sign(make_csr(KEY, PARIS, "Ville de Paris", "fps"), DEBUT, FIN))
    write_private(key, KEY)
    assert shake_hands(*contexts(made, chain, key), host) == read_chain(chain.read_bytes())[0].der


def test_another_authority_of_the_same_name_is_not_trusted(made, tmp_path):
    other = TestAuthority.open(tmp_path / "other", NOW)
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(other.sign(csr(KEY), DEBUT, FIN))
    write_private(key, KEY)
    server, client = contexts(made, chain, key)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, client, "localhost")


def test_a_signed_certificate_says_what_it_is_and_no_more(made):
    leaf, issuer = read_chain(made.sign(make_csr(KEY, PARIS, "Ville de Paris", "fps"), DEBUT, FIN))
    assert leaf.subject == f"CN=fps,organizationIdentifier=NTRFR-{PARIS[:9]},OU=0002 {PARIS},O=Ville de Paris,C=FR"
    assert (leaf.debut, leaf.fin, leaf.client_auth, leaf.server_auth, leaf.is_ca) == (DEBUT, FIN, True, False, False)
    assert matches(KEY, leaf) and issuer.is_ca
    raw = x509.load_der_x509_certificate(leaf.der)
    usage = raw.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    with pytest.raises(x509.ExtensionNotFound):
        raw.extensions.get_extension_for_class(x509.CertificatePolicies)


def test_each_certificate_has_its_own_serial(made):
    serials = {read_chain(made.sign(csr(KEY), DEBUT, FIN))[0].serial for _ in range(20)}
    assert len(serials) == 20


def test_every_issuer_shows_that_it_is_a_test(made):
    for path in (made.ca, made.server_chain, made.client_root, made.folder / "psce.pem"):
        for found in read_chain(path.read_bytes()):
            issuer = x509.load_der_x509_certificate(found.der).issuer
            assert issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value.startswith("TEST - ")
            assert found.debut.year == 2017 and found.fin.year == 2049
    assert read_chain(made.ca.read_bytes())[0].subject.startswith("CN=TEST - fpsctl\\, SI FPS embarque")


def test_it_is_private_and_the_root_keys_are_gone(tmp_path):
    before = os.umask(0)
    try:
        made = TestAuthority.open(tmp_path / "authority", NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    keys = [path for path in made.folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert sorted(path.name for path in keys) == ["psce-key.pem", "server-key.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
    assert [path.name for path in tmp_path.iterdir()] == ["authority"]


def test_it_is_made_once(tmp_path):
    folder = tmp_path / "deep" / "authority"
    first = TestAuthority.open(folder, NOW).ca.read_bytes()
    assert TestAuthority.open(folder, NOW).ca.read_bytes() == first
    leaf = read_chain(TestAuthority.open(folder, NOW).sign(csr(KEY), DEBUT, FIN))[0]
    assert leaf.issuer == read_chain((folder / "psce.pem").read_bytes())[0].subject


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "authority").mkdir()
    assert TestAuthority.open(tmp_path / "authority", NOW).ca.is_file()


def test_many_at_once_agree(tmp_path):
    found, folder = [], tmp_path / "authority"
    threads = [
        threading.Thread(target=lambda: found.append(TestAuthority.open(folder, NOW).ca.read_bytes())) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["authority"]


KILLED = """
import datetime as dt, os, pathlib, signal, sys
from fpsctl.pki import authority
count, real = int(sys.argv[2]), {name: getattr(authority, name) for name in ("_write", "write_private", "flush_folder")}
def dying(name):
    def call(*args):
        global count
        count -= 1
        if count < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real[name](*args)
    return call
for name in real:
    setattr(authority, name, dying(name))
authority.TestAuthority.open(pathlib.Path(sys.argv[1]), dt.datetime.now(dt.UTC))
"""


@pytest.mark.parametrize("step", range(8))
def test_a_killed_process_leaves_no_half_made_authority(tmp_path, step):
    folder = tmp_path / "authority"
    done = subprocess.run([sys.executable, "-c", KILLED, folder, str(step)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert TestAuthority.open(folder, NOW).sign(csr(KEY), DEBUT, FIN)


def test_an_error_while_it_is_made_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(authority, "write_private", full)
    with pytest.raises(LocalError) as error:
        TestAuthority.open(tmp_path / "authority", NOW)
    assert error.value.code == "authority.unwritable"
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_authority_is_told_and_left_alone(tmp_path):
    made = TestAuthority.open(tmp_path / "authority", NOW)

    def code():
        with pytest.raises(LocalError) as error:
            TestAuthority.open(made.folder, NOW)
        return error.value.code

    made.server_key.chmod(0o644)
    assert code() == "cert.key.file-mode"
    made.server_key.chmod(0o600)
    made.server_key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert code() == "authority.broken"
    made.ca.unlink()
    assert code() == "authority.broken"
    assert not made.ca.exists()


def test_a_machine_far_from_our_time_is_told(tmp_path):
    with pytest.raises(LocalError) as error:
        TestAuthority.open(tmp_path / "authority", dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    assert error.value.code == "authority.period"


@pytest.mark.parametrize("champ", ["C", "O", "CN"])
def test_a_subject_without_one_of_its_fields_is_refused(made, champ):
    error = refusal(made, csr(KEY, subject(**{champ: None})))
    assert (error.code, error.params) == ("csr.sujet", {"champ": champ})


def test_a_subject_that_names_no_town_is_refused(made):
    assert refusal(made, csr(KEY, subject(OU="service FPS", ID=None))).code == "csr.sujet"
    assert refusal(made, csr(KEY, subject(O="  "))).params == {"champ": "O"}


@pytest.mark.parametrize("fields", [{"OU": "0002 21750001600018"}, {"OU": None, "ID": "NTRFR-217500017"}])
def test_a_siren_with_a_wrong_digit_is_refused(made, fields):
    assert refusal(made, csr(KEY, subject(**fields))).code == "csr.siren"


@pytest.mark.parametrize(
    "fields", [{"ID": None}, {"OU": None}, {"ID": f"SI:FR-{EXAMPLE[:9]}", "OU": f"0002 {EXAMPLE}"}]
)
def test_either_place_of_the_siren_will_do(made, fields):
    assert made.sign(csr(KEY, subject(**fields)), DEBUT, FIN)


@pytest.mark.parametrize(
    ("key", "digest", "lue"),
    [
        (RSA_1024, None, "RSA-1024"),
        (RSA_EXPONENT_3, None, "RSA-2048"),
        (ec.generate_private_key(ec.SECP256K1()), None, "secp256k1"),
        (ed25519.Ed25519PrivateKey.generate(), "none", "ed25519"),
    ],
)
def test_a_weak_or_unknown_key_is_refused(made, key, digest, lue):
    if digest:
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject())
        pem = builder.sign(key, None).public_bytes(Encoding.PEM)
    else:
        pem = csr(key)
    error = refusal(made, pem)
    assert (error.code, error.params) == ("csr.cle", {"lue": lue})


def test_a_request_changed_after_its_signature_is_refused(made):
    request = x509.load_pem_x509_csr(csr(KEY, subject(PARIS, O="Ville de Paris")))
    changed = request.public_bytes(Encoding.DER).replace(b"Ville de Paris", b"Ville de Puris")
    pem = x509.load_der_x509_csr(changed).public_bytes(Encoding.PEM)
    assert refusal(made, pem).code == "csr.signature"


@pytest.mark.parametrize("pem", [b"", b"words", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", b"\0" * 200_000])
def test_what_is_no_request_is_refused(made, pem):
    assert refusal(made, pem).code == "csr.malformed"


def test_a_request_with_its_private_key_is_refused_and_not_repeated(made):
    secret = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    error = refusal(made, csr(KEY) + secret)
    assert (error.code, error.params) == ("csr.cle-privee", {})


def test_a_damaged_request_is_refused_never_a_crash(made):
    # A signature that ends with four zero bits is the same one when told to leave them out: no damage.
    ends = (x509.load_pem_x509_csr(csr(KEY)).public_bytes(Encoding.DER) for _ in range(100))
    whole = next(signed for signed in ends if signed[-1] & 0x0F)
    codes = set()
    for damaged in flipped(whole):
        body = ssl.DER_cert_to_PEM_cert(damaged).replace("CERTIFICATE", "CERTIFICATE REQUEST")
        codes.add(refusal(made, body.encode()).code)
    assert codes <= {"csr.malformed", "csr.signature", "csr.cle", "csr.sujet", "csr.siren"}
    assert {"csr.malformed", "csr.signature"} <= codes


def test_a_request_of_plain_openssl_is_signed(made, tmp_path, tool):
    openssl = tool("openssl")
    key, request = tmp_path / "key.pem", tmp_path / "request.csr"
    subj = f"/C=FR/O=Ville de Paris/OU=0002 {PARIS}/CN=fps"
    subprocess.run([openssl, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
                    "-subj", subj], check=True, capture_output=True)  # fmt: skip
    signed = tmp_path / "signed.pem"
    signed.write_bytes(made.sign(request.read_bytes(), DEBUT, FIN))
    told = subprocess.run([openssl, "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", made.client_root,
                           "-untrusted", signed, signed], capture_output=True, text=True, check=True)  # fmt: skip
    assert told.stdout.strip().endswith("OK")


def test_our_own_request_carries_the_rgs_subject(tool, tmp_path):
    request = tmp_path / "request.csr"
    request.write_bytes(make_csr(KEY, PARIS, " Ville de Paris ", "fps"))
    told = subprocess.run([tool("openssl"), "req", "-in", request, "-noout", "-verify", "-subject", "-nameopt",
                           "RFC2253"], capture_output=True, text=True, check=True)  # fmt: skip
    assert f"OU=0002 {PARIS},O=Ville de Paris,C=FR" in told.stdout and f"NTRFR-{PARIS[:9]}" in told.stdout
    assert "verify OK" in told.stdout + told.stderr


@pytest.mark.parametrize("organisation", ["", "   ", "x" * 65, "two\nlines"])
def test_a_name_that_no_certificate_can_bear_is_refused(organisation):
    with pytest.raises(LocalError) as error:
        make_csr(KEY, PARIS, organisation, "fps")
    assert (error.value.code, error.value.params["field"]) == ("cert.request.subject", "O")
    with pytest.raises(LocalError) as error:
        make_csr(KEY, PARIS, "Ville", organisation)
    assert error.value.params["field"] == "CN"


def test_a_request_needs_a_siret():
    with pytest.raises(InvalidIdentifier):
        make_csr(KEY, "21750001600018", "Ville", "fps")
