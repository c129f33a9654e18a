"""Each exported pattern takes what our reader takes, and nothing else."""

from __future__ import annotations

import calendar
import re

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fpsctl.antai import load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.messages import AvisInitial
from fpsctl.antai.messages.base import Instant, Jour
from fpsctl.antai.profile_formats import AmountFormat, InstantFormat
from fpsctl.antai.wire_formats import format_of
from fpsctl.identifiers import Immatriculation, InvalidIdentifier, NumeroFps, Siret
from fpsctl.schema import patterns

BLANKS = " \t\n\u00a0\u202f\u2003\u3000\x1c\x85.-"
DIGITS = "0123456789"


def takes(schema, value):
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def reads(kind, value):
    """Whether an identifier is read, its check digit apart."""
    try:
        kind(value)
    except InvalidIdentifier as error:
        return error.code == "siret.checksum"
    return True


def texts(alphabet, least, most):
    """Texts of an alphabet, blanks among them, of about so many signs."""
    signs = st.lists(st.sampled_from(alphabet), min_size=least, max_size=most).map("".join)
    return st.tuples(signs, st.lists(st.tuples(st.integers(0, 60), st.sampled_from(BLANKS)), max_size=4)).map(_mixed)


def _mixed(drawn):
    text, blanks = drawn
    for place, blank in blanks:
        text = text[: place % (len(text) + 1)] + blank + text[place % (len(text) + 1) :]
    return text


@given(texts([*DIGITS, *DIGITS, "a", "\u0663"], 12, 16) | texts([*DIGITS], 14, 14))
@example("1300000030000\u0663")
def test_a_siret(text):
    assert takes(patterns.text(patterns.SIRET), text) is reads(Siret, text)


@given(
    texts([*DIGITS], 25, 29)
    | texts([*DIGITS, "cl\u00e9", "CL\u00c9 :", "cle", "cl", ":"], 24, 30)
    | texts([*DIGITS, "\u0663"], 26, 26)
)
@example("13000000300009241061007042 Cl\u00e9 : 12")
@example("13000000300009241061007042 cl\u00e9 - : 12")
@example("ccl\u00e9l\u00e913000000300009241061007042")
def test_a_number(text):
    assert takes(patterns.text(patterns.NUMERO), text) is reads(NumeroFps, text)


@given(texts([*DIGITS, *"abcXYZ"], 0, 17) | texts([*DIGITS, *"aZ\u00dc_!"], 1, 4))
def test_a_plate(text):
    assert takes(patterns.text(patterns.PLAQUE), text) is reads(Immatriculation, text)


def valid(kind, value):
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def test_every_day_that_exists_and_no_other():
    found = re.compile(patterns.day("%d/%m/%Y")["pattern"])
    for year in (0, 1, 4, 100, 400, 1900, 2000, 2023, 2024, 2100, 9996, 9999):
        for month in range(14):
            last = calendar.monthrange(year, month)[1] if year and 1 <= month <= 12 else 0
            for day in range(33):
                there = found.match(f"{day:02d}/{month:02d}/{year:04d}") is not None
                assert there is (1 <= day <= last), (year, month, day)
    leap = [year for year in range(10_000) if found.match(f"29/02/{year:04d}")]
    assert leap == [year for year in range(1, 10_000) if calendar.isleap(year)]


NUMBERS = st.integers(0, 99).map(lambda number: f"{number:02d}")
YEARS = st.sampled_from(["0000", "0001", "1900", "2000", "2024", "2026", "9999"])
SMALL = st.integers(0, 32).map(lambda number: f"{number:02d}")
TIMES = st.tuples(
    YEARS, SMALL, SMALL, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["", ".5", ".123456", ".1234567", "."]),
    st.sampled_from(["", "Z", "z", "+01:00", "-23:59", "+24:00", "+01:60", "+0100"]), st.sampled_from(["", "\n", " "]),
)  # fmt: skip


@given(TIMES)
@example(("2026", "03", "02", "10", "15", "00", ".5", "Z", ""))
@example(("2026", "03", "02", "10", "15", "00", "", "-23:59", "\n"))
def test_an_instant(parts):
    year, month, day, hour, minute, second, fraction, zone, tail = parts
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}{zone}{tail}"
    assert takes(patterns.instant("iso8601"), text) is valid(Instant, text)
    assert takes(patterns.day("iso8601"), f"{year}-{month}-{day}{tail}") is valid(Jour, f"{year}-{month}-{day}{tail}")


def reader(**formats):
    """What reads an instant (or an amount) under the formats of the public profile, some replaced."""
    public = load_profile("public")
    known = public.formats.model_copy(update=formats)
    name = "fps" if "amounts" in formats else "constate_le"
    return format_of(leaves_of(AvisInitial)[name], public.messages["avis_initial"].fields[name], known).read


def read_by(read, text):
    try:
        read(text)
    except ValueError:
        return False
    return True


SAID = {"confidence": "assumption", "reason": "a trial"}
LIKELY = st.tuples(
    YEARS, st.sampled_from(["00", "01", "02", "04", "12", "13"]), st.sampled_from(["00", "01", "29", "30", "31", "32"]),
    st.sampled_from(["00", "23", "24"]), st.sampled_from(["00", "59", "60"]), st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["Z", "+01:00", "-2359", "+24:00", "+01:60", "+0100", "z", ""]), st.sampled_from(["", "\n"]),
)  # fmt: skip


@pytest.mark.parametrize("pattern", ["%d/%m/%Y %H:%M:%S%z", "%Y%m%d.%H%M%S %z", "(%d) [%m] {%Y} %H^%M$%S+%z"])
@given(parts=LIKELY)
@example(parts=("2024", "02", "29", "23", "59", "59", "-2359", ""))
@example(parts=("2024", "02", "29", "23", "59", "59", "Z", "\n"))
def test_an_instant_of_a_profile_s_own_pattern(pattern, parts):
    *values, tail = parts
    text = pattern
    for sign, value in zip("YmdHMSz", values, strict=True):
        text = text.replace(f"%{sign}", value)
    read = reader(instants=InstantFormat(value=pattern, **SAID))
    assert takes(patterns.instant(pattern), text + tail) is read_by(read, text + tail)


@pytest.mark.parametrize("mark", [".", ","])
@given(text=st.from_regex(r"[0-9]{0,20}[.,]?[0-9]{0,3}\n?", fullmatch=True))
def test_an_amount_of_euros(mark, text):
    kind = {".": "euros_decimal", ",": "euros_virgule"}[mark]
    read = reader(amounts=AmountFormat(value=kind, **SAID))
    assert takes(patterns.euros(mark), text) is read_by(read, text)


def test_only_what_every_engine_has():
    instant = patterns.instant("%d/%m/%Y %H:%M:%S%z")["pattern"]
    for pattern in (patterns.SIRET, patterns.NUMERO, patterns.PLAQUE, instant):
        assert not re.search(r"\\[dswbDSWBAZz]|\(\?[^:]|\*\?|\+\?|\\[0-9]", pattern), pattern
