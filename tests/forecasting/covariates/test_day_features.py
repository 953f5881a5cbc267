"""Days of the calendar as covariates."""

import numpy as np
import pytest

from forecasting.covariates.day_features import parse_features, with_features
from forecasting.errors import ForecastingError
from forecasting.series.calendar import Calendar
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone


def days_of(
    name: str, start: str, frequency: str, count: int, zone: str | None = None
) -> Covariates:
    """Return a feature of `count` steps, of which the last is ahead."""
    calendar = Calendar.from_start(start, frequency, None if zone is None else parse_zone(zone))
    series = Series.from_values(np.arange(count - 1.0), calendar=calendar)
    covariates = with_features(series, parse_features([name]), 1).covariates
    assert covariates is not None
    return covariates


def found(name: str, start: str, count: int) -> list[str]:
    """Return the days among `count` from a start on that a feature marks."""
    covariates = days_of(name, start, "D", count)
    marked = np.flatnonzero(np.concatenate([covariates.past, covariates.ahead])[:, 0])
    return [str(np.datetime64(start) + day) for day in marked.tolist()]


@pytest.mark.parametrize(
    ("name", "start", "count", "expected"),
    [
        ("holidays:DE", "2024-03-25", 14, ["2024-03-29", "2024-04-01"]),
        ("holidays:de", "2024-10-28", 7, []),
        ("holidays:DE-by", "2024-10-28", 7, ["2024-11-01"]),
        ("holidays:US-CA", "2024-11-25", 7, ["2024-11-28", "2024-11-29"]),
        ("weekend", "2024-01-01", 9, ["2024-01-06", "2024-01-07"]),
        ("month_start", "2024-01-31", 3, ["2024-02-01"]),
        ("month_end", "2024-02-27", 5, ["2024-02-29"]),
        ("payday", "2024-06-10", 30, ["2024-06-14", "2024-06-28"]),  # the 15th is a Saturday
        ("payday:25", "2024-08-01", 31, ["2024-08-23"]),  # the 25th is a Sunday
        ("payday:1", "2024-08-28", 7, ["2024-08-30"]),  # 1 September is a Sunday
        ("payday:31", "2024-02-20", 12, ["2024-02-29"]),
    ],
)
def test_a_day_is_marked(name: str, start: str, count: int, expected: list[str]) -> None:
    assert found(name, start, count) == expected


@pytest.mark.parametrize(
    ("name", "start", "frequency", "expected"),
    [
        ("holidays:DE", "2024-04-01", "MS", [1, 3, 0]),  # May: Labour Day, Ascension, Whit Monday
        ("holidays:DE", "2024-04-30", "ME", [1, 3, 0]),
        ("holidays:DE", "2024-01-01", "QS", [2, 4, 0]),
        ("weekend", "2024-02-29", "ME", [8, 10, 8]),
        ("holidays:DE", "2022-01-01", "YS", [9, 9, 9]),
        ("payday", "2024-06-10", "W-MON", [1, 0, 1]),
    ],
)
def test_longer_steps_count_their_days(
    name: str, start: str, frequency: str, expected: list[int]
) -> None:
    covariates = days_of(name, start, frequency, 3)
    counted = np.concatenate([covariates.past, covariates.ahead])[:, 0]
    assert counted.tolist() == expected
    assert covariates.known_ahead.all()


def test_hours_belong_to_the_day_that_the_clock_on_the_wall_shows() -> None:
    hours = days_of("weekend", "2024-01-05T20:00Z", "h", 6, "Europe/Berlin")
    assert hours.past[:, 0].tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("names", "position", "said"),
    [
        (["weekend", "holidays:Germny"], 1, "Close ones are holidays:DE"),
        (["holidays:DE-XX"], 0, "Its parts are "),
        (["month-end"], 0, "Did you mean 'month_end'?"),
        (["weekend", "weekend"], 1, "twice"),
        (["payday:32"], 0, "is not known"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_are_close(
    names: list[str], position: int, said: str
) -> None:
    with pytest.raises(ForecastingError, match=said) as caught:
        parse_features(names)
    assert caught.value.path == ("calendar", position)


@pytest.mark.parametrize(
    ("name", "start", "frequency", "said"),
    [
        ("holidays:DE", "2024-01-05", "W-FRI", "frequency W-FRI"),
        ("month_end", "2024-01-01", "MS", "whole months"),
        ("holidays:DE", "1988-01-01", "D", "known from 1991"),
    ],
)
def test_a_feature_that_does_not_apply_is_refused(
    name: str, start: str, frequency: str, said: str
) -> None:
    with pytest.raises(ForecastingError, match=said) as caught:
        days_of(name, start, frequency, 5)
    assert caught.value.code == "calendar_not_applicable"
    assert caught.value.path[0] == "calendar"
