"""What the traffic log may keep: never a private key, whether its banners are there or not."""

import base64

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from fpsctl.antai import Decoded
from fpsctl.pki.keys import make_key
from fpsctl.sandbox.traffic import WITHHELD, hides_private_key, holds_private_key, readable, says_private_key

KEYS = {kind: make_key(kind) for kind in ("ec256", "rsa3072")}
FORMS = {
    "plain": base64.b64encode,
    "url-safe": lambda der: base64.urlsafe_b64encode(der).rstrip(b"="),
    "lines": lambda der: base64.encodebytes(der).replace(b"\n", b"\\n"),
}
SECRETS = {
    "pkcs8": (PrivateFormat.PKCS8, NoEncryption()),
    "traditional": (PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "encrypted": (PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_bare_private_key_is_seen(kind, form, secret):
    der = KEYS[kind].private_bytes(Encoding.DER, *SECRETS[secret])
    body = b'{"note": "' + FORMS[form](der) + b'"}'
    assert holds_private_key(body)
    assert readable(body) == WITHHELD


@pytest.mark.parametrize("kind", KEYS)
def test_a_public_key_is_none(kind):
    der = KEYS[kind].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    body = b'{"note": "' + base64.b64encode(der) + b'"}'
    assert readable(body) == {"note": base64.b64encode(der).decode()}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_key_is_seen_under_any_banner(kind, secret):
    der = KEYS[kind].private_bytes(Encoding.DER, *SECRETS[secret])
    assert holds_private_key(b"-----BEGIN SECRET-----\n" + base64.encodebytes(der) + b"-----END SECRET-----")


def test_a_key_of_openssh_is_seen_without_its_banner():
    pem = KEYS["ec256"].private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    assert holds_private_key(b"".join(pem.splitlines()[1:-1]))


def test_a_key_is_seen_in_what_was_read():
    pem = KEYS["ec256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert says_private_key(Decoded(None, (), {"a": [{"b": pem}]}))
    assert says_private_key(Decoded(None, (), {"a": {pem: 1}}))
    assert not says_private_key(Decoded(None, (), {"a": ["PRIVATE"], "b": 7}))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "koi8-r"])
def test_a_key_in_xml_is_seen_in_any_encoding(encoding):
    pem = KEYS["ec256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for content, held in ((pem, True), ("public", False)):
        document = f'<?xml version="1.0" encoding="{encoding}"?><a>{content}</a>'
        assert hides_private_key(document.encode(encoding)) is held
