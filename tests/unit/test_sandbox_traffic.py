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

from fpsctl.pki.keys import make_key
from fpsctl.sandbox.traffic import WITHHELD, holds_private_key, readable

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
