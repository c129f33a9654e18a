"""The embedded SI FPS without its sockets: both applications called in this process, on a store of one's own.

What is left out is TLS alone: a caller is any bytes that stand for its certificate.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import sqlite3
from contextlib import closing
from typing import NamedTuple

from embedded import BEFORE_ACTIVATION, PROFILE, START
from fpsctl.antai import codec_for
from fpsctl.antai.operations import OPERATIONS, headers_of, method_of, path_of
from fpsctl.clock import ManualClock
from fpsctl.sandbox import app, management
from fpsctl.sandbox.front import Front
from fpsctl.sandbox.operator import Operator
from fpsctl.sandbox.protocol import PEER
from fpsctl.sandbox.store import FILE, Store
from fpsctl.sandbox.world import World

A, B = "13000000300009", "13000000300017"
CODEC = codec_for(PROFILE)
OPERATION = {entry.request: name for name, entry in OPERATIONS.items() if entry.request}


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a refusal; empty when all is well."""
        return "" if self.status < 400 else self.json["code"]


class Hasty(Store):
    """A store that never waits for the disk: no test here pulls the plug."""

    def __init__(self, folder):
        super().__init__(folder)
        self._db.execute("PRAGMA synchronous=OFF")

    def transaction(self, *, lasting=True):
        del lasting
        return super().transaction()


class Inside:
    """One embedded SI FPS in this process, on a folder; `reopened` is the same after a stop, however brutal."""

    def __init__(self, folder, clock=None, profile=PROFILE):
        self.folder, self.profile = folder, profile
        self.clock = clock or ManualClock(dt.datetime.fromisoformat(START))
        self.store = Hasty(folder)
        try:
            self._build(profile)
        except BaseException:
            self.store.close()
            raise
        self._loop = asyncio.Runner()

    def _build(self, profile):
        self.world = World(self.store, profile, self.clock)
        front = Front(self.world, profile)
        self._front = app.build(app.Served(self.world, front, profile, self.clock))
        self._side = management.build(Operator(self.world, None, self.clock, self.clock.now()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._loop.close()
        self.store.close()

    def reopened(self):
        self.close()
        return Inside(self.folder, self.clock, self.profile)

    # Calls

    def call(self, operation, peer, body=b"", query="", **parts) -> Reply:
        """Make a call of the State's interface as the holder of a certificate."""
        path = path_of(self.profile, operation, **parts)
        kind = OPERATIONS[operation].request
        facts = {**parts, "operation": operation, "kind": self.profile.messages[kind].wire if kind else ""}
        headers = {
            "content-type": self.profile.formats.media_type.value,
            **headers_of(self.profile, operation, {**facts, "correlation": "c", "idempotence": "i"}),
        }
        return self._ask(self._front, method_of(self.profile, operation), path, query, body, peer, headers)

    def send(self, message, peer=None, siret=None) -> Reply:
        """Send a message as its town, or as another."""
        siret = siret or message.numero[:14]
        body = codec_for(self.profile).encode(message)
        parts = {"siret": siret, "numero": message.numero}
        return self.call(OPERATION[message.kind], peer or peer_of(siret), body, **parts)

    def returns(self, siret, after=0):
        return self.call("read_retour", peer_of(siret), query=f"apres={after}", siret=siret).json["retours"]

    def manage(self, path, given=None) -> Reply:
        """Call the management port: a POST when something is given."""
        path, _, query = path.partition("?")
        body = b"" if given is None else json.dumps(given).encode()
        return self._ask(self._side, "GET" if given is None else "POST", path, query, body, b"")

    def happen(self, siret, numero, do, **fields) -> Reply:
        return self.manage(f"/dossiers/{siret}/{numero}/evenements", {"do": do, **fields})

    def move(self, siret, **move) -> Reply:
        return self.manage(f"/horloges/{siret}", {"a" if name == "at" else name: value for name, value in move.items()})

    def _ask(self, application, method, path, query, body, peer, headers=None):
        headers = headers or {"content-type": "application/json"}
        return self._loop.run(_exchange(application, method, path, query.encode(), body, peer, headers))

    # Towns

    def town(self, siret=A, *, cycle="complet", at=START, fuseau=None, active=True):
        """Bring a town through the State's order; its certificate is `peer_of(siret)`."""
        self.move(siret, at=at)
        for etape, faits in BEFORE_ACTIVATION:
            given = {**faits, "cycle": cycle} if "cycle" in faits else dict(faits)
            if fuseau and etape == "espace.demande":
                given["fuseau"] = fuseau
            reply = self.manage(f"/raccordements/{siret}/etapes", {"etape": etape, "faits": given})
            assert reply.status == 200, reply.body
        self.bind(siret, peer_of(siret), active=active)
        return siret

    def bind(self, siret, peer, *, active=True, debut="2020-01-01T00:00:00+00:00", fin="2080-01-01T00:00:00+00:00"):
        """Bind a certificate to a town as a deposit does, with no X.509 in it."""
        empreinte = hashlib.sha256(peer).hexdigest()
        with self.world.unit():
            self.world.record(siret, "certificat.depose", {"empreinte": empreinte, "debut": debut, "fin": fin})
            if active:
                self.world.record(siret, "certificat.active", {"empreinte": empreinte})
        return empreinte

    # What there is

    def memory(self):
        """Return all that is remembered: files, cases, clocks, what is due next."""
        with self.world.unit():
            return {
                siret: (
                    self.world.file(siret),
                    {case.opened.numero: (case.opened, case.facts, case.dossier, case.logged) for case in cases},
                    self.world.now(siret),
                    self.world.stands(siret),
                    self.world.next_due(siret),
                    dict(self.world.register()),
                )
                for siret in self.store.sirets()
                for cases in [self.world.cases(siret)]
            }

    def disk(self, *, traffic=False):
        """Return every row of every table, the traffic log apart unless asked for."""
        with closing(sqlite3.connect(self.folder / FILE)) as db:
            names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
            kept = [name for name in names if not name.startswith("sqlite_") and (traffic or name != "echanges")]
            return {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in kept}  # noqa: S608 - names of tables


def peer_of(siret) -> bytes:
    """Return what stands for a town's certificate."""
    return f"certificate of {siret}".encode()


async def _exchange(application, method, path, query, body, peer, headers):
    given = {"host": "127.0.0.1", "accept-language": "en", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "server": ("127.0.0.1", 443),
        "extensions": {PEER: {"der": peer}},
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    await application(scope, receive, send)
    return Reply(sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:]))
