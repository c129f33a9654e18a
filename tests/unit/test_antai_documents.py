"""Pages of returns and refusals: read whole or refused with the place; nothing lost, nobody else's taken for ours."""

import json
from pathlib import Path

import pytest

import embedded
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai.answers import Answer, Call, Reader, refusal
from fpsctl.antai.documents import read_page, read_refusal, write_page, write_refusal
from fpsctl.antai.messages import DateEnvoi
from fpsctl.antai.wire_json import Unreadable
from fpsctl.errors import ConnectionFailed, Refused

OTHER = load_profile(str(Path(__file__).parents[1] / "profiles" / "autre.yaml"))
PUBLIC = load_profile("public")
SENT = DateEnvoi(numero=embedded.avis("13000000300009").numero, envoye_le="2026-03-04", mode="postal")
CALL = Call("read_retour", "here:1", safe=True)
WORD = "confidence: official, source: trial"


def page(profile, count=2):
    tree = codec_for(profile).tree(SENT)
    wire = profile.messages["date_envoi"].wire
    return write_page(profile, [(n, wire, tree) for n in range(1, count + 1)], more=False)


def heard(profile, body):
    reader = Reader(profile)
    return reader.page(Answer(200, profile.formats.media_type.value, None, body), CALL), reader.findings


@pytest.mark.parametrize("profile", [PUBLIC, OTHER], ids=["json", "xml"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_page_is_read_back(profile, count):
    retours, findings = heard(profile, page(profile, count))
    assert [(item.sequence, item.kind, item.message) for item in retours.items] == [
        (n, "date_envoi", SENT) for n in range(1, count + 1)
    ]
    assert not retours.more and not findings


XML = page(OTHER).decode()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</Releve>", "<Lot><Suite>false</Suite></Lot></Releve>", "2 x Lot"),
        ("<Suite>", "<Suite>false</Suite><Suite>", "2 x Suite"),
        ("</Contenu>", "</Contenu><Contenu/>", "2 x Contenu"),
        ('rang="1"', f'rang="{"1" * 5000}"', "@rang"),
        ('rang="1"', 'rang="un"', "@rang"),
        ("<Suite>false</Suite>", "", "Lot.Suite"),
        ("<Suite>false</Suite>", "<Suite>peut-être</Suite>", "Lot.Suite"),
        ("Releve", "Bidule", "<{urn:essai:autre:7}Bidule>"),
    ],
)
def test_a_page_that_is_in_doubt_is_refused_whole(old, new, said):
    with pytest.raises(Unreadable) as caught:
        read_page(OTHER, XML.replace(old, new).encode())
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("profile", "body", "place"),
    [
        (OTHER, XML.replace("<Lot>", "<Alerte>x</Alerte><Lot>", 1), "Alerte"),
        (OTHER, XML.replace("<Descriptif>", "<Note>x</Note><Descriptif>", 1), "Note"),
        (PUBLIC, '{"retours": [], "suite": false, "alerte": "x"}', "alerte"),
    ],
)
def test_what_a_page_holds_besides_is_told(profile, body, place):
    _, findings = heard(profile, body.encode())
    assert [(item.id, item.detail) for item in findings] == [("message.field.unknown", place)]


@pytest.mark.parametrize("profile", [PUBLIC, OTHER], ids=["json", "xml"])
def test_an_item_without_message_holds_up_no_other(profile):
    body = page(profile).decode()
    start = body.index("<Contenu>") if profile is OTHER else body.index('"contenu"')
    end = body.index("</Contenu>") + 10 if profile is OTHER else body.index("}}", start) + 2
    cut = body[:start].rstrip(",") + body[end:]
    retours, findings = heard(profile, cut.encode())
    assert [item.message for item in retours.items] == [None, SENT]
    assert [item.id for item in findings] == ["message.unreadable"]


def test_a_page_of_the_version_before_is_read(tmp_path):
    (tmp_path / "v1.yaml").write_text(
        'profile: v\nversion: "1"\nextends: public\nmessages:\n  date_envoi:\n    wire: envoiAncien\n'
        f"    provenance: {{{WORD}}}\n    fields: {{mode: {{path: courrier.parQuoi, {WORD}}}}}\n"
    )
    (tmp_path / "v2.yaml").write_text('profile: v\nversion: "2"\nextends: public\nsupersedes: ./v1.yaml\n')
    old, new = (load_profile(str(tmp_path / f"v{n}.yaml")) for n in (1, 2))
    retours, findings = heard(new, page(old, 1))
    assert [(item.kind, item.message) for item in retours.items] == [("date_envoi", SENT)]
    assert [item.id for item in findings] == ["message.version.older"]


def test_a_constant_of_the_version_before_means_that_version(tmp_path):
    for n in (1, 2):
        before = "supersedes: ./v1.yaml\n" if n == 2 else ""
        (tmp_path / f"v{n}.yaml").write_text(
            f'profile: v\nversion: "{n}"\nextends: public\n{before}formats:\n  envelope:\n    message: m\n'
            f'    constants: {{v: {{value: "{n}", {WORD}}}}}\n    confidence: official\n    source: trial\n'
        )
    old, new = (load_profile(str(tmp_path / f"v{n}.yaml")) for n in (1, 2))
    decoded = codec_for(new).decode("date_envoi", codec_for(old).encode(SENT))
    assert decoded.message == SENT
    assert [item.id for item in decoded.findings] == ["message.version.older"]


# Refusals


def test_a_refusal_without_facts_keeps_its_code():
    body = write_refusal(OTHER, {"code": "message.cle-privee", "detail": "x", "params": {}})
    assert read_refusal(OTHER, "application/xml", body)["params"] == {}
    answer = Answer(422, "application/xml", None, body)
    assert refusal(OTHER, answer, CALL).code == "message.cle-privee"


@pytest.mark.parametrize(
    ("body", "status"), [(b"<html><body>404</body></html>", 404), (b"<Refus xmlns='urn:essai:autre:7'/>", 404)]
)
def test_the_page_of_a_proxy_is_no_refusal_of_the_si_fps(body, status):
    found = refusal(OTHER, Answer(status, "application/xml", None, body), CALL)
    assert isinstance(found, ConnectionFailed) and found.code == "http.profile.wrong-path"


def test_a_gateway_s_json_is_no_refusal_either(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(
        f'profile: p\nversion: "1"\nextends: public\nerrors: {{media_type: application/json, {WORD}}}\n', "utf-8"
    )
    profile = load_profile(str(path))
    body = json.dumps({"message": "no Route matched"}).encode()
    assert refusal(profile, Answer(404, "application/json", None, body), CALL).code == "http.profile.wrong-path"
    told = json.dumps({"code": "Z9", "detail": "non"}).encode()
    found = refusal(profile, Answer(404, "application/json", None, told), CALL)
    assert isinstance(found, Refused) and found.params["code"] == "Z9"


def test_an_unknown_kind_stays_hidden_under_a_confidential_profile():
    hidden = PUBLIC.model_copy(update={"confidential": True})
    body = page(PUBLIC, 1).replace(b"dateEnvoi", b"nomSecret", 1)
    retours, findings = heard(hidden, body)
    assert retours.items[0].kind == "-" and "nomSecret" not in findings[0].detail
