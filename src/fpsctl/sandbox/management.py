"""The management port: what people do in the espace numérique, what ANTAI and drivers do, and the clocks.

Plain HTTP on loopback, canonical names, JSON. It is not the State's interface: a vendor's tests drive it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from fpsctl.antai.wire_json import Unreadable, read_json
from fpsctl.errors import FpsctlError, InternalError, LocalError, Refused
from fpsctl.resources import read_yaml
from fpsctl.sandbox.app import application, lang_of, log, read_body, refusal, respond
from fpsctl.sandbox.operator import Operator
from fpsctl.sandbox.problems import Answer, internal, language_of, problem, speaking
from fpsctl.validation import first_problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

_JSON = "application/json"
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE)

ROUTES = (
    ("GET", "/etat", Operator.etat),
    ("GET", "/raccordements/{siret}", Operator.raccordement),
    ("POST", "/raccordements/{siret}/etapes", Operator.play),
    ("GET", "/raccordements/{siret}/convention", Operator.convention),
    ("GET", "/horloges/{siret}", Operator.horloge),
    ("POST", "/horloges/{siret}", Operator.set_clock),
    ("GET", "/dossiers/{siret}", Operator.dossiers),
    ("GET", "/dossiers/{siret}/{numero}", Operator.dossier),
    ("POST", "/dossiers/{siret}/{numero}/evenements", Operator.happen),
    ("GET", "/echanges", Operator.echanges),
    ("POST", "/certificats/signature", Operator.sign),
)


def build(service: Operator) -> Starlette:
    """Return the application."""
    routes = [Route(path, _endpoint(service, method, doer), methods=[method]) for method, path, doer in ROUTES]
    return application(routes, [Middleware(_Guard)])


class _Guard:
    """Turns away a page of a browser that was led here under another name (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        names = headers.getlist("host") or ["-"]
        foreign = [name for name in names if not _HERE.fullmatch(name)]
        if foreign:
            lang = language_of(headers.get("accept-language"))
            await respond(problem(Refused("http.hote", hote=foreign[0]), lang))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _endpoint(service: Operator, method: str, doer: Callable[..., Any]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        lang = lang_of(request)
        try:
            body = await read_body(request, int(read_yaml("sandbox.yaml")["limites"]["corps"]))
            given = _given(request, body) if method == "POST" else dict(request.query_params)
            return respond(await run_in_threadpool(_do, service, doer, dict(request.path_params), given, lang))
        except ClientDisconnect:
            return Response()  # nobody is left to read it
        except InternalError as error:
            log.error("internal error", exc_info=error)
            return respond(internal(error, lang))
        except FpsctlError as error:
            return respond(refusal(request, error))

    return endpoint


def _given(request: Request, body: bytes) -> dict[str, Any]:
    """Return the body, one JSON object sent as JSON: a form of a web page cannot drive this port."""
    media = request.headers.get("content-type", "-").partition(";")[0].strip().lower()
    if media != _JSON:
        raise Refused("message.media", lu=media, attendu=_JSON)
    try:
        read = read_json(body)
    except Unreadable as error:
        raise Refused("message.illisible", kind="JSON", count=1, premier=str(error)) from error
    if read.duplicates:
        raise Refused("message.illisible", kind="JSON", count=len(read.duplicates), premier=f"2 x {read.duplicates[0]}")
    return read.value


def _do(service: Operator, doer: Callable[..., Any], parts: dict[str, str], given: dict[str, Any], lang: str) -> Answer:
    with service.world.unit(), speaking(lang):
        try:
            result = doer(service, given, **parts)
        except ValidationError as error:
            raise LocalError("sandbox.donnee", detail=first_problem(error).told) from error
    if isinstance(result, str):
        return Answer(200, result.encode(), "text/plain")
    return Answer(200, json.dumps(result, ensure_ascii=False, default=_plain).encode(), _JSON)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
