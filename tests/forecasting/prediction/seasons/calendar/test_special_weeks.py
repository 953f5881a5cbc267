"""Special weeks: by the dates that they hold, and by their distance from Easter."""

import numpy as np
import numpy.typing as npt
import pytest

from forecasting.prediction.seasons.calendar.special_weeks import (
    FEWEST_WEEKS,
    measure_special_weeks,
)
from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.prediction.seasons.seasons import measure_seasons
from forecasting.series.frequency import parse_frequency
from forecasting.types import Floats

SUNDAYS = np.arange("2012-01-01", "2023-01-01", 7, dtype="datetime64[D]")
PAST = np.datetime64("2022-01-01") > SUNDAYS
AHEAD = int((~PAST).sum())
NUMBERS = SUNDAYS.astype(np.int64)[None, :]


def holds(*dates: str) -> npt.NDArray[np.bool_]:
    """Return which of the weeks that end on Sundays hold one of some dates."""
    weeks = (np.array(dates, "datetime64[D]")[:, None] - SUNDAYS).astype(np.int64)
    return np.asarray(((weeks > -7) & (weeks <= 0)).any(axis=0))


NOVEMBERS = np.arange("2012-11", "2023-11", 12, dtype="datetime64[M]").astype("datetime64[D]")
CHRISTMAS = holds(*(f"{year}-12-25" for year in range(2012, 2023)))
THANKSGIVING = holds(*np.busday_offset(NOVEMBERS, 3, "forward", "0001000").astype(str))
GOOD_FRIDAY = holds(
    "2012-04-06",
    "2013-03-29",
    "2014-04-18",
    "2015-04-03",
    "2016-03-25",
    "2017-04-14",
    "2018-03-30",
    "2019-04-19",
    "2020-04-10",
    "2021-04-02",
    "2022-04-15",
)


def noise(shape: tuple[int, ...], seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize(
    "special",
    [CHRISTMAS, THANKSGIVING, GOOD_FRIDAY],
    ids=["Christmas", "Thanksgiving", "Good Friday"],
)
def test_weeks_that_are_special_every_year_are_foretold(special: npt.NDArray[np.bool_]) -> None:
    values = noise((1, int(PAST.sum()))) + np.where(special[PAST], -40.0, 0.0)
    found = measure_special_weeks(values, NUMBERS)[0, PAST.sum() :]
    assert found[special[~PAST]] == pytest.approx(-40, abs=3)
    assert np.abs(found[~special[~PAST]]).max() < 4


def test_a_week_may_be_dated_by_its_first_day() -> None:
    values = noise((1, int(PAST.sum()))) + np.where(CHRISTMAS[PAST], -40.0, 0.0)
    found = measure_special_weeks(values, NUMBERS - 6)[0, PAST.sum() :]
    assert found[CHRISTMAS[~PAST]] == pytest.approx(-40, abs=3)


@pytest.mark.parametrize("correlated", [False, True])
def test_hardly_a_week_of_noise_is_special(correlated: bool) -> None:
    values = noise((40, int(PAST.sum())), seed=1)
    if correlated:
        for step in range(1, values.shape[1]):
            values[:, step] += 0.8 * values[:, step - 1]
    found = measure_special_weeks(values, np.repeat(NUMBERS, 40, axis=0))[:, PAST.sum() :]
    assert np.abs(found).mean() < 0.03 * values.std()


def test_less_than_four_years_show_no_special_week() -> None:
    values = np.where(CHRISTMAS, -40.0, 0.0)[None, : FEWEST_WEEKS - 1]
    assert not measure_special_weeks(values, NUMBERS[:, : FEWEST_WEEKS + 50]).any()


def test_a_series_has_the_special_weeks_that_it_has_alone() -> None:
    values = noise((3, int(PAST.sum())), seed=2) + np.where(CHRISTMAS[PAST], -20.0, 0.0)
    values[2, :100] = np.nan
    values[1, 200:210] = np.nan
    days = NUMBERS - np.array([[0], [400], [5000]])
    together = measure_special_weeks(values, days)
    for row in range(3):
        alone = measure_special_weeks(values[row : row + 1], days[row : row + 1])
        np.testing.assert_array_equal(together[row], alone[0])


@pytest.mark.parametrize("last_day", ["0001-12-31", "9999-12-20"])
def test_every_week_of_the_calendar_will_do(last_day: str) -> None:
    days = 7 * (np.arange(792) - 599) + np.datetime64(last_day).astype(np.int64)
    assert np.isfinite(measure_special_weeks(noise((1, 600)), days[None, :])).all()


def test_a_year_is_measured_without_its_special_weeks() -> None:
    steps = np.arange(SUNDAYS.size)
    smooth = 10 * np.sin(2 * np.pi * steps * 7 / 365.2425)
    values = 100 + smooth + 0.5 * noise(smooth.shape) - np.where(CHRISTMAS, 40.0, 0.0)
    seasons = measure_seasons(
        values[PAST][None, :],
        choose_cycles(52, parse_frequency("W-SUN")),
        AHEAD,
        days=NUMBERS,
    )
    expected = seasons.restore(np.full((1, AHEAD), 100.0))[0]
    assert expected[CHRISTMAS[~PAST]] == pytest.approx(60, abs=8)
    other = ~CHRISTMAS[~PAST]
    assert expected[other] == pytest.approx(100 + smooth[~PAST][other], abs=5)
