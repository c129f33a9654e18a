"""Any sequence of steps: accepted exactly when its needs are done, folded to the same state, unchanged by a refusal."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from test_raccordement import FACTS, SIRET, VALID, A, B

from fpsctl.errors import Refused
from fpsctl.raccordement import EMPTY, Fait, fold, play, steps
from fpsctl.raccordement.steps import slugs

CERTIFICATE = (
    "certificat.depose",
    "certificat.active",
    "connexion.controlee",
    "certificat.remplace",
    "certificat.revoque",
)
LIVE = ("depose", "actif")
OPENING, START = dt.date(2017, 10, 2), dt.date(2018, 1, 1)


class Model:
    """The reference table said again, in sets: what an independent reader makes of it."""

    def __init__(self):
        self.espace, self.done, self.certificates, self.checked = "absent", set(), {}, set()

    def takes(self, slug, which, day):
        states = set(self.certificates.values())
        mine = self.certificates.get(which)
        rules = {
            "espace.demande": self.espace in ("absent", "refuse"),
            "espace.cree": self.espace == "demande",
            "espace.refuse": self.espace == "demande",
            "convention.signee_autorite": slug not in self.done,
            "convention.deposee": slug not in self.done
            and self.espace == "cree"
            and "convention.signee_autorite" in self.done,
            "convention.signee_antai": slug not in self.done and "convention.deposee" in self.done,
            "certificat.achete": True,
            "certificat.depose": self.espace == "cree" and day >= OPENING and mine is None,
            "certificat.active": "convention.signee_antai" in self.done and mine == "depose",
            "connexion.controlee": mine == "actif",
            "certificat.remplace": mine in LIVE,
            "certificat.revoque": mine in LIVE,
            "demarre": slug not in self.done
            and day >= START
            and any(self.certificates[one] == "actif" for one in self.checked),
        }
        assert states <= {"depose", "actif", "remplace", "revoque"}
        return rules[slug]

    def take(self, slug, which):
        self.done.add(slug)
        if slug.startswith("espace."):
            self.espace = slug.removeprefix("espace.")
        elif slug == "connexion.controlee":
            self.checked.add(which)
        elif slug in CERTIFICATE:
            self.certificates[which] = {"active": "actif"}.get(slug.split(".")[1], slug.split(".")[1])


# Weighted towards the State's order, so that whole chains are met as often as refusals.
wishes = st.tuples(
    st.one_of(st.just(None), st.just(None), st.sampled_from(slugs())), st.sampled_from((A, B)), st.integers(0, 30 * 24)
)


def facts_of(slug, which):
    facts = dict(FACTS.get(slug, {}))
    return facts | {"empreinte": which} if slug in CERTIFICATE else facts


@settings(max_examples=300, deadline=None)
@given(st.lists(wishes, max_size=40))
def test_a_step_is_accepted_exactly_when_its_needs_are_done(asked):
    state, model, now = EMPTY(SIRET), Model(), dt.datetime(2017, 9, 20, 12, tzinfo=dt.UTC)
    assert VALID["fin"] > "2020"
    for slug, which, hours in asked:
        now = min(now + dt.timedelta(hours=hours), dt.datetime(2020, 5, 1, tzinfo=dt.UTC))
        wish = slug or next((etape.slug for etape in state.next if etape.slug != "certificat.achete"), "demarre")
        taken = Fait(wish, now, facts_of(wish, which))
        kept, day = state, now.astimezone(dt.timezone(dt.timedelta(hours=1))).date()
        if model.takes(wish, which, day):
            state = play(state, taken)
            model.take(wish, which)
            assert state.faits == (*kept.faits, state.faits[-1])
        else:
            try:
                play(state, taken)
            except Refused:
                pass
            else:
                raise AssertionError((wish, which, now, [one.etape for one in state.faits]))
        assert fold(SIRET, state.faits) == state
        assert state.espace == model.espace
        assert {key: one.etat for key, one in state.certificats.items()} == model.certificates


@settings(max_examples=200, deadline=None)
@given(st.lists(wishes, max_size=40))
def test_next_never_names_a_step_that_is_done_or_blocked(asked):
    state, now = EMPTY(SIRET), dt.datetime(2018, 2, 1, tzinfo=dt.UTC)
    for slug, which, _ in asked:
        wish = slug or next((etape.slug for etape in state.next), "demarre")
        try:
            state = play(state, Fait(wish, now, facts_of(wish, which)))
        except Refused:
            continue
        for etape in steps():
            blocked = bool(state.missing(etape.slug))
            assert (etape in state.next) == (state.done(etape.slug) is None and not blocked)
            told = [need for need in etape.needs if need != "certificat.achete"]
            assert blocked == any(state.done(need) is None for need in told)
