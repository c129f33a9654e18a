"""One town's certificate opens nothing of another town: every operation, over real mutual TLS.

The cases are made from the table of operations, so a new operation is tried as soon as it exists.
"""

from __future__ import annotations

import json
import ssl
from typing import NamedTuple

import httpx
import pki_helpers
import pytest

from embedded import PROFILE, Town, annulation, avis, impaye, make_town, rectificatif
from fpsctl.antai import codec_for
from fpsctl.antai import messages as antai
from fpsctl.antai.operations import OPERATIONS, method_of, path_of
from fpsctl.antai.tls import client_context
from fpsctl.errors import Refused
from worlds import A as SIRET_A
from worlds import Inside

CODEC = codec_for(PROFILE)
HIDDEN = "Rue que B seule nomme"
DAY = "2026-03-02"


class Caller:
    """Whoever holds a town's key, speaking plain HTTP over mutual TLS."""

    def __init__(self, running, town):
        context = client_context(running.ca, town.identity.certificate, town.identity.key, None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._http = httpx.Client(base_url=running.url, verify=context, trust_env=False)

    def call(self, operation, body=b"", **parts):
        """Return status, code and text of an answer."""
        response = self._http.request(
            method_of(PROFILE, operation),
            path_of(PROFILE, operation, **parts),
            content=body,
            headers={"content-type": PROFILE.formats.media_type.value},
        )
        code = "" if response.is_success else response.json()["code"]
        return response.status_code, code, response.text

    def close(self):
        self._http.close()


class Scene(NamedTuple):
    """A, who tries; B, who has two cases with their print requests and returns; C, whose certificate is not active."""

    a: Town
    b: Town
    c: Town
    caller: Caller
    notice: antai.AvisInitial
    corrective: antai.AvisRectificatif


@pytest.fixture(scope="module")
def scene(running, tmp_path_factory):
    folder = tmp_path_factory.mktemp("towns")
    a, b = make_town(running, folder), make_town(running, folder)
    c = make_town(running, folder, until="depose")
    notice = avis(b.siret, lieu=HIDDEN)
    corrective = rectificatif(notice, 2000, day=DAY).model_copy(update={"lieu": HIDDEN})
    with b.client() as sifps:
        sifps.send_avis_initial(notice)
        sifps.send_avis_initial(avis(b.siret, 2, lieu=HIDDEN))
        sifps.send_avis_rectificatif(corrective)
        b.control.set_clock(b.siret, avance="P3D")
    b.control.happen(b.siret, notice.numero, "paiement", montant="exigible", canal="antai")
    with a.client() as sifps:
        sifps.send_avis_initial(avis(a.siret))
    caller = Caller(running, a)
    yield Scene(a, b, c, caller, notice, corrective)
    caller.close()


def state_of(town):
    """Return all that a town can see of itself, and what is seen of it."""
    control = town.control
    with town.client() as sifps:
        returns = sifps.read_retours(town.siret)
    return (
        control.raccordement(town.siret),
        control.horloge(town.siret),
        [control.dossier(town.siret, case["numero"]) for case in control.dossiers(town.siret)],
        returns,
    )


BODIES = {
    None: lambda _: b"",
    "certificat_depot": lambda town: CODEC.encode(town.depot()),
    "avis_initial": lambda town: CODEC.encode(avis(town.siret, 7)),
    "avis_rectificatif": lambda town: CODEC.encode(rectificatif(avis(town.siret), 0, day=DAY, ordre=907)),
    "annulation": lambda town: CODEC.encode(annulation(avis(town.siret), 3500, day=DAY)),
    "fps_impaye": lambda town: CODEC.encode(impaye(town.siret, 7)),
}


def parts_of(scene):
    return {"siret": scene.b.siret, "empreinte": scene.b.empreinte, "numero": scene.notice.numero}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("body", ["as B would", "not JSON", "empty", "A's own"])
def test_the_certificate_of_a_is_refused_on_every_operation_of_b(scene, operation, body):
    request = OPERATIONS[operation].request
    content = {
        "as B would": lambda: BODIES[request](scene.b),
        "not JSON": lambda: b"{",
        "empty": lambda: b"",
        "A's own": lambda: BODIES[request](scene.a),
    }[body]()
    before = state_of(scene.b)
    status, code, text = scene.caller.call(operation, content, **parts_of(scene))
    assert (status, code) == (403, "certificat.autre-collectivite")
    assert HIDDEN not in text
    assert json.loads(text)["params"] == {
        "siret": scene.b.siret,
        "titulaire": scene.a.siret,
        "empreinte": scene.a.empreinte,
    }
    assert state_of(scene.b) == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_siret_of_b_spelt_another_way_is_still_that_of_b(scene, operation):
    spelt = " ".join((scene.b.siret[:3], scene.b.siret[3:9], scene.b.siret[9:]))
    parts = {**parts_of(scene), "siret": spelt}
    _, code, _ = scene.caller.call(operation, BODIES[OPERATIONS[operation].request](scene.b), **parts)
    assert code == "certificat.autre-collectivite"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_certificate_that_is_not_active_yet_is_refused_for_b_as_another_towns(running, scene, operation):
    caller = Caller(running, scene.c)
    _, code, _ = caller.call(operation, BODIES[OPERATIONS[operation].request](scene.b), **parts_of(scene))
    caller.close()
    assert code == "certificat.autre-collectivite"


@pytest.mark.parametrize("operation", [name for name, entry in OPERATIONS.items() if entry.gate == "front"])
def test_a_certificate_that_nobody_deposited_is_refused_at_the_front(running, scene, tmp_path, operation):
    stranger = make_town(running, tmp_path, until="csr")
    caller = Caller(running, stranger)
    _, code, text = caller.call(operation, BODIES[OPERATIONS[operation].request](scene.b), **parts_of(scene))
    caller.close()
    assert code == "certificat.inconnu" and HIDDEN not in text


# In A's own paths, what is B's

NUMBERS = {
    "a notice of B's number": (
        "send_avis_initial",
        lambda s: own(s, avis(s.a.siret), numero=avis(s.b.siret, 8).numero),
    ),
    "a notice of B's, whole": ("send_avis_initial", lambda s: avis(s.b.siret, 8)),
    "a notice in B's name": (
        "send_avis_initial",
        lambda s: own(s, avis(s.a.siret, 8), collectivite=s.notice.collectivite),
    ),
    "a corrective notice of B's": (
        "send_avis_rectificatif",
        lambda s: own(s, rectificatif(s.notice, 0, day=DAY), numero=avis(s.a.siret, 9).numero),
    ),
    "a corrective notice with B's number": (
        "send_avis_rectificatif",
        lambda s: own(s, rectificatif(avis(s.a.siret), 0, day=DAY), numero=avis(s.b.siret, 9).numero),
    ),
    "a cancellation of B's": ("send_annulation", lambda s: own(s, annulation(s.notice, 100, day=DAY))),
    "an unpaid charge of B's": ("send_fps_impaye", lambda s: own(s, impaye(s.b.siret, 8))),
}


def own(scene, message, **changes):
    """Return a message that A sends in its own name, changes apart."""
    return message.model_copy(update={"collectivite": avis(scene.a.siret).collectivite, **changes})


@pytest.mark.parametrize("name", NUMBERS)
def test_a_message_of_a_about_b_is_refused_and_binds_nothing(scene, name):
    operation, make = NUMBERS[name]
    before = state_of(scene.a), state_of(scene.b)
    status, code, text = scene.caller.call(operation, CODEC.encode(make(scene)), siret=scene.a.siret)
    assert (status, code) == (403, "message.siret")
    assert HIDDEN not in text
    assert (state_of(scene.a), state_of(scene.b)) == before


def test_every_operation_that_sends_a_message_was_tried_with_bs_numbers():
    sent = {name for name, entry in OPERATIONS.items() if entry.request and entry.gate == "front"}
    assert {operation for operation, _ in NUMBERS.values()} == sent


@pytest.mark.parametrize("whose", ["notice", "corrective"])
def test_a_print_request_of_b_is_not_found_in_as_paths(scene, whose):
    numero = getattr(scene, whose).numero
    with scene.b.client() as sifps:
        assert sifps.read_impression(scene.b.siret, numero).etablissement.lieu == HIDDEN
    status, code, text = scene.caller.call("read_impression", siret=scene.a.siret, numero=numero)
    assert (status, code, HIDDEN in text) == (404, "dossier.inconnu", False)


def test_the_certificate_of_b_is_not_shown_nor_taken_over_in_as_paths(scene):
    before = state_of(scene.a), state_of(scene.b)
    status, code, _ = scene.caller.call("read_certificat", siret=scene.a.siret, empreinte=scene.b.empreinte)
    assert (status, code) == (409, "certificat.deja-lie")
    stolen = scene.b.depot().model_copy(update={"siret": scene.a.siret})
    status, code, _ = scene.caller.call("deposit_certificat", CODEC.encode(stolen), siret=scene.a.siret)
    assert (status, code) == (409, "certificat.deja-lie")
    assert (state_of(scene.a), state_of(scene.b)) == before


def test_a_deposit_says_the_same_town_in_its_path_and_in_its_body(scene):
    mixed = scene.a.depot().model_copy(update={"siret": scene.b.siret})
    status, code, _ = scene.caller.call("deposit_certificat", CODEC.encode(mixed), siret=scene.a.siret)
    assert (status, code) == (403, "message.siret")


def test_the_returns_of_a_are_as_alone(scene):
    scene.a.control.set_clock(scene.a.siret, avance="P3D")
    with scene.a.client() as sifps:
        page = sifps.read_retours(scene.a.siret)
    assert [(item.sequence, item.message.numero) for item in page.items] == [(1, avis(scene.a.siret).numero)]


def test_the_management_port_keeps_cases_apart_too(scene):
    for act in (scene.a.control.dossier, lambda *of: scene.a.control.happen(*of, "paiement", montant=100)):
        with pytest.raises(Refused) as caught:
            act(scene.a.siret, scene.notice.numero)
        assert caught.value.code == "dossier.inconnu"


def test_the_traffic_of_a_town_is_asked_for_by_its_siret(scene):
    assert {line["siret"] for line in scene.a.control.echanges(scene.a.siret)} == {scene.a.siret}


def test_a_first_block_under_another_label_does_not_slip_another_certificate_in(tmp_path):
    """The block whose digest is told and the one that is bound are the same, whatever stands before it."""
    key, other = pki_helpers.ec_key(), pki_helpers.ec_key()
    of = pki_helpers.subject(SIRET_A)
    mine = pki_helpers.certificate(key, of=of)
    theirs = pki_helpers.certificate(other, of=pki_helpers.name(C="FR", O="Autre", CN="B"), issuer=of, signed_by=key)
    first, second = (pki_helpers.pem(one).decode() for one in (theirs, mine))
    read = pki_helpers.read_chain(second.encode())[0]
    depot = antai.CertificatDepot(
        siret=SIRET_A,
        certificat_pem=first.replace("CERTIFICATE", "X509 CERTIFICATE") + second,
        empreinte_sha256=read.empreinte,
    )
    with Inside(tmp_path) as inside:
        inside.town(SIRET_A)
        reply = inside.call("deposit_certificat", read.der, CODEC.encode(depot), siret=SIRET_A)
        assert (reply.status, reply.code) == (403, "certificat.autre")
        assert len(inside.memory()[SIRET_A][0].certificats) == 1


def test_the_beneficiary_of_a_cancellation_or_an_unpaid_charge_may_be_another_body(tmp_path):
    """The number says whose charge it is; its beneficiary may be the town's grouping."""
    grouping = antai.Collectivite(nom="Métropole d'Exemple", siret="13000000300017", contact="2 place de la Fiction")
    with Inside(tmp_path) as inside:
        inside.town(SIRET_A)
        inside.send(avis(SIRET_A))
        other = annulation(avis(SIRET_A), 500, day=DAY).model_copy(update={"collectivite": grouping})
        assert inside.send(other).status == 201
    (tmp_path / "partiel").mkdir()
    with Inside(tmp_path / "partiel") as inside:
        inside.town(SIRET_A, cycle="partiel")
        inside.move(SIRET_A, at="2026-07-01")
        assert inside.send(impaye(SIRET_A).model_copy(update={"collectivite": grouping})).status == 201
