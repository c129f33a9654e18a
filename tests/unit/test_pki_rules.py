"""The rules on a certificate: for each, one that passes and one that fails."""

import dataclasses
import datetime as dt

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
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
    ec_key,
    name,
    pem,
    read,
    subject,
)

from fpsctl.checks import Outcome, Severity
from fpsctl.pki import RULES, Subject, judge, read_chain
from fpsctl.texts import catalogue

KEY, OTHER = ec_key(), ec_key()
ANY_USAGE, EMAIL = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, ExtendedKeyUsageOID.EMAIL_PROTECTION
GOOD = Subject((read(KEY),), PARIS, NOW, KEY, 0o600, environment="production")


def with_leaf(**options):
    return GOOD._replace(chain=(read(KEY, **options),))


def of_key(key):
    return GOOD._replace(chain=(read(key),), key=key)


def changed(**facts):
    return GOOD._replace(chain=(dataclasses.replace(GOOD.chain[0], **facts),))


def issued_by(**fields):
    return GOOD._replace(chain=(read(KEY, issuer=name(**fields), signed_by=OTHER),))


def chained(leaf_hash="sha256", upper_hash="sha256", *, root=False):
    """Return a chain whose second certificate is a root or not; the hashes are set afterwards."""
    issuer = name(CN="issuer")
    leaf = certificate(KEY, issuer=issuer, signed_by=OTHER)
    upper = certificate(OTHER, of=issuer, issuer=issuer if root else name(CN="root"))
    hashed = zip(read_chain(pem(leaf, upper)), (leaf_hash, upper_hash), strict=True)
    return GOOD._replace(chain=tuple(dataclasses.replace(item, hash_name=digest) for item, digest in hashed))


DAY = dt.timedelta(days=1)
RSA_2048 = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PASS = {
    "cert.key.mismatch": [GOOD],
    "cert.key.file-mode": [GOOD, GOOD._replace(key_mode=0o400)],
    "cert.structure.invalid": [GOOD, with_leaf(serial=2**158)],
    "cert.validity.outside-period": [GOOD, GOOD._replace(now=NOW - DAY), GOOD._replace(now=NOW + 365 * DAY)],
    "cert.environment.test-provider": [GOOD, issued_by(CN="TEST-PSCE"), issued_by(O="PSCE", OU="TEST - x")],
    "cert.key.too-weak": [GOOD, of_key(RSA_2048), of_key(ec.generate_private_key(ec.SECP521R1()))],
    "cert.signature.weak-hash": [GOOD, with_leaf(digest=hashes.SHA512()), chained(upper_hash="sha1", root=True)],
    "cert.eku.client-auth-missing": [GOOD, with_leaf(usages=()), with_leaf(usages=(SERVER,))],
    "cert.eku.server-auth-only": [GOOD, with_leaf(usages=(CLIENT, SERVER)), with_leaf(usages=(EMAIL,))],
    "cert.subject.siren-missing": [GOOD, with_leaf(of=subject(OU=None))],
    "cert.siren.checksum": [GOOD, with_leaf(of=subject(SIBLING))],
    "cert.siren.unexpected": [GOOD, with_leaf(of=subject(ID=None))],
}
FAIL = {
    "cert.key.mismatch": [GOOD._replace(key=OTHER), GOOD._replace(key=RSA_2048)],
    "cert.key.file-mode": [GOOD._replace(key_mode=0o640), GOOD._replace(key_mode=0o601)],
    "cert.structure.invalid": [changed(version=1), changed(serial=0), changed(serial=-5), changed(serial=2**159)],
    "cert.validity.outside-period": [
        GOOD._replace(now=NOW - DAY - dt.timedelta(seconds=1)),
        GOOD._replace(now=NOW + 365 * DAY + dt.timedelta(seconds=1)),
    ],
    "cert.environment.test-provider": [issued_by(CN="TEST - PSCE"), issued_by(CN="PSCE", O="TEST - fpsctl")],
    "cert.key.too-weak": [
        of_key(RSA_1024),
        of_key(RSA_EXPONENT_3),
        of_key(ec.generate_private_key(ec.SECP256K1())),
    ],
    "cert.signature.weak-hash": [chained("sha1"), with_leaf(digest=hashes.SHA224()), chained(upper_hash="md5")],
    "cert.eku.client-auth-missing": [with_leaf(usages=(EMAIL,)), with_leaf(usages=(SERVER, EMAIL)),
                                     with_leaf(usages=(ANY_USAGE,))],
    "cert.eku.server-auth-only": [with_leaf(usages=(SERVER,))],
    "cert.subject.siren-missing": [with_leaf(of=subject(OU="service FPS", ID=None))],
    "cert.siren.checksum": [
        with_leaf(of=subject("21750001600018")),
        with_leaf(of=subject(ID=f"NTRFR-{EXAMPLE[:9]}")),
    ],
    "cert.siren.unexpected": [with_leaf(of=subject(EXAMPLE)), with_leaf(of=subject(EXAMPLE, OU=None))],
}  # fmt: skip
NOT_APPLICABLE = {
    "cert.key.mismatch": GOOD._replace(key=None),
    "cert.key.file-mode": GOOD._replace(key_mode=None),
    "cert.environment.test-provider": issued_by(CN="TEST - PSCE")._replace(environment="sandbox"),
    "cert.siren.checksum": FAIL["cert.subject.siren-missing"][0],
    "cert.siren.unexpected": FAIL["cert.subject.siren-missing"][0],
}
IDS = [rule.id for rule in RULES]


def outcome(rule_id, context):
    return next(finding for finding in judge(context).findings if finding.id == rule_id)


def test_every_rule_has_its_examples_and_one_id():
    assert list(PASS) == list(FAIL) == IDS
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("rule_id", IDS)
def test_it_passes(rule_id):
    for context in PASS[rule_id]:
        assert outcome(rule_id, context).outcome is Outcome.PASS


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_it_fails_as_its_severity_says_and_explains(rule):
    wanted = Outcome.FAIL if rule.severity is Severity.ERROR else Outcome.WARN
    for context in FAIL[rule.id]:
        finding = outcome(rule.id, context)
        assert finding.outcome is wanted
        assert finding.detail and finding.reference and finding.hint


@pytest.mark.parametrize(
    ("environment", "request_path", "command"),
    [
        ("sandbox", "r.csr", f"fpsctl sandbox sign r.csr --out FILE, then fpsctl cert deposit --siret {PARIS} --cert"),
        ("recette", "r.csr", f"have r.csr signed again by a PSCE, then fpsctl cert deposit --siret {PARIS} --env rece"),
        ("production", None, f"cert deposit --siret {PARIS} --env production --confirm {PARIS} --certificate FILE --k"),
    ],
)
def test_an_expired_certificate_says_how_to_have_another(environment, request_path, command):
    context = FAIL["cert.validity.outside-period"][1]._replace(environment=environment, request=request_path)
    assert command in outcome("cert.validity.outside-period", context).hint


@pytest.mark.parametrize("rule_id", NOT_APPLICABLE)
def test_it_does_not_apply(rule_id):
    assert outcome(rule_id, NOT_APPLICABLE[rule_id]).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("rule_id", IDS)
def test_a_fault_is_told_once(rule_id):
    """A fault breaks its own rule and no other, so that the diagnosis names one cause."""
    related = {"cert.key.too-weak": {"cert.key.too-weak"}, "cert.siren.checksum": {"cert.siren.unexpected"}}
    for context in FAIL[rule_id]:
        broken = {item.id for item in judge(context).findings if item.outcome in (Outcome.FAIL, Outcome.WARN)}
        assert rule_id in broken
        assert broken - {rule_id} <= related.get(rule_id, set())


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_rule_has_its_sentences(lang):
    texts = catalogue(lang)
    assert all(texts.get(f"{kind}.{rule_id}") for rule_id in IDS for kind in ("check", "hint"))


def test_a_whole_certificate_passes_everything():
    assert {finding.outcome for finding in judge(GOOD).findings} == {Outcome.PASS}
