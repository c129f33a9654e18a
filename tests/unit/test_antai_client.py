"""The client of the SI FPS over real TLS: what it sends, what it makes of each answer, one code for each fault."""

from __future__ import annotations

import datetime as dt
import functools
import json
import socket
import ssl
from dataclasses import replace

import httpx
import pytest
import respx

import fpsctl.antai.client as client_module
from embedded import avis, impaye
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai import messages as antai
from fpsctl.antai.answers import Answer, Call, Reader, server_date
from fpsctl.antai.client import Identity, Patience, SiFps
from fpsctl.antai.endpoint import Endpoint
from fpsctl.antai.faults import ALERTS, VERIFY_CODES, opening_fault
from fpsctl.antai.hook import Hook
from fpsctl.antai.tls import server_trust
from fpsctl.errors import ConnectionFailed, LocalError, Refused
from fpsctl.texts import has_text, use_language
from tls_lab import CLIENT, DAY, SERVER, Authority, Reply, closed_port, deaf, plain, serving

PROFILE = load_profile("public")
SIRET = "13000000300009"
EMPREINTE = "ab" * 32
PATIENT, SHORT = Patience(connect=10.0, read=10.0), Patience(connect=0.3, read=0.3)  # a busy machine is no fault
NOW = dt.datetime(2026, 3, 2, 10, 15, tzinfo=dt.UTC)
PROBLEM = (("Content-Type", "application/problem+json"),)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "TEST - Inconnue")


@pytest.fixture(scope="module")
def server_identity(lab):
    return lab.issue("server", usage=SERVER)


@pytest.fixture(scope="module")
def town(lab):
    return Identity(*lab.issue("town"))


@pytest.fixture
def serve(lab, server_identity):
    return functools.partial(serving, server_identity, lab.pem)


def endpoint(url, ca):
    return Endpoint("sandbox", url, ca, None)


def wire(message):
    return codec_for(PROFILE).encode(message)


def accuse(numero, objet="avis_initial"):
    return wire(antai.Accuse(numero=numero, objet=objet, reference="R-1", recu_le=NOW))


def statut(etat="depose"):
    return wire(antai.CertificatStatut(siret=SIRET, empreinte_sha256=EMPREINTE, etat=etat, depuis=NOW))


def controle():
    return wire(antai.ControleFront(siret=SIRET, environnement="simulation", certificat_etat="actif", recu_le=NOW))


# What is sent


def test_a_message_goes_out_and_its_answer_comes_back(serve, lab, town):
    notice = avis(SIRET)
    with serve(respond=lambda _: Reply(201, accuse(notice.numero))) as server:
        with SiFps(endpoint(server.url, lab.pem), PROFILE, town) as si_fps:
            answer = si_fps.send_avis_initial(notice)
        (request,) = server.seen
    assert (answer.numero, answer.reference, answer.recu_le) == (notice.numero, "R-1", NOW)
    assert (request.method, request.path) == ("POST", f"/front/v1/{SIRET}/avis-initiaux")
    assert codec_for(PROFILE).decode("avis_initial", request.body).message == notice
    sent = {name: request.headers[name] for name in ("content-type", "accept-language", "accept-encoding")}
    assert sent == {"content-type": "application/json", "accept-language": "en", "accept-encoding": "identity"}
    assert request.peer == ssl.PEM_cert_to_DER_cert(town.certificate.read_text())
    assert si_fps.findings == ()


def test_the_language_of_the_user_is_asked_for(serve, lab, town):
    use_language("fr")
    with serve(respond=lambda _: Reply(body=controle())) as server:
        with SiFps(endpoint(server.url, lab.pem), PROFILE, town) as si_fps:
            assert si_fps.check_front(SIRET).certificat_etat == "actif"
        assert server.seen[0].headers["accept-language"] == "fr"


@pytest.mark.parametrize(
    ("call", "method", "path", "body"),
    [
        (lambda s: s.read_certificat(SIRET, EMPREINTE), "GET", f"/certificats/v1/{SIRET}/{EMPREINTE}", statut()),
        (lambda s: s.check_front(SIRET), "GET", f"/front/v1/{SIRET}/controle", controle()),
        (
            lambda s: s.read_retours(SIRET, 7),
            "GET",
            f"/front/v1/{SIRET}/retours?apres=7",
            b'{"retours": [], "suite": false}',
        ),
        (
            lambda s: s.send_fps_impaye(impaye(SIRET)),
            "POST",
            f"/front/v1/{SIRET}/fps-impayes",
            accuse(avis(SIRET).numero, "fps_impaye"),
        ),
    ],
)
def test_each_operation_has_its_method_and_path(lab, town, call, method, path, body):
    with respx.mock(base_url="https://127.0.0.1:4443") as router:
        route = router.route().respond(200, content=body)
        with SiFps(endpoint("https://127.0.0.1:4443", lab.pem), PROFILE, town) as si_fps:
            call(si_fps)
        request = route.calls.last.request
    assert (request.method, request.url.raw_path.decode()) == (method, path)


def test_a_base_path_of_the_host_is_kept(lab, town):
    with respx.mock() as router:
        route = router.get(f"https://fps.invalid/base/front/v1/{SIRET}/controle").respond(200, content=controle())
        with SiFps(Endpoint("recette", "https://fps.invalid/base", lab.pem, None), PROFILE, town) as si_fps:
            si_fps.check_front(SIRET)
        assert route.called


def test_no_proxy_of_the_environment_is_used(serve, lab, town, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port()}")
    with serve(respond=lambda _: Reply(body=controle())) as server:
        with SiFps(endpoint(server.url, lab.pem), PROFILE, town) as si_fps:
            si_fps.check_front(SIRET)
        assert len(server.seen) == 1


def test_what_the_profile_does_not_map_is_never_called(lab, town, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "profile: mine\nversion: '1'\nextends: public\noperations:\n"
        "  check_front: {path: null, method: null, confidence: assumption, reason: none}\n"
    )
    mine = load_profile(str(path))
    with (
        respx.mock(),
        SiFps(endpoint("https://127.0.0.1:1", lab.pem), mine, town) as si_fps,
        pytest.raises(LocalError) as caught,
    ):
        si_fps.check_front(SIRET)
    assert caught.value.code == "operation.unmapped"


# What is answered


def asked(lab, town, call=lambda s: s.check_front(SIRET), **response):
    """Return what a call raises on one answer."""
    with respx.mock() as router:
        route = router.route().respond(**response)
        with (
            SiFps(endpoint("https://127.0.0.1:4443", lab.pem), PROFILE, town) as si_fps,
            pytest.raises((Refused, ConnectionFailed)) as caught,
        ):
            call(si_fps)
        assert route.call_count == 1
    return caught.value


def problem(status, **content):
    return {"status_code": status, "content": json.dumps(content), "headers": dict(PROBLEM)}


def test_a_refusal_keeps_the_code_and_the_facts_of_the_server(lab, town):
    facts = {"siret": SIRET, "empreinte": EMPREINTE}
    error = asked(lab, town, **problem(403, code="certificat.non-active", params=facts, detail="whatever"))
    assert isinstance(error, Refused)
    assert (error.code, error.params) == ("certificat.non-active", facts)


@pytest.mark.parametrize("code", ["E-4711", "certificat.nouveau", "", None, 7, {"a": 1}])
def test_a_code_that_we_do_not_know_is_told_as_it_came(lab, town, code):
    error = asked(lab, town, **problem(422, code=code, detail="champ 12", title="Rejet"))
    assert error.code == "sifps.refus"
    assert (error.params["status"], error.params["detail"]) == (422, "champ 12")


def test_facts_of_the_server_cannot_break_ours(lab, town):
    facts = {"code": "x", "self": "y", "siret": "1\x1b[31m2\n3", "empreinte": ["a" * 1000], "n": 3, "none": None}
    error = asked(lab, town, **problem(403, code="certificat.non-active", params=facts))
    assert error.code == "certificat.non-active"
    assert error.params["siret"] == "1 [31m2 3"
    assert len(error.params["empreinte"]) == 300
    assert (error.params["n"], error.params["none"]) == (3, None)
    assert asked(lab, town, **problem(403, code="certificat.non-active", params=[1])).params == {}


@pytest.mark.parametrize(
    ("response", "code", "retryable"),
    [
        ({"status_code": 404}, "http.profile.wrong-path", True),
        ({"status_code": 405}, "http.profile.wrong-path", True),
        ({"status_code": 302, "headers": {"Location": "/login"}}, "http.profile.wrong-path", True),
        ({"status_code": 500}, "http.server.unavailable", True),
        (
            {"status_code": 503, "content": b'{"code": "x"}', "headers": dict(PROBLEM)},
            "http.server.unavailable",
            True,
        ),
        ({"status_code": 401}, "http.identity.not-activated", False),
        ({"status_code": 403, "content": b"{", "headers": dict(PROBLEM)}, "http.identity.not-activated", False),
        (
            {"status_code": 400, "html": "<h1>No required SSL certificate was sent</h1>"},
            "tls.client-cert.missing",
            True,
        ),
        ({"status_code": 400, "html": "The SSL certificate error"}, "tls.client-cert.refused-unexplained", True),
        ({"status_code": 400, "text": "no"}, "sifps.refus", False),
        ({"status_code": 429}, "sifps.refus", False),
    ],
)
def test_an_answer_without_problem_is_told_by_its_status(lab, town, response, code, retryable):
    error = asked(lab, town, **response)
    assert (error.code, error.retryable) == (code, retryable)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b'{"siret": 5}'])
def test_an_answer_that_cannot_be_read_is_not_taken_for_a_no(lab, town, content):
    reading = asked(lab, town, status_code=200, content=content)
    writing = asked(lab, town, lambda s: s.send_avis_initial(avis(SIRET)), status_code=201, content=content)
    assert (reading.code, reading.retryable) == ("http.answer.unreadable", True)
    assert (writing.code, writing.retryable) == ("http.answer.unreadable", False)


def test_what_is_odd_in_an_answer_is_kept(lab, town):
    odd = {**json.loads(controle()), "surprise": 1}
    with respx.mock() as router:
        router.route().respond(200, json=odd, headers={"Date": "Mon, 02 Mar 2026 10:15:00 GMT"})
        with SiFps(endpoint("https://127.0.0.1:4443", lab.pem), PROFILE, town) as si_fps:
            assert si_fps.check_front(SIRET).siret == SIRET
    assert [finding.id for finding in si_fps.findings] == ["message.field.unknown"]
    assert (si_fps.last.status, si_fps.last.date) == (200, NOW)


def test_an_answer_without_end_is_given_up(serve, lab, town, monkeypatch):
    monkeypatch.setattr(client_module, "_MOST", 1000)
    with (
        serve(respond=lambda _: Reply(body=controle() + b" " * 1000)) as server,
        SiFps(endpoint(server.url, lab.pem), PROFILE, town) as si_fps,
        pytest.raises(ConnectionFailed) as caught,
    ):
        si_fps.check_front(SIRET)
    assert caught.value.code == "http.answer.unreadable"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Mon, 02 Mar 2026 10:15:00 GMT", NOW),
        ("Mon, 02 Mar 2026 10:15:00", NOW),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_date_of_the_server_is_aware_or_nothing(value, read):
    assert server_date(value) == read


# Returns


CALL = Call("read_retour", "127.0.0.1:1", safe=True)


def page(*items, suite=False):
    return Answer(200, "application/json", None, json.dumps({"retours": items, "suite": suite}).encode())


def item(sequence, message):
    kind = PROFILE.messages[message.kind].wire
    return {"sequence": sequence, "type": kind, "contenu": json.loads(wire(message))}


def test_a_page_of_returns_is_typed_and_in_order():
    sent = antai.DateEnvoi(numero=avis(SIRET).numero, envoye_le=dt.date(2026, 3, 4), mode="postal")
    paid = antai.RetourPaiement(
        numero=sent.numero, montant=3500, canal="antai", paye_le=NOW, reference="P-1", annule=False
    )
    reader = Reader(PROFILE)
    got = reader.page(page(item(1, sent), item(2, paid), suite=True), CALL)
    assert [(entry.sequence, entry.message, entry.kind) for entry in got.items] == [
        (1, sent, "date_envoi"),
        (2, paid, "paiement"),
    ]
    assert got.more is True
    assert reader.findings == []


def test_a_return_that_cannot_be_read_holds_up_no_other():
    sent = antai.DateEnvoi(numero=avis(SIRET).numero, envoye_le=dt.date(2026, 3, 4), mode="postal")
    broken = {**item(2, sent), "contenu": {"x": 1}}
    reader = Reader(PROFILE)
    got = reader.page(page({"sequence": 1, "type": "NOUVEAU\x1b", "contenu": {}}, broken, item(3, sent)), CALL)
    assert [(entry.sequence, entry.message) for entry in got.items] == [(1, None), (2, None), (3, sent)]
    assert got.items[0].kind == "NOUVEAU "
    ids = [finding.id for finding in reader.findings]
    assert ids[0] == "retour.kind.unknown"
    assert "message.field.missing" in ids


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"retours": []}',
        b'{"retours": {}, "suite": false}',
        b'{"retours": [], "suite": 1}',
        b'{"retours": [], "retours": [], "suite": false}',
        b'{"retours": [5], "suite": false}',
        b'{"retours": [{"sequence": true, "type": "x", "contenu": {}}], "suite": false}',
    ],
)
def test_a_page_that_is_none_is_refused_whole(body):
    with pytest.raises(ConnectionFailed) as caught:
        Reader(PROFILE).page(Answer(200, "application/json", None, body), CALL)
    assert (caught.value.code, caught.value.retryable) == ("http.answer.unreadable", True)


# Faults of the connection


def fault(url, ca, identity, call=lambda s: s.check_front(SIRET), patience=PATIENT):
    with SiFps(endpoint(url, ca), PROFILE, identity, patience) as si_fps, pytest.raises(ConnectionFailed) as caught:
        call(si_fps)
    return caught.value


def test_files_are_judged_before_any_traffic(serve, lab, town):
    town.key.chmod(0o644)
    try:
        with serve() as server, pytest.raises(LocalError) as caught:
            SiFps(endpoint(server.url, lab.pem), PROFILE, town)
    finally:
        town.key.chmod(0o600)
    assert (caught.value.code, server.seen) == ("cert.key.file-mode", [])


def test_nothing_listens(lab, town):
    assert fault(f"https://127.0.0.1:{closed_port()}", lab.pem, town).code == "net.tcp.refused"


def test_nothing_answers(lab, town):
    with deaf() as port:
        assert fault(f"https://127.0.0.1:{port}", lab.pem, town, patience=SHORT).code == "net.tcp.timeout"


def test_a_name_without_address(lab, town, monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = fault("https://fps.invalid:4443", lab.pem, town)
    assert (error.code, error.params["where"]) == ("net.dns.unresolved", "fps.invalid:4443")


def test_a_server_that_takes_the_connection_and_stays_silent(lab, town):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        assert fault(url, lab.pem, town, patience=SHORT).code == "net.tcp.timeout"


def test_a_server_that_does_not_speak_tls(lab, town):
    with plain() as port:
        assert fault(f"https://127.0.0.1:{port}", lab.pem, town).code == "tls.handshake.failed"


def test_a_server_of_an_unknown_issuer(serve, stranger, town):
    with serve() as server:
        assert fault(server.url, stranger.pem, town).code == "tls.server-cert.unknown-issuer"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hosts": ("127.0.0.2", "fps.example")}, "tls.server-cert.name-mismatch"),
        ({"debut": -9, "fin": -2}, "tls.server-cert.expired"),
        ({"debut": 2, "fin": 9}, "tls.server-cert.not-yet-valid"),
        ({"usage": CLIENT}, "tls.server-cert.invalid"),
    ],
)
def test_a_server_certificate_that_is_refused(lab, town, changes, code):
    days = {name: lab.now + changes[name] * DAY for name in ("debut", "fin") if name in changes}
    with serving(lab.issue("faulty", **{"usage": SERVER, **changes, **days}), lab.pem) as server:
        assert fault(server.url, lab.pem, town).code == code


BOTH = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@BOTH
@pytest.mark.parametrize(
    ("days", "usage", "code"),
    [
        ((-9, -2), CLIENT, "tls.client-cert.expired"),
        ((2, 9), CLIENT, "tls.client-cert.not-yet-valid"),
        ((-1, 5), SERVER, "tls.client-cert.wrong-usage"),
    ],
)
def test_a_client_certificate_that_is_refused(serve, lab, version, days, usage, code):
    faulty = lab.issue("refused", usage=usage, debut=lab.now + days[0] * DAY, fin=lab.now + days[1] * DAY)
    with serve(version=version) as server:
        error = fault(server.url, lab.pem, Identity(*faulty), lambda s: s.send_avis_initial(avis(SIRET)))
        assert server.seen == []
    # The request was not accepted, in TLS 1.3 either: it may be sent again once the certificate is mended.
    assert (error.code, error.retryable) == (code, True)


@BOTH
def test_a_client_certificate_of_an_unknown_issuer(serve, lab, stranger, version):
    with serve(version=version) as server:
        error = fault(server.url, lab.pem, Identity(*stranger.issue("town")))
    assert error.code == "tls.client-cert.unknown-issuer"


def test_a_client_certificate_that_was_not_sent(serve, lab, town, monkeypatch):
    monkeypatch.setattr(client_module, "client_context", lambda ca, *_: server_trust(ca))
    with serve(version=ssl.TLSVersion.TLSv1_3) as server:
        assert fault(server.url, lab.pem, town).code == "tls.client-cert.missing"
    with serve(version=ssl.TLSVersion.TLSv1_2) as server:
        assert fault(server.url, lab.pem, town).code == "tls.handshake.no-common-cipher"


def test_a_server_of_an_old_version(serve, lab, town, monkeypatch):
    def modern(*args):
        context = server_trust(args[0])
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    monkeypatch.setattr(client_module, "client_context", modern)
    with serve(version=ssl.TLSVersion.TLSv1_2) as server:
        assert fault(server.url, lab.pem, town).code == "tls.protocol.too-old"


@pytest.mark.parametrize("reason", ["UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE"])
def test_a_version_that_we_refuse_ourselves(reason):
    refusal = ssl.SSLError(1, "no")
    refusal.reason = reason
    assert opening_fault(refusal, "127.0.0.1:1").code == "tls.protocol.too-old"


@pytest.mark.parametrize(
    "reply",
    [Reply(raw=b""), Reply(raw=b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"), Reply(raw=b"nonsense\r\n\r\n")],
)
def test_an_outcome_that_is_unknown_is_never_tried_again(serve, lab, town, reply):
    with serve(respond=lambda _: reply) as server:
        writing = fault(server.url, lab.pem, town, lambda s: s.send_avis_initial(avis(SIRET)))
        assert len(server.seen) == 1
        reading = fault(server.url, lab.pem, town)
        assert len(server.seen) == 2
    assert (writing.code, writing.retryable) == ("http.answer.lost", False)
    assert (reading.code, reading.retryable) == ("http.answer.lost", True)


def test_an_answer_that_does_not_come(lab, town):
    with respx.mock() as router:
        router.route().mock(side_effect=httpx.ReadTimeout("slow"))
        error = fault("https://127.0.0.1:4443", lab.pem, town, lambda s: s.send_avis_initial(avis(SIRET)))
    assert (error.code, error.retryable) == ("http.answer.lost", False)


@pytest.mark.parametrize("code", sorted({*ALERTS.values(), *VERIFY_CODES.values()}))
def test_every_fault_of_the_tables_has_its_sentence(code):
    assert has_text(f"error.{code}") and has_text(f"hint.{code}")


@pytest.mark.parametrize("value", ["two\nlines", "Dépôt", "n\0ul"])
def test_a_header_that_http_cannot_tell_is_ours_to_correct(serve, lab, town, monkeypatch, value):
    class Odd(Hook):
        def outgoing(self, exchange):
            return replace(exchange, headers={"x-odd": value})

    monkeypatch.setattr(client_module, "hook_of", lambda _: Odd())
    with serve(respond=lambda _: Reply(body=controle())) as server:
        with SiFps(endpoint(server.url, lab.pem), PROFILE, town) as si_fps, pytest.raises(LocalError) as caught:
            si_fps.check_front(SIRET)
        assert not server.seen
    assert (caught.value.code, caught.value.params["operation"]) == ("operation.unsendable", "check_front")
