"""Messages in and out of the embedded SI FPS, over real mutual TLS: bound, refused, answered again, told back."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from embedded import annulation, avis, fresh_siret, impaye, make_town, rectificatif
from fpsctl.antai import messages as antai
from fpsctl.errors import Refused
from fpsctl.identifiers import Immatriculation, Montant


@pytest.fixture
def town(running, tmp_path):
    return make_town(running, tmp_path)


@pytest.fixture
def sifps(town):
    with town.client() as client:
        yield client


def refused(act, *args):
    with pytest.raises(Refused) as caught:
        act(*args)
    return caught.value.code


def checked(town):
    with town.client() as own:
        return own.check_front(town.siret).certificat_etat


def kinds(sifps, town, after=0):
    return [item.kind for item in sifps.read_retours(town.siret, after).items]


def test_an_avis_is_accepted_and_lives_in_the_engine(town, sifps):
    accuse = sifps.send_avis_initial(notice := avis(town.siret))
    assert (accuse.numero, accuse.objet) == (notice.numero, "avis_initial")
    assert accuse.recu_le == dt.datetime.fromisoformat("2026-03-02T10:15:00+01:00")
    case = town.control.dossier(town.siret, notice.numero)
    assert case["etat"]["envoi"] == "transmis"
    assert case["montants"]["exigible"] == 3500
    assert [event["event"] for event in case["evenements"]] == ["transmission"]


def test_the_same_message_is_answered_as_the_first_time(town, sifps):
    first = sifps.send_avis_initial(avis(town.siret))
    town.control.set_clock(town.siret, avance="PT1H")
    assert sifps.send_avis_initial(avis(town.siret)) == first
    assert len(town.control.dossiers(town.siret)) == 1
    assert len(town.control.dossier(town.siret, first.numero)["evenements"]) == 1


def test_another_content_under_the_same_number_is_a_conflict(town, sifps):
    sifps.send_avis_initial(avis(town.siret))
    assert refused(sifps.send_avis_initial, avis(town.siret, lieu="Ailleurs")) == "numero.conflit"
    corrective = rectificatif(avis(town.siret), 0, day="2026-03-02")
    stolen = corrective.model_copy(update={"numero": avis(town.siret, 2).numero})
    sifps.send_avis_initial(avis(town.siret, 2))
    assert refused(sifps.send_avis_rectificatif, stolen) == "numero.conflit"


def test_a_refused_message_binds_nothing_and_may_be_corrected(town, sifps):
    late = avis(town.siret, at="2026-03-02T11:00:00+01:00")
    assert refused(sifps.send_avis_initial, late) == "message.futur"
    assert town.control.dossiers(town.siret) == []
    right = late.model_copy(update={"constate_le": dt.datetime.fromisoformat("2026-03-02T10:00:00+01:00")})
    assert sifps.send_avis_initial(right).numero == late.numero


def test_a_notice_that_antai_rejects_comes_back_and_is_sent_again_under_its_number(town, sifps):
    foreign = antai.Vehicule(immatriculation=Immatriculation("AA-12-34"), marque="FICTIVE", pays="BE")
    notice = avis(town.siret, vehicule=foreign)
    sifps.send_avis_initial(notice)
    town.control.set_clock(town.siret, prochain=True)
    (item,) = sifps.read_retours(town.siret).items
    assert (item.kind, item.message.code, item.message.numero) == ("rejet", "immatriculation_etrangere", notice.numero)
    assert refused(sifps.read_impression, town.siret, notice.numero) == "impression.rejetee"
    sifps.send_avis_initial(avis(town.siret, fps=Montant(3000), montant_du=Montant(3000)))
    town.control.set_clock(town.siret, prochain=True)
    assert kinds(sifps, town, item.sequence) == ["date_envoi"]
    assert sifps.read_impression(town.siret, notice.numero).etablissement.montant == 3000
    assert town.control.dossier(town.siret, notice.numero)["etat"]["envoi"] == "envoye"


def test_a_rejection_by_antai_with_its_reason(town, sifps):
    sifps.send_avis_initial(notice := avis(town.siret))
    town.control.happen(town.siret, notice.numero, "rejet", motif="incoherence_marque_plaque")
    (item,) = sifps.read_retours(town.siret).items
    assert (item.kind, item.message.code) == ("rejet", "incoherence_marque_plaque")


def test_sending_date_and_payment_come_back_in_order_and_once(town, sifps):
    sifps.send_avis_initial(notice := avis(town.siret))
    moved = town.control.set_clock(town.siret, avance="P20D")
    assert moved["retours"] == 2  # the sending date, and the print request
    town.control.happen(town.siret, notice.numero, "paiement", montant="exigible", canal="antai")
    page = sifps.read_retours(town.siret)
    assert [(item.sequence, item.kind) for item in page.items] == [(1, "date_envoi"), (2, "paiement")]
    assert page.items[0].message.envoye_le == dt.date(2026, 3, 4)
    assert (page.items[1].message.montant, page.items[1].message.canal) == (3500, "antai")
    assert kinds(sifps, town, 1) == ["paiement"]
    assert kinds(sifps, town, 2) == []


def test_a_rectificatif_lowers_the_debt_and_is_printed_under_its_own_number(town, sifps):
    sifps.send_avis_initial(notice := avis(town.siret))
    town.control.set_clock(town.siret, at="2026-04-10")
    corrective = rectificatif(notice, 2000, day="2026-04-10")
    assert sifps.send_avis_rectificatif(corrective).numero == corrective.numero
    printed = sifps.read_impression(town.siret, corrective.numero)
    assert (printed.numero_initial, printed.etablissement.montant) == (notice.numero, 2000)
    assert printed.etablissement.agent == "AGENT-RAPO-001"
    case = town.control.dossier(town.siret, notice.numero)
    assert (case["etat"]["rapo"], case["montants"]["exigible"]) == ("partiel", 2000)


def test_a_rectificatif_to_zero_cancels(town, sifps):
    sifps.send_avis_initial(notice := avis(town.siret))
    town.control.set_clock(town.siret, at="2026-04-10")
    sifps.send_avis_rectificatif(rectificatif(notice, 0, day="2026-04-10"))
    case = town.control.dossier(town.siret, notice.numero)
    assert (case["etat"]["dette"], case["montants"]["reste"]) == ("annule", 0)


def test_a_cancellation_before_and_after_the_title(town, sifps):
    first, second = avis(town.siret, 1), avis(town.siret, 2)
    sifps.send_avis_initial(first)
    sifps.send_avis_initial(second)
    sifps.send_annulation(annulation(first, 3500, day="2026-03-02"))
    assert town.control.dossier(town.siret, first.numero)["etat"]["dette"] == "annule"
    town.control.set_clock(town.siret, avance="P5M")
    assert "titre_emis" in kinds(sifps, town)
    sifps.send_annulation(annulation(second, 8500, day="2026-08-02", part=5000))
    town.control.set_clock(town.siret, avance="P1D")
    assert kinds(sifps, town)[-1] == "titre_annulation_antai"
    assert refused(sifps.send_annulation, annulation(second, 100, day="2026-08-03")) == "evenement.etat"


def test_an_unpaid_charge_is_refused_before_the_three_months_and_accepted_after(running, tmp_path):
    town = make_town(running, tmp_path, cycle="partiel")
    charge = impaye(town.siret, paye=1000)
    with town.client() as sifps:
        assert refused(sifps.send_fps_impaye, charge) == "evenement.etat"
        town.control.set_clock(town.siret, at="2026-06-02")
        assert refused(sifps.send_fps_impaye, charge) == "evenement.etat"  # the last day to pay
        town.control.set_clock(town.siret, at="2026-06-03")
        assert sifps.send_fps_impaye(charge).objet == "fps_impaye"
        town.control.set_clock(town.siret, avance="P1M")
        (item,) = sifps.read_retours(town.siret).items
    assert (item.kind, item.message.montant_fps, item.message.majoration) == ("titre_emis", 2500, 5000)


def test_each_cycle_refuses_the_messages_of_the_other(running, town, sifps, tmp_path):
    assert refused(sifps.send_fps_impaye, impaye(town.siret)) == "message.cycle"
    other = make_town(running, tmp_path, cycle="partiel")
    with other.client() as client:
        assert refused(client.send_avis_initial, avis(other.siret)) == "message.cycle"


def test_a_message_about_an_unknown_case_or_another_town_is_refused(town, sifps, running, tmp_path):
    assert refused(sifps.send_annulation, annulation(avis(town.siret), 100, day="2026-03-02")) == "dossier.inconnu"
    other = make_town(running, tmp_path, until="csr")
    mixed = avis(town.siret).model_copy(update={"numero": avis(other.siret).numero})
    assert refused(sifps.send_avis_initial, mixed) == "certificat.autre-collectivite"  # sent under its number's town


def test_a_full_page_of_returns_says_that_more_are_left(town, sifps):
    for ordre in range(1, 104):
        sifps.send_avis_initial(avis(town.siret, ordre))
    town.control.set_clock(town.siret, avance="P3D")
    page = sifps.read_retours(town.siret)
    assert (len(page.items), page.more, page.items[-1].sequence) == (100, True, 100)
    rest = sifps.read_retours(town.siret, 100)
    assert ([item.sequence for item in rest.items], rest.more) == ([101, 102, 103], False)
    numbers = [item.message.numero for item in (*page.items, *rest.items)]
    assert numbers == sorted(numbers)  # same instant: in the order of the cases


def test_an_unprinted_notice_says_why(town, sifps):
    sifps.send_avis_initial(notice := avis(town.siret))
    assert refused(sifps.read_impression, town.siret, notice.numero) == "impression.absente"
    assert refused(sifps.read_impression, town.siret, avis(town.siret, 9).numero) == "dossier.inconnu"


def test_a_refusal_names_the_field_as_it_stands_on_the_wire(town, sifps):
    with pytest.raises(Refused) as caught:
        sifps.send_avis_initial(avis(town.siret, at="2026-03-02T11:00:00+01:00"))
    assert caught.value.params["champ"] == "constat.dateHeure"


def test_the_traffic_log_says_what_was_asked_and_answered(town, sifps):
    sifps.send_avis_initial(notice := avis(town.siret))
    refused(sifps.send_avis_initial, avis(town.siret, lieu="Ailleurs"))
    lines = town.control.echanges(town.siret)
    assert [(line["operation"], line["statut"], line["code"]) for line in lines] == [
        ("deposit_certificat", 201, None),
        ("send_avis_initial", 201, None),
        ("send_avis_initial", 409, "numero.conflit"),
    ]
    assert lines[1]["message"]["numero"] == notice.numero
    assert lines[1]["empreinte"] == town.empreinte
    assert lines[1]["instant"] == "2026-03-02T10:15:00+01:00"


def test_a_charge_may_be_due_to_another_body_than_the_town(running, tmp_path):
    town = make_town(running, tmp_path, cycle="partiel")
    charge = impaye(town.siret)
    epci = charge.collectivite.model_copy(update={"siret": fresh_siret(), "nom": "Communauté d'Exemple"})
    town.control.set_clock(town.siret, at="2026-06-03")
    with town.client() as sifps:
        assert sifps.send_fps_impaye(charge.model_copy(update={"collectivite": epci})).numero == charge.numero


def test_two_cancellations_of_a_case_have_each_their_reference(town, sifps):
    sifps.send_avis_initial(notice := avis(town.siret))
    first = sifps.send_annulation(annulation(notice, 1000, day="2026-03-01"))
    second = sifps.send_annulation(annulation(notice, 1000, day="2026-03-02"))
    assert first.reference != second.reference
    assert town.control.dossier(town.siret, notice.numero)["montants"]["reste"] == 1500


def test_a_slow_unit_of_work_keeps_nobody_from_being_answered(town, sifps):
    """A call that finds the world busy waits in a thread: the server goes on reading and writing meanwhile."""
    for ordre in range(1, 61):
        sifps.send_avis_initial(avis(town.siret, ordre))
    with ThreadPoolExecutor(4) as pool:
        moves = pool.submit(town.control.set_clock, town.siret, avance="P5M")
        states = list(pool.map(lambda _: checked(town), range(6)))
    assert moves.result()["evenements"] >= 120
    assert states == ["actif"] * 6
