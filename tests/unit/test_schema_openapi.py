"""The OpenAPI document of a profile: an independent validator accepts it, and real exchanges conform to it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from schema_helpers import other_profile

from embedded import avis
from fpsctl.antai import MESSAGES, load_profile
from fpsctl.antai.operations import OPERATIONS
from fpsctl.schema import openapi_document
from worlds import Inside, peer_of

PROFILES = Path(__file__).parents[1] / "profiles"
SAID = "confidence: official, source: s"
PUBLIC = load_profile("public")
DOCUMENT = openapi_document(PUBLIC)


def of(tmp_path, text):
    """The document of a layer over the public profile."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"profile: mine\nversion: '1'\nextends: public\n{text}", encoding="utf-8")
    document = openapi_document(load_profile(str(path)))
    validate(document)
    return document


def operations(document):
    """Every operation by its name: (path, method, operation)."""
    return {
        told["operationId"]: (path, method, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }


@pytest.mark.parametrize("name", ["public", str(PROFILES / "autre.yaml")])
def test_an_independent_validator_accepts_it(name):
    profile = load_profile(name)
    document = openapi_document(profile)
    validate(document)
    told = operations(document)
    assert set(told) == set(OPERATIONS)
    for operation, entry in profile.operations.items():
        path, method, said = told[operation]
        assert (path, method) == (entry.path, entry.method.lower())
        assert set(said["responses"]) == {*map(str, entry.success), "default"}
        assert said["x-confidence"] == entry.confidence
    assert set(MESSAGES) <= set(document["components"]["schemas"])


def test_the_validator_refuses_a_document_that_is_wrong():
    with pytest.raises(Exception, match="bogus"):
        validate({**DOCUMENT, "bogus": {}})


def test_it_says_what_is_assumed_and_that_no_host_is_known():
    assert DOCUMENT["info"]["description"].startswith("Trial on an assumed interface (142 of 142")
    assert "No host is stated" in DOCUMENT["info"]["description"]
    assert "servers" not in DOCUMENT
    assert DOCUMENT["info"]["x-profile"]["digest"] == PUBLIC.digest
    assert DOCUMENT["security"] == [{"mtls": []}]
    assert DOCUMENT["components"]["securitySchemes"]["mtls"]["type"] == "mutualTLS"


# What a profile changes


def test_hosts_headers_and_limits(tmp_path):
    document = of(
        tmp_path,
        f"hosts: {{recette: {{url: 'https://127.0.0.1:8443', {SAID}}}}}\n"
        f"headers:\n  X-Town: {{value: '{{siret}}', {SAID}}}\n  X-Version: {{value: '3', {SAID}}}\n"
        f"limits: {{body_bytes: {{value: 900, {SAID}}}}}\n",
    )
    assert [server["url"] for server in document["servers"]] == ["https://127.0.0.1:8443"]
    _, _, told = operations(document)["send_avis_initial"]
    headers = {item["name"]: item for item in told["parameters"] if item["in"] == "header"}
    assert set(headers) == {"X-Town", "X-Version"}
    assert headers["X-Version"]["schema"]["const"] == "3"
    assert headers["X-Town"]["x-template"] == "{siret}"
    assert told["requestBody"]["x-max-bytes"]["value"] == 900


def test_an_operation_that_is_removed_is_left_out(tmp_path):
    document = of(tmp_path, "operations: {read_impression: null}\n")
    assert set(operations(document)) == set(OPERATIONS) - {"read_impression"}


def test_two_operations_on_one_path_are_alternatives(tmp_path):
    entry = f"{{method: POST, path: '/tout/{{siret}}', success: [200], {SAID}}}"
    document = of(
        tmp_path, f"operations: {{send_avis_initial: {entry}, send_annulation: {entry}, check_front: {entry}}}\n"
    )
    told = document["paths"]["/tout/{siret}"]["post"]
    assert told["operationId"] == "check_front_or_send_avis_initial_or_send_annulation"
    bodies = told["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    assert [body["$ref"].rpartition("/")[2] for body in bodies] == ["avis_initial", "annulation"]
    answers = told["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
    assert [body["$ref"].rpartition("/")[2] for body in answers] == ["controle_front", "accuse"]


def test_returns_that_are_pushed_are_a_webhook(tmp_path):
    push = (
        "retours: {mode: push, after: apres, items: retours, sequence: sequence, kind: type, message: contenu,"
        f" more: suite, page: 10, {SAID}}}\noperations: {{read_retour: null}}\n"
    )
    document = of(tmp_path, push)
    assert "read_retour" not in operations(document)
    body = document["webhooks"]["retours"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/page_retours"}


def test_in_an_envelope_a_return_stands_bare_in_its_page(tmp_path):
    schemas = openapi_document(load_profile(str(other_profile(tmp_path))))["components"]["schemas"]
    assert set(schemas["accuse"]["properties"]) == {"charge", "entete"}
    assert "message" in schemas["accuse.contenu"]["properties"]


def test_xml_names_attributes_elements_and_repeated_ones():
    schemas = openapi_document(load_profile(str(PROFILES / "autre.yaml")))["components"]["schemas"]
    depot = schemas["certificat_depot"]
    assert depot["xml"] == {"name": "DepotCle", "namespace": "urn:essai:autre:7"}
    cle = depot["properties"]["Corps"]["properties"]["Cle"]["properties"]
    assert cle["@sha256"]["xml"] == {"name": "sha256", "attribute": True}
    assert cle["Chaine"]["xml"] == {"name": "Chaine", "namespace": "urn:essai:autre:7"}
    envois = schemas["page_retours"]["properties"]["Lot"]["properties"]["Envoi"]
    assert (envois["xml"], envois["items"]["xml"]["name"]) == ({"wrapped": False}, "Envoi")
    assert schemas["refus"]["properties"]["Cause"]["properties"]["#text"]["x-text"] is True
    assert "xml" not in DOCUMENT["components"]["schemas"]["certificat_depot"]


# Real exchanges


def conforms(operation, reply):
    """Check an answer of the embedded SI FPS against what the document says of its operation."""
    _, _, told = operations(DOCUMENT)[operation]
    answer = told["responses"].get(str(reply.status)) or DOCUMENT["components"]["responses"]["refusal"]
    assert ("$ref" in answer) is False
    (content,) = answer["content"].values()
    resource = Resource(contents=DOCUMENT, specification=DRAFT202012)
    registry = Registry().with_resource("urn:document", resource)
    pointer = {"$ref": f"urn:document{content['schema']['$ref']}"}
    jsonschema.Draft202012Validator(pointer, registry=registry).validate(json.loads(reply.body))
    return reply


@pytest.fixture
def inside(tmp_path):
    with Inside(tmp_path) as world:
        yield world


def test_a_notice_its_returns_and_its_print_request_conform(inside):
    siret = inside.town()
    peer = peer_of(siret)
    assert conforms("check_front", inside.call("check_front", peer, siret=siret)).status == 200
    message = avis(siret)
    assert conforms("send_avis_initial", inside.send(message)).status == 201
    absent = inside.call("read_impression", peer, siret=siret, numero=message.numero)
    assert conforms("read_impression", absent).status == 404
    inside.move(siret, avance="P200D")
    printed = inside.call("read_impression", peer, siret=siret, numero=message.numero)
    assert conforms("read_impression", printed).status == 200
    page = conforms("read_retour", inside.call("read_retour", peer, query="apres=0", siret=siret))
    assert page.json["retours"]


def test_refusals_conform(inside):
    siret = inside.town()
    assert (
        conforms("send_avis_initial", inside.call("send_avis_initial", peer_of(siret), b"{}", siret=siret)).status
        == 422
    )
    assert (
        conforms("send_avis_initial", inside.call("send_avis_initial", peer_of(siret), b"no", siret=siret)).status
        == 400
    )
    assert conforms("check_front", inside.call("check_front", b"nobody", siret=siret)).status == 403


def test_an_answer_that_does_not_conform_is_seen(inside):
    siret = inside.town()
    reply = inside.call("check_front", peer_of(siret), siret=siret)
    with pytest.raises(jsonschema.ValidationError):
        conforms("send_avis_initial", reply._replace(status=201))
    with pytest.raises(jsonschema.ValidationError):
        conforms("read_retour", reply)
