"""What messages make of their cases: what they say is kept and printed, what disagrees with the case is refused.

The applications run in this process, on a real store: see tests/worlds.py.
"""

from __future__ import annotations

import datetime as dt
import json
import sys

import pytest

from embedded import PROFILE, START, annulation, avis, impaye, rectificatif
from fpsctl.antai import messages as antai
from fpsctl.antai.messages.base import Personne
from fpsctl.identifiers import Immatriculation, Montant, NumeroFps
from worlds import CODEC, A, B, Inside, peer_of

FOUND = dt.datetime.fromisoformat(START)
FOREIGN = antai.Vehicule(immatriculation=Immatriculation("AA-12-34"), marque="FICTIVE", pays="BE")


@pytest.fixture
def inside(tmp_path):
    with Inside(tmp_path) as found:
        found.town(A)
        yield found


@pytest.fixture
def partiel(tmp_path):
    with Inside(tmp_path) as found:
        found.town(A, cycle="partiel")
        yield found


def case(inside, notice):
    return inside.manage(f"/dossiers/{A}/{notice.numero}").json


def printed(inside, numero):
    reply = inside.call("read_impression", peer_of(A), siret=A, numero=numero)
    assert reply.status == 200, reply.body
    return CODEC.decode("impression", reply.body).message


def sent(inside, notice=None):
    """Send a notice and have it posted."""
    notice = notice or avis(A)
    assert inside.send(notice).status == 201
    inside.move(A, at="2026-03-12T12:00:00+01:00")
    return notice


# What a notice says is what is printed


def test_a_print_request_says_what_the_notice_said(inside):
    end = FOUND + dt.timedelta(hours=2, seconds=42)
    notice = sent(inside, avis(A, fin_effet=end, signature="Référence 42"))
    part = printed(inside, notice.numero).etablissement
    assert (part.fin_effet, part.signature, part.agent) == (end, "Référence 42", "AGENT-001")


def test_an_end_of_effect_that_is_not_said_is_two_hours_after_the_finding(inside):
    part = printed(inside, sent(inside).numero).etablissement
    assert (part.fin_effet, part.signature) == (FOUND + dt.timedelta(hours=2), "Signé AGENT-001")


def test_a_corrective_notice_is_printed_as_its_message_says_it(inside):
    notice = sent(inside)
    inside.move(A, at="2026-04-03T00:10:00+02:00")
    corrective = rectificatif(notice, 2000, day="2026-04-02").model_copy(
        update={
            "rapo_recu_le": dt.date(2026, 3, 20),
            "autorite": antai.Autorite(code=2, nom="Métropole d'Exemple", contact="2 place de la Fiction"),
            "vehicule": antai.Vehicule(immatriculation=Immatriculation("SS-999-ZZ"), marque="AUTRE", pays="FR"),
            "lieu": "Rue du constat",
            "redevable": Personne(nom="Camille Exemple", adresse="3 rue de la Fiction"),
            "mandataire": Personne(nom="Maître Fictif"),
            "signature": "Référence 43",
        }
    )
    assert inside.send(corrective).status == 201
    request = printed(inside, corrective.numero)
    part = request.etablissement
    assert (request.document, request.numero_initial, part.montant) == ("avis_rectificatif", notice.numero, 2000)
    assert part.autorite == "Métropole d'Exemple, 2 place de la Fiction"
    assert (part.agent, part.signature, part.date) == ("AGENT-RAPO-001", "Référence 43", dt.date(2026, 4, 2))
    assert (part.lieu, part.vehicule) == ("Rue du constat", "SS-999-ZZ AUTRE")
    assert part.redevable == "Camille Exemple, 3 rue de la Fiction"
    assert part.rapo_reception == "20 mars 2026, mandataire : Maître Fictif"
    assert printed(inside, notice.numero).etablissement.agent == "AGENT-001"


def test_a_receipt_is_deducted_and_a_notice_with_nothing_due_is_none(inside):
    receipt = antai.Justificatif(
        emis_le=FOUND - dt.timedelta(hours=1), fin_le=FOUND + dt.timedelta(hours=1), montant=Montant(1000)
    )
    notice = sent(inside, avis(A, deduit=Montant(1000), montant_du=Montant(2500), justificatif=receipt))
    amounts = case(inside, notice)["montants"]
    assert (amounts["fps"], amounts["deduit"], amounts["exigible"]) == (3500, 1000, 2500)
    assert printed(inside, notice.numero).etablissement.montant == 2500
    nothing = avis(A, 2, deduit=Montant(3500), montant_du=Montant(0))
    assert (inside.send(nothing).status, inside.send(nothing).code) == (409, "evenement.etat")


# The minored price


def minored(ordre, **said):
    return avis(A, ordre, minore=antai.Minore(montant=Montant(2000), **said))


@pytest.mark.parametrize(("after", "due"), [(0, 2000), (1, 3500)])
def test_the_minored_price_holds_to_the_second_that_the_notice_says(inside, after, due):
    end = FOUND + dt.timedelta(days=12, minutes=5, seconds=17)
    inside.send(notice := minored(1, fin_le=end))
    inside.move(A, at=(end + dt.timedelta(seconds=after)).isoformat())
    assert case(inside, notice)["montants"]["exigible"] == due
    offer = f"{end:%H h %M}"
    assert offer in printed(inside, notice.numero).modalites.minore


def test_the_minored_price_of_a_notice_drawn_up_the_next_day(inside):
    end = dt.datetime.fromisoformat("2026-03-03T00:20:30+01:00")
    notice = minored(1, fin_le=end).model_copy(update={"etabli_le": dt.date(2026, 3, 3)})
    inside.move(A, at="2026-03-03T00:05:00+01:00")
    inside.send(notice)
    inside.move(A, at=end.isoformat())
    assert case(inside, notice)["montants"]["exigible"] == 2000
    inside.move(A, avance="PT1S")
    assert case(inside, notice)["montants"]["exigible"] == 3500


def test_a_minored_price_that_waits_runs_from_the_notification(inside):
    notice = sent(inside, minored(1))
    assert case(inside, notice)["montants"]["exigible"] == 2000
    inside.move(A, avance="P5D")
    assert case(inside, notice)["montants"]["exigible"] == 3500


# A RAPO that the notice tells


def test_a_rapo_received_in_time_counts_though_much_has_happened_since(inside):
    """The last event is a payment, after the month in which a RAPO is filed."""
    notice = sent(inside)
    inside.move(A, at="2026-04-20")
    inside.happen(A, notice.numero, "paiement", montant="exigible", canal="antai")
    inside.move(A, at="2026-05-02")
    corrective = rectificatif(notice, 0, day="2026-05-02").model_copy(update={"rapo_recu_le": dt.date(2026, 4, 5)})
    assert inside.send(corrective).status == 201
    found = case(inside, notice)
    assert (found["etat"]["rapo"], found["etat"]["dette"], found["etat"]["remboursement"]) == (
        "accepte",
        "annule",
        "du",
    )
    assert printed(inside, corrective.numero).etablissement.rapo_reception == "5 avril 2026"
    assert dt.date.fromordinal(inside.world.case(notice.numero).dossier.jalons_rapo.recu) == dt.date(2026, 4, 5)


def test_a_rapo_received_before_the_notice_was_deemed_known(inside):
    notice = sent(inside)
    corrective = rectificatif(notice, 0, day="2026-03-12").model_copy(update={"rapo_recu_le": dt.date(2026, 3, 6)})
    assert inside.send(corrective).status == 201
    assert case(inside, notice)["etat"]["rapo"] == "accepte"


def test_a_rapo_against_a_notice_that_was_paid_before_it_was_deemed_known(inside):
    inside.send(notice := avis(A))
    inside.move(A, at="2026-03-05")
    inside.happen(A, notice.numero, "paiement", montant="exigible", canal="antai")
    inside.move(A, at="2026-03-07")
    corrective = rectificatif(notice, 0, day="2026-03-07").model_copy(update={"rapo_recu_le": dt.date(2026, 3, 6)})
    assert inside.send(corrective).status == 201
    assert case(inside, notice)["etat"]["remboursement"] == "du"


def test_a_rapo_posted_in_the_month_may_be_received_after_it(inside):
    notice = sent(inside)
    inside.move(A, at="2026-05-02")
    corrective = rectificatif(notice, 1000, day="2026-05-02").model_copy(update={"rapo_recu_le": dt.date(2026, 4, 13)})
    assert inside.send(corrective).status == 201


@pytest.mark.parametrize("field", ["rapo_recu_le", "etabli_le"])
def test_no_day_of_a_corrective_notice_is_to_come(inside, field):
    notice = sent(inside)
    corrective = rectificatif(notice, 0, day="2026-03-12").model_copy(update={field: dt.date(2026, 3, 13)})
    reply = inside.send(corrective)
    wire = PROFILE.messages["avis_rectificatif"].fields[field].path
    assert (reply.code, reply.json["params"]["champ"]) == ("message.futur", wire)


def test_a_corrective_notice_says_the_amount_that_was_decided(inside):
    notice = sent(inside)
    inside.happen(A, notice.numero, "rapo_depot")
    inside.happen(A, notice.numero, "rapo_decision", issue="partiel", montant=2000)
    assert inside.send(rectificatif(notice, 1500, day="2026-03-12")).code == "rectificatif.montant"
    assert inside.send(rectificatif(notice, 2000, day="2026-03-12")).status == 201


@pytest.mark.parametrize("montant", [3500, 3501])
def test_a_corrective_notice_that_lowers_nothing_is_refused(inside, montant):
    reply = inside.send(rectificatif(sent(inside), montant, day="2026-03-12"))
    assert reply.code == "rapo.partiel-montant"


# Cancellations


def test_a_decision_cancels_once_and_another_one_of_the_same_day_too(inside):
    notice = sent(inside)
    one, other = (annulation(notice, 500, day="2026-03-12", motif=motif) for motif in ("erreur", "rapo"))
    assert inside.send(one).body == inside.send(one).body
    assert inside.send(other).status == 201
    assert case(inside, notice)["montants"]["reste"] == 2500
    assert inside.send(one.model_copy(update={"montant_annule": Montant(600)})).code == "numero.conflit"
    assert inside.send(annulation(notice, 500, day="2026-03-11")).status == 201
    assert inside.send(annulation(notice, 500, day="2026-03-13")).code == "message.futur"


def test_a_cancellation_takes_no_more_than_the_case_has(inside):
    notice = sent(inside)
    assert inside.send(annulation(notice, 3501, day="2026-03-12")).code == "annulation.au-dela"
    assert inside.send(annulation(notice, 3500, day="2026-03-12", part=1)).code == "annulation.majoration"
    assert inside.send(annulation(notice, 100, day="2026-03-12", part=100)).code == "annulation.sans-fps"
    inside.move(A, avance="P5M")
    today = "2026-08-12"
    assert inside.send(annulation(notice, 8501, day=today, part=5001)).code == "annulation.majoration"
    assert inside.send(annulation(notice, 8500, day=today, part=5000)).status == 201
    assert case(inside, notice)["montants"]["reste"] == 0


def test_a_case_that_was_paid_is_cancelled_and_paid_back(inside):
    notice = sent(inside)
    inside.happen(A, notice.numero, "paiement", montant="exigible", canal="antai")
    assert inside.send(annulation(notice, 3500, day="2026-03-12")).status == 201
    found = case(inside, notice)
    assert (found["etat"]["dette"], found["montants"]["trop_percu"]) == ("annule", 3500)
    assert inside.send(annulation(notice, 1, day="2026-03-12", motif="rapo")).code == "evenement.etat"


# Unpaid charges


def test_an_unpaid_charge_is_received_as_it_is_told_and_once(partiel):
    partiel.move(A, at="2026-06-03")
    charge = impaye(A, paye=1000, annule=500)
    assert partiel.send(charge).body == partiel.send(charge).body
    amounts = case(partiel, charge)["montants"]
    found = [amounts[name] for name in ("initial", "paye", "annule", "majoration", "reste")]
    assert found == [3500, 1000, 500, 5000, 7000]  # the title follows at once
    assert partiel.send(impaye(A, paye=1000)).code == "numero.conflit"
    assert partiel.send(annulation(charge, 3001, day="2026-06-03")).code == "annulation.au-dela"


@pytest.mark.parametrize(("paye", "annule"), [(3500, 0), (0, 3500), (3000, 500)])
def test_a_charge_with_nothing_left_is_not_unpaid(partiel, paye, annule):
    partiel.move(A, at="2026-07-01")
    assert partiel.send(impaye(A, paye=paye, annule=annule)).code == "evenement.etat"
    assert partiel.manage(f"/dossiers/{A}").json["dossiers"] == []


# Rejected, corrected


def rejected(inside):
    notice = avis(A, vehicule=FOREIGN)
    inside.send(notice)
    inside.move(A, avance="P3D")
    return notice


def test_a_corrected_notice_takes_the_place_of_the_rejected_one(inside):
    before = rejected(inside)
    corrected = avis(A, fps=Montant(3000), montant_du=Montant(3000), lieu="Autre rue")
    assert inside.send(corrected).status == 201
    assert inside.send(before).code == "numero.conflit"
    inside.move(A, avance="P3D")
    assert [item["type"] for item in inside.returns(A)] == ["rejetMessage", "dateEnvoi"]
    part = printed(inside, before.numero).etablissement
    assert (part.montant, part.lieu) == (3000, "Autre rue")
    kinds = [event["event"] for event in case(inside, before)["evenements"]]
    assert kinds == ["transmission", "rejet", "transmission", "envoi"]


def test_a_rejected_notice_again_is_answered_as_the_first_time(inside):
    notice = avis(A, vehicule=FOREIGN)
    first = inside.send(notice)
    inside.move(A, avance="P3D")
    before = inside.disk()
    assert inside.send(notice) == first
    assert inside.disk() == before


def test_the_number_of_a_rejected_notice_is_free_for_that_notice_alone(inside):
    rejected(inside)
    inside.send(other := avis(A, 2))
    corrective = rectificatif(other, 0, day="2026-03-05").model_copy(update={"numero": avis(A).numero})
    assert inside.send(corrective).code == "numero.conflit"
    assert inside.send(avis(A)).status == 201


def test_what_was_cancelled_meanwhile_stays_cancelled(inside):
    before = rejected(inside)
    assert inside.send(annulation(before, 500, day="2026-03-05")).status == 201
    assert inside.send(avis(A)).status == 201
    assert case(inside, before)["montants"]["reste"] == 3000


def test_a_correction_that_its_own_history_belies_is_refused(inside):
    """The first message was received before the finding that its correction tells."""
    rejected(inside)
    before = inside.disk()
    later = FOUND + dt.timedelta(days=1)
    assert inside.send(avis(A, constate_le=later, etabli_le=later.date())).code == "evenement.ordre"
    assert inside.disk() == before
    assert inside.send(avis(A, constate_le=FOUND - dt.timedelta(minutes=5))).status == 201


# What no case can hold


@pytest.mark.parametrize(
    "changes",
    [
        {"constate_le": dt.datetime.fromisoformat("0001-01-01T00:00:00+01:00")},
        {"etabli_le": dt.date(1, 1, 1)},
        {"fin_effet": dt.datetime.fromisoformat("9999-12-31T23:59:59-12:00")},
        {"minore": antai.Minore(montant=Montant(1), fin_le=dt.datetime.fromisoformat("9999-12-31T23:59:59-12:00"))},
    ],
)
def test_a_date_of_no_age_is_refused(inside, changes):
    reply = inside.send(avis(A, **changes))
    assert (reply.status, reply.code) == (422, "date.range")


def test_an_amount_that_cannot_be_counted_is_refused_when_it_must_be(inside):
    huge = Montant(10**20)
    notice = sent(inside, avis(A, fps=huge, montant_du=huge))
    assert inside.send(annulation(notice, 10**20, day="2026-03-12")).code == "message.montant"
    assert inside.happen(A, notice.numero, "paiement", montant="exigible").code == "message.montant"


def test_a_return_that_the_profile_cannot_carry_is_refused_at_once(inside):
    notice = avis(A)
    inside.send(notice)
    assert inside.happen(A, notice.numero, "rejet", motif="un_motif_sans_code").code == "message.unwritable"
    assert inside.returns(A) == []
    assert inside.happen(A, notice.numero, "rejet", motif="format").status == 200
    assert [item["contenu"]["anomalie"]["codeRejet"] for item in inside.returns(A)] == ["FORMAT"]


def test_a_body_that_no_file_can_hold_is_told_and_logged(inside):
    body = CODEC.encode(avis(A)).replace(b"Place de la Fiction", b"\\ud800")
    assert inside.call("send_avis_initial", peer_of(A), body, siret=A).status == 400
    (line,) = inside.manage(f"/echanges?siret={A}").json["echanges"]
    assert line["code"] == "message.illisible" and "constat" in str(line["corps"])
    with inside.world.unit():
        inside.store.add_echange(A, {"corps": "half a character: \ud800"})
    assert inside.store.echanges(A, line["seq"], 9)[0]["corps"] == "half a character: ?"


# The same message


def test_an_instant_told_in_another_zone_is_the_same_message(inside):
    first = inside.send(avis(A))
    wire = json.loads(CODEC.encode(avis(A)))
    wire["constat"]["dateHeure"] = "2026-03-02T09:15:00Z"
    again = inside.call("send_avis_initial", peer_of(A), json.dumps(wire, indent=2).encode(), siret=A)
    assert again == first
    wire["constat"]["dateHeure"] = "2026-03-02T09:15:01Z"
    other = inside.call("send_avis_initial", peer_of(A), json.dumps(wire).encode(), siret=A)
    assert (other.status, other.code) == (409, "numero.conflit")


# Work


def opcodes(act):
    """Return how many operations of the interpreter a call takes in its own thread."""
    done = 0

    def count(frame, event, _):
        nonlocal done
        frame.f_trace_opcodes = True
        done += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        act()
    finally:
        sys.settrace(before)
    return done


def notice_number(n):
    numero = NumeroFps.make(A, annee=2026, jour=61, terminal=100 + n // 1000, ordre=n % 1000)
    return avis(A).model_copy(update={"numero": numero})


def test_a_call_takes_as_much_work_among_many_cases_and_towns_as_among_few(inside):
    """Counted in operations, not in time: nothing is walked through for each call."""
    from fpsctl.sandbox.front import Call, Front  # noqa: PLC0415

    front = Front(inside.world, inside.profile)

    def worked(n):
        def act():
            with inside.world.unit():
                front.answer(front.hear(call))

        call = Call("send_avis_initial", {"siret": A}, {}, CODEC.encode(notice_number(n)), peer_of(A))
        return opcodes(act)

    worked(1)
    few = worked(2)
    for n in range(3, 300):
        inside.send(notice_number(n))
    inside.town(B)
    for n in range(100):
        inside.bind(B, f"certificate {n}".encode())
    assert worked(301) < few * 1.05
