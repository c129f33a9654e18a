"""SIRET, number, plate, amount."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fpsctl.identifiers import Immatriculation, InvalidIdentifier, Montant, NumeroFps, Siret, cle_telepaiement

SIRET = "13000000300009"


@pytest.mark.parametrize("value", [SIRET, "130 000 003 00009", "21750001600019", "35600000000048", "35600000049837"])
def test_a_siret_is_accepted(value):
    assert len(Siret(value)) == 14
    assert Siret(value).siren == Siret(value)[:9]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("13000000300008", "siret.checksum"),
        ("1300000030000", "siret.format"),
        ("1300000030000A", "siret.format"),
        ("", "siret.format"),
        ("35600000049838", "siret.checksum"),
    ],
)
def test_a_wrong_siret_is_refused(value, code):
    with pytest.raises(InvalidIdentifier) as caught:
        Siret(value)
    assert caught.value.code == code


def test_the_example_of_the_law_is_read():
    numero = NumeroFps("13000000300009 24 1 061 007 042")
    assert (numero.siret, numero.annee, numero.autorite, numero.jour) == (SIRET, 2024, 1, 61)
    assert (numero.terminal, numero.ordre) == ("007", "042")
    assert numero.date_etablissement() == dt.date(2024, 3, 1)
    assert numero.spaced == "13000000300009 24 1 061 007 042"


def test_year_of_the_finding_and_day_of_the_drawing_up_are_different_facts():
    numero = NumeroFps.make(SIRET, annee=2025, jour=1)
    assert numero.date_etablissement() == dt.date(2025, 1, 1)
    assert numero.date_etablissement(dt.date(2025, 12, 31)) == dt.date(2026, 1, 1)
    assert numero.date_etablissement(dt.date(2025, 1, 1)) == dt.date(2025, 1, 1)
    assert numero.annee == 2025


@pytest.mark.parametrize(
    ("jour", "annee", "day"), [(366, 2025, None), (366, 2028, dt.date(2028, 12, 31)), (0, 2025, None)]
)
def test_a_day_that_does_not_exist_has_no_date(jour, annee, day):
    assert NumeroFps.make(SIRET, annee=annee, jour=jour).date_etablissement() == day


@pytest.mark.parametrize("value", ["", "123", "1" * 27, "1" * 29, "a" * 26, "\u0661" * 26])
def test_a_malformed_number_is_refused(value):
    with pytest.raises(InvalidIdentifier, match=r"numero\.format"):
        NumeroFps(value)


def test_the_key_is_read_apart_and_follows_the_algorithm():
    digits, key = NumeroFps.read("13000000300009 24 1 061 007 042 Clé 17")
    assert (digits, key) == ("13000000300009241061007042", "17")
    numero = NumeroFps(digits)
    assert cle_telepaiement(numero, "off", "assumption").value is None
    assert cle_telepaiement(numero, "mod97", "assumption").value == f"{int(digits) % 97:02d}"
    assert cle_telepaiement(numero, "mod99", "assumption").value == f"{int(digits) % 99:02d}"
    with pytest.raises(InvalidIdentifier, match=r"numero\.key-algorithm"):
        cle_telepaiement(numero, "mod11", "assumption")


@given(
    annee=st.integers(2018, 2099),
    jour=st.integers(1, 366),
    autorite=st.integers(0, 9),
    terminal=st.integers(0, 999),
    ordre=st.integers(0, 999),
)
def test_a_made_number_reads_back(annee, jour, autorite, terminal, ordre):
    made = NumeroFps.make(SIRET, annee=annee, jour=jour, autorite=autorite, terminal=terminal, ordre=ordre)
    read = NumeroFps(made.spaced)
    assert read == made
    assert (read.annee, read.jour, read.autorite) == (annee, jour, autorite)
    assert (int(read.terminal), int(read.ordre)) == (terminal, ordre)


@pytest.mark.parametrize("fields", [{"jour": 1000}, {"terminal": -1}, {"ordre": 1000}, {"autorite": 10}])
def test_a_field_that_overflows_is_refused(fields):
    with pytest.raises(InvalidIdentifier, match=r"numero\.field"):
        NumeroFps.make(SIRET, **{"annee": 2026, "jour": 1, **fields})


@pytest.mark.parametrize(
    ("value", "written", "systeme"),
    [
        ("ss123ab", "SS-123-AB", "siv"),
        ("1234 ab 75", "1234 AB 75", "fni"),
        ("12 ABC 2A", "12 ABC 2A", "fni"),
        ("1-ABC-234", "1ABC234", "etranger"),
        ("M AB 1234", "MAB1234", "etranger"),
        ("AI-123-AB", "AI123AB", "etranger"),
    ],
)
def test_plates(value, written, systeme):
    plate = Immatriculation(value)
    assert (str(plate), plate.systeme) == (written, systeme)
    assert Immatriculation(plate) == plate


def test_an_unreadable_plate_is_refused():
    with pytest.raises(InvalidIdentifier, match=r"immatriculation\.format"):
        Immatriculation("é?")


@pytest.mark.parametrize(
    "value", ["AB\u0661\u0662\u0663CD", "stra\u00dfe12", "\u017f\u017f123ab", "\ufb01123ab", "AB\uff11\uff12\uff13CD"]
)
def test_a_plate_of_look_alike_characters_is_refused(value):
    with pytest.raises(InvalidIdentifier) as caught:
        Immatriculation(value)
    assert caught.value.code == "immatriculation.format"


def test_a_siret_of_look_alike_digits_is_refused():
    with pytest.raises(InvalidIdentifier) as caught:
        Siret("1300000030000\uff19")
    assert caught.value.code == "siret.format"


@given(st.integers(0, 400_000))
def test_generated_plates_were_never_issued(index):
    plate = Immatriculation.generate(index)
    assert plate.systeme == "siv"
    assert plate.synthetic


def test_generated_plates_differ_to_the_last():
    last = 2 * 22**2 * 999
    some = [*range(3000), *range(last // 2 - 1500, last // 2 + 1500), *range(last - 3000, last)]
    assert len({Immatriculation.generate(index) for index in some}) == len(some)
    with pytest.raises(InvalidIdentifier, match=r"immatriculation\.exhausted"):
        Immatriculation.generate(last)


@pytest.mark.parametrize(
    ("value", "cents"), [(3500, 3500), ("35,00 €", 3500), ("35.00 EUR", 3500), ("35 €", 3500), ("1 250,50 €", 125050)]
)
def test_amounts_are_cents(value, cents):
    assert Montant.parse(value) == cents


@pytest.mark.parametrize(
    ("value", "code"),
    [(35.0, "montant.float"), ("35,00", "montant.float"), ("35", "montant.format"), (True, "montant.format"),
     (None, "montant.format"), ("-5 €", "montant.format")],
)  # fmt: skip
def test_ambiguous_amounts_are_refused(value, code):
    with pytest.raises(InvalidIdentifier) as caught:
        Montant.parse(value)
    assert caught.value.code == code


def test_a_model_never_takes_a_float_for_an_amount():
    adapter = TypeAdapter(Montant)
    assert adapter.validate_python(5) == 5
    with pytest.raises(ValidationError):
        adapter.validate_json("5.0")


@given(st.integers(-(10**9), 10**9))
def test_an_amount_shown_in_french_reads_back(cents):
    shown = Montant(cents).show("fr")
    assert shown.startswith("-") == (cents < 0)
    assert Montant.parse(shown.removeprefix("-")) == abs(cents)
    assert Montant(123456).show("en") == "€1,234.56"
