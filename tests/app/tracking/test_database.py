"""The file of the forecasts that are kept: several writers, and its bounds."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.access.seen import Seen
from app.tracking.actual_values import ActualValues
from app.tracking.database import TrackingDatabase
from app.tracking.tracked import TimeUnit, TrackedForecast

BYTES = 2**30


def tracked(name: str, *, made_at: float | None = None, horizon: int = 3) -> TrackedForecast:
    return TrackedForecast(
        id=name,
        model="m",
        version=1,
        owner=None,
        made_at=time.time() if made_at is None else made_at,
        series="a",
        target=None,
        unit=TimeUnit.STEPS,
        zone=None,
        times=np.arange(10, 10 + horizon),
        scale=1.0,
        levels=("80",),
        values=np.zeros((4, horizon)),
        actual=np.full(horizon, np.nan),
    )


def known(database: TrackingDatabase) -> list[TrackedForecast]:
    return database.known("m", 1, Seen(), at_most=10_000)


def test_processes_that_write_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    def write(writer: int) -> None:
        database = TrackingDatabase(tmp_path / "tracking.sqlite")
        for number in range(10):
            database.add([tracked(f"{writer}-{number}")], max_bytes=BYTES)
            values = ActualValues(np.array([writer]), np.array([10 + writer]), series="a")
            database.set_actuals([values], None, Seen())
        database.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    found = known(database)
    database.close()
    assert len(found) == 30
    assert all(set(one.actual[~np.isnan(one.actual)]) <= {0, 1, 2} for one in found)
    assert found[0].actual.tolist() == [0, 1, 2]


def test_the_oldest_are_forgotten_beyond_the_bounds(tmp_path: Path) -> None:
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    for number in range(40):
        batch = [tracked(f"{number}-{one}", horizon=50) for one in range(100)]
        database.add(batch, max_bytes=2**20)
    left = database.count("m", 1, Seen())
    assert 100 <= left < 1_000
    assert (tmp_path / "tracking.sqlite").stat().st_size < 3 * 2**20
    newest = ActualValues(np.array([1.0]), None, forecast_id="39-99")
    (matched,) = database.set_actuals([newest], None, Seen())
    assert matched.note() is None
    database.add([tracked("old", made_at=1.0)], max_bytes=BYTES)
    assert database.forget_before(2.0)
    assert not database.forget_before(2.0)
    assert database.count("m", 1, Seen()) == left
    database.close()


def test_values_that_come_again_change_nothing(tmp_path: Path) -> None:
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    database.add([tracked("one")], max_bytes=BYTES)
    values = ActualValues(np.array([1.0]), np.array([11]), series="a")
    for _ in range(2):
        (matched,) = database.set_actuals([values], None, Seen())
        assert (matched.forecasts, matched.replaced) == ({"one"}, 0)
        known_at = known(database)[0].known_at
    claimed = database.claim_changed(time.time() + 60)
    assert claimed == ("m", 1, 1)
    assert database.claim_changed(time.time() + 60) is None
    database.set_standing(*claimed, "{}")
    database.set_actuals([values], None, Seen())
    assert database.claim_changed(time.time() + 60) is None
    assert known(database)[0].known_at == known_at
    database.close()


def test_rows_that_are_damaged_are_left_out(tmp_path: Path) -> None:
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    names = ["actual", "unit", "levels", "whole"]
    database.add([tracked(name) for name in names], max_bytes=BYTES)
    other = sqlite3.connect(tmp_path / "tracking.sqlite")
    for name, value in (("actual", b"short"), ("unit", "days"), ("levels", "[")):
        other.execute(f"UPDATE forecasts SET {name} = ? WHERE id = ?", (value, name))
    other.commit()
    other.close()
    values = ActualValues(np.array([1.0]), np.array([11]), series="a")
    (matched,) = database.set_actuals([values], None, Seen())
    assert matched.forecasts == {"whole"}
    assert [one.id for one in known(database)] == ["whole"]
    database.close()


def test_the_forecasts_of_others_take_no_room_from_those_of_a_caller(tmp_path: Path) -> None:
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    mine = [replace(tracked(name), owner="me") for name in ("old", "mine")]
    mine[0] = replace(mine[0], made_at=1.0)
    database.add([*mine, tracked("other-1"), tracked("other-2")], max_bytes=BYTES)
    values = ActualValues(np.array([1.0]), np.array([11]), series="a")
    database.set_actuals([values], None, Seen())
    seen = Seen("team-", "me", since=2.0)
    assert [one.id for one in database.known("m", 1, seen, at_most=1)] == ["mine"]
    assert database.count("m", 1, seen) == 1
    assert database.count("m", 1, Seen("m")) == 4
    database.close()


@pytest.mark.parametrize(("model", "version"), [("m", 2), ("other", 1)])
def test_other_versions_have_forecasts_of_their_own(
    tmp_path: Path, model: str, version: int
) -> None:
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    database.add([tracked("one")], max_bytes=BYTES)
    assert database.count(model, version, Seen()) == 0
    database.close()
