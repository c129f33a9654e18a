"""Every way a profile can have values and bodies written: what is written is read back, what cannot be is refused."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import embedded
from fpsctl.antai import codec_for, load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.messages import MESSAGES, Minore
from fpsctl.errors import LocalError
from fpsctl.identifiers import Montant, NumeroFps

HEAD = """\
profile: essai
version: "1"
title: {fr: "Essai", en: "Trial"}
extends: public
"""
WORD = "confidence: official, source: trial"
PARIS = "Europe/Paris"
ZONES = [PARIS, "Indian/Reunion"]


def profile(folder, added, name="essai.yaml"):
    path = folder / name
    path.write_text(HEAD + added, encoding="utf-8")
    return load_profile(str(path))


def codec(folder, added):
    return codec_for(profile(folder, added))


def formats(**stated):
    return "formats:\n" + "".join(f"  {name}: {{{value}, {WORD}}}\n" for name, value in stated.items())


AVIS = embedded.avis("13000000300009")


# Amounts


@pytest.mark.parametrize(
    ("form", "written"),
    [("cents", 3507), ("euros_decimal", "35.07"), ("euros_virgule", "35,07"), ("euros_number", 35.07)],
)
def test_an_amount_as_the_profile_has_it(form, written, tmp_path):
    made = codec(tmp_path, formats(amounts=f"value: {form}"))
    avis = AVIS.model_copy(update={"fps": Montant(3507), "montant_du": Montant(3507)})
    assert json.loads(made.encode(avis))["montants"]["forfait"] == written
    assert made.decode("avis_initial", made.encode(avis)).message == avis


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One codec for each way of writing, made once."""
    ways = {form: formats(amounts=f"value: {form}") for form in ("euros_decimal", "euros_virgule", "euros_number")}
    for zone in ZONES:
        ways[zone] = formats(instants=f'value: "%d/%m/%Y %H:%M:%S", zone: {zone}')
    return {name: codec(tmp_path_factory.mktemp("profile"), added) for name, added in ways.items()}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**12 - 1))
def test_no_amount_loses_a_cent(made, cents):
    for form in ("euros_decimal", "euros_virgule", "euros_number"):
        avis = AVIS.model_copy(update={"fps": Montant(cents), "montant_du": Montant(cents)})
        assert made[form].decode("avis_initial", made[form].encode(avis)).message == avis


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        *(("euros_decimal", wrong) for wrong in (3500, 35.0, "35", "35.0", "35,00", "-1.00", " 35.00", "٣٥.00", "1e2")),
        *(("euros_virgule", wrong) for wrong in ("35.00", "35,0", 35)),
        *(("euros_number", wrong) for wrong in ("35.00", 35.005, 1e30, -1, True)),
    ],
)  # fmt: skip
def test_an_amount_in_another_form_is_a_finding(form, wrong, tmp_path):
    made = codec(tmp_path, formats(amounts=f"value: {form}"))
    content = json.loads(made.encode(AVIS))
    content["montants"]["forfait"] = wrong
    decoded = made.decode("avis_initial", json.dumps(content).encode())
    assert decoded.message is None
    assert {item.id for item in decoded.findings} == {"message.field.invalid"}
    assert decoded.findings[0].detail.startswith("montants.forfait")


@pytest.mark.parametrize("wrong", ["1e999", "-1e999", "NaN", "Infinity", "1e30"])
def test_a_number_that_is_none_is_a_finding(wrong, tmp_path):
    made = codec(tmp_path, formats(amounts="value: euros_number"))
    body = made.encode(AVIS).replace(b'"forfait":35.0', f'"forfait":{wrong}'.encode())
    decoded = made.decode("avis_initial", body)
    assert decoded.message is None and decoded.findings


# Instants and days


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("value: iso8601", "2026-03-02T10:15:00+01:00"),
        ("value: epoch_seconds", 1772442900),
        (f'value: "%d/%m/%Y %H:%M:%S", zone: {PARIS}', "02/03/2026 10:15:00"),
        ('value: "%Y%m%d%H%M%S", zone: UTC', "20260302091500"),
        ('value: "%d.%m.%Y-%H:%M:%S %z"', "02.03.2026-10:15:00 +0100"),
    ],
)
def test_an_instant_as_the_profile_has_it(form, written, tmp_path):
    made = codec(tmp_path, formats(instants=form))
    assert json.loads(made.encode(AVIS))["constat"]["dateHeure"] == written
    decoded = made.decode("avis_initial", made.encode(AVIS))
    assert decoded.message == AVIS and not decoded.findings


@settings(max_examples=300, deadline=None)
@given(st.integers(1_514_764_800, 4_102_444_799), st.sampled_from(ZONES))  # 2018 to 2099
@example(1_792_888_200, PARIS)  # 25 October 2026, 2:30 for the first time
@example(1_792_891_800, PARIS)
def test_a_local_time_is_its_instant_or_is_refused(made, seconds, zone):
    instant, there = dt.datetime.fromtimestamp(seconds, dt.UTC), ZoneInfo(zone)
    avis = AVIS.model_copy(update={"constate_le": instant})
    if instant.astimezone(there).fold:
        with pytest.raises(LocalError) as caught:
            made[zone].encode(avis)
        assert caught.value.params["detail"] == "instant.local.second-hour"
        return
    decoded = made[zone].decode("avis_initial", made[zone].encode(avis))
    assert decoded.message.constate_le == instant
    local = instant.astimezone(there)
    shown_twice = local.replace(fold=1).utcoffset() != local.utcoffset()
    assert [item.id for item in decoded.findings] == (["message.instant.ambiguous"] if shown_twice else [])


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("29/03/2026 02:30:00", "instant.local.absent"),  # the clock skips it
        ("01/01/0001 00:00:00", "instant.local.absent"),  # no zone is known there
        ("31/12/9999 23:59:59", "instant.local.absent"),
        ("30/02/2026 10:00:00", "instant.format"),
        ("2/3/2026 10:15:00", "instant.format"),
        ("02/03/2026 24:00:00", "instant.format"),
        ("02/03/2026 10:15:00 ", "instant.format"),
        ("2026-03-02T10:15:00", "instant.format"),
        ("", "instant.format"),
    ],
)
def test_a_local_time_that_is_none(wrong, reason, tmp_path):
    made = codec(tmp_path, formats(instants=f'value: "%d/%m/%Y %H:%M:%S", zone: {PARIS}'))
    content = json.loads(made.encode(AVIS))
    content["constat"]["dateHeure"] = wrong
    (finding,) = made.decode("avis_initial", json.dumps(content).encode()).findings
    assert finding.id == "message.field.invalid"
    assert finding.detail.startswith(f"constat.dateHeure: {reason} (")


@pytest.mark.parametrize("wrong", ["02/03/2026 10:15:00", "02/03/2026 10:15:00 +99:00", "02/03/2026 10:15:00 Paris"])
def test_an_offset_that_is_none(wrong, tmp_path):
    made = codec(tmp_path, formats(instants='value: "%d/%m/%Y %H:%M:%S %z"'))
    content = json.loads(made.encode(AVIS))
    content["constat"]["dateHeure"] = wrong
    assert made.decode("avis_initial", json.dumps(content).encode()).message is None


@pytest.mark.parametrize(
    ("form", "written"), [("iso8601", "2026-03-02"), ('"%d/%m/%Y"', "02/03/2026"), ('"%Y%m%d"', "20260302")]
)
def test_a_day_as_the_profile_has_it(form, written, tmp_path):
    made = codec(tmp_path, formats(days=f"value: {form}"))
    assert json.loads(made.encode(AVIS))["identification"]["dateEtablissement"] == written
    assert made.decode("avis_initial", made.encode(AVIS)).message == AVIS


@pytest.mark.parametrize("wrong", ["31/02/2026", "1/2/2026", "2026-03-02", 20260302])
def test_a_day_that_is_none(wrong, tmp_path):
    made = codec(tmp_path, formats(days='value: "%d/%m/%Y"'))
    content = json.loads(made.encode(AVIS))
    content["identification"]["dateEtablissement"] = wrong
    assert made.decode("avis_initial", json.dumps(content).encode()).message is None


def test_one_field_may_have_a_format_of_its_own(tmp_path):
    made = codec(
        tmp_path,
        "messages:\n  avis_initial:\n    fields:\n"
        f"      fps: {{path: montants.forfait, amounts: euros_virgule, {WORD}}}\n"
        f'      etabli_le: {{path: jour, days: "%d%m%Y", {WORD}}}\n'
        f'      constate_le: {{path: quand, instants: "%d%m%Y %H%M%S", zone: UTC, {WORD}}}\n',
    )
    content = json.loads(made.encode(AVIS))
    assert (content["montants"]["forfait"], content["montants"]["du"]) == ("35,00", 3500)
    assert (content["jour"], content["quand"]) == ("02032026", "02032026 091500")
    assert made.decode("avis_initial", json.dumps(content).encode()).message == AVIS


def test_a_truth_value_may_be_a_code(tmp_path):
    made = codec(
        tmp_path,
        f'messages:\n  paiement:\n    fields:\n      annule: {{codes: {{"true": O, "false": N}}, {WORD}}}\n',
    )
    paiement = payment(annule=True)
    assert json.loads(made.encode(paiement))["reglement"]["estAnnule"] == "O"
    assert made.decode("paiement", made.encode(paiement)).message == paiement
    wrong = made.encode(paiement).replace(b'"O"', b"true")
    assert made.decode("paiement", wrong).message is None


def payment(**changes):
    fields = {
        "numero": NumeroFps.make("13000000300009", annee=2026, jour=61),
        "montant": Montant(100), "canal": "antai", "paye_le": AVIS.constate_le, "reference": "R", "annule": False,
    }  # fmt: skip
    return MESSAGES["paiement"](**{**fields, **changes})


# Presence


PRESENCE = f"""\
messages:
  avis_initial:
    fields:
      zone: {{path: null, default: centre, {WORD}}}
      vehicule.marque: {{path: constat.vehicule.marque, required: true, {WORD}}}
      deduit: {{path: montants.dejaRegle, required: false, default: 0, {WORD}}}
"""


def test_a_value_that_is_not_on_the_wire_is_its_default(tmp_path):
    made = codec(tmp_path, PRESENCE)
    content = json.loads(made.encode(AVIS))
    assert "zoneTarifaire" not in content["constat"]
    assert made.decode("avis_initial", json.dumps(content).encode()).message == AVIS
    with pytest.raises(LocalError) as caught:
        made.encode(AVIS.model_copy(update={"zone": "autre"}))
    assert caught.value.code == "message.unmapped" and caught.value.params["field"] == "zone"


def test_what_the_interface_does_not_carry_is_left_out(tmp_path):
    made = codec(
        tmp_path,
        "messages:\n  avis_initial:\n    fields:\n"
        + "".join(
            f"      {name}: {{path: null, {WORD}}}\n" for name in ("fin_effet", "minore.montant", "minore.fin_le")
        ),
    )
    whole = AVIS.model_copy(update={"fin_effet": AVIS.constate_le, "minore": Minore(montant=Montant(1700))})
    content = json.loads(made.encode(whole))
    assert "validite" not in content and "minoration" not in content["montants"]
    assert made.decode("avis_initial", json.dumps(content).encode()).message == AVIS


def test_a_value_may_be_mandatory_on_the_wire_only(tmp_path):
    made = codec(tmp_path, PRESENCE)
    content = json.loads(made.encode(AVIS))
    del content["constat"]["vehicule"]["marque"]
    (finding,) = made.decode("avis_initial", json.dumps(content).encode()).findings
    assert (finding.id, finding.detail) == ("message.field.missing", "constat.vehicule.marque")


def test_a_value_that_the_profile_makes_mandatory_is_never_left_out(tmp_path):
    made = codec(tmp_path, PRESENCE)
    unmarked = AVIS.model_copy(update={"vehicule": AVIS.vehicule.model_copy(update={"marque": None})})
    with pytest.raises(LocalError) as caught:
        made.encode(unmarked)
    assert caught.value.code == "message.unwritable"
    assert (caught.value.params["field"], caught.value.params["detail"]) == ("vehicule.marque", "missing")


def test_an_absent_value_may_mean_something(tmp_path):
    made = codec(tmp_path, PRESENCE)
    content = json.loads(made.encode(AVIS))
    del content["montants"]["dejaRegle"]
    assert made.decode("avis_initial", json.dumps(content).encode()).message == AVIS


# Envelope and constants


ENVELOPE = formats(media_type="value: application/json") + (
    f"  envelope:\n    message: corps.message\n    {WORD.replace(', ', chr(10) + '    ')}\n    constants:\n"
    f'      entete.version: {{value: "3", {WORD}}}\n'
    f'      entete.type: {{value: "{{kind}}", {WORD}}}\n'
    f"      entete.lot: {{value: 1, {WORD}}}\n"
)


def test_a_message_travels_in_its_envelope(tmp_path):
    made = codec(tmp_path, ENVELOPE)
    content = json.loads(made.encode(AVIS))
    assert content["entete"] == {"version": "3", "type": "avisInitial", "lot": 1}
    assert content["corps"]["message"]["identification"]["numeroAvis"] == AVIS.numero
    decoded = made.decode("avis_initial", json.dumps(content).encode())
    assert (decoded.message, decoded.findings) == (AVIS, ())
    assert made.tree(AVIS).keys() == json.loads(codec_for(load_profile("public")).encode(AVIS)).keys()


@pytest.mark.parametrize(("name", "value"), [("version", "4"), ("type", "rejetMessage"), ("lot", True), ("lot", "1")])
def test_another_constant_is_told_and_stops_nothing(name, value, tmp_path):
    made = codec(tmp_path, ENVELOPE)
    content = json.loads(made.encode(AVIS))
    content["entete"][name] = value
    decoded = made.decode("avis_initial", json.dumps(content).encode())
    (finding,) = decoded.findings
    assert decoded.message == AVIS
    assert (finding.id, finding.detail) == ("message.constant.differs", f"entete.{name} = {json.dumps(value)}")


@pytest.mark.parametrize(
    ("entete", "places"),
    [
        (None, ["entete.lot", "entete.type", "entete.version"]),
        ({"version": "3", "lot": 1}, ["entete.type"]),
        ({"version": 3.0, "type": {"a": 1}, "lot": [1]}, ["entete.lot", "entete.type", "entete.version"]),
    ],
)
def test_a_constant_that_is_absent_or_anything_else_is_told(entete, places, tmp_path):
    made = codec(tmp_path, ENVELOPE)
    content = json.loads(made.encode(AVIS))
    content["entete"] = entete
    if entete is None:
        del content["entete"]
    decoded = made.decode("avis_initial", json.dumps(content).encode())
    assert decoded.message == AVIS
    assert {item.id for item in decoded.findings} == {"message.constant.differs"}
    assert sorted(item.detail.split(" ")[0].rstrip(":") for item in decoded.findings) == places


def test_a_constant_of_a_message_goes_where_its_object_goes(tmp_path):
    made = codec(
        tmp_path,
        "messages:\n  avis_initial:\n    constants:\n"
        f"      montants.devise: {{value: EUR, {WORD}}}\n      ticket.devise: {{value: EUR, {WORD}}}\n",
    )
    content = json.loads(made.encode(AVIS))
    assert content["montants"]["devise"] == "EUR" and "ticket" not in content  # no receipt: nothing of it
    assert made.decode("avis_initial", made.encode(AVIS)).message == AVIS


# Versions


def test_a_message_of_the_version_before_is_still_read(tmp_path):
    old = profile(
        tmp_path, f"messages:\n  avis_initial:\n    fields:\n      lieu: {{path: adresse, {WORD}}}\n", "v1.yaml"
    )
    new = profile(
        tmp_path,
        f"supersedes: ./v1.yaml\nmessages:\n  avis_initial:\n    fields:\n      lieu: {{path: ou, {WORD}}}\n",
        "v2.yaml",
    )
    decoded = codec_for(new).decode("avis_initial", codec_for(old).encode(AVIS))
    assert decoded.message == AVIS
    assert [item.id for item in decoded.findings] == ["message.version.older"]
    assert codec_for(new).decode("avis_initial", codec_for(new).encode(AVIS)).findings == ()
    wrong = codec_for(new).decode("avis_initial", b"{}")
    assert wrong.message is None and "ou" in {item.detail for item in wrong.findings}


def test_versions_that_supersede_each_other_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text(HEAD + "supersedes: ./b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(HEAD + "supersedes: ./a.yaml\n", encoding="utf-8")
    with pytest.raises(LocalError) as caught:
        load_profile(str(tmp_path / "a.yaml"))
    assert caught.value.code == "profile.invalid" and caught.value.params["line"] == 5


# What a profile may not say


REFUSED = {
    "pattern": (formats(instants='value: "%d/%m %H:%M:%S", zone: UTC'), "profile.invalid"),
    "pattern-twice": (formats(days='value: "%d/%m/%Y %d"'), "profile.invalid"),
    "no-zone": (formats(instants='value: "%d/%m/%Y %H:%M:%S"'), "profile.invalid"),
    "zone-and-offset": (formats(instants='value: "%d/%m/%Y %H:%M:%S %z", zone: UTC'), "profile.invalid"),
    "zone-unknown": (formats(instants='value: "%d/%m/%Y %H:%M:%S", zone: Europe/Lyon'), "profile.invalid"),
    "day-with-zone": (formats(days='value: "%d/%m/%Y %z"'), "profile.invalid"),
    "namespace-of-json": (formats(encoding='value: json, namespace: "urn:x"'), "profile.invalid"),
    "nowhere": (f"messages:\n  avis_initial:\n    fields:\n      lieu: {{path: null, {WORD}}}\n", "profile.unmapped"),
    "half-a-part": (
        f"messages:\n  avis_initial:\n    fields:\n      minore.montant: {{path: null, {WORD}}}\n",
        "profile.unmapped",
    ),
    "may-be-absent": (
        f"messages:\n  avis_initial:\n    fields:\n      lieu: {{path: a, required: false, {WORD}}}\n",
        "profile.unmapped",
    ),
    "default-of-optional": (
        f"messages:\n  avis_initial:\n    fields:\n      fin_effet: {{path: a, default: x, {WORD}}}\n",
        "profile.invalid",
    ),
    "days-on-an-instant": (
        f'messages:\n  avis_initial:\n    fields:\n      constate_le: {{path: a, days: "%d%m%Y", {WORD}}}\n',
        "profile.invalid",
    ),
    "local-field-without-zone": (
        f'messages: {{avis_initial: {{fields: {{constate_le: {{path: a, instants: "%d%m%Y%H%M%S", {WORD}}}}}}}}}\n',
        "profile.invalid",
    ),
    "constant-on-a-field": (
        f"messages:\n  avis_initial:\n    constants: {{montants.du: {{value: 1, {WORD}}}}}\n",
        "profile.collision",
    ),
    "constant-under-a-field": (
        f"messages:\n  avis_initial:\n    constants: {{montants.du.x: {{value: 1, {WORD}}}}}\n",
        "profile.collision",
    ),
    "constant-in-a-list": (
        f'messages:\n  avis_initial:\n    constants: {{"a[]": {{value: 1, {WORD}}}}}\n',
        "profile.invalid",
    ),
    "envelope-on-itself": (
        formats(media_type="value: application/json")
        + f"  envelope: {{message: a.b, constants: {{a.b: {{value: 1, {WORD}}}}}, {WORD}}}\n",
        "profile.collision",
    ),
    "order": ("messages:\n  avis_initial:\n    order: [couleur]\n", "profile.invalid"),
    "page": (f"retours: {{sequence: contenu.n, {WORD}}}\n", "profile.collision"),
    "page-more": (f"retours: {{more: retours, {WORD}}}\n", "profile.collision"),
    "error-parts": (f"errors: {{parts: {{detail: code}}, {WORD}}}\n", "profile.collision"),
    "error-codes": (
        f"errors:\n  codes:\n    numero.conflit: {{wire: 1, {WORD}}}\n    message.siret: {{wire: 1, {WORD}}}\n",
        "profile.collision",
    ),
    "message-removed": ("messages: {avis: null}\n", "profile.invalid"),
    "operation-removed": ("operations: {send: null}\n", "profile.invalid"),
    "field-removed": ("messages: {avis_initial: {fields: {lieuu: null}}}\n", "profile.invalid"),
    "messages-as-list": ("messages: [a]\n", "profile.invalid"),
    "operation": (f"operations: {{send_fax: {{path: /x, method: GET, {WORD}}}}}\n", "profile.invalid"),
    "success": (
        f"operations: {{check_front: {{path: /x, method: GET, success: [404], {WORD}}}}}\n",
        "profile.invalid",
    ),
    "header-part": (f'headers: {{X-A: {{value: "{{mot_de_passe}}", {WORD}}}}}\n', "profile.invalid"),
    "header-form": (f'headers: {{X-A: {{value: "{{siret!r}}", {WORD}}}}}\n', "profile.invalid"),
    "header-injection": (f'headers: {{X-A: {{value: "a\\r\\nX-B: c", {WORD}}}}}\n', "profile.invalid"),
    "header-name": (f'headers: {{"X A": {{value: "a", {WORD}}}}}\n', "profile.invalid"),
    "limit": (f"limits: {{body_bytes: {{value: 0, {WORD}}}}}\n", "profile.invalid"),
    "grade": (f"certificate_rules: {{cert.key.too-weak: {{severity: deadly, {WORD}}}}}\n", "profile.invalid"),
    "hook-file": (f"hook: {{file: absent.py, name: Hook, {WORD}}}\n", "profile.invalid"),
    "attribute-inside": (
        formats(encoding="value: xml")
        + f'messages:\n  avis_initial:\n    fields:\n      lieu: {{path: "@a.b", {WORD}}}\n',
        "profile.invalid",
    ),
    "codes-of-a-truth-value": (
        f'messages:\n  paiement:\n    fields:\n      annule: {{codes: {{"true": O}}, {WORD}}}\n',
        "profile.invalid",
    ),
    "codes-alike": (
        f'messages: {{paiement: {{fields: {{annule: {{codes: {{"true": 1, "false": "1"}}, {WORD}}}}}}}}}\n',
        "profile.collision",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_profile_that_says_it_is_refused(case, tmp_path):
    added, code = REFUSED[case]
    with pytest.raises(LocalError) as caught:
        profile(tmp_path, added)
    assert caught.value.code == code
    assert "profile.cause" not in caught.value.params["detail"]


def test_what_was_removed_is_gone(tmp_path):
    parent = f"headers: {{X-A: {{value: a, {WORD}}}, X-B: {{value: b, {WORD}}}}}\n" + ENVELOPE
    (tmp_path / "parent.yaml").write_text(HEAD + parent, encoding="utf-8")
    child = HEAD.replace("public", "./parent.yaml") + "headers: {X-A: null}\nformats: {envelope: null}\n"
    (tmp_path / "child.yaml").write_text(child + "errors: {parts: {hint: null}}\nlimits: {body_bytes: null}\n")
    with pytest.raises(LocalError):  # what is left of `errors` needs its word again
        load_profile(str(tmp_path / "child.yaml"))
    (tmp_path / "child.yaml").write_text(
        child + f"errors: {{parts: {{hint: null}}, {WORD}}}\nlimits: {{body_bytes: null}}\n", encoding="utf-8"
    )
    found = load_profile(str(tmp_path / "child.yaml"))
    assert list(found.headers) == ["X-B"] and found.formats.envelope is None
    assert "hint" not in found.errors.parts and found.limits.body_bytes is None


def test_every_leaf_of_every_message_has_a_format():
    for kind, entry in load_profile("public").messages.items():
        assert entry.fields.keys() == leaves_of(MESSAGES[kind]).keys()
