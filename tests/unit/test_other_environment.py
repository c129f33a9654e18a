"""Another environment than the sandbox: a profile of one's own names the host, and the guards hold.

The host is the embedded SI FPS under another name; the profile says which authority vouches for it.
"""

import json

import pytest

from embedded import make_town
from fpsctl.cli.app import main


@pytest.fixture
def prepared(running, tmp_path, monkeypatch, capsys):
    """A town whose profile calls the running sandbox `production`; returns how to run a command there."""
    town = make_town(running, tmp_path)
    (tmp_path / "ours.yaml").write_text(
        "profile: ours\nversion: '1'\nextends: public\n"
        f"hosts:\n  production: {{url: '{running.url}', ca: roots.pem, confidence: assumption, reason: test}}\n",
        encoding="utf-8",
    )
    (tmp_path / "roots.pem").write_bytes(running.ca.read_bytes())
    monkeypatch.chdir(tmp_path)
    # The TEST provider stands for a real one, as the sandbox for the SI FPS.
    monkeypatch.setattr("fpsctl.pki.certificate.TEST_PREFIX", "never")
    files = ["--certificate", town.identity.certificate, "--key", town.identity.key]

    def call(*words, identity=True):
        asked = [*words, "--siret", town.siret, "--env", "production", "--profile", "./ours.yaml", "-o", "json"]
        code = main([str(word) for word in [*asked, *(files if identity else [])]])
        return code, json.loads(capsys.readouterr().out)

    return town, call


def steps(envelope):
    return {step["slug"]: step["etat"] for step in envelope["result"]["etapes"]}


def test_a_check_that_passed_is_remembered_and_counts_as_evidence(prepared):
    town, call = prepared
    code, before = call("readiness", identity=False)
    assert (code, steps(before)["connexion.controlee"]) == (6, "bloquee")
    code, _ = call("check-connection")
    assert code == 0
    kept = json.loads((next((town.identity.key.parents[1] / "raccordement").glob("*.json"))).read_text())
    (entry,) = kept["environnements"]["production"]
    assert (entry["etape"], entry["verifie"], entry["faits"]["empreinte"]) == (
        "connexion.controlee", True, town.empreinte,
    )  # fmt: skip


def test_a_check_that_fails_is_not_remembered(running, prepared, tmp_path):
    _, call = prepared
    other = make_town(running, tmp_path)
    code, _ = call(
        "check-connection", "--certificate", other.identity.certificate, "--key", other.identity.key, identity=False
    )
    assert code == 5
    assert not (tmp_path / "raccordement").exists()


def test_what_changes_the_state_side_wants_the_siret_typed(prepared):
    town, call = prepared
    lines = len(town.control.echanges(town.siret))
    code, envelope = call("cert", "deposit")
    assert (code, envelope["error"]["code"]) == (2, "usage.confirm")
    assert len(town.control.echanges(town.siret)) == lines
    code, envelope = call("cert", "deposit", "--confirm", town.siret)
    assert (code, envelope["result"]["etat"]) == (0, "actif")  # deposited before: answered as it stands


def test_activation_is_somebody_elses_there(prepared):
    town, call = prepared
    call("cert", "deposit", "--confirm", town.siret)
    code, envelope = call("cert", "activate", identity=False)
    assert (code, envelope["error"]["code"]) == (6, "cert.activate.espace")


def test_an_environment_without_host_is_refused(prepared, capsys):
    assert main(["check-connection", "--siret", prepared[0].siret, "--env", "production"]) == 3
    assert "env.unknown" in capsys.readouterr().err


def test_a_test_certificate_stays_here(prepared, monkeypatch):
    town, call = prepared
    monkeypatch.setattr("fpsctl.pki.certificate.TEST_PREFIX", "TEST - ")
    lines = len(town.control.echanges(town.siret))
    code, envelope = call("cert", "deposit", "--confirm", town.siret)
    failed = [item["id"] for item in envelope["findings"] if item["outcome"] == "fail"]
    assert (code, failed) == (1, ["cert.environment.test-provider"])
    assert len(town.control.echanges(town.siret)) == lines
