"""The State-side application: routes from the profile, one handler, a refusal in the profile's form for every error."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match, Route

from fpsctl.antai import MESSAGES
from fpsctl.antai.hook import Exchange, hook_of
from fpsctl.antai.operations import OPERATIONS, method_of, template_of
from fpsctl.clock import steady
from fpsctl.errors import FpsctlError, InternalError, LocalError, Refused
from fpsctl.resources import read_yaml
from fpsctl.sandbox.front import Call
from fpsctl.sandbox.headers import check_headers
from fpsctl.sandbox.pace import Pace
from fpsctl.sandbox.problems import Answer, internal, language_of, problem, speaking
from fpsctl.sandbox.protocol import PEER
from fpsctl.sandbox.returns import page_view
from fpsctl.sandbox.traffic import LOST, hides_private_key, holds_private_key, line, says_private_key, shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.middleware import Middleware
    from starlette.requests import Request

    from fpsctl.antai import Profile
    from fpsctl.antai.hook import Hook
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
    """Return the application.

    Raises `LocalError`: `operation.unmapped`, `sandbox.push`, `sandbox.messages` (what the profile cannot make it
    say), `profile.hook`.
    """
    _check_profile(served.profile)
    pace = Pace(served.profile)
    routes = [
        Route(
            template_of(served.profile, name), _endpoint(served, name, pace), methods=[method_of(served.profile, name)]
        )
        for name in OPERATIONS
    ]
    return application(routes, profile=served.profile, lost=partial(_log_lost, served))


def _check_profile(profile: Profile) -> None:
    """Refuse a profile on which the SI FPS could not do all that it does."""
    if profile.retours.mode == "push":
        raise LocalError("sandbox.push", profile=profile.profile)
    missing = [kind for kind in MESSAGES if kind not in profile.messages]
    if missing:
        raise LocalError("sandbox.messages", profile=profile.profile, kinds=", ".join(missing), first=missing[0])


def application(
    routes: Sequence[Route],
    middleware: Sequence[Middleware] = (),
    profile: Profile | None = None,
    lost: Callable[[Request, Answer], None] = lambda *_: None,
) -> Starlette:
    """Return an application that says whatever is wrong, our own fault too, and redirects nobody.

    It says it as the profile has refusals told, else in a problem (RFC 9457). `lost` hears of a request to no
    address, or with a method that its address has not.
    """

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        allowed = _allowed(routes, request)
        code = "http.methode" if allowed else "http.route-inconnue"
        refused = Refused(code, methode=request.method, chemin=request.scope["path"])
        told = problem(refused, lang_of(request), profile=profile)
        await run_in_threadpool(lost, request, told)
        return respond(told._replace(headers={"allow": ", ".join(allowed)}) if allowed else told)

    async def bug(request: Request, error: Exception) -> Response:  # uvicorn logs it
        return respond(internal(error, lang_of(request), profile))

    built = Starlette(
        routes=routes, middleware=middleware, exception_handlers={HTTPException: http_error, Exception: bug}
    )
    built.router.redirect_slashes = False
    return built


def _allowed(routes: Sequence[Route], request: Request) -> list[str]:
    """Return the methods of an address that has no such one."""
    found = [route.methods or () for route in routes if route.matches(request.scope)[0] is Match.PARTIAL]
    return sorted({method for methods in found for method in methods})


def lang_of(request: Request) -> str:
    """Return the caller's language."""
    return language_of(request.headers.get("accept-language"))


def refusal(request: Request, error: FpsctlError, profile: Profile | None = None) -> Answer:
    """Return a refusal in the caller's language.

    A body that was announced and awaits our word may never come: nobody could tell what follows on the connection.
    """
    answer = problem(error, lang_of(request), profile=profile)
    awaits = {"expect", "content-length"} <= set(request.headers)
    return answer._replace(headers={**(answer.headers or {}), "connection": "close"}) if awaits else answer


def respond(answer: Answer) -> Response:
    """Return an answer as a response."""
    return Response(answer.body, answer.status, headers=answer.headers, media_type=answer.media_type)


def _endpoint(served: Served, operation: str, pace: Pace) -> Callable[[Request], Awaitable[Response]]:
    profile, hook = served.profile, hook_of(served.profile)
    xml = profile.formats.encoding.value == "xml"

    async def endpoint(request: Request) -> Response:
        call = Call(operation, request.path_params, request.query_params, b"", peer_of(request))
        try:
            pace.take(call.empreinte, steady())
            body = await read_body(request, _most(profile))
            heard = _incoming(hook, Exchange(operation, "antai", dict(request.headers), body), xml=xml)
            check_headers(profile, call, heard.headers)
            if heard.body and OPERATIONS[operation].request:
                _check_media(heard.headers, profile)
        except ClientDisconnect:
            return Response()  # nobody is left to read it
        except FpsctlError as error:
            answer = await run_in_threadpool(_refuse, served, request, call, error)
        else:
            answer = await _answer(served, request, call._replace(body=heard.body))
        return _outgoing(hook, served.profile, request, operation, answer)

    return endpoint


def _incoming(hook: Hook, exchange: Exchange, *, xml: bool) -> Exchange:
    """Have the hook read a request, and look into what it says.

    Raises `Refused`: `message.hook`, `message.cle-privee` (told in XML, or brought to light by the hook); `LocalError`
    (`profile.hook`: the hook does not work).
    """
    try:
        heard = hook.incoming(exchange)
    except ValueError as error:
        raise Refused("message.hook", detail=str(error)) from error
    hidden = xml and bool(heard.body) and hides_private_key(heard.body)
    if hidden or (heard.body != exchange.body and holds_private_key(heard.body)):
        raise Refused("message.cle-privee")
    return heard


def _outgoing(hook: Hook, profile: Profile, request: Request, operation: str, answer: Answer) -> Response:
    """Have the hook write an answer; when it does not work, ours is told, and what was done stays done."""
    headers = {"content-type": answer.media_type, **(answer.headers or {})}
    try:
        sent = hook.outgoing(Exchange(operation, "antai", headers, answer.body, answer.status))
        return Response(sent.body, answer.status, headers=dict(sent.headers))
    except (LocalError, ValueError) as error:  # a value that no header can carry
        log.error("%s answered %d, which is kept, and could not be sent: %s", operation, answer.status, _cause(error))  # noqa: TRY400 - one line
        return respond(internal(error, lang_of(request), profile))


def _most(profile: Profile) -> int:
    """Return the largest body that is read: the profile's limit, else the sandbox's own."""
    stated = profile.limits.body_bytes
    return stated.value if stated else int(read_yaml("sandbox.yaml")["limites"]["corps"])


async def _answer(served: Served, request: Request, call: Call) -> Answer:
    """Answer at once when nobody is at work, since handing over costs more than most calls; else wait in a thread."""
    with served.world.at_hand() as free:
        if free:
            return _serve(served, request, call)
    return await run_in_threadpool(_serve, served, request, call)


def peer_of(request: Request) -> bytes:
    """Return the caller's certificate in DER."""
    peer: bytes = request.scope.get("extensions", {}).get(PEER, {}).get("der", b"")
    return peer


async def read_body(request: Request, most: int) -> bytes:
    """Return the body.

    Raises `Refused`: `message.trop-grand` as soon as it is too large, or says that it will be;
    `message.cle-privee` when a private key stands in it, or in the address.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise Refused("message.trop-grand", most=most)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Refused("message.trop-grand", most=most)
    whole = bytes(body)
    if holds_private_key(whole) or holds_private_key(_target(request).encode()):
        raise Refused("message.cle-privee")
    return whole


def _target(request: Request) -> str:
    """Return path and query as they were received; never through the URL, which trusts the Host header."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.scope['path']}?{query}" if query else str(request.scope["path"])


def _check_media(headers: Mapping[str, str], profile: Profile) -> None:
    wanted = profile.formats.media_type.value
    given = headers.get("content-type", "-").partition(";")[0].strip().lower()
    if given != wanted:
        raise Refused("message.media", lu=given, attendu=wanted)


def _serve(served: Served, request: Request, call: Call) -> Answer:
    """Answer in one unit of work; a refusal changes nothing but the traffic log."""
    heard: Heard | None = None
    lang = lang_of(request)
    try:
        # A read acknowledges nothing: what it leaves is its line of the log, and what time had brought anyway.
        with served.world.unit(lasting=not served.profile.operations[call.operation].safe), speaking(lang):
            heard = served.front.hear(call)
            if heard.decoded is not None and says_private_key(heard.decoded):
                call, heard = call._replace(body=b""), None
                raise Refused("message.cle-privee")
            body = served.front.answer(heard)
            status = served.profile.operations[call.operation].success[0]
            answer = Answer(status, body, served.profile.formats.media_type.value)
            _log(served, request, call, heard, answer)
            return answer
    except FpsctlError as error:
        findings: tuple[Finding, ...] = heard.decoded.findings if heard and heard.decoded else ()
        answer = _told(served, call, lang, error, findings)
    with served.world.unit():
        _log(served, request, call, heard, answer)
    return answer


def _told(served: Served, call: Call, lang: str, error: FpsctlError, findings: tuple[Finding, ...]) -> Answer:
    """Return an error as its answer; the cause of one that is ours is a line of the log."""
    if isinstance(error, InternalError):
        log.error("%s: %s", call.operation, _cause(error), exc_info=None if error.__cause__ else error)
        return internal(error, lang, served.profile)
    return problem(error, lang, findings, served.profile)


def _cause(error: Exception) -> str:
    """Return what went wrong as one line of the log."""
    return shown(" ".join(str(error).split()))


def _refuse(served: Served, request: Request, call: Call, error: FpsctlError) -> Answer:
    """Answer a request that is not let in; a hook that does not work is our fault, not the caller's."""
    if isinstance(error, Refused):
        answer = refusal(request, error, served.profile)
    else:
        log.error("%s could not be read: %s", call.operation, _cause(error))
        answer = internal(error, lang_of(request), served.profile)
    with served.world.unit():
        _log(served, request, call, None, answer)
    return answer


def _log_lost(served: Served, request: Request, answer: Answer) -> None:
    """Keep a request that no operation hears; nothing of its body is read."""
    call = Call(LOST, {}, {}, b"", peer_of(request))
    with served.world.unit():
        _log(served, request, call, None, answer)


def _log(served: Served, request: Request, call: Call, heard: Heard | None, answer: Answer) -> None:
    siret = heard.siret if heard else shown(call.parts.get("siret", "-"))
    entry = line(
        operation=call.operation,
        method=request.method,
        path=_target(request),
        empreinte=call.empreinte,
        body=call.body,
        decoded=heard.decoded if heard else None,
        answer=answer,
        instants=(served.world.now(heard.siret) if heard else None, served.clock.now()),
    )
    if call.operation == "read_retour" and not answer.code:
        after = call.query.get(served.profile.retours.after, "0")
        entry["page"] = page_view(served.profile, after, answer.body)
    served.world.store.add_echange(siret, {"siret": siret, **entry})
