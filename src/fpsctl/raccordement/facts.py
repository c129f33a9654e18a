"""The facts that a step carries, checked against their forms; a refusal names the field and the form expected."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from fpsctl.errors import Refused
from fpsctl.raccordement.steps import INSTANT, ZONE, fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fpsctl.raccordement.steps import Champ

_SHOWN = {INSTANT: "YYYY-MM-DDThh:mm:ss+hh:mm", ZONE: "Europe/Paris|Indian/Reunion|..."}
_NOT_TEXT = ("Cc", "Cs", "Zl", "Zp")
"""What a line of text has none of: controls, halves of a character, line and paragraph separators."""


class Fait(NamedTuple):
    """A step that was taken: when (aware, the SIRET's clock) and its facts."""

    etape: str
    instant: dt.datetime
    faits: Mapping[str, str]


def checked(fait: Fait, siret: str) -> Fait:
    """Return the step with defaults filled in; raises `Refused` (`raccordement.faits`, `raccordement.pve`)."""
    known = fields(fait.etape)
    for name in fait.faits:
        if name not in known:
            raise Refused("raccordement.faits", etape=fait.etape, champ=name, detail="|".join(known) or "-")
    found = {name: value for name, champ in known.items() if (value := _value(fait, champ)) is not None}
    if found.get("siret", siret) != siret:
        raise Refused("raccordement.faits", etape=fait.etape, champ="siret", detail=siret)
    if found.get("type_espace") == "pve":
        raise Refused("raccordement.pve", siret=siret)
    return fait._replace(faits=MappingProxyType(found))


def _value(fait: Fait, champ: Champ) -> str | None:
    value = fait.faits.get(champ.name, champ.default)
    if value is None and champ.optional:
        return None
    # The facts come from outside: what is declared as text may be anything.
    if not isinstance(value, str) or not _fits(champ.form, value):
        detail = _SHOWN.get(champ.form, champ.form)
        raise Refused("raccordement.faits", etape=fait.etape, champ=champ.name, detail=detail)
    return value


def _fits(form: str, value: str) -> bool:
    if form in _READERS:
        try:
            return _READERS[form](value)
        except (ValueError, KeyError, OSError):
            return False
    odd = any(unicodedata.category(sign) in _NOT_TEXT for sign in value)
    return not odd and value == value.strip() and re.fullmatch(form, value) is not None


_READERS: Mapping[str, Callable[[str], bool]] = MappingProxyType({
    INSTANT: lambda value: dt.datetime.fromisoformat(value).tzinfo is not None,
    ZONE: lambda value: bool(ZoneInfo(value).key),
})  # fmt: skip
