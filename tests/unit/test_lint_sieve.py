"""The fast way says what the slow way says: a sieve lets through only what the codec reads without a finding."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_antai_codec import GOOD, expected, wire

from fpsctl.antai import MESSAGES, codec_for, load_profile
from fpsctl.lint import Order, lint, reading
from fpsctl.lint.facts import of_message
from fpsctl.lint.rules import FORMULAS
from fpsctl.lint.sieve import build

PROFILE = load_profile("public")
CODEC = codec_for(PROFILE)
SIEVES = {kind: build(PROFILE, CODEC, kind) for kind in MESSAGES}
EXAMPLES = Path(__file__).parents[1] / "lint"
SOURCES = [(expected(name)["kind"], wire(name)) for name in GOOD if SIEVES[expected(name)["kind"]]]
LINES = [line for path in sorted(EXAMPLES.glob("*.jsonl")) for line in path.read_bytes().splitlines() if line.strip()]

SLOW = {"impression", "certificat_depot"}
"""A list, and a certificate that is looked into: the codec reads these."""

TEXTS = """FR|fr|SS-123-AB|ss-123-ab|SS123AB|1234 AB 75|1234AB75|AB12|A|AB-123-CI|1234 AB 99|13000000300009
13000000300008|1300000030000|130 000 003 00009|2026-03-02|2026-02-30|2026-3-2|2026-03-02T10:00:00Z
2026-03-02T10:00:00|2026-03-02T10:00:00+01:00|2026-02-30T10:00:00+01:00|2026-03-02T24:00:00+01:00
2026-03-02T10:00:60Z|2026-03-02 10:00:00Z|2026-03-02T10:00:00.5+01:00|2026-03-02T10:00:00.123456+01:00
2026-03-02T10:00:00+0100|2026-03-02T10:00:00+23:59|2026-03-02T10:00:00-00:00|2026-03-02T10:00:00.123Z|0001-01-01
0001-01-01T00:00:00+14:00|9999-12-31T23:59:59-12:00|9999-12-31
":| ":|1|true|RETRAIT|retrait|MARQUE_PLAQUE|R42| ||""".replace("\n", "|").split("|")
TEXTS += ["\u0660" * 26, "1" * 26, "1" * 28, "2026-03-02\n", "FR\n", "PRIVATE KEY"]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.sampled_from([0, 1, 9, 10, -1, 3500, 1.0, 1.5]),
    st.text(max_size=4),
    st.sampled_from(TEXTS),
    st.just({}),
    st.just([]),
)


def places(value, path=()):
    """Every key of a JSON object, as a path."""
    for name, inner in value.items():
        yield (*path, name)
        if isinstance(inner, dict):
            yield from places(inner, (*path, name))


@st.composite
def mutated(draw):
    """A message, with some values changed, taken out or added, and its bytes written in some way."""
    kind, source = draw(st.sampled_from(SOURCES))
    message = json.loads(source)
    for _ in range(draw(st.integers(0, 2))):
        *steps, last = draw(st.sampled_from(sorted(places(message))))
        holder = message
        for step in steps:
            holder = holder[step]
        how = draw(st.sampled_from(["value", "value", "value", "gone", "new"]))
        if how == "gone":
            del holder[last]
        else:
            holder[last if how == "value" else draw(st.sampled_from(["neuf", last.upper()]))] = draw(VALUES)
        if not any(places(message)):
            break
    indent, plain = draw(st.sampled_from([None, 1])), draw(st.booleans())
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",", "\t:")]))
    data = json.dumps(message, indent=indent, ensure_ascii=plain, separators=separators).encode(errors="surrogatepass")
    return kind, data if not draw(st.booleans()) else twice(draw, data)


def twice(draw, data):
    """State a key again, written as it was or with an escape, or put any bytes somewhere."""
    at = draw(st.integers(0, len(data)))
    if draw(st.booleans()):
        return data[:at] + draw(st.binary(max_size=2)) + data[at:]
    key = draw(st.sampled_from([b'"dateEtablissement"', b'"lieu"', b'"l\\u0069eu"', b'"remise"', b'"codeMotif"']))
    blank = draw(st.sampled_from([b"", b" ", b"\n", b"  "]))
    plain = json.loads(b"[" + key + b"]")[0]
    return data.replace(f'"{plain}"'.encode(), key + blank + b': "x", ' + f'"{plain}"'.encode(), 1)


def check(kind, data):
    """Return whether the sieve let a message through, which it may only if the codec has nothing to say."""
    read = SIEVES[kind].read(data)
    if read is None:
        return False
    decoded = CODEC.decode(kind, data)
    said = {finding.detail.rpartition(": ")[2].partition(" ")[0] for finding in decoded.findings}
    assert said <= FORMULAS.keys(), (data, decoded.findings)
    if decoded.message is not None:
        assert read[0] == of_message(decoded.message)
    return True


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_sieve_lets_through_only_what_the_codec_reads_without_a_finding(case):
    check(*case)


@pytest.mark.exhaustive
@settings(max_examples=60_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_sieve_lets_through_only_what_the_codec_reads_many(case):
    check(*case)


ODD = (None, True, False, 0, 1, -1, 10, 1.0, 1.5, 10**20, {}, [], *TEXTS)


@pytest.mark.parametrize(("kind", "source"), SOURCES)
def test_a_sieve_agrees_with_the_codec_on_every_change_of_one_value(kind, source):
    passed = 0
    for *steps, last in list(places(json.loads(source))):
        for odd in (*ODD, "gone", "new"):
            message = json.loads(source)
            holder = message
            for step in steps:
                holder = holder[step]
            if odd == "gone":
                del holder[last]
            else:
                holder["neuf" if odd == "new" else last] = odd
            passed += check(kind, json.dumps(message).encode())
    assert passed  # the same value again, or another that is sound


def test_every_sound_message_takes_the_fast_way():
    assert {kind for kind, sieve in SIEVES.items() if sieve is None} == SLOW
    for kind, source in SOURCES:
        for indent, separators in ((None, None), (2, None), (None, (",", ":"))):
            data = json.dumps(json.loads(source), indent=indent, separators=separators).encode()
            assert check(kind, data), data


@pytest.mark.parametrize("text", ['say ": no', '":"', 'a " : b', "back\\slash", "é ☂ \U0001f600"])
def test_texts_that_look_like_keys_take_the_fast_way_too(text):
    message = json.loads(wire("avis_initial"))
    message["constat"]["lieu"] = text
    assert check("avis_initial", json.dumps(message).encode())


@pytest.mark.parametrize("blank", ["", " ", "\n", "\t", "\r", " \n "])
@pytest.mark.parametrize("key", ["lieu", "l\\u0069eu"])
def test_a_key_stated_twice_never_takes_the_fast_way(blank, key):
    text = wire("avis_initial").decode().replace('"lieu":', f'"{key}"{blank}: "x", "lieu":')
    assert SIEVES["avis_initial"].read(text.encode()) is None
    assert "message.field.duplicate" in {one.id for one in CODEC.decode("avis_initial", text.encode()).findings}


def judged(path, monkeypatch=None):
    if monkeypatch is not None:
        monkeypatch.setattr(reading, "build", lambda *_: None)
    done = lint(Order((str(path),), workspace=EXAMPLES, limit=1000))
    return {name: done.result[name] for name in ("places", "rules", "messages", "kinds", "synthetic")}


def test_all_the_examples_are_judged_alike_with_and_without_sieves(tmp_path, monkeypatch):
    path = tmp_path / "all.jsonl"
    path.write_bytes(b"\n".join(LINES) + b"\n")
    fast = judged(path)
    assert len(fast["places"]) > 50
    assert fast == judged(path, monkeypatch)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(mutated(), min_size=1, max_size=8))
def test_any_messages_are_judged_alike_with_and_without_sieves(tmp_path_factory, cases):
    path = tmp_path_factory.mktemp("any") / "any.jsonl"
    path.write_bytes(b"".join(data.replace(b"\n", b" ") + b"\n" for _, data in cases))
    with pytest.MonkeyPatch.context() as patch:
        fast = judged(path)
        assert fast == judged(path, patch)


@pytest.mark.parametrize("name", ["avis_initial", "avis_rectificatif", "fps_impaye", "annulation"])
def test_any_one_value_is_judged_alike_with_and_without_sieves(name, tmp_path):
    lines = []
    for *steps, last in places(json.loads(wire(name))):
        for odd in ODD:
            message = json.loads(wire(name))
            holder = message
            for step in steps:
                holder = holder[step]
            holder[last] = odd
            lines.append(json.dumps(message).encode())
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b"\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        fast = judged(path)
        assert fast["messages"] == len(lines)
        assert fast == judged(path, patch)


def test_a_profile_that_is_not_plain_has_no_sieve():
    other = load_profile(str(EXAMPLES / "message.instant.ambiguous.profile.yaml"))
    assert build(other, codec_for(other), "avis_initial") is None
    constant = load_profile(str(EXAMPLES / "message.constant.differs.profile.yaml"))
    assert build(constant, codec_for(constant), "avis_initial") is None
    assert build(constant, codec_for(constant), "rejet") is not None
