"""The proof that the interface is data: on a profile that shares nothing with `public`, everything works.

Client, embedded SI FPS, simulation and self-certification, over real TLS, without a line of Python of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import embedded
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai.endpoint import find_endpoint
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.profile import check_profile
from fpsctl.checks import Outcome
from fpsctl.cli.app import main
from fpsctl.conformance.bench import Bench
from fpsctl.conformance.cases import CASES
from fpsctl.conformance.trial import Trial
from fpsctl.errors import Refused
from fpsctl.resources import names
from fpsctl.sandbox.process import launch
from profile_editor import Editor
from worlds import A, Inside, peer_of

PATH = Path(__file__).parents[1] / "profiles" / "autre.yaml"
OTHER, PUBLIC = load_profile(str(PATH)), load_profile("public")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    with launch(tmp_path_factory.mktemp("other") / "state", profile=str(PATH)) as sandbox:
        yield sandbox
        embedded.close_controls()


@pytest.fixture
def town(other, tmp_path):
    return embedded.make_town(other, tmp_path, profile=OTHER)


def test_it_leaves_nothing_out():
    assert check_profile(str(PATH)).digest == OTHER.digest
    for kind, entry in OTHER.messages.items():
        assert entry.fields.keys() == leaves_of(MESSAGES[kind]).keys()


def test_it_shares_no_name_path_format_or_code_with_public():
    for kind, entry in OTHER.messages.items():
        ours = PUBLIC.messages[kind]
        assert entry.wire != ours.wire
        for name, field in entry.fields.items():
            assert field.path != ours.fields[name].path
            theirs = {code: value.wire for code, value in (field.codes or {}).items()}
            assert not theirs.items() & {(c, v.wire) for c, v in (ours.fields[name].codes or {}).items()}
    for name, operation in OTHER.operations.items():
        assert operation.path != PUBLIC.operations[name].path
    assert OTHER.formats.encoding.value != PUBLIC.formats.encoding.value
    assert OTHER.errors.media_type != PUBLIC.errors.media_type


# Client and embedded SI FPS


def test_every_operation_over_tls(town):
    avis = embedded.avis(town.siret)
    with town.client() as sifps:
        assert sifps.read_certificat(town.siret, town.empreinte).etat == "actif"
        assert sifps.check_front(town.siret).environnement == "simulation"
        accuse = sifps.send_avis_initial(avis)
        assert (accuse.numero, accuse.objet) == (avis.numero, "avis_initial")
        assert sifps.last.status == 202 and fromstring(sifps.last.body).tag == "{urn:essai:autre:7}Recepisse"
        town.control.set_clock(town.siret, avance="P20D")
        page = sifps.read_retours(town.siret)
        assert [item.kind for item in page.items] == ["date_envoi"] and not page.more
        assert sifps.read_impression(town.siret, avis.numero).etablissement.numero == avis.numero
        correction = embedded.rectificatif(avis, 1000, day="2026-03-22")
        assert sifps.send_avis_rectificatif(correction).objet == "avis_rectificatif"
        undone = embedded.annulation(avis, 1000, day="2026-03-22")
        assert sifps.send_annulation(undone).objet == "annulation"
        assert sifps.findings == ()


def test_an_unpaid_charge(other, tmp_path):
    town = embedded.make_town(other, tmp_path, cycle="partiel", profile=OTHER, at="2026-07-01T09:00:00+02:00")
    with town.client() as sifps:
        assert sifps.send_fps_impaye(embedded.impaye(town.siret)).objet == "fps_impaye"


def test_returns_come_page_by_page(town):
    with town.client() as sifps:
        for ordre in range(1, 6):
            sifps.send_avis_initial(embedded.avis(town.siret, ordre))
        town.control.set_clock(town.siret, avance="P20D")
        first = sifps.read_retours(town.siret)
        second = sifps.read_retours(town.siret, first.items[-1].sequence)
    assert [item.sequence for item in (*first.items, *second.items)] == [1, 2, 3, 4, 5]
    assert (first.more, second.more) == (True, False)


def test_a_refusal_is_told_in_the_profile_s_form_and_code(town):
    avis = embedded.avis(town.siret)
    with town.client() as sifps:
        sifps.send_avis_initial(avis)
        with pytest.raises(Refused) as caught:
            sifps.send_avis_initial(avis.model_copy(update={"lieu": "Ailleurs"}))
        answer = sifps.last
    assert caught.value.code == "numero.conflit"
    refusal = fromstring(answer.body)
    assert (answer.status, answer.media_type, refusal.tag) == (422, "application/xml", "{urn:essai:autre:7}Refus")
    assert refusal.find("{urn:essai:autre:7}Cause").get("code") == "E20"


def test_a_header_that_the_profile_asks_for_is_asked_for(town, other):
    without = OTHER.model_copy(update={"headers": {}})
    endpoint = find_endpoint(OTHER, "sandbox", other.ready_file)
    with embedded.SiFps(endpoint, without, town.identity) as sifps, pytest.raises(Refused) as caught:
        sifps.check_front(town.siret)
    assert caught.value.code == "http.entete" and caught.value.params["entete"] == "X-Collectivite"


# Simulation


@pytest.mark.parametrize("scenario", names("scenarios"))
def test_a_scenario_is_the_same_life_on_both(scenario, capsys):
    lives = {}
    for profile in (PUBLIC, OTHER):
        source = "public" if profile is PUBLIC else str(PATH)
        assert main(["simulate", "dossier", scenario, "--profile", source, "--wire", "-o", "json"]) == 0
        lives[profile.profile] = json.loads(capsys.readouterr().out)["result"]
    ours, theirs = (lives[profile.profile] for profile in (PUBLIC, OTHER))
    codec = codec_for(OTHER)
    for mine, told in zip(ours["messages"], theirs["messages"], strict=True):
        decoded = codec.decode(told["type"], told["wire"].encode())
        assert not decoded.findings
        assert decoded.message == codec_for(PUBLIC).decode(mine["type"], json.dumps(mine["wire"]).encode()).message
    for life in (ours, theirs):
        del life["profile"]
        for message in life["messages"]:
            del message["wire"]
    assert ours == theirs


# Self-certification


@pytest.fixture(scope="module")
def bench(other, tmp_path_factory):
    endpoint = find_endpoint(OTHER, "sandbox", other.ready_file)
    return Bench(embedded.control_of(other), endpoint, OTHER, tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_the_self_certification_passes(case, bench, other, tmp_path):
    judged = Trial(case, bench, Editor(OTHER), other.url, other.ca).run(tmp_path)
    assert (judged.outcome, judged.detail) == (Outcome.PASS, "")


# What such a profile cannot carry is said


def test_the_hour_shown_twice_is_a_doubt_when_it_is_read():
    late = dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)  # 2:30 for the second time
    avis = embedded.avis(embedded.fresh_siret(), at="2026-10-25T02:30:00+01:00", fin_effet=late)
    decoded = codec_for(OTHER).decode("avis_initial", codec_for(OTHER).encode(avis))
    assert [item.id for item in decoded.findings] == ["message.instant.ambiguous"]
    assert decoded.message.constate_le == late  # told with its offset
    assert decoded.message.fin_effet == late - dt.timedelta(hours=1)


# What is hostile


@pytest.fixture
def inside(tmp_path):
    with Inside(tmp_path, profile=OTHER) as world:
        world.town()
        yield world


BODY = codec_for(OTHER).encode(embedded.avis(A))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        BODY[:-9],
        BODY.replace(b"<AvisPaiement", b'<!DOCTYPE a [<!ENTITY x "y">]><AvisPaiement'),
        BODY.replace(b"AvisPaiement", b"Annulation"),
        b"<a>" * 60_000,
    ],
)
def test_what_is_no_message_is_refused_in_xml_and_changes_nothing(inside, body):
    before = inside.disk()
    reply = inside.call("send_avis_initial", peer_of(A), body, siret=A)
    assert reply.status == 400 and inside.disk() == before
    refusal = fromstring(reply.body)
    assert refusal.find("{urn:essai:autre:7}Cause").get("code") in ("E10", "E11")
    assert refusal.findtext("{urn:essai:autre:7}Remarques/{urn:essai:autre:7}Remarque/{urn:essai:autre:7}id")


def test_a_body_above_the_profile_s_limit_is_refused(inside):
    reply = inside.call("send_avis_initial", peer_of(A), BODY + b" " * 200_000, siret=A)
    assert reply.status == 413 and b"message.trop-grand" in reply.body


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_is_our_fault(inside, data):
    body = bytearray(BODY)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    reply = inside.call("send_avis_initial", peer_of(A), bytes(body), siret=A)
    assert reply.status in (202, 400, 403, 409, 422), reply.body
    fromstring(reply.body)


def test_what_the_caller_wrote_is_told_in_xml_whatever_it_holds(inside):
    reply = inside.call("read_retour", peer_of(A), query="depuis=%00%01%EF%BF%BE%ED%A0%80<", siret=A)
    cause = fromstring(reply.body).find("{urn:essai:autre:7}Cause")
    assert (reply.status, cause.get("code")) == (422, "retours.apres")
