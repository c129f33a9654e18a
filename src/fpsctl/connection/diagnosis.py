"""One diagnosis for what stopped the check: a stable slug, who must act, the next thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fpsctl.checks import Actor
from fpsctl.errors import ConnectionFailed, LocalError
from fpsctl.render.errors import hint_of

if TYPE_CHECKING:
    from fpsctl.errors import FpsctlError


class Diagnostic(NamedTuple):
    """What is wrong, in one slug of certificates.md (section 4), and whose turn it is."""

    slug: str
    actor: Actor
    hint: str
    code: str
    """Code of the error that it was made from, which may be another."""


class Cause(NamedTuple):
    """An error code, the slug that it is diagnosed as, and who must act."""

    code: str
    slug: str
    actor: Actor


def _same(actor: Actor, *codes: str) -> tuple[Cause, ...]:
    return tuple(Cause(code, code, actor) for code in codes)


CAUSES: tuple[Cause, ...] = (
    Cause("cert.key.mismatch", "tls.client-key.mismatch", Actor.EDITEUR),
    Cause("cert.key.passphrase", "tls.client-key.wrong-password", Actor.EDITEUR),
    Cause("certificat.non-active", "http.identity.not-activated", Actor.COLLECTIVITE),
    Cause("http.route-inconnue", "http.profile.wrong-path", Actor.EDITEUR),
    Cause("http.methode", "http.profile.wrong-path", Actor.EDITEUR),
    *_same(Actor.RESEAU, "net.dns.unresolved", "net.tcp.timeout", "net.tcp.unreachable", "http.answer.lost"),
    *_same(Actor.EDITEUR, "net.tcp.refused", "tls.server-cert.unknown-issuer", "tls.server-cert.name-mismatch"),
    *_same(Actor.ANTAI, "tls.server-cert.expired", "tls.server-cert.invalid", "tls.protocol.too-old"),
    *_same(Actor.EDITEUR, "tls.server-cert.not-yet-valid", "tls.client-cert.missing", "tls.client-cert.unknown-issuer"),
    *_same(Actor.EDITEUR, "tls.client-cert.expired", "tls.client-cert.not-yet-valid", "tls.client-cert.revoked"),
    *_same(Actor.PSCE, "tls.client-cert.wrong-usage"),
    *_same(Actor.ANTAI, "tls.client-cert.refused-unexplained", "http.server.unavailable"),
    *_same(Actor.COLLECTIVITE, "http.identity.not-activated"),
    *_same(Actor.EDITEUR, "certificat.inconnu", "certificat.autre-collectivite", "certificat.expire"),
    *_same(Actor.EDITEUR, "certificat.pas-encore-valide", "certificat.remplace", "certificat.revoque"),
    *_same(Actor.EDITEUR, "http.profile.wrong-path", "http.answer.unreadable"),
)
"""Every cause that has a slug or an actor of its own; the others are told by the class of their error."""

_BY_CODE = {cause.code: cause for cause in CAUSES}


def diagnose(error: FpsctlError) -> Diagnostic:
    """Return the one diagnosis of an error."""
    cause = _BY_CODE.get(error.code) or Cause(error.code, error.code, _usual(error))
    return Diagnostic(cause.slug, cause.actor, hint_of(error), error.code)


def _usual(error: FpsctlError) -> Actor:
    if isinstance(error, LocalError):
        return Actor.EDITEUR
    return Actor.RESEAU if isinstance(error, ConnectionFailed) else Actor.ANTAI
