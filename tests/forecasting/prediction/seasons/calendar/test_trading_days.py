"""What months add because of the days they hold."""

import numpy as np
import numpy.typing as npt
import pytest

from forecasting.prediction.seasons.calendar.trading_days import FEWEST_MONTHS, measure_trading_days
from forecasting.types import Floats, Positions

MONTHS = np.arange("2010-01", "2022-01", dtype="datetime64[M]")
PAST = np.datetime64("2021-01") > MONTHS
AHEAD = int((~PAST).sum())


def totals(by_weekday: list[float]) -> Floats:
    """Return the sums over each month of what each weekday brings, Monday first."""
    days = np.arange("2010-01-01", "2022-01-01", dtype="datetime64[D]")
    brought = np.array(by_weekday)[(days.astype(np.int64) + 3) % 7]
    month = days.astype("datetime64[M]").astype(np.int64) - MONTHS[0].astype(np.int64)
    return np.bincount(month, brought).astype(np.float64)


def days_of(months: npt.NDArray[np.datetime64] = MONTHS) -> Positions:
    """Return the first days of months, (1, t)."""
    return months.astype("datetime64[D]").astype(np.int64)[None, :]


def without_mean_of_month(values: Floats) -> Floats:
    by_year = values.reshape(-1, 12)
    return np.asarray((by_year - by_year.mean(axis=0)).ravel())


def test_a_month_with_more_weekends_is_foretold() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])
    noise = np.random.default_rng(0).normal(0, 0.5, values.size)
    found = measure_trading_days((values + noise)[PAST][None, :], days_of())[0]
    assert found.size == values.size
    expected = without_mean_of_month(values)
    assert without_mean_of_month(found) == pytest.approx(expected, abs=1.5)
    assert np.std(expected) > 3


def test_a_trend_and_a_season_are_not_in_the_way() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])
    noise = np.random.default_rng(0).normal(0, 0.5, values.size)
    other = np.linspace(0, 500, values.size) + 40 * np.sin(np.arange(values.size) / 12 * 2 * np.pi)
    plain = measure_trading_days((values + noise)[PAST][None, :], days_of())
    hidden = measure_trading_days((values + noise + other)[PAST][None, :], days_of())
    np.testing.assert_allclose(hidden, plain, atol=1e-6)


def test_hardly_anything_is_found_in_noise() -> None:
    noise = np.random.default_rng(1).normal(0, 1, (200, PAST.sum()))
    found = measure_trading_days(noise, np.repeat(days_of(), 200, axis=0))
    assert np.abs(found).mean() < 0.02
    walks = noise.cumsum(axis=1)
    found = measure_trading_days(walks, np.repeat(days_of(), 200, axis=0))
    assert np.abs(found).mean() < 0.02 * walks.std(axis=1).mean()


def test_gaps_take_no_part() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])[PAST]
    values += np.random.default_rng(2).normal(0, 0.5, values.size)
    gaps = values.copy()
    gaps[[20, 21, 60]] = np.nan
    found = measure_trading_days(gaps[None, :], days_of())
    assert np.isfinite(found).all()
    assert found[0] == pytest.approx(measure_trading_days(values[None, :], days_of())[0], abs=1.0)


def test_four_years_are_too_short() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])[PAST]
    short = values[-FEWEST_MONTHS + 1 :]
    begun = PAST.sum() - short.size
    assert not measure_trading_days(short[None, :], days_of()[:, begun:]).any()
    padded = np.concatenate([np.full(begun, np.nan), short])
    assert not measure_trading_days(padded[None, :], days_of()).any()


@pytest.mark.parametrize("last", ["0005-12", "1903-12", "9999-12"])
def test_every_month_of_the_calendar_will_do(last: str) -> None:
    values = np.random.default_rng(3).normal(0, 1, (1, 60))
    months = np.datetime64(last) + np.arange(-59, 193)
    found = measure_trading_days(values, days_of(months))
    assert np.isfinite(found).all()


def test_a_series_has_the_trading_days_that_it_has_alone() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])[PAST] + np.random.default_rng(4).normal(
        0, 0.5, (3, PAST.sum())
    )
    days = np.concatenate([days_of(), days_of(MONTHS - 12), days_of(MONTHS - 300)])
    together = measure_trading_days(values, days)
    for row in range(3):
        alone = measure_trading_days(values[row : row + 1], days[row : row + 1])
        np.testing.assert_array_equal(together[row], alone[0])


def test_one_leap_day_may_be_an_outlier() -> None:
    months = np.arange("2019-01", "2024-03", dtype="datetime64[M]")
    values = 100 + np.random.default_rng(5).normal(0, 1.5, 60)
    values[13] += 100  # February 2020
    found = measure_trading_days(values[None, :], days_of(months))
    assert np.abs(found[0, 60:]).max() < 5
