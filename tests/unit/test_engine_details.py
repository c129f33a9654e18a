"""Odd sequences and exact bounds: each test was written against a change of the engine that nothing else caught."""

import datetime as dt

import pytest

from fpsctl.dossier import Event, Minore
from fpsctl.dossier.agenda import next_act
from fpsctl.dossier.amounts import Receipt, deducted_receipt
from fpsctl.dossier.views import deadlines
from fpsctl.errors import EventRefused
from lives import Case, day

LOCAL = Minore(2400, 20 * 1440, "etablissement", "antai")


def test_a_receipt_that_ends_at_the_very_second_is_no_longer_deducted():
    receipt = Receipt(1000, 2000, 150)
    assert deducted_receipt((receipt,), 1999) is receipt
    assert deducted_receipt((receipt,), 2000) is None
    assert deducted_receipt((Receipt(2000, 3000, 1),), 2000) is not None


def test_the_reduction_counts_what_was_remitted():
    case = Case().titled().on("2026-07-10", "remise", montant=4000)
    assert case.amounts()["exigible"] == 3600  # 20 % of 45 euros is 9: 36 remain
    assert case.on("2026-07-20", "paiement", montant=3600).dossier.dette == "acquitte"


def test_two_partial_cancellations_after_the_title_add_up():
    case = Case(fps=35_000).titled()
    case.on("2026-07-02", "annulation", montant=10_000).on("2026-07-04", "annulation", montant=5000)
    assert case.dossier.jalons.annulation_montant == 15_000
    with pytest.raises(EventRefused, match=r"annulation\.au-dela"):
        case.on("2026-07-05", "annulation", montant=20_001)
    case.on("2026-07-06", "titre_annulation")
    assert (case.amounts()["annule_fps"], case.amounts()["reste"]) == (15_000, 25_000)
    case.on("2026-07-07", "annulation", montant=2000).on("2026-07-08", "titre_annulation")
    assert (case.amounts()["annule_fps"], case.amounts()["annule_majoration"]) == (17_000, 2000)


def test_a_full_cancellation_swallows_a_partial_one():
    case = Case().titled().on("2026-07-02", "annulation", montant=500).on("2026-07-03", "annulation")
    case.on("2026-07-04", "titre_annulation")
    assert (case.dossier.dette, case.amounts()["reste"]) == ("annule", 0)
    with pytest.raises(EventRefused):
        case.on("2026-07-05", "titre_annulation")


def test_a_cancellation_after_a_large_remission_never_goes_below_zero():
    case = Case(fps=40_000).titled().on("2026-07-02", "remise", montant=7500)
    case.on("2026-08-10", "annulation", montant=10_000).on("2026-08-11", "titre_annulation")
    assert (case.amounts()["annule_majoration"], case.amounts()["reste"]) == (500, 30_000)


def test_a_remission_counts_what_was_cancelled_of_the_majoration():
    case = Case(fps=40_000).titled().on("2026-09-01", "annulation", montant=10_000).on("2026-09-02", "titre_annulation")
    with pytest.raises(EventRefused, match=r"remise\.au-dela"):
        case.on("2026-09-03", "remise", montant=6001)
    assert case.on("2026-09-03", "remise", montant=6000).amounts()["reste"] == 30_000


def test_a_reversed_minored_payment_makes_the_full_price_due_again():
    case = Case(minore=Minore(2400, 96 * 60, "etablissement", "local")).on("2026-03-03", "paiement", montant=2400)
    case.on("2026-04-01", "paiement_annule")
    assert (case.dossier.dette, case.amounts()["reste"], case.amounts()["minoration"]) == ("constate", 3500, 0)


def test_a_rectified_amount_holds_when_the_minored_payment_is_reversed():
    case = Case(minore=LOCAL).sent().on("2026-03-10", "paiement", montant=2400, ref="a")
    case.on("2026-03-12", "rapo_depot").on("2026-03-14", "rapo_decision", issue="partiel", montant=2000)
    case.on("2026-03-14", "rectificatif", 13)
    assert case.amounts()["trop_percu"] == 400
    case.on("2026-04-10", "paiement_annule", ref="a")
    assert case.amounts()["reste"] == 2000


@pytest.mark.parametrize(("reversed_on", "state"), [("2026-06-08", "notifie"), ("2026-06-09", "impaye")])
def test_a_reversal_on_the_last_day_leaves_the_debt_in_time(reversed_on, state):
    case = Case().sent().on("2026-05-01", "paiement", montant=3500).on(reversed_on, "paiement_annule")
    assert case.dossier.dette == state


def test_a_minored_price_above_what_was_rectified_changes_nothing():
    case = Case(minore=LOCAL).sent().on("2026-03-09", "rapo_depot")
    case.on("2026-03-10", "rapo_decision", issue="partiel", montant=1000).on("2026-03-10", "rectificatif", 13)
    assert case.amounts()["exigible"] == 1000


def test_payments_that_reach_the_price_of_the_moment_settle_whatever_brought_it():
    minore = Minore(2400, 96 * 60, "notification", "antai")
    case = Case(minore=minore, parametres={"paiement.partiel.antai": "oui"})
    case.on("2026-03-02", "transmission").on("2026-03-02", "paiement", montant=3000)
    assert case.dossier.dette == "constate"
    case.on("2026-03-03", "envoi")
    assert (case.dossier.dette, case.amounts()["trop_percu"]) == ("acquitte", 600)
    remitted = (
        Case(fps=1700).titled().on("2026-07-05", "paiement", montant=2000).on("2026-07-06", "remise", montant=4500)
    )
    assert remitted.dossier.dette == "acquitte"


def test_a_minored_price_from_notification_ends_with_its_last_second():
    case = Case(minore=Minore(2400, 120 * 60, "notification", "antai")).sent()
    assert case.echeances()["minore"] == "2026-03-13"
    fin = case.dossier.jalons.minore_fin
    assert fin == case.rules.midnight(day("2026-03-14")) - 1
    same_day = Case(
        minore=Minore(2400, 1440, "notification", "antai"), parametres={"minore.premier_jour": "jour"}
    ).sent()
    assert same_day.dossier.jalons.minore_fin == same_day.rules.midnight(day("2026-03-09")) - 1


def test_an_inadmissible_rapo_opens_the_court_once_it_is_told():
    case = Case().sent().on("2026-04-09", "rapo_depot")
    assert case.dossier.rapo == "irrecevable"
    assert case.echeances()["recours.rapo"] == "2026-05-15"  # told by post: 15 April


def test_a_decision_by_post_and_one_online_open_the_court_on_different_days():
    posted = Case().sent().on("2026-03-20", "rapo_depot").on("2026-04-10", "rapo_decision", issue="rejete")
    online = Case().sent().on("2026-03-20", "rapo_depot").on("2026-04-10", "rapo_decision", issue="rejete", ref="demat")
    assert posted.echeances()["recours.rapo"] == "2026-05-16"
    assert online.echeances()["recours.rapo"] == "2026-05-10"


def test_a_late_rejection_that_confirms_silence_opens_no_new_delay():
    case = Case().sent().on("2026-03-20", "rapo_depot").until("2026-04-20")
    assert case.on("2026-05-01", "rapo_decision", issue="rejete").echeances()["recours.rapo"] == "2026-05-20"
    refused = Case(parametres={"rapo.decision_apres_silence": "refuse"}).sent().on("2026-03-20", "rapo_depot")
    with pytest.raises(EventRefused, match=r"rapo\.decision-tardive"):
        refused.until("2026-04-20").on("2026-05-01", "rapo_decision", issue="accepte")


def test_the_rectificatif_waits_for_its_day_and_never_follows_limitation():
    case = Case().sent().on("2026-03-20", "rapo_depot")
    case.on("2026-04-10", "rapo_decision", issue="accepte", date=day("2026-07-01"))
    act = next_act(case.dossier, case.rules)
    assert (act.kind, act.jour) == ("rectificatif", day("2026-07-01"))
    barred = Case(fps=3500).sent().on("2026-03-20", "rapo_depot")
    barred.on("2026-04-10", "rapo_decision", issue="accepte", date=day("2031-01-01")).on("2026-06-19", "titre_emission")
    barred.until("2030-06-20")
    assert (barred.dossier.dette, next_act(barred.dossier, barred.rules)) == ("prescrit", None)


def test_a_new_delay_runs_from_the_rectificatif_where_the_town_says_so():
    case = Case(parametres={"paiement.rectifie.base": "rectificatif"}).sent().on("2026-03-20", "rapo_depot")
    case.on("2026-06-10", "rapo_decision", issue="partiel", montant=1000)
    assert case.dossier.dette == "impaye"
    case.on("2026-06-12", "rectificatif")
    assert (case.dossier.dette, case.echeances()["paiement"]) == ("notifie", "2026-09-18")


def test_the_court_reduces_to_an_amount():
    case = Case().sent().on("2026-03-20", "rapo_depot").on("2026-04-10", "rapo_decision", issue="rejete")
    case.on("2026-04-20", "tsp_requete", issue="rapo").on("2026-05-20", "tsp_decision", issue="reduit", montant=1000)
    assert (case.amounts()["annule"], case.amounts()["reste"], case.dossier.dette) == (2500, 1000, "notifie")
    with pytest.raises(EventRefused, match=r"tsp\.reduit-montant"):
        Case().titled().on("2026-07-10", "tsp_requete", issue="titre").on(
            "2026-09-01", "tsp_decision", issue="reduit", montant=3500
        )


def test_a_discharge_that_waits_is_not_undone_by_a_later_cancellation():
    case = (
        Case().titled().on("2026-07-10", "tsp_requete", issue="titre").on("2026-09-01", "tsp_decision", issue="annule")
    )
    with pytest.raises(EventRefused, match=r"annulation\.au-dela"):
        case.on("2026-09-03", "annulation", montant=500)
    assert case.on("2026-09-05", "titre_annulation").dossier.dette == "annule"
    assert case.statuts()["tsp.execution"] == "a_venir"


def test_a_second_petition_against_the_title_is_another_case():
    case = Case().sent().on("2026-03-20", "rapo_depot").on("2026-04-10", "rapo_decision", issue="rejete")
    case.on("2026-05-10", "tsp_requete", issue="rapo").on("2026-06-25", "tsp_decision", issue="rejette")
    assert "tsp.execution" not in case.echeances()
    case.on("2026-06-26", "titre_emission").on("2026-07-01", "avertissement")
    assert case.statuts()["recours.titre"] == "a_venir"
    case.on("2026-07-10", "tsp_requete", issue="titre")
    assert (case.dossier.tsp, case.dossier.jalons_tsp.decision) == ("saisi", None)
    with pytest.raises(EventRefused):
        Case().sent().on("2026-03-20", "tsp_requete", issue="titre")


def test_an_inadmissible_defence_stops_no_delay():
    case = Case().titled().on("2026-07-10", "tsp_requete", issue="titre").on("2026-08-01", "tsp_communication")
    case.on("2026-08-20", "tsp_defense", issue="irrecevable")
    assert case.dossier.tsp == "communique"
    assert case.until("2026-09-10").dossier.tsp == "acquiesce"


@pytest.mark.parametrize(("until", "state"), [("2026-09-10", "saisi"), ("2026-09-11", "clos")])
def test_the_petition_can_be_completed_to_the_last_day(until, state):
    case = Case().titled().on("2026-07-10", "tsp_requete", issue="titre").on("2026-08-10", "tsp_demande_regularisation")
    assert case.until(until).dossier.tsp == state


def test_dates_that_cannot_be_are_refused():
    with pytest.raises(EventRefused, match=r"evenement\.date"):
        Case().on("2026-03-03", "transmission").on("2026-03-04", "envoi", date=day("2026-03-05"))
    with pytest.raises(EventRefused, match=r"evenement\.date"):
        Case().sent().on("2026-04-12", "rapo_depot", date=day("2026-03-01"))
    with pytest.raises(EventRefused, match=r"evenement\.date"):
        Case().titled().on("2026-07-10", "tsp_requete", issue="titre").on(
            "2026-08-01", "tsp_communication", date=day("2026-07-31")
        )


def test_an_avertissement_learnt_late_opens_its_month_on_its_own_date():
    case = Case().sent().on("2026-06-19", "titre_emission").on("2026-07-20", "avertissement", date=day("2026-07-01"))
    assert case.echeances()["avertissement.reduction"] == "2026-08-01"


def test_the_unpaid_fps_is_reported_once_and_the_title_waits_for_a_late_report():
    case = Case(cycle="partiel", mode="vehicule", parametres={"service.fps_impaye": 2}).on("2026-03-02", "apposition")
    case.until("2026-06-03")
    act = next_act(case.dossier, case.rules)
    assert (act.kind, act.jour) == ("fps_impaye", day("2026-06-05"))
    case.on("2026-07-10", "fps_impaye")
    with pytest.raises(EventRefused, match=r"impaye\.deja-transmis"):
        case.on("2026-07-11", "fps_impaye")
    assert next_act(case.dossier, case.rules).jour == day("2026-07-10")


def test_the_data_leave_one_second_after_the_local_minored_price():
    case = Case(minore=Minore(2400, 96 * 60, "etablissement", "local"))
    assert next_act(case.dossier, case.rules).instant == case.dossier.jalons.minore_fin + 1


def test_a_set_off_can_follow_a_refund_when_money_comes_again():
    case = Case().sent().on("2026-04-01", "paiement", montant=3500).on("2026-04-02", "annulation")
    case.on("2026-04-03", "remboursement").on("2026-04-04", "paiement", montant=100)
    assert case.dossier.remboursement == "du"


def test_a_paid_fps_can_be_disputed_and_one_titled_debt_can_be_remitted_before_its_avertissement():
    assert (
        Case().sent().on("2026-03-20", "paiement", montant=3500).on("2026-03-25", "rapo_depot").dossier.rapo == "recu"
    )
    case = Case().sent().on("2026-04-01", "paiement", montant=3500).on("2026-06-10", "paiement_annule")
    case.on("2026-06-19", "titre_emission").on("2026-06-20", "paiement", montant=3500)
    assert case.on("2026-06-21", "remise", montant=5000).dossier.dette == "acquitte"


def test_deadlines_say_what_still_matters():
    assert Case().sent().statuts()["paiement"] == "a_venir"
    answered = Case().sent().on("2026-03-20", "rapo_depot").on("2026-04-10", "rapo_decision", issue="rejete")
    assert answered.until("2026-05-01").statuts()["rapo.reponse"] == "sans_objet"
    assert Case().sent().until("2026-06-09").statuts()["paiement"] == "passee"
    assert Case().sent().on("2026-04-01", "annulation").statuts()["rapo.depot"] == "sans_objet"


def test_a_deadline_cites_the_law_of_the_day_it_began():
    case = Case(found="2021-08-02").sent("2021-08-02").on("2021-12-31", "titre_emission")
    (limit,) = [
        item for item in deadlines(case.dossier, case.rules, case.dossier.instant) if item.slug == "prescription"
    ]
    assert (limit.jour, "before loi 2020-1721" in limit.rule.said("en")) == (dt.date(2024, 12, 31), True)


def test_the_franc_reading_adds_a_day_to_months_only():
    case = Case(parametres={"delais.mois": "franc"})
    assert case.rules.end("paiement", day("2026-03-08")) == day("2026-06-09")
    assert case.rules.end("prescription", day("2026-06-19")) == day("2030-06-19")


def test_an_old_payment_reversed_keeps_the_reduction_of_the_title():
    case = Case(fps=40_000, parametres={"paiement.partiel.antai": "oui"}).sent()
    case.on("2026-04-01", "paiement", montant=5000, ref="old").on("2026-06-19", "titre_emission")
    case.on("2026-07-01", "avertissement").on("2026-07-10", "paiement", montant=35_000, ref="new")
    assert (case.dossier.dette, case.amounts()["reduction"]) == ("acquitte", 7000)
    case.on("2026-09-01", "paiement_annule", ref="old")
    assert (case.dossier.dette, case.amounts()["reste"]) == ("averti", 5000)


def test_an_event_at_the_same_instant_as_an_effect_comes_after_it():
    case = Case().sent()
    instant = case.rules.midnight(day("2026-06-09"))
    late = case.engine.apply(case.dossier, Event(instant, day("2026-06-09"), "annulation", montant=500))
    assert late.dette == "impaye"


@pytest.mark.parametrize("drawn", ["2026-03-03", "2026-03-10"])
def test_a_rectified_amount_holds_whichever_comes_first_the_minored_payment_or_the_notice(drawn):
    case = Case(fps=7500, minore=Minore(5250, 4 * 1440, "etablissement", "local")).on("2026-03-02", "rapo_depot")
    case.on("2026-03-03", "rapo_decision", 11, issue="partiel", montant=6000, date=day(drawn))
    if drawn == "2026-03-03":
        case.on(drawn, "rectificatif")
    case.on("2026-03-04", "paiement", montant=5250, ref="a")
    if drawn != "2026-03-03":
        case.on(drawn, "rectificatif")
    assert (case.dossier.dette, case.amounts()["reste"]) == ("acquitte", 0)
    case.on("2026-04-01", "paiement_annule", ref="a")
    assert case.amounts()["reste"] == 6000


def test_a_lost_reduction_leaves_the_majoration_of_what_the_title_still_bears_on():
    case = Case(fps=30_000).titled().on("2026-07-10", "paiement", montant=30_000, ref="a")
    case.on("2026-07-11", "annulation", montant=10_000).on("2026-07-12", "titre_annulation")
    case.on("2026-07-14", "paiement_annule", ref="a")
    assert (case.amounts()["reste"], case.amounts()["annule_majoration"]) == (25_000, 1000)


def test_what_is_already_to_be_cancelled_is_not_asked_again():
    case = Case(parametres={"service.titre_annulation": 10}).titled().on("2026-07-02", "annulation")
    with pytest.raises(EventRefused, match=r"annulation\.au-dela"):
        case.on("2026-07-09", "annulation")
    case.on("2026-07-09", "tsp_requete", issue="titre").on("2026-07-10", "tsp_decision", issue="annule")
    assert next_act(case.dossier, case.rules).jour == day("2026-07-12")


def test_a_minored_price_that_is_no_reduction_does_not_exist():
    case = Case(fps=1700, minore=Minore(2400, 96 * 60, "etablissement", "local"))
    assert (case.dossier.jalons.minore_fin, "minore" in case.echeances()) == (None, False)
    assert next_act(case.dossier, case.rules).instant == case.dossier.instant
    later = Case(fps=1700, minore=Minore(2400, 96 * 60, "notification", "antai")).sent()
    assert later.dossier.jalons.minore_fin is None


def test_the_last_second_of_the_minored_price_is_still_to_come():
    case = Case(minore=Minore(2400, 96 * 60, "etablissement", "local"))
    fin = case.dossier.jalons.minore_fin
    statuts = {
        instant: next(item.statut for item in deadlines(case.dossier, case.rules, instant) if item.slug == "minore")
        for instant in (fin, fin + 1)
    }
    assert statuts == {fin: "a_venir", fin + 1: "passee"}


def test_an_acceptance_after_silence_opens_a_new_delay_to_go_to_court():
    case = Case().sent().on("2026-03-20", "rapo_depot").until("2026-04-20")
    case.on("2026-05-01", "rapo_decision", issue="partiel", montant=1000)
    assert case.dossier.jalons_rapo.recours_fin == day("2026-06-07")


def test_a_decision_counts_what_is_already_to_be_cancelled():
    case = Case(fps=35_000).titled().on("2026-07-02", "annulation", montant=1000)
    case.on("2026-07-03", "tsp_requete", issue="titre")
    case.on("2026-07-04", "tsp_decision", issue="reduit", montant=20_000).on("2026-07-05", "titre_annulation")
    assert case.amounts()["annule_fps"] == 15_000


def test_a_rectificatif_after_the_title_says_what_will_be_due():
    case = Case(fps=35_000).sent().on("2026-03-20", "rapo_depot").on("2026-06-19", "titre_emission")
    case.on("2026-06-20", "rapo_decision", issue="partiel", montant=20_000, date=day("2026-06-25"))
    case.on("2026-06-21", "annulation", montant=20_000).on("2026-06-25", "rectificatif")
    assert case.dossier.jalons_rapo.montant == 15_000
    assert case.dossier.jalons.annulation_montant == 20_000


def test_a_zero_cut_does_not_put_off_antai_s_act():
    case = Case(fps=35_000, parametres={"service.titre_annulation": 10}).sent().on("2026-03-20", "rapo_depot")
    case.on("2026-06-19", "titre_emission").on("2026-06-20", "annulation", montant=20_000)
    case.on("2026-06-22", "rapo_decision", issue="partiel", montant=14_999, date=day("2026-06-24"))
    case.on("2026-06-23", "annulation", montant=1).on("2026-06-24", "rectificatif")
    assert case.dossier.jalons.annulation_le == day("2026-06-23")


def test_a_completed_or_communicated_petition_waits_for_nothing():
    case = Case().titled().on("2026-07-10", "tsp_requete", issue="titre").on("2026-08-10", "tsp_demande_regularisation")
    case.on("2026-08-20", "tsp_communication")
    assert "tsp.regularisation" not in case.echeances()


def test_an_avertissement_is_never_older_than_its_title():
    case = Case().sent().on("2026-06-19", "titre_emission")
    with pytest.raises(EventRefused, match=r"evenement\.date"):
        case.on("2026-07-20", "avertissement", date=day("2026-06-18"))


def test_an_electronic_notice_of_antai_is_notified_the_same_day():
    case = Case(mode="demat_antai").on("2026-03-02", "transmission").on("2026-03-04", "envoi")
    assert (case.dossier.dette, case.echeances()["paiement"]) == ("notifie", "2026-06-04")
    asked = Case().on("2026-03-02", "transmission").on("2026-03-04", "envoi", issue="demat_antai")
    assert asked.dossier.dette == "notifie"


def test_a_receipt_that_covers_the_charge_leaves_nothing_due():
    case = Case(fps=1700, deduit=2000)
    assert (case.dossier.dette, case.amounts()["initial"], case.amounts()["exigible"]) == ("acquitte", 0, 0)
    assert next_act(case.dossier, case.rules) is None
