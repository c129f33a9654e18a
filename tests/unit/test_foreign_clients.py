"""Clients that share no code with fpsctl: Node.js as shipped in examples/, then nothing but openssl and curl."""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from embedded import BEFORE_ACTIVATION, avis, control_of, fresh_siret, make_town
from fpsctl.sandbox.control import Control
from fpsctl.sandbox.process import Running, launch

EXAMPLES = Path(__file__).parents[2] / "examples"
SIRET = "13000000300009"  # the town of examples/avis.json
NUMERO = f"{SIRET}261061990001"
AT = "2026-03-02T10:45:00+01:00"  # just after the finding of examples/avis.json
PAGE = 100  # returns on a page, in the profile `public`
JSON_BODY = ("-H", "Content-Type: application/json")


def notice(siret):
    """The example's notice, as that town's."""
    return json.loads((EXAMPLES / "avis.json").read_text(encoding="utf-8").replace(SIRET, siret))


def activate(control, siret, empreinte):
    """Sign the convention on both sides, then activate the deposited certificate."""
    for etape, faits in BEFORE_ACTIVATION[2:]:
        control.play(siret, etape, faits)
    control.play(siret, "certificat.active", {"empreinte": empreinte})


# Node.js


@pytest.fixture
def node(tool):
    """Run the Node client as a town; return its exit code, what it answers and what it complains about."""

    def run(town, *arguments):
        identity = (town.siret, town.identity.certificate, town.identity.key)
        command = [tool("node"), EXAMPLES / "node-client" / "client.mjs", town.ready_file, *identity, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    return run


def test_node_goes_through_the_chain(node, running, tmp_path):
    town = make_town(running, tmp_path, until="espace", at=AT)
    numero = NUMERO.replace(SIRET, town.siret)
    file = tmp_path / "avis.json"
    file.write_text(json.dumps(notice(town.siret)), encoding="utf-8")

    code, deposited, _ = node(town, "depot")
    assert (code, deposited["titulaire"]) == (0, {"numeroSiret": town.siret})
    assert deposited["certificat"]["empreinte"] == {"sha256": town.empreinte}
    assert deposited["certificat"]["statut"] == {"codeEtat": "DEPOSE", "dateEffet": AT}

    code, answer, complaint = node(town, "controle")
    assert (code, answer) == (1, None)
    assert complaint.startswith(f"certificat.non-active: the certificate is not activated for {town.siret} ")

    activate(town.control, town.siret, town.empreinte)
    code, checked, _ = node(town, "controle")
    assert (code, checked["appelant"]) == (0, {"numeroSiret": town.siret, "etatCertificat": "ACTIF"})

    code, accuse, _ = node(town, "avis", file)
    assert (code, accuse["message"]) == (0, {"numeroAvis": numero, "typeMessage": "AVIS_INITIAL"})
    assert accuse["reception"]["dateReception"] == AT
    assert node(town, "avis", file) == (0, accuse, "")

    town.control.set_clock(town.siret, prochain=True)
    code, pulled, _ = node(town, "retours")
    assert (code, pulled["suite"]) == (0, False)
    (returned,) = pulled["retours"]
    sent = {"numeroAvis": numero, "dateEnvoi": "2026-03-04", "modeNotification": "POSTAL"}
    assert (returned["type"], returned["contenu"]) == ("dateEnvoi", {"courrier": sent})

    code, printed, _ = node(town, "impression", numero)
    assert (code, printed["edition"]["numeroAvis"], printed["edition"]["dateEnvoi"]) == (0, numero, "2026-03-04")
    assert printed["recto"]["montantDu"] == 3280


def test_node_pulls_more_than_a_page(node, running, tmp_path):
    town = make_town(running, tmp_path)
    with town.client() as sifps:
        for ordre in range(1, PAGE + 4):
            sifps.send_avis_initial(avis(town.siret, ordre))
    town.control.set_clock(town.siret, avance="P3D")

    code, pulled, _ = node(town, "retours")
    assert (code, pulled["suite"]) == (0, False)
    assert [item["sequence"] for item in pulled["retours"]] == list(range(1, PAGE + 4))
    asked = [item["operation"] for item in town.control.echanges(town.siret)]
    assert asked.count("read_retour") == 2
    assert node(town, "retours", str(PAGE + 2))[1]["retours"] == pulled["retours"][-1:]


def test_node_tells_a_refusal(node, running, tmp_path):
    town = make_town(running, tmp_path, at=AT)
    content = notice(town.siret)
    file = tmp_path / "avis.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    assert node(town, "avis", file)[0] == 0

    content["constat"]["lieu"] = "elsewhere"
    file.write_text(json.dumps(content), encoding="utf-8")
    code, answer, complaint = node(town, "avis", file)
    assert (code, answer) == (1, None)
    assert complaint.startswith("numero.conflit: Number ")

    del content["montants"]
    file.write_text(json.dumps(content), encoding="utf-8")
    code, answer, complaint = node(town, "avis", file)
    assert (code, answer) == (1, None)
    assert complaint.splitlines()[:2] == [
        "message.invalide: Message avis_initial refused, 1 finding(s), first: montants",
        "  message.field.missing: montants",
    ]

    code, answer, complaint = node(town, "impression", content["identification"]["numeroAvis"])
    assert (code, answer) == (1, None)
    assert complaint.startswith("impression.absente: ")

    code, answer, complaint = node(town, "avis")
    assert (code, answer) == (2, None)
    assert complaint.startswith("usage: ")


# openssl and curl

OPENSSL = """
[req]
prompt = no
distinguished_name = subject
x509_extensions = root
[subject]
countryName = FR
organizationName = Own authority
commonName = A vendor's own authority
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = kept
x509_extensions = client
[kept]
countryName = supplied
organizationName = supplied
organizationalUnitName = supplied
commonName = supplied
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
"""
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", "openssl.cnf")
# Valid at any date, as the towns' clocks stand where they were set and TLS runs in real time.
LONG = ("-startdate", "20200101000000Z", "-enddate", "20491231235959Z")


CUT_OFF = {35, 52, 55, 56}  # curl's exit codes for a handshake or an exchange that the other side ended


class Curl(NamedTuple):
    """A town whose every file and exchange is made by openssl and curl."""

    curl: str
    folder: Path
    siret: str
    running: Running
    control: Control

    def ask(self, path, *options, body=None):
        """Return status and JSON of an exchange, or the exit code of curl and nothing."""
        if body is not None:
            options = (*options, *JSON_BODY, "--data-binary", "@-")
        identity = ("--cacert", self.running.ca, "--cert", "certificate.pem", "--key", "key.pem")
        command = [self.curl, "-q", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *identity, *options]
        command += [f"{self.running.url}{path.format(siret=self.siret)}"]
        done = subprocess.run(command, cwd=self.folder, input=body, capture_output=True, timeout=30, check=False)
        content, _, status = done.stdout.decode().rpartition("\n")
        return (int(status), json.loads(content)) if content else (-done.returncode, None)


@pytest.fixture
def openssl(tool, tmp_path):
    """Run openssl in the test's folder; return what it prints."""
    (tmp_path / "openssl.cnf").write_text(OPENSSL, encoding="utf-8")

    def run(*arguments):
        done = subprocess.run([tool("openssl"), *arguments], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return run


@pytest.fixture
def request_of(openssl):
    """Make key.pem and request.csr for a new town; return its SIRET."""
    siret = fresh_siret()
    subject = f"/C=FR/O=Commune d'Exemple/OU=0002 {siret}/CN=fps"
    openssl("req", "-new", *NEW_KEY, "-keyout", "key.pem", "-out", "request.csr", "-subj", subject)
    return siret


@pytest.fixture
def own_authority(openssl, request_of, tmp_path):  # noqa: ARG001 - signs the request that was made
    """Make an authority by plain openssl, and certificate.pem signed by it; return the authority's certificate."""
    (tmp_path / "index.txt").touch()
    (tmp_path / "serial").write_text("01\n", encoding="ascii")
    openssl("req", "-x509", "-days", "3650", *NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem")
    signing = ("-cert", "ca.pem", "-keyfile", "ca.key", *LONG)
    openssl(
        "ca", "-batch", "-config", "openssl.cnf", *signing, "-notext", "-in", "request.csr", "-out", "certificate.pem"
    )
    return tmp_path / "ca.pem"


def go_through_the_chain(town, empreinte):
    """From the deposit to the returns, as the README says it, with curl alone."""
    pem = (town.folder / "certificate.pem").read_text()
    certificat = {"contenuPem": pem, "empreinte": {"sha256": empreinte}}
    depot = json.dumps({"titulaire": {"numeroSiret": town.siret}, "certificat": certificat}).encode()
    town.control.set_clock(town.siret, at=AT)
    status, problem = town.ask("/certificats/v1/{siret}", body=depot)
    assert (status, problem["code"]) == (403, "espace.absent")
    for etape, faits in BEFORE_ACTIVATION[:2]:
        town.control.play(town.siret, etape, faits)
    status, deposited = town.ask("/certificats/v1/{siret}", body=depot)
    assert (status, deposited["certificat"]["statut"]["codeEtat"]) == (201, "DEPOSE")
    assert deposited["certificat"]["empreinte"] == {"sha256": empreinte}

    content = notice(town.siret)
    sent = json.dumps(content).encode()
    status, problem = town.ask("/front/v1/{siret}/controle", "-H", "Accept-Language: fr")
    assert (status, problem["status"], problem["code"]) == (403, 403, "certificat.non-active")
    assert problem["params"] == {"siret": town.siret, "empreinte": empreinte}
    assert problem["detail"].startswith(f"le certificat n'est pas activé pour {town.siret} ")
    status, problem = town.ask("/front/v1/{siret}/avis-initiaux", body=sent)
    assert (status, problem["code"]) == (403, "certificat.non-active")
    assert town.control.dossiers(town.siret) == []

    activate(town.control, town.siret, empreinte)
    status, checked = town.ask("/front/v1/{siret}/controle")
    assert (status, checked["appelant"]) == (200, {"numeroSiret": town.siret, "etatCertificat": "ACTIF"})
    assert checked["serveur"] == {"codeEnvironnement": "SIMULATION", "dateReception": AT}
    status, found = town.ask(f"/certificats/v1/{{siret}}/{empreinte}")
    assert (status, found["certificat"]["statut"]["codeEtat"]) == (200, "ACTIF")

    status, accuse = town.ask("/front/v1/{siret}/avis-initiaux", body=sent)
    numero = content["identification"]["numeroAvis"]
    assert (status, accuse["message"]) == (201, {"numeroAvis": numero, "typeMessage": "AVIS_INITIAL"})
    again = json.dumps(content, indent=3, sort_keys=True, ensure_ascii=False).encode()
    assert again != sent
    town.control.set_clock(town.siret, avance="PT1H")
    assert town.ask("/front/v1/{siret}/avis-initiaux", body=again) == (201, accuse)
    assert [case["numero"] for case in town.control.dossiers(town.siret)] == [numero]
    content["montants"].update(forfait=3600, du=3380)
    status, problem = town.ask("/front/v1/{siret}/avis-initiaux", body=json.dumps(content).encode())
    assert (status, problem["code"]) == (409, "numero.conflit")

    nothing = {"retours": [], "suite": False}
    assert town.ask("/front/v1/{siret}/retours?apres=0") == (200, nothing)
    town.control.set_clock(town.siret, prochain=True)
    status, pulled = town.ask("/front/v1/{siret}/retours?apres=0")
    (returned,) = pulled["retours"]
    assert (status, returned["type"], pulled["suite"]) == (200, "dateEnvoi", False)
    assert returned["contenu"]["courrier"]["numeroAvis"] == numero
    assert town.ask(f"/front/v1/{{siret}}/retours?apres={returned['sequence']}") == (200, nothing)


def fingerprint(openssl):
    """SHA-256 of certificate.pem as openssl reads it."""
    told = openssl("x509", "-in", "certificate.pem", "-noout", "-fingerprint", "-sha256")
    return told.partition("=")[2].strip().replace(":", "").lower()


def test_openssl_and_curl_with_the_test_provider(openssl, tool, request_of, running, tmp_path):
    control = control_of(running)
    control.set_clock(request_of, at=AT)
    (tmp_path / "certificate.pem").write_bytes(control.sign((tmp_path / "request.csr").read_bytes(), request_of))
    go_through_the_chain(Curl(tool("curl"), tmp_path, request_of, running, control), fingerprint(openssl))


def test_openssl_and_curl_with_an_authority_of_ones_own(openssl, tool, request_of, own_authority, tmp_path):
    with launch(tmp_path / "state", client_ca=[own_authority]) as sandbox, Control(sandbox.management_url) as control:
        go_through_the_chain(Curl(tool("curl"), tmp_path, request_of, sandbox, control), fingerprint(openssl))


@pytest.mark.usefixtures("own_authority")
def test_a_certificate_of_an_unknown_authority_gets_no_answer(tool, request_of, running, tmp_path):
    control = control_of(running)
    town = Curl(tool("curl"), tmp_path, request_of, running, control)
    status, answer = town.ask("/front/v1/{siret}/controle")
    assert -status in CUT_OFF and answer is None
    assert control.echanges(request_of) == []
