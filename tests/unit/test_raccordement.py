"""The State's start-up steps: their order, what each needs, one refusal for each reason, and nothing changed by it."""

import datetime as dt

import pytest

from fpsctl.checks import Actor
from fpsctl.errors import Refused
from fpsctl.identifiers import InvalidIdentifier
from fpsctl.raccordement import EMPTY, Fait, fields, fold, play, step, steps
from fpsctl.raccordement.steps import slugs
from fpsctl.resources import read_yaml
from fpsctl.texts import catalogue

SIRET = "21750001600019"
A, B = "a" * 64, "b" * 64
START = dt.datetime(2018, 1, 10, 9, tzinfo=dt.UTC)
VALID = {"debut": "2017-06-01T00:00:00+00:00", "fin": "2020-06-01T00:00:00+00:00"}
FACTS = {
    "espace.demande": {"nom": "Paris", "type": "commune", "adresse": "4 place de l'Hôtel-de-Ville, 75004 Paris"},
    "espace.refuse": {"motif": "SIRET d'un service"},
    "convention.signee_autorite": {"signataire": "La maire", "deliberation": "2017 DVD 14"},
    "convention.deposee": {"empreinte_document": "0" * 64},
    "certificat.depose": {"empreinte": A, **VALID},
    "certificat.active": {"empreinte": A},
    "connexion.controlee": {"empreinte": A},
    "certificat.remplace": {"empreinte": A},
    "certificat.revoque": {"empreinte": A},
}
ORDER = [
    "espace.demande", "espace.cree", "convention.signee_autorite", "convention.deposee", "convention.signee_antai",
    "certificat.achete", "certificat.depose", "certificat.active", "connexion.controlee", "demarre",
]  # fmt: skip


def fait(slug, at=START, **facts):
    return Fait(slug, at, {**FACTS.get(slug, {}), **facts})


def after(*slugs):
    return fold(SIRET, [fait(slug) for slug in slugs])


def before(slug):
    """Every step of the State's order before this one."""
    return after(*ORDER[: ORDER.index(slug)])


def refusal(state, taken):
    with pytest.raises(Refused) as refused:
        play(state, taken)
    return refused.value


def test_the_table_is_the_state_s():
    assert [etape.slug for etape in steps()] == ORDER
    assert [etape.n for etape in steps()] == list(range(1, 11))
    assert {etape.slug: set(etape.needs) for etape in steps()} == {
        "espace.demande": set(),
        "espace.cree": {"espace.demande"},
        "convention.signee_autorite": set(),
        "convention.deposee": {"espace.cree", "convention.signee_autorite"},
        "convention.signee_antai": {"convention.deposee"},
        "certificat.achete": set(),
        "certificat.depose": {"espace.cree", "certificat.achete"},
        "certificat.active": {"convention.signee_antai", "certificat.depose"},
        "connexion.controlee": {"certificat.active"},
        "demarre": {"connexion.controlee"},
    }
    dated = {etape.slug: etape.since for etape in steps() if etape.since}
    assert dated == {"certificat.depose": dt.date(2017, 10, 2), "demarre": dt.date(2018, 1, 1)}
    assert [etape.slug for etape in steps() if etape.actor is Actor.ANTAI] == ["espace.cree", "convention.signee_antai"]


def test_every_entry_says_where_it_comes_from_and_how_sure_that_is():
    raw = read_yaml("raccordement.yaml")
    for slug in [*raw["etapes"], *raw["evenements"]]:
        assert step(slug).source
        assert step(slug).confidence in ("official", "deduced", "assumption"), slug


def test_every_word_of_a_step_is_in_the_glossary():
    words = {word for slug in slugs() for word in (*slug.split("."), *fields(slug))} - {"type"}
    assert words - set(read_yaml("glossary.yaml")) == set()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_step_has_its_title(lang):
    assert {f"etape.{slug}" for slug in slugs()} <= set(catalogue(lang))


def test_the_whole_chain_in_the_state_s_order():
    state = EMPTY(SIRET)
    for slug in ORDER:
        assert state.done(slug) is None or slug == "certificat.achete"
        state = play(state, fait(slug))
        assert state.done(slug).etape == slug
    assert (state.next, state.espace) == ((), "cree")
    assert state.certificats[A].etat == "actif"


@pytest.mark.parametrize(
    ("done", "following"),
    [
        ([], ["espace.demande", "convention.signee_autorite", "certificat.achete"]),
        (["espace.demande"], ["espace.cree", "convention.signee_autorite", "certificat.achete"]),
        (ORDER[:2], ["convention.signee_autorite", "certificat.achete", "certificat.depose"]),
        (ORDER[:5], ["certificat.achete", "certificat.depose"]),
        ([*ORDER[:2], "certificat.depose"], ["convention.signee_autorite"]),
        (ORDER[:8], ["connexion.controlee"]),
    ],
)
def test_next_is_what_can_be_done_now(done, following):
    assert [etape.slug for etape in after(*done).next] == following


def test_the_si_fps_is_never_told_of_the_purchase_so_the_deposit_shows_it():
    state = after("espace.demande", "espace.cree", "certificat.depose")
    assert state.done("certificat.achete") is state.done("certificat.depose")
    told = after("certificat.achete", "espace.demande", "espace.cree", "certificat.depose")
    assert told.done("certificat.achete").etape == "certificat.achete"


# One refusal for each reason


def test_an_espace_that_nobody_asked_for():
    error = refusal(after("convention.signee_autorite"), fait("convention.deposee"))
    assert (error.code, error.params) == ("espace.absent", {"siret": SIRET})
    assert refusal(EMPTY(SIRET), fait("certificat.depose")).code == "espace.absent"


def test_an_espace_that_is_being_checked():
    assert refusal(after("espace.demande"), fait("certificat.depose")).code == "espace.en-attente"


def test_an_espace_that_was_refused_says_why_and_may_be_asked_for_again():
    state = after("espace.demande", "espace.refuse")
    error = refusal(state, fait("certificat.depose"))
    assert (error.code, error.params["motif"]) == ("espace.refuse", "SIRET d'un service")
    assert (state.espace, state.done("espace.demande")) == ("refuse", None)
    assert next(etape.slug for etape in state.next) == "espace.demande"
    assert refusal(state, fait("espace.cree")).params["manque"] == "espace.demande"
    again = play(state, fait("espace.demande", nom="Ville de Paris"))
    assert again.done("espace.demande").faits["nom"] == "Ville de Paris"
    assert play(again, fait("espace.cree")).espace == "cree"


def test_the_reason_told_is_that_of_the_last_refusal():
    state = after("espace.demande", "espace.refuse", "espace.demande")
    state = play(state, fait("espace.refuse", motif="adresse incomplète"))
    assert refusal(state, fait("certificat.depose")).params["motif"] == "adresse incomplète"


def test_an_espace_that_is_open_is_not_refused_any_more():
    error = refusal(after("espace.demande", "espace.cree"), fait("espace.refuse"))
    assert (error.code, error.params["etape"]) == ("raccordement.deja", "espace.cree")


@pytest.mark.parametrize("slug", [*ORDER[:5], "demarre"])
def test_a_step_is_done_once_and_the_refusal_says_when(slug):
    state = play(before(slug), fait(slug))
    error = refusal(state, fait(slug))
    assert error.code == "raccordement.deja"
    assert error.params == {"siret": SIRET, "etape": slug, "le": "2018-01-10T10:00:00+01:00"}


def test_the_activation_needs_both_signatures_and_names_those_missing():
    deposited = after("espace.demande", "espace.cree", "certificat.depose")
    error = refusal(deposited, fait("certificat.active"))
    assert error.code == "raccordement.ordre"
    assert error.params["manque"] == "convention.signee_autorite, convention.deposee, convention.signee_antai"
    half = fold(SIRET, [*deposited.faits, fait("convention.signee_autorite"), fait("convention.deposee")])
    assert refusal(half, fait("certificat.active")).params["manque"] == "convention.signee_antai"
    whole = play(half, fait("convention.signee_antai"))
    assert play(whole, fait("certificat.active")).certificats[A].etat == "actif"


@pytest.mark.parametrize(
    ("slug", "manque"),
    [
        ("espace.cree", "espace.demande"),
        ("convention.signee_antai", "espace.demande, espace.cree, convention.signee_autorite, convention.deposee"),
        ("certificat.revoque", "espace.demande, espace.cree, certificat.depose"),
    ],
)
def test_a_step_out_of_order_names_all_that_is_missing_in_the_state_s_order(slug, manque):
    error = refusal(EMPTY(SIRET), fait(slug))
    assert (error.code, error.params["etape"], error.params["manque"]) == ("raccordement.ordre", slug, manque)


@pytest.mark.parametrize(
    ("slug", "last", "first"),
    [
        ("certificat.depose", "2017-10-01T23:59:59+02:00", "2017-10-02T00:00:00+02:00"),
        ("demarre", "2017-12-31T23:59:59+01:00", "2018-01-01T00:00:00+01:00"),
    ],
)
def test_production_opens_on_a_day_of_the_state(slug, last, first):
    early = dt.datetime(2017, 9, 1, tzinfo=dt.UTC)
    done = [fait(done, at=early) for done in ORDER[: ORDER.index(slug)] if not done.startswith("certificat")]
    if slug == "demarre":
        opened = dt.datetime(2017, 10, 2, tzinfo=dt.UTC)
        moved = ["certificat.depose", "certificat.active", "connexion.controlee"]
        done = [one for one in done if one.etape not in moved] + [fait(one, at=opened) for one in moved]
    state = fold(SIRET, done)
    error = refusal(state, fait(slug, at=dt.datetime.fromisoformat(last)))
    assert (error.code, error.params) == ("raccordement.trop-tot", {"siret": SIRET, "etape": slug, "since": first[:10]})
    assert play(state, fait(slug, at=dt.datetime.fromisoformat(first))).done(slug)


def test_a_pve_espace_is_another_one():
    assert refusal(EMPTY(SIRET), fait("espace.demande", type_espace="pve")).code == "raccordement.pve"
    assert after("espace.demande").done("espace.demande").faits["type_espace"] == "fps"


@pytest.mark.parametrize(
    ("slug", "champ", "value"),
    [
        ("espace.demande", "type", "departement"),
        ("espace.demande", "type", ""),
        ("espace.demande", "type_espace", "tout"),
        ("espace.demande", "siret", "217500016"),
        ("espace.demande", "siret", "13000000300009"),
        ("espace.demande", "siret", "21750001600019 "),
        ("espace.demande", "nom", ""),
        ("espace.demande", "nom", "  "),
        ("espace.demande", "nom", "x" * 501),
        ("espace.demande", "nom", 7),
        ("espace.demande", "nom", None),
        ("espace.demande", "adresse", "4 place\nde l'Hôtel-de-Ville"),
        ("espace.demande", "adresse", "a\x00b"),
        ("espace.demande", "adresse", "\ud800"),
        ("espace.demande", "fuseau", "Europe/Pariss"),
        ("espace.demande", "fuseau", "../../etc/passwd"),
        ("espace.demande", "mot_de_passe", "x"),
        ("espace.cree", "motif", "x"),
        ("espace.refuse", "motif", ""),
        ("convention.signee_autorite", "cycle", "demi"),
        ("convention.signee_autorite", "signataire", ""),
        ("convention.signee_autorite", "deliberation", ""),
        ("convention.deposee", "empreinte_document", "0" * 63),
        ("convention.deposee", "empreinte_document", "A" * 64),
        ("convention.deposee", "empreinte_document", "é" * 64),
        ("certificat.depose", "empreinte", "../" + "a" * 61),
        ("certificat.depose", "debut", "2017-06-01T00:00:00"),
        ("certificat.depose", "debut", "hier"),
        ("certificat.depose", "fin", "2017-06-01T00:00:00+00:00"),
        ("certificat.active", "fin", "2020-06-02T00:00:00+00:00"),
        ("certificat.active", "debut", "2017-06-02T00:00:00+00:00"),
    ],
)
def test_a_wrong_fact_is_named_with_the_form_expected(slug, champ, value):
    state = after("espace.demande") if slug == "espace.refuse" else before(slug)
    error = refusal(state, fait(slug, **{champ: value}))
    assert error.code == "raccordement.faits"
    assert (error.params["etape"], error.params["champ"]) == (slug, champ)
    assert error.params["detail"]


def test_a_missing_fact_is_refused_like_a_wrong_one():
    for slug in ORDER:
        for name, champ in fields(slug).items():
            facts = {key: value for key, value in FACTS.get(slug, {}).items() if key != name}
            if champ.optional or champ.default is not None:
                play(before(slug), Fait(slug, START, facts))
            else:
                assert refusal(before(slug), Fait(slug, START, facts)).params["champ"] == name


def test_facts_may_be_written_as_people_write():
    state = play(
        EMPTY(SIRET), fait("espace.demande", nom="Commune d'Œuilly n°\u00a02", fuseau="Indian/Reunion", siret=SIRET)
    )
    assert state.done("espace.demande").faits["nom"] == "Commune d'Œuilly n°\u00a02"


def test_an_unknown_step_is_refused():
    error = refusal(EMPTY(SIRET), fait("espace.supprime"))
    assert (error.code, error.params["champ"]) == ("raccordement.faits", "etape")


def test_a_step_is_not_dated_before_what_it_needs():
    state = after("espace.demande", "espace.cree", "convention.signee_autorite")
    error = refusal(state, fait("convention.deposee", at=START - dt.timedelta(days=1)))
    assert (error.code, error.params["champ"]) == ("raccordement.faits", "date")
    # The same day is enough: what people record has no hour.
    assert play(state, fait("convention.deposee", at=START - dt.timedelta(hours=1)))


def test_an_instant_is_aware_and_a_siret_is_one():
    with pytest.raises(ValueError, match="aware"):
        play(EMPTY(SIRET), fait("espace.demande", at=dt.datetime(2018, 1, 1)))  # noqa: DTZ001 - what is refused
    with pytest.raises(InvalidIdentifier):
        EMPTY("21750001600018")


def test_the_cycle_is_that_of_the_signed_convention():
    assert EMPTY(SIRET).cycle == "complet"
    assert after("convention.signee_autorite").cycle == "complet"
    assert play(EMPTY(SIRET), fait("convention.signee_autorite", cycle="partiel")).cycle == "partiel"


# Certificates


def test_a_second_certificate_stands_beside_the_first_until_that_one_is_replaced():
    state = before("connexion.controlee")
    second = {"empreinte": B, "debut": "2018-01-01T00:00:00+00:00", "fin": "2021-01-01T00:00:00+00:00"}
    state = play(state, Fait("certificat.depose", START, second))
    assert [one.etat for one in state.certificats.values()] == ["actif", "depose"]
    state = play(state, fait("certificat.active", empreinte=B))
    assert [one.etat for one in state.certificats.values()] == ["actif", "actif"]
    state = play(state, fait("certificat.remplace"))
    assert {key: one.etat for key, one in state.certificats.items()} == {A: "remplace", B: "actif"}
    assert state.done("certificat.active").faits["empreinte"] == B


@pytest.mark.parametrize("slug", ["certificat.depose", "certificat.active"])
def test_a_certificate_is_deposited_and_activated_once(slug):
    error = refusal(play(before(slug), fait(slug)), fait(slug))
    assert (error.code, error.params["etape"]) == ("raccordement.deja", slug)


@pytest.mark.parametrize(
    "slug", ["certificat.active", "certificat.remplace", "certificat.revoque", "connexion.controlee"]
)
def test_a_certificate_that_the_town_never_deposited(slug):
    assert refusal(before("connexion.controlee"), fait(slug, empreinte=B)).code == "certificat.inconnu"


@pytest.mark.parametrize("slug", ["certificat.remplace", "certificat.revoque"])
def test_what_was_ended_is_not_used_again(slug):
    second = fait("certificat.depose", empreinte=B)
    state = fold(SIRET, [*before("connexion.controlee").faits, second, fait(slug)])
    for again in ("certificat.active", "certificat.remplace", "certificat.revoque", "connexion.controlee"):
        if again != "connexion.controlee":
            assert refusal(state, fait(again)).code == slug
    assert refusal(state, fait("certificat.depose")).code == "raccordement.deja"


def test_a_certificate_is_checked_once_it_is_active():
    state = play(before("connexion.controlee"), fait("certificat.depose", empreinte=B))
    assert refusal(state, fait("connexion.controlee", empreinte=B)).code == "certificat.non-active"


def test_revoking_the_only_certificate_opens_its_steps_again():
    state = after(*(slug for slug in ORDER[:9] if slug != "certificat.achete"), "certificat.revoque")
    open_again = ["certificat.achete", "certificat.depose", "certificat.active", "connexion.controlee"]
    assert [slug for slug in ORDER if slug != "demarre" and state.done(slug) is None] == open_again
    state = fold(SIRET, [*state.faits, fait("certificat.depose", empreinte=B), fait("certificat.active", empreinte=B)])
    # The check made with the revoked one proves nothing of this one.
    assert state.done("connexion.controlee") is None
    assert play(state, fait("connexion.controlee", empreinte=B)).done("connexion.controlee")


def test_a_check_that_names_no_certificate_counts_since_the_activation():
    state = play(before("connexion.controlee"), Fait("connexion.controlee", START, {}))
    assert state.done("connexion.controlee").faits == {}


def test_a_check_that_names_no_certificate_proves_nothing_of_the_next_one():
    state = play(before("connexion.controlee"), Fait("connexion.controlee", START, {}))
    state = fold(SIRET, [*state.faits, fait("certificat.revoque"), fait("certificat.depose", empreinte=B)])
    assert play(state, fait("certificat.active", empreinte=B)).done("connexion.controlee") is None


def test_a_certificate_replaced_before_its_activation_is_deposited_no_more():
    state = play(before("certificat.active"), fait("certificat.remplace"))
    assert state.done("certificat.depose") is None
    assert refusal(state, fait("certificat.active", empreinte=B)).params["manque"] == "certificat.depose"


@pytest.mark.parametrize("slug", ["certificat.depose", "certificat.active"])
def test_an_expired_certificate_is_neither_deposited_nor_activated(slug):
    later = dt.datetime(2020, 6, 1, 0, 0, 1, tzinfo=dt.UTC)
    error = refusal(before(slug), fait(slug, at=later))
    assert (error.code, error.params["empreinte"]) == ("certificat.expire", A)
    assert play(before(slug), fait(slug, at=later - dt.timedelta(seconds=1)))


def test_a_refusal_changes_nothing_and_given_facts_are_not_shared():
    given = dict(FACTS["espace.demande"])
    state = play(EMPTY(SIRET), Fait("espace.demande", START, given))
    given["nom"] = "Autre"
    assert state.done("espace.demande").faits["nom"] == "Paris"
    kept = (state.faits, dict(state.certificats), state.espace)
    refusal(state, fait("certificat.depose"))
    assert (state.faits, dict(state.certificats), state.espace) == kept
    with pytest.raises(TypeError):
        state.certificats[A] = None
