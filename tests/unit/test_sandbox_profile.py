"""What a profile makes the embedded SI FPS do: pace, limits, statuses and codes of refusals, returns it cannot push."""

import logging
import re
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from embedded import annulation, avis, rectificatif
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai.operations import OPERATIONS, headers_of
from fpsctl.errors import LocalError, Refused
from fpsctl.pki.keys import make_key
from fpsctl.sandbox import app
from fpsctl.sandbox.front import Call
from fpsctl.sandbox.headers import check_headers
from fpsctl.sandbox.pace import Pace
from worlds import A, B, Inside, peer_of

HEAD = """\
profile: essai
version: "1"
title: {fr: "Essai", en: "Trial"}
extends: public
"""
WORD = "confidence: official, source: trial"
OTHER = Path(__file__).parent.parent / "profiles" / "autre.yaml"


def profile(folder, added):
    (folder / "essai.yaml").write_text(HEAD + added, encoding="utf-8")
    return load_profile(str(folder / "essai.yaml"))


def test_a_caller_that_asks_too_fast_is_told_how_long_to_wait(tmp_path):
    paced = profile(tmp_path, f"limits: {{requests_per_minute: {{value: 3, {WORD}}}}}\n")
    with Inside(tmp_path, profile=paced) as world:
        for siret in (A, B):
            world.town(siret)
        codes = [world.call("check_front", peer_of(A), siret=A).code for _ in range(5)]
        assert codes == ["", "", "", "http.debit", "http.debit"]
        assert world.call("check_front", peer_of(B), siret=B).code == ""  # another caller is another matter


def test_the_minute_slides():
    paced = load_profile("public")
    limits = paced.limits.model_copy(
        update={"requests_per_minute": paced.limits.body_bytes.model_copy(update={"value": 2})}
    )
    pace = Pace(paced.model_copy(update={"limits": limits}))
    pace.take("a", 0.0)
    pace.take("a", 50.0)
    with pytest.raises(Refused) as caught:
        pace.take("a", 55.5)
    assert caught.value.params == {"most": 2, "attente": 5}
    pace.take("a", 60.0)
    with pytest.raises(Refused):
        pace.take("a", 60.0)
    pace.take("b", 60.0)


def test_no_bound_lets_everybody_through():
    pace = Pace(load_profile("public"))
    for _ in range(1000):
        pace.take("a", 0.0)


def test_statuses_and_codes_of_refusals_are_the_profile_s(tmp_path):
    told = profile(
        tmp_path,
        "errors:\n  codes:\n"
        f"    numero.conflit: {{wire: DOUBLON, status: 418, {WORD}}}\n    message.cycle: {{wire: 7, {WORD}}}\n",
    )
    with Inside(tmp_path, profile=told) as world:
        world.town(A)
        notice = avis(A)
        assert world.send(notice).status == 201
        reply = world.send(notice.model_copy(update={"lieu": "Ailleurs"}))
        assert (reply.status, reply.json["code"], reply.json["title"]) == (418, "DOUBLON", "I'm a Teapot")
        assert reply.json["params"]["numero"] == notice.numero


def test_pushed_returns_are_not_pretended(tmp_path):
    pushed = profile(tmp_path, f"retours: {{mode: push, {WORD}}}\n")
    with pytest.raises(LocalError) as caught:
        Inside(tmp_path, profile=pushed)
    assert caught.value.code == "sandbox.push"


def test_a_profile_that_leaves_a_message_out_is_refused_at_the_start(tmp_path):
    partial = profile(tmp_path, "messages: {rejet: null, fps_impaye: null}\n")
    with pytest.raises(LocalError) as caught:
        Inside(tmp_path, profile=partial)
    assert caught.value.code == "sandbox.messages"
    assert caught.value.params["kinds"] == "fps_impaye, rejet"


# What the profile cannot carry is no fault of the caller's


def unsaid(folder, kind, field, value):
    """Return a profile on which one value of a message is not on the wire, and always reads the same."""
    entry = f"{field}: {{path: null, default: {value}, {WORD}}}"
    return profile(folder, f"messages: {{{kind}: {{provenance: {{{WORD}}}, fields: {{{entry}}}}}}}\n")


def test_an_answer_that_cannot_be_written_is_our_fault_and_nothing_happened(tmp_path, caplog):
    with Inside(tmp_path, profile=unsaid(tmp_path, "accuse", "objet", "annulation")) as world:
        world.town(A)
        before = world.disk()
        reply = world.send(avis(A))
        assert (reply.status, reply.code) == (500, "sandbox.interne")
        assert "objet" not in reply.body.decode()
        assert world.disk() == before
    (record,) = caplog.records
    told = record.getMessage()
    assert all(word in told for word in ("send_avis_initial", "message.unmapped", "objet", "essai"))
    assert record.exc_info is None


def test_a_page_that_cannot_be_written_is_our_fault(tmp_path):
    with Inside(tmp_path, profile=unsaid(tmp_path, "date_envoi", "mode", "dematerialise")) as world:
        world.town(A)
        world.send(avis(A))
        world.move(A, at="2026-04-20T02:30:00+01:00")
        assert (reply := world.call("read_retour", peer_of(A), siret=A)).status == 500
        assert reply.code == "sandbox.interne"


# Private keys

PEM = make_key("ec256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
HIDDEN = {
    "plain": PEM,
    "decimal": PEM.replace("PRIVATE", "&#80;RIVATE"),
    "padded": PEM.replace("PRIVATE", "&#0000080;RIVATE"),
    "blank": PEM.replace("PRIVATE KEY", "PRIVATE&#x20;KEY"),
    "cdata": PEM.replace("PRIVATE", "PRI<![CDATA[VATE]]>"),
    "comment": PEM.replace("PRIVATE", "PRI<!-- -->VATE"),
    "instruction": PEM.replace("PRIVATE", "PRI<?x y?>VATE"),
    "element": PEM.replace("PRIVATE", "PRI<b>VA</b>TE"),
    "bare": "".join(PEM.splitlines()[1:-1]),
    "bare, in references": "".join(f"&#{ord(letter)};" for letter in "".join(PEM.splitlines()[1:-1])),
    "another banner": PEM.replace("PRIVATE KEY", "SECRET"),
}
"""How a key may be written in XML; what each says is the same, or as bad."""


def traces(world):
    """Return what is kept of the key, on disk and in the log."""
    kept = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    return [line for line in PEM.splitlines()[1:-1] if line.encode() in kept]


PLACES = {
    "value": set(),
    "unknown": set(),
    "attribute": {"cdata", "comment", "instruction", "element"},
    "twice": set(),
    "broken": {"element", "bare, in references"},
}
"""Where it may stand; no attribute can hold some forms, and nothing reads some of those of a broken document."""


@pytest.mark.parametrize(
    ("place", "how"), [(place, how) for place, never in PLACES.items() for how in HIDDEN if how not in never]
)
def test_a_private_key_in_xml_is_refused_however_it_is_written(tmp_path, how, place):
    key = HIDDEN[how].encode()
    with Inside(tmp_path, profile=load_profile(str(OTHER))) as world:
        world.town(A)
        body = codec_for(world.profile).encode(avis(A))
        body = {
            "value": re.sub(rb"<Voie>[^<]*", lambda _: b"<Voie>" + key, body),
            "unknown": body.replace(b"</Corps>", b"<Inconnu>" + key + b"</Inconnu></Corps>"),
            "attribute": body.replace(b"<Corps>", b'<Corps x="' + key + b'">'),
            "twice": re.sub(rb"<Voie>[^<]*</Voie>", lambda _: b"<Voie>a</Voie><Voie>" + key + b"</Voie>", body),
            "broken": body.replace(b"</Corps>", key),
        }[place]
        before = world.disk()
        reply = world.call("send_avis_initial", peer_of(A), body, siret=A)
        assert (reply.status, b"message.cle-privee" in reply.body) == (422, True)
        assert world.disk() == before
        assert traces(world) == []
        assert PEM.splitlines()[1].encode() not in reply.body


# Headers


@pytest.mark.parametrize("value", ["{kind}", "{numero}", "x {numero}", "{siret}-{correlation}", "{idempotence}/{kind}"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_the_client_sends_is_what_the_sandbox_asks_for(tmp_path, operation, value):
    stated = profile(tmp_path, f"headers: {{X-Essai: {{value: '{value}', {WORD}}}}}\n")
    parts = {"siret": A}
    if operation == "read_impression":
        parts["numero"] = avis(A).numero
    kind = OPERATIONS[operation].request
    facts = {
        **parts,
        "operation": operation,
        "kind": stated.messages[kind].wire if kind else "",
        "numero": avis(A).numero if operation.startswith("send_") else parts.get("numero", ""),
        "correlation": "c",
        "idempotence": "i",
    }
    sent = headers_of(stated, operation, facts)
    check_headers(stated, call := Call(operation, parts, {}, b"", b""), sent)
    if not sent["x-essai"].strip():
        check_headers(stated, call, {})  # an empty header is one that is not there
    elif not operation.startswith("send_") or "numero" not in value:
        for other in ("", "other"):
            with pytest.raises(Refused):
                check_headers(stated, call, {"x-essai": other})


def test_what_the_caller_makes_up_must_be_there(tmp_path):
    stated = profile(tmp_path, f"headers: {{X-C: {{value: 'c-{{correlation}}', {WORD}}}}}\n")
    call = Call("check_front", {"siret": A}, {}, b"", b"")
    check_headers(stated, call, {"x-c": "c-1"})
    for wrong in ("", "c-", "d-1"):
        with pytest.raises(Refused) as caught:
            check_headers(stated, call, {"x-c": wrong})
        assert caught.value.params == {"entete": "X-C", "lu": wrong or "-", "attendu": "c-*"}


def test_a_late_answer_keeps_the_time_to_wait(tmp_path):
    class Awaiting:
        headers = {"expect": "100-continue", "content-length": "5"}  # noqa: RUF012 - read only

    told = app.refusal(Awaiting, Refused("http.debit", most=1, attente=30), profile(tmp_path, ""))
    assert told.headers == {"retry-after": "30", "connection": "close"}


# Addresses


def test_an_address_and_its_message_name_the_same_notice(tmp_path):
    with Inside(tmp_path, profile=load_profile(str(OTHER))) as world:
        world.town(A)
        notice = avis(A)
        world.send(notice)
        body = codec_for(world.profile).encode(annulation(notice, 1000, day="2026-03-02"))
        before = world.disk()
        reply = world.call("send_annulation", peer_of(A), body, siret=A, numero=avis(A, 2).numero)
        assert (reply.status, b"message.numero" in reply.body) == (422, True)
        assert world.disk() == before
        assert world.call("send_annulation", peer_of(A), body, siret=A, numero=notice.numero).status == 202
        world.move(A, at="2026-04-10T10:00:00+02:00")
        second = avis(A, 3)
        world.send(second)
        corrective = rectificatif(second, 2000, day="2026-04-10")
        body = codec_for(world.profile).encode(corrective)
        reply = world.call("send_avis_rectificatif", peer_of(A), body, siret=A, numero=second.numero)
        assert b"message.numero" in reply.body


@pytest.mark.parametrize("empreinte", ["zz", "0" * 63, "g" * 64, "0" * 65])
def test_what_is_no_fingerprint_is_refused(tmp_path, empreinte):
    with Inside(tmp_path) as world:
        world.town(A)
        reply = world.call("read_certificat", peer_of(A), siret=A, empreinte=empreinte)
        assert (reply.status, reply.code) == (422, "certificat.empreinte")


def test_a_request_to_no_address_is_in_the_traffic_log(tmp_path):
    with Inside(tmp_path) as world:
        for method, path in (("GET", "/nowhere/1"), ("DELETE", f"/front/v1/{A}/retours")):
            world._ask(world._front, method, path, "", b"", peer_of(A))  # noqa: SLF001 - no operation has it
        lines = world.store.echanges(None, 0, 9)
    assert [(line["operation"], line["methode"], line["chemin"], line["statut"], line["code"]) for line in lines] == [
        ("-", "GET", "/nowhere/1", 404, "http.route-inconnue"),
        ("-", "DELETE", f"/front/v1/{A}/retours", 405, "http.methode"),
    ]


# Refusals


def test_the_cause_of_a_refusal_is_an_error_not_a_remark(tmp_path):
    with Inside(tmp_path) as world:
        world.town(A)
        body = codec_for(world.profile).encode(avis(A))
        body = body.replace(b'{"', b'{"nouveau":1,"', 1).replace(b'"lieu"', b'"lieux"')
        reply = world.call("send_avis_initial", peer_of(A), body, siret=A)
        outcomes = [found["outcome"] for found in reply.json["findings"]]
        assert (outcomes[0], outcomes.count("fail")) == ("warn", 1)
        assert reply.json["params"]["premier"] == reply.json["findings"][outcomes.index("fail")]["detail"]


def test_a_confidential_profile_is_told_in_canonical_words(tmp_path):
    secret = tmp_path / "secret.yaml"
    secret.write_text(OTHER.read_text(encoding="utf-8").replace("confidential: false", "confidential: true"))
    with Inside(tmp_path, profile=load_profile(str(secret))) as world:
        world.town(A)
        path = f"/echange/bonjour/{A}"
        told = world._ask(world._front, "POST", path, "", b"", peer_of(A), {"x-a": "b"}).body.decode()  # noqa: SLF001 - headers of no client
        assert "http.entete" in told
        assert "<entete>siret</entete>" in told
        assert "X-Collectivite" not in told
        told = world.call("read_retour", peer_of(A), query="depuis=zz", siret=A).body.decode()
        assert "<champ>apres</champ>" in told
        assert "depuis" not in told


# Hooks

HOOK = """
from fpsctl.antai.hook import Hook


class Reads(Hook):
    def incoming(self, exchange):
        if exchange.side == "antai":
            raise RuntimeError("no\\nkey")
        return exchange


class Writes(Hook):
    def outgoing(self, exchange):
        if exchange.side == "antai":
            raise RuntimeError("no\\ntoken")
        return exchange
"""


@pytest.mark.parametrize(("name", "words"), [("Reads", "could not be read"), ("Writes", "answered 201, which is kept")])
def test_a_hook_that_does_not_work_is_our_fault(tmp_path, caplog, name, words):
    (tmp_path / "hooks.py").write_text(HOOK, encoding="utf-8")
    hooked = profile(tmp_path, f"hook: {{file: hooks.py, name: {name}, {WORD}}}\n")
    with Inside(tmp_path, profile=hooked) as world:
        world.town(A)
        before = world.disk()
        caplog.clear()
        reply = world.send(avis(A))
        assert (reply.status, reply.code) == (500, "sandbox.interne")
        assert (world.disk() != before) == (name == "Writes")
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    told = record.getMessage()
    assert all(word in told for word in ("send_avis_initial", words, name, "hooks.py"))
    assert (record.exc_info, "\n" in told) == (None, False)


# Bounds


@pytest.mark.parametrize("names", ["json", "xml", "attribute"])
def test_much_that_is_unknown_is_told_in_a_moment(tmp_path, names):
    known = load_profile("public" if names == "json" else str(OTHER))
    limits = known.limits.model_copy(update={"body_bytes": None})
    with Inside(tmp_path, profile=known.model_copy(update={"limits": limits})) as world:
        world.town(A)
        body = codec_for(known).encode(avis(A))
        body = {
            "json": body.replace(b'{"', b"{" + b"".join(b'"z%d":0,' % n for n in range(25_000)) + b'"', 1),
            "xml": body.replace(b"</Corps>", b"".join(b"<z%d/>" % n for n in range(25_000)) + b"</Corps>"),
            "attribute": body.replace(b"<Corps>", b'<Corps x="' + b"y" * 1_000_000 + b'">'),
        }[names]
        start = time.perf_counter()
        reply = world.call("send_avis_initial", peer_of(A), body, siret=A)
        taken = time.perf_counter() - start
    assert reply.status in (201, 202)
    assert taken < 5, taken  # a second, and what a busy machine adds
