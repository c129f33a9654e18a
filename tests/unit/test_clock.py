"""Time is an argument: the clock that stands still, and today where the town is."""

import datetime as dt

import pytest

from fpsctl.cli.inputs import today, town_day
from fpsctl.clock import ManualClock, SystemClock
from fpsctl.collectivite import add_town
from fpsctl.identifiers import Siret
from fpsctl.workspace import Workspace

EVENING = dt.datetime(2026, 12, 31, 21, 30, tzinfo=dt.UTC)


def test_a_manual_clock_moves_forward_only():
    clock = ManualClock(EVENING)
    assert clock.now() == EVENING
    assert clock.advance(dt.timedelta(hours=1)) == clock.now() == EVENING + dt.timedelta(hours=1)
    with pytest.raises(ValueError, match="never goes back"):
        clock.advance(dt.timedelta(seconds=-1))
    with pytest.raises(ValueError, match="aware"):
        ManualClock(dt.datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused
    assert SystemClock().now().tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("zone", "day"),
    [("", "2026-12-31"), ("Europe/Paris", "2026-12-31"), ("Indian/Reunion", "2027-01-01"), ("Mars", "2026-12-31")],
)
def test_today_is_the_town_s(zone, day):
    assert today(zone, ManualClock(EVENING)).isoformat() == day


def test_a_town_s_settings_change_on_its_own_day(tmp_path, monkeypatch):
    monkeypatch.setattr("fpsctl.clock.SystemClock.now", lambda _: EVENING)
    workspace, siret = Workspace(tmp_path), Siret("13000000300017")
    assert town_day("--from", "", workspace, siret).isoformat() == "2026-12-31"
    settings = {"nom": "R", "fuseau": "Indian/Reunion", "tarifs": {"a": {"fps": 100}}}
    add_town(workspace, siret, dt.date(2026, 1, 1), settings)
    assert town_day("--from", "", workspace, siret).isoformat() == "2027-01-01"
    assert town_day("--from", "2026-05-01", workspace, siret).isoformat() == "2026-05-01"
