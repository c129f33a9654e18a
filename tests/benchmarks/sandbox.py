"""The embedded SI FPS under load, beside Prism (the usual mock server) in the same run, as ratios.

Run it when the machine is quiet: `python tests/benchmarks/sandbox.py [--prism PATH]`. Each server answers the same
pairs (POST a notice, GET the returns) from the same client over four kept connections, in turn, five rounds. Ours
speaks mutual TLS, decodes, keeps each notice in the dossier engine and on the disk (fsync) before it answers; Prism
speaks plain HTTP, validates against an OpenAPI document and keeps nothing. Without `--prism` there is no peer.
"""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))
from embedded import PROFILE, avis, close_controls, make_town
from fpsctl.antai import codec_for
from fpsctl.sandbox.process import launch

CONNECTIONS, PAIRS, ROUNDS = 4, 250, 5


class Round(NamedTuple):
    """Pairs a second; median and 99th percentile of one request, in milliseconds."""

    rate: float
    p50: float
    p99: float


class Server(NamedTuple):
    """A server under load: how to connect, where its process is, how long it took to answer first (seconds)."""

    url: str
    pid: int
    tls: ssl.SSLContext | None
    start: float

    def connect(self):
        where = urlsplit(self.url)
        wire = socket.create_connection((where.hostname, where.port), timeout=60)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.tls.wrap_socket(wire, server_hostname=where.hostname) if self.tls else wire

    @property
    def memory(self):
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def request(siret, body):
    """Return a request as bytes: a POST of a body, or a GET of the returns."""
    line = f"POST /front/v1/{siret}/avis-initiaux" if body else f"GET /front/v1/{siret}/retours?apres=0"
    extra = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n{extra}\r\n".encode() + body


def call(wire, sent):
    """Send a request and read its answer to the end; a client as light as can be, so that the server is measured."""
    wire.sendall(sent)
    read = b""
    while (end := read.find(b"\r\n\r\n")) < 0:
        read += wire.recv(65536)
    head = read[:end].lower()
    assert head.startswith((b"http/1.1 200", b"http/1.1 201")), head
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(read) < end + 4 + length:
        read += wire.recv(65536)


def one_round(server, siret, bodies):
    """Send every body and pull the returns after each; return what it took."""

    def work(part):
        wire, took = server.connect(), []
        for body in part:
            for sent in (request(siret, body), request(siret, b"")):
                began = time.perf_counter()
                call(wire, sent)
                took.append(time.perf_counter() - began)
        wire.close()
        return took

    parts = [bodies[start::CONNECTIONS] for start in range(CONNECTIONS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        took = sorted(one for part in pool.map(work, parts) for one in part)
    rate = len(bodies) / (time.perf_counter() - began)
    return Round(rate, 1000 * took[len(took) // 2], 1000 * took[int(len(took) * 0.99)])


@contextmanager
def ours(folder):
    began = time.perf_counter()
    with launch(folder / "state") as running:
        start = time.perf_counter() - began
        town = make_town(running, folder)
        tls = ssl.create_default_context(cafile=running.ca)
        tls.load_cert_chain(town.identity.certificate, town.identity.key)
        yield Server(running.url, running.pid, tls, start), town.siret
        close_controls()


@contextmanager
def prism(command, folder):
    document = folder / "openapi.json"
    document.write_text(json.dumps(openapi()), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    child = subprocess.Popen(
        [command, "mock", "--port", str(port), "--host", "127.0.0.1", str(document)], stdout=subprocess.DEVNULL
    )
    server = Server(f"http://127.0.0.1:{port}", child.pid, None, 0.0)
    try:
        while True:
            try:
                server.connect().close()
                break
            except OSError:
                time.sleep(0.02)
        yield server._replace(start=time.perf_counter() - began)
    finally:
        child.terminate()
        child.wait()


def openapi():
    """Describe the two calls, with an example of each answer: what Prism needs."""
    siret = {"name": "siret", "in": "path", "required": True, "schema": {"type": "string"}}
    notice = json.loads(codec_for(PROFILE).encode(avis("13000000300009")))
    schema = {"type": "object", "required": list(notice), "properties": {name: {"type": "object"} for name in notice}}
    answer = {
        "content": {"application/json": {"example": {"reception": {"referenceEchange": "X"}}}},
        "description": "-",
    }
    page = {"content": {"application/json": {"example": {"retours": [], "suite": False}}}, "description": "-"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "peer", "version": "1"},
        "paths": {
            "/front/v1/{siret}/avis-initiaux": {
                "post": {"parameters": [siret], "requestBody": body, "responses": {"201": answer}}
            },
            "/front/v1/{siret}/retours": {"get": {"parameters": [siret], "responses": {"200": page}}},
        },
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prism", help="path of the prism command")
    asked = parser.parse_args()
    codec = codec_for(PROFILE)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        mine, siret = stack.enter_context(ours(folder))
        peer = stack.enter_context(prism(asked.prism, folder)) if asked.prism else None
        results = {"fpsctl": [], "prism": []}
        for turn in range(ROUNDS):
            first = 1 + turn * CONNECTIONS * PAIRS
            bodies = [codec.encode(numbered(siret, n)) for n in range(first, first + CONNECTIONS * PAIRS)]
            results["fpsctl"].append(one_round(mine, siret, bodies))
            if peer:
                results["prism"].append(one_round(peer, siret, bodies))
        show("fpsctl", mine, results["fpsctl"])
        if peer:
            show("prism", peer, results["prism"])
            ratio = statistics.median(r.rate for r in results["fpsctl"]) / statistics.median(
                r.rate for r in results["prism"]
            )
            print(f"pairs a second, fpsctl / prism: {ratio:.2f}")


def numbered(siret, n):
    """Return the n-th notice: every number once."""
    model = avis(siret)
    digits = f"{model.numero[:20]}{n // 999:03d}{n % 999:03d}"
    return model.model_copy(update={"numero": type(model.numero)(digits)})


def show(name, server, rounds):
    rate, p50, p99 = (statistics.median(values) for values in zip(*rounds, strict=True))
    print(
        f"{name:8} {rate:7.0f} pairs/s  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms"
        f"  start {server.start:5.2f} s  memory {server.memory:5.0f} MiB"
    )


if __name__ == "__main__":
    main()
