"""The file of the forecasts that are kept: several writers, and its bounds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

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


def everybody(*_: object) -> bool:
    return True


def known(database: TrackingDatabase) -> list[TrackedForecast]:
    return database.known("m", 1, everybody, at_most=10_000)


def test_processes_that_write_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    def write(writer: int) -> None:
        database = TrackingDatabase(tmp_path / "tracking.sqlite")
        for number in range(10):
            database.add([tracked(f"{writer}-{number}")], max_bytes=BYTES)
            values = ActualValues(np.array([writer]), np.array([10 + writer]), series="a")
            database.set_actuals([values], None, everybody)
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
    left = database.count("m", 1, everybody)
    assert 100 <= left < 1_000
    assert (tmp_path / "tracking.sqlite").stat().st_size < 3 * 2**20
    newest = ActualValues(np.array([1.0]), None, forecast_id="39-99")
    (matched,) = database.set_actuals([newest], None, everybody)
    assert matched.note() is None
    database.add([tracked("old", made_at=1.0)], max_bytes=BYTES)
    assert database.forget_before(2.0)
    assert not database.forget_before(2.0)
    assert database.count("m", 1, everybody) == left
    database.close()


def test_values_that_come_again_change_nothing(tmp_path: Path) -> None:
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    database.add([tracked("one")], max_bytes=BYTES)
    values = ActualValues(np.array([1.0]), np.array([11]), series="a")
    for _ in range(2):
        (matched,) = database.set_actuals([values], None, everybody)
        assert (matched.forecasts, matched.replaced) == ({"one"}, 0)
        known_at = known(database)[0].known_at
    claimed = database.claim_changed(time.time() + 60)
    assert claimed == ("m", 1, 1)
    assert database.claim_changed(time.time() + 60) is None
    database.set_standing(*claimed, "{}")
    database.set_actuals([values], None, everybody)
    assert database.claim_changed(time.time() + 60) is None
    assert known(database)[0].known_at == known_at
    database.close()


@pytest.mark.parametrize(("model", "version"), [("m", 2), ("other", 1)])
def test_other_versions_have_forecasts_of_their_own(
    tmp_path: Path, model: str, version: int
) -> None:
    database = TrackingDatabase(tmp_path / "tracking.sqlite")
    database.add([tracked("one")], max_bytes=BYTES)
    assert database.count(model, version, everybody) == 0
    database.close()
