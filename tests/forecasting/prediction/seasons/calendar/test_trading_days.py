"""What months add because of the days they hold."""

import numpy as np
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


def last_days(month: np.datetime64 = MONTHS[PAST][-1]) -> Positions:
    return np.array([month.astype("datetime64[D]").astype(np.int64)])


def without_mean_of_month(values: Floats) -> Floats:
    by_year = values.reshape(-1, 12)
    return np.asarray((by_year - by_year.mean(axis=0)).ravel())


def test_a_month_with_more_weekends_is_foretold() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])
    noise = np.random.default_rng(0).normal(0, 0.5, values.size)
    found = measure_trading_days((values + noise)[PAST][None, :], last_days(), AHEAD)[0]
    assert found.size == values.size
    expected = without_mean_of_month(values)
    assert without_mean_of_month(found) == pytest.approx(expected, abs=1.5)
    assert np.std(expected) > 3


def test_a_trend_and_a_season_are_not_in_the_way() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])
    noise = np.random.default_rng(0).normal(0, 0.5, values.size)
    other = np.linspace(0, 500, values.size) + 40 * np.sin(np.arange(values.size) / 12 * 2 * np.pi)
    plain = measure_trading_days((values + noise)[PAST][None, :], last_days(), AHEAD)
    hidden = measure_trading_days((values + noise + other)[PAST][None, :], last_days(), AHEAD)
    np.testing.assert_allclose(hidden, plain, atol=1e-6)


def test_hardly_anything_is_found_in_noise() -> None:
    noise = np.random.default_rng(1).normal(0, 1, (200, PAST.sum()))
    found = measure_trading_days(noise, np.repeat(last_days(), 200), AHEAD)
    assert np.abs(found).mean() < 0.02
    walks = noise.cumsum(axis=1)
    found = measure_trading_days(walks, np.repeat(last_days(), 200), AHEAD)
    assert np.abs(found).mean() < 0.02 * walks.std(axis=1).mean()


def test_gaps_take_no_part() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])[PAST]
    values += np.random.default_rng(2).normal(0, 0.5, values.size)
    gaps = values.copy()
    gaps[[20, 21, 60]] = np.nan
    found = measure_trading_days(gaps[None, :], last_days(), AHEAD)
    assert np.isfinite(found).all()
    assert found[0] == pytest.approx(
        measure_trading_days(values[None, :], last_days(), AHEAD)[0], abs=1.0
    )


def test_four_years_are_too_short() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])[PAST]
    short = values[-FEWEST_MONTHS + 1 :]
    assert not measure_trading_days(short[None, :], last_days(), AHEAD).any()
    padded = np.concatenate([np.full(80, np.nan), short])
    assert not measure_trading_days(padded[None, :], last_days(), AHEAD).any()


@pytest.mark.parametrize("last", ["0005-12", "1903-12", "9999-12"])
def test_every_month_of_the_calendar_will_do(last: str) -> None:
    values = np.random.default_rng(3).normal(0, 1, (1, 60))
    found = measure_trading_days(values, last_days(np.datetime64(last)), 192)
    assert np.isfinite(found).all()


def test_a_series_has_the_trading_days_that_it_has_alone() -> None:
    values = totals([10, 10, 10, 10, 10, 4, 4])[PAST] + np.random.default_rng(4).normal(
        0, 0.5, (3, PAST.sum())
    )
    ends = np.concatenate([last_days(), last_days() - 365, last_days() - 9000])
    together = measure_trading_days(values, ends, AHEAD)
    for row in range(3):
        alone = measure_trading_days(values[row : row + 1], ends[row : row + 1], AHEAD)
        np.testing.assert_array_equal(together[row], alone[0])
