"""Whatever form series have, the client gets the forecast that the service answers to JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from forecast_client import DataError, ForecastClient, ForecastError
from tests.support.service import Service

HORIZON = 3


@pytest.fixture(scope="module")
def expected(shipped_service: Service, airline: list[float]) -> dict[str, Any]:
    """The forecast of the passengers that the service answers to a request in JSON."""
    series = {"values": airline, "start": "1949-01-01", "frequency": "MS"}
    body = {"series": series, "horizon": HORIZON, "levels": [80], "quantiles": [0.1]}
    with shipped_service.client() as client:
        forecast: dict[str, Any] = client.post("/predict", json=body).json()["forecasts"][0]
    return forecast


DATED: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.DataFrame(frame.to_dict("list")),
    "polars, lazy": lambda frame: pl.LazyFrame(frame.to_dict("list")),
    "arrow": lambda frame: pa.Table.from_pylist(frame.to_dict("records")),
    "dates as the index": lambda frame: frame.set_index("ds")[["y"]],
    "an index without a name": lambda frame: frame.set_index("ds")[["y"]].rename_axis(None),
    "ids and dates as the index": lambda frame: frame.set_index(["unique_id", "ds"]),
    "a series with dates": lambda frame: frame.set_index("ds")["y"],
    "a series with periods": lambda frame: frame.set_index("ds")["y"].to_period("M"),
    "some rows": lambda frame: pd.concat([frame, frame]).reset_index().iloc[len(frame) :],
    "columns": lambda frame: frame.assign(ds=frame["ds"].astype(str)).to_dict("list"),
    "records": lambda frame: frame.assign(ds=frame["ds"].astype(str)).to_dict("records"),
}


@pytest.mark.parametrize("form", DATED)
def test_series_with_dates(
    forecasting: ForecastClient,
    passengers_frame: pd.DataFrame,
    expected: dict[str, Any],
    form: str,
) -> None:
    data = DATED[form](passengers_frame)
    forecast = forecasting.predict(data, horizon=HORIZON, levels=[80], quantiles=[0.1])
    assert forecast.point == expected["point"]
    series = forecast[0]
    assert series.intervals["80"].lower == expected["intervals"]["80"]["lower"]
    assert series.quantiles["0.1"] == expected["quantiles"]["0.1"]
    frame: Any = forecast.frame
    library = {"polars": "polars", "arrow": "pyarrow"}.get(form.partition(",")[0], "pandas")
    assert type(frame).__module__.partition(".")[0] == library
    columns = frame.column_names if form == "arrow" else list(frame.columns)
    assert columns == ["unique_id", "ds", "point", "0.1", "lower-80", "upper-80"]
    assert str(frame["ds"][0]).startswith("1961-01-01")


RAW: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "array": np.asarray,
    "pandas": pd.Series,
    "polars": pl.Series,
    "object": lambda values: {"values": np.asarray(values)},
}


@pytest.mark.parametrize("form", RAW)
def test_raw_values(forecasting: ForecastClient, airline: list[float], form: str) -> None:
    forecast = forecasting.predict(RAW[form](airline), horizon=HORIZON, season_length=12)
    assert forecast.point == forecasting.predict(airline, horizon=HORIZON, season_length=12).point
    assert list(forecast.frame["step"]) == [1, 2, 3]


def test_a_file_and_its_picture(
    forecasting: ForecastClient, passengers_file: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    forecast = forecasting.predict(passengers_file, horizon=HORIZON)
    assert forecast["airline_passengers"].point == expected["point"]
    shown = f"airline_passengers  1961-01-01: {expected['point'][0]:.6g}, 1961-02-01: "
    assert f"1 series, {HORIZON} steps\n  {shown}" in str(forecast)
    figure = forecast.plot(tmp_path / "forecast.png")
    history, line = figure.axes[0].lines
    assert np.asarray(history.get_ydata())[-1] == 432
    assert np.asarray(line.get_ydata()).tolist() == expected["point"]
    assert (tmp_path / "forecast.png").read_bytes()[:4] == b"\x89PNG"


def test_named_columns_keep_their_names_and_types(forecasting: ForecastClient) -> None:
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 1, 30), eager=True)
    frame = pl.DataFrame({"shop": [7] * 30 + [3] * 30, "day": [*days, *days], "sold": range(60)})
    forecast = forecasting.predict(
        frame, horizon=1, id_col="shop", time_col="day", target_col="sold"
    )
    assert forecast.frame.schema["shop"] == pl.Int64
    assert forecast.frame.schema["day"] == pl.Date
    assert frame.join(forecast.frame, on=["shop", "day"], how="anti").height == 60
    assert [series.id for series in forecast] == ["7", "3"]


@pytest.mark.parametrize("indexed", [True, False])
def test_local_times_stay_local_also_when_the_clocks_are_set(
    forecasting: ForecastClient, *, indexed: bool
) -> None:
    hours = pd.date_range("2024-03-25", periods=24 * 5, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"ds": hours, "y": np.tile(np.arange(24.0), 5)})
    data = frame.set_index("ds")["y"] if indexed else frame
    for found in (
        forecasting.predict(data, horizon=48).frame,
        forecasting.predict(data, horizon=48, scores=True).frame,
    ):
        assert str(found["ds"].dt.tz) == "Europe/Berlin"
        assert list(found["ds"]) == list(pd.date_range(hours[-1], periods=49, freq="h")[1:])
    backtest = forecasting.backtest(data, horizon=24, windows=1).frame
    assert backtest["cutoff"].dtype == backtest["ds"].dtype
    dated = {"values": list(frame["y"]), "start": "2024-03-25", "frequency": "h"}
    frame = forecasting.predict({**dated, "timezone": "Europe/Berlin"}, horizon=48).frame
    assert frame["ds"][0] == hours[-1] + pd.Timedelta(hours=1)


def test_labels_of_rows_beside_dates_and_periods_are_no_dates(
    forecasting: ForecastClient, passengers_frame: pd.DataFrame, expected: dict[str, Any]
) -> None:
    frame = passengers_frame[["ds", "y"]]
    months = frame.assign(ds=pd.PeriodIndex(pd.to_datetime(frame["ds"]), freq="M"))
    labels = [f"row {row}" for row in range(len(frame))]
    for given in (months, frame.set_axis(labels), frame.set_axis(np.arange(len(frame)) * 7)):
        found = forecasting.predict(given, horizon=HORIZON)
        assert found.point == expected["point"]
        assert str(found.frame["ds"][0]).startswith("1961-01-01")
    with pytest.raises(DataError, match="cannot insert ds, already exists"):
        forecasting.predict(frame.set_axis(labels).rename_axis("ds"))


def test_without_pyarrow_frames_travel_as_csv(
    forecasting: ForecastClient,
    passengers_frame: pd.DataFrame,
    expected: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("forecast_client.data.frame.importlib.util.find_spec", lambda _: None)
    forecast = forecasting.predict(passengers_frame, horizon=HORIZON)
    assert forecast.point == expected["point"]
    assert str(forecast.frame["ds"][0]) == "1961-01-01 00:00:00"


def test_missing_values_notes_and_several_series(forecasting: ForecastClient) -> None:
    series = [
        {"id": "a", "values": [1.0, float("nan"), 3, 4, 5, 6]},
        {"id": "b", "values": [5, None, 5, 5, 5]},
    ]
    forecast = forecasting.predict(series, horizon=1)
    codes = {(note.unique_id, note.code) for note in forecast.notes}
    assert {("a", "missing_values_filled"), ("b", "fallback_constant")} <= codes
    assert len(forecast) == 2
    assert "fallback_constant" in {note.code for note in forecast["b"].notes}
    assert {note.unique_id for note in forecast[0].notes} == {"a"}
    rows = pd.DataFrame({"unique_id": ["a"] * 4 + ["b"] * 4, "y": [1, 2, 4, 3, 5, 5, 5, 5]})
    of_frame = forecasting.predict(rows.assign(ds=[0, 1, 2, 3] * 2), horizon=1)
    assert "fallback_constant" in {note.code for note in of_frame["b"].notes}
    assert {note.unique_id for note in of_frame["a"].notes} <= {"a"}
    with pytest.raises(ForecastError, match="2 forecasts"):
        _ = forecast.point


@pytest.mark.parametrize("as_frame", [True, False])
def test_series_that_fail_beside_others(forecasting: ForecastClient, *, as_frame: bool) -> None:
    values: dict[str, list[int | None]] = {"good": [1, 2, 3, 4], "bad": [None, None]}
    data: Any = [{"id": name, "values": column} for name, column in values.items()]
    if as_frame:
        rows = [
            {"unique_id": name, "ds": step, "y": value}
            for name, column in values.items()
            for step, value in enumerate(column)
        ]
        data = pd.DataFrame(rows)
    forecast = forecasting.predict(data, horizon=1, on_error="partial")
    assert [one.id for one in forecast] == ["good"]
    assert [(error.unique_id, error.code) for error in forecast.errors] == [
        ("bad", "series_all_missing")
    ]


def test_series_without_ids_are_called_by_their_places(forecasting: ForecastClient) -> None:
    series = [{"values": [None]}, {"values": [1, 2, 3, 4, 5] * 4}]
    partial: Any = {"on_error": "partial"}
    assert list(forecasting.predict(series, horizon=1, **partial).frame["unique_id"]) == ["1"]
    backtest = forecasting.backtest(series, horizon=1, windows=1, **partial)
    assert list(backtest.frame["unique_id"]) == ["1"]
    assert set(forecasting.anomalies(series, last=1, **partial).frame["unique_id"]) == {"1"}
    targets = {"targets": {"sold": [1, 2, 3, 4], "seen": [5, 6, 7, 8]}}
    frame = forecasting.predict(targets, horizon=1).frame
    assert frame[["unique_id", "target"]].to_numpy().tolist() == [["0", "sold"], ["0", "seen"]]


@pytest.mark.parametrize("as_frame", [True, False])
def test_an_empty_list_and_none_mean_the_same_in_every_form(
    forecasting: ForecastClient, passengers_frame: pd.DataFrame, *, as_frame: bool
) -> None:
    data = passengers_frame if as_frame else list(passengers_frame["y"])
    options: Any = {"levels": [], "quantiles": np.array([0.1]), "season_length": None}
    frame = forecasting.predict(data, horizon=1, **options).frame
    assert list(frame.columns) == ["unique_id", "ds" if as_frame else "step", "point", "0.1"]


def test_what_only_json_has(forecasting: ForecastClient, passengers_frame: pd.DataFrame) -> None:
    forecast = forecasting.predict(passengers_frame, horizon=HORIZON, scores=True, explain=True)
    assert forecast[0].scores is not None
    assert forecast[0].scores["model"]["mase"] > 0
    assert forecast[0].explanation is not None


def test_a_table_as_the_service_writes_it(
    forecasting: ForecastClient, shipped_service: Service, passengers_file: Path
) -> None:
    written = forecasting.answer("predict", passengers_file, "text/csv", horizon=HORIZON)
    answer = httpx.post(
        f"{shipped_service.url}/predict?horizon={HORIZON}",
        content=passengers_file.read_bytes(),
        headers={"content-type": "text/csv", "accept": "text/csv"},
    )
    assert written == answer.content
