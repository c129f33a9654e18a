"""The SI FPS side of each operation: who calls, may they, what they say, what happens, what is answered."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.antai import codec_for
from fpsctl.antai.messages import Annulation, AvisRectificatif, CertificatDepot, CertificatStatut, ControleFront
from fpsctl.antai.operations import OPERATIONS
from fpsctl.antai.wire_formats import Unwritable
from fpsctl.checks import Outcome
from fpsctl.dossier.messages import BUILDERS, Case
from fpsctl.errors import InternalError, LocalError, Refused
from fpsctl.identifiers import NumeroFps, Siret
from fpsctl.pki import names_siret, read_chain
from fpsctl.raccordement import check_depot, check_front
from fpsctl.sandbox.cases import Draft
from fpsctl.sandbox.reception import (
    CYCLE,
    OPENS,
    case_of,
    check_dates,
    check_time,
    digest_of,
    key_of,
    receive,
    sirets_of,
)
from fpsctl.sandbox.returns import page_of, read_message, shown
from fpsctl.sandbox.store import Answered

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from fpsctl.antai import Decoded, Message, Profile
    from fpsctl.checks import Finding
    from fpsctl.sandbox.world import World

_MOST_DIGITS = 15
_EMPREINTE = re.compile(r"[0-9a-f]{64}")


class Call(NamedTuple):
    """One request, read: the operation, the parts of its path, its query, its body, the caller's certificate (DER)."""

    operation: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    peer: bytes

    @property
    def empreinte(self) -> str:
        """SHA-256 of the caller's certificate, hexadecimal."""
        return hashlib.sha256(self.peer).hexdigest()


class Heard(NamedTuple):
    """A call whose body was decoded; `siret` is the town it speaks for."""

    call: Call
    siret: str
    decoded: Decoded | None


class Front:
    """Answers calls; every method runs inside one unit of work of the world."""

    def __init__(self, world: World, profile: Profile) -> None:
        """Serve a world under a profile."""
        self._world, self._profile = world, profile
        self.codec = codec_for(profile)

    def hear(self, call: Call) -> Heard:
        """Decode a call and say for whom it speaks: its path, else its message, else its certificate.

        Raises `InvalidIdentifier` (`siret.*`), `Refused` (`certificat.inconnu`).
        """
        kind = OPERATIONS[call.operation].request
        with writing():
            decoded = None if kind is None else self.codec.decode(kind, call.body)
        message = None if decoded is None else decoded.message
        said = call.parts.get("siret")
        if said is None and message is not None:
            said = message.siret if isinstance(message, CertificatDepot) else case_of(message)[:14]
        said = said or self._world.register().get(call.empreinte)
        if said is None:
            raise Refused("certificat.inconnu", empreinte=call.empreinte)
        return Heard(call, Siret(said), decoded)

    def answer(self, heard: Heard) -> bytes:
        """Return the body of the answer. Raises `Refused`, `EventRefused`: nothing has changed then."""
        now = self._world.now(heard.siret)
        self._pass_gate(heard, now)
        if heard.decoded is not None and heard.decoded.message is None:
            raise _unread(OPERATIONS[heard.call.operation].request, heard.decoded.findings)
        if OPERATIONS[heard.call.operation].gate == "front":
            self._world.catch_up(heard.siret, now)
        return self._DOERS[heard.call.operation](self, heard, now)

    def _pass_gate(self, heard: Heard, now: dt.datetime) -> None:
        world, call, siret = self._world, heard.call, heard.siret
        if OPERATIONS[call.operation].gate == "front":
            check_front(world.register(), world.file, call.empreinte, siret, now)
        else:
            check_depot(world.register(), world.file, call.empreinte, siret=siret, empreinte=_deposited(heard), now=now)

    # Certificates

    def _deposit(self, heard: Heard, now: dt.datetime) -> bytes:
        message = _message(heard)
        assert isinstance(message, CertificatDepot)  # noqa: S101 - the operation says so
        if message.siret != heard.siret:
            raise Refused("message.siret", champ=self._place(message, "siret"), lu=message.siret, siret=heard.siret)
        leaf = read_chain(message.certificat_pem.encode())[0]
        if leaf.empreinte != message.empreinte_sha256:
            raise Refused("certificat.autre", empreinte=leaf.empreinte, attendu=message.empreinte_sha256)
        if names_siret(leaf, heard.siret) is False:
            raise Refused("certificat.siren", siret=heard.siret, lu=", ".join(leaf.siren_ids))
        if leaf.empreinte not in self._world.file(heard.siret).certificats:
            facts = {"empreinte": leaf.empreinte, "debut": leaf.debut.isoformat(), "fin": leaf.fin.isoformat()}
            self._world.record(heard.siret, "certificat.depose", facts)
        return self._status(heard.siret, leaf.empreinte, now)

    def _read_certificat(self, heard: Heard, now: dt.datetime) -> bytes:
        empreinte = _deposited(heard)
        if not _EMPREINTE.fullmatch(empreinte):
            raise Refused("certificat.empreinte", lu=empreinte)
        return self._status(heard.siret, empreinte, now)

    def _status(self, siret: str, empreinte: str, now: dt.datetime) -> bytes:
        bound = self._world.file(siret).certificats.get(empreinte)
        etat, since = "inconnu", None
        if bound is not None:
            etat, since = bound.etat, bound.active_le or bound.depose_le
            if bound.fin < now and etat in ("depose", "actif"):
                etat, since = "expire", bound.fin
        return self._written(
            CertificatStatut(siret=Siret(siret), empreinte_sha256=empreinte, etat=etat, depuis=since)  # type: ignore[arg-type]  # one of the states
        )

    def _check_front(self, heard: Heard, now: dt.datetime) -> bytes:
        if self._world.file(heard.siret).checked(heard.call.empreinte) is None:
            self._world.record(heard.siret, "connexion.controlee", {"empreinte": heard.call.empreinte})
        if self._world.file(heard.siret).done("demarre") is None:
            with suppress(Refused):  # too early: the check holds, exchanges start on their first day
                self._world.record(heard.siret, "demarre", {})
        return self._written(
            ControleFront(siret=Siret(heard.siret), environnement="simulation", certificat_etat="actif", recu_le=now)
        )

    # Messages

    def _receive(self, heard: Heard, now: dt.datetime) -> bytes:
        """Take a message: the same again is answered as the first time, another under its number is a conflict."""
        message, siret = _message(heard), heard.siret
        for champ, lu in sirets_of(message).items():
            if lu != siret:
                raise Refused("message.siret", champ=self._place(message, champ), lu=lu, siret=siret)
        said = heard.call.parts.get("numero")
        if said is not None and said != message.numero:  # type: ignore[attr-defined]  # every message that is sent has one
            raise Refused(
                "message.numero",
                champ=self._place(message, "numero"),
                lu=message.numero,  # type: ignore[attr-defined]  # same reason
                numero=said,
            )
        content = message.model_dump()
        check_dates(content)
        cycle = self._world.file(siret).cycle
        if CYCLE.get(message.kind, cycle) != cycle:
            raise Refused("message.cycle", kind=message.kind, siret=siret, cycle=cycle)
        key, digest = key_of(message), digest_of(content)
        first = self._world.store.answered(siret, key, digest)
        if first is not None:
            if first.empreinte != digest:
                raise Refused("numero.conflit", kind=message.kind, numero=message.numero)  # type: ignore[attr-defined]  # a message that binds has one
            return first.reponse
        if isinstance(message, AvisRectificatif) and self._world.knows(message.numero):
            raise Refused("numero.conflit", kind=message.kind, numero=message.numero)
        check_time(message, now, partial(self._place, message))
        body = self._happen(message, siret, int(now.timestamp()))
        self._world.store.bind(siret, key, Answered(digest, body))
        return body

    def _place(self, message: Message, champ: str) -> str:
        """Return where a value stands on the wire, as the caller knows it; not under a confidential profile."""
        entry = self._profile.messages[message.kind].fields.get(champ)
        return champ if entry is None or entry.path is None or self._profile.confidential else entry.path

    def _written(self, message: Message) -> bytes:
        """Write an answer. Raises `InternalError` (`sandbox.interne`)."""
        with writing():
            return self.codec.encode(message)

    def _happen(self, message: Message, siret: str, now: int) -> bytes:
        draft = self._draft(message, siret)
        before = draft.case.dossier
        step = receive(draft, message, now)
        draft.advance(now)
        self._world.save(draft)
        case = draft.case
        accuse = BUILDERS["accuse"](Case(case.collectivite, case.facts, case.engine.rules, before, step, message.kind))
        if isinstance(message, Annulation):  # a case may have several
            own = f"{message.decide_le:%Y%m%d}-{message.motif}"
            accuse = accuse.model_copy(update={"reference": f"{accuse.reference}-{own}"})  # type: ignore[attr-defined]
        return self._written(accuse)

    def _draft(self, message: Message, siret: str) -> Draft:
        numero = case_of(message)
        if message.kind not in OPENS:
            return Draft(self._world.case(numero))
        if self._world.knows(numero):
            return self._world.correct(numero, message)
        return self._world.open(siret, message, numero)

    # Returns

    def _read_retours(self, heard: Heard, now: dt.datetime) -> bytes:
        del now
        names = self._profile.retours
        after = heard.call.query.get(names.after, "0")
        if not (after.isascii() and after.isdigit() and len(after) <= _MOST_DIGITS):
            champ = "apres" if self._profile.confidential else names.after
            raise Refused("retours.apres", champ=champ, lu=after)
        found = self._world.store.retours(heard.siret, int(after), names.page + 1)
        with writing():
            return page_of(self._profile, self.codec, found)

    def _read_impression(self, heard: Heard, now: dt.datetime) -> bytes:
        del now
        numero = NumeroFps(heard.call.parts.get("numero", ""))
        kept = self._world.store.impression(heard.siret, numero)
        if kept is None:
            raise self._unprinted(heard.siret, numero)
        return self._written(read_message("impression", kept))

    def _unprinted(self, siret: str, numero: NumeroFps) -> Refused:
        """Say why there is no print request: the notice is unknown, was given up, or is still to be sent."""
        world = self._world
        case = world.case(numero)
        if case.opened.siret != siret:
            return Refused("dossier.inconnu", numero=numero)
        if case.dossier.envoi == "rejete":
            return Refused("impression.rejetee", numero=numero)
        return Refused("impression.absente", numero=numero, siret=siret, prochain=shown(case.due, world.zone(siret)))

    _DOERS: Mapping[str, Callable[[Front, Heard, dt.datetime], bytes]] = {
        "deposit_certificat": _deposit,
        "read_certificat": _read_certificat,
        "check_front": _check_front,
        "send_avis_initial": _receive,
        "send_avis_rectificatif": _receive,
        "send_annulation": _receive,
        "send_fps_impaye": _receive,
        "read_retour": _read_retours,
        "read_impression": _read_impression,
    }


@contextmanager
def writing() -> Iterator[None]:
    """Take what a profile cannot carry as our own fault: the caller can do nothing about it.

    Raises `InternalError` (`sandbox.interne`), which says what cannot be written.
    """
    try:
        yield
    except (LocalError, Unwritable) as error:
        raise InternalError("sandbox.interne", detail=f"{type(error).__name__}: {error}") from error


def _unread(kind: str | None, findings: Sequence[Finding]) -> Refused:
    """Return the refusal of a body that is no message; its cause is the first error, whatever was remarked before."""
    first = next((found for found in findings if found.outcome is Outcome.FAIL), findings[0])
    code = "message.illisible" if first.id == "message.unreadable" else "message.invalide"
    return Refused(code, kind=kind, count=len(findings), premier=first.detail)


def _message(heard: Heard) -> Message:
    assert heard.decoded is not None  # noqa: S101 - the operation has a body, and the gate refused an unread one
    assert heard.decoded.message is not None  # noqa: S101 - same reason
    return heard.decoded.message


def _deposited(heard: Heard) -> str:
    """Return the certificate that the call is about: the one in its body, or in its path."""
    if heard.decoded is None:
        return heard.call.parts.get("empreinte", heard.call.empreinte).lower()
    message = heard.decoded.message
    return message.empreinte_sha256 if isinstance(message, CertificatDepot) else heard.call.empreinte
