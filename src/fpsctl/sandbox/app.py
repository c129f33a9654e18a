"""The State-side application: routes from the profile, one handler, problem+json for every error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from fpsctl.antai.operations import OPERATIONS, method_of, template_of
from fpsctl.errors import FpsctlError, InternalError, Refused
from fpsctl.resources import read_yaml
from fpsctl.sandbox.front import Call
from fpsctl.sandbox.problems import Answer, internal, language_of, problem
from fpsctl.sandbox.protocol import PEER
from fpsctl.sandbox.traffic import line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from fpsctl.antai import Profile
    from fpsctl.checks import Finding
    from fpsctl.clock import Clock
    from fpsctl.sandbox.front import Front, Heard
    from fpsctl.sandbox.world import World

log = logging.getLogger("fpsctl.sandbox")


class Served(NamedTuple):
    """What an application serves."""

    world: World
    front: Front
    profile: Profile
    clock: Clock


def build(served: Served) -> Starlette:
    """Return the application."""
    routes = [
        Route(template_of(served.profile, name), _endpoint(served, name), methods=[method_of(served.profile, name)])
        for name in OPERATIONS
    ]
    return Starlette(routes=routes, exception_handlers=problem_handlers())


def problem_handlers() -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """Return the handlers that turn what Starlette finds wrong, or our own fault, into a problem."""

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        code = "http.methode" if error.status_code == 405 else "http.route-inconnue"  # noqa: PLR2004 - method not allowed
        return respond(problem(Refused(code, methode=request.method, chemin=request.url.path), _lang(request)))

    async def bug(request: Request, error: Exception) -> Response:
        log.error("internal error", exc_info=error)
        return respond(internal(error, _lang(request)))

    return {HTTPException: http_error, Exception: bug}


def _lang(request: Request) -> str:
    return language_of(request.headers.get("accept-language"))


def respond(answer: Answer) -> Response:
    """Return an answer as a response."""
    return Response(answer.body, answer.status, media_type=answer.media_type)


def _endpoint(served: Served, operation: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        lang = _lang(request)
        call = Call(operation, request.path_params, request.query_params, b"", peer_of(request))
        try:
            body = await read_body(request)
            if body and OPERATIONS[operation].request:
                _check_media(request, served.profile)
        except Refused as error:
            answer = await run_in_threadpool(_refuse, served, request, call, error)
            return respond(answer)
        return respond(await run_in_threadpool(_serve, served, request, call._replace(body=body), lang))

    return endpoint


def peer_of(request: Request) -> bytes:
    """Return the caller's certificate in DER."""
    peer: bytes = request.scope.get("extensions", {}).get(PEER, {}).get("der", b"")
    return peer


async def read_body(request: Request) -> bytes:
    """Return the body. Raises `Refused` (`message.trop-grand`) as soon as it is too large."""
    most = int(read_yaml("sandbox.yaml")["limites"]["corps"])
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Refused("message.trop-grand", most=most)
    return bytes(body)


def _check_media(request: Request, profile: Profile) -> None:
    wanted = profile.formats.media_type.value
    given = request.headers.get("content-type", "-").partition(";")[0].strip().lower()
    if given != wanted:
        raise Refused("message.media", lu=given, attendu=wanted)


def _serve(served: Served, request: Request, call: Call, lang: str) -> Answer:
    """Answer in one unit of work; a refusal changes nothing but the traffic log."""
    heard: Heard | None = None
    try:
        with served.world.unit():
            heard = served.front.hear(call)
            body = served.front.answer(heard)
            status = 201 if OPERATIONS[call.operation].request else 200
            answer = Answer(status, body, served.profile.formats.media_type.value)
            _log(served, request, call, heard, answer)
            return answer
    except InternalError as error:
        log.exception("internal error", exc_info=error)
        answer = internal(error, lang)
    except FpsctlError as error:
        findings: tuple[Finding, ...] = heard.decoded.findings if heard and heard.decoded else ()
        answer = problem(error, lang, findings)
    with served.world.unit():
        _log(served, request, call, heard, answer)
    return answer


def _refuse(served: Served, request: Request, call: Call, error: Refused) -> Answer:
    answer = problem(error, _lang(request))
    with served.world.unit():
        _log(served, request, call, None, answer)
    return answer


def _log(served: Served, request: Request, call: Call, heard: Heard | None, answer: Answer) -> None:
    siret = heard.siret if heard else call.parts.get("siret", "-")
    query = request.url.query
    entry = line(
        operation=call.operation,
        method=request.method,
        path=f"{request.url.path}?{query}" if query else request.url.path,
        empreinte=call.empreinte,
        body=call.body,
        decoded=heard.decoded if heard else None,
        answer=answer,
        instants=(served.world.now(heard.siret) if heard else None, served.clock.now()),
    )
    served.world.store.add_echange(siret, {"siret": siret, **entry})
