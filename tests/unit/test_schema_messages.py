"""The exported schemas of messages say what our codec says, in three validators."""

from __future__ import annotations

import ast
import copy
import json
import random
import re
from pathlib import Path

import jsonschema
import pytest
from schema_helpers import WIRE, ajv_verdicts, install_ajv, other_profile

from fpsctl.antai import MESSAGES, codec_for, load_profile, messages
from fpsctl.checks import Severity
from fpsctl.schema.messages import BEYOND, message_schema

SEED = 2026
CASES_OF_A_PROFILE = 1500

FORMATS = {
    "public": None,
    "local": {},
    "virgule": {"amounts": "euros_virgule", "instants": "%Y%m%d%H%M%S%z", "days": "%Y%m%d"},
    "number": {"amounts": "euros_number", "instants": "epoch_seconds", "days": "%d.%m.%Y"},
    "cents": {"amounts": "cents", "instants": "%d/%m/%Y à %Hh%Mm%Ss %z", "days": "iso8601"},
}
POOL = [
    None, True, False, 0, 1, 2, 9, 10, -1, 3500, 10**13, 10**20, 35.5, 0.29, 12.34, -0.5, 1e-7, 253402300799,
    253402300800, "", " ", "x", "é", "\n", "0", "1", "3500", "35.00", "35,00", "0.00", "0,05", "35.0", "35", "035.00",
    "-1.00", "35.00\n", "1234567890123456789.00", "EUR", [], {}, [1], ["x"], [None], {"a": 1}, {"a": None}, [[]],
    [{}], "2026-03-02", "2026-02-29", "2024-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "2026-3-2",
    "2026-04-31", "2026-03-02\n", "02/03/2026", "29/02/2026", "29/02/2024", "2/3/2026", "31/04/2026", "20260302",
    "20260431", "02.03.2026", "2026-03-02T10:15:00+01:00", "2026-03-02T10:15:00Z", "2026-03-02T10:15:00.5Z",
    "2026-03-02T10:15:00.1234567Z", "2026-03-02T10:15:00", "2026-03-02 10:15:00Z", "2026-03-02T24:00:00Z",
    "2026-03-02T23:59:60Z", "2026-13-02T10:15:00Z", "2026-03-02T10:15:00+24:00", "2026-03-02T10:15:00+0100",
    "2026-03-02T10:15:00Z\n", "2026-03-02T10:15:00-00:00", "02/03/2026 10:15:00", "02/03/2026 25:15:00",
    "29/02/2025 10:15:00", "02/03/2026  10:15:00", "02/03/2026 10:15:00\n", "25/10/2026 02:30:00",
    "29/03/2026 02:30:00", "20260302101500+0100", "20260302101500Z", "20260302101500+01:00", "20260302101500+2400",
    "20260302101500", "02/03/2026 à 10h15m00s +01:00", "02/03/2026 a 10h15m00s Z", "02/03/2026 à 10h15m00s Z",
    "13000000300009", "130 000 003 00009", "1300000030000", "130000003000099", "13000000300008", "1300000030000a",
    "13-000-000-300-009", "13000000300009241061007042", "13000000300009 24 1 061 007 042",
    "1300000030000924106100704299", "13000000300009 24 1 061 007 042 Clé : 12",
    "13000000300009 24 1 061 007 042 cle 12", "CLÉ:1300000030000924106100704212", "1300000030000924106100704",
    "130000003000092410610070421", "13000000300009241061007042\n", "13000000300009 24 : 1061007042", "AB-123-CD",
    "ab 123 cd", "1234 AB 75", "A", "AB_123", "ABCDEFGHIJKLMNOP", "--", "AB-123-CD\n", "Ü123", "FR", "fr", "FRA",
    "FR\n", "a" * 64, "A" * 64, "a" * 63, "a" * 64+"\n", "ACTIF", "actif", "INCONNU", "inconnu", "RAPO",
    "RECOURS_PREALABLE", "POSTAL", "postal", "O", "N", "E", 3, 4, 5, "jaune", "rapo\n", "Rapo",
]  # fmt: skip


@pytest.fixture(scope="module", params=FORMATS)
def profile(request, tmp_path_factory):
    if FORMATS[request.param] is None:
        return load_profile("public")
    return load_profile(str(other_profile(tmp_path_factory.mktemp("profile"), **FORMATS[request.param])))


@pytest.fixture(scope="module")
def ajv(tmp_path_factory):
    """Return what asks ajv, in Node."""
    import shutil  # noqa: PLC0415

    found = {name: shutil.which(name) for name in ("node", "npm")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    folder = install_ajv(found["npm"], shared / "ajv")
    return lambda schemas, cases: ajv_verdicts(found["node"], folder, schemas, cases)


def seeds(profile):
    """The hand-written messages of every kind, as this profile writes them."""
    codec = codec_for(profile)
    for path in sorted(WIRE.glob("*.expected.json")):
        if path.name.startswith("bad-"):
            continue
        known = json.loads(re.sub(r"(T\d\d:\d\d:\d\d)\.\d+", r"\1", path.read_text(encoding="utf-8")))
        message = known["message"]
        if profile.profile == "autre" and known["kind"] == "avis_initial":
            message["zone"] = "jaune"
        yield known["kind"], json.loads(codec.encode(MESSAGES[known["kind"]].model_validate(message)))


def places(tree, path=()):
    """Every place of a JSON tree, the root too."""
    yield path
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in inner:
        yield from places(value, (*path, name))


def replaced(tree, path, value):
    """A copy of a tree with another value in one place; `...` takes it out."""
    if not path:
        return value
    tree = copy.deepcopy(tree)
    holder = tree
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return tree


def mutations(tree, draw):
    """Every way of spoiling a tree in one place, in a drawn order."""
    spots = list(places(tree))
    ways = [
        (path, value) for path in spots for value in POOL if path or value is None or isinstance(value, (list, dict))
    ]
    ways += [(path, ...) for path in spots if path]
    ways += [((*path, "inattendu"), {"x": None}) for path in spots if isinstance(at(tree, path), dict)]
    draw.shuffle(ways)
    return ways


def at(tree, path):
    for step in path:
        tree = tree[step]
    return tree


def spoilt(kind, tree, draw):
    """A message with one to three mistakes."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        spots = list(places(tree))
        path = draw.choice(spots[1:] or spots)
        value = draw.choice([..., *POOL]) if path else {}
        if isinstance(at(tree, path), dict) and draw.random() < 0.3:
            path, value = (*path, draw.choice(("inattendu", *list(at(tree, path))))), draw.choice(POOL)
        tree = replaced(tree, path, value)
        if not isinstance(tree, dict) or not tree:
            break
    return kind, tree


def shape_verdict(profile, kind, text):
    """Whether our codec finds nothing wrong but what no schema can say."""
    codec = codec_for(profile)
    errors = [finding for finding in codec.decode(kind, text.encode()).findings if finding.severity is Severity.ERROR]
    return all(finding.detail.partition(": ")[2].partition(" (")[0] in BEYOND for finding in errors)


def judged(profile, cases, ajv):
    """Give every case, its text, and the three verdicts: ours, Python jsonschema's, ajv's."""
    schemas = {kind: message_schema(profile, kind) for kind in profile.messages}
    validators = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in schemas.items()}
    texts = [(kind, json.dumps(tree)) for kind, tree in cases]
    for (kind, text), node in zip(texts, ajv(schemas, texts), strict=True):
        yield kind, text, shape_verdict(profile, kind, text), validators[kind].is_valid(json.loads(text)), node


def agree(profile, cases, ajv):
    """Check that the three verdicts are one; return how many messages are valid."""
    found = list(judged(profile, cases, ajv))
    assert [case for case in found if len(set(case[2:])) > 1] == []
    return sum(ours for *_, ours, _, _ in found)


def test_the_schemas_are_of_the_draft_and_name_no_host(profile):
    seen = set()
    for kind in profile.messages:
        for closed in (False, True):
            schema = message_schema(profile, kind, closed=closed)
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
            assert schema["$id"].startswith("urn:fpsctl:schema:") and schema["$id"] not in seen
            seen.add(schema["$id"])
            assert schema["x-profile"]["digest"] == profile.digest


def test_every_value_says_what_it_is_and_on_whose_word(profile):
    for kind in profile.messages:
        told = {schema["title"]: schema for schema in values(message_schema(profile, kind))}
        entries = profile.messages[kind].fields
        assert set(told) == set(entries)
        for name, schema in told.items():
            assert schema["description"] and schema["x-source"]
            assert schema["x-wire-confidence"] == entries[name].confidence
            assert schema["x-wire-source"] == entries[name].reference


def values(schema):
    """Every value of a schema."""
    for inner in schema.get("properties", {}).values():
        if "x-wire-source" in inner:
            yield inner
        yield from values(inner)
    if "items" in schema:
        yield from [schema["items"]] if "x-wire-source" in schema["items"] else values(schema["items"])


def test_a_code_has_its_wire_value_and_an_open_vocabulary_is_open():
    public = load_profile("public")
    told = {schema["title"]: schema for schema in values(message_schema(public, "rejet"))}
    assert told["objet"]["enum"] == ["AVIS_INITIAL", "AVIS_RECTIFICATIF", "ANNULATION", "IMPAYE"]
    assert told["objet"]["x-codes"]["IMPAYE"] == "fps_impaye"
    assert "enum" not in told["code"] and "DOUBLON" in told["code"]["examples"]


@pytest.mark.parametrize("path", sorted(WIRE.glob("*.expected.json")), ids=lambda path: path.name[:-14])
def test_a_hand_written_message_has_one_verdict(path):
    kind = json.loads(path.read_bytes())["kind"]
    text = path.with_name(path.name.replace(".expected", "")).read_text(encoding="utf-8")
    if "duplicate" in path.name or "whole-float" in path.name:
        return  # beyond a schema: below
    validator = jsonschema.Draft202012Validator(message_schema(load_profile("public"), kind))
    assert validator.is_valid(json.loads(text)) is shape_verdict(load_profile("public"), kind, text)


# What no schema can say


def test_what_is_beyond_a_schema_is_refused_by_the_codec_alone():
    public = load_profile("public")
    impaye = dict(seeds(public))["fps_impaye"]
    text = json.dumps(impaye)
    check = jsonschema.Draft202012Validator(message_schema(public, "fps_impaye"))
    left = impaye["solde"]["resteARecouvrer"]
    beyond = [
        text.replace(f'"resteARecouvrer": {left}', f'"resteARecouvrer": {left}.0'),
        text.replace('"solde":', '"solde": {}, "solde":'),
        text.replace(f'"resteARecouvrer": {left}', f'"resteARecouvrer": {left + 1}'),
        text.replace("13000000300009", "13000000300008"),
    ]
    for one in beyond:
        assert one != text
        assert codec_for(public).decode("fps_impaye", one.encode()).message is None
        assert check.is_valid(json.loads(one))


def test_every_reason_of_the_models_is_a_shape_or_named_as_beyond():
    folder = Path(messages.__file__).parent
    raised = {
        node.args[0].value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValueError"
    }
    assert raised - {"instant.format", "jour.format"} == set(BEYOND) - {
        "siret.checksum", "instant.local.absent", "montant.euros-number",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("fps_impaye", "remainder = initial amount"),
        ("avis_initial", "amount due = charge less deduction"),
        ("avis_rectificatif", "a number of its own"),
        ("annulation", "part of the amount cancelled"),
        ("certificat_depot", "the fingerprint is that of the certificate"),
        ("accuse", "Beyond a schema: a key stated twice"),
    ],
)
def test_each_schema_names_what_is_beyond_it(kind, said):
    assert said in message_schema(load_profile("public"), kind)["$comment"]


# Parts of a message


def test_a_part_spread_over_the_wire_is_whole_or_absent(tmp_path):
    profile = load_profile(str(other_profile(tmp_path)))
    tree = dict(seeds(profile))["avis_initial"]
    check = jsonschema.Draft202012Validator(message_schema(profile, "avis_initial"))
    spread = ("charge", "utile", "identification", "ticketEmis")
    assert check.is_valid(tree) and at(tree, spread)
    for value in (..., None):
        assert not check.is_valid(replaced(tree, spread, value))
        without = replaced(replaced(tree, spread, value), ("charge", "utile", "ticket"), value)
        assert check.is_valid(without)
        assert check.is_valid(replaced(replaced(tree, spread, value), ("charge", "utile", "ticket"), {}))


# The judgement of three


def test_three_validators_agree_on_the_shape_of_generated_messages(profile, ajv):
    draw, known = random.Random(SEED), list(seeds(profile))  # noqa: S311 - a seeded walk
    assert {kind for kind, _ in known} == set(MESSAGES)
    cases = known + [spoilt(*draw.choice(known), draw) for _ in range(CASES_OF_A_PROFILE)]
    valid = agree(profile, cases, ajv)
    assert len(known) < valid < CASES_OF_A_PROFILE


@pytest.mark.exhaustive
def test_three_validators_agree_on_every_mistake_in_every_place(profile, ajv):
    for kind, tree in seeds(profile):
        draw = random.Random(SEED)  # noqa: S311 - a seeded walk
        cases = [(kind, replaced(tree, path, value)) for path, value in mutations(tree, draw)]
        assert 0 < agree(profile, cases, ajv) < len(cases)
