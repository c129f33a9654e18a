"""Keys, certificate requests and certificates of the TLS with the SI FPS. Opens no connection.

Names are resolved when they are first used: `cryptography` is not light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_HOMES = {
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
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type
    """Import a name of this face from its module."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
