"""What is known ahead in a table of its own begins after the last row of the past."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from forecasting.series.repair import NO_RULES
from forecasting.series.series import Series
from forecasting.tables.formats import PARQUET
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from forecasting.tables.table_series import to_series_items

OPTIONS = TableOptions(id_col="shop", time_col="day", target_col="sales")
PAST = pd.DataFrame(
    {
        "shop": "a",
        "day": pd.date_range("2024-01-01", periods=30),
        "sales": np.arange(30.0),
        "promo": np.arange(30) % 2.0,
    }
)
AHEAD = pd.DataFrame(
    {"shop": "a", "day": pd.date_range("2024-01-31", periods=3), "promo": [1.0, 0.0, 1.0]}
)


def content(table: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    table.to_parquet(written)
    return written.getvalue()


def read(past: pd.DataFrame, ahead: pd.DataFrame) -> Series:
    table = read_table(content(past), PARQUET, OPTIONS, 2**30, content(ahead))
    (item,) = to_series_items(table, frequency=None, timezone=None)
    series = item.read(NO_RULES)
    assert series.values.size == 30
    assert series.future_timestamps(1) == ["2024-01-31T00:00:00"]
    return series


def test_last_values_that_are_missing_are_of_the_past() -> None:
    series = read(PAST.assign(sales=PAST["sales"].where(PAST.index < 27)), AHEAD)
    assert np.isnan(series.observed()[27:]).all()
    assert series.covariates is not None
    assert series.covariates.names == ("promo",)
    assert series.covariates.ahead.ravel().tolist() == [1, 0, 1]


def test_rows_ahead_in_which_all_is_missing_are_not_of_the_past() -> None:
    series = read(PAST, AHEAD.assign(promo=np.nan))
    assert series.covariates is not None
    assert len(series.covariates.ahead) == 0


def test_rows_ahead_without_covariates_say_nothing() -> None:
    assert read(PAST, AHEAD[["shop", "day"]]).covariates is None
