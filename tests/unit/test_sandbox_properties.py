"""Random lives in the embedded SI FPS: what must hold after every call, whatever was asked.

The applications run in this process, on a real store: see tests/worlds.py.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded import PROFILE, START, annulation, avis, impaye, rectificatif
from fpsctl.antai import messages as antai
from fpsctl.clock import SystemClock
from fpsctl.dossier import Constat, Engine, Minore, Rules
from fpsctl.errors import LocalError
from fpsctl.identifiers import Immatriculation, Montant
from fpsctl.sandbox.reception import key_of
from fpsctl.sandbox.returns import read_message
from fpsctl.sandbox.store import FILE, Store
from fpsctl.sandbox.world import World
from worlds import CODEC, A, B, Inside, peer_of

FOUND = dt.datetime.fromisoformat(START)
MINORE = antai.Minore(montant=Montant(2000), fin_le=FOUND + dt.timedelta(hours=96, seconds=17))
VARIANTS = (
    {},
    {},
    {"vehicule": antai.Vehicule(immatriculation=Immatriculation("AA-12-34"), marque="FICTIVE", pays="BE")},
    {"minore": MINORE},
    {"minore": antai.Minore(montant=Montant(2000))},
    {"deduit": Montant(1000), "montant_du": Montant(2500)},
    {"etabli_le": FOUND.date() + dt.timedelta(days=1)},
    {"deduit": Montant(3500), "montant_du": Montant(0)},
    {"constate_le": FOUND + dt.timedelta(days=2), "etabli_le": FOUND.date() + dt.timedelta(days=2)},
)
HAPPENINGS = (
    ("paiement", {"montant": "exigible", "canal": "antai"}),
    ("paiement", {"montant": 1000}),
    ("paiement", {"montant": 9000, "canal": "dgfip"}),
    ("paiement_annule", {}),
    ("rejet", {"motif": "incoherence_marque_plaque"}),
    ("rejet", {"motif": "un_motif_sans_code"}),
    ("envoi", {}),
    ("rapo_depot", {}),
    ("rapo_decision", {"issue": "partiel", "montant": 1000}),
    ("rapo_decision", {"issue": "rejete"}),
    ("titre_emission", {}),
    ("avertissement", {}),
    ("remise", {"montant": 1000}),
    ("titre_annulation", {}),
    ("interruption", {}),
    ("tsp_requete", {"recours": "titre"}),
    ("tsp_decision", {"issue": "annule"}),
    ("tsp_decision", {"issue": "reduit", "montant": 700}),
    ("remboursement", {}),
    ("constatation", {}),
    ("transmission", {}),
    ("rien_de_tel", {}),
)
MOVES = ("PT1H", "P1D", "P3D", "P12D", "P1M", "P4M", "P4M", "P3Y", "-P1D", "P900Y", "prochain", "prochain")
KINDS = ("avis", "avis", "rectificatif", "annulation", "impaye", "happen", "happen", "move", "again", "other", "odd")
steps = st.tuples(st.sampled_from(KINDS), st.integers(1, 3), st.integers(0, 99))


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A folder where a town of each cycle may exchange; each life begins with a copy of it."""
    folder = tmp_path_factory.mktemp("ready")
    with Inside(folder) as inside:
        inside.town(A)
        inside.town(B, cycle="partiel")
    return folder


class Life:
    """An embedded SI FPS under way, and what a vendor knows of it."""

    def __init__(self, ready):
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(ready, self.folder, dirs_exist_ok=True)
        self.inside = Inside(self.folder)
        self.accepted, self.answers = {}, {}

    def end(self):
        self.inside.close()
        shutil.rmtree(self.folder)

    def message(self, kind, ordre, choice):
        initial = avis(A, ordre)
        today = self.inside.world.now(A).date().isoformat()
        match kind:
            case "avis":
                return avis(A, ordre, **VARIANTS[choice % len(VARIANTS)])
            case "rectificatif":
                montant, ago = (0, 500, 2000, 3500)[choice % 4], dt.timedelta(days=(0, 0, 1, 20, 60)[choice % 5])
                told = rectificatif(initial, montant, day=today, ordre=900 + choice % 3)
                when = {"rapo_recu_le": told.rapo_recu_le - ago, "etabli_le": told.etabli_le - ago * (choice % 2)}
                return told.model_copy(update=when)
            case "impaye":
                paid, off = ((0, 0), (1000, 0), (1000, 500), (3500, 0), (0, 3500))[choice % 5]
                return impaye(B, ordre, paye=paid, annule=off)
        known = impaye(B, ordre) if choice % 5 == 0 else initial
        part = (0, 0, 1000, 5000)[choice % 4]
        total = (100, 3500, 4000, 8500)[choice // 4 % 4] + part
        return annulation(known, total, part=part, day=today, motif=("erreur", "rapo")[choice % 2])

    def wished(self, kind, ordre, choice):
        """Return a call to make and, when it sends a message, the message."""
        inside = self.inside
        match kind:
            case "happen":
                do, fields = HAPPENINGS[choice % len(HAPPENINGS)]
                town, model = (B, impaye(B, ordre)) if choice // 25 == 3 else (A, avis(A, ordre))
                return lambda: inside.happen(town, model.numero, do, **fields), None
            case "move":
                move = MOVES[choice % len(MOVES)]
                town = B if choice // len(MOVES) % 2 else A
                how = {"prochain": True} if move == "prochain" else {"avance": move}
                return lambda: inside.move(town, **how), None
            case "odd":
                return lambda: self.odd(ordre, choice), None
            case "again" | "other" if self.accepted:
                message = list(self.accepted.values())[choice % len(self.accepted)]
                if kind == "other":
                    name = message.collectivite.model_copy(update={"nom": f"Ailleurs {choice}"})
                    message = message.model_copy(update={"collectivite": name})
                return lambda: inside.send(message), message
            case "again" | "other":
                kind = "avis"
        message = self.message(kind, ordre, choice)
        return lambda: inside.send(message), message

    def odd(self, ordre, choice):
        """Make a call that cannot succeed."""
        inside, body = self.inside, CODEC.encode(avis(A, ordre))
        calls = (
            lambda: inside.call("send_avis_initial", peer_of(A), body[:-3], siret=A),
            lambda: inside.call("send_avis_initial", peer_of(B), body, siret=A),
            lambda: inside.call("send_avis_initial", peer_of("nobody"), body, siret=A),
            lambda: inside.call("send_avis_initial", peer_of(B), body, siret=B),
            lambda: inside.call("send_avis_initial", peer_of(A), body.replace(b"Place", b"\\ud800"), siret=A),
            lambda: inside.call("send_avis_initial", peer_of(A), body.replace(b"2026-03-02", b"0001-01-01"), siret=A),
            lambda: inside.call("send_avis_initial", peer_of(A), body.replace(b"2026-03-02", b"9999-12-31"), siret=A),
            lambda: inside.call("read_impression", peer_of(A), siret=A, numero=avis(B, ordre).numero),
            lambda: inside.call("read_impression", peer_of(A), siret=A, numero="12"),
            lambda: inside.call("read_retour", peer_of(A), query="apres=-1", siret=A),
            lambda: inside.call("check_front", peer_of(A), siret="13"),
            lambda: inside.happen(B, avis(A, ordre).numero, "paiement", montant=100),
        )
        reply = calls[choice % len(calls)]()
        assert reply.status >= 400
        return reply

    def check_answer(self, reply, message, *, freed):
        """Compare an answer with what was accepted before under the same key, freed or not before this call."""
        if message is None:
            return
        key = (message.numero[:14], key_of(message))
        bound, answers = self.accepted.get(key), self.answers.setdefault(key, {})
        content = message.model_dump_json()
        if bound is not None and bound != message and not freed:
            assert reply.code == "numero.conflit"
        elif content in answers:
            assert (reply.status, reply.body) == (201, answers[content])
        elif reply.status == 201:
            self.accepted[key], answers[content] = message, reply.body

    def freed(self, message):
        """Say whether ANTAI gave a notice up: its number is free again, for another content."""
        world = self.inside.world
        return (
            message.kind == "avis_initial"
            and world.knows(message.numero)
            and world.case(message.numero).dossier.envoi == "rejete"
        )

    def snapshot(self):
        return self.inside.memory(), self.inside.disk()

    def check_state(self, memory, disk):
        """Compare memory with a replay from the disk and each case with the plain engine; look at the numbers."""
        with Inside(self.folder) as other:
            assert other.memory() == memory
        for siret in (A, B):
            clock = int(memory[siret][2].timestamp())
            numbers = [n for owner, n, _, _ in disk["retours"] if owner == siret]
            assert sorted(numbers) == list(range(1, len(numbers) + 1))
            for numero, (opened, _, dossier, logged) in memory[siret][1].items():
                log = self.inside.store.log(numero)
                assert logged == len(log)
                assert plainly(opened, log, clock) == dossier


def plainly(opened, log, until):
    """Return what the engine alone makes of a log."""
    message = read_message(opened.kind, opened.contenu)
    found = int(message.constate_le.timestamp())
    minore, end = None, None
    if opened.kind == "fps_impaye":
        rules = Rules(cycle="partiel", mode="vehicule")
        drawn, due, off = rules.day(found), int(message.montant_initial), 0
    else:
        if message.minore:
            end = message.minore.fin_le and int(message.minore.fin_le.timestamp())
            minore = Minore(2000, 96 * 60, "etablissement" if end else "notification", "antai")
        rules = Rules(minore=minore)
        drawn, due, off = message.etabli_le.toordinal(), int(message.fps), int(message.deduit)
    instant = found if drawn == rules.day(found) else rules.midnight(drawn)
    constat = Constat(message.numero, found, rules.day(found), instant, drawn, due, off)
    engine = Engine(rules)
    dossier = engine.open(constat).dossier
    if end:
        dossier = dossier._replace(jalons=dossier.jalons._replace(minore_fin=end))
    for event in log:
        dossier = engine.apply(dossier, event)
    return engine.advance(dossier, until)


def lived(ready, wishes):
    life = Life(ready)
    try:
        before = life.snapshot()
        for number, wish in enumerate(wishes):
            act, message = life.wished(*wish)
            freed = message is not None and life.freed(message)
            reply = act()
            assert reply.status < 500, (wish, reply.body)
            life.check_answer(reply, message, freed=freed)
            after = life.snapshot()
            if reply.status >= 400:
                assert after == before, (wish, reply.code)
            if reply.status == 200 or number % 4 == 0:
                life.check_state(*after)
            before = after
        life.check_state(*before)
        for key, message in life.accepted.items():
            assert life.inside.send(message).body == life.answers[key][message.model_dump_json()]
        assert life.snapshot() == before
    finally:
        life.end()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=10, max_size=40))
def test_whatever_is_asked_all_is_kept_or_nothing_and_memory_is_the_replay(ready, wishes):
    lived(ready, wishes)


@pytest.mark.exhaustive
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=8, max_size=60))
def test_many_lives(ready, wishes):
    lived(ready, wishes)


class Faulty:
    """A database whose n-th statement fails; `gone` when it goes back by itself then, as on a full disk."""

    def __init__(self, database, n, *, gone):
        self._database, self._left, self._gone = database, n, gone
        self.failed = False

    def __getattr__(self, name):
        return getattr(self._database, name)

    def execute(self, *args):
        return self._counted(self._database.execute, *args)

    def executemany(self, *args):
        return self._counted(self._database.executemany, *args)

    def _counted(self, call, *args):
        self._left -= 1
        if self._left == 0:
            self.failed = True
            if self._gone and self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise sqlite3.OperationalError("disk I/O error")
        return call(*args)


FOREIGN, EMPREINTE = VARIANTS[2], hashlib.sha256(peer_of(A)).hexdigest()


def rejected_case(inside):
    inside.send(avis(A, **FOREIGN))
    inside.move(A, avance="P3D")


def sent_case(inside):
    inside.send(avis(A))
    inside.send(avis(A, 2))
    inside.move(A, avance="P1D")


UNITS = {
    "a first notice": (lambda _: None, lambda inside: inside.send(avis(A))),
    "a corrected notice": (rejected_case, lambda inside: inside.send(avis(A))),
    "a corrective notice": (sent_case, lambda inside: inside.send(rectificatif(avis(A), 0, day="2026-03-03"))),
    "a cancellation": (sent_case, lambda inside: inside.send(annulation(avis(A), 3500, day="2026-03-03"))),
    "a move of the clock": (sent_case, lambda inside: inside.move(A, avance="P5M")),
    "a payment": (sent_case, lambda inside: inside.happen(A, avis(A).numero, "paiement", montant="exigible")),
    "a rejection": (sent_case, lambda inside: inside.happen(A, avis(A).numero, "rejet", motif="format")),
    "a check": (lambda _: None, lambda inside: inside.call("check_front", peer_of(A), siret=A)),
    "the end of a certificate": (
        lambda _: None,
        lambda inside: inside.manage(
            f"/raccordements/{A}/etapes", {"etape": "certificat.revoque", "faits": {"empreinte": EMPREINTE}}
        ),
    ),
    "a refusal": (sent_case, lambda inside: inside.send(annulation(avis(A), 9000, day="2026-03-03"))),
}


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("name", UNITS)
def test_a_statement_that_fails_leaves_memory_and_disk_as_they_were(ready, tmp_path, name, gone):
    prepare, act = UNITS[name]
    shutil.copytree(ready, tmp_path / "state")
    with Inside(tmp_path / "state") as inside:
        prepare(inside)
        before = inside.memory(), inside.disk(traffic=True)
        for n in count(1):
            database = inside.store._db  # noqa: SLF001 - the one place where a disk fails
            inside.store._db = faulty = Faulty(database, n, gone=gone)  # noqa: SLF001
            try:
                reply = act(inside)
            except sqlite3.Error as error:
                assert str(error) == "disk I/O error"  # noqa: PT017 - the last time, there is none
            inside.store._db = database  # noqa: SLF001
            if not faulty.failed:
                break
            assert (inside.memory(), inside.disk(traffic=True)) == before, n
        after = inside.memory()
        assert n > 3 and (reply.status < 300, after == before[0]) == (name != "a refusal", name == "a refusal"), reply
        with Inside(tmp_path / "state") as other:
            assert other.memory() == after


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE evenements SET kind='rien_de_tel'",
        "UPDATE faits SET etape='demarre' WHERE etape='espace.cree'",
        "UPDATE dossiers SET contenu='{}'",
    ],
)
def test_a_state_that_cannot_be_read_back_is_said_to_be_none(ready, tmp_path, harm):
    shutil.copytree(ready, tmp_path / "state")
    with Inside(tmp_path / "state") as inside:
        inside.send(avis(A))
    with closing(sqlite3.connect(tmp_path / "state" / FILE)) as db, db:
        db.execute(harm)
    store = Store(tmp_path / "state")
    with pytest.raises(LocalError) as caught:
        World(store, PROFILE, SystemClock())
    store.close()
    assert caught.value.code == "sandbox.state"
    assert "\n" not in str(caught.value.params["detail"])
