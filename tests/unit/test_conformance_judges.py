"""Judges over logs written by hand, and how a case ends when something else goes wrong."""

import datetime as dt
from pathlib import Path

import pytest

from fpsctl.checks import Outcome, Verdict
from fpsctl.conformance import protocol
from fpsctl.conformance.adapter import Ended
from fpsctl.conformance.cases import CASES
from fpsctl.conformance.cases.notices import expected_avis
from fpsctl.conformance.facts import identity_of, receipt_of, siret_of
from fpsctl.conformance.judging import Jury
from fpsctl.conformance.log import AVIS, CONTROLE, RETOURS, Asked, Echange, Log, Page, read_line
from fpsctl.conformance.records import Ask, Case, Happen, Town, TownPlan
from fpsctl.conformance.secrecy import Veil
from fpsctl.conformance.trial import Trial
from fpsctl.errors import ConnectionFailed, LocalError, Refused
from fpsctl.identifiers import SIMULATION_TERMINALS, Immatriculation, NumeroFps, Siret
from fpsctl.resources import read_yaml

BY_ID = {case.id: case for case in CASES}
TOWN = Town(siret_of(0), identity_of(siret_of(0), "complet"), Path("c"), Path("k"), "e" * 64, Veil())
AVIS_FACTS = BY_ID["avis-initial.complet"].acts[0].facts


def call(operation, seq=1, *, message=None, statut=201, code="", page=None, chemin=""):
    return Echange(seq, TOWN.siret, operation, chemin, TOWN.empreinte, statut, code, message, page)


def nested(values):
    """Turn canonical paths into the message they describe, as the log writes it."""
    message = {}
    for path, value in values.items():
        *above, last = path.split(".")
        place = message
        for part in above:
            place = place.setdefault(part, {})
        place[last] = value.isoformat() if isinstance(value, dt.date) else value
    return message


def numero(jour=34, **changes):
    fields = {"annee": 2026, "jour": jour, "terminal": AVIS_FACTS["terminal"]} | changes
    return NumeroFps.make(fields.pop("siret", TOWN.siret), **fields)


def sent(**changes):
    """Return the verdict on a right notice with some values changed."""
    values = {"numero": str(numero()), **expected_avis(AVIS_FACTS, TOWN.identity), **changes}
    asked = Asked("envoyer_avis", TOWN, AVIS_FACTS, (call(AVIS, message=nested(values)),), {"ok": True})
    dossiers = {values["numero"]: {"etat": {"envoi": "transmis"}}}
    return BY_ID["avis-initial.complet"].judge(Log((TOWN,), (asked,), dossiers))


def test_a_right_notice_passes():
    assert sent() == Verdict(ok=True)


@pytest.mark.parametrize("champ", [*expected_avis(AVIS_FACTS, TOWN.identity)])
def test_each_field_of_the_notice_counts(champ):
    other = {"justificatif": {"montant": 1}, "minore": {"montant": 1}}.get(champ, "other")
    verdict = sent(**{champ: other})
    assert not verdict.ok
    assert verdict.detail.startswith(f"{champ}: ")


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"siret": "13000000300009"}, "numero.siret"),
        ({"annee": 2025}, "numero.annee"),
        ({"autorite": 2}, "numero.autorite"),
        ({"jour": 33}, "numero.jour"),
        ({"terminal": 1}, "numero.terminal"),
    ],
)
def test_each_part_of_the_number_counts(change, champ):
    assert sent(numero=str(numero(**change))).detail.startswith(f"{champ}: ")


def test_the_order_number_is_the_vendor_s():
    assert sent(numero=str(numero(ordre=417))).ok


def test_a_number_that_is_none_is_told():
    assert sent(numero="12").detail == "12 is not a number of 26 digits"


@pytest.mark.parametrize("written", ["2026-02-03T10:14:00+01:00", "2026-02-03T09:14:00Z", "2026-02-03T04:14:00-05:00"])
def test_an_instant_is_compared_as_an_instant(written):
    assert sent(constate_le=written).ok


@pytest.mark.parametrize("written", ["2026-02-03T09:14:00", "2026-02-03T10:14:01+01:00", "03/02/2026", None, 5])
def test_another_instant_is_told(written):
    assert "constate_le: " in sent(constate_le=written).detail


def test_many_differences_are_counted():
    values = dict.fromkeys(("agent", "lieu", "zone", "fps", "signature", "deduit", "montant_du"), "x")
    detail = sent(**values).detail
    assert detail.count(" · ") == 5
    assert detail.endswith("more differences: 2")


def test_what_is_read_is_shown_on_one_line_and_never_a_key():
    assert sent(lieu="a\n\x1b" + "b" * 500).detail.startswith(f"lieu: a {'b' * 98}..., expected ")
    veil = Veil(bytes(range(32)))
    town = TOWN._replace(veil=veil)
    judged = Jury(Log((town,), ()))
    judged.same("lieu", bytes(range(32)).hex(), "x")
    assert told(judged) == "lieu: [...], expected x"


def jury(*echanges, step="envoyer_avis"):
    return Jury(Log((TOWN,), (Asked(step, TOWN, {}, echanges, {}),)))


def told(jury):
    return jury.verdict().detail


def test_no_call_and_a_refused_one_are_told_apart():
    assert jury().accepted(None, AVIS) is None
    silent, refused = jury(), jury(call(AVIS, 7, statut=409, code="numero.conflit"))
    assert silent.accepted(silent.step(0), AVIS) is None
    assert refused.accepted(refused.step(0), AVIS) is None
    assert told(silent) == "envoyer_avis: the SI FPS received no call send_avis_initial"
    assert told(refused) == "envoyer_avis: send_avis_initial was refused, numero.conflit (call 7)"


def test_the_same_message_twice_is_one_and_another_is_a_complaint():
    same = jury(call(AVIS, 1, message={"numero": "1"}), call(AVIS, 2, message={"numero": "1"}))
    assert same.accepted(same.step(0), AVIS).seq == 2
    assert same.verdict().ok
    other = jury(call(AVIS, 1, message={"numero": "1"}), call(AVIS, 2, message={"numero": "2"}))
    other.accepted(other.step(0), AVIS)
    assert told(other) == "envoyer_avis: send_avis_initial was accepted 2 times, with different contents"


def test_a_message_beside_the_one_asked_for_is_a_complaint():
    more = jury(call(CONTROLE, 1, statut=200), call(AVIS, 2, message={}), call("send_annulation", 3, statut=409))
    more.accepted(more.step(0), AVIS)
    assert told(more) == "envoyer_avis: send_annulation should not have been sent (call 3)"


def test_a_step_that_was_not_reached_is_told_once_and_only_where_nothing_else_is():
    stopped = jury()
    stopped.step(1)
    assert told(stopped) == "step 2 could not be asked for"
    silent = jury()
    silent.accepted(silent.step(0), AVIS)
    silent.step(1)
    assert "could not be asked" not in told(silent)


def pull(*pages):
    return jury(*(call(RETOURS, n, statut=200, page=page) for n, page in enumerate(pages)), step="relever_retours")


@pytest.mark.parametrize(
    ("pages", "detail"),
    [
        ([Page(0, (1, 2), ("rejet", "date_envoi"), more=False)], ""),
        ([Page(0, (1, 2), ("date_envoi",), more=True), Page(2, (3,), ("paiement",), more=False)], ""),
        ([Page(0, (1,), ("date_envoi",), more=False), Page(1, (), (), more=False)], ""),
        ([Page(0, (1, 2), ("date_envoi",), more=True)], "returns were left after n° 2"),
        ([Page(1, (2,), ("date_envoi",), more=False)], "returns asked for after 1; the last one received is 0"),
        ([Page(0, (1, 2), ("date_envoi",), more=True), Page(1, (2, 3), (), more=False)],
         "returns asked for after 1; the last one received is 2"),
        ([Page(0, (1,), ("paiement",), more=False)], "the return date_envoi was not pulled"),
        ([], "relever_retours: the SI FPS received no call read_retour"),
    ],
)  # fmt: skip
def test_pulls_follow_each_other_to_the_end(pages, detail):
    judged = pull(*pages)
    judged.pulled(judged.step(0), 0, "date_envoi")
    assert told(judged) == detail


def test_a_pull_is_read_from_its_line_of_the_log():
    line = {
        "seq": 4, "siret": TOWN.siret, "operation": "read_retour", "empreinte": "a", "statut": 200, "code": None,
        "chemin": f"/front/v1/{TOWN.siret}/retours?apres=7", "message": None,
        "page": {"apres": 7, "sequences": [8], "types": ["date_envoi"], "suite": True},
    }  # fmt: skip
    assert read_line(line).page == Page(7, (8,), ("date_envoi",), more=True)
    assert read_line({**line, "page": None, "statut": 403, "code": "x"}).page is None


def test_a_number_is_read_from_a_message_or_a_path():
    assert call(AVIS, message={"numero": "5"}).numero == "5"
    assert call("read_impression", chemin=f"/front/v1/{TOWN.siret}/avis/{numero()}/impression").numero == numero()
    assert call("read_impression", chemin="/front/v1/1/controle").numero == ""


# What the cases are made of


def test_cases_are_frozen_records_with_a_name_each():
    assert len(BY_ID) == len(CASES) >= 12
    for case in CASES:
        with pytest.raises(AttributeError):
            case.id = "x"
        assert case.reference and case.needs and case.towns
        assert set(case.needs) <= set(protocol.CAPABILITIES)
    steps = {act.step for case in CASES for act in case.acts if isinstance(act, Ask)}
    assert steps == set(protocol.CAPABILITY)


def test_dates_of_a_case_never_go_back():
    for case in CASES:
        instants = [dt.datetime.fromisoformat(act.at) for act in case.acts]
        assert instants == sorted(instants)
        assert all(instant.utcoffset() == dt.timedelta(0) for instant in instants)


def test_facts_cannot_be_taken_for_real():
    findings = [act.facts for case in CASES for act in case.acts if isinstance(act, Ask) and "vehicule" in act.facts]
    assert len(findings) >= 12
    for facts in findings:
        assert Immatriculation(facts["vehicule"]["immatriculation"]).synthetic
        assert facts["terminal"] in SIMULATION_TERMINALS
        assert facts["constate_le"] <= facts["etabli_le"]


def test_each_case_has_a_dossier_of_its_own():
    seen = {}
    for case in CASES:
        for act in case.acts:
            dossier = act.dossier if isinstance(act, Happen) else act.facts.get("dossier")
            assert seen.setdefault(dossier or case.id, case.id) == case.id


def test_every_town_has_another_siret():
    sirets = [siret_of(index) for index in range(200)]
    assert len(set(sirets)) == 200
    assert all(Siret(siret) == siret for siret in sirets)


def test_the_receipt_deducted_is_the_latest_still_running():
    facts = BY_ID["avis-initial.deduction"].acts[0].facts
    assert receipt_of(facts) == facts["justificatifs"][1]
    assert receipt_of({**facts, "justificatifs": facts["justificatifs"][:1]}) is None


def words(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def test_every_french_word_of_the_protocol_is_in_the_glossary():
    found = {*protocol.CAPABILITY, *protocol.CAPABILITIES, *words(TOWN.identity), "preuves", "genere_le"}
    for case in CASES:
        for act in case.acts:
            found |= set(words(dict(act.facts if isinstance(act, Ask) else act.fields)))
    assert found - read_yaml("glossary.yaml").keys() - {"zone"} == set()


# How a case ends when something else goes wrong


class Bench:
    """Stands for the real one; `broken` raises where it is told to."""

    def __init__(self, lines=(), **broken):
        self._lines, self._broken = [[], list(lines)], broken

    def _do(self, name):
        if name in self._broken:
            raise self._broken[name]

    def town(self, plan):
        self._do("town")
        return TOWN._replace(identity=identity_of(TOWN.siret, plan.cycle))

    def move_clock(self, _town, _at):
        self._do("move_clock")

    def happen(self, _town, _numero, _act):
        self._do("happen")

    def heard(self):
        return self._lines.pop(0) if self._lines else []

    def read(self, lines):
        return tuple(lines)

    def dossiers(self, _towns):
        return {}

    def certificats(self, _towns):
        return {}


class Adapter:
    last = Ended()

    def __init__(self, answer):
        self._answer = answer

    def step(self, _request, _veil):
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def tried(*acts, judge=lambda _log: Verdict(ok=True), bench=None, answer=None):
    case = Case("x", "r", (TownPlan(),), acts, judge)
    return Trial(case, bench or Bench(), Adapter(answer or {"ok": True}), "https://x", Path("ca")).run(Path("state"))


ASK = Ask("envoyer_avis", "2026-01-01T00:00:00+00:00", {"dossier": "D"})
HAPPEN = Happen("rejet", "2026-01-01T00:00:00+00:00", "D")


def test_what_the_program_does_wrong_fails_the_case():
    judged = tried(ASK, answer=LocalError("adapter.timeout", seconds="2"))
    assert judged.outcome is Outcome.FAIL
    assert judged.detail.startswith("envoyer_avis: [adapter.timeout] ")
    assert "--timeout" in judged.hint


def test_what_the_sandbox_does_wrong_is_our_fault():
    for name in ("town", "move_clock"):
        judged = tried(ASK, bench=Bench(**{name: ConnectionFailed("sandbox.silent", url="u", detail="d")}))
        assert judged.outcome is Outcome.ERROR
        assert judged.detail.startswith("[sandbox.silent] ")


def test_a_judge_that_breaks_is_our_fault():
    judged = tried(ASK, judge=lambda log: log.nothing)
    assert (judged.outcome, "AttributeError" in judged.detail) == (Outcome.ERROR, True)


def test_an_event_that_cannot_be_played_leaves_the_case_undetermined():
    lines = [call(AVIS, 5, message={"numero": "1"})]
    judged = tried(ASK, HAPPEN, bench=Bench(lines, happen=Refused("dossier.inconnu", numero="1")))
    assert judged.outcome is Outcome.UNKNOWN
    assert "[dossier.inconnu]" in judged.detail
    assert judged.preuves == (5,)


def test_an_event_on_a_case_that_was_never_sent_goes_to_the_judge():
    asked = []
    judged = tried(ASK, HAPPEN, ASK, judge=lambda log: asked.extend(log.asked) or Verdict(ok=False, detail="no"))
    assert (judged.outcome, judged.detail, len(asked)) == (Outcome.FAIL, "no", 1)


def test_what_the_program_says_is_a_note_and_decides_nothing():
    judged = tried(ASK, ASK, answer={"ok": False, "detail": "no\nway"})
    assert judged.outcome is Outcome.PASS
    assert judged.note == "envoyer_avis: not done (no way)"


def test_calls_to_addresses_that_the_profile_has_not_explain_a_failure():
    lost = [call("-", seq, statut=404, chemin=f"/api/v9/{seq}") for seq in (4, 5)]
    known = call(AVIS, 6)
    judged = tried(ASK, bench=Bench(lines=[*lost, known]), answer=LocalError("adapter.timeout", seconds="2"))
    assert judged.outcome is Outcome.FAIL
    assert judged.detail.startswith("envoyer_avis: [adapter.timeout] ")
    assert "calls to addresses that this profile has not: 2, the first to /api/v9/4 (404 " in judged.detail
    assert judged.preuves == (6,)
    seen = []

    def judge(log):
        seen.extend(log.echanges)
        return Verdict(ok=True)

    passed = tried(ASK, judge=judge, bench=Bench(lines=[*lost, known]))
    assert (passed.outcome, passed.detail, seen) == (Outcome.PASS, "", [known])
