"""The scenarios shipped: they find what they expect, in both cycles, and read the same as before."""

import json

import pytest

from fpsctl.checks import Outcome
from fpsctl.collectivite import example
from fpsctl.dossier import Engine
from fpsctl.errors import LocalError
from fpsctl.render.envelope import envelope
from fpsctl.render.simulation import simulation_lines
from fpsctl.simulation import Request, answer, find, ids, simulate, source_of
from fpsctl.simulation.service import town_for
from fpsctl.texts import use_language
from fpsctl.workspace import Workspace

MAIN_BRANCHES = {
    "annulation-partielle", "averti-paye-mois", "paiement-annule", "paye-minore", "paye-partiel", "paye-plein",
    "prescription", "rapo-accepte", "rapo-partiel", "rapo-silence", "recu-deduit", "rejet-marque-plaque", "titre-emis",
    "trop-paye", "tsp-annule",
}  # fmt: skip


def run(name, tmp_path, **asked):
    return answer(Request(name, **asked), tmp_path)


def town(cycle):
    settings = example().reglages.model_copy(update={"cycle": cycle})
    return example().model_copy(update={"reglages": settings})


def test_the_main_branches_are_shipped():
    assert set(ids()) == MAIN_BRANCHES


@pytest.mark.parametrize("name", ids())
def test_a_scenario_finds_what_it_expects_and_reads_the_same(name, tmp_path, golden):
    use_language("fr")
    result, findings = run(name, tmp_path)
    judged = [finding for finding in findings if finding.id == "scenario.expect"]
    assert judged
    assert {finding.outcome for finding in judged} == {Outcome.PASS}
    golden(f"simulate/{name}.txt", "".join(f"{line.plain}\n" for line in simulation_lines(result, findings)))


@pytest.mark.parametrize("name", [name for name in ids() if "partiel" in find(name).cycle])
def test_a_scenario_of_both_cycles_ends_in_the_same_states_in_cycle_partiel(name):
    found = simulate(find(name), town("partiel"))
    assert [item.detail for item in found.findings if item.outcome is Outcome.FAIL] == []
    complet = simulate(find(name), town("complet")).entries[-1].step.dossier
    partiel = found.entries[-1].step.dossier
    assert (partiel.dette, partiel.rapo, partiel.tsp, partiel.remboursement) == (
        complet.dette, complet.rapo, complet.tsp, complet.remboursement,
    )  # fmt: skip


@pytest.mark.parametrize("name", ids())
def test_replay_of_any_prefix_is_the_state_at_that_time(name, tmp_path):
    scenario = find(name)
    found = simulate(scenario, town_for(scenario, Request(name), Workspace(tmp_path)))
    engine = Engine(found.rules)
    for entry in found.entries:
        instant = entry.step.event.instant
        log = [event for event in found.log if event.instant <= instant]
        last = found.until(instant)[-1].step.dossier
        assert engine.replay(found.constat, log, until=instant) == last


@pytest.mark.parametrize("name", ids())
def test_the_same_input_gives_the_same_bytes(name, tmp_path):
    first, second = (envelope("simulate dossier", *run(name, tmp_path, wire=True), ok=True) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", ids())
def test_no_amount_of_a_message_or_print_request_is_negative(name, tmp_path):
    result, _ = run(name, tmp_path)

    def amounts(value):
        if isinstance(value, dict):
            for item in value.values():
                yield from amounts(item)
        elif isinstance(value, list):
            for item in value:
                yield from amounts(item)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield value

    assert all(value >= 0 for message in result["messages"] for value in amounts(message["contenu"]))
    assert result["print_requests"] == [m["contenu"] for m in result["messages"] if m["type"] == "impression"]


def test_the_view_at_a_date_is_the_past_as_it_was(tmp_path):
    whole, _ = run("rapo-silence", tmp_path)
    past, _ = run("rapo-silence", tmp_path, at="2026-04-19")
    assert past["timeline"] == [entry for entry in whole["timeline"] if entry["jour"] <= "2026-04-19"]
    assert past["etat"]["rapo"] == "recu"
    on_the_day, _ = run("rapo-silence", tmp_path, at="2026-04-20")
    assert on_the_day["etat"]["rapo"] == "implicite"
    with pytest.raises(LocalError, match=r"simulation\.at"):
        run("rapo-silence", tmp_path, at="2026-01-01")
    later, _ = run("titre-emis", tmp_path, at="2031-01-01")
    assert later["etat"]["dette"] == "prescrit"


def test_a_disabled_expectation_shows_as_a_failure(tmp_path):
    path = tmp_path / "wrong.yaml"
    text = (find.__globals__["DATA"] / "scenarios" / "titre-emis.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("reste: 8500, majoration: 5000", "reste: 8501, majoration: 5000"), encoding="utf-8")
    _, findings = run(str(path), tmp_path)
    failed = [finding for finding in findings if finding.outcome is Outcome.FAIL]
    assert [finding.detail for finding in failed] == ["steps.1: montants.reste expected 8501, found 8500"]


def test_literal_dates_are_not_judged_when_the_finding_is_moved(tmp_path):
    _, findings = run("titre-emis", tmp_path, constat="2028-02-29")
    outcomes = {finding.detail.split()[1]: finding.outcome for finding in findings if finding.id == "scenario.expect"}
    assert outcomes["echeances.recours.titre"] is Outcome.NOT_APPLICABLE
    assert outcomes["montants.majoration"] is Outcome.PASS


def test_the_example_town_says_that_it_is_one(tmp_path):
    _, findings = run("titre-emis", tmp_path, siret="21750001600019")
    warned = {finding.id: finding for finding in findings if finding.outcome is Outcome.WARN}
    assert "collectivite.exemple" in warned
    assert "21750001600019" in warned["collectivite.exemple"].hint


def test_the_print_request_holds_what_the_law_gives(tmp_path):
    result, _ = run("rapo-accepte", tmp_path)
    initial, corrective = result["print_requests"]
    assert (initial["document"], corrective["document"]) == ("avis_initial", "avis_rectificatif")
    assert initial["modalites"]["echeance"] == "À payer au plus tard le 8 juin 2026"
    assert "20 % (au moins 50,00\u00a0€)" in initial["modalites"]["majoration"]
    assert initial["etablissement"]["date_envoi"] == "2026-03-02"
    assert (initial["etablissement"]["montant"], corrective["etablissement"]["montant"]) == (3500, 0)
    assert corrective["numero_initial"] == initial["etablissement"]["numero"]
    assert corrective["etablissement"]["numero"] != initial["etablissement"]["numero"]
    assert corrective["etablissement"]["rapo_reception"] == "20 mars 2026"
    assert all(initial["modalites"][name] for name in initial["modalites"] if name != "minore")


@pytest.mark.parametrize(
    ("value", "told"),
    [("rectificatif_zero", ["avis_rectificatif", "accuse", "impression"]), ("annulation", ["annulation", "accuse"])],
)
def test_a_rapo_accepted_in_full_is_told_as_the_parameter_says(tmp_path, value, told):
    path = tmp_path / "mine.yaml"
    text = source_of("rapo-accepte").replace("service.envoi: 3", f"service.envoi: 3, rapo.acceptation_totale: {value}")
    path.write_text(text, encoding="utf-8")
    result, _ = run(str(path), tmp_path)
    assert result["timeline"][-1]["messages"] == told
    assert result["etat"]["dette"] == "annule"


def test_messages_are_encoded_by_the_profile_when_asked(tmp_path):
    result, _ = run("rapo-accepte", tmp_path, wire=True)
    assert all(message["wire"] for message in result["messages"])
    wire = json.dumps(result["messages"][0]["wire"])
    assert "montant_du" not in wire
    assert result["messages"][0]["contenu"]["montant_du"] == 3500
