"""Large data goes in several requests, and the answers are those of one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.settings.settings import Settings
from forecast_client import ForecastClient, ProblemError
from forecast_client.data.parts import Cost, Room, cut
from tests.support.service import ROOT, Service
from tests.support.service_thread import service_thread

COST = Cost("max_forecast_values", lambda size: size)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForecastClient]:
    """A client of a service that takes two series in a request, and judges 30 values."""
    settings = Settings(
        model_store=str(ROOT / "model_store"),
        jobs_dir=tmp_path_factory.mktemp("jobs"),
        max_series=2,
        max_windows=30,
    )
    with service_thread(settings) as http, ForecastClient(str(http.base_url)) as client:
        yield client


def panel(series: int, points: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    dates = pd.date_range("2024-01-01", periods=points, freq="D")
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{place}" for place in range(series)], points),
            "ds": np.tile(dates, series),
            "y": rng.normal(100, 5, series * points).round(1),
        }
    )


@pytest.mark.parametrize(
    ("sizes", "room", "parts"),
    [
        ([5, 5, 5], Room(10, 100, 100), [(0, 3)]),
        ([5, 5, 5], Room(2, 100, 100), [(0, 2), (2, 3)]),
        ([5, 5, 5], Room(10, 9, 100), [(0, 1), (1, 2), (2, 3)]),
        ([50, 5, 5], Room(10, 9, 100), [(0, 1), (1, 2), (2, 3)]),
        ([5, 5, 5], Room(10, 100, 10), [(0, 2), (2, 3)]),
    ],
)
def test_parts_fit_the_room(sizes: list[int], room: Room, parts: list[tuple[int, int]]) -> None:
    assert cut(sizes, room, COST) == parts


@pytest.mark.parametrize("points", [40, 2_100], ids=["cut in halves", "cut by the limits"])
@pytest.mark.parametrize("sort", ["unique_id", "ds"])
def test_a_frame_that_takes_several_requests(
    narrow: ForecastClient, forecasting: ForecastClient, points: int, sort: str
) -> None:
    frame = panel(5, points).sort_values(sort, kind="stable")
    forecast = narrow.predict(frame, horizon=2)
    pd.testing.assert_frame_equal(forecast.frame, forecasting.predict(frame, horizon=2).frame)
    assert [series.id for series in forecast] == [f"s{place}" for place in range(5)]


def test_lists_that_take_several_requests(narrow: ForecastClient) -> None:
    series = [{"values": [1, 2, 3, 4, 5, place]} for place in range(5)]
    frame = narrow.predict(series, horizon=1).frame
    assert list(frame["unique_id"]) == ["0", "1", "2", "3", "4"]


def test_values_to_judge_that_take_several_requests(narrow: ForecastClient) -> None:
    frame = narrow.anomalies(panel(5, 40), last=15).frame
    assert frame.groupby("unique_id").size().to_dict() == {f"s{place}": 15 for place in range(5)}


def test_an_error_names_the_part(narrow: ForecastClient) -> None:
    frame = panel(5, 40)
    frame.loc[frame["unique_id"] == "s3", "y"] = np.nan
    with pytest.raises(ProblemError, match=r"missing[^\0]*'s[23]'"):
        narrow.predict(frame, horizon=1)


def test_one_series_that_is_too_large_is_refused(
    forecasting: ForecastClient, shipped_service: Service, tmp_path: Path
) -> None:
    with pytest.raises(ProblemError) as refused:
        forecasting.predict([1, 2, 3], horizon=20_000)
    assert refused.value.code == "horizon_too_long"
