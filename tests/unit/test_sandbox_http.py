"""The State-side port at its edge: hostile HTTP over real mutual TLS. Always a problem, never a 500, never a secret."""

import asyncio
import contextlib
import copy
import datetime as dt
import hashlib
import itertools
import json
import socket
import ssl
import subprocess
import time
from typing import NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded import PROFILE, START, avis, make_town
from fpsctl.antai import codec_for
from fpsctl.sandbox.app import application
from fpsctl.sandbox.protocol import MOST_HEAD, PeerProtocol
from fpsctl.sandbox.serve import _server
from fpsctl.sandbox.traffic import holds_private_key, readable
from fpsctl.texts import text_in

MOST_BODY = 1024 * 1024
KEYS = {"type", "title", "status", "detail", "code", "params", "hint", "findings"}
CODEC = codec_for(PROFILE)
JSON = b"Content-Type: application/json\r\n"
CLOSE = b"Connection: close\r\n\r\n"


class Said(NamedTuple):
    """One answer."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Caller:
    """A town that speaks HTTP byte by byte."""

    def __init__(self, running, town):
        self.running, self.town, self.siret = running, town, town.siret
        self.context = ssl.create_default_context(cafile=running.ca)
        self.context.load_cert_chain(town.identity.certificate, town.identity.key)
        self.notices = f"/front/v1/{town.siret}/avis-initiaux"
        self.check = f"GET /front/v1/{town.siret}/controle HTTP/1.1\r\nHost: x\r\n".encode()
        self.numbers = itertools.count()

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", int(self.running.url.rpartition(":")[2])), timeout=5)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(plain, server_hostname="127.0.0.1")

    def say(self, *parts, answers=1):
        """Send bytes; return the answers, the first `answers` of them or those before the connection is closed."""
        with self.connect() as wire:
            with contextlib.suppress(OSError):  # turned away before all was sent
                for part in parts:
                    wire.sendall(part)
            return list(itertools.islice(answered(wire), answers))

    def one(self, *parts):
        (said,) = self.say(*parts)
        return said

    def post(self, body, *headers, path=None):
        """Return the bytes of a POST, the last on its connection."""
        lines = [b"POST %s HTTP/1.1" % (path or self.notices).encode(), b"Host: x", b"Connection: close", *headers]
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])

    def send(self, body):
        return self.one(self.post(body, b"Content-Type: application/json"))

    def notice(self):
        """Return a notice that would be accepted, each time another."""
        days, ordre = divmod(next(self.numbers), 999)
        found = dt.datetime.fromisoformat(START) - dt.timedelta(days=days)
        return CODEC.encode(avis(self.siret, ordre + 1, at=found.isoformat()))

    def client(self):
        return httpx.Client(base_url=self.running.url, verify=self.context, trust_env=False)

    def log(self):
        return self.town.control.echanges(self.siret)


def answered(wire):
    """Read answers one by one until the other side closes."""
    got = b""
    while True:
        while b"\r\n\r\n" not in got:
            part = wire.recv(65536)
            if not part:
                assert got == b""
                return
            got += part
        head, _, got = got.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        status, size = int(first.split()[1]), int(headers.get("content-length", 0))
        while len(got) < size:
            got += wire.recv(65536)
        yield Said(status, headers, got[:size])
        got = got[size:]


@pytest.fixture(scope="module")
def caller(running, tmp_path_factory):
    return Caller(running, make_town(running, tmp_path_factory.mktemp("town")))


def expect(said, status, code, lang="fr"):
    """Check a problem whole."""
    assert (said.status, said.json["code"]) == (status, code)
    assert said.headers["content-type"] == "application/problem+json"
    assert said.json.keys() == KEYS
    assert (said.json["status"], said.json["type"]) == (status, "about:blank")
    assert said.json["title"] == text_in(lang, f"http.{status}")
    assert said.json["detail"] == " ".join(text_in(lang, f"error.{code}", **said.json["params"]).split())
    assert said.json["hint"] == " ".join(text_in(lang, f"hint.{code}", **said.json["params"]).split())


def expect_alive(caller):
    assert caller.one(caller.check + CLOSE).status == 200


# What is no request


@pytest.mark.parametrize(
    "request_line",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nSpace : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\x00c\r\n\r\n",
        "GET /front/v1/é HTTP/1.1\r\n\r\n".encode(),
        "GET /front/v1/x/retours?apres=é HTTP/1.1\r\n\r\n".encode(),
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET http://elsewhere?x HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc\r\nzz",
    ],
)
def test_what_is_not_http_gets_a_problem_and_the_end_of_the_connection(caller, request_line):
    said = caller.one(request_line)
    expect(said, 400, "http.malforme")
    assert said.headers["connection"] == "close"


def test_a_malformed_request_is_told_in_the_language_read_so_far(caller):
    said = caller.one(b"GET / HTTP/1.1\r\nAccept-Language: en\r\nHost: x\r\nno colon\r\n\r\n")
    expect(said, 400, "http.malforme", "en")


def test_what_came_whole_is_answered_before_what_is_malformed(caller):
    asked = caller.check + b"\r\n"
    assert [said.status for said in caller.say(asked, asked + b"garbage\r\n\r\n", answers=9)] == [200, 200, 400]
    broken = f"POST {caller.notices} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc\r\nzz\r\n".encode()
    assert [said.status for said in caller.say(asked + asked + broken, answers=9)] == [200, 200, 400]


def test_an_accepted_message_is_never_answered_by_the_fault_of_the_next(caller):
    whole = caller.post(caller.notice(), b"Content-Type: application/json").replace(b"Connection: close\r\n", b"")
    assert [said.status for said in caller.say(whole + b"garbage\r\n\r\n", answers=9)] == [201, 400]


POST = b"POST /front/v1/x/annulations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + b"a" * 1_000_000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000,
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"a" * 1_000_000,
        POST + b"5;x=" + b"a" * 1_000_000,
        POST + b"0\r\n" + b"X: a\r\n" * 200_000,
        POST + b"0\r\nX: " + b"a" * 1_000_000,
    ],
    ids=["target", "value", "headers", "name", "chunk extension", "trailers", "trailer"],
)
def test_a_head_without_end_is_turned_away(caller, endless):
    expect(caller.one(endless), 431, "http.entetes")


def test_a_large_head_passes(caller):
    assert caller.one(caller.check + b"X: " + b"a" * (MOST_HEAD - 500) + b"\r\n" + CLOSE).status == 200


# Bodies


def test_a_body_too_large_is_told_and_the_connection_goes_on(caller):
    post = f"POST {caller.notices} HTTP/1.1\r\nHost: x\r\n".encode() + JSON
    large = b"a" * (MOST_BODY + 1)
    announced = post + b"Content-Length: %d\r\n\r\n" % len(large) + large
    chunks = post + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(large), large)
    said = caller.say(announced, chunks, caller.check + CLOSE, answers=9)
    assert [one.status for one in said] == [413, 413, 200]
    expect(said[0], 413, "message.trop-grand")
    expect(said[1], 413, "message.trop-grand")


def test_a_body_that_is_announced_too_large_is_refused_at_once(caller):
    post = f"POST {caller.notices} HTTP/1.1\r\nHost: x\r\n".encode() + JSON
    expect(caller.one(post + b"Content-Length: 99999999999\r\n\r\n"), 413, "message.trop-grand")
    awaiting = post + b"Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"
    (said,) = caller.say(awaiting, answers=9)  # no 100, and no body can follow: closed
    expect(said, 413, "message.trop-grand")


def test_the_largest_body_is_read(caller):
    expect(caller.send(b" " * MOST_BODY), 400, "message.illisible")


def test_curl_and_httpx_read_the_answer_to_a_body_too_large(caller, tmp_path, tool):
    (tmp_path / "large.json").write_bytes(b" " * 8_000_000)
    command = [tool("curl"), "-sS", "--max-time", "10", "--cacert", caller.running.ca, "-o", "-", "-w", "|%{http_code}"]
    command += ["--cert", caller.town.identity.certificate, "--key", caller.town.identity.key]
    command += ["-H", "Content-Type: application/json", "--data-binary", f"@{tmp_path}/large.json"]
    for headers in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect:"]):
        done = subprocess.run(
            [*command, *headers, caller.running.url + caller.notices], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout[-4:]) == (0, "|413"), done
        assert json.loads(done.stdout[:-4])["code"] == "message.trop-grand"
    with caller.client() as client:
        for content in (b" " * 8_000_000, itertools.repeat(b" " * 100_000, 80)):
            said = client.post(caller.notices, content=content, headers={"content-type": "application/json"})
            assert (said.status_code, said.json()["code"]) == (413, "message.trop-grand")
        assert client.get(f"/front/v1/{caller.siret}/controle").status_code == 200


def test_a_client_that_waits_for_100_gets_it(caller):
    body = caller.notice()
    whole = caller.post(body, b"Content-Type: application/json", b"Expect: 100-continue")
    said = caller.say(whole[: -len(body)], body, answers=9)
    assert [one.status for one in said] == [100, 201]


def test_a_message_in_chunks_of_one_byte_is_accepted(caller):
    body = b"".join(b"1\r\n%c\r\n" % byte for byte in b" " * MOST_HEAD + caller.notice()) + b"0\r\n\r\n"
    post = f"POST {caller.notices} HTTP/1.1\r\nHost: x\r\n".encode() + JSON
    assert caller.one(post + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + body).status == 201


@pytest.mark.parametrize("media", [b"Content-Type: text/plain", b"Content-Type: text/json; charset=utf-8", b"X: none"])
def test_another_media_type_is_refused(caller, media):
    expect(caller.one(caller.post(b"{}", media)), 415, "message.media")


def test_the_media_type_may_have_parameters(caller):
    said = caller.one(caller.post(caller.notice(), b"Content-Type: Application/JSON; charset=utf-8"))
    assert said.status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "message.illisible"),
        (b"garbage", "message.illisible"),
        (b"\xff\xfe\x00", "message.illisible"),
        (b'{"a": "\xff"}', "message.illisible"),
        ('{"a": 1}'.encode("utf-16"), "message.illisible"),
        (b"\xef\xbb\xbf{}", "message.illisible"),
        (b"[]", "message.illisible"),
        (b"null", "message.illisible"),
        (b'{"a": NaN}', "message.illisible"),
        (b'{"a": -Infinity}', "message.illisible"),
        (b'{"a": "\\ud800"}', "message.illisible"),
        (b'{"\\udfff": 1}', "message.illisible"),
        (b"[" * 100_000, "message.illisible"),
        (b"[" * 50_000, "message.illisible"),
        (b'{"a":' * 10_000, "message.illisible"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "message.illisible"),
        (b'{"a": %s}' % (b"9" * 5000), "message.illisible"),
        (b'{"a": %s}' % (b"9" * 4000), "message.invalide"),
        (b'{"a": 1e999}', "message.invalide"),
        (b'{"a": 1, "a": 2}', "message.invalide"),
        (b'{"a": "\\u0000"}', "message.invalide"),
        (b"{}", "message.invalide"),
        (b"{" + b",".join(b'"k%d": 1' % n for n in range(5000)) + b"}", "message.invalide"),
        (b'{"a": "%s"}' % (b"x" * 500_000), "message.invalide"),
    ],
)
def test_a_body_that_is_no_message_is_refused_and_logged(caller, body, code):
    before = len(caller.log())
    said = caller.send(body)
    expect(said, 400 if code == "message.illisible" else 422, code)
    assert len(said.body) < 100_000
    kept = httpx.get(f"{caller.running.management_url}/echanges", params={"siret": caller.siret, "apres": 0})
    lines = json.loads(kept.content, parse_constant=pytest.fail)["echanges"]
    assert (len(lines), lines[-1]["code"]) == (before + 1, code)
    assert len(json.dumps(lines[-1])) < 150_000


def test_nothing_of_a_strange_body_is_lost_in_the_log(caller):
    for body, kept in (
        (b'{"a": [1, null, "\\u00e9"]}', {"a": [1, None, "é"]}),
        (b'{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        (b'{"a": 1e999}', '{"a": 1e999}'),
        (b"garb\xffage", "garb\ufffdage"),
        (b" " * 70_000, "(70000 bytes)"),
    ):
        caller.send(body)
        assert caller.log()[-1]["corps"] == kept


# Private keys

KEY = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"
PEM = f"-----BEGIN PRIVATE KEY-----\n{KEY}{{}}\n-----END PRIVATE KEY-----\n"


def escaped(found):
    return "".join(f"\\u{ord(char):04x}" for char in found)


FORMS = {
    "bare": lambda pem: pem.encode(),
    "json": lambda pem: json.dumps({"cle": pem}).encode(),
    "name of a field": lambda pem: json.dumps({pem: 1}).encode(),
    "one letter": lambda pem: json.dumps({"cle": pem}).replace("PRIVATE", "\\u0050RIVATE").encode(),
    "each letter": lambda pem: b'{"cle": "' + escaped(pem[:27]).encode() + pem[27:].strip().encode() + b'"}',
    "newline": lambda pem: json.dumps({"cle": pem}).replace("PRIVATE KEY", "PRIVATE\\nKEY").encode(),
    "space": lambda pem: json.dumps({"cle": pem}).replace("PRIVATE KEY", "PRIVATE\\u0020KEY").encode(),
    "twice": lambda pem: json.dumps(json.dumps({"cle": pem}).replace("PRIVATE", "\\u0050RIVATE")).encode(),
    "rsa": lambda pem: pem.replace("PRIVATE", "RSA PRIVATE").encode(),
    "encrypted": lambda pem: pem.replace("PRIVATE", "ENCRYPTED PRIVATE").encode(),
    "form": lambda pem: pem.replace(" ", "+").replace("\n", "%0A").encode(),
    "url": lambda pem: pem.replace("PRIVATE", "%50RIVATE").encode(),
    "utf-16": lambda pem: json.dumps({"cle": pem}).encode("utf-16"),
}


def all_that_is_kept(running):
    return b"".join(path.read_bytes() for path in running.ready_file.parent.iterdir() if path.is_file())


@pytest.mark.parametrize("form", FORMS)
def test_a_private_key_is_refused_and_kept_nowhere(caller, form):
    secret = f"{form}SECRET".replace(" ", "").replace("-", "")
    said = caller.send(FORMS[form](PEM.format(secret)))
    expect(said, 422, "message.cle-privee")
    assert caller.log()[-1]["code"] == "message.cle-privee"
    kept = all_that_is_kept(caller.running)
    for told in (secret.encode(), secret.encode("utf-16-le")):
        assert told not in kept
        assert told not in said.body


def test_a_private_key_in_a_message_that_is_right_otherwise_is_refused(caller):
    message = json.loads(caller.notice())
    message["constat"]["lieu"] = PEM.format("INSIDE")
    expect(caller.send(json.dumps(message).encode()), 422, "message.cle-privee")
    deposit = {"certificat": {"contenuPem": caller.town.identity.key.read_text(), "empreinte": "0" * 64}}
    path = f"/certificats/v1/{caller.siret}"
    said = caller.one(caller.post(json.dumps(deposit).encode(), b"Content-Type: application/json", path=path))
    expect(said, 422, "message.cle-privee")
    kept = all_that_is_kept(caller.running)
    assert b"INSIDE" not in kept
    assert caller.town.identity.key.read_bytes().splitlines()[1] not in kept


def test_a_private_key_in_an_address_is_not_repeated(caller):
    found = "-----BEGIN%20PRIVATE%20KEY-----ADDRESSED"
    for path in (f"/front/v1/{caller.siret}/retours?apres={found}", f"/front/v1/{found}/controle"):
        said = caller.one(f"GET {path} HTTP/1.1\r\n".encode() + CLOSE)
        expect(said, 422, "message.cle-privee")
        assert b"ADDRESSED" not in said.body
    said = caller.one(f"GET /{found} HTTP/1.1\r\n".encode() + CLOSE)
    assert (said.status, b"ADDRESSED" in said.body) == (404, False)
    said = caller.one(caller.post(b"{}", b"Content-Type: PRIVATE KEY ADDRESSED"))
    assert (said.status, b"ADDRESSED" in said.body) == (415, False)
    assert b"ADDRESSED" not in all_that_is_kept(caller.running)


@pytest.mark.parametrize("part", [b"\\", b"\\u005c", b"%41", b"PRIVATE", b"PRIVATE ------", b"\\\\n"])
def test_looking_for_a_private_key_takes_no_more_time_than_the_body_is_long(part):
    start = time.perf_counter()
    assert not holds_private_key(part * (MOST_BODY // len(part)))
    assert time.perf_counter() - start < 5


def test_a_certificate_is_no_private_key(caller):
    for path in (caller.town.identity.certificate, caller.town.identity.certificate.with_name("request.csr")):
        assert not holds_private_key(path.read_bytes())
    assert readable(b'{"detail": "The request holds a private key"}') == {"detail": "The request holds a private key"}


# Addresses


@pytest.mark.parametrize("path", ["/", "/nope", "/front/v1", "/front/v2/x/controle", "//front/v1/x/controle", "/etat"])
def test_an_unknown_address(caller, path):
    expect(caller.one(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() + CLOSE), 404, "http.route-inconnue")


def test_a_slash_too_many_is_an_unknown_address_and_redirects_nobody(caller):
    said = caller.one(f"GET /front/v1/{caller.siret}/controle/ HTTP/1.1\r\nHost: elsewhere\r\n".encode() + CLOSE)
    expect(said, 404, "http.route-inconnue")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/front/v1/{}/avis-initiaux", "POST"),
        ("PUT", "/front/v1/{}/avis-initiaux", "POST"),
        ("OPTIONS", "/front/v1/{}/fps-impayes", "POST"),
        ("DELETE", "/front/v1/{}/retours", "GET, HEAD"),
        ("OPTIONS", "/front/v1/{}/controle", "GET, HEAD"),
        ("PATCH", "/certificats/v1/{}", "POST"),
    ],
)
def test_a_wrong_method_is_told_with_those_that_are_right(caller, method, path, allowed):
    said = caller.one(f"{method} {path.format(caller.siret)} HTTP/1.1\r\nHost: x\r\n".encode() + CLOSE)
    expect(said, 405, "http.methode")
    assert said.headers["allow"] == allowed


def test_head_has_the_head_of_get_and_no_body(caller):
    with caller.connect() as wire:
        wire.sendall(caller.check.replace(b"GET", b"HEAD") + CLOSE)
        got = b"".join(iter(lambda: wire.recv(4096), b""))
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert got.endswith(b"\r\n\r\n")
    with caller.connect() as wire:
        wire.sendall(f"HEAD {caller.notices} HTTP/1.1\r\n".encode() + CLOSE)
        got = b"".join(iter(lambda: wire.recv(4096), b""))
    assert (got[9:12], got[-4:]) == (b"405", b"\r\n\r\n")


@pytest.mark.parametrize(
    ("part", "status", "code"),
    [
        ("%2e%2e", 422, "siret.format"),
        ("..", 422, "siret.format"),
        ("%00", 422, "siret.format"),
        ("%0d%0aX:%20y", 422, "siret.format"),
        ("%FF", 422, "siret.format"),
        ("%D9%A1" * 14, 422, "siret.format"),
        ("1" * 13, 422, "siret.format"),
        ("1" * 15, 422, "siret.format"),
        ("9" * 9000, 422, "siret.format"),
        ("13000000300008", 422, "siret.checksum"),
        ("-", 422, "siret.format"),
        ("%27%20OR%201=1", 422, "siret.format"),
        ("a%2Fb", 404, "http.route-inconnue"),
        ("", 404, "http.route-inconnue"),
        ("%ZZ", 422, "siret.format"),
    ],
)
def test_what_is_no_siret_in_an_address(caller, part, status, code):
    said = caller.one(f"GET /front/v1/{part}/controle HTTP/1.1\r\nHost: x\r\n".encode() + CLOSE)
    expect(said, status, code)
    assert len(said.body) < 2000


@pytest.mark.parametrize("host", [b"[::1", b"a/b?c#d", b"x\x80", b"", b"h" * 9000])
def test_the_host_header_is_not_trusted_with_anything(caller, host):
    path = f"/front/v1/{caller.siret}/retours?apres=0"
    assert caller.one(f"GET {path} HTTP/1.1\r\n".encode() + b"Host: %s\r\n" % host + CLOSE).status == 200
    assert caller.log()[-1]["chemin"] == path
    said = caller.one(b"GET /nope HTTP/1.1\r\nHost: %s\r\n" % host + CLOSE)
    expect(said, 404, "http.route-inconnue")
    assert said.json["params"]["chemin"] == "/nope"


@pytest.mark.parametrize("numero", ["9" * 9000, "x", "1" * 25, "%D9%A1" * 26, "%00"])
def test_what_is_no_number_in_an_address(caller, numero):
    path = f"/front/v1/{caller.siret}/avis/{numero}/impression"
    expect(caller.one(f"GET {path} HTTP/1.1\r\n".encode() + CLOSE), 422, "numero.format")


@pytest.mark.parametrize(
    "apres", ["-1", "1e3", "%C2%B2", "%D9%A1", "", "9" * 40, "9" * 5000, "0x1", "1&apres=x", "%FF", "1%00", "1.0", "+1"]
)
def test_what_is_no_sequence_number_in_a_query(caller, apres):
    said = caller.one(f"GET /front/v1/{caller.siret}/retours?apres={apres} HTTP/1.1\r\n".encode() + CLOSE)
    expect(said, 422, "retours.apres")


@pytest.mark.parametrize("query", ["", "?", "?apres=0", "?apres=999999999999999", "?other=%FF", "?&&=&"])
def test_a_query_without_harm_is_answered(caller, query):
    assert caller.one(f"GET /front/v1/{caller.siret}/retours{query} HTTP/1.1\r\n".encode() + CLOSE).status == 200


# Manners of HTTP


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        (None, "fr"),
        ("en", "en"),
        ("EN-gb, fr;q=0.5", "en"),
        ("fr;q=0.2, en;q=0.8", "en"),
        ("de, en", "en"),
        ("en;q=0, de", "fr"),
        ("fr-CA", "fr"),
        ("en;q=broken", "en"),
        ("é, *", "fr"),
        (",;,=", "fr"),
    ],
)
def test_a_problem_is_told_in_the_caller_s_language(caller, accepted, lang):
    header = "" if accepted is None else f"Accept-Language: {accepted}\r\n"
    said = caller.one(f"GET /front/v1/13000000300008/controle HTTP/1.1\r\n{header}".encode() + CLOSE)
    expect(said, 422, "siret.checksum", lang)


def test_details_are_told_in_the_caller_s_language_too(caller):
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    empreinte = hashlib.sha256(b"\x00\x00\x00").hexdigest()
    depot = caller.town.depot().model_copy(update={"certificat_pem": pem, "empreinte_sha256": empreinte})
    body = CODEC.encode(depot)
    for lang in ("fr", "en"):
        headers = (b"Content-Type: application/json", b"Accept-Language: " + lang.encode())
        said = caller.one(caller.post(body, *headers, path=f"/certificats/v1/{caller.siret}"))
        expect(said, 422, "cert.file.bundle-malformed", lang)
        assert said.json["params"]["detail"] == text_in(lang, "cert.file.unreadable-block")


def test_pipelined_requests_are_answered_in_their_order(caller):
    asked = [f"GET /front/v1/{caller.siret}/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in ("a", "controle")]
    said = caller.say(b"".join(asked * 20), answers=40)
    assert [one.status for one in said] == [404, 200] * 20


def test_http_1_0(caller):
    (said,) = caller.say(f"GET /front/v1/{caller.siret}/controle HTTP/1.0\r\n\r\n".encode(), answers=9)
    assert (said.status, said.headers["connection"]) == (200, "close")


def test_a_client_that_would_rather_upgrade_is_answered_as_it_asked(caller):
    """Java's client says so in every plain request, its body and the next request follow."""
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    body = caller.notice()
    post = f"POST {caller.notices} HTTP/1.1\r\n".encode() + wish + JSON + b"Content-Length: %d\r\n\r\n" % len(body)
    said = caller.say(post + body, caller.check + wish + b"\r\n", caller.check + CLOSE, answers=9)
    assert [one.status for one in said] == [201, 200, 200]


def test_a_slow_client_is_served_and_holds_up_nobody(caller):
    whole = caller.post(caller.notice(), b"Content-Type: application/json")
    with caller.connect() as slow:
        for start in range(0, len(whole) - 1, len(whole) // 5 + 1):
            slow.sendall(whole[start : start + len(whole) // 5 + 1])
            expect_alive(caller)
        assert next(answered(slow)).status == 201


def test_a_client_that_goes_away_leaves_no_trace(caller):
    log = caller.running.ready_file.with_name("sandbox.log")
    before, lines = log.read_bytes(), len(caller.log())
    for sent in (b"", b"GET / HT", f"POST {caller.notices} HTTP/1.1\r\nContent-Length: 500\r\n\r\n{{".encode()):
        with caller.connect() as wire:
            wire.sendall(sent)
    with caller.connect() as wire:  # gone before its answer
        wire.sendall(caller.post(caller.notice(), b"Content-Type: application/json"))
    expect_alive(caller)
    deadline = time.monotonic() + 5
    while len(caller.log()) < lines + 2:  # the message counts all the same
        assert time.monotonic() < deadline
    assert log.read_bytes() == before


async def told(port, sent):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    got = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return got


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"])
def test_a_request_that_never_comes_whole_is_given_up(monkeypatch, sent):
    monkeypatch.setattr(PeerProtocol, "patience", 0.05)

    async def serve(listener):
        server = _server(application([]), None)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn signals it no other way
            await asyncio.sleep(0.005)
        got = await told(listener.getsockname()[1], sent)
        server.should_exit = True
        await running
        return got

    with socket.create_server(("127.0.0.1", 0)) as listener:
        got = asyncio.run(serve(listener))
    expected = b"HTTP/1.1 404" if sent.startswith(b"POST") else b"HTTP/1.1 408"  # an unknown address needs no body
    assert got.startswith(expected)
    assert got.count(b"HTTP/1.1") == 1


# Anything at all


def leaves(value, path=()):
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, name)
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*path, name))


def replaced(message, path, value):
    changed = copy.deepcopy(message)
    at = changed
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return changed


DATES = st.one_of(
    st.datetimes().map(lambda at: at.isoformat() + "+01:00"),
    st.dates().map(str),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-03-29T02:30:00", "24:00"]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**30, 10**400]),
    st.floats(),
    st.text(),
    DATES,
    st.text("0123456789", min_size=14, max_size=28),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
MORE = settings(FUZZ, max_examples=5000)


def expect_answer(response):
    """Whatever was asked, the answer is one of ours."""
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
    if response.status_code >= 400 and response.content:  # HEAD has none
        assert response.json().keys() == KEYS
        assert all(response.json()[name] for name in ("title", "detail", "code", "hint"))


@pytest.fixture(scope="module")
def client(caller):
    with caller.client() as client:
        yield client


def try_message(caller, client, data):
    message = json.loads(caller.notice())
    for path in data.draw(st.lists(st.sampled_from(sorted(leaves(message), key=str)), min_size=1, max_size=3)):
        with contextlib.suppress(TypeError, KeyError, IndexError):  # a part of it was replaced before
            message = replaced(message, path, data.draw(VALUES))
    body = json.dumps(message).encode()
    route = data.draw(st.sampled_from(["avis-initiaux", "avis-rectificatifs", "annulations", "fps-impayes"]))
    expect_answer(
        client.post(f"/front/v1/{caller.siret}/{route}", content=body, headers={"content-type": "application/json"})
    )


def try_body(caller, client, body):
    expect_answer(client.post(caller.notices, content=body, headers={"content-type": "application/json"}))


def try_address(caller, client, method, parts, query):
    path = "/".join(part.replace("SIRET", caller.siret) for part in parts)
    try:
        url = httpx.URL(caller.running.url).copy_with(raw_path=f"/{path}?{query}".encode("ascii", "xmlcharrefreplace"))
    except httpx.InvalidURL:
        return
    expect_answer(client.request(method, url))


def try_bytes(caller, sent):
    for said in caller.say(sent + b"\r\n\r\n" + caller.check + CLOSE, answers=9):
        assert said.status < 500
        assert said.status < 400 or said.headers["content-type"] == "application/problem+json"


PARTS = st.lists(
    st.sampled_from(
        ["front", "v1", "certificats", "SIRET", "controle", "retours", "avis", "impression", "avis-initiaux"]
    )
    | st.text(max_size=6)
    | st.integers(0, 255).map(lambda byte: f"%{byte:02x}"),
    max_size=6,
)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"])
QUERIES = st.text("apres=&0123456789%-+ é\x00", max_size=30)
BODIES = st.binary() | VALUES.map(lambda value: json.dumps(value).encode())
TOKENS = st.sampled_from(
    [b"GET ", b"POST ", b"/", b" HTTP/1.1", b"\r\n", b"\n", b"0", b"5", b":", b" ", b"\x00", b"Host: x",
     b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Connection: Upgrade", b"Upgrade: h2c",
     b"Expect: 100-continue", b"Connection: close"]
)  # fmt: skip
RAW = st.lists(TOKENS | st.binary(max_size=4), max_size=20).map(b"".join)


@given(data=st.data())
@FUZZ
def test_no_message_is_a_fault_of_ours(caller, client, data):
    try_message(caller, client, data)


@given(body=BODIES)
@FUZZ
def test_no_body_is_a_fault_of_ours(caller, client, body):
    try_body(caller, client, body)


@given(method=METHODS, parts=PARTS, query=QUERIES)
@FUZZ
def test_no_address_is_a_fault_of_ours(caller, client, method, parts, query):
    try_address(caller, client, method, parts, query)


@given(sent=RAW)
@settings(FUZZ, max_examples=30)
def test_no_bytes_are_a_fault_of_ours(caller, sent):
    try_bytes(caller, sent)


@pytest.mark.exhaustive
class TestMore:
    """The same, much longer."""

    @given(data=st.data())
    @MORE
    def test_messages(self, caller, client, data):
        try_message(caller, client, data)

    @given(body=BODIES)
    @MORE
    def test_bodies(self, caller, client, body):
        try_body(caller, client, body)

    @given(method=METHODS, parts=PARTS, query=QUERIES)
    @MORE
    def test_addresses(self, caller, client, method, parts, query):
        try_address(caller, client, method, parts, query)

    @given(sent=RAW)
    @settings(MORE, max_examples=1000)
    def test_bytes(self, caller, sent):
        try_bytes(caller, sent)
