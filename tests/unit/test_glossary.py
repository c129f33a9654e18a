"""Every French word that the program shows is in the glossary, with its source."""

import pytest

from fpsctl.collectivite.models import Autorite, MinoreReglage, Reglages, Tarif
from fpsctl.dossier import EFFECTS, EVENTS, TRACKS, TRANSITIONS, Constat, Engine, Rules
from fpsctl.dossier.views import montants
from fpsctl.resources import read_yaml
from fpsctl.simulation.scenario import Attendu, ConstatModele, Recu

GLOSSARY = read_yaml("glossary.yaml")
# English words of the format, not things of the law.
ENGLISH = {"dates", "messages", "refuse", "type", "zone"}


def words():
    yield from EVENTS
    yield from EFFECTS
    yield from TRACKS
    yield from (row.target for row in TRANSITIONS if row.target)
    yield from (field.name for spec in EVENTS.values() for field in spec.fields)
    rules = Rules()
    dossier = Engine(rules).open(Constat("x", 0, 1, 0, 1, 3500, 0)).dossier
    yield from montants(dossier, rules, 10**9)
    for model in (Tarif, MinoreReglage, Autorite, Reglages, ConstatModele, Attendu, Recu):
        yield from model.model_fields


@pytest.mark.parametrize("word", sorted(set(words()) - ENGLISH))
def test_a_french_word_is_in_the_glossary(word):
    entry = GLOSSARY[word]
    assert word.isascii()
    assert entry["fr"] and entry["en"] and entry["source"]
