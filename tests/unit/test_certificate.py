"""From the request to the activation, against an SI FPS that is only played: what is sent, kept, and never told."""

import base64
import datetime as dt
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_pem_x509_csr
from pki_helpers import (
    CLIENT,
    DEPOSITED,
    EXAMPLE,
    NOW,
    PARIS,
    SERVER,
    FakeEspace,
    FakeSiFps,
    certificate,
    ec_key,
    name,
    pem,
    subject,
)

from fpsctl.antai.messages import CertificatStatut
from fpsctl.certificate import service
from fpsctl.certificate.material import Given
from fpsctl.certificate.store import Pair, TownFiles
from fpsctl.checks import Actor, Finding, Outcome, Severity
from fpsctl.errors import ConnectionFailed, LocalError, Pending, Refused
from fpsctl.pki import TestAuthority, read_chain, read_private
from fpsctl.render.errors import hint_of

SECRET = "opensesame"  # noqa: S105 - of a test


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return TestAuthority.open(tmp_path_factory.mktemp("pki") / "authority", NOW)


@pytest.fixture
def sifps():
    return FakeSiFps()


@pytest.fixture
def files(tmp_path):
    return TownFiles(tmp_path, PARIS)


@pytest.fixture
def requested(files):
    service.request(files, "Ville de Paris", "fps", "ec256")
    return files


@pytest.fixture
def signed(requested, authority, tmp_path):
    """The town's files, and a signed certificate that lies elsewhere."""
    path = tmp_path / "from-psce.pem"
    path.write_bytes(authority.sign(requested.request.read_bytes(), NOW, NOW + dt.timedelta(days=365)))
    return requested, path


def made_for(files, path, **options):
    """Write a certificate for the town's own key, of any kind."""
    key = read_private(files.key)
    path.write_bytes(pem(certificate(key, **options)))
    return Given(path)


def code_of(call, *args, **options):
    with pytest.raises(LocalError) as error:
        call(*args, **options)
    return error.value.code


def snapshot(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_request_makes_a_key_of_the_town_alone(files):
    before = os.umask(0)
    try:
        result = service.request(files, "Ville de Paris", "fps", "ec256")
    finally:
        os.umask(before)
    assert stat.S_IMODE(files.folder.stat().st_mode) == stat.S_IMODE(files.folder.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert result["files"] == {"key": str(files.key), "request": str(files.request)}
    assert {key: result[key] for key in ("siret", "empreinte", "etat", "depuis", "fin")} == {
        "siret": PARIS, "empreinte": None, "etat": None, "depuis": None, "fin": None,
    }  # fmt: skip
    assert sorted(path.name for path in files.folder.iterdir()) == ["key.pem", "request.csr"]


def test_a_key_is_never_replaced(requested):
    before = snapshot(requested.folder)
    with pytest.raises(LocalError) as error:
        service.request(requested, "Ville de Paris", "fps", "ec256")
    assert (error.value.code, error.value.params["path"]) == ("cert.request.exists", requested.key)
    assert snapshot(requested.folder) == before


def test_a_wrong_name_leaves_no_key(files):
    assert code_of(service.request, files, "x" * 65, "fps", "ec256") == "cert.request.subject"
    assert snapshot(files.folder) == {}


def test_many_requests_at_once_make_one_key_and_its_own_request(files):
    told = []

    def ask():
        try:
            told.append(service.request(files, "Ville de Paris", "fps", "ec256"))
        except LocalError as error:
            told.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("cert.request.exists") == 7
    public = load_pem_x509_csr(files.request.read_bytes()).public_key()
    assert public == read_private(files.key).public_key()


KILLED = """
import os, pathlib, signal, sys
from fpsctl.certificate import service, store
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "before-key":
    service.write_private = die
else:
    store.write_atomic = die
service.request(store.TownFiles(pathlib.Path(sys.argv[1]), "21750001600019"), "Ville", "fps", "ec256")
"""


@pytest.mark.parametrize("moment", ["before-request", "before-key"])
def test_a_request_that_was_killed_is_made_again(files, moment):
    done = subprocess.run([sys.executable, "-c", KILLED, files.workspace, moment], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert not files.key.exists()
    assert service.request(files, "Ville de Paris", "fps", "ec256")["files"]["key"] == str(files.key)


def test_a_workspace_that_is_not_there(tmp_path):
    assert code_of(service.request, TownFiles(tmp_path / "no", PARIS), "Ville", "fps") == "workspace.missing"
    (tmp_path / "certificates").write_text("a file")
    assert code_of(service.request, TownFiles(tmp_path, PARIS), "Ville", "fps") == "workspace.unwritable"


def test_the_chain_closes(signed, sifps):
    files, path = signed
    leaf = read_chain(path.read_bytes())[0]

    answer = service.deposit(files, sifps.connect, NOW, given=Given(path))
    assert (answer.result["deposited"], answer.result["already_deposited"]) == (True, False)
    assert (answer.result["etat"], answer.result["depuis"]) == ("depose", DEPOSITED.isoformat())
    assert answer.result["empreinte"] == leaf.empreinte and answer.result["fin"] == leaf.fin.isoformat()
    assert {finding.outcome for finding in answer.findings} == {Outcome.PASS, Outcome.NOT_APPLICABLE}
    assert sifps.sessions == [(files.certificate, files.key, None)]
    assert (
        sifps.depots[0].certificat_pem
        == files.certificate.read_text()
        == "".join(item.pem for item in read_chain(path.read_bytes()))
    )

    again = service.deposit(files, sifps.connect, NOW)
    assert (again.result["deposited"], again.result["already_deposited"]) == (True, True)
    assert again.result["depuis"] == answer.result["depuis"]

    espace = FakeEspace(sifps)
    result = service.activate(files, espace)
    assert espace.played == [(PARIS, "certificat.active", {"empreinte": leaf.empreinte})]
    assert (result["etat"], result["depuis"]) == ("actif", (DEPOSITED + dt.timedelta(days=1)).isoformat())

    assert service.status(files, None).result["etat"] == "actif"
    assert service.status(files, sifps.connect).result == service.status(files, None).result
    assert service.deposit(files, sifps.connect, NOW).result["already_deposited"] is True


def test_only_certificates_leave_whatever_else_their_file_holds(signed, sifps):
    files, path = signed
    path.write_bytes(b"notes of the PSCE\n" + path.read_bytes())
    service.deposit(files, sifps.connect, NOW, given=Given(path))
    assert "notes" not in sifps.depots[0].certificat_pem
    assert sifps.depots[0].certificat_pem.count("BEGIN CERTIFICATE") == 2


def test_a_pair_made_elsewhere_stays_there(tmp_path, files, sifps):
    key, where = ec_key(), tmp_path / "openssl"
    where.mkdir()
    (where / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    (where / "key.pem").chmod(0o600)
    (where / "cert.pem").write_bytes(pem(certificate(key)))
    pair = Pair(where / "cert.pem", where / "key.pem")
    service.deposit(files, sifps.connect, NOW, given=Given(*pair))
    assert sifps.sessions == [(*pair, None)]
    assert [path.name for path in files.folder.iterdir()] == ["state.json"]
    assert files.pair() == pair
    assert service.deposit(files, sifps.connect, NOW).result["already_deposited"] is True
    assert service.status(files, None).result["files"] == {"certificate": str(pair.certificate), "key": str(pair.key)}


STOPPED = {
    "cert.siren.unexpected": {"of": subject(EXAMPLE)},
    "cert.eku.server-auth-only": {"usages": (SERVER,)},
    "cert.validity.outside-period": {"days": (-400, -35)},
    "cert.siren.checksum": {"of": subject("21750001600018")},
}


@pytest.mark.parametrize("rule", STOPPED)
def test_a_broken_rule_stops_before_any_traffic_and_installs_nothing(requested, sifps, tmp_path, rule):
    given = made_for(requested, tmp_path / "bad.pem", **STOPPED[rule])
    before = snapshot(requested.folder)
    answer = service.deposit(requested, sifps.connect, NOW, given=given)
    assert rule in {finding.id for finding in answer.findings if finding.outcome is Outcome.FAIL}
    assert (answer.result["deposited"], answer.result["etat"]) == (False, None)
    assert sifps.sessions == []
    assert snapshot(requested.folder) == before


def test_a_warning_does_not_stop(requested, sifps, tmp_path):
    given = made_for(requested, tmp_path / "c.pem", of=subject(OU=None, ID=None))
    answer = service.deposit(requested, sifps.connect, NOW, given=given)
    assert answer.result["deposited"] is True
    assert {finding.id for finding in answer.findings if finding.outcome is Outcome.WARN} == {
        "cert.subject.siren-missing"
    }


def test_bad_files_stop_before_any_traffic(signed, sifps, tmp_path):
    files, path = signed
    bad = tmp_path / "bad.pem"
    secret = files.key.read_bytes()
    contents = {
        b"words": "cert.file.bundle-malformed",
        path.read_bytes() + secret: "cert.file.bundle-malformed",
        pem(certificate(ec_key())): "cert.key.mismatch",
    }
    before = snapshot(files.folder)
    for content, code in contents.items():
        bad.write_bytes(content)
        assert code_of(service.deposit, files, sifps.connect, NOW, given=Given(bad)) == code
    assert code_of(service.deposit, files, sifps.connect, NOW, given=Given(tmp_path / "no")) == "cert.file.unreadable"
    assert code_of(service.deposit, files, sifps.connect, NOW) == "cert.none"
    files.key.chmod(0o640)
    assert code_of(service.deposit, files, sifps.connect, NOW, given=Given(path)) == "cert.key.file-mode"
    assert sifps.sessions == []
    assert snapshot(files.folder) == before


def test_an_encrypted_key_needs_its_passphrase(files, authority, sifps, tmp_path):
    service.request(files, "Ville de Paris", "fps", "ec256", SECRET)
    path = tmp_path / "c.pem"
    path.write_bytes(authority.sign(files.request.read_bytes(), NOW, NOW + dt.timedelta(days=9)))
    for passphrase in (None, "wrong"):
        given = Given(path, passphrase=passphrase)
        assert code_of(service.deposit, files, sifps.connect, NOW, given=given) == "cert.key.passphrase"
    service.deposit(files, sifps.connect, NOW, given=Given(path, passphrase=SECRET))
    assert sifps.sessions[0][2] == SECRET
    assert SECRET not in repr(Given(path, passphrase=SECRET))


def test_what_the_si_fps_refuses_or_does_not_answer_is_not_kept(signed, sifps):
    files, path = signed
    for error in (Refused("espace.absent", siret=PARIS), ConnectionFailed("tls.timeout")):

        def fail(_, error=error):
            raise error

        sifps.deposit_certificat = fail
        with pytest.raises(type(error)):
            service.deposit(files, sifps.connect, NOW, given=Given(path))
    assert not files.state_file.exists()
    assert files.certificate.exists()


def test_an_answer_about_another_certificate_is_not_believed(signed, sifps):
    files, path = signed
    other = CertificatStatut(siret=PARIS, empreinte_sha256="0" * 64, etat="depose")
    sifps.deposit_certificat = lambda _: other
    with pytest.raises(Pending) as error:
        service.deposit(files, sifps.connect, NOW, given=Given(path))
    assert error.value.code == "cert.answer.other"
    assert f"fpsctl cert status --siret {PARIS}" in hint_of(error.value)
    assert not files.state_file.exists()


def test_odd_answers_are_told(signed, sifps):
    files, path = signed
    sifps.findings = (Finding("message.field.unknown", Severity.WARNING, Outcome.WARN, Actor.ANTAI, "odd"),)
    assert sifps.findings[0] in service.deposit(files, sifps.connect, NOW, given=Given(path)).findings
    assert service.status(files, sifps.connect).findings == sifps.findings


def test_adopt_installs_what_fits_and_keeps_what_stood_there(signed, tmp_path):
    files, path = signed
    result = service.adopt(files, path.read_bytes())
    assert result["files"]["certificate"] == str(files.certificate)
    assert service.adopt(files, path.read_bytes()) == result
    first = files.certificate.read_bytes()
    made_for(files, tmp_path / "second.pem")
    service.adopt(files, (tmp_path / "second.pem").read_bytes())
    kept = files.folder / f"certificate-{hashlib.sha256(first).hexdigest()[:12]}.pem"
    assert kept.read_bytes() == first and files.certificate.read_bytes() != first
    assert code_of(service.adopt, files, pem(certificate(ec_key()))) == "cert.key.mismatch"
    assert code_of(service.adopt, TownFiles(tmp_path, EXAMPLE), first) == "cert.key.unreadable"


def test_elsewhere_activation_waits_for_the_town(signed):
    files, path = signed
    service.adopt(files, path.read_bytes())
    with pytest.raises(Pending) as error:
        service.activate(files, None, environment="production")
    assert error.value.code == "cert.activate.espace"
    assert error.value.params["empreinte"] == read_chain(path.read_bytes())[0].empreinte


def test_activation_too_early_is_the_si_fps_s_word_and_changes_nothing(signed, sifps):
    files, path = signed
    service.deposit(files, sifps.connect, NOW, given=Given(path))
    before = snapshot(files.folder)

    class Closed:
        def play(self, siret, etape, _faits):
            raise Refused("raccordement.ordre", siret=siret, etape=etape, manque="convention.signee_antai")

    with pytest.raises(Refused):
        service.activate(files, Closed())
    assert snapshot(files.folder) == before


def test_each_environment_has_its_own_word(requested, sifps, tmp_path):
    files = requested
    service.deposit(files, sifps.connect, NOW, given=made_for(files, tmp_path / "bought.pem"))
    assert service.status(files, None, environment="production").result["etat"] is None
    other = FakeSiFps()
    answer = service.deposit(files, other.connect, NOW, environment="production")
    assert answer.result["already_deposited"] is False
    assert set(files.read_state().suivis) == {"sandbox", "production"}


def test_an_si_fps_that_forgot_is_not_said_to_have_had_it_already(signed, sifps):
    files, path = signed
    service.deposit(files, sifps.connect, NOW, given=Given(path))
    fresh = FakeSiFps()
    fresh.etats[read_chain(path.read_bytes())[0].empreinte] = ("depose", DEPOSITED + dt.timedelta(days=2))
    assert service.deposit(files, fresh.connect, NOW).result["already_deposited"] is False


def test_the_status_at_each_step(files, authority, sifps, tmp_path):
    assert code_of(service.status, files, sifps.connect) == "cert.none"
    service.request(files, "Ville", "fps", "ec256")
    assert set(service.status(files, sifps.connect).result["files"]) == {"key", "request"}
    path = tmp_path / "c.pem"
    path.write_bytes(authority.sign(files.request.read_bytes(), NOW, NOW + dt.timedelta(days=9)))
    service.adopt(files, path.read_bytes())
    assert service.status(files, sifps.connect).result["etat"] is None
    assert sifps.sessions == []  # nothing deposited, nothing to ask
    service.deposit(files, sifps.connect, NOW)
    made_for(files, tmp_path / "other.pem")
    service.adopt(files, (tmp_path / "other.pem").read_bytes())
    assert service.status(files, None).result["etat"] is None  # the word was about another certificate


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"pair": 3, "environments": {}}',
        b'{"pair": ["a"], "environments": {}}',
        b'{"pair": null, "environments": 1}',
        b'{"pair": null, "environments": {"sandbox": {"etat": "actif"}}}',
    ],
)
def test_a_damaged_state_is_told_and_kept(signed, sifps, content):
    files, path = signed
    service.adopt(files, path.read_bytes())
    files.state_file.write_bytes(content)
    assert code_of(service.status, files, None) == "cert.state.unreadable"
    assert code_of(service.deposit, files, sifps.connect, NOW) == "cert.state.unreadable"
    assert files.state_file.read_bytes() == content and sifps.sessions == []


def test_no_result_and_no_kept_word_holds_a_key(signed, sifps):
    files, path = signed
    answers = [service.deposit(files, sifps.connect, NOW, given=Given(path)).result,
               service.activate(files, FakeEspace(sifps)), service.status(files, sifps.connect).result]  # fmt: skip
    body = base64.b64encode(base64.b64decode("".join(files.key.read_text().splitlines()[1:-1]))).decode()
    told = json.dumps(answers) + files.state_file.read_text() + files.request.read_text() + repr(sifps.depots)
    assert body[:40] not in told and body[20:60] not in told and "PRIVATE KEY" not in told


def test_an_intermediate_out_of_order_is_refused(requested, sifps, tmp_path):
    issuer, issuer_key = name(CN="TEST - issuer"), ec_key()
    leaf = certificate(read_private(requested.key), issuer=issuer, signed_by=issuer_key, usages=(CLIENT,))
    path = tmp_path / "c.pem"
    path.write_bytes(pem(certificate(issuer_key, of=issuer), leaf))
    assert code_of(service.deposit, requested, sifps.connect, NOW, given=Given(path)) == "cert.file.bundle-malformed"


def test_a_certificate_of_the_test_provider_never_leaves_for_another_environment(signed, sifps):
    files, path = signed
    answer = service.deposit(files, sifps.connect, NOW, given=Given(path), environment="production")
    (failed,) = [finding for finding in answer.findings if finding.outcome is Outcome.FAIL]
    assert (failed.id, failed.actor) == ("cert.environment.test-provider", Actor.EDITEUR)
    assert f"cert deposit --siret {PARIS} --env production --confirm {PARIS} --certificate FILE" in failed.hint
    assert (answer.result["deposited"], sifps.sessions) == (False, [])
    assert not files.certificate.exists()


@pytest.mark.parametrize(
    ("etat", "command"),
    [
        (
            "expire",
            "fpsctl sandbox sign {request} --out FILE, then fpsctl cert deposit --siret {siret} --certificate FILE",
        ),
        ("remplace", "deposit the one that replaces it: fpsctl cert deposit --siret {siret} --certificate FILE"),
        ("revoque", "make a new key: move {folder} away, then fpsctl cert request --siret {siret}"),
    ],
)
def test_a_deposit_of_a_certificate_that_has_ended_there_is_no_success(signed, sifps, etat, command):
    files, path = signed
    service.deposit(files, sifps.connect, NOW, given=Given(path))
    sifps.etats[read_chain(path.read_bytes())[0].empreinte] = (etat, DEPOSITED)
    answer = service.deposit(files, sifps.connect, NOW)
    assert (answer.result["deposited"], answer.result["already_deposited"], answer.result["etat"]) == (
        False,
        True,
        etat,
    )
    assert (type(answer.error), answer.error.code) == (Refused, "cert.deposit.ended")
    facts = {"request": files.request, "folder": files.folder, "siret": PARIS}
    assert hint_of(answer.error) == command.format(**facts)


def test_a_missing_certificate_is_signed_for_where_its_request_stands(files):
    with pytest.raises(LocalError) as error:
        files.pair()
    assert hint_of(error.value) == f"fpsctl cert request --siret {PARIS}"
    service.request(files, "Ville de Paris", "fps", "ec256")
    with pytest.raises(LocalError) as error:
        files.pair()
    assert hint_of(error.value).startswith(
        f"fpsctl sandbox sign {files.request}, then fpsctl cert deposit --siret {PARIS} "
    )


def test_the_day_of_an_activation_is_that_of_this_certificate(signed, sifps):
    files, path = signed
    service.deposit(files, sifps.connect, NOW, given=Given(path))
    espace = FakeEspace(sifps)
    espace.days = {"active_le": "2026-06-09T09:00:00+02:00"}
    assert service.activate(files, espace)["depuis"] == "2026-06-09T09:00:00+02:00"


def test_an_activation_done_before_is_told_as_such(signed, sifps):
    files, path = signed
    service.deposit(files, sifps.connect, NOW, given=Given(path))
    espace = FakeEspace(sifps)
    first = service.activate(files, espace)
    assert (first["already_active"], espace.seen) == (False, 0)
    again = service.activate(files, espace)
    assert (again["already_active"], again["etat"], again["depuis"]) == (True, "actif", first["depuis"])
    # Any other reason stays a refusal, and so does a certificate that has ended since.
    espace.horloge = "2030-01-01T00:00:00+01:00"
    with pytest.raises(Refused) as error:
        service.activate(files, espace)
    assert (error.value.code, error.value.params["siret"]) == ("certificat.expire", PARIS)
    espace.horloge, espace.etat = DEPOSITED.isoformat(), "revoque"
    with pytest.raises(Refused) as error:
        service.activate(files, espace)
    assert error.value.code == "raccordement.deja"
