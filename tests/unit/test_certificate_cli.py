"""`fpsctl cert` as people and scripts meet it."""

import json
import stat
from contextlib import nullcontext

import pytest
from pki_helpers import EXAMPLE, NOW, PARIS, FakeEspace, FakeSiFps, certificate, ec_key, pem, subject

from fpsctl.cli import cert, embedded
from fpsctl.cli.app import main
from fpsctl.clock import ManualClock
from fpsctl.pki import TestAuthority, read_private
from fpsctl.render.certificate import certificate_lines
from fpsctl.texts import text_in

SIRET = ("--siret", PARIS)
FOLDER = f"certificates/{PARIS}"


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    """Run a command line in an empty folder; return code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fpsctl.clock.SystemClock", lambda: ManualClock(NOW))

    def call(*args):
        code = main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def cli_json(cli):
    def call(*args):
        code, out, err = cli(*args, "-o", "json")
        assert err == ""
        return code, json.loads(out)

    return call


@pytest.fixture
def sifps(monkeypatch):
    fake = FakeSiFps()
    monkeypatch.setattr(cert, "_connect", lambda *_: fake.connect)

    class Espace(FakeEspace):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(embedded, "control_of", lambda _: Espace(fake))
    return fake


@pytest.fixture
def signed(cli, tmp_path, tmp_path_factory):
    """A town with its key, and a signed certificate beside the workspace."""
    assert cli("cert", "request", *SIRET, "--organisation", "Ville de Paris", "--key", "ec256")[0] == 0
    authority = TestAuthority.open(tmp_path_factory.mktemp("pki") / "authority", NOW)
    path = tmp_path / "signed.pem"
    path.write_bytes(authority.sign((tmp_path / FOLDER / "request.csr").read_bytes(), NOW, NOW.replace(year=2028)))
    return path


@pytest.mark.usefixtures("sifps")
def test_the_whole_way(cli_json, cli, signed):
    code, told = cli_json("cert", "deposit", *SIRET, "--certificate", signed)
    result = told["result"]
    assert (code, told["command"], result["etat"], result["deposited"]) == (0, "cert deposit", "depose", True)
    assert set(result) >= {"siret", "empreinte", "subject", "debut", "fin", "files", "etat", "depuis"}
    assert result["fin"] == "2028-06-01T12:00:00+00:00"
    assert (result["profile"]["id"], sum(result["profile"]["provenance"].values())) == ("public", 198)
    assert len(told["findings"]) == 12
    code, out, _ = cli("cert", "deposit", *SIRET)
    assert (code, out.splitlines()[0]) == (0, f"Certificate of {PARIS} already deposited (sandbox)")
    code, out, _ = cli("--lang", "fr", "cert", "activate", *SIRET)
    assert (code, out.splitlines()[0]) == (0, f"Certificat de {PARIS} activé (sandbox)")
    assert f"fpsctl check-connection --siret {PARIS}" in out
    code, told = cli_json("cert", "status", *SIRET)
    assert (code, told["result"]["etat"], told["result"]["profile"]["id"]) == (0, "actif", "public")
    assert cli("cert", "status", *SIRET, "--local")[1] == cli("cert", "status", *SIRET)[1]


def test_a_request_says_what_to_do_next(cli, tmp_path):
    code, out, _ = cli("cert", "request", *SIRET, "--organisation", "Ville de Paris")
    assert code == 0
    assert f"fpsctl sandbox sign {FOLDER}/request.csr" in out
    assert stat.S_IMODE((tmp_path / FOLDER / "key.pem").stat().st_mode) == 0o600
    assert read_private(tmp_path / FOLDER / "key.pem").key_size == 3072
    code, _, err = cli("cert", "request", *SIRET, "--organisation", "Ville de Paris")
    assert (code, "[cert.request.exists]" in err, f"{FOLDER}/key.pem" in err) == (3, True, True)


def test_the_name_comes_from_the_workspace(cli, cli_json, tmp_path):
    code, told = cli_json("cert", "request", *SIRET, "--key", "ec256")
    assert (code, told["error"]["code"]) == (2, "usage.organisation")
    assert not (tmp_path / "certificates").exists()
    assert cli("collectivite", "add", *SIRET, "--nom", "Ville de Paris", "--tarif", "centre=35,00 €;PT2H",
               "--cycle", "complet", "--autorite", "1=Mairie;Rue X;75000 Paris")[0] == 0  # fmt: skip
    assert cli("cert", "request", *SIRET, "--key", "ec256")[0] == 0


def test_an_encrypted_key(cli, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("opensesame\n")
    asked = ("cert", "request", *SIRET, "--organisation", "Ville", "--key", "ec256", "--passphrase-file", secret)
    assert cli(*asked)[0] == 3
    secret.chmod(0o600)
    assert cli(*asked)[0] == 0
    assert b"ENCRYPTED" in (tmp_path / FOLDER / "key.pem").read_bytes()


@pytest.mark.usefixtures("signed")
def test_the_certificate_of_another_town_is_stopped_here(cli, cli_json, sifps, tmp_path):
    other = tmp_path / "other.pem"
    key = read_private(tmp_path / FOLDER / "key.pem")
    other.write_bytes(pem(certificate(key, of=subject(EXAMPLE))))
    code, told = cli_json("cert", "deposit", *SIRET, "--certificate", other)
    failed = [item["id"] for item in told["findings"] if item["outcome"] == "fail"]
    assert (code, told["ok"], told["result"]["deposited"], failed) == (1, False, False, ["cert.siren.unexpected"])
    code, out, _ = cli("cert", "deposit", *SIRET, "--certificate", other)
    assert out.splitlines()[0] == f"Certificate of {PARIS} not deposited: nothing was sent"
    assert "[cert.siren.unexpected]" in out and EXAMPLE in out
    assert sifps.sessions == []
    assert not (tmp_path / FOLDER / "certificate.pem").exists()


def test_local_faults_end_with_three(cli, signed, sifps, tmp_path):
    foreign = tmp_path / "foreign.pem"
    foreign.write_bytes(pem(certificate(ec_key())))
    code, _, err = cli("cert", "deposit", *SIRET, "--certificate", foreign)
    assert (code, err.startswith("error [cert.key.mismatch]"), len(err.splitlines())) == (3, True, 2)
    (tmp_path / FOLDER / "key.pem").chmod(0o644)
    code, _, err = cli("cert", "deposit", *SIRET, "--certificate", signed)
    assert (code, err.startswith("error [cert.key.file-mode]")) == (3, True)
    assert sifps.sessions == []


def test_production_wants_the_siret_twice(cli_json, signed, sifps, tmp_path):
    signed.write_bytes(pem(certificate(read_private(tmp_path / FOLDER / "key.pem"))))
    asked = ("cert", "deposit", *SIRET, "--certificate", signed, "--env", "production")
    for confirm in ((), ("--confirm", EXAMPLE)):
        code, told = cli_json(*asked, *confirm)
        assert (code, told["error"]["code"]) == (2, "usage.confirm")
    assert cli_json(*asked, "--confirm", "13")[0] == 2
    assert sifps.sessions == []
    code, told = cli_json(*asked, "--confirm", f"{PARIS[:9]} {PARIS[9:]}")
    assert (code, told["result"]["environment"]) == (0, "production")


@pytest.mark.usefixtures("sifps")
def test_activation_in_production_is_for_the_town(cli_json, signed):
    assert cli_json("cert", "deposit", *SIRET, "--certificate", signed)[0] == 0
    code, told = cli_json("cert", "activate", *SIRET, "--env", "production")
    assert (code, told["error"]["code"]) == (6, "cert.activate.espace")
    assert "--env production" in told["error"]["hint"]


def test_without_a_sandbox_the_files_are_still_judged_first(cli_json, signed):
    code, told = cli_json("cert", "deposit", *SIRET, "--certificate", signed)
    assert (code, told["error"]["code"]) == (3, "sandbox.absent")
    assert cli_json("cert", "deposit", *SIRET, "--key", "none")[1]["error"]["code"] == "cert.key.unreadable"
    assert cli_json("cert", "activate", *SIRET)[1]["error"]["code"] == "sandbox.absent"
    assert cli_json("cert", "status", *SIRET)[1]["result"]["etat"] is None


def test_a_wrong_siret_is_a_usage_error(cli_json):
    for command in ("request", "deposit", "activate", "status"):
        assert cli_json("cert", command, "--siret", "12")[0] == 2


@pytest.mark.usefixtures("sifps")
def test_no_command_ever_tells_a_key_or_a_passphrase(cli, signed, tmp_path):
    key = (tmp_path / FOLDER / "key.pem").read_text()
    secret, both = tmp_path / "secret", tmp_path / "both.pem"
    secret.write_text("opensesame\n")
    secret.chmod(0o600)
    both.write_text(signed.read_text() + key)
    told = []
    for form in ("text", "json"):
        for args in (
            ("deposit", "--certificate", both),
            ("deposit", "--certificate", tmp_path / FOLDER / "key.pem"),
            ("deposit", "--certificate", signed, "--key", both),
            ("deposit", "--certificate", signed, "--passphrase-file", secret, "--debug"),
            ("deposit", "--passphrase-file", tmp_path / FOLDER / "key.pem"),
            ("activate",),
            ("status", "--passphrase-file", secret),
        ):
            told += [str(item) for item in cli("cert", *args, *SIRET, "-o", form)[1:]]
    kept = [path.read_text() for path in tmp_path.rglob("*.json")]
    everything = "\n".join(told + kept)
    assert len(kept) == 1 and "PRIVATE KEY" not in everything and "opensesame" not in everything
    assert not any(line in everything for line in key.splitlines()[1:-1])


def test_what_comes_next_names_the_environment():
    result = {"siret": PARIS, "environment": "recette", "empreinte": "0", "subject": "s", "issuer": "i", "debut": "d",
              "fin": "f", "files": {"certificate": "c"}, "etat": None, "depuis": None}  # fmt: skip
    assert str(certificate_lines(result, "status")[-1]).endswith(f"cert deposit --siret {PARIS} --env recette")
    result["environment"] = "production"
    assert str(certificate_lines(result, "status")[-1]).endswith(f"--env production --confirm {PARIS}")


ESSAI = """\
profile: essai
version: "1"
title: {fr: "Essai", en: "Trial"}
extends: public
"""


@pytest.mark.usefixtures("sifps")
def test_what_comes_next_keeps_the_options_that_were_given(cli, signed, tmp_path):
    (tmp_path / "my essai.yaml").write_text(ESSAI, encoding="utf-8")
    others = ("--profile", "my essai.yaml", "--sandbox", "elsewhere.json")
    typed = "--profile 'my essai.yaml' --sandbox elsewhere.json"
    _, out, _ = cli("cert", "deposit", *SIRET, "--certificate", signed, *others)
    assert f"fpsctl cert activate --siret {PARIS} {typed}" in " ".join(out.split())
    _, out, _ = cli("cert", "activate", *SIRET, *others)
    assert f"fpsctl check-connection --siret {PARIS} {typed}" in " ".join(out.split())
    _, out, _ = cli("cert", "status", *SIRET, *others)
    assert typed in " ".join(out.split())
    _, out, _ = cli("cert", "status", *SIRET)
    assert "--profile" not in out


@pytest.mark.parametrize(
    ("lang", "label", "etat"), [("en", "state (etat)", "depose (deposited)"), ("fr", "état", "déposé")]
)
@pytest.mark.usefixtures("sifps")
def test_facts_and_states_are_told_in_the_language_in_use(cli, signed, lang, label, etat):
    out = cli("--lang", lang, "cert", "deposit", *SIRET, "--certificate", signed)[1]
    rows = {" ".join(line.split()) for line in out.splitlines()}
    assert any(row.startswith(f"{label} {etat}, ") for row in rows), out
    for name in ("empreinte", "subject", "issuer", "debut", "fin", "key", "request", "certificate"):
        assert any(row.startswith(text_in(lang, f"cert.label.{name}") + " ") for row in rows), name


def test_an_activation_done_before_is_a_success(cli, signed, sifps, monkeypatch):
    assert cli("cert", "deposit", *SIRET, "--certificate", signed)[0] == 0
    espace = nullcontext(FakeEspace(sifps))
    monkeypatch.setattr(embedded, "control_of", lambda _: espace)
    assert cli("cert", "activate", *SIRET)[0] == 0
    code, out, _ = cli("cert", "activate", *SIRET)
    assert (code, out.splitlines()[0]) == (0, f"Certificate of {PARIS} already active (sandbox)")


def test_a_certificate_that_has_ended_there_says_how_to_have_another(cli, cli_json, signed, sifps):
    assert cli("cert", "deposit", *SIRET, "--certificate", signed)[0] == 0
    (empreinte,) = sifps.etats
    sifps.etats[empreinte] = ("expire", None)
    again = (
        f"fpsctl sandbox sign {FOLDER}/request.csr --out FILE, then fpsctl cert deposit --siret {PARIS} --certificate"
    )
    code, out, err = cli("cert", "deposit", *SIRET)
    assert (code, out.splitlines()[0]) == (5, f"Certificate of {PARIS} not accepted (sandbox)")
    assert "[cert.deposit.ended]" in err and again in err and "deposit" not in out.splitlines()[-1]
    told = cli_json("cert", "deposit", *SIRET)[1]
    assert (told["ok"], told["result"]["deposited"], told["error"]["code"]) == (False, False, "cert.deposit.ended")
    code, out, _ = cli("cert", "status", *SIRET)
    assert (code, again in out.splitlines()[-1]) == (0, True)


def test_the_status_of_a_certificate_past_its_end(cli, monkeypatch, signed, tmp_path):
    (tmp_path / FOLDER / "certificate.pem").write_bytes(signed.read_bytes())
    assert "fpsctl cert deposit --siret" in cli("cert", "status", *SIRET)[1].splitlines()[-1]
    monkeypatch.setattr("fpsctl.clock.SystemClock", lambda: ManualClock(NOW.replace(year=2029)))
    assert "sandbox sign" in cli("cert", "status", *SIRET)[1].splitlines()[-1]
    assert "signed again by a PSCE" in cli("cert", "status", *SIRET, "--env", "production")[1].splitlines()[-1]
