import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from forecasting.series.soundness import whole_values
from forecasting.series.timestamps import parse_times


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([], "series_empty"),
        ([None, None], "series_all_missing"),
        ([1.0, 1e200], "value_too_large"),
    ],
)
def test_refuses_what_cannot_be_forecast(values: list[float | None], code: str) -> None:
    with pytest.raises(SeriesError) as refused:
        Series.from_values(values)
    assert refused.value.code == code


@pytest.mark.parametrize("values", [[3.0], [None, 3.0], [5.0, 5.0, 5.0], [0.0, 0.0]])
def test_says_of_a_series_that_it_does_not_vary(values: list[float | None]) -> None:
    assert not Series.from_values(values).varies
    assert Series.from_values([*values, 7.0]).varies


def test_names_the_value_that_is_too_large() -> None:
    with pytest.raises(SeriesError) as refused:
        Series.from_values([1.0, 2.0, -1e200])
    assert refused.value.path == (2,)


def test_fills_gaps_and_says_so() -> None:
    series = Series.from_values([None, 1.0, None, 3.0, None])
    assert series.values.tolist() == [1.0, 2.0, 3.0, 3.0]
    assert [(note.code, note.count) for note in series.notes] == [
        ("leading_missing_dropped", 1),
        ("missing_values_filled", 2),
    ]


def test_dates_go_on_after_missing_values_at_both_ends() -> None:
    calendar = Calendar.from_start("2024-01-31", "ME")
    series = Series.from_values([None, 1.0, 2.0, None], calendar=calendar)
    assert series.dropped == 1
    assert series.future_timestamps(1) == ["2024-05-31T00:00:00"]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (
            ["2023-10-15", "2023-11-15", "2023-12-15", "2024-01-15", "2024-03-15", "2024-04-15"],
            ["2024-05-15T00:00:00", "2024-06-15T00:00:00"],
        ),
        (
            ["2023-08-30", "2023-09-30", "2023-10-30", "2023-11-30", "2024-01-30"],
            ["2024-02-29T00:00:00", "2024-03-30T00:00:00"],
        ),
    ],
    ids=["bank statements on the 15th", "salaries on the 30th or the last day"],
)
def test_months_on_a_fixed_day_go_on_on_that_day(dates: list[str], expected: list[str]) -> None:
    balances = [float(position) for position in range(len(dates))]
    series = Series.from_dates(balances, parse_times(dates))
    assert series.future_timestamps(2) == expected
    assert [(note.code, note.count) for note in series.notes] == [
        ("missing_dates_added", 1),
        ("missing_values_filled", 1),
    ]
    assert series.calendar is not None
    assert series.calendar.frequency.season_length == 12


@given(st.lists(st.lists(st.none() | st.floats(width=16), max_size=5), max_size=5))
def test_many_at_once_are_as_each_alone(many: list[list[float | None]]) -> None:
    for values, whole in zip(many, whole_values(many), strict=True):
        if whole is not None:
            series = Series.from_values(values)
            assert series.values.tolist() == whole.tolist()
            assert series.notes == ()


@given(st.lists(st.none() | st.floats(-1e150, 1e150), max_size=20))
def test_gives_finite_values_or_a_clear_refusal(values: list[float | None]) -> None:
    try:
        series = Series.from_values(values)
    except SeriesError:
        return
    assert np.isfinite(series.values).all()
    assert series.varies == (np.unique(series.values).size > 1) or series.values.size > 1
