from __future__ import annotations

import base64
import datetime as dt
import hashlib
import subprocess
import sys
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from fpsctl.antai.leaves import Shape, leaves_of
from fpsctl.antai.messages import (
    MESSAGES,
    Accuse,
    Annulation,
    AvisInitial,
    AvisRectificatif,
    CertificatDepot,
    DemandeImpression,
    FpsImpaye,
    Vehicule,
)
from fpsctl.identifiers import Immatriculation, Montant, NumeroFps, Siret
from fpsctl.law import Confidence
from fpsctl.resources import read_yaml

NUMERO = "13000000300009260061007042"
COLLECTIVITE = {"nom": "Ville fictive", "siret": "13000000300009", "contact": "1 place"}
INITIAL = {
    "numero": NUMERO,
    "collectivite": COLLECTIVITE,
    "autorite": {"code": 1, "nom": "Service", "contact": "2 rue"},
    "agent": "A-1",
    "constate_le": "2026-03-02T10:00:00+01:00",
    "etabli_le": "2026-03-02",
    "lieu": "rue Basse",
    "zone": "1",
    "vehicule": {"immatriculation": "SS-123-AB", "pays": "FR"},
    "fps": 3500,
    "deduit": 500,
    "montant_du": 3000,
    "signature": "Signé",
}
IMPAYE = {
    "numero": NUMERO,
    "collectivite": COLLECTIVITE,
    "vehicule": {"immatriculation": "SS-123-AB", "pays": "FR"},
    "lieu": "rue Basse",
    "constate_le": "2026-03-02T10:00:00+01:00",
    "montant_initial": 3000,
    "paye": 1000,
    "annule": 300,
    "remis": 200,
    "reste": 1500,
}
RECTIFICATIF = {
    **{name: INITIAL[name] for name in ("collectivite", "autorite", "agent", "constate_le", "lieu", "vehicule")},
    "numero": "13000000300009260095991042",
    "numero_initial": NUMERO,
    "rapo_recu_le": "2026-03-20",
    "etabli_le": "2026-04-05",
    "montant": 0,
    "signature": "Signé",
}
ANNULATION = {
    "numero": NUMERO,
    "collectivite": COLLECTIVITE,
    "motif": "rapo",
    "decide_le": "2026-04-05",
    "montant_annule": 3000,
    "part_majoration": 3000,
}


def pem(body: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(body).decode()}\n-----END CERTIFICATE-----\n"


DEPOT = {
    "siret": "13000000300009",
    "certificat_pem": pem(b"synthetic"),
    "empreinte_sha256": hashlib.sha256(b"synthetic").hexdigest(),
}


def models() -> list[type[BaseModel]]:
    """Every message and every part of one."""
    found: dict[type[BaseModel], None] = {}

    def visit(model: type[BaseModel]) -> None:
        if model in found:
            return
        found[model] = None
        for info in model.model_fields.values():
            for kind in (info.annotation, *get_args(info.annotation)):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    visit(kind)

    for message in MESSAGES.values():
        visit(message)
    return list(found)


FIELDS = [(model, name) for model in models() for name in model.model_fields]


def refusal(model: type[BaseModel], content: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(content)
    (problem,) = caught.value.errors()
    return str(problem.get("ctx", {}).get("error", problem["type"]))


def test_the_fourteen_kinds_are_there_under_their_own_name():
    assert set(MESSAGES) == {
        "certificat_depot", "certificat_statut", "controle_front", "avis_initial", "avis_rectificatif", "annulation",
        "fps_impaye", "accuse", "rejet", "date_envoi", "paiement", "titre_emis", "titre_annulation_antai", "impression",
    }  # fmt: skip
    assert all(model.kind == kind for kind, model in MESSAGES.items())
    out = {kind for kind, model in MESSAGES.items() if model.direction == "out"}
    assert out == {"certificat_depot", "avis_initial", "avis_rectificatif", "annulation", "fps_impaye"}


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=[f"{model.__name__}.{name}" for model, name in FIELDS])
def test_every_field_says_what_it_is_and_on_whose_word(model, name):
    info = model.model_fields[name]
    extra = info.json_schema_extra
    assert info.description and info.description.endswith(".")
    assert set(extra) == {"unit", "source", "confidence"}
    assert extra["source"] and extra["confidence"] in get_args(Confidence)
    if extra["confidence"] == "assumption":
        assert extra["source"][0] == "A" and extra["source"][1:3].isdigit(), "an assumption names its open question"


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_amounts_are_in_cents_and_every_model_is_frozen_and_closed(model):
    assert model.model_config["frozen"] and model.model_config["extra"] == "forbid"
    for info in model.model_fields.values():
        amount = Montant in (info.annotation, *get_args(info.annotation))
        assert (info.json_schema_extra["unit"] == "EUR cents") == amount


def test_every_kind_and_every_field_is_in_the_glossary():
    glossary = read_yaml("glossary.yaml")
    assert set(glossary) >= set(MESSAGES) | {name for _, name in FIELDS}
    for word, entry in glossary.items():
        assert set(entry) == {"fr", "en", "source"} and all(entry.values()), word
        assert entry["fr"] != entry["en"], word


def test_an_optional_part_has_a_mandatory_value_or_it_would_be_lost_on_the_wire():
    for message in MESSAGES.values():
        leaves = leaves_of(message).values()
        for part in {leaf.part for leaf in leaves if leaf.part and leaf.part != leaf.path}:
            assert any(leaf.own for leaf in leaves if leaf.part == part), (message.kind, part)


def test_leaves_tell_paths_shapes_and_when_they_are_mandatory():
    leaves = leaves_of(AvisInitial)
    assert leaves["vehicule.immatriculation"].shape is Shape.IDENTIFIER
    assert leaves["vehicule.immatriculation"].levels == (True,)
    assert leaves["justificatif.fin_le"].levels == (False,) and leaves["justificatif.fin_le"].part == "justificatif"
    assert not leaves["justificatif.fin_le"].needed_among(set())
    assert leaves["justificatif.fin_le"].needed_among({"justificatif.montant"})
    assert not leaves["vehicule.marque"].needed_among({"vehicule.pays"})
    assert leaves_of(DemandeImpression)["modalites.moyens[]"].levels == (True, True)
    assert leaves_of(Accuse)["objet"].members == ("avis_initial", "avis_rectificatif", "annulation", "fps_impaye")


def test_values_have_their_own_types_and_a_message_cannot_change():
    avis = AvisInitial.model_validate(INITIAL)
    assert type(avis.numero) is NumeroFps and type(avis.collectivite.siret) is Siret
    assert type(avis.fps) is Montant and type(avis.vehicule.immatriculation) is Immatriculation
    assert avis.constate_le.utcoffset() == dt.timedelta(hours=1) and avis.etabli_le == dt.date(2026, 3, 2)
    with pytest.raises(ValidationError, match="frozen"):
        avis.fps = 1
    assert refusal(AvisInitial, {**INITIAL, "oubli": 1}) == "extra_forbidden"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"montant_du": 2999}, "avis-initial.montant-du.formula"),
        ({"deduit": 4000, "montant_du": -500}, "greater_than_equal"),
        ({"fps": 3500.0}, "int_type"),
        ({"fps": True}, "int_type"),
        ({"constate_le": "2026-03-02T10:00:00"}, "timezone_aware"),
        ({"constate_le": 1772445600}, "instant.format"),
        ({"constate_le": "1772445600"}, "instant.format"),
        ({"constate_le": "2026-03-02"}, "instant.format"),
        ({"etabli_le": 20514}, "jour.format"),
        ({"etabli_le": dt.datetime(2026, 3, 2, tzinfo=dt.UTC)}, "jour.format"),
        ({"lieu": ""}, "string_too_short"),
        ({"autorite": {"code": 10, "nom": "S", "contact": "c"}}, "less_than_equal"),
        ({"autorite": {"code": "1", "nom": "S", "contact": "c"}}, "int_type"),
        ({"vehicule": {"immatriculation": "SS-123-AB", "pays": "fr"}}, "string_pattern_mismatch"),
        ({"collectivite": {**COLLECTIVITE, "siret": "13000000300008"}}, "siret.checksum (value=13000000300008)"),
    ],
)
def test_an_initial_notice_is_refused_for_a_stable_reason(change, reason):
    assert refusal(AvisInitial, {**INITIAL, **change}) == reason


def test_the_amount_due_never_goes_below_zero():
    assert AvisInitial.model_validate({**INITIAL, "deduit": 4000, "montant_du": 0}).montant_du == 0


@pytest.mark.parametrize("part", ["montant_initial", "paye", "annule", "remis", "reste"])
def test_each_part_of_the_remainder_counts(part):
    FpsImpaye.model_validate(IMPAYE)
    assert refusal(FpsImpaye, {**IMPAYE, part: IMPAYE[part] + 1}) == "fps-impaye.reste.formula"


def test_a_corrective_notice_has_its_own_number():
    AvisRectificatif.model_validate(RECTIFICATIF)
    assert refusal(AvisRectificatif, {**RECTIFICATIF, "numero": NUMERO}) == "avis-rectificatif.numero.own"


def test_the_surcharge_cancelled_is_part_of_the_amount_cancelled():
    Annulation.model_validate(ANNULATION)
    assert refusal(Annulation, {**ANNULATION, "part_majoration": 3001}) == "annulation.part-majoration.bound"
    assert refusal(Annulation, {**ANNULATION, "motif": "Rapo accepté"}) == "string_pattern_mismatch"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"certificat_pem": pem(b"synthetic").replace("CERT", "XCERT")}, "certificat-depot.pem.no-certificate"),
        ({"certificat_pem": pem(b"other")}, "certificat-depot.empreinte.mismatch"),
        ({"certificat_pem": pem(b"other") + pem(b"synthetic")}, "certificat-depot.empreinte.mismatch"),
        ({"certificat_pem": pem(b"synthet").replace("=", "")}, "certificat-depot.pem.malformed"),
        ({"empreinte_sha256": DEPOT["empreinte_sha256"].upper()}, "string_pattern_mismatch"),
    ],
)
def test_a_deposit_carries_one_certificate_and_its_fingerprint(change, reason):
    CertificatDepot.model_validate(DEPOT)
    assert refusal(CertificatDepot, {**DEPOT, **change}) == reason


@pytest.mark.parametrize(
    "label", ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC private key", "PRIVATE\nKEY"]
)
def test_a_private_key_is_refused_and_never_repeated(label):
    key = f"-----BEGIN {label}-----\nc2VjcmV0LXNlY3JldA==\n-----END {label}-----\n"
    for text in (key + DEPOT["certificat_pem"], DEPOT["certificat_pem"] + key):
        with pytest.raises(ValidationError, match=r"certificat-depot\.pem\.private-key") as caught:
            CertificatDepot.model_validate({**DEPOT, "certificat_pem": text})
        assert "c2VjcmV0" not in str(caught.value)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_an_error_text_never_repeats_what_was_given(model):
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"secret": "c2VjcmV0"})
    assert "c2VjcmV0" not in str(caught.value)


def test_a_vehicle_may_have_no_make():
    assert Vehicule(immatriculation=Immatriculation("ss123ab"), pays="FR").immatriculation == "SS-123-AB"


def test_the_print_request_has_exactly_the_mentions_of_the_law_in_order():
    etablissement, modalites = (
        list(DemandeImpression.model_fields[part].annotation.model_fields) for part in ("etablissement", "modalites")
    )
    assert etablissement == [
        "collectivite", "autorite", "agent", "constat_horodatage", "lieu", "vehicule", "titulaire", "montant",
        "date_envoi", "fin_effet", "signature", "numero", "rapo_reception", "date", "redevable",
    ]  # fmt: skip
    assert modalites == [
        "service", "moyens", "echeance", "majoration", "rapo_obligatoire", "rapo_autorite", "rapo_delai", "rapo_forme",
        "derogation_accuse", "rejet_implicite", "contentieux", "minore",
    ]  # fmt: skip


def test_the_face_imports_neither_yaml_nor_a_client():
    code = (
        "import sys, fpsctl.antai as antai; antai.codec_for\n"
        "heavy = {'yaml', 'httpx', 'cryptography', 'jinja2', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "antai.load_profile('public'); assert 'yaml' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
