"""Every refusal of the embedded SI FPS as problem+json (RFC 9457): one table from codes to HTTP statuses."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.documents import write_refusal
from fpsctl.errors import EventRefused, FpsctlError, InternalError, LocalError, Refused
from fpsctl.sandbox.traffic import shown
from fpsctl.texts import LANGUAGES, language, text_in, use_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fpsctl.antai import Profile
    from fpsctl.checks import Finding

MEDIA_TYPE = "application/problem+json"

_STATUSES = {
    "message.illisible": 400,
    "http.malforme": 400,
    "http.entete": 400,
    "http.route-inconnue": 404,
    "dossier.inconnu": 404,
    "impression.absente": 404,
    "impression.rejetee": 404,
    "convention.absente": 404,
    "http.methode": 405,
    "http.lent": 408,
    "numero.conflit": 409,
    "certificat.deja-lie": 409,
    "horloge.recul": 409,
    "message.trop-grand": 413,
    "message.media": 415,
    "http.hote": 421,
    "message.cle-privee": 422,
    "message.numero": 422,
    "certificat.empreinte": 422,
    "message.invalide": 422,
    "message.futur": 422,
    "message.cycle": 422,
    "annulation.sans-fps": 422,
    "certificat.siren": 422,
    "http.debit": 429,
    "http.entetes": 431,
}
_BY_PREFIX = {"certificat": 403, "espace": 403, "message": 403, "raccordement": 409, "csr": 422, "http": 400}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_MOST_FINDINGS = 100
_MOST_INT = 2**63


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    media_type: str
    code: str = ""
    """The code of a refusal; empty when all is well."""
    headers: Mapping[str, str] | None = None


def status_of(error: FpsctlError, profile: Profile | None = None) -> int:
    """Return the HTTP status of a refusal: a state that does not allow it is a conflict, our own fault a 500."""
    stated = profile.errors.codes.get(error.code) if profile else None
    if stated is not None and stated.status is not None:
        return stated.status
    if isinstance(error, EventRefused):
        return 409
    if isinstance(error, Refused):
        return _STATUSES.get(error.code) or _BY_PREFIX.get(error.code.partition(".")[0], 422)
    return 422 if isinstance(error, LocalError) else 500


def problem(error: FpsctlError, lang: str, findings: Sequence[Finding] = (), profile: Profile | None = None) -> Answer:
    """Return a refusal in a language and the profile's form; `code` and `params` let a client tell it in its own."""
    params = {name: _shown(value) for name, value in error.params.items()}
    status = status_of(error, profile)
    content = {
        "type": "about:blank",
        "title": _title(lang, status),
        "status": status,
        "detail": " ".join(text_in(lang, f"error.{error.code}", **params).split()),
        "code": error.code,
        "params": params,
        "hint": " ".join(text_in(lang, f"hint.{error.code}", **params).split()),
        "findings": [
            {
                "id": item.id,
                "outcome": str(item.outcome),
                "title": text_in(lang, f"check.{item.id}"),
                "detail": shown(item.detail),
            }
            for item in findings[:_MOST_FINDINGS]
        ],
    }
    if profile is None:
        return Answer(status, json.dumps(content, ensure_ascii=False).encode(errors="replace"), MEDIA_TYPE, error.code)
    stated = profile.errors.codes.get(error.code)
    told = {**_writable(content), "code": error.code if stated is None else stated.wire}
    headers = {"retry-after": str(params["attente"])} if error.code == "http.debit" else None
    return Answer(status, write_refusal(profile, told), profile.errors.media_type, error.code, headers)


def internal(error: BaseException, lang: str, profile: Profile | None = None) -> Answer:
    """Return our own fault; the cause goes to the server's log, not to the caller."""
    return problem(InternalError("sandbox.interne", detail=type(error).__name__), lang, (), profile)


def _title(lang: str, status: int) -> str:
    """Return what a status means; HTTP's own words for one that only a profile uses."""
    told = text_in(lang, f"http.{status}")
    return told if told != f"http.{status}" else _PHRASES.get(status, "-")


def _writable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value without what is no character: it may be the caller's own."""
    if isinstance(value, dict):
        return {name: _writable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_writable(inner) for inner in value]
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def language_of(accepted: str | None) -> str:
    """Return the caller's language: the known one that `Accept-Language` likes best, else French, the SI FPS's own."""
    liked: dict[str, float] = {}
    for item in (accepted or "").split(","):
        name, _, weight = item.partition(";")
        lang = name.strip().lower().partition("-")[0]
        if lang in LANGUAGES:
            liked.setdefault(lang, _weight(weight))
    return max((lang for lang in liked if liked[lang] > 0), key=lambda lang: liked[lang], default="fr")


def _weight(told: str) -> float:
    with suppress(ValueError):
        return float(told.strip().removeprefix("q="))
    return 1.0


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Tell details in a caller's language; only inside a unit of work of the world, which is alone at any time."""
    before = language()
    use_language(lang)
    try:
        yield
    finally:
        use_language(before)


def _shown(value: object) -> str | int:
    """Return a fact as JSON can carry it; a long one is cut, since it may be the caller's own text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST_INT:
        return int(value)
    return shown(str(value))
