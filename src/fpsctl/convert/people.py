"""Addresses and people in FNMS's parts, put together on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.convert.values import Unread, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    Taker = Callable[[str], str]
    """Reads one part by its name and notes it; an empty text when it is not there."""

STREET = ("streetNumber", "streetNumberBis", "streetType", "streetName")
TOWN = ("postalCode", "addressLocality")
COUNTRY = ("addressCountry",)
ADDRESS = STREET + TOWN + COUNTRY
NAMES = ("honorificPrefix", "givenName", "familyName")
PERSON = (*NAMES, "maidenName", "organizationId", "address")


def address(raw: object, take: Taker) -> str:
    """Return an address on one line: text as it is, or street, town and country; raises `Unread`."""
    if isinstance(raw, str):
        return one_line(raw)
    if not isinstance(raw, dict):
        raise Unread("address")
    parts = (" ".join(filter(None, map(take, group))) for group in (STREET, TOWN, COUNTRY))
    return ", ".join(filter(None, parts))


def name(take: Taker) -> tuple[str, str]:
    """Return who it is, and the part it was taken from where that is doubtful (empty: names)."""
    prefix, given, family = map(take, NAMES)
    if family or given:
        return " ".join(filter(None, (prefix, given, family))), ""
    for part in ("maidenName", "organizationId"):
        if found := take(part):
            return " ".join(filter(None, (prefix, found))) if part == "maidenName" else found, part
    return "", ""
