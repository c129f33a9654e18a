"""Whom the SI FPS lets in: each refusal with its own reason, in a fixed order."""

import datetime as dt

import pytest
from test_raccordement import SIRET, VALID, A, B, before, fait

from fpsctl.errors import Refused
from fpsctl.raccordement import EMPTY, check_depot, check_front, fold, play
from fpsctl.render.errors import hint_of

OTHER = "13000000300009"
NOW = dt.datetime(2018, 3, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
FIN = dt.datetime.fromisoformat(VALID["fin"])
DEBUT = dt.datetime.fromisoformat(VALID["debut"])


def front(state, empreinte=A, siret=SIRET, now=NOW, holder=SIRET):
    register = dict.fromkeys(state.certificats, holder)
    return check_front(register, lambda asked: state if asked == SIRET else EMPTY(asked), empreinte, siret, now)


def depot(state, caller, empreinte, siret=SIRET, now=NOW, register=None):
    register = dict.fromkeys(state.certificats, SIRET) if register is None else register
    return check_depot(register, lambda asked: state if asked == SIRET else EMPTY(asked), caller, empreinte, siret, now)


def refused(call, *args, **options):
    with pytest.raises(Refused) as caught:
        call(*args, **options)
    return caught.value


ACTIVE = before("connexion.controlee")


def test_an_active_certificate_of_the_town_passes():
    assert front(ACTIVE).empreinte == A


def test_a_certificate_that_nobody_deposited():
    error = refused(front, ACTIVE, B)
    assert (error.code, error.params) == ("certificat.inconnu", {"empreinte": B})


def test_a_certificate_of_another_town():
    error = refused(front, ACTIVE, siret=OTHER)
    assert error.code == "certificat.autre-collectivite"
    assert error.params == {"siret": OTHER, "titulaire": SIRET, "empreinte": A}
    # Told before anything about its state: an expired one of another town is still another town's.
    assert refused(front, ACTIVE, siret=OTHER, now=FIN + dt.timedelta(days=1)).code == "certificat.autre-collectivite"


def test_a_certificate_that_is_deposited_only():
    error = refused(front, before("certificat.active"))
    assert (error.code, error.params) == ("certificat.non-active", {"siret": SIRET, "empreinte": A})
    # The register and the state disagree: not let in.
    assert refused(check_front, {A: SIRET}, EMPTY, A, SIRET, NOW).code == "certificat.non-active"


@pytest.mark.parametrize("slug", ["certificat.remplace", "certificat.revoque"])
def test_a_certificate_that_was_ended(slug):
    error = refused(front, play(ACTIVE, fait(slug)))
    assert (error.code, error.params) == (slug, {"siret": SIRET, "empreinte": A})
    assert SIRET in hint_of(error) and "SIRET" not in hint_of(error)


def test_a_certificate_is_valid_to_its_last_second_on_the_town_s_clock():
    assert front(ACTIVE, now=FIN)
    error = refused(front, ACTIVE, now=FIN + dt.timedelta(seconds=1))
    assert (error.code, error.params["fin"]) == ("certificat.expire", "2020-06-01T00:00:00+00:00")
    in_town = (FIN + dt.timedelta(seconds=1)).astimezone(NOW.tzinfo)
    assert refused(front, ACTIVE, now=in_town).params == {
        "siret": SIRET,
        "empreinte": A,
        "fin": "2020-06-01T01:00:00+01:00",
        "horloge": "2020-06-01T01:00:01+01:00",
    }


def test_a_certificate_is_valid_from_its_first_second_on_the_town_s_clock():
    assert front(ACTIVE, now=DEBUT)
    error = refused(front, ACTIVE, now=DEBUT - dt.timedelta(seconds=1))
    assert (error.code, error.params["debut"]) == ("certificat.pas-encore-valide", "2017-06-01T00:00:00+00:00")
    assert error.params["siret"] == SIRET


def test_a_certificate_that_starts_at_the_end_of_all_years_is_told_too():
    last = {"empreinte": B, "debut": "9999-12-31T23:59:58+00:00", "fin": "9999-12-31T23:59:59+00:00"}
    state = play(ACTIVE, fait("certificat.depose", **last))
    error = refused(front, play(state, fait("certificat.active", empreinte=B)), B)
    assert (error.code, error.params["debut"]) == ("certificat.pas-encore-valide", last["debut"])


def test_during_a_renewal_both_certificates_pass():
    state = fold(SIRET, [*ACTIVE.faits, fait("certificat.depose", empreinte=B), fait("certificat.active", empreinte=B)])
    assert front(state, A) and front(state, B)


def test_a_certificate_deposits_and_reads_itself():
    depot(before("certificat.depose"), A, A)
    depot(ACTIVE, A, A, now=FIN + dt.timedelta(days=1))


def test_an_active_certificate_deposits_the_next():
    depot(ACTIVE, A, B)
    assert refused(depot, ACTIVE, A, B, now=FIN + dt.timedelta(days=1)).code == "certificat.expire"


def test_a_certificate_that_is_not_active_deposits_no_other():
    assert refused(depot, before("certificat.active"), A, B).code == "certificat.non-active"


def test_a_stranger_s_certificate_deposits_no_other():
    error = refused(depot, ACTIVE, B, A)
    assert (error.code, error.params) == ("certificat.autre", {"empreinte": B, "attendu": A})


def test_no_town_deposits_for_another():
    assert refused(depot, ACTIVE, A, A, OTHER).code == "certificat.autre-collectivite"
    assert refused(depot, ACTIVE, A, B, OTHER).code == "certificat.autre-collectivite"


def test_a_certificate_is_bound_to_one_town():
    error = refused(depot, ACTIVE, A, B, register={A: SIRET, B: OTHER})
    assert (error.code, error.params) == ("certificat.deja-lie", {"empreinte": B})
