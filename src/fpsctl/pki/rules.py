"""What the TLS with the SI FPS demands of a certificate: one record a rule, in the order of the diagnosis.

Only what makes the exchange fail, breaks the rules on keys, or names the wrong body is an error: no public text gives
the certificate profile of the SI FPS.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.checks import Actor, Check, Outcome, Report, Severity, Verdict, run
from fpsctl.pki.certificate import SERVER_AUTH, names_siret
from fpsctl.pki.keys import OTHERS, matches
from fpsctl.pki.renewal import EMBEDDED, options_of, renewal
from fpsctl.pki.siren import valid_id
from fpsctl.texts import text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from fpsctl.antai.profile_model import Grade
    from fpsctl.pki.certificate import Certificat
    from fpsctl.pki.keys import PrivateKey

_X509_V3 = 3
_SERIAL_BITS = 20 * 8 - 1  # 20 octets, of which one bit is the sign
_STRONG_HASHES = ("sha256", "sha384", "sha512", "sha512-256", "sha3-256", "sha3-384", "sha3-512", "")
_RGS_B1 = "RGS, annexe B1 (2014)"
_RGS_A4 = "RGS, annexe A4 (2014)"


class Subject(NamedTuple):
    """What is judged: the chain, leaf first, its private key (and the mode of its file), for a town, at an instant."""

    chain: tuple[Certificat, ...]
    siret: str
    now: dt.datetime
    key: PrivateKey | None = None
    key_mode: int | None = None
    certificate_path: Path | None = None
    key_path: Path | None = None
    environment: str = EMBEDDED
    """Where it is to serve."""
    request: Path | None = None
    """The request it was signed from, where it can be signed again."""

    @property
    def leaf(self) -> Certificat:
        """The certificate of the town."""
        return self.chain[0]


def judge(subject: Subject, grades: Mapping[str, Grade] | None = None) -> Report:
    """Run every rule, each as severe as the interface has it; sentences are in the language in use."""
    facts = {"path": subject.key_path, "certificate": subject.certificate_path, "key": subject.key_path}
    place = subject.siret, subject.environment
    commands = {"options": options_of(*place, deposit=True), "renewal": renewal(*place, subject.request)}
    rules = [_graded(rule, (grades or {}).get(rule.id)) for rule in RULES]
    return run(rules, subject, lambda code: text(code, siret=subject.siret, **facts, **commands))


def _graded(rule: Check[Subject], grade: Grade | None) -> Check[Subject]:
    """Return a rule with the severity that a profile gives it; one that is off says on whose word."""
    if grade is None:
        return rule
    if grade.severity != "off":
        return replace(rule, severity=Severity(grade.severity), reference=f"{rule.reference} ; {grade.reference}")
    off = Verdict(ok=True, detail=text("cert.rule.off", reference=grade.reference), outcome=Outcome.NOT_APPLICABLE)
    return replace(rule, predicate=lambda _: off)


def _matched(subject: Subject) -> Verdict:
    if subject.key is None:
        return Verdict(ok=True, outcome=Outcome.NOT_APPLICABLE)
    return _told(matches(subject.key, subject.leaf), "cert.rule.mismatch", subject=subject.leaf.subject)


def _private(subject: Subject) -> Verdict:
    if subject.key_mode is None:
        return Verdict(ok=True, outcome=Outcome.NOT_APPLICABLE)
    return _told(
        not subject.key_mode & OTHERS, "cert.rule.file-mode", mode=f"{subject.key_mode:04o}", path=subject.key_path
    )


def _structure(subject: Subject) -> Verdict:
    leaf = subject.leaf
    ok = leaf.version == _X509_V3 and leaf.serial > 0 and leaf.serial.bit_length() <= _SERIAL_BITS
    return _told(ok, "cert.rule.structure", version=leaf.version, serial=leaf.serial)


def _in_period(subject: Subject) -> Verdict:
    leaf = subject.leaf
    ok = leaf.debut <= subject.now <= leaf.fin
    shown = {"debut": leaf.debut.isoformat(), "fin": leaf.fin.isoformat(), "now": subject.now.isoformat()}
    return _told(ok, "cert.rule.period", **shown)


def _of_real_provider(subject: Subject) -> Verdict:
    """Leave the embedded SI FPS alone: it is there that the TEST provider's certificates serve."""
    if subject.environment == EMBEDDED:
        return Verdict(ok=True, outcome=Outcome.NOT_APPLICABLE)
    leaf = subject.leaf
    shown = {"issuer": leaf.issuer, "environment": subject.environment}
    return _told(not leaf.of_test_provider, "cert.rule.test-provider", **shown)


def _strong_key(subject: Subject) -> Verdict:
    return _told(subject.leaf.key.strong, "cert.rule.weak-key", found=subject.leaf.key.shown)


def _strong_hash(subject: Subject) -> Verdict:
    """Judge the leaf and its intermediates; the signature of a root is verified by nobody."""
    signed = [certificate for certificate in subject.chain if certificate.issuer_der != certificate.subject_der]
    weak = [item for item in signed or subject.chain[:1] if item.hash_name not in _STRONG_HASHES]
    shown = ", ".join(f"{item.subject} : {item.hash_name.upper()}" for item in weak)
    return _told(not weak, "cert.rule.weak-hash", found=shown)


def _client_auth(subject: Subject) -> Verdict:
    """Leave the certificate of a mere server to its own rule."""
    leaf = subject.leaf
    return _told(leaf.client_auth is not False or _server_only(leaf), "cert.rule.client-auth")


def _not_server_only(subject: Subject) -> Verdict:
    return _told(not _server_only(subject.leaf), "cert.rule.server-only")


def _server_only(leaf: Certificat) -> bool:
    return leaf.usages == frozenset({SERVER_AUTH})


def _siren_present(subject: Subject) -> Verdict:
    return _told(bool(subject.leaf.siren_ids), "cert.rule.no-siren", subject=subject.leaf.subject)


def _siren_checksum(subject: Subject) -> Verdict:
    ids = subject.leaf.siren_ids
    if not ids:
        return Verdict(ok=True, outcome=Outcome.NOT_APPLICABLE)
    ok = all(valid_id(found) for found in ids) and len({found[:9] for found in ids}) == 1
    return _told(ok, "cert.rule.siren-checksum", found=", ".join(ids))


def _siren_expected(subject: Subject) -> Verdict:
    named = names_siret(subject.leaf, subject.siret)
    if named is None:
        return Verdict(ok=True, outcome=Outcome.NOT_APPLICABLE)
    found = ", ".join(subject.leaf.siren_ids)
    return _told(named, "cert.rule.siren-unexpected", found=found, siret=subject.siret)


def _told(ok: bool, code: str, **facts: object) -> Verdict:  # noqa: FBT001 - a verdict is a boolean
    return Verdict(ok, "" if ok else text(code, **facts))


_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[Check[Subject], ...] = (
    Check("cert.key.mismatch", _E, Actor.EDITEUR, "RFC 5280, 4.1.2.7", _matched),
    Check("cert.key.file-mode", _W, Actor.EDITEUR, "RGS, annexe A4 (2014)", _private),
    Check("cert.structure.invalid", _E, Actor.PSCE, "RFC 5280, 4.1.2.1, 4.1.2.2", _structure),
    Check("cert.validity.outside-period", _E, Actor.EDITEUR, "RFC 5280, 4.1.2.5", _in_period),
    Check("cert.environment.test-provider", _E, Actor.EDITEUR, _RGS_A4, _of_real_provider),
    Check("cert.key.too-weak", _E, Actor.EDITEUR, _RGS_B1, _strong_key),
    Check("cert.signature.weak-hash", _E, Actor.PSCE, _RGS_B1, _strong_hash),
    Check("cert.eku.client-auth-missing", _E, Actor.PSCE, f"RFC 5280, 4.2.1.12 ; {_RGS_A4}", _client_auth),
    Check("cert.eku.server-auth-only", _E, Actor.COLLECTIVITE, f"RFC 5280, 4.2.1.12 ; {_RGS_A4}", _not_server_only),
    Check("cert.subject.siren-missing", _W, Actor.PSCE, _RGS_A4, _siren_present),
    Check("cert.siren.checksum", _E, Actor.PSCE, "EN 319 412-1, 5.1.4 ; SIRENE (INSEE)", _siren_checksum),
    Check("cert.siren.unexpected", _E, Actor.COLLECTIVITE, _RGS_A4, _siren_expected),
)
"""The rules that v1 knows, in the order of the reference table."""
