"""The stages of the check, in order: each takes what is known, learns one thing more, or fails with its fault."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from fpsctl.antai.client import SiFps
from fpsctl.antai.endpoint import PRODUCTION, SANDBOX
from fpsctl.antai.tls import client_context
from fpsctl.checks import Actor, Finding, Outcome, Severity, worst
from fpsctl.connection.probe import connect, hear_verdict, look_at_server, resolve, shake_hands
from fpsctl.connection.shown import of_client, of_server
from fpsctl.errors import ConnectionFailed, FpsctlError, InternalError, LocalError, Refused
from fpsctl.pki import Subject, from_der, judge, read_chain
from fpsctl.render.errors import message_of
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fpsctl.antai.messages import ControleFront
    from fpsctl.connection.facts import Asked, Facts, Learned
    from fpsctl.pki import Certificat

_SERVER = "tls.server-cert."
_CLIENT = "tls.client-cert."
_SKEW = 120  # seconds
_DATE_STEP = 2  # seconds: the server's date has whole ones, and the answer took its time
_ACTIVE = "actif"
_Value = TypeVar("_Value")


class Stage(NamedTuple):
    """A stage as a record; `look` raises the `FpsctlError` of what is wrong, which stops the check."""

    id: str
    look: Callable[[Facts], Learned]


def _config(facts: Facts) -> Learned:
    """Judge the files; only what makes traffic impossible stops here, the rest is evidence."""
    asked, identity = facts.asked, facts.asked.identity
    context = client_context(asked.endpoint.ca, identity.certificate, identity.key, identity.passphrase)
    chain, findings = _chain(identity.certificate)
    subject = Subject(
        chain,
        asked.siret,
        asked.clock.now(),
        certificate_path=identity.certificate,
        key_path=identity.key,
        environment=asked.endpoint.environment,
    )
    report = judge(subject, asked.profile.certificate_rules)
    findings += tuple(item for item in report.findings if item.outcome is not Outcome.NOT_APPLICABLE)
    odd = worst(findings) is not Outcome.PASS
    said = text("connexion.config", certificate=identity.certificate, key=identity.key)
    return facts.learned(said, Outcome.WARN if odd else Outcome.PASS, findings, context=context, certificat=chain[0])


def _chain(path: Path) -> tuple[tuple[Certificat, ...], tuple[Finding, ...]]:
    """Return the chain; a file that OpenSSL takes and that is not in order is a finding, with its first certificate."""
    pem = path.read_bytes()
    try:
        return read_chain(pem, path), ()
    except LocalError as error:
        block = pem[pem.index(b"-----BEGIN CERTIFICATE-----") :].partition(b"-----END CERTIFICATE-----")
        leaf = from_der(ssl.PEM_cert_to_DER_cert((block[0] + block[1]).decode()), path)
        return (leaf,), (_finding("cert.file.bundle-malformed", Severity.ERROR, Actor.EDITEUR, message_of(error)),)


def _dns(facts: Facts) -> Learned:
    addresses = resolve(facts.asked.endpoint)
    return facts.learned(", ".join(dict.fromkeys(address.shown for address in addresses)), addresses=addresses)


def _tcp(facts: Facts) -> Learned:
    wire = connect(facts.asked.endpoint, facts.addresses, facts.asked.patience.connect)
    facts.closing.callback(wire.close)
    host, port = wire.getpeername()[:2]
    return facts.learned(f"{host} {port}", wire=wire)


def _tls(facts: Facts) -> Learned:
    """Shake hands once; what the two certificates did to it is told by their own stages."""
    try:
        secured = shake_hands(_known(facts.context), _known(facts.wire), facts.asked.endpoint)
    except ConnectionFailed as fault:
        if not fault.code.startswith((_SERVER, _CLIENT)):
            raise
        return facts.learned(text("connexion.tls.ended"), fault=fault)
    facts.closing.callback(secured.close)
    cipher = (secured.cipher() or ("-",))[0]
    return facts.learned(f"{secured.version()}, {cipher}", secured=secured)


def _server_cert(facts: Facts) -> Learned:
    if facts.fault is not None and facts.fault.code.startswith(_SERVER):
        seen = look_at_server(facts.asked.endpoint, facts.asked.patience.connect)
        raise ConnectionFailed(facts.fault.code, **facts.fault.params, seen=seen) from facts.fault
    if facts.secured is None:
        return facts.learned(text("connexion.server-cert.verified"))
    shown = of_server(facts.secured.getpeercert(binary_form=True) or b"")
    return facts.learned(shown.full, brief=shown.brief)


def _client_cert(facts: Facts) -> Learned:
    """Hear what the server says of the certificate: in the handshake (TLS 1.2), or after it (TLS 1.3)."""
    shown = of_client(_known(facts.certificat))
    try:
        if facts.fault is not None:
            raise facts.fault
        accepted = hear_verdict(_known(facts.secured), facts.asked.endpoint.where)
    except ConnectionFailed as fault:
        raise _explained(fault, facts) from fault
    return facts.learned(shown.full, Outcome.PASS if accepted else Outcome.UNKNOWN, brief=shown.brief)


def _explained(fault: FpsctlError, facts: Facts) -> FpsctlError:
    """Tell apart two causes that look alike on the wire: alert 42 is also a refusal of a certificate that is valid."""
    certificat = facts.certificat
    if fault.code == "tls.client-cert.not-yet-valid" and certificat and certificat.debut <= facts.asked.clock.now():
        return ConnectionFailed("tls.client-cert.refused-unexplained", **fault.params)
    return fault


def _front(facts: Facts) -> Learned:
    """Ask the front API as whom it knows the caller; outside the sandbox only if the profile declares that safe."""
    asked = facts.asked
    if asked.endpoint.environment != SANDBOX and not _safe(asked):
        return facts.learned(text("connexion.front.unsafe"), Outcome.SKIP)
    with SiFps(asked.endpoint, asked.profile, asked.identity, asked.patience) as si_fps:
        try:
            front = si_fps.check_front(asked.siret)
        except FpsctlError as fault:
            raise _explained(fault, facts) from fault
        date = si_fps.last.date if si_fps.last else None
    if front.siret != asked.siret:
        empreinte = _known(facts.certificat).empreinte
        raise Refused("certificat.autre-collectivite", siret=asked.siret, titulaire=front.siret, empreinte=empreinte)
    said = text("connexion.front", environnement=front.environnement, etat=front.certificat_etat)
    skew = date - asked.clock.now() if date else None
    findings = (*si_fps.findings, *_odd(front, asked.endpoint.environment))
    return facts.learned(said, Outcome.WARN if findings else Outcome.PASS, findings, front=front, skew=skew)


def _safe(asked: Asked) -> bool:
    operation = asked.profile.operations.get("check_front")
    return operation is not None and operation.safe


def _odd(front: ControleFront, environment: str) -> Iterator[Finding]:
    """Judge what the front says of the certificate, and of itself: a trial must not go to production unawares."""
    detail = text("connexion.front", environnement=front.environnement, etat=front.certificat_etat)
    if front.certificat_etat != _ACTIVE:
        yield _finding("front.certificat.state", Severity.WARNING, Actor.COLLECTIVITE, detail)
    if (front.environnement == PRODUCTION) != (environment == PRODUCTION):
        yield _finding("front.environnement.other", Severity.WARNING, Actor.EDITEUR, detail)


def _clock(facts: Facts) -> Learned:
    """Compare the two clocks: TLS judges certificates by them, whatever the virtual clock of a town says."""
    if facts.skew is None:
        return facts.learned(text("connexion.clock.unknown"), Outcome.NOT_APPLICABLE)
    skew = facts.skew.total_seconds()
    seconds = round(skew) if abs(skew) >= _DATE_STEP else 0
    detail = text("connexion.clock", seconds=f"{seconds:+d}" if seconds else "0")
    if abs(seconds) <= _SKEW:
        return facts.learned(detail)
    return facts.learned(detail, Outcome.WARN, (_finding("clock.skew", Severity.WARNING, Actor.EDITEUR, detail),))


STAGES: tuple[Stage, ...] = (
    Stage("config", _config),
    Stage("dns", _dns),
    Stage("tcp", _tcp),
    Stage("tls", _tls),
    Stage("server-cert", _server_cert),
    Stage("client-cert", _client_cert),
    Stage("front", _front),
    Stage("clock", _clock),
)
"""In the order in which each needs the ones before it."""


def _finding(code: str, severity: Severity, actor: Actor, detail: str) -> Finding:
    outcome = Outcome.FAIL if severity is Severity.ERROR else Outcome.WARN
    return Finding(code, severity, outcome, actor, text(f"check.{code}"), detail, hint=text(f"hint.{code}"))


def _known(value: _Value | None) -> _Value:
    """Return a fact that an earlier stage has learned."""
    if value is None:
        raise InternalError("internal", detail="a stage ran before the one that it needs")
    return value
