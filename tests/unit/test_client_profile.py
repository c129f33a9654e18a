"""What a profile makes the client send and accept: headers, statuses, refusals in another form, a second try."""

import json

import pytest
import respx

from embedded import avis
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai import messages as antai
from fpsctl.antai.client import Identity, SiFps
from fpsctl.antai.endpoint import Endpoint
from fpsctl.errors import ConnectionFailed, FpsctlError, Refused
from tls_lab import Authority

SIRET = "13000000300009"
NOTICE = avis(SIRET)
WORD = "confidence: official, source: trial"
PROFILE = f"""\
profile: essai
version: "1"
title: {{fr: "Essai", en: "Trial"}}
extends: public
headers:
  X-Siret: {{value: "{{siret}}", {WORD}}}
  X-Lot: {{value: "{{siret}}/{{numero}}/{{kind}}/{{operation}}", {WORD}}}
  X-Correlation: {{value: "{{correlation}}", {WORD}}}
operations:
  send_avis_initial:
    path: /depot/{{siret}}
    method: PUT
    success: [202, 200]
    idempotent: true
    headers: {{Idempotency-Key: {{value: "{{idempotence}}", {WORD}}}, X-Siret: {{value: "s{{siret}}", {WORD}}}}}
    {WORD.replace(", ", chr(10) + "    ")}
errors:
  media_type: application/vnd.essai+json
  parts: {{code: erreur.numero, detail: erreur.texte, params: null, title: null, status: null, type: null, hint: null,
           findings: null}}
  codes: {{numero.conflit: {{wire: 409, {WORD}}}, certificat.non-active: {{wire: "C-7", {WORD}}}}}
  {WORD.replace(", ", chr(10) + "  ")}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    path = tmp_path_factory.mktemp("profile") / "essai.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    return load_profile(str(path))


@pytest.fixture
def session(lab, profile):
    """A session and what answers it: (client, route)."""
    with respx.mock(base_url="https://127.0.0.1:4443") as router:
        endpoint = Endpoint("sandbox", "https://127.0.0.1:4443", lab.pem, None)
        with SiFps(endpoint, profile, Identity(*lab.issue("town"))) as sifps:
            yield sifps, router.route()


def accuse(profile):
    return codec_for(profile).encode(
        antai.Accuse(numero=NOTICE.numero, objet="avis_initial", reference="R", recu_le=NOTICE.constate_le)
    )


def test_headers_are_filled_in(session, profile):
    sifps, route = session
    route.respond(202, content=accuse(profile))
    for _ in range(2):
        sifps.send_avis_initial(NOTICE)
    sifps.send_avis_initial(NOTICE.model_copy(update={"lieu": "Ailleurs"}))
    first, again, other = (call.request.headers for call in route.calls)
    assert first["x-siret"] == f"s{SIRET}"  # that of the operation goes before the common one
    assert first["x-lot"] == f"{SIRET}/{NOTICE.numero}/avisInitial/send_avis_initial"
    assert len({headers["x-correlation"] for headers in (first, again, other)}) == 3
    assert first["idempotency-key"] == again["idempotency-key"] != other["idempotency-key"]
    assert (route.calls[0].request.method, route.calls[0].request.url.path) == ("PUT", f"/depot/{SIRET}")
    assert sifps.findings == ()


def test_a_success_of_another_status_is_told(session, profile):
    sifps, route = session
    route.respond(201, content=accuse(profile))
    assert sifps.send_avis_initial(NOTICE).reference == "R"
    (finding,) = sifps.findings
    assert (finding.id, finding.detail) == ("http.status.unexpected", "status 201, expected 202, 200")


@pytest.mark.parametrize(
    ("wire", "code"), [(409, "sifps.refus"), ("409", "sifps.refus"), ("C-7", "sifps.refus"), ("Z", "sifps.refus")]
)
def test_a_refusal_without_facts_is_told_in_the_server_s_words(session, wire, code):
    sifps, route = session
    content = {"erreur": {"numero": wire, "texte": "déjà vu"}}
    route.respond(422, json=content, headers={"Content-Type": "application/vnd.essai+json"})
    with pytest.raises(Refused) as caught:
        sifps.send_avis_initial(NOTICE)
    assert (caught.value.code, caught.value.params["detail"]) == (code, "déjà vu")
    ours = {409: "numero.conflit", "409": "numero.conflit", "C-7": "certificat.non-active", "Z": "Z"}
    assert caught.value.params["code"] == ours[wire]


def test_a_refusal_with_a_code_alone_is_ours_to_tell(session):
    sifps, route = session
    route.respond(409, json={"erreur": {"numero": 409}}, headers={"Content-Type": "application/vnd.essai+json"})
    with pytest.raises(Refused) as caught:
        sifps.send_avis_initial(NOTICE)
    assert caught.value.code == "numero.conflit"


def test_a_problem_of_http_itself_is_read_whatever_the_profile(session):
    sifps, route = session
    content = {"code": "http.entetes", "params": {"most": 9}}
    route.respond(431, content=json.dumps(content), headers={"Content-Type": "application/problem+json"})
    with pytest.raises(Refused) as caught:
        sifps.send_avis_initial(NOTICE)
    assert caught.value.code == "http.entetes" and caught.value.params == {"most": 9}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"erreur": 1}', b'{"erreur": {"numero": []}}', b"\xff"])
def test_a_refusal_that_is_none_stops_nothing(session, body):
    sifps, route = session
    route.respond(422, content=body, headers={"Content-Type": "application/vnd.essai+json"})
    with pytest.raises(FpsctlError) as caught:
        sifps.send_avis_initial(NOTICE)
    assert caught.value.code == "sifps.refus"


def test_too_many_requests_may_be_asked_again(session):
    sifps, route = session
    content = {"code": "http.debit", "params": {"most": 3, "attente": 7}}
    route.respond(429, content=json.dumps(content), headers={"Content-Type": "application/problem+json"})
    with pytest.raises(Refused) as caught:
        sifps.send_avis_initial(NOTICE)
    assert (caught.value.code, caught.value.params["attente"], caught.value.retryable) == ("http.debit", 7, True)


def test_what_may_be_sent_twice_says_so(session):
    sifps, route = session
    route.respond(202, content=b"{")
    with pytest.raises(ConnectionFailed) as idempotent:
        sifps.send_avis_initial(NOTICE)
    with pytest.raises(ConnectionFailed) as other:
        sifps.send_annulation(
            antai.Annulation(
                numero=NOTICE.numero, collectivite=NOTICE.collectivite, motif="erreur", decide_le=NOTICE.etabli_le,
                montant_annule=NOTICE.fps, part_majoration=NOTICE.deduit,
            )
        )  # fmt: skip
    assert (idempotent.value.retryable, other.value.retryable) == (True, False)
