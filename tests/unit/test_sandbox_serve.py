"""The embedded SI FPS as a process: TLS, its start, its end, its files; and the commands that drive it."""

import contextlib
import datetime as dt
import json
import os
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import httpx
import pytest
from pki_helpers import csr, ec_key, subject

from embedded import START, fresh_siret, make_town
from fpsctl.antai import load_profile
from fpsctl.antai.client import Identity
from fpsctl.antai.reserve import described
from fpsctl.cli.app import main
from fpsctl.errors import ConnectionFailed, LocalError, Refused
from fpsctl.pki import read_chain
from fpsctl.pki.authority import TestAuthority
from fpsctl.pki.keys import write_private
from fpsctl.sandbox.control import Control
from fpsctl.sandbox.process import launch
from fpsctl.sandbox.serve import _listening
from fpsctl.sandbox.store import FILE
from fpsctl.texts import text_in, use_language
from tls_lab import SERVER, Authority

DAY = dt.timedelta(days=1)
SERVE = [sys.executable, "-m", "fpsctl", "sandbox", "serve"]
READY_KEYS = {"url", "management_url", "ca", "pid", "profile"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Return an authority that the sandbox of `trusting` accepts beside its own."""
    return Authority(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def trusting(lab, tmp_path_factory):
    with launch(tmp_path_factory.mktemp("trusting") / "state", client_ca=[lab.pem]) as sandbox:
        yield sandbox


def talk(running, identity=None, context=None):
    """Ask for an address that is unknown, over TLS as `identity`; return the status."""
    context = context or ssl.create_default_context(cafile=running.ca)
    if identity:
        context.load_cert_chain(identity.certificate, identity.key)
    port = int(running.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        return int(wire.recv(4096)[9:12])


def alert(running, *args, **options):
    """Return the alert with which the server ends a connection."""
    with pytest.raises(ssl.SSLError) as caught:
        talk(running, *args, **options)
    return caught.value.reason


# TLS


def test_without_certificate(running):
    assert alert(running) == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


def test_an_issuer_that_is_not_trusted(running, lab):
    assert alert(running, lab.issue("stranger")) == "TLSV1_ALERT_UNKNOWN_CA"


def test_an_issuer_that_is_trusted_by_client_ca(trusting, lab):
    assert talk(trusting, lab.issue("vendor")) == 404


def test_the_test_provider_is_trusted_beside_it(trusting, tmp_path):
    assert talk(trusting, make_town(trusting, tmp_path, until="csr").identity) == 404


def test_a_certificate_for_servers_only(trusting, lab):
    assert alert(trusting, lab.issue("server", usage=SERVER)) == "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"


@pytest.mark.parametrize(
    ("debut", "fin", "expected"),
    [(-10, -1, "SSLV3_ALERT_CERTIFICATE_EXPIRED"), (1, 10, "SSLV3_ALERT_BAD_CERTIFICATE")],
)
def test_a_certificate_out_of_its_time_by_the_machine_s_clock(trusting, lab, debut, fin, expected):
    assert alert(trusting, lab.issue(f"out{debut}", debut=lab.now + debut * DAY, fin=lab.now + fin * DAY)) == expected


def test_an_expired_certificate_of_the_test_provider(running, tmp_path):
    authority = TestAuthority.open(running.ready_file.parent / "authority", dt.datetime.now(dt.UTC))
    key = ec_key()
    write_private(tmp_path / "key.pem", key)
    now = dt.datetime.now(dt.UTC)
    (tmp_path / "old.pem").write_bytes(authority.sign(csr(key), now - 10 * DAY, now - DAY))
    identity = Identity(tmp_path / "old.pem", tmp_path / "key.pem", None)
    assert alert(running, identity) == "SSLV3_ALERT_CERTIFICATE_EXPIRED"


def test_a_chain_without_its_intermediate(running, tmp_path):
    town = make_town(running, tmp_path, until="csr")
    leaf, intermediate = read_chain(town.identity.certificate.read_bytes())
    alone = tmp_path / "alone.pem"
    alone.write_text(leaf.pem)
    assert alert(running, town.identity._replace(certificate=alone)) == "TLSV1_ALERT_UNKNOWN_CA"
    alone.write_text(leaf.pem + intermediate.pem)
    assert talk(running, town.identity._replace(certificate=alone)) == 404


def test_the_issuer_that_is_named_will_do_be_it_an_intermediate(running, tmp_path):
    town = make_town(running, tmp_path, until="csr")
    leaf, intermediate = read_chain(town.identity.certificate.read_bytes())
    (tmp_path / "alone.pem").write_text(leaf.pem)
    (tmp_path / "issuer.pem").write_text(intermediate.pem)
    with launch(tmp_path / "other", client_ca=[tmp_path / "issuer.pem"]) as other:
        assert talk(other, town.identity._replace(certificate=tmp_path / "alone.pem")) == 404


def test_tls_1_1_is_refused_and_1_2_is_not(running, tmp_path):
    identity = make_town(running, tmp_path, until="csr").identity
    old = ssl.create_default_context(cafile=running.ca)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    assert alert(running, identity, context=old) == "TLSV1_ALERT_PROTOCOL_VERSION"
    fine = ssl.create_default_context(cafile=running.ca)
    fine.maximum_version = ssl.TLSVersion.TLSv1_2
    assert talk(running, identity, context=fine) == 404


def test_plain_http_on_the_tls_port_is_told_so_and_tls_on_the_plain_one_fails(running):
    told = httpx.post(running.url.replace("https", "http"), content=b"x" * 100_000, trust_env=False)
    assert (told.status_code, told.headers["content-type"]) == (400, "application/problem+json")
    assert (told.json()["code"], told.json()["title"]) == ("http.clair", text_in("fr", "http.400"))
    with pytest.raises(httpx.TransportError):
        httpx.get(running.management_url.replace("http", "https"), trust_env=False, verify=False)  # noqa: S501 - what must fail
    assert httpx.get(f"{running.management_url}/etat", trust_env=False).status_code == 200


def test_failed_handshakes_say_nothing_and_stop_nothing(trusting, lab, tmp_path):
    log = trusting.ready_file.with_name("sandbox.log")
    port = int(trusting.url.rpartition(":")[2])
    for sent in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 5000):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
            plain.sendall(sent)
    for reset in (b"", b"\x16\x03\x01\x02\x00"):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            plain.sendall(reset)
    alert(trusting)
    assert talk(trusting, lab.issue("after")) == 404
    town = make_town(trusting, tmp_path)
    with town.client() as sifps:
        sifps.check_front(town.siret)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{trusting.url}/", trust_env=False, timeout=5)
    assert log.read_bytes() == b""


def test_each_connection_is_who_it_was_and_each_request_is_judged_anew(running, tmp_path):
    """A certificate renewed while a connection is kept: the old one works until it is replaced, there too."""
    town = make_town(running, tmp_path)
    with town.client() as old:
        assert old.check_front(town.siret).certificat_etat == "actif"
        folder = tmp_path / "new"
        folder.mkdir()
        key = ec_key()
        write_private(folder / "key.pem", key)
        pem = town.control.sign(csr(key, subject(town.siret)), town.siret)
        (folder / "certificate.pem").write_bytes(pem)
        renewed = town._replace(identity=Identity(folder / "certificate.pem", folder / "key.pem", None))
        with renewed.client() as new:
            new.deposit_certificat(renewed.depot())
            with pytest.raises(Refused) as early:
                new.check_front(town.siret)
            town.control.play(town.siret, "certificat.active", {"empreinte": renewed.empreinte})
            assert new.check_front(town.siret).certificat_etat == "actif"
            assert old.check_front(town.siret).certificat_etat == "actif"
            town.control.play(town.siret, "certificat.remplace", {"empreinte": town.empreinte})
            with pytest.raises(Refused) as late:
                old.check_front(town.siret)
            assert new.check_front(town.siret).certificat_etat == "actif"
    assert (early.value.code, late.value.code) == ("certificat.non-active", "certificat.remplace")
    seen = [line["empreinte"] for line in town.control.echanges(town.siret) if line["operation"] == "check_front"]
    assert seen[-2:] == [town.empreinte, renewed.empreinte]


# Starting


@pytest.fixture
def cli(tmp_path, monkeypatch, capfd):
    """Run a command line in an empty folder, here; the mask of new files is what it was afterwards."""
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o022)

    def call(*args):
        code = main([str(arg) for arg in args])
        out, err = capfd.readouterr()
        return code, out, err

    yield call
    os.umask(mask)


def code_of(err):
    return err.partition("[")[2].partition("]")[0]


def one_clear_error(cli, code, *args):
    """A start that fails: exit 3, one line and a hint on stderr, one envelope in JSON, no ready file."""
    status, out, err = cli("sandbox", "serve", "--state", "state", *args)
    assert (status, out, code_of(err)) == (3, "", code), err
    assert len(err.splitlines()) == 2, err
    assert "Traceback" not in err
    status, out, err = cli("sandbox", "serve", "--state", "state", "-o", "json", *args)
    assert (status, err, json.loads(out)["error"]["code"]) == (3, "", code)
    assert not Path("state/ready.json").exists()
    return json.loads(out)["error"]["message"]


def test_a_busy_port(cli):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert str(port) in one_clear_error(cli, "sandbox.port", "--port", port)


def test_a_port_is_taken_from_the_start():
    """Bound with SO_REUSEADDR and not yet listening, the system would give it twice."""
    with _listening(0) as front:
        with pytest.raises(LocalError) as caught, _listening(front.getsockname()[1]):
            pass
        assert caught.value.code == "sandbox.port"


def test_a_port_that_is_none(cli):
    status, _, err = cli("sandbox", "serve", "--port", 65536)
    assert (status, len(err.splitlines())) == (2, 2)


def test_a_state_that_is_in_use(running, cli):
    status, out, err = cli("sandbox", "serve", "--state", running.ready_file.parent)
    assert (status, out, code_of(err)) == (3, "", "sandbox.occupied")
    assert json.loads(running.ready_file.read_bytes())["pid"] == running.pid


def test_a_state_that_is_no_folder(cli):
    Path("state").write_bytes(b"mine")
    status, _, err = cli("sandbox", "serve", "--state", "state")
    assert (status, code_of(err), Path("state").read_bytes()) == (3, "sandbox.folder", b"mine")
    status, _, err = cli("sandbox", "serve", "--state", "/proc/fpsctl")
    assert (status, code_of(err)) == (3, "sandbox.folder")


def test_a_state_that_is_no_database(cli):
    Path("state").mkdir()
    Path("state", FILE).write_bytes(b"not a database, but long enough to be looked at" * 100)
    one_clear_error(cli, "sandbox.state")


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA user_version=99",
        "DROP TABLE dossiers",
        "INSERT INTO faits VALUES ('13000000300009', 1, 'miracle', 1772442900, '{}')",
        "INSERT INTO faits VALUES ('13000000300008', 1, 'espace.demande', 1772442900, '{}')",
        "INSERT INTO faits VALUES ('13000000300009', 1, 'espace.demande', 1772442900, 'no json')",
        "INSERT INTO dossiers VALUES ('1', '13000000300009', 'avis_initial', 'complet', '{}')",
        "INSERT INTO dossiers VALUES ('1', '13000000300009', 'miracle', 'complet', '{}')",
    ],
)
def test_a_state_that_cannot_be_read_back(cli, blank, statement):
    Path("state").mkdir()
    with contextlib.closing(sqlite3.connect(Path("state", FILE))) as db, db:
        db.executescript(blank)
        db.execute(statement)
    message = one_clear_error(cli, "sandbox.state")
    assert FILE in message


@pytest.fixture(scope="module")
def blank(running):
    """Return what makes an empty state of this version."""
    with contextlib.closing(sqlite3.connect(running.ready_file.with_name(FILE))) as db:
        made = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql NOT LIKE '%sqlite_%'")]
        (version,) = db.execute("PRAGMA user_version").fetchone()
    return ";".join([*made, f"PRAGMA user_version={version}"])


def test_an_authority_that_is_damaged(cli):
    TestAuthority.open(Path("state/authority"), dt.datetime.now(dt.UTC))
    Path("state/authority/server-key.pem").unlink()
    one_clear_error(cli, "authority.broken")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_client_ca_that_is_none(cli, lang):
    Path("text.pem").write_text("hello")
    Path("empty.pem").write_text("")
    Path("broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    write_private(Path("key.pem"), ec_key())
    for name in ("text.pem", "empty.pem", "broken.pem", "key.pem"):
        message = one_clear_error(cli, "sandbox.client-ca", "--client-ca", name, "--lang", lang)
        assert message == text_in(
            lang, "error.sandbox.client-ca", path=name, detail=text_in(lang, "cert.file.no-certificate")
        )
    for name, reason in (("missing.pem", "os.ENOENT"), ("state", "os.EISDIR")):
        assert text_in(lang, reason) in one_clear_error(cli, "sandbox.client-ca", "--client-ca", name, "--lang", lang)


@pytest.mark.parametrize("target", ["missing/ready.json", "folder", "/proc/ready.json"])
def test_a_ready_file_that_cannot_be_written(cli, target):
    Path("folder").mkdir()
    one_clear_error(cli, "sandbox.folder", "--ready-file", target)


def test_launch_says_why_it_could_not(tmp_path, lab):
    missing = tmp_path / "missing.pem"
    for lang in ("fr", "en"):
        use_language(lang)
        with pytest.raises(LocalError) as caught, launch(tmp_path / "state", client_ca=[missing]):
            pass
        assert caught.value.code == "sandbox.start"
        assert caught.value.params["detail"] == text_in(
            lang, "error.sandbox.client-ca", path=missing, detail=text_in(lang, "os.ENOENT")
        )
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LocalError) as caught, launch(tmp_path / "file"):
        pass
    assert caught.value.code == "sandbox.folder"
    assert lab.pem.exists()


def test_launch_runs_this_program_whatever_lies_in_the_current_folder(tmp_path, monkeypatch):
    for name in ("fpsctl.py", "json.py", "uvicorn.py"):
        (tmp_path / name).write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    with launch(Path("state")) as sandbox:
        assert httpx.get(f"{sandbox.management_url}/etat", trust_env=False).status_code == 200


# Running and ending


class Served:
    """A sandbox started as people do, in a process of its own."""

    def __init__(self, state, *options, form="json", stdin=subprocess.DEVNULL):
        self.state = state
        command = [*SERVE, "--state", str(state), "-o", form, *map(str, options)]
        self.process = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, umask=0o022, bufsize=0
        )
        self.first = self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=5)

    @property
    def ready(self):
        return json.loads(self.first)["result"]

    def end(self, number):
        """Send a signal; return exit code, what was still said, stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=8)
        return self.process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path, number):
    ready_file = tmp_path / "elsewhere.json"
    with Served(tmp_path / "state", "--ready-file", ready_file) as served:
        files = (ready_file, tmp_path / "state" / "ready.json")
        for path in files:
            assert json.loads(path.read_bytes()) == served.ready
        assert served.ready.keys() == READY_KEYS
        assert served.ready["pid"] == served.process.pid
        with Control(served.ready["management_url"]) as idle:  # a connection that is kept holds up nothing
            siret = fresh_siret()
            idle.set_clock(siret, at=START)
            assert served.end(number) == (0, b"", b"")
        assert not any(path.exists() for path in files)
    with Served(tmp_path / "state") as again, Control(again.ready["management_url"]) as control:
        assert control.horloge(siret)["instant"] == START
        assert again.end(number)[0] == 0


def test_connections_that_are_kept_hold_up_nothing(tmp_path, running):
    with Served(tmp_path / "state") as served, contextlib.ExitStack() as kept:
        sandbox = running._replace(**{name: served.ready[name] for name in ("url", "management_url")})
        sandbox = sandbox._replace(ca=Path(served.ready["ca"]), ready_file=tmp_path / "state" / "ready.json")
        town = make_town(sandbox, tmp_path)
        sifps = kept.enter_context(town.client())
        sifps.check_front(town.siret)
        for url in (sandbox.url, sandbox.management_url):  # two that say nothing, one refused that stays
            silent = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5)
            kept.enter_context(silent)
        plain = kept.enter_context(
            socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2])), timeout=5)
        )
        refused = kept.enter_context(
            ssl.create_default_context(cafile=sandbox.ca).wrap_socket(plain, server_hostname="localhost")
        )
        with pytest.raises(ssl.SSLError):
            refused.recv(1)
        assert served.end(signal.SIGTERM) == (0, b"", b"")  # uvicorn would say that it had to insist
        with pytest.raises(ConnectionFailed):
            sifps.check_front(town.siret)


def test_killed_and_started_again(tmp_path, cli):
    siret = fresh_siret()
    with Served(tmp_path / "state") as served, Control(served.ready["management_url"]) as control:
        control.set_clock(siret, at=START)
        served.end(signal.SIGKILL)
        with pytest.raises(ConnectionFailed) as caught:
            control.horloge(siret)
        assert caught.value.code == "sandbox.silent"
        ready_file = tmp_path / "state" / "ready.json"
        assert ready_file.exists()  # it could not take it away
        status, _, err = cli("sandbox", "clock", "--siret", siret, "--sandbox", ready_file)
        assert (status, code_of(err)) == (4, "sandbox.silent")
    with Served(tmp_path / "state") as again:
        assert json.loads(ready_file.read_bytes()) == again.ready
        status, out, _ = cli("sandbox", "clock", "--siret", siret, "--sandbox", ready_file, "-o", "json")
        assert (status, json.loads(out)["result"]["instant"]) == (0, START)
        assert again.end(signal.SIGTERM)[0] == 0


def test_the_ready_file_of_another_is_left_alone(tmp_path):
    shared, own = tmp_path / "shared.json", tmp_path / "state" / "ready.json"
    with Served(tmp_path / "state", "--ready-file", shared) as served:
        other = json.dumps({**served.ready, "pid": 1})
        shared.write_text(other)
        own.write_text("garbage")
        assert served.end(signal.SIGTERM) == (0, b"", b"")
    assert (shared.read_text(), own.read_text()) == (other, "garbage")


def is_gone(pid):
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_it_ends_with_its_parent_however_brutal(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from fpsctl.sandbox.process import launch\n"
        f"with launch(Path({str(tmp_path / 'state')!r})) as r: print(r.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 5
    while not is_gone(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    if not is_gone(pid):
        os.kill(pid, signal.SIGKILL)
        pytest.fail("it is still there")
    assert not (tmp_path / "state" / "ready.json").exists()


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, None])
def test_with_parent_and_no_parent_it_ends_at_once(tmp_path, stdin):
    with (
        (tmp_path / "file").open("wb+") as file,
        Served(tmp_path / "s", "--with-parent", stdin=stdin or file) as served,
    ):
        _, err = served.process.communicate(timeout=5)
        assert (served.process.returncode, err) == (0, b"")


def test_the_first_line_is_one_json_document(tmp_path):
    with Served(tmp_path / "state") as served:
        envelope = json.loads(served.first)
        assert (envelope["schema"], envelope["command"], envelope["ok"]) == ("fpsctl/1", "sandbox serve", True)
        assert envelope["result"].keys() == READY_KEYS
        assert served.end(signal.SIGTERM) == (0, b"", b"")


def test_in_text_it_says_where_it_listens_and_what_it_is_not(tmp_path):
    with Served(tmp_path / "state", "--lang", "fr", form="text") as served:
        ready = json.loads((tmp_path / "state" / "ready.json").read_bytes())
        code, rest, err = served.end(signal.SIGTERM)
    told = (served.first + rest).decode()
    assert (code, err) == (0, b"")
    assert text_in("fr", "sandbox.ready") in told
    assert f"public {ready['profile']['version']}" in told
    assert ready["profile"] == described(load_profile("public"), "fr")
    for place in (ready["url"], ready["management_url"], ready["ca"], str(tmp_path / "state" / "ready.json")):
        assert place in told.replace("\n", "").replace(" ", "") or place in told


def test_nothing_is_readable_by_others(running, tmp_path):
    make_town(running, tmp_path)  # the write-ahead log is there too
    state = running.ready_file.parent
    found = [state, *state.rglob("*")]
    modes = {str(path.relative_to(state)): stat.S_IMODE(path.stat().st_mode) for path in found}
    assert {name for name, mode in modes.items() if mode & 0o077} == set()
    for name in (".", "sandbox.sqlite", "sandbox.sqlite-wal", "authority/server-key.pem", "authority/psce-key.pem"):
        assert name in modes
    assert {path.name for path in state.iterdir() if path.suffix == ".json"} == {"ready.json"}


def test_nothing_is_readable_by_others_in_a_folder_that_was_there(tmp_path):
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    with Served(state):
        files = [path for path in state.rglob("*") if path.is_file()]
        assert len(files) >= 8
        assert [path for path in files if path.stat().st_mode & 0o077] == []


# The commands


@pytest.fixture
def request_file(tmp_path):
    path = tmp_path / "town" / "request.csr"
    path.parent.mkdir()
    path.write_bytes(csr(ec_key(), subject("13000000300009")))
    return path


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_sign_writes_the_certificate_beside_its_request(cli, running, request_file, lang):
    status, out, err = cli("--lang", lang, "sandbox", "sign", request_file, "--sandbox", running.ready_file)
    target = request_file.with_name("certificate.pem")
    assert (status, err) == (0, "")
    assert "".join(out.split()) == "".join(text_in(lang, "sandbox.signed", path=target).split())
    leaf, issuer = read_chain(target.read_bytes())
    assert leaf.issuer_der == issuer.subject_der
    assert leaf.siren_ids == ("13000000300009", "130000003")
    assert "TEST - " in leaf.issuer


def test_sign_in_json_where_it_is_told_and_for_a_town_s_clock(cli, running, request_file):
    siret = fresh_siret()
    with Control(running.management_url) as control:
        control.set_clock(siret, at="2020-01-15")
    args = ("--out", "mine.pem", "--siret", siret, "--sandbox", running.ready_file, "-o", "json")
    status, out, err = cli("sandbox", "sign", request_file, *args)
    assert (status, err, json.loads(out)["result"]) == (0, "", {"certificate": "mine.pem"})
    assert read_chain(Path("mine.pem").read_bytes())[0].debut < dt.datetime(2020, 1, 15, tzinfo=dt.UTC)


def test_sign_is_valid_on_the_clock_of_the_town_that_the_request_names(cli, running):
    siret = fresh_siret()
    with Control(running.management_url) as control:
        control.set_clock(siret, at="2020-01-15")
    Path("it.csr").write_bytes(csr(ec_key(), subject(siret)))
    assert cli("sandbox", "sign", "it.csr", "--sandbox", running.ready_file)[0] == 0
    assert read_chain(Path("certificate.pem").read_bytes())[0].debut < dt.datetime(2020, 1, 15, tzinfo=dt.UTC)


def test_sign_sends_the_request_and_nothing_else(cli, running, request_file, monkeypatch):
    sent = []
    real = Control.sign
    monkeypatch.setattr(Control, "sign", lambda self, pem, siret: sent.append(pem) or real(self, pem, siret))
    request = request_file.read_bytes()
    request_file.write_bytes(b"password: opensesame\n" + request)
    assert cli("sandbox", "sign", request_file, "--sandbox", running.ready_file)[0] == 0
    assert sent == [request]


def test_sign_replaces_nothing(cli, running, request_file):
    write_private(Path("key.pem"), ec_key())
    Path("mine.pem").write_bytes(running.ca.read_bytes())
    Path("dangling").symlink_to("nowhere")
    Path("both.pem").write_bytes(running.ca.read_bytes() + Path("key.pem").read_bytes())
    for target in ("key.pem", "both.pem", "mine.pem", request_file, ".", "dangling"):
        before = Path(target).is_file() and Path(target).read_bytes()
        status, out, err = cli("sandbox", "sign", request_file, "--out", target, "--sandbox", running.ready_file)
        assert (status, out, code_of(err)) == (3, "", "sandbox.sign.exists")
        assert f"sandbox sign {request_file} --out F" in err and "cert deposit --siret 13000000300009 --cert" in err
        assert (Path(target).is_file() and Path(target).read_bytes()) == before
    status, _, err = cli("sandbox", "sign", request_file, "--out", "no/c.pem", "--sandbox", running.ready_file)
    assert (status, code_of(err)) == (3, "output.unwritable")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (None, 3, "input.unreadable"),
        (b"", 3, "csr.malformed"),
        (b"\xff" * 500, 3, "csr.malformed"),
        (b" " * 2_000_000, 3, "csr.malformed"),
        (csr(ec_key(), subject(O=None)), 3, "csr.sujet"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 3, "sandbox.sign.private-key"),
        (csr(ec_key()) + b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n", 3, "sandbox.sign.private-key"),
    ],
)
def test_sign_what_is_no_request(cli, running, monkeypatch, content, status, code):
    monkeypatch.setattr(Control, "sign", lambda *_: pytest.fail("sent"))
    if content is not None:
        Path("it.csr").write_bytes(content)
    told = cli("--lang", "fr", "sandbox", "sign", "it.csr", "--sandbox", running.ready_file)
    assert (told[0], told[1], code_of(told[2])) == (status, "", code)
    assert "AAAA" not in told[2]
    assert not Path("certificate.pem").exists()
    told = cli("sandbox", "sign", "it.csr", "--sandbox", running.ready_file, "-o", "json")
    assert (told[0], json.loads(told[1])["error"]["code"]) == (status, code)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_clock_shows_and_moves(cli, running, lang):
    siret = fresh_siret()

    def clock(*args):
        status, out, err = cli(
            "--lang", lang, "sandbox", "clock", "--siret", siret, "--sandbox", running.ready_file, *args
        )
        assert (status, err) == (0, "")
        return " ".join(out.split())

    def shown(instant, mode):
        return text_in(
            lang, "sandbox.clock.now", siret=siret, instant=instant, mode=text_in(lang, f"sandbox.clock.{mode}")
        )

    assert text_in(lang, "sandbox.clock.reel") in clock()
    idle = text_in(lang, "sandbox.clock.idle")
    done = text_in(lang, "sandbox.clock.done", evenements=0, retours=0)
    assert clock("--at", "2026-03-02T10:15") == " ".join([shown(START, "fixe"), done, idle])
    assert clock("--advance", "P1DT2H") == " ".join([shown("2026-03-03T12:15:00+01:00", "fixe"), done, idle])
    assert clock("--next") == " ".join([shown("2026-03-03T12:15:00+01:00", "fixe"), done, idle])
    assert clock() == " ".join([shown("2026-03-03T12:15:00+01:00", "fixe"), idle])


def test_clock_in_json(cli, running):
    siret = fresh_siret()
    args = ("sandbox", "clock", "--siret", f"{siret[:3]} {siret[3:]}", "--sandbox", running.ready_file, "-o", "json")
    status, out, err = cli(*args, "--at", "2026-03-02T10:15")
    envelope = json.loads(out)
    assert (status, err, envelope["command"], envelope["ok"]) == (0, "", "sandbox clock", True)
    assert envelope["result"] == {
        "siret": siret, "mode": "fixe", "instant": START, "prochain": None, "evenements": 0, "retours": 0,
    }  # fmt: skip
    assert json.loads(cli(*args)[1])["result"] == {"siret": siret, "mode": "fixe", "instant": START, "prochain": None}


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        (["--at", "2026-03-02", "--next"], 2, "usage.clock"),
        (["--at", "2026-03-02", "--advance", "P1D"], 2, "usage.clock"),
        (["--at", "yesterday"], 2, "date.format"),
        (["--at", "2026-02-30"], 2, "date.format"),
        (["--at", "1789-07-14"], 2, "date.range"),
        (["--at", "2026-03-29T02:30"], 5, "date.clock-change"),
        (["--advance", "1 day"], 2, "duree.format"),
        (["--advance", "P200Y"], 2, "duree.too-long"),
        (["--advance", "-P1D"], 5, "horloge.recul"),
        (["--at", "2026-03-01"], 5, "horloge.recul"),
    ],
)
def test_clock_moves_that_are_refused(cli, running, options, status, code):
    siret = fresh_siret()
    with Control(running.management_url) as control:
        control.set_clock(siret, at=START)
        told = cli("sandbox", "clock", "--siret", siret, "--sandbox", running.ready_file, *options)
        assert (told[0], told[1], code_of(told[2])) == (status, "", code)
        told = cli("sandbox", "clock", "--siret", siret, "--sandbox", running.ready_file, "-o", "json", *options)
        assert (told[0], json.loads(told[1])["error"]["code"]) == (status, code)
        assert control.horloge(siret)["instant"] == START


@pytest.mark.parametrize(
    ("args", "status", "code"),
    [
        (["clock", "--siret", "13000000300008"], 2, "siret.checksum"),
        (["clock", "--siret", "x"], 2, "siret.format"),
        (["clock", "--siret", "13000000300009"], 3, "sandbox.absent"),
        (["clock", "--siret", "13000000300009", "--sandbox", "garbage.json"], 3, "sandbox.ready-file"),
        (["sign", "request.csr", "--siret", "13000000300008"], 2, "siret.checksum"),
        (["sign", "request.csr"], 3, "sandbox.absent"),
    ],
)
def test_a_command_without_a_sandbox(cli, args, status, code):
    Path("garbage.json").write_text("{}")
    Path("request.csr").write_bytes(csr(ec_key()))
    told = cli("sandbox", *args)
    assert (told[0], told[1], code_of(told[2])) == (status, "", code)
    assert not Path("certificate.pem").exists()
