"""`fpsctl readiness`: the State's ten steps, what proves each, what comes next, who must act."""

import datetime as dt
import json

import pytest
from pki_helpers import certificate, ec_key, pem, subject
from test_convention import ASK, OTHER, SIGN, FakeControl
from test_raccordement import ORDER, SIRET, A, B, fait

from fpsctl.antai.endpoint import SANDBOX
from fpsctl.certificate.store import Pair, Suivi, TownFiles
from fpsctl.checks import Outcome, worst
from fpsctl.cli.app import main
from fpsctl.pki.authority import TestAuthority
from fpsctl.pki.certificate import read_chain
from fpsctl.pki.keys import make_key
from fpsctl.pki.request import make_csr
from fpsctl.raccordement import fold, play, steps
from fpsctl.readiness import ledger
from fpsctl.readiness.evidence import Evidence, Preuve, from_sandbox
from fpsctl.readiness.judge import findings_of, judge, result_of
from fpsctl.workspace import Workspace

NOW = dt.datetime(2018, 1, 10, 12, tzinfo=dt.UTC)
NOTHING = {"town": "", "folder": "", "sandbox": "", "where": ""}
MADE = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
GIVEN = {
    "certificat.depose": ("empreinte", "debut", "fin"),
    "certificat.active": ("empreinte",),
    "connexion.controlee": ("empreinte",),
}
PROOF = Preuve("2018-01-01", "test", verified=True)


def judged(*done, now=NOW):
    evidence = Evidence(SIRET, SANDBOX, now, dict.fromkeys(done, PROOF), None)
    found = judge(evidence)
    return {one.etape.slug: one for one in found}, result_of(evidence, found, NOTHING), found


@pytest.fixture
def control(monkeypatch):
    fake = FakeControl()
    monkeypatch.setattr("fpsctl.cli.embedded.control_of", lambda _ready: fake)
    return fake


@pytest.fixture
def readiness(capsys, monkeypatch, tmp_path):
    """Run `fpsctl readiness` in an empty folder; return the code and the envelope."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        capsys.readouterr()
        code = main(["readiness", "--siret", SIRET, *map(str, args), "-o", "json"])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture(scope="module")
def sign(tmp_path_factory):
    """Sign a certificate of the town by the TEST provider, from 2018 to a year."""
    authority = TestAuthority.open(tmp_path_factory.mktemp("authority"), NOW)
    csr = make_csr(make_key("ec256"), SIRET, "Paris", "FPS")
    return lambda year: authority.sign(
        csr, dt.datetime(2018, 1, 1, tzinfo=dt.UTC), dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    )


@pytest.fixture(scope="module")
def signed(sign):
    """A certificate of the town, valid from 2018 to 2020."""
    return sign(2020)


@pytest.fixture(scope="module")
def bought():
    """A certificate of the town that is no TEST one."""
    days = [(dt.datetime(year, 1, 1, tzinfo=dt.UTC) - MADE).days for year in (2018, 2038)]
    return pem(certificate(ec_key(), of=subject(SIRET), days=days))


def facts(content):
    leaf = read_chain(content)[0]
    return {"empreinte": leaf.empreinte, "debut": leaf.debut.isoformat(), "fin": leaf.fin.isoformat()}


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def by_slug(envelope, key):
    return {item["slug"]: item[key] for item in envelope["result"]["etapes"]}


# The judgement


def test_before_anything_three_steps_can_be_done():
    found, result, _ = judged()
    assert [slug for slug, one in found.items() if one.etat == "a_faire"] == [
        "espace.demande", "convention.signee_autorite", "certificat.achete",
    ]  # fmt: skip
    assert found["certificat.depose"].manque == ("espace.demande", "espace.cree", "certificat.achete")
    assert found["demarre"].manque == tuple(ORDER[:9])
    assert result["pret"] is False


@pytest.mark.parametrize("count", range(10))
def test_each_step_is_next_once_those_before_are_done(count):
    found, result, all_ = judged(*ORDER[:count])
    assert [one.etat for one in found.values()][:count] == ["fait"] * count
    assert found[ORDER[count]].etat == ("fait" if count == 9 else "a_faire")
    assert result["pret"] is (count == 9)
    assert worst(findings_of(result, all_)) is (Outcome.PASS if count == 9 else Outcome.UNKNOWN)


def test_exchanges_wait_for_their_first_day():
    found, result, all_ = judged(*ORDER[:9], now=dt.datetime(2017, 12, 31, 22, 59, 59, tzinfo=dt.UTC))
    last = found["demarre"]
    assert (last.etat, last.manque, last.not_before) == ("bloquee", (), dt.date(2018, 1, 1))
    assert (result["pret"], result["etapes"][-1]["pas_avant"]) == (False, "2018-01-01")
    assert worst(findings_of(result, all_)) is Outcome.UNKNOWN
    assert judged(*ORDER[:9], now=dt.datetime(2017, 12, 31, 23, tzinfo=dt.UTC))[1]["pret"] is True


def test_a_deposit_waits_for_the_opening_of_production():
    found, _, _ = judged(
        "espace.demande", "espace.cree", "certificat.achete", now=dt.datetime(2017, 9, 1, tzinfo=dt.UTC)
    )
    assert (found["certificat.depose"].etat, found["certificat.depose"].not_before) == ("bloquee", dt.date(2017, 10, 2))


def test_a_finding_a_step_says_who_must_act_and_what_to_type():
    _, result, all_ = judged("espace.demande")
    findings = {finding.id: finding for finding in findings_of(result, all_)}
    assert list(findings) == [f"readiness.{slug}" for slug in ORDER]
    assert {finding.severity for finding in findings.values()} == {"error"}
    waiting = findings["readiness.espace.cree"]
    assert (waiting.outcome, waiting.actor) == (Outcome.UNKNOWN, "antai")
    assert waiting.hint == f"fpsctl convention record espace.cree --siret {SIRET}"
    blocked = findings["readiness.convention.deposee"]
    assert (blocked.outcome, blocked.detail) == (Outcome.SKIP, "espace.cree, convention.signee_autorite")
    assert findings["readiness.espace.demande"].outcome is Outcome.PASS
    assert all(finding.reference and finding.title for finding in findings.values())


# On the embedded SI FPS


def test_an_empty_town_waits_for_someone(readiness, control):
    code, envelope = readiness()
    assert (code, envelope["ok"], envelope["command"]) == (6, False, "readiness")
    result = envelope["result"]
    assert set(result) == {"siret", "environnement", "horloge", "motif", "etapes", "pret", "profile"}
    assert result["horloge"] == control.now.isoformat()
    assert set(result["etapes"][0]) == {
        "n", "slug", "titre", "acteur", "etat", "le", "preuve", "verifie", "remarque", "manque",
        "pas_avant", "commande",
    }  # fmt: skip
    assert by_slug(envelope, "acteur") == {etape.slug: etape.actor.value for etape in steps()}


def test_every_command_proposed_is_one_that_exists_and_does_the_step(readiness, control, capsys, signed, tmp_path):
    """Follow `next` from nothing to ready, typing what is proposed (the certificate's own steps are played)."""
    (tmp_path / "FILE").write_text("convention", encoding="utf-8")
    for _ in range(12):
        code, envelope = readiness()
        if code == 0:
            break
        commands = {slug: command for slug, command in by_slug(envelope, "commande").items() if command}
        slug, command = next(iter(commands.items()))
        if slug.startswith(("espace.", "convention.")):
            assert main(command.replace("'", "").split()[1:]) == 0, (command, capsys.readouterr())
        elif slug == "certificat.achete":
            put(TownFiles(tmp_path, SIRET).certificate, signed)
        else:
            given = {name: facts(signed)[name] for name in GIVEN.get(slug, ())}
            control.state = play(control.state, fait(slug, at=control.now, **given))
    assert (code, envelope["result"]["pret"]) == (0, True)
    assert set(by_slug(envelope, "etat").values()) == {"fait"}


def test_the_certificate_file_proves_the_purchase(readiness, control, signed, tmp_path):
    files = TownFiles(tmp_path, SIRET)
    assert readiness()[1]["result"]["etapes"][5]["commande"] == f"fpsctl cert request --siret {SIRET}"
    put(files.request, b"request")
    request = f"certificates/{SIRET}/request.csr"
    assert by_slug(readiness()[1], "commande")["certificat.achete"] == f"fpsctl sandbox sign {request} --siret {SIRET}"
    elsewhere = by_slug(readiness(*OTHER)[1], "commande")["certificat.achete"]
    assert elsewhere == f"fpsctl cert deposit --siret {SIRET} --certificate FILE --env production --confirm {SIRET}"
    put(files.certificate, signed)
    step = readiness()[1]["result"]["etapes"][5]
    assert (step["etat"], step["le"], step["verifie"]) == ("fait", "2018-01-01T01:00:00+01:00", True)
    assert "2020-01-01" in step["preuve"]
    # One that has ended on the town's clock is none.
    control.now = dt.datetime(2020, 1, 2, tzinfo=dt.UTC)
    step = readiness()[1]["result"]["etapes"][5]
    assert (step["etat"], "2020-01-01" in step["remarque"]) == ("a_faire", True)
    again = f"fpsctl sandbox sign {request} --siret {SIRET} --out FILE, then fpsctl cert deposit --siret {SIRET} "
    assert step["commande"] == again + "--certificate FILE"


def test_a_certificate_that_stands_elsewhere_proves_it_too(readiness, control, signed, tmp_path):
    assert control
    pair = Pair(put(tmp_path / "given.pem", signed), tmp_path / "given.key")
    TownFiles(tmp_path, SIRET).keep(SANDBOX, Suivi(A, "depose", None), pair)
    assert by_slug(readiness()[1], "etat")["certificat.achete"] == "fait"


def test_a_certificate_file_that_is_none_is_told(readiness, control, tmp_path):
    assert control
    path = put(TownFiles(tmp_path, SIRET).certificate, b"nothing")
    assert readiness()[0] == 3
    path.unlink()
    path.mkdir()
    assert readiness()[1]["error"]["code"] == "readiness.certificate"


def test_a_certificate_that_ended_on_the_town_s_clock_takes_its_steps_with_it(tmp_path, control):
    control.state = fold(SIRET, [fait(slug) for slug in ORDER])
    control.now = dt.datetime(2020, 6, 1, 0, 0, 1, tzinfo=dt.UTC)
    evidence = from_sandbox(Workspace(tmp_path), SIRET, control.raccordement(SIRET))
    left = [one.etape.slug for one in judge(evidence) if one.etat != "fait"]
    assert left == ORDER[5:]
    # A second one beside it keeps the town in, as long as none of the two is the one in use here.
    second = {"empreinte": B, "debut": "2018-01-01T00:00:00+00:00", "fin": "2021-01-01T00:00:00+00:00"}
    control.state = play(control.state, fait("certificat.depose", **second))
    evidence = from_sandbox(Workspace(tmp_path), SIRET, control.raccordement(SIRET))
    assert [one.etape.slug for one in judge(evidence) if one.etat != "fait"] == []


LAST_FOUR = ORDER[6:]


def left_of(control, folder):
    evidence = from_sandbox(Workspace(folder), SIRET, control.raccordement(SIRET))
    return {one.etape.slug: one for one in judge(evidence) if one.etat != "fait"}


def test_another_active_certificate_does_not_speak_for_the_one_here(control, tmp_path, sign):
    control.state = fold(SIRET, [fait(slug) for slug in ORDER])  # with the certificate A
    new = sign(2021)
    put(TownFiles(tmp_path, SIRET).certificate, new)
    left = left_of(control, tmp_path)
    assert list(left) == LAST_FOUR
    assert facts(new)["empreinte"][:16] in left["certificat.depose"].note and A[:16] in left["certificat.depose"].note
    control.state = play(control.state, fait("certificat.depose", **facts(new)))
    left = left_of(control, tmp_path)
    assert list(left) == LAST_FOUR[1:]
    assert (left["certificat.active"].etat, A[:16] in left["certificat.active"].note) == ("a_faire", True)
    control.state = play(control.state, fait("certificat.active", empreinte=facts(new)["empreinte"]))
    assert list(left_of(control, tmp_path)) == LAST_FOUR[2:]  # the check that passed was the other's
    control.state = play(control.state, fait("connexion.controlee", empreinte=facts(new)["empreinte"]))
    assert left_of(control, tmp_path) == {}


def test_the_days_are_those_of_the_certificate_here(control, tmp_path, sign):
    control.state = fold(SIRET, [fait(slug) for slug in ORDER])
    new = sign(2021)
    put(TownFiles(tmp_path, SIRET).certificate, new)
    days = {slug: dt.datetime(2019, 3, day, tzinfo=dt.UTC) for day, slug in enumerate(LAST_FOUR[:2], 4)}
    for slug, at in days.items():
        given = {name: facts(new)[name] for name in GIVEN[slug]}
        control.state = play(control.state, fait(slug, at=at, **given))
    evidence = from_sandbox(Workspace(tmp_path), SIRET, control.raccordement(SIRET))
    for slug, at in days.items():
        assert dt.datetime.fromisoformat(evidence.proofs[slug].le) == at


def test_a_certificate_here_that_ended_on_the_town_s_clock_proves_nothing(control, tmp_path, signed):
    given = {slug: {name: facts(signed)[name] for name in names} for slug, names in GIVEN.items()}
    control.state = fold(SIRET, [fait(slug, **given.get(slug, {})) for slug in ORDER])
    put(TownFiles(tmp_path, SIRET).certificate, signed)
    assert left_of(control, tmp_path) == {}
    control.now = dt.datetime(2020, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
    assert list(left_of(control, tmp_path)) == ORDER[5:]


def test_exchanges_are_never_open_without_a_checked_connection():
    found, result, _ = judged(*ORDER[:8], "demarre")
    assert (found["demarre"].etat, found["demarre"].manque, result["pret"]) == (
        "bloquee", ("connexion.controlee",), False,
    )  # fmt: skip


def test_the_reason_of_a_refused_espace_is_told(readiness, control, capsys):
    control.state = fold(SIRET, [fait("espace.demande"), fait("espace.refuse", motif="SIRET inconnu")])
    _, envelope = readiness()
    assert (envelope["result"]["motif"], envelope["result"]["etapes"][0]["remarque"]) == (
        "SIRET inconnu", "refused by ANTAI: SIRET inconnu",
    )  # fmt: skip
    for command in (["readiness"], ["convention", "status"]):
        main([*command, "--siret", SIRET])
        assert "SIRET inconnu" in capsys.readouterr().out
    main(["convention", "status", "--siret", SIRET, "-o", "json"])
    assert json.loads(capsys.readouterr().out)["result"]["motif"] == "SIRET inconnu"
    control.state = play(control.state, fait("espace.demande"))
    assert readiness()[1]["result"]["motif"] is None


def test_proposed_commands_act_where_this_one_looked(readiness, control, tmp_path):
    assert control
    (tmp_path / "my town").mkdir()
    _, envelope = readiness("-C", tmp_path / "my town", "--sandbox", "other/ready.json")
    command = by_slug(envelope, "commande")["espace.demande"]
    assert command.endswith(
        f" --nom NAME --type commune --adresse 'ADDRESS' --sandbox other/ready.json -C '{tmp_path}/my town'"
    )


# Elsewhere


def record(*args):
    assert main(["convention", "record", "--siret", SIRET, *args, *OTHER]) == 0


def test_elsewhere_what_was_declared_is_told_apart_from_what_is_known(readiness, bought, tmp_path):
    for step in (ASK, ("espace.cree",), SIGN, ("convention.deposee", "--document", __file__)):
        record(*step)
    code, envelope = readiness(*OTHER)
    assert (code, list(by_slug(envelope, "etat").values())[:5]) == (6, ["fait"] * 4 + ["a_faire"])
    assert by_slug(envelope, "verifie")["espace.cree"] is False
    assert by_slug(envelope, "acteur")["convention.signee_antai"] == "antai"
    files = TownFiles(tmp_path, SIRET)
    put(files.certificate, bought)
    pair = Pair(files.certificate, files.key)
    files.keep("production", Suivi(A, "actif", "2018-01-05T10:00:00+01:00"), pair)
    assert by_slug(readiness(*OTHER)[1], "etat")["certificat.depose"] == "a_faire"  # the word is about another one
    mine = facts(bought)["empreinte"]
    files.keep("production", Suivi(mine, "depose", "2018-01-05T10:00:00+01:00"), pair)
    deposited = readiness(*OTHER)[1]
    assert by_slug(deposited, "le")["certificat.depose"] == "2018-01-05T10:00:00+01:00"
    assert by_slug(deposited, "verifie")["certificat.depose"] is True
    assert by_slug(deposited, "etat")["certificat.active"] == "bloquee"


def test_elsewhere_a_check_counts_for_the_certificate_in_use(readiness, tmp_path):
    place, files = Workspace(tmp_path), TownFiles(tmp_path, SIRET)
    pair = Pair(files.certificate, files.key)
    ledger.keep_check(place, SIRET, "production", dt.date(2018, 1, 6), B)
    files.keep("production", Suivi(A, "actif", None), pair)
    assert by_slug(readiness(*OTHER)[1], "etat")["connexion.controlee"] == "a_faire"
    ledger.keep_check(place, SIRET, "production", dt.date(2018, 1, 6), A)
    ledger.keep_check(place, SIRET, "production", dt.date(2018, 1, 7), A)
    ledger.keep_check(place, SIRET, "production", dt.date(2018, 1, 9), B)
    assert by_slug(readiness(*OTHER)[1], "le")["connexion.controlee"] == "2018-01-07"
    files.keep("production", Suivi(A, "revoque", None), pair)
    assert by_slug(readiness(*OTHER)[1], "etat")["connexion.controlee"] == "bloquee"


def test_elsewhere_a_refused_espace_is_to_be_asked_for_again(readiness):
    record(*ASK)
    record("espace.refuse", "--motif", "x")
    _, envelope = readiness(*OTHER)
    assert by_slug(envelope, "etat")["espace.demande"] == "a_faire"
    assert (envelope["result"]["motif"], by_slug(envelope, "remarque")["espace.demande"]) == (
        "x",
        "refused by ANTAI: x",
    )


def test_elsewhere_a_test_certificate_is_no_purchase(readiness, signed, bought, control, tmp_path):
    assert control
    path = put(TownFiles(tmp_path, SIRET).certificate, signed)
    step = readiness(*OTHER)[1]["result"]["etapes"][5]
    assert (step["etat"], step["preuve"], step["remarque"].startswith("TEST certificate")) == ("a_faire", None, True)
    assert by_slug(readiness()[1], "etat")["certificat.achete"] == "fait"
    put(path, bought)
    assert by_slug(readiness(*OTHER)[1], "etat")["certificat.achete"] == "fait"


def test_without_a_sandbox_the_command_says_so(readiness):
    code, envelope = readiness()
    assert (code, envelope["error"]["code"]) == (3, "sandbox.absent")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_terminal_tells_the_steps_in_order(capsys, monkeypatch, tmp_path, control, golden, lang):
    monkeypatch.chdir(tmp_path)
    control.state = fold(SIRET, [fait("espace.demande"), fait("espace.cree"), fait("convention.signee_autorite")])
    assert main(["--lang", lang, "readiness", "--siret", SIRET]) == 6
    golden(f"readiness/started.{lang}.txt", capsys.readouterr().out)
    control.state = fold(SIRET, [fait(slug) for slug in ORDER])
    assert main(["--lang", lang, "readiness", "--siret", SIRET]) == 0
    golden(f"readiness/ready.{lang}.txt", capsys.readouterr().out)
