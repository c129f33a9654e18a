"""The State's order on the running sandbox: each step out of turn is refused with its own reason, at both ports."""

from __future__ import annotations

import datetime as dt

import pytest

from embedded import BEFORE_ACTIVATION, START, avis, control_of, fresh_siret, make_town
from fpsctl.antai import messages as antai
from fpsctl.antai.client import Identity
from fpsctl.clock import SystemClock
from fpsctl.errors import Refused
from fpsctl.pki.certificate import read_chain
from fpsctl.pki.keys import make_key, write_private
from fpsctl.pki.request import make_csr

FACTS = dict(BEFORE_ACTIVATION)
STEPS = tuple(slug for slug, _ in BEFORE_ACTIVATION)


def code_of(act, *args, **fields):
    with pytest.raises(Refused) as caught:
        act(*args, **fields)
    return caught.value.code


def played(town, *slugs):
    for slug in slugs:
        town.control.play(town.siret, slug, FACTS.get(slug, {}))


def deposited(town, identity=None, depot=None):
    with town.client(identity) as sifps:
        return sifps.deposit_certificat(depot or town.depot())


def checked(town, identity=None):
    with town.client(identity) as sifps:
        return sifps.check_front(town.siret)


def activated(town, empreinte=None):
    return town.control.play(town.siret, "certificat.active", {"empreinte": empreinte or town.empreinte})


def certificate(town, folder, name, *, siret=None, clock=True):
    """Return another identity, signed by the TEST provider, and its deposit for the town."""
    key = make_key("ec256")
    home = folder / name
    home.mkdir()
    write_private(home / "key.pem", key)
    csr = make_csr(key, siret or town.siret, "Commune d'Exemple", "fps")
    (home / "certificate.pem").write_bytes(town.control.sign(csr, town.siret if clock else None))
    pem = (home / "certificate.pem").read_text()
    depot = antai.CertificatDepot(
        siret=town.siret, certificat_pem=pem, empreinte_sha256=read_chain(pem.encode())[0].empreinte
    )
    return Identity(home / "certificate.pem", home / "key.pem", None), depot


@pytest.fixture
def asking(running, tmp_path):
    """A town that has a key and a signed certificate, and nothing at the State's."""
    return make_town(running, tmp_path, until="csr")


@pytest.fixture
def town(running, tmp_path):
    """A town whose certificate is deposited, not activated."""
    return make_town(running, tmp_path, until="depose")


@pytest.fixture
def active(running, tmp_path):
    return make_town(running, tmp_path)


# Espace numérique


def test_a_deposit_without_espace_is_refused(asking):
    assert code_of(deposited, asking) == "espace.absent"
    assert asking.control.raccordement(asking.siret)["certificats"] == []


def test_a_deposit_while_the_espace_is_being_checked_is_refused(asking):
    played(asking, "espace.demande")
    assert code_of(deposited, asking) == "espace.en-attente"


def test_a_refused_espace_says_why_and_may_be_asked_for_again(asking):
    played(asking, "espace.demande")
    asking.control.play(asking.siret, "espace.refuse", {"motif": "SIRET inconnu"})
    with pytest.raises(Refused) as caught:
        deposited(asking)
    assert (caught.value.code, caught.value.params["motif"]) == ("espace.refuse", "SIRET inconnu")
    assert code_of(asking.control.play, asking.siret, "espace.cree") == "raccordement.ordre"
    played(asking, "espace.demande", "espace.cree")
    assert deposited(asking).etat == "depose"


def test_a_pve_espace_is_another_one(asking):
    facts = {**FACTS["espace.demande"], "type_espace": "pve"}
    assert code_of(asking.control.play, asking.siret, "espace.demande", facts) == "raccordement.pve"
    assert asking.control.raccordement(asking.siret)["espace"] == "absent"


def test_an_espace_is_created_once_and_only_when_asked_for(asking):
    assert code_of(asking.control.play, asking.siret, "espace.cree") == "raccordement.ordre"
    assert code_of(asking.control.play, asking.siret, "espace.refuse", {"motif": "x"}) == "raccordement.ordre"
    played(asking, "espace.demande")
    assert code_of(asking.control.play, asking.siret, "espace.demande", FACTS["espace.demande"]) == "raccordement.deja"
    played(asking, "espace.cree")
    assert code_of(asking.control.play, asking.siret, "espace.cree") == "raccordement.deja"
    assert code_of(asking.control.play, asking.siret, "espace.refuse", {"motif": "x"}) == "raccordement.deja"


# Convention


def test_the_convention_is_signed_deposited_and_countersigned_in_this_order(asking):
    control, siret = asking.control, asking.siret
    document = FACTS["convention.deposee"]
    assert code_of(control.play, siret, "convention.deposee", document) == "espace.absent"
    played(asking, "espace.demande", "espace.cree")
    assert code_of(control.play, siret, "convention.deposee", document) == "raccordement.ordre"
    assert code_of(control.play, siret, "convention.signee_antai") == "raccordement.ordre"
    played(asking, "convention.signee_autorite", "convention.deposee")
    assert code_of(control.convention, siret) == "convention.absente"
    played(asking, "convention.signee_antai")
    assert siret in control.convention(siret)
    for slug in STEPS[2:]:
        assert code_of(control.play, siret, slug, FACTS[slug]) == "raccordement.deja"


# Activation


@pytest.mark.parametrize("missing", [3, 4, 5])
def test_an_activation_needs_both_signatures(asking, missing):
    """Without a convention, signed by the town alone, deposited and not countersigned: each is too early."""
    played(asking, *STEPS[:2])
    deposited(asking)
    played(asking, *STEPS[2 : missing - 1])
    with pytest.raises(Refused) as caught:
        activated(asking)
    assert caught.value.code == "raccordement.ordre"
    assert caught.value.params["manque"] == ", ".join(STEPS[missing - 1 :])
    assert code_of(checked, asking) == "certificat.non-active"
    played(asking, *STEPS[missing - 1 :])
    activated(asking)
    assert checked(asking).certificat_etat == "actif"


def test_an_activation_needs_a_deposit(asking):
    played(asking, *STEPS)
    assert code_of(activated, asking) == "raccordement.ordre"
    deposited(asking)
    assert code_of(activated, asking, "0" * 64) == "certificat.inconnu"
    activated(asking)


def test_a_certificate_is_activated_once(active):
    assert code_of(activated, active) == "raccordement.deja"


# Deposit


def test_the_same_deposit_again_is_answered_the_same(town):
    first = town.control.raccordement(town.siret)
    assert deposited(town) == deposited(town)
    assert town.control.raccordement(town.siret) == first
    activated(town)
    assert deposited(town).etat == "actif"


def test_a_deposit_again_after_time_has_passed_still_says_since_when(town):
    before = deposited(town)
    town.control.set_clock(town.siret, avance="P1M")
    assert deposited(town) == before


def test_a_certificate_that_names_another_body_is_refused(active, tmp_path):
    identity, depot = certificate(active, tmp_path, "other", siret=fresh_siret())
    with pytest.raises(Refused) as caught:
        deposited(active, identity, depot)
    assert caught.value.code == "certificat.siren"
    assert len(active.control.raccordement(active.siret)["certificats"]) == 1


def test_a_certificate_of_another_town_is_refused(active, asking):
    played(asking, "espace.demande", "espace.cree")
    stolen = active.depot().model_copy(update={"siret": asking.siret})
    assert code_of(deposited, asking, None, stolen) == "certificat.deja-lie"


def test_a_deposit_under_another_tls_identity_is_refused(asking, tmp_path):
    """The peer certificate is the deposited one, or one that the town has active."""
    played(asking, *STEPS)
    second, _ = certificate(asking, tmp_path, "second")
    assert code_of(deposited, asking, second) == "certificat.autre"
    deposited(asking)
    identity, depot = certificate(asking, tmp_path, "third")
    assert code_of(deposited, asking, None, depot) == "certificat.non-active"  # deposited is not yet active
    activated(asking)
    assert deposited(asking, None, depot).etat == "depose"
    assert code_of(checked, asking, identity) == "certificat.non-active"


def test_a_status_is_told_to_its_own_certificate_or_an_active_one(active, tmp_path):
    identity, depot = certificate(active, tmp_path, "second")
    with active.client(identity) as sifps:
        assert sifps.read_certificat(active.siret, depot.empreinte_sha256).etat == "inconnu"
        assert code_of(sifps.read_certificat, active.siret, active.empreinte) == "certificat.autre"
    with active.client() as sifps:
        assert sifps.read_certificat(active.siret, active.empreinte).etat == "actif"
        assert sifps.read_certificat(active.siret, depot.empreinte_sha256).etat == "inconnu"


# Front


def test_an_unknown_certificate_is_refused_at_the_front(asking):
    assert code_of(checked, asking) == "certificat.inconnu"


def test_a_certificate_of_another_town_is_refused_at_the_front(active, town):
    with active.client() as sifps:
        assert code_of(sifps.check_front, town.siret) == "certificat.autre-collectivite"


@pytest.mark.parametrize("operation", ["check_front", "read_retours", "send_avis_initial"])
def test_a_certificate_that_is_not_activated_is_refused_at_the_front(town, operation):
    with town.client() as sifps:
        given = avis(town.siret) if operation == "send_avis_initial" else town.siret
        assert code_of(getattr(sifps, operation), given) == "certificat.non-active"


def test_a_certificate_expires_on_the_towns_clock(active):
    fin = dt.datetime.fromisoformat(active.control.raccordement(active.siret)["certificats"][0]["fin"])
    active.control.set_clock(active.siret, at=fin.isoformat())
    assert checked(active).certificat_etat == "actif"
    active.control.set_clock(active.siret, avance="PT1S")
    with active.client() as sifps:
        for act in (sifps.check_front, sifps.read_retours):
            assert code_of(act, active.siret) == "certificat.expire"
        assert code_of(sifps.send_avis_initial, avis(active.siret)) == "certificat.expire"
        assert sifps.read_certificat(active.siret, active.empreinte).etat == "expire"
    assert active.control.dossiers(active.siret) == []


def test_an_expired_certificate_is_neither_deposited_nor_activated(asking, town):
    for one in (asking, town):
        one.control.set_clock(one.siret, avance="P9Y")
    played(asking, *STEPS)
    assert code_of(deposited, asking) == "certificat.expire"
    assert code_of(activated, town) == "certificat.expire"


def test_a_certificate_is_not_valid_before_its_first_day_on_the_towns_clock(running, tmp_path):
    """Signed for the machine's clock, used by a town that still lives a month earlier."""
    month_ago = (SystemClock().now() - dt.timedelta(days=30)).replace(microsecond=0)
    town = make_town(running, tmp_path, until="csr", at=month_ago.isoformat())
    identity, depot = certificate(town, tmp_path, "machine", clock=False)
    played(town, *STEPS)
    deposited(town, identity, depot)
    activated(town, depot.empreinte_sha256)
    with town.client(identity) as sifps:
        assert code_of(sifps.check_front, town.siret) == "certificat.pas-encore-valide"
        assert code_of(sifps.send_avis_initial, avis(town.siret)) == "certificat.pas-encore-valide"
        town.control.set_clock(town.siret, avance="P40D")
        assert sifps.check_front(town.siret).certificat_etat == "actif"


# Renewal


@pytest.mark.parametrize("by", ["the first", "itself"])
def test_a_renewal_is_a_second_certificate_beside_the_first(active, tmp_path, by):
    identity, depot = certificate(active, tmp_path, "second")
    assert deposited(active, None if by == "the first" else identity, depot).etat == "depose"
    assert code_of(checked, active, identity) == "certificat.non-active"
    activated(active, depot.empreinte_sha256)
    assert checked(active).certificat_etat == checked(active, identity).certificat_etat == "actif"
    states = [one["etat"] for one in active.control.raccordement(active.siret)["certificats"]]
    assert states == ["actif", "actif"]


@pytest.mark.parametrize("end", ["certificat.remplace", "certificat.revoque"])
def test_a_certificate_that_was_ended_opens_nothing_and_the_other_goes_on(active, tmp_path, end):
    identity, depot = certificate(active, tmp_path, "second")
    deposited(active, None, depot)
    activated(active, depot.empreinte_sha256)
    active.control.play(active.siret, end, {"empreinte": active.empreinte})
    assert code_of(checked, active) == end
    third, another = certificate(active, tmp_path, "third")
    assert code_of(deposited, active, None, another) == end
    assert code_of(activated, active) == end
    assert checked(active, identity).certificat_etat == "actif"
    assert deposited(active, third, another).etat == "depose"


# Both ports, and what is kept


def test_the_first_check_closes_the_order(active):
    view = active.control.raccordement(active.siret)
    assert {step["slug"]: step["etat"] for step in view["etapes"]}["connexion.controlee"] == "a_faire"
    checked(active)
    view = active.control.raccordement(active.siret)
    assert {step["etat"] for step in view["etapes"]} == {"fait"}


def test_exchanges_begin_on_1_january_2018(running, tmp_path):
    early = make_town(running, tmp_path, at="2017-12-30T12:00:00+01:00")
    checked(early)
    states = {step["slug"]: step["etat"] for step in early.control.raccordement(early.siret)["etapes"]}
    assert (states["connexion.controlee"], states["demarre"]) == ("fait", "a_faire")
    early.control.set_clock(early.siret, at="2018-01-01T00:00:00+01:00")
    checked(early)
    assert early.control.raccordement(early.siret)["etapes"][-1]["etat"] == "fait"


def test_deposits_open_on_2_october_2017(running, tmp_path):
    early = make_town(running, tmp_path, until="csr", at="2017-10-01T23:59:59+02:00")
    played(early, *STEPS)
    assert code_of(deposited, early) == "raccordement.trop-tot"
    early.control.set_clock(early.siret, avance="PT1S")
    assert deposited(early).etat == "depose"


def test_steps_of_the_vendor_are_taken_at_the_front_never_by_hand(running, asking):
    control = control_of(running)
    facts = {"empreinte": asking.empreinte, "debut": START, "fin": "2028-01-01T00:00:00+01:00"}
    for step in ("certificat.depose", "connexion.controlee", "demarre"):
        assert code_of(control.play, asking.siret, step, facts) == "evenement.editeur"
    assert code_of(control.play, asking.siret, "rien.de.tel") == "raccordement.faits"
