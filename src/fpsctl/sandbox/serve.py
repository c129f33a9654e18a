"""Runs the embedded SI FPS: two loopback ports, one process, one state folder, until it is told to stop."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
import sqlite3
import ssl
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import uvicorn
import uvloop

from fpsctl.antai.reserve import described
from fpsctl.errors import FpsctlError, LocalError
from fpsctl.pki.authority import TestAuthority
from fpsctl.sandbox import app, management
from fpsctl.sandbox.front import Front
from fpsctl.sandbox.operator import Operator
from fpsctl.sandbox.protocol import PeerProtocol
from fpsctl.sandbox.store import FILE, Store
from fpsctl.sandbox.tls import TellingContext
from fpsctl.sandbox.world import World
from fpsctl.texts import language, text
from fpsctl.validation import os_reason
from fpsctl.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from fpsctl.antai import Profile
    from fpsctl.antai.reserve import Interface
    from fpsctl.clock import Clock

HOST = "127.0.0.1"
READY = "ready.json"
_KEEP_ALIVE = 30
_GRACE = 3


class Settings(NamedTuple):
    """How to serve; port 0 takes a free one."""

    state: Path
    profile: Profile
    port: int = 0
    ready_file: Path | None = None
    client_ca: tuple[Path, ...] = ()
    with_parent: bool = False
    """Stop when standard input ends: the process that started this one is gone."""


class Ready(NamedTuple):
    """Where it is served, and which interface."""

    url: str
    management_url: str
    ca: str
    pid: int
    profile: Interface


def serve(settings: Settings, clock: Clock, tell: Callable[[Ready], None]) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is called once both ports listen. This process writes for its owner alone.

    Raises `LocalError`: `sandbox.folder`, `sandbox.occupied`, `sandbox.state`, `sandbox.port`, `sandbox.client-ca`,
    `authority.*`.
    """
    os.umask(0o077)
    with _state(settings.state), _listening(settings.port) as front, _listening(0) as side:
        authority = TestAuthority.open(settings.state / "authority", clock.now())
        context = _tls(authority, settings.client_ca)
        store = Store(settings.state)
        ready = Ready(
            f"https://{HOST}:{front.getsockname()[1]}",
            f"http://{HOST}:{side.getsockname()[1]}",
            str(authority.ca.resolve()),
            os.getpid(),
            described(settings.profile, language()),
        )
        try:
            world = _world(store, settings, clock)
            served = app.Served(world, Front(world, settings.profile), settings.profile, clock)
            operator = Operator(world, authority, clock, clock.now())
            servers = [
                (_server(app.build(served), lambda *_: context), front),
                (_server(management.build(operator), None), side),
            ]
            files = [settings.state / READY, *([settings.ready_file] if settings.ready_file else [])]
            uvloop.run(_run(servers, _Announcement(ready, files, tell), with_parent=settings.with_parent))
        finally:
            store.close()


def _world(store: Store, settings: Settings, clock: Clock) -> World:
    """Read the state back; raises `LocalError` (`sandbox.state`) when what stands there cannot be."""
    try:
        return World(store, settings.profile, clock)
    except sqlite3.Error as error:
        raise LocalError("sandbox.state", path=settings.state / FILE, detail=error) from error
    except (FpsctlError, ValueError, LookupError, TypeError) as error:
        raise LocalError("sandbox.state", path=settings.state / FILE, detail=type(error).__name__) from error


@contextmanager
def _state(folder: Path) -> Iterator[None]:
    """Hold the state folder alone, readable by its owner only."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise LocalError("sandbox.folder", path=folder, detail=os_reason(error)) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LocalError("sandbox.occupied", path=folder) from error
        yield
    finally:
        os.close(handle)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()  # at once: until then another could take the same port
        except OSError as error:
            raise LocalError("sandbox.port", port=port, detail=os_reason(error)) from error
        yield listener
    finally:
        listener.close()


def _tls(authority: TestAuthority, client_ca: Sequence[Path]) -> ssl.SSLContext:
    """Return the server's side of mutual TLS; no session is resumed, so that each connection shows its certificate."""
    context = TellingContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(authority.server_chain, authority.server_key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the issuer that is named will do, be it an intermediate
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.load_verify_locations(authority.client_root)
    for path in client_ca:
        _trust(context, path)
    return context


def _trust(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise LocalError("sandbox.client-ca", path=path, detail=text("cert.file.no-certificate")) from error
    except OSError as error:
        raise LocalError("sandbox.client-ca", path=path, detail=os_reason(error)) from error


class _Server(uvicorn.Server):
    """A server among several: signals are for all of them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(application: object, tls: Callable[..., ssl.SSLContext] | None) -> _Server:
    config = uvicorn.Config(
        application,  # type: ignore[arg-type]  # a Starlette application is one
        http=PeerProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=tls,
        proxy_headers=False,
    )
    return _Server(config)


class _Announcement(NamedTuple):
    ready: Ready
    files: list[Path]
    tell: Callable[[Ready], None]

    def make(self) -> None:
        document = json.dumps(self.ready._asdict(), indent=2).encode() + b"\n"
        for path in self.files:
            try:
                write_atomic(path, lambda file: file.write(document))
            except OSError as error:
                raise LocalError("sandbox.folder", path=path, detail=os_reason(error)) from error
        self.tell(self.ready)

    def withdraw(self) -> None:
        """Remove the files, unless another sandbox has written its own since."""
        for path in self.files:
            with suppress(OSError, ValueError):
                if json.loads(path.read_bytes()) == self.ready._asdict():
                    path.unlink()


async def _run(servers: list[tuple[_Server, socket.socket]], announcement: _Announcement, *, with_parent: bool) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server, _ in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if with_parent:
        _watch_parent(loop, stop)
    running = [asyncio.create_task(server.serve(sockets=[listener])) for server, listener in servers]
    try:
        while not all(server.started for server, _ in servers):
            await asyncio.sleep(0.005)  # uvicorn signals it no other way
            for task in running:
                if task.done():
                    task.result()
        announcement.make()
        await asyncio.gather(*running)
    finally:
        stop()
        await asyncio.gather(*running, return_exceptions=True)
        announcement.withdraw()


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Stop when standard input ends; one that cannot be waited for (a file, none at all) has no parent behind it."""
    try:
        handle = sys.stdin.fileno()
        loop.add_reader(handle, lambda: stop() if not os.read(handle, 1024) else None)
    except (AttributeError, OSError, ValueError):
        stop()
