"""A scenario written by hand, in the field: difficult findings, in Paris and in La Réunion."""

import datetime as dt

import pytest

from fpsctl.cli.app import main
from fpsctl.simulation import Request, answer

# Paris's public SIRET; the other is synthetic, with La Réunion's zone.
TOWNS = {
    "Europe/Paris": ("21750001600019", "Paris"),
    "Indian/Reunion": ("13000000300017", "Commune d'Exemple-Réunion"),
}

SCENARIO = """
schema: fpsctl/scenario/1
id: hand-written
titre: {{fr: "Constat difficile", en: "Difficult finding"}}
source: written by hand
confidence: assumption
collectivite:
  siret: "{siret}"
  nom: "{nom}"
  cycle: complet
  fuseau: {zone}
  tarifs: {{centre: {{fps: '50,00 €', duree_max: PT6H}}}}
  autorites: {{"1": {{nom: Ville, adresse: [SERVICE RAPO, 75000 VILLE]}}}}
constat: {{le: {found}}}
steps:
  - {{do: envoi, after: P2D}}
  - {{do: rapo_depot, on: rapo.depot}}
until: P8M
"""

# Worked on a calendar: finding, sending two days later, notification (five clear days), RAPO (one month), payment
# (three months), implicit rejection (one month from the RAPO), court (one month from it), window (ten days), title.
EXPECTED = {
    "2026-11-30T23:30": {
        "envoi": "2026-12-02", "notification": "2026-12-08", "rapo.depot": "2027-01-08", "paiement": "2027-03-08",
        "rapo_silence": "2027-02-08", "recours.rapo": "2027-03-08", "fenetre": "2027-03-18", "titre": "2027-03-19",
    },
    "2026-01-31T10:00": {
        "envoi": "2026-02-02", "notification": "2026-02-08", "rapo.depot": "2026-03-08", "paiement": "2026-05-08",
        "rapo_silence": "2026-04-08", "recours.rapo": "2026-05-08", "fenetre": "2026-05-18", "titre": "2026-05-19",
    },
    "2028-02-29T00:10": {
        "envoi": "2028-03-02", "notification": "2028-03-08", "rapo.depot": "2028-04-08", "paiement": "2028-06-08",
        "rapo_silence": "2028-05-08", "recours.rapo": "2028-06-08", "fenetre": "2028-06-18", "titre": "2028-06-19",
    },
}  # fmt: skip


@pytest.mark.parametrize("zone", TOWNS)
@pytest.mark.parametrize("found", EXPECTED)
def test_a_difficult_finding_has_the_right_dates(tmp_path, zone, found):
    siret, nom = TOWNS[zone]
    path = tmp_path / "mine.yaml"
    path.write_text(SCENARIO.format(siret=siret, nom=nom, zone=zone, found=found), encoding="utf-8")
    result, _ = answer(Request(str(path)), tmp_path)
    days = {entry["event"]: entry["jour"] for entry in result["timeline"]}
    limits = {item["slug"]: item["jour"] for item in result["deadlines"]}
    assert {
        "envoi": days["envoi"],
        "notification": days["notification"],
        "rapo.depot": limits["rapo.depot"],
        "paiement": limits["paiement"],
        "rapo_silence": days["rapo_silence"],
        "recours.rapo": limits["recours.rapo"],
        "fenetre": limits["titre.fenetre_annulation"],
        "titre": days["titre_emission"],
    } == EXPECTED[found]
    assert result["dossier"]["siret"] == siret
    offset = {"Europe/Paris": ("+01:00", "+02:00"), "Indian/Reunion": ("+04:00",)}[zone]
    assert all(entry["instant"].endswith(offset) for entry in result["timeline"])
    day = dt.date.fromisoformat(found[:10])
    assert result["dossier"]["numero"][14:20] == f"{day:%y}1{day:%j}"


def test_the_same_instant_is_another_legal_day_in_la_reunion(tmp_path):
    """23:30 in Paris is already the next morning in La Réunion: every date moves by a day."""
    found = {}
    for zone, (siret, nom) in TOWNS.items():
        path = tmp_path / f"{siret}.yaml"
        text = SCENARIO.format(siret=siret, nom=nom, zone=zone, found="'2026-11-30T23:30+01:00'")
        path.write_text(text, encoding="utf-8")
        result, _ = answer(Request(str(path)), tmp_path)
        found[zone] = {item["slug"]: item["jour"] for item in result["deadlines"]}
    assert found["Europe/Paris"]["paiement"] == "2027-03-08"
    assert found["Indian/Reunion"]["paiement"] == "2027-03-09"


def test_the_year_of_the_finding_and_the_day_of_the_notice_part_at_new_year(tmp_path):
    path = tmp_path / "new-year.yaml"
    text = SCENARIO.format(siret="21750001600019", nom="Paris", zone="Europe/Paris", found="2026-12-31T23:50")
    path.write_text(text.replace("23:50}", "23:50, etabli_le: 2027-01-01T00:05}"), encoding="utf-8")
    result, _ = answer(Request(str(path)), tmp_path)
    assert result["dossier"]["numero"][14:20] == "261001"


@pytest.mark.parametrize(
    ("found", "said"),
    [("2026-02-30", "2026-02-30"), ("2027-03-28T02:30", "clocks go forward"), ("2027-13-01", "2027-13-01")],
)
def test_a_date_that_does_not_exist_is_one_clear_line(tmp_path, capsys, found, said):
    path = tmp_path / "never.yaml"
    path.write_text(SCENARIO.format(siret="21750001600019", nom="Paris", zone="Europe/Paris", found=found), "utf-8")
    assert main(["simulate", "dossier", str(path)]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("error [scenario.constat]")
    assert said in lines[0]
