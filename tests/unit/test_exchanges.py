"""What travels: which messages each step causes, and what they say."""

import pytest

from fpsctl.checks import Outcome
from fpsctl.simulation import Request, answer

HEAD = """
schema: fpsctl/scenario/1
id: mine
titre: {{fr: a, en: a}}
source: mine
confidence: assumption
collectivite:
  siret: "13000000300009"
  nom: Commune
  cycle: {cycle}
  tarifs: {{centre: {{fps: 35000, duree_max: PT2H}}}}
  autorites: {{"1": {{nom: Ville, adresse: [SERVICE RAPO, 00000 VILLE]}}}}
{settings}
parametres: {{{parametres}}}
constat: {{le: 2026-02-27T10:15, {constat}}}
until: P9M
steps:{empty}
"""


@pytest.fixture
def live(tmp_path):
    """Run the steps of a town; return the messages by kind, and the whole result."""

    def run(*steps, cycle="complet", settings="", parametres="service.envoi: 3", constat=""):
        path = tmp_path / "mine.yaml"
        head = HEAD.format(
            cycle=cycle, settings=settings, parametres=parametres, constat=constat, empty="" if steps else " []"
        )
        path.write_text(head + "".join(f"  - {step}\n" for step in steps), encoding="utf-8")
        result, findings = answer(Request(str(path)), tmp_path)
        kinds = {}
        for message in result["messages"]:
            kinds.setdefault(message["type"], []).append(message["contenu"])
        warned = {finding.id for finding in findings if finding.outcome is Outcome.WARN}
        return kinds, result, warned

    return run


AVERTI = "{do: avertissement, on: titre.fenetre_annulation, offset: P13D}"
PARTIAL_RAPO = (
    "{do: rapo_depot, on: rapo.depot, offset: -P19D}",
    "{do: rapo_decision, after: P10D, issue: partiel, montant: 20000}",
)


def test_a_partial_cancellation_after_the_title_says_its_parts(live):
    kinds, _, _ = live(AVERTI, "{do: annulation, after: P1D, montant: 10000}")
    (asked,) = kinds["annulation"]
    assert (asked["montant_annule"], asked["part_majoration"]) == (12_000, 2000)
    assert asked["titre"] == kinds["titre_emis"][0]["titre"]
    (issued,) = kinds["titre_annulation_antai"]
    assert (issued["montant_fps"], issued["majoration"]) == (10_000, 2000)


def test_two_cancellations_under_way_say_each_its_own_part(live):
    steps = (AVERTI, "{do: annulation, after: P1D, montant: 10000}", "{do: annulation, after: P2D, montant: 5000}")
    kinds, result, _ = live(*steps, parametres="service.envoi: 3, service.titre_annulation: 10")
    assert [asked["montant_annule"] for asked in kinds["annulation"]] == [
        12_000,
        5000,
    ]  # 20 euros of majoration went with the first
    assert result["montants"]["reste"] == 25_000


def test_nothing_is_told_when_nothing_is_cancelled(live):
    kinds, _, _ = live(
        *PARTIAL_RAPO[:1], "{do: annulation, after: P2D}", "{do: rapo_decision, after: P1D, issue: accepte}"
    )
    assert len(kinds["annulation"]) == 1
    assert [notice["montant"] for notice in kinds["avis_rectificatif"]] == [0]


def test_a_cancelled_case_is_not_cancelled_again_by_an_acceptance(live):
    steps = (*PARTIAL_RAPO[:1], "{do: annulation, after: P2D}", "{do: rapo_decision, after: P1D, issue: accepte}")
    kinds, _, _ = live(*steps, parametres="service.envoi: 3, rapo.acceptation_totale: annulation")
    assert [told["montant_annule"] for told in kinds["annulation"]] == [35_000]
    assert "avis_rectificatif" not in kinds


def test_a_rectificatif_says_what_is_then_due_and_another_agent_draws_it_up(live):
    steps = (*PARTIAL_RAPO[:1], "{do: annulation, after: P2D, montant: 20000}")
    kinds, _, _ = live(*steps, "{do: rapo_decision, after: P1D, issue: partiel, montant: 14000}")
    (notice,) = kinds["avis_rectificatif"]
    assert notice["montant"] == 14_000
    assert (notice["agent"], notice["signature"]) == ("AGENT-RAPO-001", "Signé AGENT-RAPO-001")
    printed = kinds["impression"][1]["etablissement"]
    assert (printed["agent"], printed["montant"], printed["date_envoi"]) == ("AGENT-RAPO-001", 14_000, None)
    assert notice["numero"][17:20] == "082"  # drawn up on 23 March
    assert 991 <= int(notice["numero"][20:23]) <= 999


def test_a_rectificatif_never_bears_the_initial_number(live):
    steps = ("{do: rapo_depot, after: PT1H}", "{do: rapo_decision, after: PT1H, issue: accepte}")
    for terminal in range(990, 1000):
        kinds, _, _ = live(*steps, constat=f"terminal: {terminal}", parametres="service.envoi: 0")
        (notice,) = kinds["avis_rectificatif"]
        assert notice["numero"] != notice["numero_initial"]


def test_in_cycle_partiel_antai_hears_of_a_case_only_from_the_unpaid_message(live):
    before, _, _ = live("{do: annulation, after: P5D, montant: 1000}", cycle="partiel")
    assert "annulation" not in before
    (unpaid,) = before["fps_impaye"]
    assert (unpaid["montant_initial"], unpaid["annule"], unpaid["reste"]) == (35_000, 1000, 34_000)
    after, _, _ = live("{do: annulation, on: paiement, offset: P1DT2H, montant: 1000}", cycle="partiel")
    assert [told["montant_annule"] for told in after["annulation"]] == [
        1200
    ]  # the title was signed that day: 20 % of it


def test_in_cycle_partiel_a_rectificatif_is_told_as_a_cancellation_once_antai_has_the_case(live):
    late = (
        "{do: rapo_depot, on: rapo.depot}",
        "{do: rapo_decision, on: paiement, offset: P5D, issue: partiel, montant: 20000}",
    )
    kinds, _, _ = live(*late, cycle="partiel")
    assert "avis_rectificatif" not in kinds
    assert [told["montant_annule"] for told in kinds["annulation"]] == [17_000]


def test_a_reversal_names_the_payment_that_is_reversed(live):
    steps = (
        "{do: paiement, after: P20D, montant: 10000, ref: a, canal: antai}",
        "{do: paiement, after: P1D, montant: 5000, ref: b, canal: antai}",
        "{do: paiement_annule, after: P1D, ref: a}",
    )
    kinds, _, _ = live(*steps, parametres="service.envoi: 3, paiement.partiel.antai: oui")
    assert [(paid["reference"], paid["montant"], paid["annule"]) for paid in kinds["paiement"]] == [
        ("a", 10_000, False),
        ("b", 5000, False),
        ("a", 10_000, True),
    ]


def test_a_local_payment_that_antai_cannot_know_of_is_warned_about(live):
    kinds, _, warned = live("{do: paiement, after: P20D, montant: exigible, canal: local}")
    assert "paiement" not in kinds
    assert "simulation.paiement.local" in warned


@pytest.mark.parametrize(
    ("minore", "constat", "fin"),
    [
        ("{montant: 24000, duree: PT96H, canal: antai}", "", "2026-03-03T10:15:00+01:00"),
        ("{montant: 24000, duree: PT96H, debut: notification, canal: antai}", "", None),
        ("{montant: 24000, duree: PT96H, canal: local}", "", "none"),  # over when the data leave
        ("{montant: 24000, duree: PT96H, canal: antai}", "fps: 20000", "none"),  # not below what is due
    ],
)
def test_the_minored_price_is_told_while_it_matters(live, minore, constat, fin):
    kinds, _, _ = live(settings=f"  minore: {minore}", constat=constat)
    told = kinds["avis_initial"][0]["minore"]
    assert (told["fin_le"] if told else "none") == fin


def test_the_print_request_says_the_minored_price_while_it_is_open(live):
    kinds, _, _ = live(settings="  minore: {montant: 24000, duree: P5D, canal: antai}")
    assert (
        kinds["impression"][0]["modalites"]["minore"]
        == "240,00\u00a0€ si le paiement est fait au plus tard le 4 mars 2026 à 10 h 15"
    )
    over, _, _ = live(settings="  minore: {montant: 24000, duree: P2D, canal: antai}")
    assert over["impression"][0]["modalites"]["minore"] is None


def test_the_initial_notice_says_nothing_of_a_rapo_that_came_first(live):
    kinds, _, _ = live("{do: rapo_depot, after: PT2H}")
    initial = kinds["impression"][0]
    assert (initial["etablissement"]["rapo_reception"], initial["etablissement"]["date"]) == (None, None)
    assert "sous un mois" in initial["modalites"]["rapo_delai"]
    assert "sous un mois" in initial["modalites"]["contentieux"]


def test_an_odd_but_lawful_course_is_told(live):
    _, _, warned = live(
        "{do: rapo_depot, on: rapo.depot}",
        "{do: rapo_decision, on: rapo.reponse, offset: P5D, issue: rejete}",
        "{do: tsp_requete, on: recours.rapo, offset: P1D, recours: rapo}",
    )
    assert {"simulation.rapo.tardif", "simulation.tsp.tardif"} <= warned


def test_what_was_cancelled_before_antai_had_the_case_is_told_right_after_the_notice(live):
    steps = (
        "{do: annulation, after: PT1H, montant: 15000}",
        "{do: transmission, after: P1D}",
        "{do: envoi, after: P1D}",
    )
    kinds, result, _ = live(*steps)
    assert [message["type"] for message in result["messages"]][:4] == ["avis_initial", "accuse", "annulation", "accuse"]
    assert (kinds["annulation"][0]["montant_annule"], kinds["avis_initial"][0]["montant_du"]) == (15_000, 35_000)
    assert kinds["impression"][0]["etablissement"]["montant"] == 20_000


def test_a_cancellation_between_transmission_and_sending_is_told(live):
    kinds, _, _ = live("{do: annulation, after: P1D, montant: 15000}")
    assert [told["montant_annule"] for told in kinds["annulation"]] == [15_000]


def test_a_notice_prints_the_net_amount(live):
    receipt = "justificatifs: [{emis_le: 2026-02-27T09:30, montant: 300}]"
    kinds, _, _ = live(constat=receipt)
    assert kinds["impression"][0]["etablissement"]["montant"] == 34_700
    assert kinds["avis_initial"][0]["justificatif"]["montant"] == 300


def test_an_authority_without_address_leaves_its_mention_empty(live):
    kinds, _, warned = live(constat="autorite: 3")
    assert kinds["impression"][0]["modalites"]["rapo_autorite"] == ""
    assert "collectivite.autorite" in warned


@pytest.mark.parametrize(("cycle", "when"), [("complet", "P5D"), ("partiel", "P5D")])
def test_an_acceptance_told_as_a_cancellation_is_told_once(live, cycle, when):
    late = (
        "{do: rapo_depot, on: rapo.depot}",
        f"{{do: rapo_decision, on: titre.fenetre_annulation, offset: {when}, issue: accepte}}",
    )
    kinds, result, _ = live(*late, cycle=cycle, parametres="service.envoi: 3, rapo.acceptation_totale: annulation")
    assert "avis_rectificatif" not in kinds
    assert [told["montant_annule"] for told in kinds["annulation"]] == [42_000]
    assert result["etat"]["dette"] == "annule"


def test_a_late_petition_against_the_title_is_told_with_its_own_delay(live):
    _, result, warned = live(AVERTI, "{do: tsp_requete, on: recours.titre, offset: P1D, recours: titre}")
    assert ("simulation.tsp.tardif" in warned, result["etat"]["tsp"]) == (True, "saisi")
    _, _, in_time = live(AVERTI, "{do: tsp_requete, on: recours.titre, recours: titre}")
    assert "simulation.tsp.tardif" not in in_time


def test_a_title_never_comes_before_a_late_report(live):
    kinds, result, _ = live("{do: fps_impaye, on: paiement, offset: P40D}", cycle="partiel")
    days = {entry["event"]: entry["jour"] for entry in result["timeline"]}
    assert days["fps_impaye"] == days["titre_emission"] == "2026-07-06"
    assert kinds["titre_emis"][0]["signe_le"] == "2026-07-06"
