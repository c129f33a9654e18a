"""Random lives again: whatever happens, every message and print request is built, printable and travels both ways."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from test_engine_properties import LIFE, live

from fpsctl import antai
from fpsctl.avis import build_impression
from fpsctl.collectivite import example
from fpsctl.dossier.exchanges import exchanges
from fpsctl.dossier.facts import Facts
from fpsctl.dossier.messages import BUILDERS, Case
from fpsctl.identifiers import Immatriculation, NumeroFps

FACTS = Facts(Immatriculation("SS-123-AB"), None, "FR", "Place", "centre", 1, "AGENT-001", "AGENT-RAPO-001", 120, None)
PROFILES = Path(__file__).parents[1] / "profiles"
CODECS = [antai.codec_for(antai.load_profile(name)) for name in ("public", str(PROFILES / "autre.yaml"))]
NUMERO = NumeroFps.make("13000000300009", annee=2026, jour=15)


def amounts(value):
    if isinstance(value, dict):
        return [cents for item in value.values() for cents in amounts(item)]
    if isinstance(value, list | tuple):
        return [cents for item in value for cents in amounts(item)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


def steps_of(engine, constat, log):
    first = engine.open(constat._replace(numero=NUMERO))
    steps, dossier = [first], first.dossier
    for event in log:
        dossier = engine.apply(dossier, event, steps)
    return steps


def check_messages(town, fps, deduit, wanted):
    *_, (engine, constat, log, _) = live(town, fps, deduit, wanted)
    before = None
    for step in steps_of(engine, constat, log):
        answered = ""
        for exchange in exchanges(before, step, town):
            case = Case(example(), FACTS, town, before, step, answered)
            message = build_impression(case) if exchange.message == "impression" else BUILDERS[exchange.message](case)
            assert message.kind == exchange.message
            assert min(amounts(message.model_dump()), default=0) >= 0
            for codec in CODECS:
                assert codec.decode(message.kind, codec.encode(message)) == antai.Decoded(message, (), {})
            answered = exchange.message if exchange.direction == "out" else answered
        before = step.dossier


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*LIFE)
def test_every_message_of_a_random_life_is_built_and_travels(town, fps, deduit, wanted):
    check_messages(town, fps, deduit, wanted)


@pytest.mark.exhaustive
@settings(max_examples=8000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*LIFE)
def test_every_message_of_many_random_lives_is_built_and_travels(town, fps, deduit, wanted):
    check_messages(town, fps, deduit, wanted)


def test_the_facts_of_these_lives_are_synthetic():
    assert FACTS.immatriculation.synthetic
    assert NUMERO.date_etablissement() == dt.date(2026, 1, 15)
