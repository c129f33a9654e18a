"""What a vendor does for a town: make key and request, deposit the signed certificate, have it activated, follow it.

Local rules are judged before any traffic. Every result is plain data and never holds a key.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from fpsctl.antai.messages import CertificatDepot
from fpsctl.certificate.material import Given, fitting, install, load, read_file
from fpsctl.certificate.store import Suivi
from fpsctl.checks import Outcome
from fpsctl.errors import FpsctlError, LocalError, Pending, Refused
from fpsctl.pki.certificate import read_chain
from fpsctl.pki.keys import make_key, write_private
from fpsctl.pki.renewal import options_of, renewal
from fpsctl.pki.request import make_csr
from fpsctl.pki.rules import judge
from fpsctl.raccordement.state import at_zone_of
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fpsctl.antai.messages import CertificatStatut
    from fpsctl.certificate.store import Pair, TownFiles
    from fpsctl.checks import Finding
    from fpsctl.pki.certificate import Certificat
    from fpsctl.pki.keys import Kind


ENDED = ("expire", "remplace", "revoque")
"""States in which an SI FPS lets a certificate serve no more."""


class Client(Protocol):
    """What is asked of `fpsctl.antai.client.SiFps`."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What was odd in the answers."""

    def deposit_certificat(self, depot: CertificatDepot) -> CertificatStatut:
        """Deposit a certificate."""

    def read_certificat(self, siret: str, empreinte: str) -> CertificatStatut:
        """Return what the SI FPS knows of a certificate."""


class Connect(Protocol):
    """Opens a session with an SI FPS, as the holder of a certificate; called once the local rules have passed."""

    def __call__(self, certificate: Path, key: Path, passphrase: str | None) -> AbstractContextManager[Client]:
        """Return the session."""


class Control(Protocol):
    """What stands for the espace numerique; `fpsctl.sandbox.control.Control` on the embedded SI FPS."""

    def play(self, siret: str, etape: str, faits: Mapping[str, str]) -> Mapping[str, Any]:
        """Do a step of the start-up chain and return the raccordement."""

    def raccordement(self, siret: str) -> Mapping[str, Any]:
        """Return the raccordement."""


class Answer(NamedTuple):
    """A result as plain data, what the rules and the answers were found to be, and what makes it no success."""

    result: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    error: FpsctlError | None = None


def request(
    files: TownFiles, organisation: str, common_name: str, kind: Kind = "rsa3072", passphrase: str | None = None
) -> dict[str, Any]:
    """Make a key and its certificate request.

    Raises `LocalError`: `cert.request.exists` (a key is never replaced), `cert.request.subject`, `workspace.*`.
    """
    with files.writing():
        if files.key.exists():
            raise LocalError("cert.request.exists", siret=files.siret, path=files.key)
        key = make_key(kind)
        # The request first: killed in between, a request without key is made again; a key never is.
        files.write(files.request, make_csr(key, files.siret, organisation, common_name))
        write_private(files.key, key, passphrase)
    return _result(files, None)


def adopt(files: TownFiles, pem: bytes, passphrase: str | None = None) -> dict[str, Any]:
    """Install a signed certificate beside the town's key, once it is known to fit; raises `LocalError` (`cert.*`)."""
    loaded = fitting(files, read_chain(pem), passphrase, "PEM")
    install(files, loaded)
    return _result(files, loaded.chain[0])


def deposit(
    files: TownFiles, connect: Connect, now: dt.datetime, *, given: Given | None = None, environment: str = "sandbox"
) -> Answer:
    """Judge the certificate, then deposit it; a rule that fails stops before any traffic (`deposited` is false).

    Once deposited, the SI FPS answers as the first time (`already_deposited`); that the certificate has ended there
    is no success either (`error`: `cert.deposit.ended`). Raises `LocalError` (`cert.*`, `workspace.*`) and what the
    client raises.
    """
    given = given or Given()
    loaded = load(files, given)
    leaf, pair = loaded.chain[0], loaded.pair
    before = files.read_state().suivis.get(environment)
    report = judge(loaded.subject(files, now, environment), given.grades)
    if report.outcome in (Outcome.FAIL, Outcome.ERROR):
        told = {"environment": environment, "deposited": False, "already_deposited": False}
        return Answer(_result(files, leaf) | told, report.findings)
    install(files, loaded)
    with connect(*pair, given.passphrase) as client:
        depot = CertificatDepot(siret=files.siret, certificat_pem=loaded.pem, empreinte_sha256=leaf.empreinte)
        said = _suivi(client.deposit_certificat(depot), leaf, files)
        findings = (*report.findings, *client.findings)
    files.keep(environment, said, pair)
    error = _ended(files, pair, said, environment)
    told = {"environment": environment, "deposited": error is None, "already_deposited": _again(said, before)}
    return Answer(_result(files, leaf, pair, said) | told, findings, error)


def _ended(files: TownFiles, pair: Pair, said: Suivi, environment: str) -> Refused | None:
    """Return what an SI FPS means that knows the certificate and lets it serve no more."""
    if said.etat not in ENDED:
        return None
    request = files.renewable(pair)
    facts = {"siret": files.siret, "folder": files.folder, "options": options_of(files.siret, environment)}
    command = text(f"cert.ended.{said.etat}", renewal=renewal(files.siret, environment, request), **facts)
    told = text(f"cert.etat.{said.etat}")
    return Refused("cert.deposit.ended", siret=files.siret, empreinte=said.empreinte, etat=told, command=command)


def _again(said: Suivi, before: Suivi | None) -> bool:
    """Whether the SI FPS had the certificate already: it says so, or it answers word for word as it did."""
    return said.etat != "depose" or (said.depuis is not None and said == before)


def activate(files: TownFiles, control: Control | None, *, environment: str = "sandbox") -> dict[str, Any]:
    """Have the certificate activated in the espace numerique; done before, it is told (`already_active`).

    Only the embedded SI FPS has an espace that this program can act in: elsewhere raises `Pending`
    (`cert.activate.espace`). Raises `LocalError` (`cert.none`...) and what the control raises.
    """
    pair = files.pair()
    leaf = read_file(pair.certificate)[0]
    if control is None:
        raise Pending("cert.activate.espace", siret=files.siret, empreinte=leaf.empreinte, environment=environment)
    try:
        view, already = control.play(files.siret, "certificat.active", {"empreinte": leaf.empreinte}), False
    except Refused as error:
        view, already = _active_view(control, files.siret, leaf.empreinte, error), True
    bound = _bound(view, leaf.empreinte)
    step: Mapping[str, Any] = next((item for item in view["etapes"] if item["slug"] == "certificat.active"), {})
    said = Suivi(leaf.empreinte, bound.get("etat", "inconnu"), bound.get("active_le") or step.get("le"))
    files.keep(environment, said, pair)
    return _result(files, leaf, pair, said) | {"environment": environment, "already_active": already}


def _active_view(control: Control, siret: str, empreinte: str, refusal: Refused) -> Mapping[str, Any]:
    """Return where the town stands when the refusal means that this certificate is active; else raises it."""
    if refusal.code != "raccordement.deja":
        raise refusal
    view = control.raccordement(siret)
    bound = _bound(view, empreinte)
    if bound.get("etat") != "actif":
        raise refusal
    now, end = (dt.datetime.fromisoformat(instant) for instant in (view["horloge"], bound["fin"]))
    if end < now:
        raise Refused(
            "certificat.expire", siret=siret, empreinte=empreinte, fin=at_zone_of(now, end), horloge=now.isoformat()
        ) from refusal
    return view


def _bound(view: Mapping[str, Any], empreinte: str) -> Mapping[str, Any]:
    return next((item for item in view["certificats"] if item["empreinte"] == empreinte), {})


def status(
    files: TownFiles, connect: Connect | None, *, passphrase: str | None = None, environment: str = "sandbox"
) -> Answer:
    """Return how far the certificate is; a deposited one is asked of the SI FPS, unless `connect` is None.

    Raises `LocalError` (`cert.*`) and what the client raises.
    """
    state = files.read_state()
    if state.pair is None and files.present and not files.certificate.exists():
        return Answer(_result(files, None) | {"environment": environment})
    pair = files.pair()
    leaf = read_file(pair.certificate)[0]
    said = state.suivis.get(environment)
    findings: tuple[Finding, ...] = ()
    if said is not None and said.empreinte != leaf.empreinte:
        said = None  # it speaks of a certificate that stood here before
    if said is not None and connect is not None:
        with connect(*pair, passphrase) as client:
            said = _suivi(client.read_certificat(files.siret, leaf.empreinte), leaf, files)
            findings = tuple(client.findings)
        files.keep(environment, said, pair)
    return Answer(_result(files, leaf, pair, said) | {"environment": environment}, findings)


def _suivi(statut: CertificatStatut, leaf: Certificat, files: TownFiles) -> Suivi:
    """Keep an answer, once it is known to speak of this certificate; raises `Pending` (`cert.answer.other`)."""
    if (statut.siret, statut.empreinte_sha256) != (files.siret, leaf.empreinte):
        said = {"said": statut.empreinte_sha256, "siret": statut.siret}
        raise Pending("cert.answer.other", asked=files.siret, empreinte=leaf.empreinte, **said)
    return Suivi(leaf.empreinte, statut.etat, statut.depuis.isoformat() if statut.depuis else None)


def _result(
    files: TownFiles, leaf: Certificat | None, pair: Pair | None = None, said: Suivi | None = None
) -> dict[str, Any]:
    own = files.present
    used = {name: str(path) for name, path in pair._asdict().items()} if pair else {}
    return {
        "siret": files.siret,
        "empreinte": leaf and leaf.empreinte,
        "subject": leaf and leaf.subject,
        "issuer": leaf and leaf.issuer,
        "debut": leaf and leaf.debut.isoformat(),
        "fin": leaf and leaf.fin.isoformat(),
        "files": own | used,
        "etat": said and said.etat,
        "depuis": said and said.depuis,
    }
