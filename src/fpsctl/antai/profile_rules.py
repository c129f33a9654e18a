"""What is odd in a profile that loads: one record a rule; what cannot be loaded is the loader's to say.

A rule speaks of what an integrator would find out later, at the first exchange or in a report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fpsctl.antai.endpoint import PRODUCTION
from fpsctl.antai.operations import OPERATIONS
from fpsctl.antai.provenance import walk
from fpsctl.checks import Actor, Check, Report, Severity, Verdict, run
from fpsctl.law import loi
from fpsctl.resources import line_of, names
from fpsctl.texts import has_text, text
from fpsctl.validation import located

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from fpsctl.antai.profile_model import Profile
    from fpsctl.checks import Finding

_CLAIMS = ("law", "official", "secondary", "measured")
"""Confidences that point at something outside fpsctl, which a reader must be able to find."""
_RESTRICTED = re.compile(r"convention|confidenti|restreint|restricted|non[- ]public|not public", re.IGNORECASE)
_PUBLIC = frozenset({"official", "law", "measured"})
_BODYLESS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Examined:
    """A profile, the file it was read from (None: built in), the day, the rules on certificates that exist."""

    profile: Profile
    path: Path | None
    day: dt.date
    certificate_rules: Collection[str]

    def at(self, *keys: str) -> str:
        """Name an entry, with file and line where the file states it, or what is around it."""
        name = ".".join(keys)
        if self.path is None:
            return name
        return f"{name} ({located(self.path, line_of(self.path.read_bytes(), keys))})"


def examine(profile: Profile, path: Path | None, day: dt.date, certificate_rules: Collection[str]) -> Report:
    """Run every rule on a profile that was loaded; sentences are in the language in use."""
    examined = Examined(profile, path, day, certificate_rules)
    return run(CHECKS, examined, lambda code: text(code, profile=profile.profile))


def in_force(profile: Profile, day: dt.date) -> tuple[Finding, ...]:
    """Return the one finding on the day that a profile is used on."""
    rules = [rule for rule in CHECKS if rule.id == "profile.not-in-force"]
    return run(rules, Examined(profile, None, day, ()), text).findings


def _told(odd: Iterable[str]) -> Verdict:
    """Fail with the entries at fault, pass without."""
    found = list(odd)
    return Verdict(ok=not found, detail=" ; ".join(found))


def _named(examined: Examined) -> Verdict:
    """A profile of the user's must not pass for a built-in one."""
    built_in = examined.path is not None and examined.profile.profile in names("profiles")
    return _told([f"{examined.at('profile')} = {examined.profile.profile}"] if built_in else [])


def _in_force(examined: Examined) -> Verdict:
    profile = examined.profile
    if profile.covers(examined.day):
        return Verdict(ok=True)
    return Verdict(ok=False, detail=text("profile.not-in-force.detail", profile=profile.profile, day=examined.day))


def _follows(examined: Examined) -> Verdict:
    """A profile takes over when the one before it ends: no day without either."""
    profile, older = examined.profile, examined.profile.older
    gap = (
        older is not None
        and older.in_force.until is not None
        and ((profile.in_force.since - older.in_force.until).days > 1)
    )
    if not gap or older is None:
        return Verdict(ok=True)
    facts = {"older": older.profile, "until": older.in_force.until, "since": profile.in_force.since}
    return _told([f"{examined.at('in_force')} : {text('profile.check.gap', **facts)}"])


def _path_double(examined: Examined) -> Verdict:
    """Two paths that one request may fit: whoever serves them takes the first, whatever its parts mean."""
    stated = [(name, entry) for name, entry in examined.profile.operations.items() if entry.path and entry.method]
    odd = (
        f"{examined.at('operations', name, 'path')} = {first} ({entry.method} {entry.path})"
        for (first, before), (name, entry) in combinations(stated, 2)
        if entry.method == before.method and _overlap(str(before.path), str(entry.path))
    )
    return _told(odd)


def _overlap(one: str, other: str) -> bool:
    """Say whether one address may fit two paths: step by step, a part takes any text."""
    steps, others = one.split("/"), other.split("/")
    return len(steps) == len(others) and all(map(_meet, steps, others))


def _meet(one: str, other: str) -> bool:
    if "{" in one and "{" in other:
        return _blank(one) == _blank(other) or "{}" in (_blank(one), _blank(other))
    pattern, literal = (one, other) if "{" in one else (other, one)
    return re.fullmatch("(.+)".join(map(re.escape, _blank(pattern).split("{}"))), literal) is not None


def _blank(step: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", step)


def _safe(examined: Examined) -> Verdict:
    odd = (
        f"{examined.at('operations', name)} : {entry.method}"
        for name, entry in examined.profile.operations.items()
        if entry.safe != (entry.method in _BODYLESS) and not (entry.safe and OPERATIONS[name].request is None)
    )
    return _told(odd)


def _https(examined: Examined) -> Verdict:
    odd = (
        f"{examined.at('hosts', name)} : {host.url}"
        for name, host in examined.profile.hosts.items()
        if not host.url.startswith("https://") or not urlsplit(host.url).hostname
    )
    return _told(odd)


def _roots(examined: Examined) -> Verdict:
    folder = examined.path.parent if examined.path else Path()
    odd = (
        f"{examined.at('hosts', name, 'ca')} : {host.ca}"
        for name, host in examined.profile.hosts.items()
        if host.ca is not None and not (folder / host.ca).is_file()
    )
    return _told(odd)


def _production(examined: Examined) -> Verdict:
    if PRODUCTION in examined.profile.hosts:
        return Verdict(ok=True)
    return _told([f"hosts : {', '.join(examined.profile.hosts) or '-'}"])


def _sourced(examined: Examined) -> Verdict:
    odd = (
        f"{examined.at(*keys)} : {said.confidence}"
        for keys, said in walk(examined.profile, ())
        if said.confidence in _CLAIMS and not said.source
    )
    return _told(odd)


def _restricted(examined: Examined) -> Verdict:
    """A source that is not public, in a profile that says it may be shown to anybody."""
    if examined.profile.confidential:
        return Verdict(ok=True)
    odd = (
        f"{examined.at(*keys)} : {said.source}"
        for keys, said in walk(examined.profile, ())
        if said.confidence in _PUBLIC and said.source and _RESTRICTED.search(said.source)
    )
    return _told(odd)


def _delay(examined: Examined) -> Verdict:
    known = loi().parametres
    return _told(
        examined.at("delays", slug)
        for slug in examined.profile.delays
        if slug not in known or known[slug].unit != "jours"
    )


def _certificate_rule(examined: Examined) -> Verdict:
    rules = examined.profile.certificate_rules
    return _told(examined.at("certificate_rules", rule) for rule in rules if rule not in examined.certificate_rules)


def _error_code(examined: Examined) -> Verdict:
    codes = examined.profile.errors.codes
    return _told(examined.at("errors", "codes", code) for code in codes if not has_text(f"error.{code}"))


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
_US = Actor.EDITEUR

CHECKS: tuple[Check[Examined], ...] = (
    Check("profile.name.built-in", _E, _US, "fpsctl, profiles", _named),
    Check("profile.not-in-force", _W, _US, "in_force", _in_force),
    Check("profile.supersedes.gap", _W, _US, "in_force, supersedes", _follows),
    Check("profile.path.double", _E, _US, "operations", _path_double),
    Check("profile.operation.safe", _W, _US, "operations ; RFC 9110, 9.2.1", _safe),
    Check("profile.host.https", _E, _US, "hosts", _https),
    Check("profile.host.ca", _E, _US, "hosts", _roots),
    Check("profile.host.production", _I, _US, "hosts", _production),
    Check("profile.source.missing", _W, _US, "confidence, source", _sourced),
    Check("profile.source.restricted", _W, _US, "confidential", _restricted),
    Check("profile.delay.unknown", _E, _US, "delays ; data/law/parametres.yaml", _delay),
    Check("profile.certificate-rule.unknown", _E, _US, "certificate_rules ; fpsctl cert", _certificate_rule),
    Check("profile.error.unknown", _E, _US, "errors.codes", _error_code),
)
"""Every rule, in the order of the sections."""
