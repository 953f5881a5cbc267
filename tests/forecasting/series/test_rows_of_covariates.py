"""Covariates stay beside the values that they were given with, whatever is done to the dates."""

from typing import Any

import numpy as np
import pytest

from forecasting.series.covariates import Covariates
from forecasting.series.opening import parse_opening
from forecasting.series.repair import DateRules, Repair
from forecasting.series.series import Series
from forecasting.series.timestamps import parse_times

NONE = np.nan
SORT = Repair(order="sort")


def read(days: list[str], values: list[Any], price: list[Any], **rules: Any) -> Series:
    """Read a series whose covariate is known for two steps more."""
    covariates = Covariates.from_columns({"price": price}, {"price": [8, 9]})
    times = parse_times([f"2024-01-{day}" for day in days])
    return Series.from_dates(values, times, rules=DateRules(**rules), covariates=covariates)


@pytest.mark.parametrize(
    ("days", "values", "rules", "beside"),
    [
        (["03", "01", "02"], [3, 1, 2], {"repair": SORT}, [1, 2, 3]),
        (["01", "02", "02", "03"], [1, 5, 2, 3], {"repair": Repair(repeated="last")}, [1, 2, 3]),
        (["01", "02", "02", "03"], [1, 2, 5, 3], {"repair": Repair(repeated="first")}, [1, 2, 3]),
        (["01", "02", "02", "03"], [1, 2, 4, 3], {"repair": Repair(repeated="sum")}, [1, 3, 3]),
        (["01", "02", "02", "03"], [1, 2, None, 3], {"repair": Repair(repeated="mean")}, [1, 2, 3]),
        (["01", "02", "03", "05"], [1, 2, 3, 5], {}, [1, 2, 3, NONE, 5]),
        (["01", "02", "05", "03"], [1, 2, 5, 3], {"repair": SORT}, [1, 2, 3, NONE, 5]),
        (["01", "02", "03"], [None, 2, 3], {}, [2, 3]),
        (["05", "08", "09"], [5, 8, 9], {"opening": parse_opening("Mon-Fri", None, [])}, [5, 8, 9]),
    ],
)
def test_covariates_follow_their_rows(
    days: list[str], values: list[Any], rules: dict[str, Any], beside: list[float]
) -> None:
    series = read(days, values, values, **rules)
    assert series.covariates is not None
    assert series.covariates.past[:, 0] == pytest.approx(beside, nan_ok=True)
    assert series.covariates.ahead[:, 0].tolist() == [8, 9]
    assert len(series.covariates.past) == len(series.values)


def test_numbers_in_place_of_dates_take_covariates_with_them() -> None:
    covariates = Covariates.from_columns({"price": [30, 10, 20, 50]}, {})
    values, steps = np.array([3.0, 1.0, 2.0, 5.0]), np.array([3, 1, 2, 5])
    series = Series.from_steps(values, steps, repair=Repair(order="sort"), covariates=covariates)
    assert series.covariates is not None
    assert series.covariates.past[:, 0] == pytest.approx([10, 20, 30, NONE, 50], nan_ok=True)


def test_rows_after_the_last_value_are_the_steps_ahead() -> None:
    covariates = Covariates.from_columns({"price": [5, 1, 2, 3, 4]}, {"price": []})
    times = parse_times([f"2024-01-{day}" for day in ("05", "01", "02", "03", "04")])
    rules = DateRules(Repair(order="sort"))
    series = Series.from_dates(
        [None, 1, None, 3, None], times, rules=rules, covariates=covariates, rows_ahead=True
    )
    assert series.values.tolist() == [1, 2, 3]
    assert series.covariates is not None
    assert series.covariates.past[:, 0].tolist() == [1, 2, 3]
    assert series.covariates.ahead[:, 0].tolist() == [4, 5]
    assert [note.code for note in series.notes] == ["timestamps_sorted", "missing_values_filled"]
    assert series.notes[1].count == 1
