"""Keys, certificate requests and certificates of the TLS with the SI FPS. Opens no connection.

Names are resolved when they are first used: `cryptography` is not light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.lazy import face

if TYPE_CHECKING:
    from fpsctl.pki.authority import TestAuthority
    from fpsctl.pki.certificate import Certificat, from_der, names_siret, read_chain
    from fpsctl.pki.keys import make_key, matches, read_passphrase, read_private, write_private
    from fpsctl.pki.request import make_csr
    from fpsctl.pki.rules import RULES, Subject, judge

__all__ = [
    "RULES",
    "Certificat",
    "Subject",
    "TestAuthority",
    "from_der",
    "judge",
    "make_csr",
    "make_key",
    "matches",
    "names_siret",
    "read_chain",
    "read_passphrase",
    "read_private",
    "write_private",
]

__getattr__ = face(
    __name__,
    {
        "RULES": "rules",
        "Certificat": "certificate",
        "Subject": "rules",
        "TestAuthority": "authority",
        "from_der": "certificate",
        "judge": "rules",
        "make_csr": "request",
        "make_key": "keys",
        "matches": "keys",
        "names_siret": "certificate",
        "read_chain": "certificate",
        "read_passphrase": "keys",
        "read_private": "keys",
        "write_private": "keys",
    },
)
