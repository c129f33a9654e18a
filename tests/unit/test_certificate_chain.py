"""The commands that hints propose, typed as told against the embedded SI FPS."""

import json
import re
import shlex

import pytest

from embedded import BEFORE_ACTIVATION, control_of, fresh_siret
from fpsctl.cli.app import main


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path, running):
    """Run a command line in an empty folder, on the running sandbox; return code and envelope."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FPSCTL_SANDBOX", str(running.ready_file))

    def call(*args):
        capsys.readouterr()
        code = main([str(arg) for arg in args] + ["-o", "json"])
        return code, json.loads(capsys.readouterr().out)

    return call


def typed(hint):
    """The commands of a hint, as words."""
    return [shlex.split(found) for found in re.findall(r"fpsctl ([^(),]+)", hint)]


@pytest.fixture
def town(cli, running):
    """A town whose certificate is active, its request signed without a word of the SIRET."""
    siret, control = fresh_siret(), control_of(running)
    control.set_clock(siret, at="2026-03-02T10:15:00+01:00")
    for etape, faits in BEFORE_ACTIVATION:
        control.play(siret, etape, faits)
    assert cli("cert", "request", "--siret", siret, "--organisation", "Exemple", "--key", "ec256")[0] == 0
    code, envelope = cli("cert", "deposit", "--siret", siret)
    assert (code, envelope["error"]["code"]) == (3, "cert.none")
    sign, deposit = typed(envelope["error"]["hint"])[:2]
    assert (sign[:2], cli(*sign)[0], cli(*deposit)[0]) == (["sandbox", "sign"], 0, 0)
    assert cli("cert", "activate", "--siret", siret)[0] == cli("cert", "activate", "--siret", siret)[0] == 0
    assert cli("check-connection", "--siret", siret)[0] == 0
    return siret


def test_a_certificate_that_ended_is_signed_again_as_the_hint_says(cli, town, running):
    assert cli("readiness", "--siret", town)[0] == 0
    control_of(running).set_clock(town, avance="P4Y")
    code, envelope = cli("cert", "deposit", "--siret", town)
    assert (code, envelope["error"]["code"]) == (5, "cert.deposit.ended")
    code, again = cli("cert", "activate", "--siret", town)
    assert (code, again["error"]["code"]) == (5, "certificat.expire")
    sign, deposit = typed(envelope["error"]["hint"])
    assert cli(*sign)[0] == 0
    code, envelope = cli(*deposit)
    assert (code, envelope["result"]["etat"], envelope["result"]["already_deposited"]) == (0, "depose", False)
    _, ready = cli("readiness", "--siret", town)
    assert [item["slug"] for item in ready["result"]["etapes"] if item["etat"] != "fait"] == [
        "certificat.active", "connexion.controlee", "demarre",
    ]  # fmt: skip
    assert cli("cert", "activate", "--siret", town)[1]["result"]["already_active"] is False
    assert cli("check-connection", "--siret", town)[0] == 0
    assert cli("readiness", "--siret", town)[0] == 0


def test_signing_again_never_takes_the_place_of_a_certificate(cli, town):
    request = f"certificates/{town}/request.csr"
    code, envelope = cli("sandbox", "sign", request)
    assert (code, envelope["error"]["code"]) == (3, "sandbox.sign.exists")
    assert all(cli(*words)[0] == 0 for words in typed(envelope["error"]["hint"]))
