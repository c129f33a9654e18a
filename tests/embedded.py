"""The embedded SI FPS as tests use it: one running sandbox, towns that went through the State's order, messages.

Every town is fresh: a SIRET is made for each, so that tests may share one sandbox.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.antai import load_profile
from fpsctl.antai import messages as antai
from fpsctl.antai.client import Identity, SiFps
from fpsctl.antai.endpoint import find_endpoint
from fpsctl.identifiers import Immatriculation, Montant, NumeroFps, Siret
from fpsctl.pki.certificate import read_chain
from fpsctl.pki.keys import make_key, write_private
from fpsctl.pki.request import make_csr
from fpsctl.sandbox.control import Control

if TYPE_CHECKING:
    from pathlib import Path

    from fpsctl.antai import Profile

START = "2026-03-02T10:15:00+01:00"
PROFILE = load_profile("public")
_counter = itertools.count(1)
_controls: dict[str, Control] = {}


def control_of(running) -> Control:
    """Return the control of a running sandbox, one for all its towns; `close_controls` ends it."""
    return _controls.setdefault(running.management_url, Control(running.management_url))


def close_controls() -> None:
    """Close every control that was opened."""
    while _controls:
        _controls.popitem()[1].close()


def fresh_siret() -> Siret:
    """Return a SIRET of an invented body; they begin with 13, never given to a town."""
    n = next(_counter)
    while True:
        for siren_end in range(10):
            siren = f"13{n:06d}{siren_end}"
            for end in range(10):
                try:
                    return Siret(f"{siren}0001{end}")
                except ValueError:
                    continue
        n = next(_counter)


class Town(NamedTuple):
    """A town with its certificate, active unless a step was left out."""

    siret: Siret
    identity: Identity
    control: Control
    ready_file: Path
    profile: Profile = PROFILE

    @property
    def empreinte(self) -> str:
        return read_chain(self.identity.certificate.read_bytes())[0].empreinte

    def client(self, identity: Identity | None = None) -> SiFps:
        endpoint = find_endpoint(self.profile, "sandbox", self.ready_file)
        return SiFps(endpoint, self.profile, identity or self.identity)

    def depot(self) -> antai.CertificatDepot:
        pem = self.identity.certificate.read_text()
        return antai.CertificatDepot(siret=self.siret, certificat_pem=pem, empreinte_sha256=self.empreinte)


DOCUMENT = hashlib.sha256(b"convention").hexdigest()
BEFORE_ACTIVATION = (
    ("espace.demande", {"nom": "Commune d'Exemple", "type": "commune", "adresse": "1 place de la Fiction"}),
    ("espace.cree", {}),
    (
        "convention.signee_autorite",
        {"signataire": "Le conseil municipal", "deliberation": "2026-01", "cycle": "complet"},
    ),
    ("convention.deposee", {"empreinte_document": DOCUMENT}),
    ("convention.signee_antai", {}),
)


def make_town(running, folder: Path, *, cycle="complet", until="active", at=START, siret=None, profile=PROFILE) -> Town:
    """Bring a town up to a point: `csr` (a signed certificate only), `espace`, `depose`, `active`."""
    siret = siret or fresh_siret()
    control = control_of(running)
    control.set_clock(siret, at=at)
    home = folder / siret
    home.mkdir(parents=True)
    key = make_key("ec256")
    write_private(home / "key.pem", key)
    csr = make_csr(key, siret, "Commune d'Exemple", "fps")
    (home / "request.csr").write_bytes(csr)
    (home / "certificate.pem").write_bytes(control.sign(csr, siret))
    town = Town(siret, Identity(home / "certificate.pem", home / "key.pem", None), control, running.ready_file, profile)
    if until == "csr":
        return town
    for etape, faits in BEFORE_ACTIVATION[: 2 if until == "espace" else None]:
        control.play(siret, etape, {**faits, "cycle": cycle} if "cycle" in faits else faits)
    if until == "espace":
        return town
    with town.client() as sifps:
        sifps.deposit_certificat(town.depot())
    if until == "active":
        control.play(siret, "certificat.active", {"empreinte": town.empreinte})
    return town


def avis(siret: str, ordre=1, *, at=START, **changes) -> antai.AvisInitial:
    """Return an avis initial found at an instant."""
    found = dt.datetime.fromisoformat(at)
    numero = NumeroFps.make(siret, annee=found.year, jour=found.timetuple().tm_yday, ordre=ordre)
    fields = {
        "numero": numero,
        "collectivite": antai.Collectivite(
            nom="Commune d'Exemple", siret=Siret(siret), contact="1 place de la Fiction"
        ),
        "autorite": antai.Autorite(
            code=1, nom="Commune d'Exemple", contact="Service des recours, 1 place de la Fiction"
        ),
        "agent": "AGENT-001",
        "constate_le": found,
        "etabli_le": found.date(),
        "lieu": "Place de la Fiction",
        "zone": "centre",
        "vehicule": antai.Vehicule(immatriculation=Immatriculation("SS-123-AB"), marque="FICTIVE", pays="FR"),
        "fps": Montant(3500),
        "deduit": Montant(0),
        "montant_du": Montant(3500),
        "signature": "Signé AGENT-001",
    }
    return antai.AvisInitial(**{**fields, **changes})


def rectificatif(initial: antai.AvisInitial, montant: int, *, day: str, ordre=900) -> antai.AvisRectificatif:
    """Return the avis rectificatif of a notice."""
    drawn = dt.date.fromisoformat(day)
    return antai.AvisRectificatif(
        numero=NumeroFps.make(initial.numero.siret, annee=drawn.year, jour=drawn.timetuple().tm_yday, ordre=ordre),
        numero_initial=initial.numero,
        collectivite=initial.collectivite,
        autorite=initial.autorite,
        agent="AGENT-RAPO-001",
        constate_le=initial.constate_le,
        lieu=initial.lieu,
        vehicule=initial.vehicule,
        rapo_recu_le=drawn,
        etabli_le=drawn,
        montant=Montant(montant),
        signature="Signé AGENT-RAPO-001",
    )


def annulation(initial, montant: int, *, day: str, motif="erreur", part=0) -> antai.Annulation:
    """Return a cancellation."""
    return antai.Annulation(
        numero=initial.numero,
        collectivite=initial.collectivite,
        motif=motif,
        decide_le=dt.date.fromisoformat(day),
        montant_annule=Montant(montant),
        part_majoration=Montant(part),
    )


def impaye(siret: str, ordre=1, *, at=START, initial=3500, paye=0, annule=0) -> antai.FpsImpaye:
    """Return an unpaid charge."""
    model = avis(siret, ordre, at=at)
    return antai.FpsImpaye(
        numero=model.numero,
        collectivite=model.collectivite,
        vehicule=model.vehicule,
        lieu=model.lieu,
        constate_le=model.constate_le,
        montant_initial=Montant(initial),
        paye=Montant(paye),
        annule=Montant(annule),
        remis=Montant(0),
        reste=Montant(initial - paye - annule),
    )
