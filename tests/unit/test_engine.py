"""The engine by hand: refusals, overriding facts, the dated law, the table of transitions."""

import shutil

import pytest

from fpsctl.dossier import EFFECTS, EVENTS, TRANSITIONS, Constat, Engine, Event, Minore, Rules, Table
from fpsctl.dossier.agenda import next_act
from fpsctl.dossier.amounts import majoration
from fpsctl.dossier.engine import HANDLERS
from fpsctl.dossier.views import montants
from fpsctl.errors import EventRefused, LocalError
from fpsctl.law import loi, read_loi
from fpsctl.resources import DATA
from lives import Case, day


def test_a_postal_notice_is_notified_after_five_clear_days_and_the_other_reading_is_a_parameter():
    assert Case().sent().until("2026-03-07").dossier.dette == "constate"
    assert Case().sent().until("2026-03-08").dossier.dette == "notifie"
    other = Case(parametres={"notification.postale.mode": "plus_cinq"}).sent()
    assert other.until("2026-03-07").dossier.dette == "notifie"


def test_the_last_day_of_payment_is_in_time_and_the_next_is_not():
    assert Case().sent().until("2026-06-08").dossier.dette == "notifie"
    assert Case().sent().until("2026-06-09").dossier.dette == "impaye"


def test_an_answer_on_the_last_day_is_in_time_and_silence_is_dated_that_day():
    case = Case().sent().on("2026-03-20", "rapo_depot")
    assert case.until("2026-04-19").dossier.rapo == "recu"
    answered = Case().sent().on("2026-03-20", "rapo_depot").on("2026-04-20", "rapo_decision", 23, issue="rejete")
    assert answered.dossier.rapo == "rejete"
    silent = Case().sent().on("2026-03-20", "rapo_depot").until("2026-04-20")
    assert silent.dossier.rapo == "implicite"
    assert silent.steps[-1].event.jour == day("2026-04-20")


@pytest.mark.parametrize(("dispatched", "state"), [("2026-04-08", "recu"), ("2026-04-09", "irrecevable")])
def test_the_postmark_decides_whether_a_rapo_is_late(dispatched, state):
    assert Case().sent().on("2026-04-12", "rapo_depot", date=day(dispatched)).dossier.rapo == state


def test_reception_decides_where_the_town_says_so():
    case = Case(parametres={"rapo.depot.date": "reception"}).sent()
    assert case.on("2026-04-12", "rapo_depot", date=day("2026-04-08")).dossier.rapo == "irrecevable"


def test_an_incomplete_rapo_is_inadmissible():
    case = Case().sent().on("2026-03-20", "rapo_depot", detail=("mandat",))
    assert (case.dossier.rapo, case.dossier.dette) == ("irrecevable", "notifie")


def test_a_date_printed_by_antai_overrides_the_day_of_the_event():
    case = Case().on("2026-03-02", "transmission").on("2026-03-10", "envoi", date=day("2026-03-06"))
    assert case.dossier.jalons.envoi == day("2026-03-06")
    assert case.dossier.jalons.notification == day("2026-03-12")


def test_a_sending_date_learnt_late_keeps_its_legal_days():
    case = Case().on("2026-03-02", "transmission").on("2026-07-20", "envoi", date=day("2026-03-02"))
    assert case.dossier.dette == "impaye"
    assert [(step.event.kind, step.event.jour) for step in case.steps[2:]] == [
        ("notification", day("2026-03-08")),
        ("paiement_echu", day("2026-06-09")),
    ]
    assert {step.event.instant for step in case.steps[1:]} == {case.dossier.instant}


def test_a_routine_act_that_was_held_up_bears_the_day_on_which_it_is_done():
    case = Case(parametres={"service.envoi": 0, "paiement.partiel.antai": "oui"}).on("2026-03-02", "transmission")
    case.on("2026-03-02", "paiement", montant=3500, ref="a").on("2026-04-10", "paiement_annule", ref="a")
    act = next_act(case.dossier, case.rules)
    assert (act.kind, act.jour, act.instant) == ("envoi", day("2026-04-10"), case.dossier.instant)


def test_the_minored_price_settles_up_to_its_last_second_only():
    minore = Minore(2400, 96 * 60, "etablissement", "local")
    case = Case(minore=minore)
    assert case.amounts()["exigible"] == 2400
    paid = case.on("2026-03-06", "paiement", 10, montant=2400)
    assert (paid.dossier.dette, paid.amounts()["minoration"]) == ("acquitte", 1100)
    late = Case(minore=minore)
    instant = late.dossier.jalons.minore_fin + 1
    late.dossier = late.engine.apply(late.dossier, Event(instant, late.rules.day(instant), "paiement", montant=2400))
    assert (late.dossier.dette, late.amounts()["reste"]) == ("constate", 1100)


def test_a_minored_price_that_starts_at_notification():
    case = Case(minore=Minore(2000, 96 * 60, "notification", "antai")).sent().until("2026-03-12")
    assert case.amounts()["exigible"] == 2000
    assert case.until("2026-03-13").dossier.dette == "notifie"
    assert montants(case.dossier, case.rules, case.rules.midnight(day("2026-03-13")) + 1)["exigible"] == 3500


@pytest.mark.parametrize(
    ("paid_on", "state", "exigible"), [("2026-08-01", "acquitte", 0), ("2026-08-02", "averti", 1700)]
)
def test_the_reduction_ends_a_month_after_sending(paid_on, state, exigible):
    case = Case().titled()
    assert case.amounts()["exigible"] == 6800
    case.on(paid_on, "paiement", montant=6800)
    assert (case.dossier.dette, case.amounts()["exigible"]) == (state, exigible)


def test_a_reversed_reduced_payment_loses_the_reduction():
    case = Case().titled().on("2026-07-20", "paiement", montant=6800, ref="a")
    case.on("2026-09-01", "paiement_annule", ref="a")
    assert (case.dossier.dette, case.amounts()["reste"], case.amounts()["reduction"]) == ("averti", 8500, 0)


def test_the_title_bears_on_the_remainder_only():
    case = Case().sent().on("2026-04-01", "paiement", montant=1000, issue="local").on("2026-06-19", "titre_emission")
    assert (case.amounts()["majoration"], case.amounts()["reste"]) == (5000, 7500)


def test_a_partial_payment_is_refused_where_the_channel_takes_none():
    with pytest.raises(EventRefused, match=r"paiement\.partiel-refuse"):
        Case().sent().on("2026-04-01", "paiement", montant=1000)


def test_cancellation_before_the_title_is_at_once_and_after_it_waits_for_antai():
    assert Case().sent().on("2026-04-01", "annulation").dossier.dette == "annule"
    case = Case().titled().on("2026-09-01", "annulation")
    assert case.dossier.dette == "averti"
    case.on("2026-09-05", "titre_annulation")
    assert (case.dossier.dette, case.amounts()["reste"], case.amounts()["annule"]) == ("annule", 0, 8500)


def test_a_partial_cancellation_after_the_title_lowers_the_majoration_with_it():
    case = Case(fps=40_000).titled()
    assert case.amounts()["majoration"] == 8000
    case.on("2026-09-01", "annulation", montant=10_000).on("2026-09-02", "titre_annulation")
    found = case.amounts()
    assert (found["annule_fps"], found["annule_majoration"], found["reste"]) == (10_000, 2000, 36_000)
    kept = Case(fps=40_000, parametres={"majoration.recalcul": "non"}).titled()
    kept.on("2026-09-01", "annulation", montant=10_000).on("2026-09-02", "titre_annulation")
    assert kept.amounts()["annule_majoration"] == 0


def test_only_the_majoration_can_be_remitted():
    with pytest.raises(EventRefused, match=r"remise\.au-dela"):
        Case().titled().on("2026-09-01", "remise", montant=5001)
    case = Case().titled().on("2026-09-01", "remise", montant=5000)
    assert (case.dossier.dette, case.amounts()["reste"]) == ("averti", 3500)
    assert case.on("2026-09-02", "paiement", montant=3500).dossier.dette == "acquitte"


def test_a_refund_follows_the_excess_and_nothing_more():
    case = Case().sent().on("2026-04-01", "paiement", montant=3500).on("2026-04-02", "annulation")
    assert (case.dossier.dette, case.dossier.remboursement) == ("annule", "du")
    with pytest.raises(EventRefused, match=r"remboursement\.au-dela"):
        case.on("2026-04-03", "remboursement", montant=3501)
    case.on("2026-04-03", "remboursement", montant=1000).on("2026-04-04", "compensation")
    assert (case.dossier.remboursement, case.amounts()["rembourse"]) == ("compense", 3500)
    with pytest.raises(EventRefused, match=r"paiement\.deja-rembourse"):
        case.on("2026-04-05", "paiement_annule")


def test_in_cycle_partiel_no_title_without_the_unpaid_message():
    case = Case(cycle="partiel", mode="vehicule").on("2026-03-02", "apposition").until("2026-06-05")
    assert case.dossier.dette == "impaye"
    with pytest.raises(EventRefused, match=r"titre\.sans-impaye"):
        case.on("2026-06-06", "titre_emission")
    case.on("2026-06-06", "fps_impaye").on("2026-06-07", "titre_emission")
    assert case.dossier.dette == "titre"
    with pytest.raises(EventRefused, match=r"evenement\.cycle"):
        Case(cycle="partiel").on("2026-03-03", "transmission")


def test_a_notice_on_the_local_service_is_notified_when_it_is_known():
    case = Case(cycle="partiel", mode="demat_locale").on("2026-03-02", "mise_a_disposition")
    assert case.until("2026-04-01").dossier.dette == "constate"
    assert case.on("2026-04-02", "prise_connaissance").dossier.jalons.echeance == day("2026-07-02")


def test_the_court_hears_no_defence_after_a_month():
    case = Case().titled().on("2026-08-01", "tsp_requete", issue="titre").on("2026-09-03", "tsp_communication")
    assert case.dossier.jalons_tsp.defense_fin == day("2026-10-11")
    assert case.until("2026-10-12").dossier.tsp == "acquiesce"
    opened = Case().titled().on("2026-08-01", "tsp_requete", issue="titre")
    opened.on("2026-09-03", "tsp_communication", date=day("2026-09-05"))
    assert opened.dossier.jalons_tsp.defense_fin == day("2026-10-05")


def test_a_petition_left_incomplete_is_closed():
    case = Case().titled().on("2026-08-01", "tsp_requete", issue="titre").on("2026-08-10", "tsp_demande_regularisation")
    assert case.until("2026-09-11").dossier.tsp == "clos"
    done = Case().titled().on("2026-08-01", "tsp_requete", issue="titre").on("2026-08-10", "tsp_demande_regularisation")
    assert done.on("2026-09-01", "tsp_regularisation").until("2027-01-01").dossier.tsp == "saisi"


@pytest.mark.parametrize(("signed", "ends"), [("2021-12-31", "2024-12-31"), ("2022-01-01", "2026-01-01")])
def test_the_limitation_of_the_day_of_signature_holds(signed, ends):
    assert Rules().end("prescription", day(signed)) == day(ends)


def test_an_interruption_makes_the_limitation_run_anew():
    case = Case().titled().on("2028-01-15", "interruption")
    assert case.dossier.jalons.prescription == day("2032-01-15")


def test_an_event_out_of_order_says_which_state_it_needs():
    with pytest.raises(EventRefused) as caught:
        Case().on("2026-03-03", "titre_emission")
    assert caught.value.params == {"event": "titre_emission", "track": "dette", "state": "constate", "needs": "impaye"}
    with pytest.raises(EventRefused, match=r"evenement\.ordre"):
        Case().sent().on("2026-03-01", "paiement", montant=1)
    with pytest.raises(EventRefused, match=r"evenement\.inconnu"):
        Case().on("2026-03-03", "payment")


def test_a_refused_event_changes_nothing():
    case = Case().sent()
    before = case.dossier
    with pytest.raises(EventRefused):
        case.on("2026-03-03", "avertissement")
    assert case.dossier is before


def test_every_event_has_a_handler_and_transitions():
    assert set(HANDLERS) == set(EVENTS) | set(EFFECTS)
    assert {row.kind for row in TRANSITIONS} == set(HANDLERS)
    assert len({row.id for row in TRANSITIONS}) == len(TRANSITIONS)


def test_a_row_that_is_switched_off_no_longer_moves_anything():
    rules = Rules()
    start = rules.midnight(day("2026-03-02"))
    constat = Constat("x", start, day("2026-03-02"), start, day("2026-03-02"), 3500, 0)
    engine = Engine(rules, Table(without=frozenset({"paiement.solde:dette:constate>acquitte"})))
    with pytest.raises(EventRefused):
        engine.apply(engine.open(constat).dossier, Event(start, constat.jour, "paiement", montant=3500))


@pytest.fixture
def bill(tmp_path):
    """The law with one more dated value: from 2027, a RAPO is answered in two months."""
    shutil.copytree(DATA / "law", tmp_path / "law")
    path = tmp_path / "law" / "delais.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    index = next(n for n, line in enumerate(lines) if line == "rapo.reponse:")
    last = next(n for n in range(index, len(lines)) if lines[n].lstrip().startswith("- {from:"))
    lines.insert(last + 1, '    - {from: 2027-01-01, value: 2, source: "a bill", confidence: assumption}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_loi(tmp_path / "law")


def test_a_change_of_the_law_is_one_dated_value(bill):
    before, after = Rules(law=loi()), Rules(law=bill)
    assert after.end("rapo.reponse", day("2026-12-31")) == before.end("rapo.reponse", day("2026-12-31"))
    assert after.end("rapo.reponse", day("2027-01-01")) == day("2027-03-01")
    case = Case(found="2027-03-01", law=bill).sent("2027-03-01").on("2027-03-20", "rapo_depot")
    assert case.until("2027-05-19").dossier.rapo == "recu"
    assert case.until("2027-05-20").dossier.rapo == "implicite"


def test_the_law_is_refused_when_it_is_not_law(tmp_path):
    with pytest.raises(LocalError, match=r"law\.invalid"):
        read_loi(tmp_path)


@pytest.mark.parametrize(
    ("slug", "value"), [("no.such", 1), ("delais.mois", "lune"), ("service.envoi", -1), ("service.envoi", True)]
)
def test_an_unknown_parameter_or_value_is_refused(slug, value):
    with pytest.raises(LocalError, match=r"parametre\."):
        Rules(parametres={slug: value})


def test_the_rounding_of_the_majoration_is_a_parameter():
    assert majoration(25_003, Rules(), day("2026-06-19")) == 5001
    assert majoration(25_001, Rules(parametres={"majoration.arrondi": "superieur"}), day("2026-06-19")) == 5001
    assert majoration(25_001, Rules(), day("2026-06-19")) == 5000
    assert majoration(0, Rules(), day("2026-06-19")) == 0


def test_every_delay_is_started_by_something_that_exists():
    law = loi()
    known = {*EVENTS, *EFFECTS, *law.delais}
    assert {name: delai.starts for name, delai in law.delais.items() if delai.starts not in known} == {}


def test_every_value_of_the_law_has_a_source_and_a_confidence():
    law = loi()
    for name, dated in {**law.delais, **law.parametres}.items():
        for value in dated.values:
            assert value.said("fr").strip() and value.said("en").strip(), name
    for name, rule in law.regles.items():
        assert rule.said("fr").strip() and rule.said("en").strip(), name
    assert {row.rule for row in TRANSITIONS} <= set(law.regles) | set(law.delais)
