"""Provenance is counted once and whole, and every report made on a profile quotes it without its names."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpsctl.antai import MESSAGES, load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.provenance import CONFIDENCES, counts, places, tally
from fpsctl.antai.reserve import described
from fpsctl.cli.profile_grounds import rules
from fpsctl.pki.rules import RULES
from fpsctl.render.interface import interface, words

PROFILES = Path(__file__).parents[1] / "profiles"
AFTER = str(PROFILES / "diff-after.yaml")
NAMES = ("public", *(str(path) for path in sorted(PROFILES.glob("*.yaml"))))


def grounded(content):
    """Count the entries of plain data that carry a confidence."""
    if isinstance(content, dict):
        return ("confidence" in content) + sum(grounded(value) for value in content.values())
    return sum(grounded(value) for value in content) if isinstance(content, list) else 0


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_of_a_profile_is_counted_once(name):
    profile = load_profile(name)
    grounds = counts(profile)
    stated = [entry for entry in grounds.entries if entry.family in ("places", "sections")]
    assert len(stated) == grounded(profile.model_dump(mode="json"))
    assert len({(entry.family, entry.part, entry.name) for entry in grounds.entries}) == len(grounds.entries)


@pytest.mark.parametrize("name", NAMES)
def test_every_data_item_is_counted_once_with_its_source(name):
    profile = load_profile(name)
    items = {(entry.part, entry.name): entry for entry in counts(profile).entries if entry.family == "items"}
    assert set(items) == {(kind, path) for kind in profile.messages for path in leaves_of(MESSAGES[kind])}
    assert all(entry.source for entry in items.values())
    assert items["avis_initial", "vehicule.pays"].confidence == "assumption"
    assert items["avis_initial", "numero"].confidence == "law"


@pytest.mark.parametrize("name", NAMES)
def test_parts_and_totals_add_up(name):
    grounds = counts(load_profile(name)).with_(rules())
    families = [grounds.total(family) for family in ("items", "places", "sections", "rules")]
    for confidence in CONFIDENCES:
        assert grounds.total()[confidence] == sum(total[confidence] for total in families)
        for family, total in zip(("items", "places", "sections", "rules"), families, strict=True):
            assert total[confidence] == sum(part[confidence] for part in grounds.of(family).values())
    assert sum(grounds.total().values()) == len(grounds.entries)


@given(st.sampled_from(CONFIDENCES), st.sampled_from([*MESSAGES, ""]))
@settings(max_examples=40, deadline=None)
def test_a_selection_is_a_part_of_the_whole(confidence, kind):
    grounds = counts(load_profile(AFTER))
    some = grounds.only(kind=kind, confidence=confidence)
    assert tally(some.entries)[confidence] == len(some.entries)
    assert set(some.entries) <= set(grounds.entries)
    assert not kind or {entry.part for entry in some.entries} <= {kind}


def test_an_override_moves_what_it_states_and_nothing_else():
    public, after = counts(load_profile("public")), counts(load_profile(AFTER))
    assert public.of("places")["paiement"] == after.of("places")["paiement"]
    assert after.of("places")["annulation"]["official"] > 0
    assert after.of("sections")["formats"] == {**dict.fromkeys(CONFIDENCES, 0), "official": 3, "assumption": 2}


def test_the_version_before_is_not_counted_with_this_one():
    after = load_profile(AFTER)
    both = after.model_copy(update={"older": load_profile("public")})
    assert counts(both).total() == counts(after).total()


def test_the_name_of_a_message_is_a_place():
    found = {entry.name for entry in counts(load_profile(AFTER)).entries if entry.part == "avis_initial"}
    assert {"wire", "fps", "constants.entete.canal"} <= found
    rejet = {entry.name for entry in counts(load_profile(AFTER)).entries if entry.part == "rejet"}
    assert {"code", "code.codes.numero_double"} <= rejet


def test_the_rules_of_fpsctl_are_counted_by_kind():
    found = list(rules())
    assert {"delais", "parametres", "regles", "certificats"} <= {entry.part for entry in found}
    assert {entry.name for entry in found if entry.part == "certificats"} == {rule.id for rule in RULES}
    assert all(entry.reference and entry.confidence in CONFIDENCES for entry in found)


def wire_names(profile):
    for message in profile.messages.values():
        yield message.wire
        yield from message.constants
        for entry in message.fields.values():
            if entry.path and "." in entry.path:
                yield entry.path
            yield from (str(code.wire) for code in (entry.codes or {}).values() if len(str(code.wire)) > 3)
    yield from (operation.path for operation in profile.operations.values())
    yield from (host.url for host in profile.hosts.values())


def test_the_description_of_a_confidential_profile_holds_none_of_its_names():
    profile = load_profile(AFTER)
    assert profile.confidential
    hidden = set(wire_names(profile))
    hidden -= set(MESSAGES)  # a message may be called on the wire what it is called here
    assert len(hidden) > 100
    for lang in ("fr", "en"):
        told = json.dumps(described(profile, lang), ensure_ascii=False) + interface(described(profile, lang))
        assert [name for name in hidden if name in told] == []


def test_a_description_keeps_its_keys_and_counts_the_places():
    told = described(load_profile("public"), "en")
    assert set(told) == {"id", "version", "digest", "titre", "assumed", "reserve", "provenance"}
    assert told["provenance"] == places(load_profile("public"))
    assert tuple(told["provenance"]) == CONFIDENCES


def test_a_report_quotes_only_the_words_that_there_are():
    told = described(load_profile(AFTER), "en")
    official, assumed, deduced = (told["provenance"][name] for name in ("official", "assumption", "deduced"))
    assert (official > 0, assumed > 0, deduced) == (True, True, 0)
    assert words(told) == f"provenance: official {official}, assumption {assumed}"
    assert interface(told).startswith("Interface: essai-apres 3.0 · trial on an assumed interface (")
