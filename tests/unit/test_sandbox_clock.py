"""The clock of each town: real until it is set, never back; what is due happens in one order, however time is cut.

The applications run in this process, on a real store: see tests/worlds.py.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded import START, annulation, avis, impaye, rectificatif
from fpsctl.antai import messages as antai
from fpsctl.clock import ManualClock
from fpsctl.errors import InvalidValue
from fpsctl.identifiers import Immatriculation, Montant
from worlds import A, B, Inside, peer_of

FOUND = dt.datetime.fromisoformat(START)


@pytest.fixture
def inside(tmp_path):
    with Inside(tmp_path) as found:
        yield found


class Machine(ManualClock):
    """A machine's clock that someone sets, back too."""

    def set(self, instant):
        self._now = dt.datetime.fromisoformat(instant)


def clock_of(inside, siret):
    found = inside.manage(f"/horloges/{siret}").json
    return found["mode"], found["instant"]


def started(inside, siret=A):
    """Bring a town through the State's order on the machine's own time."""
    facts = {"nom": "Commune d'Exemple", "type": "commune", "adresse": "1 place de la Fiction"}
    signed = {"signataire": "Le conseil municipal", "deliberation": "2026-01", "cycle": "complet"}
    for etape, faits in (
        ("espace.demande", facts),
        ("espace.cree", {}),
        ("convention.signee_autorite", signed),
        ("convention.deposee", {"empreinte_document": "a" * 64}),
        ("convention.signee_antai", {}),
    ):
        assert inside.manage(f"/raccordements/{siret}/etapes", {"etape": etape, "faits": faits}).status == 200
    inside.bind(siret, peer_of(siret))


# Each town's clock


def test_a_clock_is_the_machines_until_it_is_set_and_then_stands(inside):
    assert clock_of(inside, A) == ("reel", START)
    inside.clock.advance(dt.timedelta(hours=1))
    assert clock_of(inside, A) == ("reel", "2026-03-02T11:15:00+01:00")
    inside.move(A, at="2027-01-01T00:00:00+01:00")
    inside.clock.advance(dt.timedelta(hours=1))
    assert clock_of(inside, A) == ("fixe", "2027-01-01T00:00:00+01:00")
    assert clock_of(inside, B) == ("reel", "2026-03-02T12:15:00+01:00")


def test_a_clock_may_begin_in_the_past_but_not_before_what_the_town_has_lived(inside):
    assert inside.move(A, at="2019-06-01T12:00:00+02:00").status == 200
    started(inside, B)
    reply = inside.move(B, at="2026-03-02T10:14:59+01:00")
    assert (reply.status, reply.code) == (409, "horloge.recul")
    assert inside.move(B, at="2026-03-02T10:15:00+01:00").status == 200


@pytest.mark.parametrize("move", [{"at": "2026-03-02T10:14:59+01:00"}, {"avance": "-PT1S"}, {"avance": "-P1D"}])
def test_a_clock_that_stands_never_goes_back(inside, move):
    inside.move(A, at=START)
    reply = inside.move(A, **move)
    assert (reply.status, reply.code) == (409, "horloge.recul")
    assert clock_of(inside, A) == ("fixe", START)
    assert inside.move(A, at=START).status == 200  # where it is already


@pytest.mark.parametrize("move", [{}, {"at": START, "avance": "P1D"}, {"prochain": False}, {"prochain": "oui"}])
def test_a_clock_is_moved_in_one_way_at_a_time(inside, move):
    assert inside.move(A, **move).code == "horloge.demande"


def test_a_clock_is_not_moved_to_the_end_of_all_calendars(inside):
    inside.move(A, at="2199-01-01T00:00:00+01:00")
    assert inside.move(A, avance="P50Y").code == "date.range"
    with pytest.raises(InvalidValue), inside.world.unit():
        inside.world.set_clock(A, dt.datetime(2201, 1, 1, tzinfo=dt.UTC))
    assert clock_of(inside, A)[1] == "2199-01-01T00:00:00+01:00"


def test_the_machines_clock_set_back_does_not_take_a_town_back(tmp_path):
    machine = Machine(FOUND)
    with Inside(tmp_path, machine) as inside:
        started(inside)
        machine.set("2026-03-02T10:20:00+01:00")
        assert inside.send(avis(A)).status == 201
        machine.set("2026-03-02T10:18:00+01:00")
        assert clock_of(inside, A) == ("reel", "2026-03-02T10:20:00+01:00")
        assert inside.send(annulation(avis(A), 3500, day="2026-03-02")).status == 201
        assert clock_of(inside, B) == ("reel", "2026-03-02T10:18:00+01:00")
        assert inside.move(A, at="2026-03-02T10:19:59+01:00").code == "horloge.recul"


def test_on_the_machines_time_what_is_due_happens_before_anyone_looks(tmp_path):
    machine = Machine(FOUND)
    with Inside(tmp_path, machine) as inside:
        started(inside)
        inside.send(avis(A))
        machine.set("2026-03-06T10:00:00+01:00")
        due = inside.manage(f"/horloges/{A}").json["prochain"]
        assert due == "2026-03-10T00:00:00+01:00"  # the notification: the sending is behind
        assert [item["type"] for item in inside.returns(A)] == ["dateEnvoi"]


class Running(ManualClock):
    """A clock on which each look takes a second, once it is started."""

    pace = 0

    def now(self):
        self._now += dt.timedelta(seconds=self.pace)
        return self._now


@pytest.mark.parametrize("before", range(8))
def test_a_second_that_passes_inside_a_call_refuses_nothing(tmp_path, before):
    """The clock is looked at once a call: what falls due in the next second waits for the next call."""
    machine = Running(FOUND)
    with Inside(tmp_path, machine) as inside:
        started(inside)
        inside.send(avis(A))
        midnight = dt.datetime.fromisoformat("2026-03-04T00:00:00+01:00")  # the notice is posted
        machine.advance(midnight - dt.timedelta(seconds=before) - FOUND)
        machine.pace = 1
        assert inside.send(annulation(avis(A), 100, day="2026-03-03")).code == ""


def test_a_finding_of_this_very_second_is_not_in_the_future(inside):
    inside.town()
    inside.move(A, at="2026-03-02T10:15:01+01:00")
    just_now = dt.datetime.fromisoformat("2026-03-02T10:15:01.999999+01:00")
    assert inside.send(avis(A, 1, constate_le=just_now)).status == 201
    later = just_now + dt.timedelta(seconds=1)
    assert inside.send(avis(A, 2, constate_le=later)).code == "message.futur"


# The order of what happens


def told(inside, siret=A):
    return [(item["type"], numero_of(item["contenu"])) for item in inside.returns(siret)]


def numero_of(content):
    return next(group["numeroAvis"] for group in content.values() if "numeroAvis" in group)


def test_what_is_due_at_one_instant_happens_in_the_order_of_the_cases(inside):
    inside.town()
    for ordre in (3, 1, 2):
        inside.send(avis(A, ordre))
    inside.move(A, avance="P3D")
    assert told(inside) == [("dateEnvoi", avis(A, ordre).numero) for ordre in (1, 2, 3)]


def test_what_is_due_earlier_happens_earlier_whatever_the_case(inside):
    inside.town()
    inside.send(avis(A, 9))
    inside.move(A, avance="P1D")
    inside.send(avis(A, 1))
    inside.move(A, avance="P5D")
    assert told(inside) == [("dateEnvoi", avis(A, 9).numero), ("dateEnvoi", avis(A, 1).numero)]


def test_time_passes_for_all_cases_together(inside):
    inside.town()
    notices = [avis(A, ordre).numero for ordre in (1, 2)]
    for ordre in (1, 2):
        inside.send(avis(A, ordre))
    inside.move(A, avance="P6M")
    assert told(inside) == [(kind, numero) for kind in ("dateEnvoi", "titreEmis") for numero in notices]


def test_the_next_event_is_one_instant_of_one_or_many_cases(inside):
    inside.town()
    inside.send(avis(A, 1))
    inside.send(avis(A, 2))
    moved = inside.move(A, prochain=True).json
    assert (moved["instant"], moved["evenements"], moved["retours"]) == ("2026-03-04T00:00:00+01:00", 2, 4)
    assert moved["prochain"] == "2026-03-10T00:00:00+01:00"


def test_the_next_event_of_a_town_without_any_moves_nothing(inside):
    inside.move(A, at=START)
    moved = inside.move(A, prochain=True).json
    assert (moved["instant"], moved["prochain"], moved["evenements"]) == (START, None, 0)


def test_a_towns_clock_moves_no_other_town(inside):
    for siret in (A, B):
        inside.town(siret)
        inside.send(avis(siret))
    inside.move(A, avance="P1Y")
    assert (len(told(inside, A)) > 1, told(inside, B)) == (True, [])
    assert clock_of(inside, B) == ("fixe", START)


# Calendars


@pytest.mark.parametrize(
    ("fuseau", "start", "sent", "notified"),
    [
        ("Europe/Paris", "2026-03-27T22:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-04-04T00:00:00+02:00"),
        ("Europe/Paris", "2026-10-23T23:30:00+02:00", "2026-10-25T00:00:00+02:00", "2026-10-31T00:00:00+01:00"),
        ("Europe/Paris", "2026-12-31T23:59:59+01:00", "2027-01-02T00:00:00+01:00", "2027-01-08T00:00:00+01:00"),
        ("Indian/Reunion", "2026-03-02T23:30:00+04:00", "2026-03-04T00:00:00+04:00", "2026-03-10T00:00:00+04:00"),
        ("America/Guadeloupe", "2026-03-02T23:30:00-04:00", "2026-03-04T00:00:00-04:00", "2026-03-10T00:00:00-04:00"),
        ("Pacific/Noumea", "2026-03-02T00:30:00+11:00", "2026-03-04T00:00:00+11:00", "2026-03-10T00:00:00+11:00"),
    ],
)
def test_days_are_those_of_the_town(inside, fuseau, start, sent, notified):
    inside.town(fuseau=fuseau, at=start)
    notice = avis(A, at=start)
    assert inside.send(notice).json["reception"]["dateReception"] == start
    assert inside.move(A, prochain=True).json["instant"] == sent
    (item,) = inside.returns(A)
    assert item["contenu"]["courrier"]["dateEnvoi"] == sent[:10]
    printed = inside.call("read_impression", peer_of(A), siret=A, numero=notice.numero).json
    assert printed["recto"]["constat"]["dateHeure"] == start
    found = inside.manage(f"/dossiers/{A}/{notice.numero}").json["evenements"]
    assert [event["instant"] for event in found] == [start, sent]
    assert inside.move(A, prochain=True).json["instant"] == notified


def test_a_day_forward_keeps_the_local_time_when_clocks_change(inside):
    inside.town(at="2026-03-28T12:00:00+01:00")
    assert inside.move(A, avance="P1D").json["instant"] == "2026-03-29T12:00:00+02:00"
    assert inside.move(A, at="2026-10-24T12:00:00").json["instant"] == "2026-10-24T12:00:00+02:00"
    assert inside.move(A, avance="P1D").json["instant"] == "2026-10-25T12:00:00+01:00"
    assert inside.move(A, at="2027-03-28T02:30:00").code == "date.clock-change"


def test_the_local_time_of_a_town_overseas_is_its_own(inside):
    inside.town(fuseau="Indian/Reunion")
    assert clock_of(inside, A) == ("fixe", "2026-03-02T13:15:00+04:00")
    assert inside.move(A, at="2026-03-03").json["instant"] == "2026-03-03T12:00:00+04:00"


def test_a_notice_found_on_31_december_and_drawn_up_on_1_january(inside):
    inside.town(at="2026-12-31T23:58:00+01:00")
    drawn = {"etabli_le": dt.date(2027, 1, 1)}
    notice = avis(A, at="2026-12-31T23:58:00+01:00", **drawn)
    assert inside.send(notice).code == "message.futur"
    inside.move(A, at="2027-01-01T00:01:00+01:00")
    assert inside.send(notice).status == 201
    assert inside.move(A, prochain=True).json["instant"] == "2027-01-03T00:00:00+01:00"


# However time is cut

FOREIGN = antai.Vehicule(immatriculation=Immatriculation("AA-12-34"), marque="FICTIVE", pays="BE")
MINORE = antai.Minore(montant=Montant(2000), fin_le=FOUND + dt.timedelta(days=4, seconds=7))
SCRIPT = (
    lambda inside, n: inside.send(avis(A, n)),
    lambda inside, n: inside.send(avis(A, n, vehicule=FOREIGN)),
    lambda inside, n: inside.send(avis(A, n, minore=MINORE)),
    lambda inside, n: inside.send(rectificatif(avis(A, n), 1000, day=today(inside), ordre=900 + n)),
    lambda inside, n: inside.send(annulation(avis(A, n), 500, day=today(inside))),
    lambda inside, n: inside.send(impaye(B, n, paye=1000)),
    lambda inside, n: inside.happen(A, avis(A, n).numero, "paiement", montant="exigible", canal="antai"),
    lambda inside, n: inside.happen(A, avis(A, n).numero, "paiement", montant=500, canal="dgfip"),
    lambda inside, n: inside.happen(A, avis(A, n).numero, "rapo_depot"),
    lambda inside, n: inside.happen(A, avis(A, n).numero, "paiement_annule"),
    lambda inside, n: inside.happen(A, avis(A, n).numero, "tsp_requete", recours="titre"),
)
GAPS = (0, 1, 3_600, 86_400, 2 * 86_400, 20 * 86_400, 40 * 86_400, 95 * 86_400, 800 * 86_400)
script = st.lists(
    st.tuples(st.sampled_from(GAPS), st.integers(0, len(SCRIPT) - 1), st.integers(1, 4)), min_size=3, max_size=12
)
cuts = st.lists(st.floats(0, 1), max_size=4)


def today(inside):
    return inside.world.now(A).date().isoformat()


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A town of each cycle, hours apart."""
    folder = tmp_path_factory.mktemp("ready")
    with Inside(folder) as inside:
        inside.town(A, fuseau="Pacific/Noumea")
        inside.town(B, cycle="partiel", fuseau="Europe/Paris")
    return folder


@contextmanager
def copied(ready):
    folder = Path(tempfile.mkdtemp())
    try:
        shutil.copytree(ready, folder, dirs_exist_ok=True)
        yield folder
    finally:
        shutil.rmtree(folder)


def lived(ready, lines, cut, *, stops):
    """Play a script with time cut at some places; return all there is at the end, and how much happened."""
    with copied(ready) as folder:
        inside, at, happened = Inside(folder), FOUND, []
        for gap, what, n in ((0, 0, 1), (0, 0, 2), *lines, (GAPS[-1], 0, 9)):
            for share in (*sorted(cut), 1):
                moment = at + dt.timedelta(seconds=int(gap * share))
                done = [inside.move(siret, at=moment.isoformat()).json for siret in (A, B)]
                happened += [(one["evenements"], one["retours"]) for one in done]
                inside = stopped(inside) if stops else inside
            at += dt.timedelta(seconds=gap)
            SCRIPT[what](inside, n)
            inside = stopped(inside) if stops else inside
        with inside:
            return inside.memory(), inside.disk(), [sum(column) for column in zip(*happened, strict=True)]


def stopped(inside):
    """Stop and start again: nothing is changed by it."""
    before = inside.memory(), inside.disk(traffic=True)
    after = inside.reopened()
    assert (after.memory(), after.disk(traffic=True)) == before
    return after


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script, cuts)
def test_time_in_one_step_or_in_many_makes_the_same_cases_and_the_same_returns(ready, lines, cut):
    assert lived(ready, lines, [], stops=False) == lived(ready, lines, cut, stops=False)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script, cuts)
def test_a_restart_at_any_moment_changes_nothing(ready, lines, cut):
    assert lived(ready, lines, cut, stops=True)[:2] == lived(ready, lines, [], stops=False)[:2]


@pytest.mark.exhaustive
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script, cuts)
def test_many_cuts_and_restarts(ready, lines, cut):
    assert lived(ready, lines, cut, stops=True)[:2] == lived(ready, lines, [], stops=False)[:2]
