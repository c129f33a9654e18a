"""What a profile makes the embedded SI FPS do: pace, limits, statuses and codes of refusals, returns it cannot push."""

import pytest

from embedded import avis
from fpsctl.antai import load_profile
from fpsctl.errors import LocalError, Refused
from fpsctl.sandbox.pace import Pace
from worlds import A, B, Inside, peer_of

HEAD = """\
profile: essai
version: "1"
title: {fr: "Essai", en: "Trial"}
extends: public
"""
WORD = "confidence: official, source: trial"


def profile(folder, added):
    (folder / "essai.yaml").write_text(HEAD + added, encoding="utf-8")
    return load_profile(str(folder / "essai.yaml"))


def test_a_caller_that_asks_too_fast_is_told_how_long_to_wait(tmp_path):
    paced = profile(tmp_path, f"limits: {{requests_per_minute: {{value: 3, {WORD}}}}}\n")
    with Inside(tmp_path, profile=paced) as world:
        for siret in (A, B):
            world.town(siret)
        codes = [world.call("check_front", peer_of(A), siret=A).code for _ in range(5)]
        assert codes == ["", "", "", "http.debit", "http.debit"]
        assert world.call("check_front", peer_of(B), siret=B).code == ""  # another caller is another matter


def test_the_minute_slides():
    paced = load_profile("public")
    limits = paced.limits.model_copy(
        update={"requests_per_minute": paced.limits.body_bytes.model_copy(update={"value": 2})}
    )
    pace = Pace(paced.model_copy(update={"limits": limits}))
    pace.take("a", 0.0)
    pace.take("a", 50.0)
    with pytest.raises(Refused) as caught:
        pace.take("a", 55.5)
    assert caught.value.params == {"most": 2, "attente": 5}
    pace.take("a", 60.0)
    with pytest.raises(Refused):
        pace.take("a", 60.0)
    pace.take("b", 60.0)


def test_no_bound_lets_everybody_through():
    pace = Pace(load_profile("public"))
    for _ in range(1000):
        pace.take("a", 0.0)


def test_statuses_and_codes_of_refusals_are_the_profile_s(tmp_path):
    told = profile(
        tmp_path,
        "errors:\n  codes:\n"
        f"    numero.conflit: {{wire: DOUBLON, status: 418, {WORD}}}\n    message.cycle: {{wire: 7, {WORD}}}\n",
    )
    with Inside(tmp_path, profile=told) as world:
        world.town(A)
        notice = avis(A)
        assert world.send(notice).status == 201
        reply = world.send(notice.model_copy(update={"lieu": "Ailleurs"}))
        assert (reply.status, reply.json["code"], reply.json["title"]) == (418, "DOUBLON", "I'm a Teapot")
        assert reply.json["params"]["numero"] == notice.numero


def test_pushed_returns_are_not_pretended(tmp_path):
    pushed = profile(tmp_path, f"retours: {{mode: push, {WORD}}}\n")
    with pytest.raises(LocalError) as caught:
        Inside(tmp_path, profile=pushed)
    assert caught.value.code == "sandbox.push"
