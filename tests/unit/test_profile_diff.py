"""The difference between two profiles: whole, in words that a developer acts on."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fpsctl.antai import Profile, load_profile
from fpsctl.antai.profile_change import Action
from fpsctl.antai.profile_diff import diff
from fpsctl.render.profile_diff import diff_lines, diff_result
from fpsctl.texts import catalogue, use_language

PROFILES = Path(__file__).parents[1] / "profiles"
BEFORE, AFTER = (str(PROFILES / f"diff-{side}.yaml") for side in ("before", "after"))
FRAME = {"title", "identical", "counts", "aside", "affects"}


def load(*edits, name="public"):
    """A profile with values replaced: (key, ..., value)."""
    content = load_profile(name).model_dump(mode="json", by_alias=True)
    for *keys, last, value in edits:
        target = content
        for key in keys:
            target = target[key]
        target[last] = value
    return Profile.model_validate(content)


def found(before, after):
    return [(one.group, one.name, one.how, one.action.value) for one in diff(before, after)]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_two_profiles_are_told_apart(lang, golden):
    use_language(lang)
    before, after = load_profile(BEFORE), load_profile(AFTER)
    result = diff_result(before, after, diff(before, after))
    golden(f"profile/diff.{lang}.txt", "".join(f"{line.plain}\n" for line in diff_lines(result)))
    if lang == "en":
        for side in ("from", "to"):
            result[side]["digest"] = "-"  # of the whole, `public` included
        golden("profile/diff.json", json.dumps(result, ensure_ascii=False, indent=2) + "\n")


def test_each_kind_of_change_has_a_sentence_and_is_met():
    before, after, public = load_profile(BEFORE), load_profile(AFTER), load_profile("public")
    fewer = public.model_copy(update={"messages": {k: v for k, v in public.messages.items() if k != "rejet"}})
    xml = ("formats", "encoding", "value", "xml")
    fields = public.messages["accuse"].model_dump(mode="json")["fields"]
    turned = ("messages", "accuse", "fields", dict(reversed(fields.items())))
    pairs = [(before, after), (after, before), (fewer, public), (public, fewer), (load(xml), load(xml, turned))]
    met = {change.how for pair in pairs for change in diff(*pair)}
    sentences = {code.removeprefix("profile.diff.") for code in catalogue("fr") if code.startswith("profile.diff.")}
    assert met == sentences - FRAME


@pytest.mark.parametrize("name", ["public", *(str(path) for path in sorted(PROFILES.glob("*.yaml")))])
def test_a_profile_does_not_differ_from_itself(name):
    assert diff(load_profile(name), load_profile(name)) == ()


def leaves(content, keys=()):
    """Every plain value of a profile, by its keys."""
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        if isinstance(value, (dict, list)):
            yield from leaves(value, (*keys, key))
        elif value is not None:
            yield (*keys, key), value


EVERY = list(leaves(load_profile(AFTER).model_dump(mode="json", by_alias=True)))


@given(st.sampled_from(EVERY))
@settings(max_examples=200, deadline=None)
def test_whatever_is_changed_is_told(leaf):
    keys, value = leaf
    other = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
    if keys[-1] == "confidence":
        other = "secondary"
    before = load_profile(AFTER)
    try:
        after = load((*keys, other), name=AFTER)
    except ValidationError:
        return
    assert (before.digest != after.digest) == bool(diff(before, after))
    assert (before.digest != after.digest) == bool(diff(after, before))


def test_whoever_writes_and_whoever_reads_act_on_opposite_changes():
    marque = ("messages", "avis_initial", "fields", "vehicule.marque", "required")
    libelle = ("messages", "rejet", "fields", "libelle", "required")
    needed, free = load((*marque, True), (*libelle, True)), load_profile("public")
    assert {one.name: (one.how, one.action) for one in diff(free, needed)} == {
        "vehicule.marque": ("field.mandatory", Action.MUST),
        "libelle": ("field.mandatory", Action.MAY),
    }
    assert {one.name: (one.how, one.action) for one in diff(needed, free)} == {
        "vehicule.marque": ("field.optional", Action.MAY),
        "libelle": ("field.optional", Action.MUST),
    }


def test_a_format_names_the_messages_that_it_touches():
    (change,) = diff(load_profile("public"), load(("formats", "amounts", "value", "euros_decimal")))
    assert (change.group, change.name, change.before, change.after) == ("formats", "amounts", "cents", "euros_decimal")
    assert "avis_initial" in change.affects and "rejet" not in change.affects


def test_a_field_that_keeps_its_form_is_not_told_when_the_profile_changes_its_own():
    own = ("messages", "paiement", "fields", "montant", "amounts", "cents")
    changes = diff(load_profile("public"), load(("formats", "amounts", "value", "euros_decimal"), own))
    assert [(one.group, one.how) for one in changes] == [("formats", "changed")]
    assert "paiement" not in changes[0].affects


def test_a_field_of_its_own_form_is_told_where_it_stands():
    own = ("messages", "paiement", "fields", "montant", "amounts", "euros_virgule")
    assert found(load_profile("public"), load(own)) == [("paiement", "montant", "field.form", "must")]


def test_a_number_and_its_text_are_two_codes():
    codes = ("messages", "annulation", "fields", "motif", "codes", "rapo", "wire")
    one, other = load((*codes, 3)), load((*codes, "3"))
    (change,) = diff(one, other)
    assert (change.name, change.before, change.after) == ("motif [rapo]", "3", "'3'")


def test_a_code_that_arrives_must_be_read_and_one_that_is_sent_may_be():
    new = {"wire": "NEW", "confidence": "official", "source": "s", "reason": None}
    changes = found(load_profile("public"), load(("messages", "rejet", "fields", "code", "codes", "autre", new)))
    assert changes == [("rejet", "code [autre]", "code.new", "must")]


def test_another_word_of_origin_alone_asks_for_nothing():
    (change,) = diff(load_profile("public"), load(("operations", "check_front", "confidence", "official")))
    assert (change.how, change.action, change.before, change.after) == (
        "grounds", Action.NONE, "assumption", "official",
    )  # fmt: skip


@pytest.mark.parametrize(("before", "after", "action"), [(10, 20, Action.MAY), (20, 10, Action.MUST)])
def test_a_bound_matters_when_it_falls(before, after, action):
    bound = ("limits", "body_bytes", "value")
    assert [one.action for one in diff(load((*bound, before)), load((*bound, after)))] == [action]


def test_elements_of_xml_have_an_order_and_members_of_json_none():
    fields = load_profile("public").messages["accuse"].model_dump(mode="json")["fields"]
    turned = ("messages", "accuse", "fields", dict(reversed(fields.items())))
    assert diff(load_profile("public"), load(turned)) == ()
    xml = ("formats", "encoding", "value", "xml")
    assert found(load(xml), load(xml, turned)) == [("accuse", "recu_le", "order", "must")]


def test_an_order_that_is_stated_is_the_order_of_the_elements():
    xml = ("formats", "encoding", "value", "xml")
    first = load_profile("public").messages["accuse"].in_order[-1]
    ordered = ("messages", "accuse", "order", [first])
    changes = found(load(xml), load(xml, ordered))
    assert [(group, how, action) for group, _, how, action in changes] == [("accuse", "order", "must")]


GRADE = {"severity": "off", "confidence": "official", "source": "s"}


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [("off", None, "must"), ("warning", None, "must"), ("error", None, "may"), (None, "off", "may"),
     (None, "error", "must"), ("off", "error", "must"), ("error", "info", "may")],
)  # fmt: skip
def test_a_rule_on_certificates_asks_by_what_it_comes_to(before, after, action):
    rule = "cert.key.rsa"
    one, other = (
        load(("certificate_rules", {rule: GRADE | {"severity": severity}} if severity else {}))
        for severity in (before, after)
    )
    assert [change[-1] for change in found(one, other)] == [action]


@pytest.mark.parametrize("promise", ["safe", "idempotent"])
def test_a_promise_that_is_withdrawn_must_be_acted_upon(promise):
    edit = ("operations", "send_avis_initial", promise)
    kept, gone = load((*edit, True)), load((*edit, False))
    assert [change[-1] for change in found(kept, gone)] == ["must"]
    assert [change[-1] for change in found(gone, kept)] == ["may"]


def test_other_roots_of_a_host_must_be_acted_upon():
    host = {"url": "https://127.0.0.1/", "confidence": "official", "source": "s"}
    sides = [load(("hosts", {"essai": host | ({"ca": ca} if ca else {})})) for ca in (None, "a.pem", "b.pem")]
    for one in sides:
        for other in sides:
            assert [change[-1] for change in found(one, other)] == ([] if one is other else ["must"])


FIELDS = load_profile("public").messages["accuse"].in_order


@given(st.booleans(), *(st.tuples(st.permutations(FIELDS), st.integers(0, len(FIELDS))) for _ in "ab"))
@settings(max_examples=60, deadline=None)
def test_profiles_have_one_digest_exactly_when_nothing_differs(xml, one, other):
    form = ("formats", "encoding", "value", "xml" if xml else "json")
    sides = [load(form, ("messages", "accuse", "order", names[:count])) for names, count in (one, other)]
    changes = diff(*sides)
    assert (sides[0].digest == sides[1].digest) == (changes == ())
    same = sides[0].messages["accuse"].in_order == sides[1].messages["accuse"].in_order
    assert any(change.action is Action.MUST for change in changes) == (xml and not same)
