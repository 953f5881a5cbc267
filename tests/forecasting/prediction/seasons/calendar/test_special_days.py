"""Special days: by their date, their place in the month, and their distance from Easter."""

import numpy as np
import numpy.typing as npt
import pytest

from forecasting.prediction.seasons.calendar.special_days import measure_special_days
from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.prediction.seasons.seasons import measure_seasons
from forecasting.types import Floats

Days = npt.NDArray[np.datetime64]
DAYS: Days = np.arange("2013-01-01", "2023-01-01", dtype="datetime64[D]")
PAST = np.datetime64("2022-01-01") > DAYS
NUMBERS = DAYS.astype(np.int64)


def falls_on(*dates: str) -> npt.NDArray[np.bool_]:
    return np.isin(DAYS, np.array(dates, "datetime64[D]"))


def every_year(month_and_day: str) -> npt.NDArray[np.bool_]:
    return np.char.endswith(DAYS.astype(str), month_and_day)


def weekdays() -> npt.NDArray[np.int64]:
    return np.asarray((DAYS.astype(np.int64) + 3) % 7)


NOVEMBERS = np.arange("2013-11", "2023-11", 12, dtype="datetime64[M]").astype("datetime64[D]")
JUNES = np.arange("2013-06", "2023-06", 12, dtype="datetime64[M]").astype("datetime64[D]")
CHRISTMAS = every_year("-12-25")
THANKSGIVING = falls_on(*np.busday_offset(NOVEMBERS, 3, "forward", "0001000").astype(str))
MEMORIAL_DAY = falls_on(*np.busday_offset(JUNES, -1, "forward", "1000000").astype(str))
BLACK_FRIDAY = np.roll(THANKSGIVING, 1)
EASTER_MONDAY = falls_on(
    "2013-04-01",
    "2014-04-21",
    "2015-04-06",
    "2016-03-28",
    "2017-04-17",
    "2018-04-02",
    "2019-04-22",
    "2020-04-13",
    "2021-04-05",
    "2022-04-18",
)
WHIT_MONDAY = falls_on(
    "2013-05-20",
    "2014-06-09",
    "2015-05-25",
    "2016-05-16",
    "2017-06-05",
    "2018-05-21",
    "2019-06-10",
    "2020-06-01",
    "2021-05-24",
    "2022-06-06",
)


def independence_days() -> Floats:
    """Return what 4 July adds, which is less on a weekend."""
    on_that_day = np.where(weekdays() >= 5, -5.0, -30.0)
    return np.where(every_year("-07-04"), on_that_day, 0.0).astype(np.float64)


def added(effect: Floats, noise: float = 1.0) -> Floats:
    """Return what special days are said to add to the last year of days with an effect."""
    past = noise * np.random.default_rng(0).standard_normal(PAST.sum()) + effect[PAST]
    return measure_special_days(past[None, :], NUMBERS[None, :])[0, PAST.sum() :]


@pytest.mark.parametrize(
    "special",
    [CHRISTMAS, THANKSGIVING, BLACK_FRIDAY, MEMORIAL_DAY, EASTER_MONDAY, WHIT_MONDAY],
    ids=[
        "Christmas",
        "Thanksgiving",
        "Black Friday",
        "Memorial Day",
        "Easter Monday",
        "Whit Monday",
    ],
)
def test_days_that_are_special_every_year_are_foretold(special: npt.NDArray[np.bool_]) -> None:
    found = added(np.where(special, -40.0, 0.0))
    assert found[special[~PAST]] == pytest.approx(-40, abs=2)
    assert np.abs(found[~special[~PAST]]).max() < 1


def test_days_of_several_kinds_do_not_hide_each_other() -> None:
    special = [CHRISTMAS, THANKSGIVING, BLACK_FRIDAY, MEMORIAL_DAY, EASTER_MONDAY, WHIT_MONDAY]
    effect = sum(-20.0 * day for day in special)
    found = added(np.asarray(effect))
    assert found == pytest.approx(np.asarray(effect)[~PAST], abs=3)


def test_the_last_monday_of_a_month_is_found_whichever_years_are_seen() -> None:
    days = np.arange("1996-01-01", "2024-01-01", dtype="datetime64[D]")
    junes = np.arange("1996-06", "2024-06", 12, dtype="datetime64[M]").astype("datetime64[D]")
    special = np.isin(days, np.busday_offset(junes, -1, "forward", "1000000"))
    values = np.random.default_rng(5).standard_normal(days.size) - np.where(special, 20.0, 0.0)
    for year in range(2006, 2024):
        first, end, last = (
            int(np.searchsorted(days, np.datetime64(f"{of}-01-01")))
            for of in (year - 10, year, year + 1)
        )
        last = min(last, days.size)
        numbers = days[None, first:last].astype(np.int64)
        ahead = measure_special_days(values[None, first:end], numbers)[0, end - first :]
        assert ahead[special[end:last]] == pytest.approx(-20, abs=4), year
        assert np.abs(ahead[~special[end:last]]).max() < 4, year


def test_a_day_that_is_always_shut_does_not_hide_holidays_on_the_day_before() -> None:
    sunday = weekdays() == 6
    shut = sunday | every_year("-07-04") | every_year("-12-26")
    values = np.where(shut, 0.0, 100.0) + np.random.default_rng(6).standard_normal(DAYS.size)
    count = int((np.datetime64("2020-01-01") > DAYS).sum())
    found = measure_special_days(values[None, :count], NUMBERS[None, : count + 366])[0, count:]
    assert DAYS[count + 185] == np.datetime64("2020-07-04")  # a Saturday
    assert found[[185, 360]] == pytest.approx(-100, abs=15)


def test_a_holiday_on_a_working_day_is_told_apart_from_one_on_a_weekend() -> None:
    effect = independence_days()
    found = added(effect)
    assert DAYS[~PAST][found.argmin()] == np.datetime64("2022-07-04")  # a Monday
    assert found.min() == pytest.approx(-30, abs=4)


def test_a_holiday_on_a_weekend_is_told_apart_from_one_on_another_day() -> None:
    effect = independence_days()
    count = int((np.datetime64("2021-01-01") > DAYS).sum())
    values = np.random.default_rng(0).standard_normal(count) + effect[:count]
    found = measure_special_days(values[None, :], NUMBERS[None, : count + 365])[0, count:]
    assert found[184] == pytest.approx(-5, abs=6)  # 4 July 2021, a Sunday


@pytest.mark.parametrize("correlated", [False, True])
def test_hardly_a_day_of_noise_is_special(correlated: bool) -> None:
    noise = np.random.default_rng(1).standard_normal((20, PAST.sum()))
    if correlated:
        for step in range(1, noise.shape[1]):
            noise[:, step] += 0.8 * noise[:, step - 1]
    found = measure_special_days(noise, np.tile(NUMBERS, (20, 1)))[:, PAST.sum() :]
    assert np.abs(found).mean() < 0.01 * noise.std()


def test_less_than_four_years_show_no_special_day() -> None:
    effect = np.where(CHRISTMAS, -40.0, 0.0)[None, : 4 * 365 - 1]
    assert not measure_special_days(effect, NUMBERS[None, : 4 * 365 + 300]).any()


@pytest.mark.parametrize("closed", [{5, 6}, {6}, {0, 2}], ids=["weekend", "Sunday", "two days"])
def test_days_that_are_not_open_are_passed_over(closed: set[int]) -> None:
    is_open = ~np.isin(weekdays(), list(closed))
    special = (CHRISTMAS | THANKSGIVING)[is_open]
    past = PAST[is_open]
    values = np.where(special[past], -40.0, 0.0)
    values += np.random.default_rng(0).standard_normal(values.size)
    found = measure_special_days(values[None, :], NUMBERS[None, is_open], 7 - len(closed))
    ahead, special = found[0, past.sum() :], special[~past]
    assert ahead[special] == pytest.approx(-40, abs=3)
    assert np.abs(ahead[~special]).max() < 2


def test_a_series_has_the_special_days_that_it_has_alone() -> None:
    rng = np.random.default_rng(2)
    effects = np.stack([-30.0 * CHRISTMAS, 20.0 * EASTER_MONDAY, 0.0 * CHRISTMAS])[:, PAST]
    values = effects + rng.standard_normal(effects.shape)
    values[2, :700] = np.nan
    days = NUMBERS[: PAST.sum() + 200] - np.array([[0], [400], [5000]])
    together = measure_special_days(values, days)
    for row in range(3):
        alone = measure_special_days(values[row : row + 1], days[row : row + 1])
        np.testing.assert_array_equal(together[row], alone[0])


@pytest.mark.parametrize("last_day", ["0001-12-31", "9999-12-20"])
def test_the_ends_of_the_calendar_have_no_easter_beyond_them(last_day: str) -> None:
    values = np.random.default_rng(3).standard_normal((1, 2000))
    days = np.arange(2192) - 1999 + np.datetime64(last_day).astype(np.int64)
    assert np.isfinite(measure_special_days(values, days[None, :])).all()


def test_special_days_are_put_back_into_forecasts() -> None:
    special = CHRISTMAS | THANKSGIVING
    values: Floats = 100 + np.random.default_rng(4).standard_normal(DAYS.size) - 40.0 * special
    seasons = measure_seasons(
        values[PAST][None, :], choose_cycles(7), int((~PAST).sum()), days=NUMBERS[None, :]
    )
    expected = seasons.restore(np.full((1, int((~PAST).sum())), 100.0))[0]
    assert expected[special[~PAST]] == pytest.approx(60, abs=5)
    assert expected[~special[~PAST]] == pytest.approx(100, abs=5)
