"""kill -9 under load: what was acknowledged is there once, whatever was in flight; what was shown stays shown.

Clients talk real mutual TLS to a sandbox process that is killed at random moments and started again on the same
folder and port; they send again, with the same content, what nobody answered.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import random
import signal
import socket
import sqlite3
import time
from collections import Counter
from contextlib import closing
from itertools import pairwise
from threading import Event, Thread
from typing import NamedTuple

import pytest

from embedded import PROFILE, START, annulation, avis, close_controls, make_town
from fpsctl.antai import codec_for
from fpsctl.errors import ConnectionFailed
from fpsctl.identifiers import NumeroFps
from fpsctl.sandbox.control import Control
from fpsctl.sandbox.process import launch
from fpsctl.sandbox.store import FILE

CODEC = codec_for(PROFILE)
EVERY = 3  # one notice in so many is cancelled right away
PATIENCE = 60

# A server killed in the middle of a handshake leaves the HTTP library a socket that only the collector closes.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected():
    """Close what is left here, not in a later test."""
    yield
    gc.collect()


class Sent(NamedTuple):
    """A message and the answer that a client was given for it; `tries` that ended without one."""

    message: object
    answer: bytes
    tries: int


def free_port():
    """Return a port below those that the system gives to clients: none may take it while nobody listens."""
    for port in random.sample(range(20_000, 30_000), 100):
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    pytest.fail("no free port")


class Client(Thread):
    """Sends notices and cancellations as fast as it can, each until it is answered."""

    def __init__(self, town, terminal, stop):
        super().__init__(daemon=True)
        self.town, self.terminal, self.stop = town, terminal, stop
        self.sent: list[Sent] = []
        self.failure: BaseException | None = None

    def run(self):
        try:
            ordre = 0
            while not self.stop.is_set():
                ordre += 1
                self.send("send_avis_initial", notice := self.notice(ordre))
                if ordre % EVERY == 0:
                    self.send("send_annulation", annulation(notice, notice.montant_du, day="2026-03-02"))
        except BaseException as error:  # noqa: BLE001 - told by the test, in its own thread
            self.failure = error

    def notice(self, ordre):
        turn, rest = divmod(ordre, 1000)
        numero = NumeroFps.make(self.town.siret, annee=2026, jour=61, terminal=self.terminal + 10 * turn, ordre=rest)
        return avis(self.town.siret).model_copy(update={"numero": numero})

    def send(self, operation, message):
        tries, deadline = 0, time.monotonic() + PATIENCE
        while True:
            try:
                with_answer = CODEC.encode(getattr(self.client(), operation)(message))
            except ConnectionFailed:
                tries += 1
                assert time.monotonic() < deadline
                self.close()
                time.sleep(0.02)
            else:
                self.sent.append(Sent(message, with_answer, tries))
                return

    _client = None

    def client(self):
        if self._client is None:
            self._client = self.town.client()
        return self._client

    def close(self):
        if self._client is not None:
            self._client.close()
        self._client = None


class Puller(Client):
    """Pulls the returns of a town as they come: what it saw, in order."""

    def run(self):
        try:
            self.seen = []
            while not self.stop.is_set():
                after = self.seen[-1][0] if self.seen else 0
                try:
                    page = self.client().read_retours(self.town.siret, after)
                except ConnectionFailed:
                    self.close()
                    time.sleep(0.02)
                    continue
                self.seen += [(item.sequence, item.kind, item.message.numero) for item in page.items]
                time.sleep(0.01)
        except BaseException as error:  # noqa: BLE001 - told by the test, in its own thread
            self.failure = error


class Mover(Thread):
    """Moves the towns' clocks day after day, so that ANTAI's own acts are under way when the process dies."""

    def __init__(self, sirets, urls, stop):
        super().__init__(daemon=True)
        self.sirets, self.urls, self.stop = sirets, urls, stop
        self.failure: BaseException | None = None

    def run(self):
        try:
            clock = dt.datetime.fromisoformat(START)
            while not self.stop.is_set():
                clock += dt.timedelta(hours=8)
                for siret in self.sirets:
                    self.move(siret, clock)
                time.sleep(0.05)
        except BaseException as error:  # noqa: BLE001 - told by the test, in its own thread
            self.failure = error

    def move(self, siret, clock):
        while True:
            try:
                with Control(self.urls[-1]) as control:
                    control.set_clock(siret, at=clock.isoformat())
            except ConnectionFailed:
                time.sleep(0.02)
            else:
                return


def killed_under_load(folder, *, kills, seed, load):
    """Run clients through so many kills; return them, the pullers, and the towns, the sandbox stopped."""
    dice = random.Random(seed)  # noqa: S311 - a walk that can be walked again
    state, port, stop, urls = folder / "state", free_port(), Event(), []
    threads: list[Thread] = []
    for turn in range(kills + 1):
        with launch(state, port=port) as running:
            urls.append(running.management_url)
            if not threads:
                towns = [make_town(running, folder) for _ in range(2)]
                threads = [Client(towns[n % 2], 100 + n, stop) for n in range(4)]
                threads += [*(Puller(town, 0, stop) for town in towns), Mover([t.siret for t in towns], urls, stop)]
                for thread in threads:
                    thread.start()
            time.sleep(dice.uniform(*load))
            if turn < kills:
                os.kill(running.pid, signal.SIGKILL)
                continue
            stop.set()
            for thread in threads:
                thread.join(PATIENCE)
                assert not thread.is_alive() and thread.failure is None, thread.failure
            clients, pullers = threads[:4], threads[4:6]
            for one in (*clients, *pullers):
                one.close()
            with Control(running.management_url) as control:
                for town in towns:
                    control.set_clock(town.siret, avance="P5D")
            close_controls()
    return clients, pullers, towns


def rows(state, query):
    with closing(sqlite3.connect(state / FILE)) as db:
        return db.execute(query).fetchall()


def check_everything(folder, clients, pullers, towns):
    """Compare what clients were told with the dossiers, the events, the returns and the traffic log."""
    state, sent = folder / "state", [one for client in clients for one in client.sent]
    notices = {one.message.numero for one in sent if one.message.kind == "avis_initial"}
    cancelled = {one.message.numero for one in sent if one.message.kind == "annulation"}

    # Every message that was answered is there, once, and nothing else is.
    assert {numero for (numero,) in rows(state, "SELECT numero FROM dossiers")} == notices
    events = Counter(rows(state, "SELECT numero, kind FROM evenements"))
    assert set(events.values()) == {1}
    assert {numero for numero, kind in events if kind == "transmission"} == notices
    assert {numero for numero, kind in events if kind == "annulation"} == cancelled
    assert {kind for _, kind in events} == {"transmission", "annulation", "envoi"}
    bound = Counter(bytes(reponse) for (reponse,) in rows(state, "SELECT reponse FROM messages"))
    assert bound == Counter(one.answer for one in sent)

    # The log of each case has no hole.
    logs = rows(state, "SELECT numero, MIN(n), MAX(n), COUNT(*) FROM evenements GROUP BY numero")
    assert all((first, last) == (1, count) for _, first, last, count in logs)

    # Returns are numbered without a hole in each town, tell each sending once, and never change once pulled.
    posted = {numero for numero, kind in events if kind == "envoi"}
    assert notices - cancelled <= posted
    assert {numero for (numero,) in rows(state, "SELECT numero FROM impressions")} == posted
    told = []
    for town, puller in zip(towns, pullers, strict=True):
        found = rows(state, f"SELECT n, kind, contenu FROM retours WHERE siret='{town.siret}' ORDER BY n")  # noqa: S608
        assert [n for n, _, _ in found] == list(range(1, len(found) + 1))
        read = [(n, kind, json.loads(content)["numero"]) for n, kind, content in found]
        assert puller.seen == read[: len(puller.seen)] and puller.seen
        told += [(kind, numero) for _, kind, numero in read]
    assert Counter(told) == Counter(("date_envoi", numero) for numero in posted)

    # The traffic log has every answer that was given, in an unbroken sequence.
    lines = [(seq, json.loads(content)) for seq, content in rows(state, "SELECT seq, contenu FROM echanges ORDER BY 1")]
    assert all(later - earlier == 1 for (earlier, _), (later, _) in pairwise(lines))
    answered = {json.dumps(line["reponse"], sort_keys=True) for _, line in lines if line["statut"] == 201}
    assert {json.dumps(json.loads(one.answer), sort_keys=True) for one in sent} <= answered
    assert {line["statut"] for _, line in lines} <= {200, 201}
    assert rows(state, "PRAGMA integrity_check") == [("ok",)]
    return {"acknowledged": len(sent), "sent again": sum(one.tries > 0 for one in sent), "returns": len(told)}


def test_kill_9_five_times_under_load_loses_and_doubles_nothing(tmp_path):
    figures = check_everything(tmp_path, *killed_under_load(tmp_path, kills=5, seed=9, load=(0.3, 0.7)))
    assert figures["acknowledged"] > 50 and figures["sent again"] >= 5


def test_one_message_on_many_connections_at_once_is_one_message(running, tmp_path):
    town, answers = make_town(running, tmp_path), []
    notice, start = avis(town.siret), Event()

    def send():
        with town.client() as sifps:
            sifps.check_front(town.siret)  # connected before the start
            start.wait(PATIENCE)
            answers.append(CODEC.encode(sifps.send_avis_initial(notice)))

    threads = [Thread(target=send, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(answers) == 8 and len(set(answers)) == 1
    assert [event["event"] for event in town.control.dossier(town.siret, notice.numero)["evenements"]] == [
        "transmission"
    ]


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(5))
def test_kill_9_many_times_under_load_loses_and_doubles_nothing(tmp_path, seed):
    figures = check_everything(tmp_path, *killed_under_load(tmp_path, kills=20, seed=seed, load=(0.05, 2.0)))
    assert figures["acknowledged"] > 200
