"""The management port: what people do in the espace numérique, what ANTAI and drivers do, and the clocks.

Plain HTTP on loopback, canonical names, JSON. It is not the State's interface: a vendor's tests drive it.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from fpsctl.errors import FpsctlError, InternalError, LocalError, Refused
from fpsctl.sandbox.app import log, problem_handlers, read_body, respond
from fpsctl.sandbox.operator import Operator
from fpsctl.sandbox.problems import Answer, internal, language_of, problem
from fpsctl.validation import first_problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

_JSON = "application/json"

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
    """Return the application; a page of a browser that was led here under another name is turned away."""
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"], www_redirect=False)
    routes = [Route(path, _endpoint(service, method, doer), methods=[method]) for method, path, doer in ROUTES]
    return Starlette(routes=routes, middleware=[hosts], exception_handlers=problem_handlers())


def _endpoint(service: Operator, method: str, doer: Callable[..., Any]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        lang = language_of(request.headers.get("accept-language"))
        try:
            given = await _given(request) if method == "POST" else dict(request.query_params)
            return respond(await run_in_threadpool(_do, service, doer, dict(request.path_params), given))
        except InternalError as error:
            log.error("internal error", exc_info=error)
            return respond(internal(error, lang))
        except FpsctlError as error:
            return respond(problem(error, lang))

    return endpoint


async def _given(request: Request) -> dict[str, Any]:
    """Return the body, one JSON object sent as JSON: a form of a web page cannot drive this port."""
    media = request.headers.get("content-type", "-").partition(";")[0].strip().lower()
    if media != _JSON:
        raise Refused("message.media", lu=media, attendu=_JSON)
    try:
        given = json.loads(await read_body(request))
    except ValueError as error:
        raise Refused("message.illisible", kind="JSON", count=1, premier=type(error).__name__) from error
    if not isinstance(given, dict):
        raise Refused("message.illisible", kind="JSON", count=1, premier=type(given).__name__)
    return given


def _do(service: Operator, doer: Callable[..., Any], parts: dict[str, str], given: dict[str, Any]) -> Answer:
    try:
        with service.world.unit():
            result = doer(service, given, **parts)
    except ValidationError as error:
        raise LocalError("sandbox.donnee", detail=first_problem(error).told) from error
    if isinstance(result, str):
        return Answer(200, result.encode(), "text/plain")
    return Answer(200, json.dumps(result, ensure_ascii=False, default=_plain).encode(), _JSON)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
