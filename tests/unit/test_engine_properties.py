"""Random lives of dossiers: what must hold at every step, whatever happens."""

import datetime as dt
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpsctl.dossier import EVENTS, TRACKS, TRANSITIONS, Constat, Engine, Event, Minore, Rules
from fpsctl.dossier.agenda import next_act
from fpsctl.dossier.effects import next_effect
from fpsctl.dossier.views import deadlines, montants
from fpsctl.errors import EventRefused

DAY = 86_400
STATES = {track: {row.target for row in TRANSITIONS if row.track == track} | {None} for track in TRACKS}
START = dt.date(2026, 1, 15).toordinal()

rules = st.builds(
    Rules,
    cycle=st.sampled_from(["complet", "partiel"]),
    mode=st.just("postale"),
    zone=st.sampled_from(["Europe/Paris", "Indian/Reunion", "America/Guadeloupe", "Pacific/Noumea"]),
    minore=st.one_of(
        st.none(),
        st.builds(
            Minore,
            st.integers(1, 3000),
            st.integers(60, 5 * 1440),
            st.sampled_from(["etablissement", "notification"]),
            st.sampled_from(["local", "antai"]),
        ),
    ),
    parametres=st.fixed_dictionaries(
        {},
        optional={
            "notification.postale.mode": st.sampled_from(["strict", "plus_cinq"]),
            "delais.mois": st.sampled_from(["quantieme", "franc"]),
            "paiement.imputation": st.sampled_from(["fps_dabord", "majoration_dabord"]),
            "majoration.recalcul": st.sampled_from(["oui", "non"]),
            "majoration.arrondi": st.sampled_from(["proche", "superieur"]),
            "reduction.assiette": st.sampled_from(["total", "majoration"]),
            "paiement.partiel.antai": st.sampled_from(["oui", "non"]),
            "paiement.rectifie.base": st.sampled_from(["avis_initial", "rectificatif"]),
            "service.envoi": st.integers(0, 10),
            "service.avertissement": st.integers(0, 40),
            "service.titre_annulation": st.integers(0, 40),
        },
    ),
)


WAITS = (0, 1, 3600, DAY, 5 * DAY, 29 * DAY, 31 * DAY, 92 * DAY, 1500 * DAY)
SHARES = (1, 10, 50, 99, 100, 100, 100, 101, 150)
wishes = st.tuples(
    st.integers(0, 99),  # below 40: routine and time go on; else which of the possible events
    st.sampled_from(WAITS),
    st.sampled_from(SHARES),  # amounts as a share of the balance, in per cent
    st.integers(0, 999),  # which choice of each field
)


def possible(engine, dossier):
    """The events that the table and the cycle do not exclude: a walk over them goes far."""
    return [
        kind
        for kind, spec in EVENTS.items()
        if kind != "constatation"
        and spec.cycle in ("", engine.rules.cycle)
        and all(dossier[index] in states for index, states in engine.table.needs.get(kind, ()))
    ]


def wished(engine, dossier, wish):
    """Make an event of a wish, None when nothing is left to happen."""
    pick, wait, share, choice = wish
    if pick < 40:
        act, effect = next_act(dossier, engine.rules), next_effect(dossier, engine.rules)
        return min((event for event in (act, effect) if event), default=None)
    kinds = possible(engine, dossier)
    if not kinds:
        return None
    kind = kinds[pick % len(kinds)]
    instant = dossier.instant + wait
    slots = {}
    for field in EVENTS[kind].fields:
        if field.slot == "montant" and (field.required or choice % 2):
            balance = abs(montants(dossier, engine.rules, dossier.instant)["reste"])
            slots["montant"] = max(0 if field.zero else 1, balance * share // 100)
        elif field.choices and field.slot in ("issue", "ref"):
            slots[field.slot] = field.choices[choice % len(field.choices)]
        elif field.name == "motif":
            slots["issue"] = {"rejet": "format", "annulation": "erreur"}[kind]
        elif field.slot == "detail" and choice % 5 == 0:
            slots["detail"] = ("mandat",)
    return Event(instant, engine.rules.day(instant), kind, **slots)


def live(town, fps, deduit, wanted):
    """Yield (engine, constat, log, dossier) after each thing that happened; a refused wish changes nothing."""
    engine = Engine(town)
    start = town.midnight(START) + 36_000
    constat = Constat("x", start, START, start, START, fps, deduit)
    dossier, log = engine.open(constat).dossier, []
    yield engine, constat, list(log), dossier
    for wish in wanted:
        event = wished(engine, dossier, wish)
        if event is None:
            continue
        if event.kind in EVENTS:
            try:
                dossier = engine.apply(dossier, event)
            except EventRefused:
                continue
            log.append(event)
        else:
            dossier = engine.advance(dossier, event.instant)
        yield engine, constat, list(log), dossier


def check_amounts(dossier, town):
    found = montants(dossier, town, dossier.instant)
    negative = {name: cents for name, cents in found.items() if cents < 0 and name != "reste"}
    assert negative == {}
    spent = found["paye"] + found["annule"] + found["remis"] + found["reduction"]
    assert found["reste"] == found["initial"] + found["majoration"] - spent
    assert found["initial"] == max(0, found["fps"] - found["deduit"]) - found["minoration"]
    assert found["trop_percu"] == max(0, -found["reste"])
    assert found["paye_fps"] + found["paye_majoration"] + found["trop_percu"] == found["paye"]
    assert found["annule"] == found["annule_fps"] + found["annule_majoration"]
    assert found["exigible"] <= max(0, found["reste"])
    assert found["reduction"] <= found["majoration"]
    if dossier.dette in ("acquitte", "annule"):
        assert found["exigible"] == 0
    if dossier.dette in ("constate", "notifie", "impaye", "titre", "averti"):
        assert found["reste"] > 0
    if dossier.jalons.titre is None:
        assert found["majoration"] == found["reduction"] == 0


def check_life(town, fps, deduit, wanted):
    for engine, constat, log, dossier in live(town, fps, deduit, wanted):
        check_amounts(dossier, town)
        for track in TRACKS:
            assert getattr(dossier, track) in STATES[track]
        assert engine.replay(constat, log, until=dossier.instant) == dossier
        assert (dossier.remboursement in ("du", "ordonne")) == (
            montants(dossier, town, dossier.instant)["trop_percu"] > 0
        )
        limits = deadlines(dossier, town, dossier.instant)
        assert limits == sorted(limits, key=lambda item: (item.jour, item.slug))


LIFE = (rules, st.integers(1, 30_000), st.integers(0, 4000), st.lists(wishes, min_size=4, max_size=24))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*LIFE)
def test_amounts_states_and_replay_hold_at_every_step(town, fps, deduit, wanted):
    check_life(town, fps, deduit, wanted)


@pytest.mark.exhaustive
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*LIFE)
def test_amounts_states_and_replay_hold_in_many_lives(town, fps, deduit, wanted):
    check_life(town, fps, deduit, wanted)


@settings(max_examples=100, deadline=None)
@given(*LIFE, st.integers(0, 2000 * DAY))
def test_the_state_at_a_date_is_the_replay_of_what_was_before(town, fps, deduit, wanted, wait):
    *_, (engine, constat, log, _) = live(town, fps, deduit, wanted)
    moment = constat.instant + wait
    prefix = [event for event in log if event.instant <= moment]
    assert engine.replay(constat, log, until=moment) == engine.advance(engine.replay(constat, prefix), moment)


@settings(max_examples=150, deadline=None)
@given(*LIFE)
def test_paying_what_is_exigible_settles_the_debt(town, fps, deduit, wanted):
    *_, (engine, _, _, dossier) = live(town, fps, deduit, wanted)
    due = montants(dossier, town, dossier.instant)["exigible"]
    if due and dossier.dette != "prescrit":
        paid = engine.apply(dossier, Event(dossier.instant, town.day(dossier.instant), "paiement", montant=due))
        assert (paid.dette, montants(paid, town, paid.instant)["reste"]) == ("acquitte", 0)


@settings(max_examples=150, deadline=None)
@given(*LIFE)
def test_a_payment_then_its_reversal_leaves_the_same_debt_outside_price_windows(town, fps, deduit, wanted):
    *_, (engine, _, _, dossier) = live(town, fps, deduit, wanted)
    before = montants(dossier, town, dossier.instant)
    if dossier.dette not in ("notifie", "impaye") or before["exigible"] != before["reste"]:
        return
    instant, day = dossier.instant, town.day(dossier.instant)
    paid = engine.apply(dossier, Event(instant, day, "paiement", montant=before["reste"], ref="once"))
    back = engine.apply(paid, Event(instant, day, "paiement_annule", ref="once"))
    assert back.compte == dossier.compte
    assert back.dette == dossier.dette


def test_random_lives_reach_every_state_of_every_track():
    """The properties above mean something only if such walks go everywhere."""
    dice = random.Random(20260302)  # noqa: S311 - a seeded walk
    towns = [
        Rules(
            cycle=cycle, parametres={"service.envoi": 2, "service.avertissement": 12, "paiement.partiel.antai": "oui"}
        )
        for cycle in ("complet", "partiel")
    ]
    seen = set()
    for life in range(3000):
        wanted = [
            (dice.randrange(100), dice.choice(WAITS), dice.choice(SHARES), dice.randrange(1000)) for _ in range(24)
        ]
        for *_, dossier in live(towns[life % 2], 3500, 0, wanted):
            seen.update((track, getattr(dossier, track)) for track in TRACKS)
    missing = {(track, state) for track in TRACKS for state in STATES[track]} - seen
    assert missing == {("dette", None), ("envoi", None)}
