"""The check digit of the SIREN or SIRET that a certificate bears."""

from __future__ import annotations

from stdnum.fr import siren, siret

_SIREN = 9


def valid_id(value: str) -> bool:
    """Say whether 9 or 14 digits pass their checksum (Luhn on both; La Poste has its own rule)."""
    return siren.is_valid(value[:_SIREN]) and (len(value) == _SIREN or siret.is_valid(value))
