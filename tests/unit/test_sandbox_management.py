"""The management port at its edge: who may call it, and whatever they may send."""

import datetime as dt
import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pki_helpers import RSA_1024, RSA_EXPONENT_3, csr, ec_key, flipped, subject

from embedded import BEFORE_ACTIVATION, START, avis, fresh_siret, make_town
from fpsctl.dossier import EVENTS
from fpsctl.errors import ConnectionFailed, Refused
from fpsctl.pki import read_chain
from fpsctl.sandbox.control import Control
from fpsctl.texts import text_in

KEYS = {"type", "title", "status", "detail", "code", "params", "hint", "findings"}
WRONG = "13000000300008"


@pytest.fixture(scope="module")
def port(running):
    with httpx.Client(base_url=running.management_url, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def town(running, tmp_path_factory):
    return make_town(running, tmp_path_factory.mktemp("town"))


@pytest.fixture
def siret():
    return fresh_siret()


def code(response):
    """Return the code of a problem, checked whole; empty when all is well."""
    assert response.status_code < 500, response.text
    if response.status_code < 400:
        return ""
    told = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert told.keys() == KEYS
    assert told["status"] == response.status_code
    assert all(told[name] for name in ("title", "detail", "code", "hint"))
    return told["code"]


# Who may call


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "localhost.", "", "127.0.0.1:x", "[::1"]
)
def test_another_host_name_gets_a_problem(port, host):
    for path in ("/etat", "/nope"):
        response = port.get(path, headers={"host": host, "accept-language": "en"})
        assert (response.status_code, code(response)) == (421, "http.hote")
        assert response.json()["title"] == text_in("en", "http.421")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "LOCALHOST", "[::1]:80"])
def test_the_names_of_this_machine_are_answered(port, host):
    assert code(port.get("/etat", headers={"host": host})) == ""


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_of_a_web_page_drives_nothing(port, siret, media):
    headers = {"content-type": media} if media else {}
    response = port.post(f"/horloges/{siret}", content=b'{"a": "2026-03-02"}', headers=headers)
    assert (response.status_code, code(response)) == (415, "message.media")
    assert port.get(f"/horloges/{siret}").json()["mode"] == "reel"


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/", 404, None),
        ("GET", "/etat/", 404, None),
        ("GET", "/dossiers", 404, None),
        ("POST", "/etat", 405, "GET, HEAD"),
        ("OPTIONS", "/etat", 405, "GET, HEAD"),
        ("DELETE", f"/horloges/{WRONG}", 405, "GET, HEAD, POST"),
        ("GET", "/certificats/signature", 405, "POST"),
    ],
)
def test_wrong_addresses_and_methods(port, method, path, status, allowed):
    response = port.request(method, path)
    assert (response.status_code, response.headers.get("allow")) == (status, allowed)
    assert code(response) == ("http.route-inconnue" if status == 404 else "http.methode")


POSTS = ("/horloges/{}", "/raccordements/{}/etapes", "/dossiers/{}/1/evenements", "/certificats/signature")
BAD_BODIES = (
    b"", b"garbage", b"[]", b"null", b'"x"', b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": "\xff"}', b'{"a": "\\ud800"}',
    '{"a": "2026-03-02"}'.encode("utf-16"), b"[" * 100_000, b'{"a":' * 5000, b'{"a":' * 100 + b"1" + b"}" * 100,
    b'{"a": %s}' % (b"9" * 5000),
)  # fmt: skip


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_not_one_json_object(port, siret, path):
    for body in BAD_BODIES:
        response = port.post(path.format(siret), content=body, headers={"content-type": "application/json"})
        assert (response.status_code, code(response)) == (400, "message.illisible"), body[:50]
    assert port.get(f"/horloges/{siret}").json()["mode"] == "reel"


@pytest.mark.parametrize("path", POSTS)
def test_a_body_too_large_or_with_a_private_key(port, running, siret, path):
    def told(body):
        return code(port.post(path.format(siret), content=body, headers={"content-type": "application/json"}))

    assert told(b" " * (1024 * 1024 + 1)) == "message.trop-grand"
    assert told(b'{"csr": "-----BEGIN \\u0050RIVATE KEY-----\\nMANAGED"}') == "message.cle-privee"
    kept = b"".join(file.read_bytes() for file in running.ready_file.parent.iterdir() if file.is_file())
    assert b"MANAGED" not in kept


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/raccordements/{}", None),
        ("GET", "/raccordements/{}/convention", None),
        ("GET", "/horloges/{}", None),
        ("GET", "/dossiers/{}", None),
        ("GET", "/dossiers/{}/13000000300009261061990001", None),
        ("GET", "/echanges?siret={}", None),
        ("POST", "/raccordements/{}/etapes", {"etape": "espace.cree"}),
        ("POST", "/horloges/{}", {"a": "2026-03-02"}),
        ("POST", "/dossiers/{}/13000000300009261061990001/evenements", {"do": "rejet"}),
    ],
)
@pytest.mark.parametrize(
    ("siret", "expected"), [(WRONG, "siret.checksum"), ("1", "siret.format"), ("%D9%A1", "siret.format")]
)
def test_a_siret_is_checked_everywhere(port, method, path, body, siret, expected):
    response = port.request(method, path.format(siret), json=body)
    assert (response.status_code, code(response)) == (422, expected)


def test_the_siret_of_a_signature_is_checked(port):
    for siret, expected in ((WRONG, "siret.checksum"), (["x"], "siret.format"), ({"a": 1}, "siret.format")):
        response = port.post("/certificats/signature", json={"csr": "", "siret": siret})
        assert (response.status_code, code(response)) == (422, expected)


def test_a_refusal_is_told_in_the_caller_s_language(port, town):
    path = f"/dossiers/{town.siret}/{avis(town.siret).numero}/evenements"
    for lang, said in (("fr", "événement inconnu"), ("en", "Unknown event")):
        told = port.post(path, json={"do": "miracle"}, headers={"accept-language": lang}).json()
        assert (told["code"], said in told["detail"]) == ("sandbox.donnee", True), told


# Start-up steps


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "etape"),
        ({"etape": "miracle"}, "etape"),
        ({"etape": None}, "etape"),
        ({"etape": ["espace.demande"]}, "etape"),
        ({"etape": {"a": 1}}, "etape"),
        ({"etape": 1}, "etape"),
        ({"etape": "espace.demande", "faits": []}, "faits"),
        ({"etape": "espace.demande", "faits": None}, "faits"),
        ({"etape": "espace.demande", "faits": "nom=x"}, "faits"),
        ({"etape": "espace.demande", "faits": 1}, "faits"),
        ({"etape": "espace.demande", "fait": {}}, "fait"),
        ({"etape": "espace.demande", "faits": {}}, "nom"),
        ({"etape": "espace.demande", "faits": {"surprise": 1}}, "surprise"),
    ],
)
def test_a_step_that_cannot_be_read(port, siret, given, field):
    response = port.post(f"/raccordements/{siret}/etapes", json=given)
    assert (response.status_code, code(response), response.json()["params"]["champ"]) == (
        409,
        "raccordement.faits",
        field,
    )
    assert port.get(f"/raccordements/{siret}").json()["espace"] == "absent"


@pytest.mark.parametrize(
    "value", [None, 1, 1.5, True, [], ["x"], {}, {"a": {"b": [1]}}, "", " ", "a\nb", "\x00", "x" * 501]
)
@pytest.mark.parametrize("field", ["nom", "type", "adresse", "fuseau", "siret"])
def test_a_fact_of_another_type_is_refused(port, siret, field, value):
    given = {**BEFORE_ACTIVATION[0][1], field: value}
    response = port.post(f"/raccordements/{siret}/etapes", json={"etape": "espace.demande", "faits": given})
    if value is None and field in ("fuseau", "siret"):
        assert code(response) == ""  # optional
    else:
        assert (code(response), response.json()["params"]["champ"]) == ("raccordement.faits", field)


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "a" * 5000, "\x00", "Europe/Paris\n"]
)
def test_a_zone_that_is_none(port, siret, zone):
    faits = {**BEFORE_ACTIVATION[0][1], "fuseau": zone}
    response = port.post(f"/raccordements/{siret}/etapes", json={"etape": "espace.demande", "faits": faits})
    assert (code(response), response.json()["params"]["champ"]) == ("raccordement.faits", "fuseau")
    assert code(port.get(f"/horloges/{siret}")) == ""


@pytest.mark.parametrize("step", ["certificat.depose", "connexion.controlee", "demarre"])
def test_what_goes_through_the_interface_is_not_declared_by_hand(port, town, running, tmp_path, step):
    other = make_town(running, tmp_path, until="espace")
    facts = {"empreinte": town.empreinte, "debut": "2026-01-01T00:00:00Z", "fin": "2028-01-01T00:00:00Z"}
    response = port.post(f"/raccordements/{other.siret}/etapes", json={"etape": step, "faits": facts})
    assert (response.status_code, code(response)) == (422, "evenement.editeur")
    assert port.get(f"/raccordements/{other.siret}").json()["certificats"] == []


def test_the_view_says_why_an_espace_was_refused_and_since_when_a_certificate_is_active(port, town):
    (bound,) = port.get(f"/raccordements/{town.siret}").json()["certificats"]
    assert bound["depose_le"] <= bound["active_le"]
    siret = fresh_siret()
    asked = {"nom": "Exemple", "type": "commune", "adresse": "1 place de la Fiction"}
    for step, facts in (("espace.demande", asked), ("espace.refuse", {"motif": "SIRET inexact"})):
        view = port.post(f"/raccordements/{siret}/etapes", json={"etape": step, "faits": facts}).json()
    assert (view["espace"], view["motif"]) == ("refuse", "SIRET inexact")
    view = port.post(f"/raccordements/{siret}/etapes", json={"etape": "espace.demande", "faits": asked}).json()
    assert (view["espace"], view["motif"]) == ("demande", None)


def test_an_activation_says_what_it_does_not_take(port, running, tmp_path):
    town = make_town(running, tmp_path, until="depose")

    def activate(**facts):
        return port.post(f"/raccordements/{town.siret}/etapes", json={"etape": "certificat.active", "faits": facts})

    assert code(activate(empreinte=town.empreinte, surprise="x")) == "raccordement.faits"
    assert code(activate(fin="2099-01-01T00:00:00Z")) == "raccordement.faits"
    assert code(activate(empreinte=["x"])) == "raccordement.faits"
    assert code(activate(empreinte="0" * 64)) == "certificat.inconnu"
    assert activate().json()["certificats"][0]["etat"] == "actif"  # the only one that waits


# Clocks


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "horloge.demande"),
        ({"a": "2026-03-02", "avance": "P1D"}, "horloge.demande"),
        ({"surprise": 1}, "horloge.demande"),
        ({"prochain": False}, "horloge.demande"),
        ({"prochain": "yes"}, "horloge.demande"),
        ({"a": None}, "horloge.demande"),
        ({"a": 20260302}, "horloge.demande"),
        ({"a": ["2026-03-02"]}, "horloge.demande"),
        ({"a": ""}, "date.format"),
        ({"a": "yesterday"}, "date.format"),
        ({"a": "2026-02-30"}, "date.format"),
        ({"a": "2026-03-02T25:00"}, "date.format"),
        ({"a": "1789-07-14"}, "date.range"),
        ({"a": "9999-12-31T23:59:59-23:59"}, "date.range"),
        ({"a": "0001-01-01T00:00:00+23:59"}, "date.range"),
        ({"a": "2026-03-29T02:30"}, "date.clock-change"),
        ({"avance": ""}, "duree.format"),
        ({"avance": "P"}, "duree.format"),
        ({"avance": 5}, "duree.format"),
        ({"avance": {"jours": 1}}, "duree.format"),
        ({"avance": "P1D "}, "duree.format"),
        ({"avance": "P" + "9" * 4000 + "D"}, "duree.too-long"),
        ({"avance": "P101Y"}, "duree.too-long"),
    ],
)
def test_a_move_that_cannot_be_read_moves_nothing(port, siret, given, expected):
    response = port.post(f"/horloges/{siret}", json=given)
    assert (response.status_code, code(response)) == (422, expected)
    assert port.get(f"/horloges/{siret}").json()["mode"] == "reel"


def test_a_clock_never_goes_back_nor_past_the_end(port, siret):
    def move(**given):
        return port.post(f"/horloges/{siret}", json=given)

    assert move(a=START).json()["instant"] == START
    for back in ({"a": "2026-03-02T10:14:59"}, {"avance": "-PT1S"}, {"avance": "-P1Y"}):
        response = move(**back)
        assert (response.status_code, code(response)) == (409, "horloge.recul")
    assert code(move(avance="P99Y")) == ""
    assert code(move(avance="P99Y")) == "date.range"
    assert move(a="2200-12-31T23:59").json()["prochain"] is None
    assert code(move(avance="P1D")) == "date.range"
    assert code(move(prochain=True)) == ""


def test_a_night_of_summer_time_follows_the_town_s_zone(port):
    for zone, expected in (("Europe/Paris", "date.clock-change"), ("Indian/Reunion", "")):
        siret = fresh_siret()
        faits = {**BEFORE_ACTIVATION[0][1], "fuseau": zone}
        port.post(f"/horloges/{siret}", json={"a": "2026-03-02T10:15"})
        assert code(port.post(f"/raccordements/{siret}/etapes", json={"etape": "espace.demande", "faits": faits})) == ""
        assert code(port.post(f"/horloges/{siret}", json={"a": "2026-03-29T02:30"})) == expected


def test_nothing_due_is_no_move(port, siret):
    port.post(f"/horloges/{siret}", json={"a": START})
    moved = port.post(f"/horloges/{siret}", json={"prochain": True}).json()
    assert (moved["instant"], moved["prochain"], moved["evenements"], moved["mode"]) == (START, None, 0, "fixe")


# Events


@pytest.fixture(scope="module")
def case(town):
    notice = avis(town.siret)
    with town.client() as sifps:
        sifps.send_avis_initial(notice)
    return f"/dossiers/{town.siret}/{notice.numero}"


@pytest.mark.parametrize(
    ("given", "status", "expected"),
    [
        ({}, 422, "sandbox.donnee"),
        ({"do": None}, 422, "sandbox.donnee"),
        ({"do": "miracle"}, 422, "sandbox.donnee"),
        ({"do": ["paiement"]}, 422, "sandbox.donnee"),
        ({"do": {"a": 1}}, 422, "sandbox.donnee"),
        ({"do": "constatation"}, 422, "sandbox.donnee"),
        ({"do": "transmission"}, 422, "evenement.editeur"),
        ({"do": "paiement"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": "beaucoup", "canal": "antai"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": -1, "canal": "antai"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 0, "canal": "antai"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 10**30, "canal": "antai"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 35.0, "canal": "antai"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": True, "canal": "antai"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": [3500], "canal": "antai"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 3500, "canal": "pigeon"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 3500, "canal": ["antai"]}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 3500, "canal": "antai", "surprise": 1}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 3500, "canal": "antai", "after": "P1D"}, 422, "sandbox.donnee"),
        ({"do": "paiement", "montant": 3500, "canal": "antai", "expect": {"dette": "?"}}, 422, "sandbox.donnee"),
        ({"do": "rejet", "motif": "Bad Code"}, 422, "sandbox.donnee"),
        ({"do": "rejet", "motif": {"a": 1}}, 422, "sandbox.donnee"),
        ({"do": "titre_emis"}, 422, "sandbox.donnee"),
    ],
)
def test_an_event_that_cannot_happen_changes_nothing(port, case, given, status, expected):
    before = port.get(case).json()
    response = port.post(f"{case}/evenements", json=given)
    assert (response.status_code, code(response)) == (status, expected), response.text
    assert port.get(case).json() == before


def test_a_case_that_is_unknown_or_of_another_town(port, town, case, siret):
    numero = case.rpartition("/")[2]
    for path in (f"/dossiers/{siret}/{numero}", f"/dossiers/{town.siret}/{avis(town.siret, 999).numero}"):
        for response in (port.get(path), port.post(f"{path}/evenements", json={"do": "rejet", "motif": "x"})):
            assert (response.status_code, code(response)) == (404, "dossier.inconnu")
    for numero in ("x", "9" * 9000, "%00", "%2e%2e"):
        response = port.get(f"/dossiers/{town.siret}/{numero}")
        assert (response.status_code, code(response)) == (422, "numero.format")
    assert code(port.get(f"/raccordements/{siret}/convention")) == "convention.absente"


# Certificates


def sign(port, found, **given):
    return port.post("/certificats/signature", json={"csr": found.decode("latin-1"), **given})


@pytest.mark.parametrize(
    ("request_pem", "expected"),
    [
        (lambda: b"", "csr.malformed"),
        (lambda: b"garbage", "csr.malformed"),
        (lambda: b"x" * 70_000, "csr.malformed"),
        (lambda: csr(RSA_1024), "csr.cle"),
        (lambda: csr(RSA_EXPONENT_3), "csr.cle"),
        (lambda: csr(ec_key(), subject(OU=None, ID=None)), "csr.sujet"),
        (lambda: csr(ec_key(), subject(O=None)), "csr.sujet"),
        (lambda: csr(ec_key(), subject(OU="0002 13000000300008", ID=None)), "csr.siren"),
    ],
)
def test_a_request_that_is_not_signed(port, request_pem, expected):
    response = sign(port, request_pem())
    assert (response.status_code, code(response)) == (422, expected)


@pytest.mark.parametrize("given", [None, 1, [], {}, ["-----BEGIN CERTIFICATE REQUEST-----"], True])
def test_a_request_of_another_type(port, given):
    assert code(port.post("/certificats/signature", json={"csr": given})) == "csr.malformed"


def test_a_damaged_request_is_a_refusal(port):
    found = csr(ec_key())
    for damaged in list(flipped(found))[::9]:
        response = sign(port, damaged)
        assert code(response) in ("", "csr.malformed", "csr.signature", "csr.cle", "csr.sujet", "csr.siren")


@pytest.mark.parametrize("at", ["1900-01-01", "2026-03-02", "2048-06-01", "2200-12-31"])
def test_a_certificate_is_valid_now_and_on_the_town_s_clock(port, siret, at):
    port.post(f"/horloges/{siret}", json={"a": at})
    (leaf, _issuer) = read_chain(sign(port, csr(ec_key(), subject(siret)), siret=siret).json()["pem"].encode())
    assert leaf.debut <= dt.datetime.now(dt.UTC) <= leaf.fin
    if at[:4] in ("2026", "2048"):
        assert leaf.debut <= dt.datetime.fromisoformat(f"{at}T12:00:00+02:00") <= leaf.fin


# The traffic log


@pytest.mark.parametrize("apres", ["-1", "x", "1.0", "%C2%B2", "%D9%A1", "9" * 16, "9" * 5000, "", "+1", "%00"])
def test_what_is_no_sequence_number(port, apres):
    response = port.get(f"/echanges?apres={apres}")
    assert (response.status_code, code(response)) == (422, "retours.apres")


def test_pages_of_the_log_follow_each_other(port, town, running):
    with closing(sqlite3.connect(running.ready_file.with_name("sandbox.sqlite"), timeout=10)) as db, db:
        line = json.dumps({"siret": town.siret, "operation": "probe"})
        db.executemany("INSERT INTO echanges (siret, contenu) VALUES (?, ?)", [(town.siret, line)] * 1001)
    first = port.get("/echanges", params={"siret": town.siret}).json()["echanges"]
    rest = port.get("/echanges", params={"siret": town.siret, "apres": first[-1]["seq"]}).json()["echanges"]
    assert len(first) == 1000
    assert rest[0]["seq"] > first[-1]["seq"]
    whole = town.control.echanges(town.siret)
    assert whole == first + rest
    assert [line["seq"] for line in whole] == sorted({line["seq"] for line in whole})
    assert town.control.echanges(fresh_siret()) == []


# Two at once


def test_two_controls_at_once_lose_nothing(running):
    sirets = [fresh_siret() for _ in range(4)]
    with Control(running.management_url) as control:
        for siret in sirets:
            control.set_clock(siret, at=START)
    steps = [*BEFORE_ACTIVATION[:3]]
    refused = []

    def drive(siret):
        with Control(running.management_url) as control:
            for etape, faits in steps:
                try:
                    control.play(siret, etape, faits)
                except Refused as error:
                    refused.append(error.code)
            return control.set_clock(siret, avance="P1D")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(drive, sirets * 2))
    with Control(running.management_url) as control:
        for siret in sirets:
            done = [etape["slug"] for etape in control.raccordement(siret)["etapes"] if etape["etat"] == "fait"]
            assert done == ["espace.demande", "espace.cree", "convention.signee_autorite"]
            assert control.horloge(siret)["instant"] == "2026-03-04T10:15:00+01:00"
    assert sorted(set(refused)) == ["raccordement.deja"]
    assert len(refused) == len(sirets) * len(steps)


def test_the_same_step_at_once_is_taken_once(running):
    siret, start = fresh_siret(), threading.Barrier(6)

    def ask(_n):
        with Control(running.management_url) as control:
            start.wait(5)
            try:
                control.play(siret, "espace.demande", BEFORE_ACTIVATION[0][1])
            except Refused as error:
                return error.code
            return "done"

    with ThreadPoolExecutor(6) as pool:
        told = sorted(pool.map(ask, range(6)))
    assert told == ["done", *["raccordement.deja"] * 5]


# Control


def test_control_tells_a_refusal_with_its_code_and_facts(running, siret):
    with Control(running.management_url) as control:
        for act in (
            lambda: control.raccordement("../etat"),
            lambda: control.horloge("x?y#z"),
            lambda: control.dossier(siret, "a/b"),
            lambda: control.convention("\x00"),
        ):
            with pytest.raises(Refused) as caught:
                act()
            assert caught.value.code in ("siret.format", "numero.format", "http.route-inconnue")


def test_control_where_there_is_no_sandbox(siret):
    with Control("http://127.0.0.1:9") as control, pytest.raises(ConnectionFailed) as caught:
        control.horloge(siret)
    assert (caught.value.code, caught.value.params["url"]) == ("sandbox.silent", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("status", "media", "body"),
    [
        (200, "text/html", b"<html>"),
        (200, "application/json", b"[]"),
        (200, "application/json", b"{"),
        (404, "text/plain", b"not here"),
        (302, "text/plain", b""),
        (500, "application/problem+json", b"garbage"),
        (422, "application/problem+json", b"[]"),
    ],
)
def test_control_where_another_program_listens(siret, status, media, body):
    answer = httpx.Response(status, headers={"content-type": media}, content=body)
    with Control("http://127.0.0.1:9") as control:
        control._client = httpx.Client(base_url="http://x", transport=httpx.MockTransport(lambda _: answer))  # noqa: SLF001 - no other way in
        with pytest.raises(ConnectionFailed) as caught:
            control.horloge(siret)
    assert caught.value.code == "sandbox.silent"


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        ({"code": "siret.format", "params": {"value": "x"}}, "siret.format"),
        ({"code": "of.tomorrow", "status": 418, "detail": "?"}, "sifps.refus"),
        ({"code": "siret.format", "params": [1]}, "sifps.refus"),
        ({}, "sifps.refus"),
    ],
)
def test_control_tells_what_a_newer_sandbox_says(siret, problem, expected):
    answer = httpx.Response(418, headers={"content-type": "application/problem+json"}, json=problem)
    with Control("http://127.0.0.1:9") as control:
        control._client = httpx.Client(base_url="http://x", transport=httpx.MockTransport(lambda _: answer))  # noqa: SLF001 - same
        with pytest.raises(Refused) as caught:
            control.horloge(siret)
    assert caught.value.code == expected


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.sampled_from([10**30, 2**63, "\x00", "2026-03-02", "P1D", "exigible", "antai", "50 %", "2026-13-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = st.text(max_size=4) | st.sampled_from(
    ["do", "montant", "canal", "date", "motif", "ref", "issue", "numero", "a", "avance", "prochain", "etape", "faits",
     "csr", "siret", "at", "on", "offset", "expect", "cycle", "after", "nom", "empreinte"]
)  # fmt: skip
GIVEN = st.dictionaries(NAMES, JSON, max_size=5) | st.builds(
    lambda do, rest: {**rest, "do": do}, st.sampled_from(sorted(EVENTS)), st.dictionaries(NAMES, JSON, max_size=4)
)
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)


@given(
    path=st.sampled_from(
        ["{case}/evenements", "/horloges/{siret}", "/raccordements/{siret}/etapes", "/certificats/signature"]
    ),
    given=GIVEN,
)
@FUZZ
def test_nothing_that_is_sent_is_a_fault_of_ours(port, case, siret, path, given):
    code(port.post(path.format(case=case, siret=siret), json=given))


@pytest.mark.exhaustive
@given(path=st.sampled_from(["{case}/evenements", "/horloges/{siret}", "/raccordements/{siret}/etapes"]), given=GIVEN)
@settings(FUZZ, max_examples=5000)
def test_nothing_that_is_sent_is_a_fault_of_ours_much_longer(port, case, siret, path, given):
    code(port.post(path.format(case=case, siret=siret), json=given))


def test_what_is_assumed_of_the_states_delays_is_said(port):
    told = {item["slug"]: item for item in port.get("/etat").json()["hypotheses"]}
    assert {"service.envoi", "service.avertissement"} <= set(told)
    assert all(item["confidence"] == "assumption" and item["reason"] for item in told.values())
