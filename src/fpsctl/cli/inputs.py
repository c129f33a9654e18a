"""From words of the command line to values; a wrong one is a usage error, whatever found it."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fpsctl.errors import InvalidValue, UsageError
from fpsctl.identifiers import NumeroFps, Siret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fpsctl.clock import Clock
    from fpsctl.workspace import Workspace


@contextmanager
def as_usage() -> Iterator[None]:
    """Turn a value refused on the command line into a usage error, with the same code."""
    try:
        yield
    except InvalidValue as error:
        raise UsageError(error.code, **error.params) from error


def usage_siret(value: str) -> Siret:
    """Return a SIRET; raises `UsageError`."""
    with as_usage():
        return Siret(value)


def confirmed(env: str, siret: str, confirm: str) -> Siret:
    """Return the SIRET of a command that changes something; in production it must be typed twice.

    Raises `UsageError` (`usage.confirm`).
    """
    from fpsctl.antai.endpoint import PRODUCTION

    town = usage_siret(siret)
    if env == PRODUCTION and (not confirm or usage_siret(confirm) != town):
        raise UsageError("usage.confirm", siret=town)
    return town


def town_name(folder: Path, siret: Siret) -> str:
    """Return the name of a town of the workspace; raises `UsageError` (`usage.organisation`)."""
    from fpsctl.collectivite import names
    from fpsctl.workspace import Workspace

    name = names(Workspace(folder)).get(siret)
    if name is None:
        raise UsageError("usage.organisation", siret=siret)
    return name


def usage_numero(value: str) -> NumeroFps:
    """Return a notice number, spaces and key accepted; raises `UsageError`."""
    with as_usage():
        return NumeroFps(value)


def usage_day(option: str, value: str) -> dt.date | None:
    """Return a calendar day, None when the option was not given; raises `UsageError` (`usage.day`)."""
    if not value:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise UsageError("usage.day", option=option, value=value) from error


def today(zone: str = "", clock: Clock | None = None) -> dt.date:
    """Return the current day in a zone; none, or one that does not exist, counts as the default of towns."""
    from zoneinfo import ZoneInfo

    from fpsctl.clock import SystemClock
    from fpsctl.collectivite import Reglages

    try:
        where = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        where = ZoneInfo(Reglages.model_fields["fuseau"].default)
    return (clock or SystemClock()).now().astimezone(where).date()


def town_day(option: str, value: str, workspace: Workspace, siret: Siret, fuseau: str = "") -> dt.date:
    """Return the day that an option names, else today where the town is."""
    from fpsctl.collectivite import versions_of

    asked = usage_day(option, value)
    if asked is not None:
        return asked
    versions = versions_of(workspace, siret)
    return today(fuseau or (versions[-1].reglages.fuseau if versions else ""))


def key_rule(algorithm: str, profile: str) -> tuple[str, str]:
    """Return algorithm and confidence of the payment key: asked for, else the profile's."""
    from fpsctl.antai.numero import public_key_rule

    if algorithm:
        return algorithm, "assumption"
    if not profile or profile == "public":
        return public_key_rule()
    from fpsctl.antai.profile import load_profile

    rule = load_profile(profile).numero.cle
    return rule.algorithm, rule.confidence


def settings(
    plain: dict[str, Any],
    *,
    tarif: list[str] | None,
    minore: str,
    autorite: list[str] | None,
    parametre: list[str] | None,
) -> dict[str, Any]:
    """Return the settings of a town named by options; those left out are not there. Raises `UsageError`."""
    found = {name: value for name, value in plain.items() if value not in (None, "")}
    if tarif:
        found["tarifs"] = _once("--tarif", [_tarif(word) for word in tarif])
    if minore:
        found["minore"] = None if minore == "non" else _minore(minore)
    if autorite:
        found["autorites"] = _once("--autorite", [_autorite(word) for word in autorite])
    if parametre:
        found["parametres"] = _once("--parametre", [_parametre(word) for word in parametre])
    return found


def _once(option: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key given twice: the last one would silently win."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UsageError("usage.twice", option=option, keys=", ".join(key for key, _ in pairs))
    return found


_TARIF = ("fps", "duree_max", "redevance_max")
_MINORE = ("montant", "duree", "debut", "canal")


def _tarif(word: str) -> tuple[str, dict[str, Any]]:
    zone, equals, values = word.partition("=")
    if not equals or not zone:
        raise UsageError("usage.setting", option="--tarif", value=word, form="ZONE=FPS[;DUREE[;REDEVANCE]]")
    return zone, _fields("--tarif", word, values, _TARIF, 1)


def _minore(word: str) -> dict[str, Any]:
    return _fields("--minore", word, word, _MINORE, 2)


def _fields(option: str, word: str, values: str, names: tuple[str, ...], least: int) -> dict[str, Any]:
    """Split `A;B;C` over names, of which the first `least` are needed."""
    parts = [part.strip() for part in values.split(";")]
    if not least <= len(parts) <= len(names) or not all(parts):
        raise UsageError("usage.setting", option=option, value=word, form=";".join(names).upper())
    return dict(zip(names, parts, strict=False))


def _autorite(word: str) -> tuple[str, dict[str, Any]]:
    digit, equals, values = word.partition("=")
    nom, *lines = (part.strip() for part in values.split(";"))
    if not equals or not (digit.isascii() and digit.isdigit()) or not nom or not lines:
        raise UsageError("usage.setting", option="--autorite", value=word, form="CHIFFRE=NOM;LIGNE;LIGNE")
    return digit, {"nom": nom, "adresse": lines}


def _parametre(word: str) -> tuple[str, Any]:
    from fpsctl.law import loi

    slug, equals, value = word.partition("=")
    if not equals or not value:
        raise UsageError("usage.setting", option="--parametre", value=word, form="NOM=VALEUR")
    chosen = int(value) if value.isascii() and value.isdigit() else value
    with as_usage():
        loi().check_overrides({slug: chosen})
    return slug, chosen


def check_moments(**words: str) -> None:
    """Refuse a date or time that does not exist before anything runs; raises `UsageError` (`usage.date`)."""
    for option, value in words.items():
        try:
            if value:
                dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise UsageError("usage.date", option=f"--{option}", value=value) from error


def page_path(path: Path | None) -> Path | None:
    """Return where a page is written; another ending than .html is refused: a scenario is never overwritten."""
    if path is not None and path.suffix.lower() not in (".html", ".htm"):
        raise UsageError("usage.html", path=path)
    return path
