from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import string
from pathlib import Path
from typing import Annotated, ClassVar, Literal, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime

from fpsctl.antai import Codec, codec_for, load_profile
from fpsctl.antai import codec as codec_module
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.messages import (
    MESSAGES,
    Annulation,
    AvisInitial,
    AvisRectificatif,
    CertificatDepot,
    CertificatStatut,
    FpsImpaye,
    Rejet,
)
from fpsctl.antai.messages.base import Donnees, Message, Texte, donnee
from fpsctl.antai.profile_model import MessageEntry
from fpsctl.antai.wire_findings import SEVERITIES
from fpsctl.antai.wire_json import MAX_DEPTH, Unreadable
from fpsctl.antai.wire_models import make_plan
from fpsctl.antai.wire_tree import WireClash
from fpsctl.checks import Actor, Outcome, Severity
from fpsctl.errors import LocalError
from fpsctl.identifiers import Immatriculation, Montant, NumeroFps, Siret
from fpsctl.texts import catalogue

WIRE = Path(__file__).parents[1] / "wire"
NAMES = sorted(path.name.removesuffix(".expected.json") for path in WIRE.glob("*.expected.json"))
GOOD = [name for name in NAMES if not name.startswith("bad-")]
BAD = [name for name in NAMES if name.startswith("bad-")]

OVERRIDES = """\
profile: other
version: "1"
title: {fr: "Autre", en: "Other"}
extends: public
confidential: CONFIDENTIAL
formats:
  amounts: {value: euros_decimal, confidence: official, source: "invented specification"}
  instants: {value: epoch_seconds, confidence: official, source: "invented specification"}
messages:
  titre_emis:
    provenance: {confidence: official, source: "invented specification, 5"}
    fields:
      majoration: {path: titreExecutoire.montants.majoration, amounts: cents}
  certificat_statut:
    provenance: {confidence: official, source: "invented specification, 6"}
    fields:
      etat: {path: etat, codes: {inconnu: 0, depose: 1, actif: 2, remplace: 3, revoque: 4, expire: "E"}}
"""


@pytest.fixture(scope="module")
def codec() -> Codec:
    return codec_for(load_profile("public"))


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> Codec:
    return _other(tmp_path_factory.mktemp("profiles"), confidential=False)


def _other(folder: Path, *, confidential: bool) -> Codec:
    path = folder / "other.yaml"
    path.write_text(OVERRIDES.replace("CONFIDENTIAL", str(confidential).lower()))
    return codec_for(load_profile(str(path)))


def wire(name: str) -> bytes:
    return (WIRE / f"{name}.json").read_bytes()


def expected(name: str) -> dict:
    return json.loads((WIRE / f"{name}.expected.json").read_bytes())


def said(findings) -> list[list[str]]:
    return [[finding.id, finding.outcome.value, stable(finding.detail)] for finding in findings]


def stable(detail):
    """Return a detail without the sentence that explains its reason."""
    return detail if detail.startswith("(") else re.sub(r" \(.*\)$", "", detail)


# --- files written by hand, as the other side would write them ---------------------------------------


def test_every_kind_has_a_hand_written_example():
    assert {expected(name)["kind"] for name in GOOD} == set(MESSAGES)
    assert all((WIRE / f"{name}.json").exists() for name in NAMES) and len(BAD) > 15


@pytest.mark.parametrize("name", GOOD)
def test_a_hand_written_message_is_read_as_expected(name, codec):
    known = expected(name)
    decoded = codec.decode(known["kind"], wire(name))
    assert said(decoded.findings) == [] and not decoded.unknown
    assert type(decoded.message) is MESSAGES[known["kind"]]
    assert decoded.message.model_dump(mode="json", exclude_none=True) == known["message"]


@pytest.mark.parametrize("name", GOOD)
def test_a_message_is_written_as_the_other_side_writes_it(name, codec):
    known = expected(name)
    written = codec.encode(MESSAGES[known["kind"]].model_validate(known["message"]))
    assert json.loads(written) == json.loads(wire(name))
    keys = json.loads(written, object_pairs_hook=lambda pairs: [key for key, _ in pairs])
    assert keys == sorted(keys), "keys come in one order"


@pytest.mark.parametrize("name", BAD)
def test_a_faulty_message_is_told_precisely_and_never_crashes(name, codec):
    known = expected(name)
    decoded = codec.decode(known["kind"], wire(name))
    assert said(decoded.findings) == known["findings"]
    assert (decoded.message is not None) is known["built"]
    direction = MESSAGES[known["kind"]].direction
    for finding in decoded.findings:
        assert finding.actor is (Actor.ANTAI if direction == "in" else Actor.EDITEUR)
        assert finding.severity is (Severity.WARNING if finding.outcome is Outcome.WARN else Severity.ERROR)


@pytest.mark.parametrize("name", GOOD)
def test_what_the_other_side_adds_at_any_depth_is_kept(name, codec):
    kind = expected(name)["kind"]
    content = json.loads(wire(name))
    places = list(_add_everywhere(content))
    decoded = codec.decode(kind, json.dumps(content).encode())
    assert decoded.message == codec.decode(kind, wire(name)).message
    assert sorted(decoded.unknown) == sorted(places) and len(places) > 1
    assert {finding.id for finding in decoded.findings} == {"message.field.unknown"}
    assert sorted(finding.detail for finding in decoded.findings) == sorted(
        f'{place} = {{"a": [1]}}' for place in places
    )


def _add_everywhere(value, path=""):
    if isinstance(value, dict):
        for name, inner in list(value.items()):
            yield from _add_everywhere(inner, f"{path}.{name}" if path else name)
        value["x-new"] = {"a": [1]}
        yield f"{path}.x-new" if path else "x-new"
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _add_everywhere(inner, f"{path}[{index}]")


@pytest.mark.parametrize("name", GOOD)
def test_each_mandatory_value_is_missed_and_each_optional_one_is_not(name, codec):
    """Take each value out in turn: a mandatory one is told by its wire path, an optional one is simply absent."""
    kind = expected(name)["kind"]
    fields = load_profile("public").messages[kind].fields
    leaves = leaves_of(MESSAGES[kind])
    for path, entry in fields.items():
        content = json.loads(wire(name))
        if "[]" in path or not _remove(content, entry.path.split(".")):
            continue
        decoded = codec.decode(kind, json.dumps(content).encode())
        left = {name for name, field in fields.items() if _stands(content, field.path.replace("[]", "").split("."))}
        if leaves[path].needed_among(left):
            assert decoded.message is None, path
            (finding,) = decoded.findings
            assert finding.id == "message.field.missing" and entry.path.startswith(finding.detail), path
        else:
            assert decoded.findings == () and decoded.message is not None, path


def _stands(content, steps) -> bool:
    for step in steps:
        content = content.get(step) if isinstance(content, dict) else content
    return content is not None


def _remove(content, steps) -> bool:
    for step in steps[:-1]:
        content = content.get(step, {})
    return content.pop(steps[-1], None) is not None


# --- what is not a message at all ----------------------------------------------------------------------

DATE = b'{"courrier":{"numeroAvis":"13000000300009260061007042","dateEnvoi":"2026-03-06","modeNotification":"POSTAL"}}'


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "syntax, line 1, column 1"),
        (b"{", "syntax, line 1, column 2"),
        (DATE + b"x", f"syntax, line 1, column {len(DATE) + 1}"),
        (b"[" + DATE + b"]", "not-object"),
        (b"null", "not-object"),
        (b'"text"', "not-object"),
        (DATE.replace(b"POSTAL", b"POST\xe9"), "encoding"),
        (DATE.decode().encode("utf-16"), "encoding"),
        (b"\xef\xbb\xbf" + DATE, "syntax, line 1, column 1"),
        (DATE.replace(b'"POSTAL"', b"NaN"), "NaN"),
        (DATE.replace(b'"POSTAL"', b"-Infinity"), "-Infinity"),
        (DATE.replace(b'"POSTAL"', b"1" * 5000), "number"),
        (DATE.replace(b"POSTAL", b"\\ud800"), "surrogate"),
        (b'{"x":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "depth"),
        (b"[" * 100_000, "depth"),
        (b'{"x":' * 100_000, "depth"),
    ],
)
def test_what_is_not_one_json_object_is_unreadable(data, detail, codec):
    decoded = codec.decode("date_envoi", data)
    assert decoded.message is None
    assert said(decoded.findings) == [["message.unreadable", "fail", stable(str(Unreadable(detail)))]]


def test_the_deepest_object_allowed_is_read(codec):
    deep = b'{"x":' * (MAX_DEPTH - 1) + b"1" + b"}" * (MAX_DEPTH - 1)
    decoded = codec.decode("date_envoi", DATE[:-1] + b',"y":' + deep + b"}")
    assert decoded.message is not None and set(decoded.unknown) == {"y"}


@pytest.mark.parametrize(
    "value", ['a"b', "a\\", 'x":', '","montant":', '\\"', '{"a":1}', "é\u2028\U0001f600", "tab\tand\nline", "\x00"]
)
def test_texts_full_of_json_do_not_look_like_keys(value, codec, monkeypatch):
    """The normal path counts keys; a text must never make it think of a duplicate."""
    monkeypatch.setattr(codec_module, "read_json", None)  # the slow path would fail
    message = Rejet(
        numero=NumeroFps("13000000300009260061007042"),
        objet="avis_initial",
        code="format",
        libelle=value,
        champ=f"{value}:{value}",
        rejete_le=dt.datetime(2026, 3, 3, tzinfo=dt.UTC),
    )
    for data in (codec.encode(message), json.dumps(json.loads(codec.encode(message)), indent=2).encode()):
        assert codec.decode("rejet", data).message == message


def test_a_good_message_takes_the_normal_path_only(codec, monkeypatch):
    monkeypatch.setattr(codec_module, "read_json", None)
    for name in GOOD:
        assert codec.decode(expected(name)["kind"], wire(name)).message is not None


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_give_findings_and_no_crash(data):
    decoded = codec_for(load_profile("public")).decode("paiement", data)
    assert decoded.message is None and decoded.findings


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_gives_a_message_or_findings(data):
    codec = codec_for(load_profile("public"))
    name = data.draw(st.sampled_from(GOOD))
    content = json.loads(wire(name))
    holder, key = data.draw(st.sampled_from(list(_places(content))))
    holder[key] = data.draw(JSON)
    decoded = codec.decode(expected(name)["kind"], json.dumps(content).encode())
    failed = [finding for finding in decoded.findings if finding.outcome is Outcome.FAIL]
    assert (decoded.message is None) == bool(failed)


def _places(value):
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


# --- exact round trip of every kind --------------------------------------------------------------------

SIRETS = st.sampled_from(["13000000300009", "13000000300017"]).map(Siret)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
CODES = {
    (Annulation, "motif"): ["rapo", "decision_tsp", "autorite", "retrait"],
    (Rejet, "code"): ["format", "numero_double", "echec_identification"],
    ("ControleFront", "environnement"): ["production", "simulation"],
}


def offsets():
    return st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


def instants(*, whole_seconds: bool = False):
    found = st.datetimes(dt.datetime(2018, 1, 1), dt.datetime(2099, 12, 31), timezones=offsets())  # noqa: DTZ001
    return found.map(lambda instant: instant.replace(microsecond=0)) if whole_seconds else found


SCALARS = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(0, 9),
    Montant: st.integers(0, 10**12).map(Montant),
    Siret: SIRETS,
    NumeroFps: st.text(string.digits, min_size=26, max_size=26).map(NumeroFps),
    Immatriculation: st.integers(0, 400_000).map(Immatriculation.generate),
    dt.date: st.dates(dt.date(2018, 1, 1), dt.date(2099, 12, 31)),
}


def strategy(annotation, *, whole_seconds: bool):  # noqa: PLR0911 - one return for each sort of type
    if annotation is AwareDatetime:
        return instants(whole_seconds=whole_seconds)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        patterned = next((item.pattern for item in args[1:] if getattr(item, "pattern", None)), None)
        if patterned:
            return st.from_regex(patterned.replace("$", r"\Z"))
        return strategy(args[0], whole_seconds=whole_seconds)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(strategy(args[0], whole_seconds=whole_seconds), max_size=3).map(tuple)
    if type(None) in args:
        return st.none() | strategy(args[0], whole_seconds=whole_seconds)
    if isinstance(annotation, type) and issubclass(annotation, Donnees):
        return messages(annotation, whole_seconds=whole_seconds)
    return SCALARS[annotation]


@st.composite
def messages(draw, model, *, whole_seconds: bool = False):
    content = {}
    for name, info in model.model_fields.items():
        codes = CODES.get((model, name)) or CODES.get((model.__name__, name))
        pattern = next((item.pattern for item in info.metadata if getattr(item, "pattern", None)), None)
        if codes:
            content[name] = draw(st.sampled_from(codes))
        elif pattern:
            content[name] = draw(st.from_regex(pattern.replace("$", r"\Z")))
        else:
            content[name] = draw(strategy(info.annotation, whole_seconds=whole_seconds))
    return model.model_validate(consistent(model, content))


def consistent(model, content):
    if model is AvisInitial:
        content["montant_du"] = max(0, content["fps"] - content["deduit"])
    elif model is FpsImpaye:
        content["montant_initial"] = sum(content[part] for part in ("paye", "annule", "remis", "reste"))
    elif model is Annulation:
        content["montant_annule"] += content["part_majoration"]
    elif model is AvisRectificatif and content["numero"] == content["numero_initial"]:
        content["numero"] = f"{(int(content['numero']) + 1) % 10**26:026d}"
    elif model is CertificatDepot:
        body = content["certificat_pem"].encode()
        content["empreinte_sha256"] = hashlib.sha256(body).hexdigest()
        content["certificat_pem"] = (
            f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(body).decode()}\n-----END CERTIFICATE-----\n"
        )
    return content


@pytest.mark.parametrize("kind", MESSAGES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_message_comes_back_exactly(kind, data):
    codec = codec_for(load_profile("public"))
    message = data.draw(messages(MESSAGES[kind]))
    written = codec.encode(message)
    decoded = codec.decode(kind, written)
    assert decoded.findings == () and decoded.message == message
    assert decoded.message.model_dump_json() == message.model_dump_json(), "offsets are kept, not only instants"
    assert codec.encode(decoded.message) == written


@pytest.mark.parametrize("kind", MESSAGES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_message_comes_back_under_other_formats(kind, other, data):
    message = data.draw(messages(MESSAGES[kind], whole_seconds=True))
    decoded = other.decode(kind, other.encode(message))
    assert decoded.findings == () and decoded.message == message


# --- formats, codes, and what a profile leaves out ----------------------------------------------------


def test_formats_and_codes_are_those_of_the_profile(other):
    titre = MESSAGES["titre_emis"].model_validate(expected("titre_emis")["message"])
    written = json.loads(other.encode(titre))["titreExecutoire"]["montants"]
    assert written == {"fps": "32.80", "majoration": 5000}
    statut = CertificatStatut.model_validate(expected("certificat_statut")["message"])
    written = json.loads(other.encode(statut))
    assert written["etat"] == 2
    assert written["certificat"]["statut"] == {"dateEffet": 1767598200}


@pytest.mark.parametrize("amount", ["32.8", "32", "032.80", "32,80", "-1.00", " 32.80", "32.80 ", "٣٢.٨٠", ""])
def test_euros_are_written_one_way(amount, other):
    content = {
        "creance": {"numeroAvis": "13000000300009260061007042"},
        "titreExecutoire": {
            "numeroOrdre": "T", "dateSignature": "2026-06-19", "montants": {"fps": amount, "majoration": 1},
        },
    }  # fmt: skip
    decoded = other.decode("titre_emis", json.dumps(content).encode())
    assert said(decoded.findings) == [
        ["message.field.invalid", "fail", "titreExecutoire.montants.fps: montant.euros-decimal"]
    ]
    assert decoded.findings[0].reference == "A09: returns are not public"


@pytest.mark.parametrize(("code", "told"), [("9", '"9"'), (9, "9"), ("2", '"2"')])
def test_a_code_of_the_wrong_type_is_another_code(code, told, other):
    content = {
        "etat": code, "titulaire": {"numeroSiret": "13000000300009"}, "certificat": {"empreinte": {"sha256": "0" * 64}}
    }  # fmt: skip
    decoded = other.decode("certificat_statut", json.dumps(content).encode())
    assert said(decoded.findings) == [["message.code.unknown", "fail", f"etat = {told}"]]


@pytest.mark.parametrize("code", [True, 2.0, [2], {"a": 2}])
def test_a_code_that_is_neither_text_nor_integer_is_invalid_and_told_once(code, other):
    content = {
        "etat": code, "titulaire": {"numeroSiret": "13000000300009"}, "certificat": {"empreinte": {"sha256": "0" * 64}}
    }  # fmt: skip
    (finding,) = other.decode("certificat_statut", json.dumps(content).encode()).findings
    assert finding.id == "message.field.invalid" and finding.detail.startswith("etat: ")


def test_an_instant_that_epoch_seconds_would_round_is_refused(other):
    message = MESSAGES["rejet"].model_validate(expected("rejet")["message"])
    with pytest.raises(LocalError) as caught:
        other.encode(message)
    assert caught.value.code == "message.unwritable"
    assert caught.value.params["field"] == "rejete_le"
    assert caught.value.params["detail"] == "instant.epoch-seconds.fraction"


def test_an_epoch_beyond_the_calendar_is_a_finding(other):
    content = {
        "message": {"numeroAvis": "13000000300009260061007042", "typeMessage": "IMPAYE"},
        "reception": {"referenceEchange": "x", "dateReception": 10**18},
    }
    decoded = other.decode("accuse", json.dumps(content).encode())
    assert said(decoded.findings) == [
        ["message.field.invalid", "fail", "reception.dateReception: instant.epoch-seconds"]
    ]


def test_an_optional_value_that_cannot_be_read_is_not_taken_for_absent(other):
    content = {"etat": 2, "titulaire": {"numeroSiret": "13000000300009"}}
    content["certificat"] = {"empreinte": {"sha256": "0" * 64}, "statut": {"dateEffet": 10**18}}
    decoded = other.decode("certificat_statut", json.dumps(content).encode())
    assert decoded.message is None and [finding.id for finding in decoded.findings] == ["message.field.invalid"]


def test_an_instant_in_utc_may_end_in_z(codec):
    decoded = codec.decode("accuse", wire("accuse").replace(b"11:00:00+01:00", b"10:00:00Z"))
    assert decoded.findings == () and decoded.message == codec.decode("accuse", wire("accuse")).message


def test_a_code_outside_the_profile_is_never_sent(codec):
    message = Annulation.model_validate({**expected("annulation")["message"], "motif": "humeur"})
    with pytest.raises(LocalError) as caught:
        codec.encode(message)
    assert (caught.value.code, caught.value.params["field"]) == ("message.unwritable", "motif")


def test_an_unlisted_reject_is_still_a_reject(codec):
    decoded = codec.decode("rejet", wire("bad-code-open"))
    assert decoded.message.code == "inconnu"
    assert decoded.findings[0].reference.startswith("A06")


def test_a_value_without_a_place_is_never_dropped(tmp_path):
    path = tmp_path / "less.yaml"
    content = OVERRIDES.replace("CONFIDENTIAL", "false") + "  rejet: {fields: {libelle: null}}\n"
    path.write_text(content.replace("epoch_seconds", "iso8601"))
    less = codec_for(load_profile(str(path)))
    message = Rejet.model_validate(expected("rejet")["message"])
    with pytest.raises(LocalError) as caught:
        less.encode(message)
    assert (caught.value.code, caught.value.params["field"]) == ("message.unmapped", "libelle")
    bare = message.model_copy(update={"libelle": None})
    assert less.decode("rejet", less.encode(bare)).message == bare
    received = less.decode("rejet", wire("rejet"))
    assert dict(received.unknown) == {"anomalie.libelle": "Marque et plaque incohérentes"}
    assert received.message == bare


def test_a_kind_that_the_profile_does_not_describe_is_refused(tmp_path):
    path = tmp_path / "less.yaml"
    path.write_text(OVERRIDES.replace("CONFIDENTIAL", "false") + "  accuse: null\n")
    with pytest.raises(LocalError) as caught:
        codec_for(load_profile(str(path))).decode("accuse", b"{}")
    assert (caught.value.code, caught.value.params["kind"]) == ("message.kind-unmapped", "accuse")


def test_a_confidential_profile_lets_no_wire_name_into_findings(tmp_path):
    secret = _other(tmp_path, confidential=True)
    fields = load_profile("public").messages
    words = {
        step
        for message in fields.values()
        for field in message.fields.values()
        for step in field.path.replace("[]", "").split(".")
        if step != step.lower()
    }
    details = []
    for name in BAD:
        known = expected(name)
        decoded = secret.decode(known["kind"], wire(name))
        assert decoded.findings
        details += [finding.detail for finding in decoded.findings]
    assert not [detail for detail in details if any(word in detail for word in words)]
    for name in ("bad-duplicate", "bad-missing-object"):
        found = secret.decode(expected(name)["kind"], wire(name)).findings
        assert {finding.detail for finding in found} == {"(confidential)"}
    received = secret.decode("impression", wire("bad-unknown-in-list"))
    assert received.unknown == {"verso.paiement.moyens[1].ordre": "Régie"}
    assert "remis" in details


def test_a_private_key_sent_by_mistake_is_not_repeated(codec):
    content = json.loads(wire("certificat_depot"))
    content["cle"] = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"
    (finding,) = codec.decode("certificat_depot", json.dumps(content).encode()).findings
    assert finding.id == "message.field.unknown" and "c2VjcmV0" not in finding.detail
    content = json.loads(wire("certificat_depot"))
    content["certificat"]["contenuPem"] = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"
    (finding,) = codec.decode("certificat_depot", json.dumps(content).encode()).findings
    assert stable(finding.detail) == "certificat_depot: certificat-depot.pem.private-key"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_finding_has_its_title_and_hint_and_no_other_is_written(lang):
    texts = catalogue(lang)
    for kind in ("check", "hint"):
        families = ("field", "code", "constant", "instant", "version")
        written = {code for code in texts if code.startswith(tuple(f"{kind}.message.{name}." for name in families))}
        assert written | {f"{kind}.message.unreadable"} == {f"{kind}.{code}" for code in SEVERITIES}


def test_one_codec_for_each_digest(tmp_path):
    public = load_profile("public")
    assert codec_for(public) is codec_for(public.model_copy())
    assert codec_for(public) is not _other(tmp_path, confidential=False)


# --- lists of parts, which no message has today --------------------------------------------------------


class Ligne(Donnees):
    libelle: Annotated[Texte, donnee("Text.", source="A04", confidence="assumption")]
    montant: Annotated[Montant | None, donnee("Amount.", source="A04", confidence="assumption")] = None


class Releve(Message):
    kind: ClassVar[str] = "releve"
    direction: ClassVar[Literal["out", "in"]] = "in"
    lignes: Annotated[tuple[Ligne, ...], donnee("Lines.", source="A04", confidence="assumption")]


def releve_codec(monkeypatch, **fields) -> Codec:
    monkeypatch.setattr(codec_module, "MESSAGES", {"releve": Releve})
    word = {"confidence": "assumption", "reason": "A04"}
    entry = MessageEntry.model_validate(
        {
            "wire": "r",
            "provenance": word,
            "fields": {name.replace("__", "[]."): {"path": path, **word} for name, path in fields.items()},
        }
    )
    public = load_profile("public")
    make_plan(Releve, entry, public.formats)
    return Codec(public.model_copy(update={"messages": {"releve": entry}}))


def test_a_list_of_parts_goes_both_ways_with_its_own_nesting(monkeypatch):
    lines = releve_codec(monkeypatch, lignes__libelle="a.b[].t.x", lignes__montant="a.b[].m")
    message = Releve.model_validate({"lignes": [{"libelle": "un", "montant": 1}, {"libelle": "deux"}]})
    written = lines.encode(message)
    assert json.loads(written) == {"a": {"b": [{"t": {"x": "un"}, "m": 1}, {"t": {"x": "deux"}}]}}
    assert lines.decode("releve", written).message == message
    assert lines.decode("releve", b'{"a":{"b":[]}}').message == Releve(lignes=())
    odd = b'{"a":{"b":[{"t":{"x":"un"}},{"t":{"x":2,"y":3}},{"t":{}},{"t":{"x":""}, "m":-1}]}}'
    assert said(lines.decode("releve", odd).findings) == [
        ["message.field.unknown", "warn", "a.b[1].t.y = 3"],
        ["message.field.invalid", "fail", "a.b[1].t.x: string_type"],
        ["message.field.missing", "fail", "a.b[2].t.x"],
    ]
    later = b'{"a":{"b":[{"t":{"x":"un"}},{"t":{"x":""}}]}}'
    assert said(lines.decode("releve", later).findings) == [
        ["message.field.invalid", "fail", "a.b[1].t.x: string_too_short"]
    ]


@pytest.mark.parametrize(
    "montant", ["c[].m", "a.b[]", "a.b[].t.x", "a.b[].t.x.m", "a.b[].t", "a.b", "a", "a.b.m", "a.b[].t[].m", "m"]
)
def test_one_canonical_list_is_one_wire_list(montant, monkeypatch):
    with pytest.raises(WireClash):
        releve_codec(monkeypatch, lignes__libelle="a.b[].t.x", lignes__montant=montant)


def test_an_unmapped_value_inside_a_list_is_never_dropped(monkeypatch):
    lines = releve_codec(monkeypatch, lignes__libelle="b[].t")
    assert lines.encode(Releve.model_validate({"lignes": [{"libelle": "un"}]})) == b'{"b":[{"t":"un"}]}'
    with pytest.raises(LocalError) as caught:
        lines.encode(Releve.model_validate({"lignes": [{"libelle": "un"}, {"libelle": "deux", "montant": 1}]}))
    assert (caught.value.code, caught.value.params["field"]) == ("message.unmapped", "lignes[].montant")


def test_many_keys_stated_twice_are_told_in_a_moment():
    """The time grows with the size, not with its square: a body must not freeze who reads it."""
    members = ",".join(f'"k{n}":1' for n in range(20_000))
    decoded = codec_for(load_profile("public")).decode("avis_initial", f'{{"a":1,"a":2,{members}}}'.encode())
    assert [finding.id for finding in decoded.findings] == ["message.field.duplicate"]
