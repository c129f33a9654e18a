"""The cases against programs that are wrong, over real TLS: each fault fails the cases that are about it, no other."""

import pytest

from embedded import PROFILE, control_of
from fpsctl.antai.endpoint import find_endpoint
from fpsctl.checks import Outcome
from fpsctl.conformance.bench import Bench
from fpsctl.conformance.cases import CASES
from fpsctl.conformance.trial import Trial
from reference_editor import InProcess, mutant

BY_ID = {case.id: case for case in CASES}
SOUND = "avis-initial.complet"

# name: faults (file, what stands there, what replaces it), the cases that must fail
MUTANTS = {
    "the day in UTC": (
        [("avis.py", "return _local(town, instant).date()", "return dt.datetime.fromisoformat(instant).date()")],
        {"avis-initial.nouvel-an"},
    ),
    "the year of the day drawn up": (
        [("avis.py", '_day(town, found["constate_le"]).year', '_day(town, drawn["etabli_le"]).year')],
        {"avis-initial.nouvel-an"},
    ),
    "the first of the two hours": (
        [("avis.py", '.astimezone(ZoneInfo(town["fuseau"]))', '.astimezone(ZoneInfo(town["fuseau"])).replace(fold=0)')],
        {"avis-initial.heure-ete"},
    ),
    "no receipt deducted": (
        [("avis.py", 'paid = deducted["montant"] if deducted else 0\n    message', "paid = 0\n    message")],
        {"avis-initial.deduction"},
    ),
    "the first receipt deducted": (
        [("avis.py", "return max(running,", 'return max(facts["justificatifs"][:1],')],
        {"avis-initial.deduction"},
    ),
    "a new number after a lost answer": (
        [("adapter.py", 'self._send("avis-initiaux", self.store.dossier(facts["dossier"])["message"])',
          'self.envoyer_avis(self.store.dossier(facts["dossier"])["facts"])')],
        {"reprise.meme-message"},
    ),
    "nothing after a lost answer": (
        [("adapter.py", 'self._send("avis-initiaux", self.store.dossier(facts["dossier"])["message"])', "return")],
        {"reprise.meme-message"},
    ),
    "a new number for a corrected notice": (
        [("adapter.py", 'self._send_avis(facts, known["numero"])', "self.envoyer_avis(facts)")],
        {"rejet.corrige"},
    ),
    "returns pulled from the first again": (
        [("adapter.py", "more = True", "more, last = True, 0"),
         ("adapter.py", "{self.store.read('retours', 0)}", "{last}"),
         ("adapter.py", 'self.store.keep(retours=retour["sequence"])', 'last = retour["sequence"]')],
        {"retours.date-envoi"},
    ),
    "one page of returns": (
        [("adapter.py", 'more = page["suite"]', "more = False")],
        {"retours.suite"},
    ),
    "no print request": (
        [("adapter.py", 'impression=self.sifps.get(f"avis/{numero}/impression")', "impression=numero")],
        {"impression.lecture"},
    ),
    "a corrective notice that is the same again": (
        [("adapter.py", "avis.avis_rectificatif(self.town, known, facts, numero)",
          'avis.avis_rectificatif(self.town, known, facts, known["numero"])')],
        {"rectificatif.partiel", "rectificatif.zero"},
    ),
    "a cancellation of part": (
        [("avis.py", '{"total": facts["montant_annule"]', '{"total": facts["montant_annule"] - 1')],
        {"annulation.avant-titre"},
    ),
    "unpaid too early": (
        [("avis.py", "return _day(town, now) <= dt.date(", "return _day(town, now) < dt.date(")],
        {"fps-impaye.partiel"},
    ),
    "the local payment forgotten": (
        [("avis.py", 'paid = sum(paiement["montant"] for paiement in facts["paiements"])', "paid = 0")],
        {"fps-impaye.partiel"},
    ),
    "one certificate for all towns": (
        [("adapter.py", 'self.sifps = SiFps(request["endpoint"])',
          'self.sifps = SiFps({**request["endpoint"], **_first(request)})'),
         ("adapter.py", "class Editor:", """
def _first(request: dict[str, Any]) -> dict[str, str]:
    kept = Path(request["state"]) / "first.json"
    if not kept.exists():
        kept.write_text(json.dumps({name: request["endpoint"][name] for name in ("certificate", "key")}))
    return json.loads(kept.read_text())


class Editor:""")],
        {"isolation.siret"},
    ),
    "the connection never checked": (
        [("adapter.py", "            self.controler_connexion({})\n", "            pass\n")],
        {"certificat.non-active-respecte"},
    ),
    "a notice sent to check the connection": (
        [("adapter.py", '        step(request["facts"])\n', """        step(request["facts"])
        if request["step"] == "controler_connexion":
            editor.sifps.post("avis-initiaux", {})
""")],
        {"connexion.controle"},
    ),
    "a check for a deposit": (
        [("adapter.py", "self.sifps.deposit()", "self.sifps.check()")],
        {"certificat.depot"},
    ),
    "success claimed, nothing sent": (
        [("sifps.py", "connection = http.client",
          'return {"retours": [], "suite": False}\n        connection = http.client')],
        set(BY_ID),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bench(running, tmp_path_factory):
    return Bench(
        control_of(running),
        find_endpoint(PROFILE, "sandbox", running.ready_file),
        PROFILE,
        tmp_path_factory.mktemp("keys"),
    )


def outcomes(adapter, cases, bench, running, folder):
    """Run cases; return their outcomes by id."""
    found = {}
    for case in cases:
        state = folder / case
        state.mkdir()
        found[case] = Trial(BY_ID[case], bench, adapter, running.url, running.ca).run(state).outcome
    return found


def expected(cases, failing):
    return {case: Outcome.FAIL if case in failing else Outcome.PASS for case in cases}


@pytest.mark.parametrize("name", [name for name in MUTANTS if len(MUTANTS[name][1]) < len(BY_ID)])
def test_a_fault_fails_its_own_cases(name, bench, running, tmp_path):
    faults, failing = MUTANTS[name]
    cases = [*sorted(failing), *([SOUND] if SOUND not in failing else [])]
    assert outcomes(mutant(tmp_path, *faults), cases, bench, running, tmp_path) == expected(cases, failing)


def test_claiming_success_without_a_call_passes_nothing(bench, running, tmp_path):
    faults, failing = MUTANTS["success claimed, nothing sent"]
    found = outcomes(mutant(tmp_path, *faults), BY_ID, bench, running, tmp_path)
    assert found == expected(BY_ID, failing)


def test_every_case_is_failed_by_a_fault_of_its_own():
    narrow = set().union(*(failing for _, failing in MUTANTS.values() if len(failing) < len(BY_ID)))
    assert set(BY_ID) - narrow == {"avis-initial.complet", "retours.paiement"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_fails_no_other_case(name, bench, running, tmp_path):
    faults, failing = MUTANTS[name]
    found = outcomes(mutant(tmp_path, *faults), BY_ID, bench, running, tmp_path)
    assert found == expected(BY_ID, failing)


@pytest.mark.exhaustive
def test_the_reference_editor_passes_in_any_order(bench, running, tmp_path):
    cases = list(reversed(BY_ID))
    assert outcomes(InProcess(), cases, bench, running, tmp_path) == expected(cases, set())
