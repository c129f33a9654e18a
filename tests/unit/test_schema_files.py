"""The schemas of the files that people write: profiles and scenarios, as an editor checks them."""

from __future__ import annotations

import copy
from pathlib import Path

import jsonschema
import pytest
from schema_helpers import other_profile

from fpsctl.antai import MESSAGES, load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.operations import OPERATIONS
from fpsctl.dossier import EVENTS
from fpsctl.errors import LocalError
from fpsctl.resources import parse_yaml
from fpsctl.schema import profile_schema, scenario_schema
from fpsctl.simulation import Scenario

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "fpsctl" / "data"
PROFILE, SCENARIO = profile_schema(), scenario_schema(Scenario)


def mistakes(schema, content):
    return list(jsonschema.Draft7Validator(schema).iter_errors(content))


def test_both_are_schemas_of_the_draft_that_editors_know():
    for schema in (PROFILE, SCENARIO):
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        jsonschema.Draft7Validator.check_schema(schema)


# Profiles

WRITTEN = [DATA / "profiles" / "public.yaml", *sorted((ROOT / "tests" / "profiles").glob("*.yaml"))]
HEAD = "profile: mine\nversion: '1'\nextends: public\n"
SAID = "confidence: official, source: s"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_the_profiles_that_exist_are_accepted(path):
    assert mistakes(PROFILE, parse_yaml(path.read_bytes())) == []


def test_a_layer_of_other_formats_is_accepted(tmp_path):
    assert mistakes(PROFILE, parse_yaml(other_profile(tmp_path).read_bytes())) == []


GOOD = [
    "messages: {avis_initial: null}\n",
    "operations: {check_front: null}\nlimits: {body_bytes: null}\nformats: {envelope: null}\n",
    f"messages:\n  accuse:\n    provenance: {{{SAID}}}\n    fields: {{recu_le: a.b, reference: {{path: c}}}}\n",
    f"messages:\n  accuse:\n    fields: {{recu_le: {{path: a.b, {SAID}}}}}\n",
    f"messages:\n  accuse:\n    fields: {{objet: {{codes: {{annulation: {{wire: X, {SAID}}}}}}}}}\n",
    f"messages:\n  fps_impaye:\n    provenance: {{{SAID}}}\n    fields: {{remis: {{path: a, amounts: cents}}}}\n",
    f"messages:\n  fps_impaye:\n    provenance: {{{SAID}}}\n    fields: {{remis: {{path: a, default: 0}}}}\n",
    f"hosts: {{recette: {{url: 'https://127.0.0.1', {SAID}}}}}\n",
    f"delays: {{service.envoi: {{days: 2, {SAID}}}}}\n",
    f"certificate_rules: {{cert.key.too-weak: {{severity: warning, {SAID}}}}}\n",
    f"formats: {{instants: {{value: '%d/%m/%Y %H:%M:%S', zone: Europe/Paris, {SAID}}}}}\n",
]
BAD = {
    "an unknown key": "hots: {}\n",
    "an unknown message": "messages: {avis: {wire: avis}}\n",
    "a misspelt field": f"messages:\n  accuse:\n    provenance: {{{SAID}}}\n    fields: {{recule: a.b}}\n",
    "a wrong confidence": "messages:\n  accuse:\n    provenance: {confidence: sure, source: s}\n",
    "a field without origin": "messages:\n  accuse:\n    fields: {recu_le: a.b}\n",
    "an origin without reason": "formats: {amounts: {value: cents, confidence: official}}\n",
    "a place that is a number": f"messages:\n  accuse:\n    provenance: {{{SAID}}}\n    fields: {{recu_le: 3}}\n",
    "a code that does not exist": f"messages:\n  accuse:\n    fields: {{objet: {{codes: {{rejet: R}}, {SAID}}}}}\n",
    "a format of another shape": f"messages:\n  accuse:\n    fields: {{recu_le: {{amounts: cents, {SAID}}}}}\n",
    "an operation that does not exist": f"operations: {{send: {{method: GET, path: /x, {SAID}}}}}\n",
    "a method in small letters": f"operations: {{check_front: {{method: get, {SAID}}}}}\n",
    "a pattern that lacks a part": f"formats: {{days: {{value: '%d/%m', {SAID}}}}}\n",
    "a format that is removed": "formats: {encoding: null}\n",
    "a truth value that is a word": "confidential: oui\n",
}


@pytest.mark.parametrize("text", GOOD)
def test_a_layer_as_people_write_it_is_accepted_here_and_by_the_loader(text, tmp_path):
    assert mistakes(PROFILE, parse_yaml((HEAD + text).encode())) == []
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    load_profile(str(path))


@pytest.mark.parametrize("what", BAD)
def test_a_mistake_is_refused_here_and_by_the_loader(what, tmp_path):
    assert mistakes(PROFILE, parse_yaml((HEAD + BAD[what]).encode()))
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + BAD[what], encoding="utf-8")
    with pytest.raises(LocalError):
        load_profile(str(path))


def test_without_extends_nothing_may_be_left_out():
    public = parse_yaml(WRITTEN[0].read_bytes())
    for section in ("formats", "operations", "errors", "retours", "messages", "title"):
        assert mistakes(PROFILE, {name: value for name, value in public.items() if name != section}), section
    del public["messages"]["accuse"]["wire"]
    assert mistakes(PROFILE, public)


def test_everything_that_can_be_named_is_proposed():
    told = PROFILE["properties"]
    assert set(told["operations"]["properties"]) == set(OPERATIONS)
    assert set(told["messages"]["properties"]) == set(MESSAGES)
    for kind, model in MESSAGES.items():
        fields = told["messages"]["properties"][kind]["properties"]["fields"]["properties"]
        assert set(fields) == set(leaves_of(model))
        assert all(field["description"] for field in fields.values())
    etat = told["messages"]["properties"]["certificat_statut"]["properties"]["fields"]["properties"]["etat"]
    assert set(etat["anyOf"][1]["properties"]["codes"]["properties"]) == {
        "inconnu", "depose", "actif", "remplace", "revoque", "expire",
    }  # fmt: skip


# Scenarios

SCENARIOS = [*sorted((DATA / "scenarios").glob("*.yaml")), ROOT / "examples" / "my-first.yaml"]
FIRST = parse_yaml(SCENARIOS[-1].read_bytes())


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_scenarios_that_exist_are_accepted(path):
    assert mistakes(SCENARIO, parse_yaml(path.read_bytes())) == []


def changed(change):
    content = copy.deepcopy(FIRST)
    change(content, content["steps"])
    return content


WRONG = {
    "an unknown key": lambda content, _: content.update(nope=1),
    "no finding of its own kind": lambda content, _: content["constat"].update(lieux="x"),
    "an event that does not exist": lambda _, steps: steps[0].update(do="rapo"),
    "the finding as a step": lambda _, steps: steps[0].update(do="constatation"),
    "a field of another event": lambda _, steps: steps[0].update(montant=3),
    "a field that is missing": lambda _, steps: steps[1].pop("montant"),
    "two places in time": lambda _, steps: steps[1].update(after="P1D"),
    "no place in time": lambda _, steps: steps[1].pop("on"),
    "a deadline that does not exist": lambda _, steps: steps[1].update(on="paiment"),
    "an offset from nothing": lambda _, steps: steps[0].update(offset="P1D"),
    "an amount with a decimal point": lambda _, steps: steps[1].update(montant=35.5),
    "an amount without unit": lambda _, steps: steps[1].update(montant="35,00"),
    "a channel that does not exist": lambda _, steps: steps[1].update(canal="banque"),
    "a state that no dossier has": lambda _, steps: steps[1]["expect"].update(dette="paye"),
    "a value that a parameter does not take": lambda content, _: content["parametres"].update({"delais.mois": "x"}),
    "a duration in words": lambda _, steps: steps[0].update(after="20 jours"),
    "another schema": lambda content, _: content.update(schema="fpsctl/scenario/2"),
}


TOLD_BY_THE_RUN = ("a deadline that does not exist", "a value that a parameter does not take")


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_in_a_scenario_is_refused_here_and_by_its_reader(what):
    content = changed(WRONG[what])
    assert mistakes(SCENARIO, content)
    if what not in TOLD_BY_THE_RUN:
        with pytest.raises(ValueError):  # noqa: PT011 - any of its validators
            Scenario.model_validate(content)


@pytest.mark.parametrize(
    "amount", [3500, 0, "35,00 €", "35.00 EUR", "35 euros", "1 035,00 €", "exigible", "reste", "50%", "100 %"]
)
def test_an_amount_as_people_write_it_is_accepted(amount):
    content = changed(lambda _, steps: steps[1].update(montant=amount))
    assert mistakes(SCENARIO, content) == []


def test_every_event_is_proposed_with_its_fields():
    step = SCENARIO["$defs"]["Step"]
    assert set(step["properties"]["do"]["enum"]) == set(EVENTS) - {"constatation"}
    branches = {one["if"]["properties"]["do"]["const"]: one["then"] for one in step["allOf"][1:]}
    for kind, spec in EVENTS.items():
        if kind != "constatation":
            assert {field.name for field in spec.fields} <= set(branches[kind]["properties"])
