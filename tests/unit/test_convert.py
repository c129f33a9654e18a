"""A fine of FNMS becomes a message; what is missing, doubtful, derived or dropped is said."""

import json
from pathlib import Path

import pytest
from convert_helpers import ABSENT, CORRECTION, FINE, PARIS, SETTINGS, changed, converted, one, town

from fpsctl.antai import MESSAGES, codec_for, load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.checks import Outcome, Severity, worst
from fpsctl.convert import pays
from fpsctl.convert.rules import RULES
from fpsctl.convert.table import BOTH, DERIVED, ROWS
from fpsctl.texts import catalogue

EXAMPLES = Path(__file__).parents[1] / "convert"


@pytest.fixture
def here(tmp_path):
    return town(tmp_path)


@pytest.mark.parametrize("name", ["initial-full", "initial-minimal", "correction"])
def test_an_example_becomes_the_message_that_was_written_by_hand(here, name):
    fine = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    expected = json.loads((EXAMPLES / f"{name}.expected.json").read_text(encoding="utf-8"))
    (here / "fine.json").write_bytes((EXAMPLES / f"{name}.json").read_bytes())
    done = converted(here, fine)
    made = done.result["fines"][0]
    assert made["message"] == expected["message"]
    assert {finding["id"] for finding in made["findings"]} == set(expected["findings"])
    for finding in made["findings"]:
        assert any(part in finding["detail"] for part in expected["findings"][finding["id"]].split("|")), finding
    for code, parts in expected["findings"].items():
        said = " ".join(finding["detail"] for finding in made["findings"] if finding["id"] == code)
        assert all(part in said for part in parts.split("|")), (code, said)


@pytest.mark.parametrize("fine", [FINE, CORRECTION])
def test_the_wire_reads_back_as_the_message(here, fine):
    done = converted(here, fine)
    made = done.result["fines"][0]
    (name, wire) = next(iter(done.wire.items()))
    assert name == f"{made['numero']}.json"
    decoded = codec_for(load_profile("public")).decode(made["kind"], wire)
    assert decoded.findings == ()
    assert decoded.message.model_dump(mode="json", exclude_none=True) == made["message"]
    assert made["wire"] == json.loads(wire)


def test_the_result_says_on_which_profile_and_on_whose_word(here):
    result = converted(here, FINE).result
    assert result["profile"]["id"] == "public"
    assert "assumed" in result["profile"]["reserve"]
    assert result["from"]["confidence"] == "deduced"
    assert result["counts"] == {"fines": 1, "messages": 1, "refused": 0}


@pytest.mark.parametrize("kind", BOTH)
def test_every_value_of_a_message_has_a_correspondence_or_a_derivation(kind):
    mapped = {row.canonical for row in ROWS if kind in row.kinds}
    people = {f"{row.canonical}.{part}" for row in ROWS if row.reader == "person" for part in ("nom", "adresse")}
    leaves = set(leaves_of(MESSAGES[kind]))
    assert leaves - mapped - people - set(DERIVED) == set()
    assert mapped - leaves - {"redevable", "mandataire"} == set()


def test_every_finding_has_its_sentences():
    fr = catalogue("fr")
    for code, rule in RULES.items():
        assert f"check.{code}" in fr, code
        assert any(text.startswith(f"{code}.") for text in fr), code
        assert (f"hint.{code}" in fr) == (rule.severity is not Severity.INFO), code
        assert rule.reference, code


CASES = {
    # name: (fine, finding, part of its sentence, whether a message is made)
    "cancelled": (changed(type="CANCELLED"), "fnms.type.cancelled", "another message", False),
    "unknown type": (changed(type="REMISE"), "fnms.type.unknown", "REMISE", False),
    "no type": (changed(type=ABSENT), "fnms.missing", "type", False),
    "no number": (changed(fineLegalId=ABSENT), "fnms.missing", "fineLegalId", False),
    "short number": (changed(fineLegalId="2175"), "fnms.invalid", "fineLegalId", False),
    "number with key": (changed(fineLegalId="2175000160001926106199500812"), "fnms.numero.form", "995008", True),
    "number as a number": (changed(fineLegalId=21750001600019261061995008), "fnms.text.number", "fineLegalId", True),
    "no SIRET": (changed(fineLegalId="11111111111111261061995008"), "fnms.numero.siret", "11111111111111", False),
    "other year": (changed(fineLegalId="21750001600019251061995008"), "fnms.numero.year", "2025", True),
    "no such day": (changed(fineLegalId="21750001600019261999995008"), "fnms.numero.day", "999", True),
    "far day": (changed(fineLegalId="21750001600019261060995008"), "fnms.numero.day", "2027-03-01", True),
    "other SIRET": (changed(cityId="13000000300009"), "fnms.siret.differs", "cityId", True),
    "other employer": (changed(agent__worksFor="13000000300009"), "fnms.siret.differs", "worksFor", True),
    "other device": (changed(terminalId="7"), "fnms.checked", "the number carries 995", True),
    "other root": (changed(rootFineLegalId="1"), "fnms.root.initial", "rootFineLegalId = 1", True),
    "unknown town": (changed(fineLegalId="13000000300017261061995008"), "fnms.town.missing", "13000000300017", False),
    "before the settings": (changed(statementDatetime="2025-03-02T10:00:00+01:00"), "fnms.town.missing", "2026-01-01",
                            False),
    "example town": (changed(fineLegalId="13000000300009261061995008"), "fnms.town.example", "invented", True),
    "no agent": (changed(agent={"name": "X"}), "fnms.missing", "agent.agentId", False),
    "agent is text": (changed(agent="X"), "fnms.invalid", "agent: must be an object", False),
    "agent is named": (changed(agent={"name": "A  b", "agentId": "a B"}), "fnms.agent.name", "agentId", True),
    "day alone": (changed(statementDatetime="2026-03-02"), "fnms.invalid", "statementDatetime", False),
    "epoch": (changed(statementDatetime=1772444525), "fnms.invalid", "statementDatetime", False),
    "no such hour": (changed(statementDatetime="2026-03-29T02:30:00"), "fnms.instant.nonexistent", "Paris", False),
    "local": (changed(statementDatetime="2026-03-02 10:42"), "fnms.zone.local", "Europe/Paris", True),
    "validity before": (changed(validityDatetime="2026-03-02T09:00:00Z"), "fnms.order", "statementDatetime", True),
    "validity wrong": (changed(validityDatetime=True), "fnms.invalid", "validityDatetime", False),
    "address is a list": (changed(statementAddress=["a"]), "fnms.invalid", "statementAddress", False),
    "empty address": (changed(statementAddress={"streetName": " "}), "fnms.missing", "statementAddress", False),
    "address part": (changed(statementAddress={"streetName": []}), "fnms.missing", "statementAddress", False),
    "odd address part": (changed(statementAddress={"streetName": True}), "fnms.invalid", "streetName", False),
    "control": (changed(zoneId="Z\x002"), "fnms.invalid", "control", False),
    "zone unknown": (changed(zoneId="Z9"), "fnms.zone.unknown", "Z1, Z2", True),
    "no zone": (changed(zoneId=ABSENT), "fnms.missing", "zoneId", False),
    "country": (changed(licensePlate__plateCountry="Narnia"), "fnms.invalid", "Narnia", False),
    "doubtful country": (changed(licensePlate__plateCountry="ROU"), "fnms.pays.doubtful", "UY", True),
    "overseas": (changed(licensePlate__plateCountry="RE"), "fnms.pays.read", "read as FR", True),
    "a code that is a sign too": (changed(licensePlate__plateCountry="ES"), "fnms.pays.read", "SV", True),
    "foreign": (changed(licensePlate__plateCountry="D"), "fnms.pays.foreign", "DE", True),
    "not a French plate": (changed(licensePlate__plate="BAB123"), "fnms.plaque.shape", "BAB123", True),
    "no make": (changed(vehicle=ABSENT), "fnms.marque.missing", "vehicle.brand", True),
    "surcharge": (changed(surcharge=50), "fnms.price.surcharge", "50", True),
    "paid": (changed(paymentStatus="PAID"), "fnms.paid", "is paid", True),
    "paid back": (changed(paymentStatus="CANCELLED"), "fnms.paid", "cancelled", True),
    "odd status": (changed(paymentStatus=3), "fnms.paid", "unknown", True),
    "local notice": (changed(notificationAuthority="LOCAL"), "fnms.notification", "full cycle", True),
    "no notifier": (changed(notificationAuthority=ABSENT), "fnms.notification", "missing", True),
    "odd notifier": (changed(notificationAuthority=["ANTAI"]), "fnms.notification", "neither", True),
    "one product": (changed(P1000X=1), "fnms.product", "P1000X", True),
    "unknown": (changed(colour="red"), "fnms.unknown", "colour = red", True),
    "dotted": (changed(**{"agent.agentId": "x"}), "fnms.unknown", '"agent.agentId" = x', True),
    "empty name": (changed(**{"": {"zoneId": "Z2"}}), "fnms.unknown", '"" = {"zoneId": "Z2"}', True),
    "secret": (changed(k="-----BEGIN PRIVATE KEY-----\nMC4C"), "fnms.unknown", "withheld", True),
    "secret in a name": (changed(**{"-----BEGIN PRIVATE KEY": 1}), "fnms.unknown", "withheld", True),
    "long": (changed(k="abcd" * 99), "fnms.unknown", "withheld: 396", True),
    "beside": (changed(fpsctl={"rapo": 1}), "fnms.unknown", "reads rapo_recu_le", True),
    "of a correction": (changed(fpsctl={"rapo_recu_le": "2026-03-03"}), "fnms.dropped.kind", "rapo_recu_le", True),
    "people": (changed(offender={"familyName": "Fictive"}), "fnms.dropped.personal", "offender", True),
    "its own day": (changed(fpsctl={"etabli_le": "2026-03-02"}), "fnms.checked", "as in the number", True),
    "another day": (changed(fpsctl={"etabli_le": "2026-03-09"}), "fnms.numero.day", "say another day", True),
    "no root": (changed(CORRECTION, rootFineLegalId=ABSENT), "fnms.missing", "rootFineLegalId", False),
    "own root": (changed(CORRECTION, rootFineLegalId=CORRECTION["fineLegalId"]), "fnms.root.same", "996003", False),
    "parent": (changed(CORRECTION, rootFineLegalId=ABSENT, parent=FINE["fineLegalId"]), "fnms.root.parent", "995008",
               True),
    "no RAPO": (changed(CORRECTION, fpsctl=ABSENT), "fnms.rapo.missing", "rapo_recu_le", False),
    "RAPO day": (changed(CORRECTION, fpsctl__rapo_recu_le="20/03/2026"), "fnms.invalid", "rapo_recu_le", False),
    "RAPO order": (changed(CORRECTION, fpsctl__rapo_recu_le="2026-03-01"), "fnms.rapo.order", "2026-03-01", True),
    "nameless": (changed(CORRECTION, offender={"address": "x"}), "fnms.person", "has no name", True),
    "offender's unknown part": (changed(CORRECTION, offender={"familyName": "F", "born": "1980-01-01"}), "fnms.unknown",
                                "offender.born = (withheld: personal data)", True),
    "offender is text": (changed(CORRECTION, offender="x"), "fnms.invalid", "offender", False),
    "offender's address": (changed(CORRECTION, offender={"familyName": "F", "address": 1}), "fnms.invalid",
                           "offender.address", False),
    "of an initial": (changed(CORRECTION, reducedFinePrice=1), "fnms.dropped.kind", "reducedFinePrice", True),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_case(here, name):
    fine, code, part, becomes = CASES[name]
    message, found = one(here, fine)
    assert any(part in detail for detail in found.get(code, ())), found
    assert (message is not None) == becomes, found


def test_a_time_that_occurs_twice_is_the_first_and_is_said(here):
    message, found = one(here, changed(statementDatetime="2026-10-25T02:30:00", finePrice=3500))
    assert message["constate_le"] == "2026-10-25T02:30:00+02:00"
    assert "occurs twice" in found["fnms.instant.ambiguous"][0]


def test_a_time_with_offset_is_told_in_the_zone_of_the_town(here):
    message, _ = one(here, changed(statementDatetime="2026-03-02T23:30:00Z", fineLegalId=f"{PARIS}261062995008"))
    assert message["constate_le"] == "2026-03-03T00:30:00+01:00"
    assert message["etabli_le"] == "2026-03-03"


def test_a_notice_of_the_new_year_is_drawn_up_the_year_after(here):
    fine = changed(statementDatetime="2026-12-31T23:59:00+01:00", fineLegalId=f"{PARIS}261001995008")
    assert one(here, fine)[0]["etabli_le"] == "2027-01-01"


def test_the_settings_are_those_of_the_day_of_the_finding(tmp_path):
    entry = SETTINGS.split("\n", 2)[2].replace("2026-01-01", "2026-03-03").replace("fps: 35.00", "fps: 40.00")
    later = SETTINGS + entry
    here = town(tmp_path, later)
    assert "fnms.price.tariff" not in one(here, FINE)[1]
    _, found = one(here, changed(statementDatetime="2026-03-03T10:00:00", fineLegalId=f"{PARIS}261062995008"))
    assert "€40.00" in found["fnms.price.tariff"][0]


AMOUNTS = {
    # finePrice, --amounts: amount due in cents, finding on the unit
    (3500, ""): (3500, "fnms.price.read"),
    (35, ""): (3500, "fnms.price.read"),
    ("35.00", ""): (3500, None),
    ("35.00", "cents"): (3500, None),  # two decimals are never cents
    ("35,00 €", ""): (3500, None),
    ("3500 EUR", ""): (350000, None),
    (35.5, ""): (3550, "fnms.price.read"),
    (36, ""): (3600, "fnms.price.unit"),
    (3600, ""): (3600, "fnms.price.unit"),
    (3500, "euros"): (350000, None),
    (35, "cents"): (35, None),
    (0, ""): (0, None),
}


@pytest.mark.parametrize(("price", "forced"), AMOUNTS)
def test_the_unit_of_amounts_is_found_by_the_tariff_or_said_to_be_doubtful(here, price, forced):
    due, code = AMOUNTS[price, forced]
    message, found = one(here, changed(finePrice=price), amounts=forced)
    assert message["montant_du"] == due
    assert {name for name in found if name in ("fnms.price.read", "fnms.price.unit")} == ({code} if code else set())
    assert ("fnms.price.tariff" in found) == (due != 3500)


@pytest.mark.parametrize("price", [-1, True, "x", [35], {"a": 1}, 10**12, "35.001", 1e-9])
def test_an_amount_that_cannot_be_read_is_refused(here, price):
    message, found = one(here, changed(finePrice=price))
    assert message is None
    assert "finePrice" in found["fnms.invalid"][0]


def test_a_fraction_of_a_cent_is_refused(here):
    message, found = one(here, changed(finePrice=35.5), amounts="cents")
    assert message is None
    assert "whole number of cents" in found["fnms.invalid"][0]


def test_the_unit_of_a_correction_is_found_by_what_the_town_may_ask(here):
    assert one(here, changed(CORRECTION, finePrice=1000))[0]["montant"] == 1000
    message, found = one(here, changed(CORRECTION, finePrice=10))
    assert (message["montant"], list(found["fnms.price.unit"]) != []) == (1000, True)
    assert one(here, changed(CORRECTION, finePrice=0))[0]["montant"] == 0


RECEIPT = {"startDatetime": "2026-03-02T09:00:00+01:00", "endDatetime": "2026-03-02T10:00:00+01:00", "payments": 220}


def test_a_receipt_is_deducted_when_its_maximum_duration_still_runs(here):
    message, found = one(here, FINE | RECEIPT)
    assert (message["fps"], message["deduit"], message["montant_du"]) == (3500, 220, 3280)
    assert message["justificatif"]["montant"] == 220
    assert "fnms.receipt.read" in found


def test_a_receipt_whose_maximum_duration_is_over_is_not(here):
    message, found = one(here, FINE | RECEIPT | {"startDatetime": "2026-03-02T08:00:00+01:00"})
    assert (message["deduit"], message["montant_du"], "justificatif" in message) == (0, 3500, False)
    assert "fnms.receipt.expired" in found


@pytest.mark.parametrize("gone", ["startDatetime", "endDatetime", "payments"])
def test_half_a_receipt_is_none_and_is_said(here, gone):
    message, found = one(here, {name: value for name, value in (FINE | RECEIPT).items() if name != gone})
    assert (message["deduit"], "justificatif" in message) == (0, False)
    assert {"fnms.payments", "fnms.receipt.incomplete"} & set(found)


@pytest.mark.parametrize("payments", [[1, 2], {"sum": 1}, "two euros", [{"amount": 1, "method": "card"}], True])
def test_payments_of_an_unknown_shape_are_said_and_not_deducted(here, payments):
    message, found = one(here, FINE | RECEIPT | {"payments": payments})
    assert message["deduit"] == 0
    assert "not public" in found["fnms.payments"][0]


MINORE = {
    # reducedPriceDuration or reducedDatetime: end of the minored price, finding
    ("reducedPriceDuration", 96): ("2026-03-06T10:42:05+01:00", "fnms.minore.read"),
    ("reducedPriceDuration", 4): ("2026-03-06T10:42:05+01:00", "fnms.minore.read"),
    ("reducedPriceDuration", 5760): ("2026-03-06T10:42:05+01:00", "fnms.minore.read"),
    ("reducedPriceDuration", 345600): ("2026-03-06T10:42:05+01:00", "fnms.minore.read"),
    ("reducedPriceDuration", "PT48H"): ("2026-03-04T10:42:05+01:00", "fnms.minore.read"),
    ("reducedPriceDuration", 7): (None, "fnms.minore.end"),
    ("reducedDatetime", "2026-03-05T00:00:00+01:00"): ("2026-03-05T00:00:00+01:00", "fnms.minore.read"),
    ("reducedDatetime", "2026-03-02T10:00:00+01:00"): (None, "fnms.minore.end"),
}


@pytest.mark.parametrize(("name", "value"), MINORE)
def test_the_minored_price_ends_when_the_settings_can_tell(here, name, value):
    end, code = MINORE[name, value]
    fine = changed(zoneId="Z1", finePrice=5000, reducedFinePrice=3500, **{name: value})
    message, found = one(here, fine)
    assert message["minore"] == ({"montant": 3500, "fin_le": end} if end else {"montant": 3500})
    assert code in found


def test_the_minored_price_is_compared_with_the_settings_and_with_what_is_due(here):
    assert "settings say" in one(here, changed(reducedFinePrice=2000))[1]["fnms.minore.price"][0]
    assert "not less" in one(here, changed(reducedFinePrice=3500))[1]["fnms.minore.price"][0]
    assert "not carried" in one(here, changed(reducedPriceDuration=96))[1]["fnms.minore.end"][0]


def test_the_minored_price_of_the_settings_is_taken_when_the_fine_says_none(here):
    message, found = one(here, changed(zoneId="Z1", finePrice=5000))
    assert message["minore"] == {"montant": 3500, "fin_le": "2026-03-06T10:42:05+01:00"}
    assert "€35.00" in found["fnms.minore.settings"][0]


def test_a_minored_price_elapses_whatever_clocks_do(here):
    fine = changed(zoneId="Z1", finePrice=5000, statementDatetime="2026-03-28T10:00:00", reducedFinePrice=3500,
                   reducedPriceDuration=96, fineLegalId="21750001600019261087995008")  # fmt: skip
    assert one(here, fine)[0]["minore"]["fin_le"] == "2026-04-01T11:00:00+02:00"


def test_a_minored_price_whose_hour_of_start_is_not_known_has_no_end(here):
    late = {"fineLegalId": "21750001600019261062995008", "zoneId": "Z1", "finePrice": 5000}  # drawn up the day after
    for more in ({"reducedFinePrice": 3500, "reducedPriceDuration": "PT96H"}, {}):
        message, found = one(here, changed(**late, **more))
        assert message["minore"] == {"montant": 3500}
        assert "2026-03-03" in found["fnms.minore.end"][0]


DATES = {"startDatetime": "2026-03-02T09:00:00+01:00", "endDatetime": "2026-03-02T10:00:00+01:00"}


@pytest.mark.parametrize(
    ("price", "payments", "paid", "codes"),
    [
        ("0.00", "35.00", 3500, {"fnms.receipt.whole"}),
        (3500, {"amount": "20.00"}, 2000, set()),
        ("35,00", 220, 220, {"fnms.price.unit"}),
        ("35,00", 2, 200, {"fnms.price.unit"}),
        (3500, 220, 220, set()),
        (3500, 3500, 3500, {"fnms.receipt.whole"}),
    ],
)
def test_each_amount_has_the_unit_of_its_own_form(here, price, payments, paid, codes):
    message, found = one(here, changed(finePrice=price, payments=payments, **DATES))
    assert message["deduit"] == message["justificatif"]["montant"] == paid
    assert found.keys() & {"fnms.receipt.whole", "fnms.price.unit"} == codes


def test_a_fine_that_is_refused_does_not_use_up_its_number(here):
    result = converted(here, changed(statementDatetime="soon"), FINE, FINE).result
    assert [bool(fine["message"]) for fine in result["fines"]] == [False, True, False]
    assert [finding["id"] for finding in result["fines"][2]["findings"] if finding["severity"] == "error"] == [
        "fnms.numero.duplicate"
    ]


def test_the_day_of_the_profile_is_that_of_the_drawing_up(here):
    (here / "p.yaml").write_text(
        "profile: jour\nversion: '1'\nextends: public\nin_force: {from: 2018-01-01, to: 2026-03-02}\n", encoding="utf-8"
    )
    for number, told in (("261061", False), ("261062", True)):
        fine = changed(fineLegalId=f"21750001600019{number}995008")
        assert ("profile.not-in-force" in one(here, fine, profile=str(here / "p.yaml"))[1]) == told


def test_in_the_partial_cycle_antai_does_not_notify(tmp_path):
    here = town(tmp_path, SETTINGS.replace("nom: Ville Fictive", "nom: Ville Fictive\n      cycle: partiel"))
    assert "partial cycle" in one(here, FINE)[1]["fnms.notification"][0]
    assert "is not sent" in one(here, changed(notificationAuthority="LOCAL"))[1]["fnms.notification"][0]


@pytest.mark.parametrize(
    ("written", "code"),
    [("FR", "FR"), ("fra", "FR"), ("F", "FR"), ("DEU", "DE"), ("D", "DE"), ("UK", "GB"), ("GB", "GB"), ("RSM", "SM"),
     ("SM", "SM"), ("CH", "CH"), ("E", "ES"), ("ROU", "RO"), ("MTQ", "FR")],
)  # fmt: skip
def test_a_country_is_read_in_the_forms_that_devices_use(written, code):
    assert pays.read(written).code == code


def test_every_country_of_iso_is_known():
    assert len(pays._ALPHA2) == len(pays._ALPHA3) == 249  # noqa: SLF001 - the table itself is what is tested


def test_one_number_twice_makes_one_message(here):
    done = converted(here, FINE, changed(zoneId="Z1"))
    assert [fine["message"] is not None for fine in done.result["fines"]] == [True, False]
    assert done.findings[-1].id == "fnms.numero.duplicate"
    assert worst(done.findings) is Outcome.FAIL
    assert len(done.wire) == 1


def test_many_unknown_names_are_all_named(here):
    _, found = one(here, FINE | {f"name{number}": number for number in range(50)})
    said = " ".join(found["fnms.unknown"])
    assert len(found["fnms.unknown"]) == 21
    assert all(f"name{number}" in said for number in range(50))
