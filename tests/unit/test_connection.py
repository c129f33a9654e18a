"""The staged check over real TLS: one slug for each fault, for the right reason, and the facts of what went well."""

from __future__ import annotations

import datetime as dt
import functools
import json
import socket
import ssl
from contextlib import ExitStack

import pytest

import fpsctl.connection.probe as probe_module
import fpsctl.connection.stages as stages_module
from embedded import make_town
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai import messages as antai
from fpsctl.antai.client import Identity, Patience
from fpsctl.antai.endpoint import Endpoint, find_endpoint
from fpsctl.antai.reserve import described
from fpsctl.antai.tls import server_trust
from fpsctl.checks import Outcome
from fpsctl.cli.app import main
from fpsctl.clock import ManualClock, SystemClock
from fpsctl.connection import Asked, check_connection
from fpsctl.connection.diagnosis import CAUSES
from fpsctl.connection.facts import Facts
from fpsctl.connection.stages import STAGES
from fpsctl.identifiers import Siret
from fpsctl.pki import read_chain
from fpsctl.texts import has_text
from tls_lab import CLIENT, DAY, SERVER, Authority, Reply, closed_port, deaf, plain, serving

PROFILE = load_profile("public")
SIRET = Siret("13000000300009")
IDS = [stage.id for stage in STAGES]
PATIENT, SHORT = Patience(connect=10.0, read=10.0), Patience(connect=0.3, read=2.0)  # a busy machine is no fault
BOTH = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "TEST - Inconnue")


@pytest.fixture(scope="module")
def server_identity(lab):
    return lab.issue("server", usage=SERVER, hosts=("127.0.0.1", "localhost"))


@pytest.fixture(scope="module")
def town(lab):
    return Identity(*lab.issue("town", siret=SIRET))


@pytest.fixture
def serve(lab, server_identity):
    return functools.partial(serving, server_identity, lab.pem)


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Wait for a late alert as long as a busy machine needs; tickets end the wait at once."""
    monkeypatch.setattr(probe_module, "_VERDICT_MS", 10_000)


@pytest.fixture
def hurried(monkeypatch):
    """Wait no longer than needed for a server that will say nothing."""
    monkeypatch.setattr(probe_module, "_VERDICT_MS", 20)


def said(siret=SIRET, *, environnement="simulation", etat="actif", skew=0, status=200):
    """Return what a front answers, `skew` seconds from our time."""
    now = dt.datetime.now(dt.UTC)
    front = antai.ControleFront(siret=siret, environnement=environnement, certificat_etat=etat, recu_le=now)
    date = (now + dt.timedelta(seconds=skew)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return Reply(status, codec_for(PROFILE).encode(front), (("Content-Type", "application/json"), ("Date", date)))


def refused(status, code, **params):
    body = json.dumps({"status": status, "code": code, "params": params}).encode()
    return Reply(status, body, (("Content-Type", "application/problem+json"),))


def check(url, ca, identity, *, profile=PROFILE, environment="sandbox", clock=None, patience=PATIENT):
    where = Endpoint(environment, url, ca, None)
    return check_connection(Asked(SIRET, where, profile, identity, clock or SystemClock(), patience))


def outcomes(checked):
    return {step.id: step.outcome.value for step in checked.steps}


def assert_stopped(checked, stage, slug, actor):
    """One diagnosis; the stages before passed, those after were skipped and say what stopped them."""
    assert (checked.diagnostic.slug, checked.diagnostic.actor.value) == (slug, actor)
    assert checked.diagnostic.hint
    rank = IDS.index(stage)
    assert [step.id for step in checked.steps] == IDS
    assert all(step.outcome in (Outcome.PASS, Outcome.WARN) for step in checked.steps[:rank]), outcomes(checked)
    assert checked.steps[rank].outcome is Outcome.FAIL
    for step in checked.steps[rank + 1 :]:
        assert (step.outcome, step.ms, step.detail) == (Outcome.SKIP, None, checked.error.code)
    assert checked.front is None


# All is well


@BOTH
def test_a_sound_connection_passes_every_stage(serve, lab, town, version):
    with serve(respond=lambda _: said(), version=version) as server:
        checked = check(server.url, lab.pem, town)
        assert len(server.seen) == 1  # nothing but the front check was asked
    assert set(outcomes(checked).values()) == {"pass"}
    assert (checked.error, checked.diagnostic) == (None, None)
    assert checked.front.siret == SIRET
    assert {finding.outcome for finding in checked.findings} == {Outcome.PASS}
    details = {step.id: step.detail for step in checked.steps}
    assert details["dns"] == "127.0.0.1"
    assert details["tls"].startswith("TLSv1.3" if version is ssl.TLSVersion.TLSv1_3 else "TLSv1.2")
    for word in ("CN=server", "CN=TEST - Racine", "127.0.0.1, localhost", lab.now.strftime("%Y")):
        assert word in details["server-cert"]
    for word in ("CN=town", "CN=TEST - Racine", "SHA-256"):
        assert word in details["client-cert"]
    assert all(step.ms is not None and step.ms >= 0 for step in checked.steps)


@pytest.mark.usefixtures("hurried")
def test_a_server_that_does_not_say_that_it_accepts_proves_it_by_its_answer(serve, lab, town):
    with serve(respond=lambda _: said(), tickets=0, version=ssl.TLSVersion.TLSv1_3) as server:
        assert outcomes(check(server.url, lab.pem, town))["client-cert"] == "pass"
    with serve(respond=lambda _: Reply(503), tickets=0, version=ssl.TLSVersion.TLSv1_3) as server:
        assert_stopped(check(server.url, lab.pem, town), "front", "http.server.unavailable", "antai")


@pytest.mark.usefixtures("hurried")
def test_a_server_that_says_nothing_at_all_leaves_it_open(serve, lab, town, tmp_path):
    with serve(tickets=0, version=ssl.TLSVersion.TLSv1_3) as server:
        checked = check(server.url, lab.pem, town, profile=guarded(tmp_path, "false"), environment="production")
    assert (outcomes(checked)["client-cert"], outcomes(checked)["front"]) == ("unknown", "skip")


def test_the_result_is_plain_data(serve, lab, town):
    with serve(respond=lambda _: said()) as server:
        result = json.loads(json.dumps(check(server.url, lab.pem, town).result))
    assert set(result) == {"siret", "environnement", "url", "profile", "etapes", "diagnostic", "front"}
    assert result["profile"] == described(PROFILE, "en")
    assert set(result["etapes"][0]) == {"id", "outcome", "ms", "detail"}
    assert result["front"]["certificat_etat"] == "actif"


@pytest.mark.usefixtures("hurried")
def test_the_sandbox_lets_an_active_certificate_in(running, tmp_path):
    town = make_town(running, tmp_path)
    asked = Asked(
        town.siret, find_endpoint(PROFILE, "sandbox", running.ready_file), PROFILE, town.identity, SystemClock()
    )
    checked = check_connection(asked)
    assert set(outcomes(checked).values()) == {"pass"}, checked.steps
    assert checked.error is None


@pytest.mark.usefixtures("hurried")
def test_the_sandbox_tells_a_certificate_that_is_not_active(running, tmp_path):
    town = make_town(running, tmp_path, until="depose")
    asked = Asked(
        town.siret, find_endpoint(PROFILE, "sandbox", running.ready_file), PROFILE, town.identity, SystemClock()
    )
    assert_stopped(check_connection(asked), "front", "http.identity.not-activated", "collectivite")


@pytest.mark.usefixtures("hurried")
def test_the_sandbox_tells_a_certificate_of_another_town(running, tmp_path):
    town, other = (make_town(running, tmp_path) for _ in range(2))
    asked = Asked(
        town.siret, find_endpoint(PROFILE, "sandbox", running.ready_file), PROFILE, other.identity, SystemClock()
    )
    assert_stopped(check_connection(asked), "front", "certificat.autre-collectivite", "editeur")


@pytest.mark.usefixtures("hurried")
def test_the_sandbox_tells_a_certificate_that_expired_in_virtual_time_only(running, tmp_path):
    town = make_town(running, tmp_path)
    town.control.set_clock(town.siret, avance="P4Y")
    asked = Asked(
        town.siret, find_endpoint(PROFILE, "sandbox", running.ready_file), PROFILE, town.identity, SystemClock()
    )
    assert_stopped(check_connection(asked), "front", "certificat.expire", "editeur")


# Files


def files(lab, town, tmp_path, kind):
    if kind == "absent":
        return Identity(tmp_path / "none.pem", town.key)
    if kind == "mismatch":
        return Identity(town.certificate, lab.issue("other").key)
    if kind == "mode":
        copy = tmp_path / "key.pem"
        copy.write_bytes(town.key.read_bytes())
        copy.chmod(0o644)
        return Identity(town.certificate, copy)
    words = "right"
    return Identity(*lab.issue("locked", passphrase=words), "wrong")


@pytest.mark.parametrize(
    ("kind", "slug"),
    [
        ("absent", "cert.file.unreadable"),
        ("mode", "cert.key.file-mode"),
        ("mismatch", "tls.client-key.mismatch"),
        ("passphrase", "tls.client-key.wrong-password"),
    ],
)
def test_files_that_allow_no_traffic_stop_before_any(serve, lab, town, tmp_path, kind, slug):
    with serve() as server:
        checked = check(server.url, lab.pem, files(lab, town, tmp_path, kind))
        assert server.seen == []
    assert_stopped(checked, "config", slug, "editeur")


def test_a_local_rule_that_fails_is_evidence_and_does_not_stop(serve, lab):
    other = Identity(*lab.issue("other-town", siret="21750001600019"))
    with serve(respond=lambda _: said()) as server:
        checked = check(server.url, lab.pem, other)
    assert checked.error is None
    assert outcomes(checked)["config"] == "warn"
    assert [item.id for item in checked.findings if item.outcome is Outcome.FAIL] == ["cert.siren.unexpected"]


def test_a_key_beside_the_certificate_is_evidence_and_does_not_stop(serve, lab, town, tmp_path):
    both = tmp_path / "both.pem"
    both.write_bytes(town.key.read_bytes() + town.certificate.read_bytes())
    both.chmod(0o600)
    with serve(respond=lambda _: said()) as server:
        checked = check(server.url, lab.pem, Identity(both, both))
    assert checked.error is None
    assert [item.id for item in checked.findings if item.outcome is Outcome.FAIL] == ["cert.file.bundle-malformed"]
    assert "CN=town" in {step.id: step.detail for step in checked.steps}["client-cert"]


# Network


def test_a_name_without_address(lab, town, monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert_stopped(check("https://fps.invalid", lab.pem, town), "dns", "net.dns.unresolved", "reseau")


def test_nothing_listens(lab, town):
    checked = check(f"https://127.0.0.1:{closed_port()}", lab.pem, town)
    assert_stopped(checked, "tcp", "net.tcp.refused", "editeur")


def test_nothing_answers(lab, town):
    with deaf() as port:
        checked = check(f"https://127.0.0.1:{port}", lab.pem, town, patience=SHORT)
    assert_stopped(checked, "tcp", "net.tcp.timeout", "reseau")


def test_the_second_address_is_tried(serve, lab, town, monkeypatch):
    def both(_host, port, *_args, **_kwargs):
        kinds = ((9999, ("never", port)), (socket.AF_INET6, ("::1", port)), (socket.AF_INET, ("127.0.0.1", port)))
        return [(family, socket.SOCK_STREAM, 6, "", address) for family, address in kinds]

    with serve(respond=lambda _: said()) as server:
        monkeypatch.setattr(socket, "getaddrinfo", both)
        checked = check(f"https://localhost:{server.port}", lab.pem, town)
    details = {step.id: step.detail for step in checked.steps}
    assert (details["dns"], details["tcp"]) == ("never, ::1, 127.0.0.1", f"127.0.0.1 {server.port}")


def test_a_server_that_does_not_speak_tls(lab, town):
    with plain() as port:
        assert_stopped(check(f"https://127.0.0.1:{port}", lab.pem, town), "tls", "tls.handshake.failed", "reseau")


def test_a_server_that_takes_the_connection_and_stays_silent(lab, town):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        checked = check(f"https://127.0.0.1:{listener.getsockname()[1]}", lab.pem, town, patience=SHORT)
    assert_stopped(checked, "tls", "tls.handshake.failed", "reseau")


# The server's certificate


def test_a_server_of_an_unknown_issuer(serve, stranger, town):
    with serve() as server:
        checked = check(server.url, stranger.pem, town)
    assert_stopped(checked, "server-cert", "tls.server-cert.unknown-issuer", "editeur")


@pytest.mark.parametrize(
    ("changes", "slug", "actor", "shown"),
    [
        ({"hosts": ("127.0.0.2", "fps.example")}, "tls.server-cert.name-mismatch", "editeur", "127.0.0.2, fps.example"),
        ({"debut": -9, "fin": -2}, "tls.server-cert.expired", "antai", "CN=TEST - Racine"),
    ],
)
def test_a_server_certificate_that_is_refused_is_shown(lab, town, changes, slug, actor, shown):
    days = {name: lab.now + changes[name] * DAY for name in ("debut", "fin") if name in changes}
    with serving(lab.issue("faulty", **{"usage": SERVER, **changes, **days}), lab.pem) as server:
        checked = check(server.url, lab.pem, town)
        assert server.seen == []
    assert_stopped(checked, "server-cert", slug, actor)
    assert shown in checked.steps[IDS.index("server-cert")].detail


def test_names_in_a_certificate_cannot_write_on_the_terminal(lab, town):
    odd = lab.issue("faulty\x1b[2J", usage=SERVER)
    with serving(odd, lab.pem, lambda _: said()) as server:
        checked = check(server.url, lab.pem, town)
    assert checked.error is None
    assert all(step.detail.isprintable() for step in checked.steps)


# Our certificate


@BOTH
@pytest.mark.parametrize(
    ("days", "usage", "slug", "actor"),
    [
        ((-9, -2), CLIENT, "tls.client-cert.expired", "editeur"),
        ((2, 9), CLIENT, "tls.client-cert.not-yet-valid", "editeur"),
        ((-1, 5), SERVER, "tls.client-cert.wrong-usage", "psce"),
    ],
)
def test_a_certificate_that_the_server_refuses(serve, lab, version, days, usage, slug, actor):
    faulty = lab.issue("refused", usage=usage, debut=lab.now + days[0] * DAY, fin=lab.now + days[1] * DAY, siret=SIRET)
    with serve(version=version) as server:
        checked = check(server.url, lab.pem, Identity(*faulty))
        assert server.seen == []
    assert_stopped(checked, "client-cert", slug, actor)
    # Local rules had seen it too, and said so beside.
    assert any(item.outcome is Outcome.FAIL for item in checked.findings)


@BOTH
def test_a_certificate_of_an_issuer_that_the_server_does_not_know(serve, lab, stranger, version):
    with serve(version=version) as server:
        checked = check(server.url, lab.pem, Identity(*stranger.issue("town", siret=SIRET)))
    assert_stopped(checked, "client-cert", "tls.client-cert.unknown-issuer", "editeur")


def test_a_certificate_that_was_not_sent(serve, lab, town, monkeypatch):
    monkeypatch.setattr(stages_module, "client_context", lambda ca, *_: server_trust(ca))
    with serve(version=ssl.TLSVersion.TLSv1_3) as server:
        checked = check(server.url, lab.pem, town)
    assert_stopped(checked, "client-cert", "tls.client-cert.missing", "editeur")


def test_a_refusal_of_a_certificate_that_is_valid_here_is_not_called_early(serve, lab):
    early = lab.issue("early", debut=lab.now + 2 * DAY, fin=lab.now + 9 * DAY, siret=SIRET)
    with serve() as server:
        checked = check(server.url, lab.pem, Identity(*early), clock=ManualClock(lab.now + 3 * DAY))
    assert_stopped(checked, "client-cert", "tls.client-cert.refused-unexplained", "antai")


# The front


@pytest.mark.parametrize(
    ("reply", "slug", "actor", "error"),
    [
        (refused(403, "certificat.non-active", siret=SIRET), "http.identity.not-activated", "collectivite", "Refused"),
        (refused(403, "certificat.inconnu", empreinte="ab"), "certificat.inconnu", "editeur", "Refused"),
        (refused(403, "certificat.autre-collectivite"), "certificat.autre-collectivite", "editeur", "Refused"),
        (refused(403, "certificat.expire", fin="2026"), "certificat.expire", "editeur", "Refused"),
        (Reply(403), "http.identity.not-activated", "collectivite", "Refused"),
        (refused(422, "E-1"), "sifps.refus", "antai", "Refused"),
        (Reply(404), "http.profile.wrong-path", "editeur", "ConnectionFailed"),
        (Reply(405), "http.profile.wrong-path", "editeur", "ConnectionFailed"),
        (refused(404, "http.route-inconnue"), "http.profile.wrong-path", "editeur", "Refused"),
        (Reply(503), "http.server.unavailable", "antai", "ConnectionFailed"),
        (Reply(200, b"<html>"), "http.answer.unreadable", "editeur", "ConnectionFailed"),
        (Reply(raw=b""), "http.answer.lost", "reseau", "ConnectionFailed"),
        (said("21750001600019"), "certificat.autre-collectivite", "editeur", "Refused"),
    ],
)
def test_what_the_front_says_no_to(serve, lab, town, reply, slug, actor, error):
    with serve(respond=lambda _: reply) as server:
        checked = check(server.url, lab.pem, town)
    assert_stopped(checked, "front", slug, actor)
    assert type(checked.error).__name__ == error


@pytest.mark.parametrize(
    ("reply", "finding"),
    [
        (said(etat="remplace"), "front.certificat.state"),
        (said(environnement="production"), "front.environnement.other"),
    ],
)
def test_what_is_odd_at_the_front_is_a_warning(serve, lab, town, reply, finding):
    with serve(respond=lambda _: reply) as server:
        checked = check(server.url, lab.pem, town)
    assert [item.id for item in checked.findings if item.outcome is Outcome.WARN] == [finding]
    assert (checked.error, outcomes(checked)["front"]) == (None, "warn")


def guarded(tmp_path, safe):
    path = tmp_path / "mine.yaml"
    entry = f"path: '/front/v1/{{siret}}/controle', method: GET, safe: {safe}, confidence: official, source: ours"
    path.write_text(f"profile: mine\nversion: '1'\nextends: public\noperations:\n  check_front: {{{entry}}}\n")
    return load_profile(str(path))


@pytest.mark.parametrize("environment", ["production", "prod"])
def test_outside_the_sandbox_only_a_safe_operation_is_called(serve, lab, town, tmp_path, environment):
    with serve(respond=lambda _: said(environnement="production")) as server:
        unsafe = check(server.url, lab.pem, town, profile=guarded(tmp_path, "false"), environment=environment)
        assert server.seen == []
        check(server.url, lab.pem, town, profile=guarded(tmp_path, "true"), environment=environment)
        assert len(server.seen) == 1
    assert unsafe.error is None
    assert (outcomes(unsafe)["client-cert"], outcomes(unsafe)["front"]) == ("pass", "skip")
    assert unsafe.front is None


# Clocks


@pytest.mark.parametrize(("skew", "outcome"), [(0, "pass"), (90, "pass"), (-90, "pass"), (150, "warn"), (-150, "warn")])
def test_clocks_more_than_two_minutes_apart_are_a_warning(serve, lab, town, skew, outcome):
    with serve(respond=lambda _: said(skew=skew)) as server:
        checked = check(server.url, lab.pem, town)
    assert (outcomes(checked)["clock"], checked.error) == (outcome, None)
    warned = [item.id for item in checked.findings if item.outcome is Outcome.WARN]
    assert warned == (["clock.skew"] if outcome == "warn" else [])


@pytest.mark.parametrize(
    ("skew", "shown"),
    [(-1.9, "0"), (-0.4, "0"), (1.9, "0"), (-2.0, "-2"), (2.4, "+2"), (90.0, "+90"), (-200.0, "-200")],
)
def test_whole_seconds_of_a_date_are_no_difference(lab, town, skew, shown):
    asked = Asked(SIRET, Endpoint("sandbox", "https://127.0.0.1:1", lab.pem, None), PROFILE, town, SystemClock())
    with ExitStack() as closing:
        learned = STAGES[IDS.index("clock")].look(Facts(asked, closing, skew=dt.timedelta(seconds=skew)))
    assert learned.detail == f"server {shown} s from this machine"


def test_a_server_without_date_says_nothing_of_clocks(serve, lab, town):
    reply = said()
    with serve(respond=lambda _: reply._replace(headers=reply.headers[:1])) as server:
        assert outcomes(check(server.url, lab.pem, town))["clock"] == "n/a"


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.code)
def test_every_cause_has_its_sentence_and_hint(cause):
    assert has_text(f"error.{cause.code}") and has_text(f"hint.{cause.code}")


def test_no_cause_is_stated_twice():
    assert len({cause.code for cause in CAUSES}) == len(CAUSES)


# The command


@pytest.fixture
def cli(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*args):
        code = main(["check-connection", "--siret", SIRET, *map(str, args)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def ready(lab, tmp_path):
    def write(url):
        path = tmp_path / "ready.json"
        path.write_text(json.dumps({"url": url, "management_url": "http://127.0.0.1:9", "ca": str(lab.pem), "pid": 1}))
        return path

    return write


def test_the_command_answers_and_exits_0(cli, ready, serve, town):
    pair = ("--certificate", town.certificate, "--key", town.key)
    with serve(respond=lambda _: said()) as server:
        code, out, err = cli("--sandbox", ready(server.url), *pair, "-o", "json")
        envelope = json.loads(out)
        assert (code, err, envelope["ok"], envelope["error"]) == (0, "", True, None)
        assert [step["id"] for step in envelope["result"]["etapes"]] == IDS
        code, out, err = cli("--sandbox", ready(server.url), *pair)
    assert (code, err) == (0, "")
    assert "Connected: the SI FPS knows the town." in out


def test_the_terminal_has_short_lines_and_the_json_everything(cli, ready, serve, town):
    pair = ("--certificate", town.certificate, "--key", town.key)
    leaf = read_chain(town.certificate.read_bytes())[0]
    with serve(respond=lambda _: said()) as server:
        code, out, _ = cli("--sandbox", ready(server.url), *pair, "-o", "json")
        whole = {step["id"]: step["detail"] for step in json.loads(out)["result"]["etapes"]}
        assert code == 0
        code, out, _ = cli("--sandbox", ready(server.url), *pair)
    assert max(map(len, out.splitlines())) <= 120
    (line,) = [line for line in out.splitlines() if "CN=town" in line]
    brief = f"CN=town; issuer CN=TEST - Racine; SHA-256 {leaf.empreinte[:16]}...; until {leaf.fin:%Y-%m-%d}"
    assert line.endswith(brief)
    for words in (leaf.empreinte, leaf.subject, leaf.issuer, leaf.fin.isoformat()):
        assert words in whole["client-cert"]
    assert leaf.empreinte not in out
    assert "127.0.0.1, localhost" in whole["server-cert"]


def test_a_server_certificate_that_is_refused_is_shown_briefly(cli, ready, lab, town):
    faulty = lab.issue("faulty", usage=SERVER, hosts=("127.0.0.2",))
    pair = ("--certificate", town.certificate, "--key", town.key)
    with serving(faulty, lab.pem) as server:
        _, out, err = cli("--sandbox", ready(server.url), *pair)
    assert max(map(len, out.splitlines())) <= 120
    assert "CN=faulty; issuer CN=TEST - Racine" in " ".join(out.split())
    assert "CN=faulty" not in err


def test_a_diagnosis_that_has_another_name_than_its_error_says_both(cli, ready, lab, town):
    where = ("--sandbox", ready(f"https://127.0.0.1:{closed_port()}"))
    code, out, err = cli(*where, "--certificate", town.certificate, "--key", lab.issue("other").key)
    assert code == 3
    assert "Diagnosis: tls.client-key.mismatch [cert.key.mismatch]. Must act:" in out
    assert err.startswith("error [cert.key.mismatch] ")
    assert out.count("cert.key.mismatch") == 1  # the stages that were not tried do not repeat it
    _, out, err = cli(*where, "--certificate", town.certificate, "--key", town.key)
    assert "Diagnosis: net.tcp.refused. Must act:" in out
    assert err.startswith("error [net.tcp.refused] ")


def test_a_refusal_is_told_in_one_language(cli, ready, serve, stranger, town, tmp_path):
    pair = ("--certificate", town.certificate, "--key", town.key, "--lang", "fr")
    with serve() as server:
        path = ready(server.url)
        path.write_text(path.read_text().replace(str(json.loads(path.read_text())["ca"]), str(stranger.pem)))
        _, out, err = cli("--sandbox", path, *pair)
        assert "racine" in out and "racine" in err
        nothing = tmp_path / "nothing.pem"
        nothing.write_text("x")
        _, more_out, more_err = cli("--sandbox", path, "--certificate", nothing, "--key", town.key, "--lang", "fr")
    assert "aucun certificat PEM" in more_out and "aucun certificat PEM" in more_err
    for english in ("self-signed", "unable", "found", "no certificate"):
        assert english not in out + err + more_out + more_err


@pytest.mark.parametrize(
    ("reply", "exit_code", "error"),
    [
        (refused(403, "certificat.non-active", siret=SIRET, empreinte="ab"), 5, "certificat.non-active"),
        (Reply(503), 4, "http.server.unavailable"),
    ],
)
def test_the_exit_code_says_whose_fault_it_is(cli, ready, serve, town, reply, exit_code, error):
    pair = ("--certificate", town.certificate, "--key", town.key)
    with serve(respond=lambda _: reply) as server:
        code, out, _ = cli("--sandbox", ready(server.url), *pair, "-o", "json")
        envelope = json.loads(out)
        assert (code, envelope["ok"], envelope["error"]["code"]) == (exit_code, False, error)
        assert envelope["result"]["diagnostic"]["slug"]
        code, out, err = cli("--sandbox", ready(server.url), *pair)
    assert code == exit_code
    assert "Diagnosis:" in out
    assert f"[{error}]" in err and "next: " in err


def test_local_faults_exit_3_and_connection_faults_4(cli, ready, town, tmp_path):
    where = ("--sandbox", ready(f"https://127.0.0.1:{closed_port()}"))
    assert cli(*where)[0] == 3  # no certificate in the workspace
    assert cli()[0] == 3  # no sandbox
    assert cli(*where, "--certificate", town.certificate, "--key", town.key)[0] == 4
    open_key = tmp_path / "key.pem"
    open_key.write_bytes(town.key.read_bytes())
    open_key.chmod(0o644)
    code, out, err = cli(*where, "--certificate", town.certificate, "--key", open_key)
    assert (code, "[cert.key.file-mode]" in err) == (3, True)
    assert "PRIVATE" not in out + err


def test_the_files_of_the_workspace_are_used(cli, ready, serve, town, tmp_path):
    home = tmp_path / "certificates" / SIRET
    home.mkdir(parents=True)
    for source, name in ((town.certificate, "certificate.pem"), (town.key, "key.pem")):
        (home / name).write_bytes(source.read_bytes())
        (home / name).chmod(0o600)
    with serve(respond=lambda _: said()) as server:
        assert cli("--sandbox", ready(server.url))[0] == 0


def test_the_rules_are_as_severe_as_the_profile_has_them(serve, lab, town, tmp_path):
    path = tmp_path / "essai.yaml"
    path.write_text(
        'profile: essai\nversion: "1"\ntitle: {fr: "Essai", en: "Trial"}\nextends: public\ncertificate_rules: '
        "{cert.key.too-weak: {severity: info, confidence: official, source: trial}}\n",
        encoding="utf-8",
    )
    found = {}
    for profile in (PROFILE, load_profile(str(path))):
        with serve(respond=lambda _: said()) as server:
            checked = check(server.url, lab.pem, town, profile=profile)
        found[profile.profile] = {item.id: item.severity.value for item in checked.findings}
    assert found["essai"]["cert.key.too-weak"] == "info"
    assert found["public"]["cert.key.too-weak"] == "error"


def test_another_interface_than_the_sandbox_s_is_told_once_and_not_in_the_answer(cli, ready, serve, town):
    pair = ("--certificate", town.certificate, "--key", town.key)
    with serve(respond=lambda _: said()) as server:
        path = ready(server.url)
        named = json.loads(path.read_bytes())
        for spoken in (described(PROFILE, "en"), {**described(PROFILE, "en"), "id": "autre", "digest": "0"}, 7):
            path.write_text(json.dumps({**named, "profile": spoken}))
            code, out, err = cli("--sandbox", path, *pair, "-o", "json")
            assert (code, json.loads(out)["ok"]) == (0, True)
            if isinstance(spoken, dict) and spoken["id"] == "autre":
                assert err.startswith("[sandbox.other-profile] ")
                assert f"autre {PROFILE.version}" in err
                assert err.count("\n") == 1
            else:
                assert err == ""
