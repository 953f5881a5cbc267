"""Whole numbers are told from dates, or refused if that cannot be told."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.dates.whole_numbers import recognise_dates
from forecasting.errors import SeriesError

DAYS = np.arange("2023-11-01", "2024-04-01", dtype="datetime64[D]")
MONTHS = np.arange("1990-01", "2024-01", dtype="datetime64[M]")
SERIAL_ZERO = np.datetime64("1899-12-30", "D")
SECONDS = DAYS.astype("datetime64[s]").astype(int).tolist()


def digits(stamps: Any, written: str) -> list[int]:
    return [int(moment.strftime(written)) for moment in stamps.astype("datetime64[s]").tolist()]


def serials(stamps: Any) -> list[int]:
    days: list[int] = (stamps.astype("datetime64[D]") - SERIAL_ZERO).astype(int).tolist()
    return days


RECOGNISED = {
    "YYYYMMDD": (digits(DAYS, "%Y%m%d"), DAYS),
    "YYYYMM": (digits(MONTHS, "%Y%m"), MONTHS),
    "YYYYMMDDHH": (digits(DAYS, "%Y%m%d%H"), DAYS),
    "YYYYMMDDHHMM": (digits(DAYS, "%Y%m%d%H%M"), DAYS),
    "YYYYMMDDHHMMSS": (digits(DAYS, "%Y%m%d%H%M%S"), DAYS),
    "years": (list(range(1949, 2025)), np.arange("1949", "2025", dtype="datetime64[Y]")),
    "seconds since 1970": (DAYS.astype("datetime64[s]").astype(int).tolist(), DAYS),
    "milliseconds since 1970": (DAYS.astype("datetime64[ms]").astype(int).tolist(), DAYS),
    "microseconds since 1970": (DAYS.astype("datetime64[us]").astype(int).tolist(), DAYS),
    "nanoseconds since 1970": (DAYS.astype("datetime64[ns]").astype(int).tolist(), DAYS),
    "Excel's numbers of days": (serials(DAYS), DAYS),
}


@pytest.mark.parametrize("meaning", RECOGNISED)
@given(chance=st.randoms(use_true_random=False))
def test_dates_are_recognised_in_any_order_and_repeated(meaning: str, chance: Any) -> None:
    numbers, stamps = RECOGNISED[meaning]
    places = chance.choices(range(len(numbers)), k=20) + list(range(len(numbers)))
    given_numbers = np.array(numbers)[places]
    found = recognise_dates(given_numbers)
    assert found is not None
    assert found.meaning == meaning
    assert found.utc == ("since" in meaning)
    assert (found.to_stamps(given_numbers) == stamps[places]).all()


@pytest.mark.parametrize(
    "stamps", [MONTHS, MONTHS[::3], MONTHS[::12], DAYS[::7], DAYS[np.arange(DAYS.size) % 7 < 5]]
)
def test_days_of_excel_may_be_any_common_period_apart(stamps: Any) -> None:
    found = recognise_dates(np.array(serials(stamps)))
    assert found is not None
    assert found.meaning == "Excel's numbers of days"


def test_the_hours_of_a_day_may_run_from_1_to_24() -> None:
    numbers = np.array([2024013000 + hour for hour in range(1, 25)])
    found = recognise_dates(numbers)
    assert found is not None
    assert found.to_stamps(numbers)[-1] == np.datetime64("2024-01-31")


def test_months_before_1970_are_recognised_as_seconds() -> None:
    months = np.arange("1949-01", "1961-01", dtype="datetime64[M]")
    numbers = months.astype("datetime64[s]").astype(np.int64)
    found = recognise_dates(numbers)
    assert found is not None
    assert (found.to_stamps(numbers) == months).all()
    with pytest.raises(SeriesError, match=r"a number of days.*ISO 8601"):
        recognise_dates(np.array(serials(months)))


@pytest.mark.parametrize(("unit", "scale"), [("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
@pytest.mark.parametrize("minutes", [1, 60, 1_440, 14_400])
@pytest.mark.parametrize("first", [-30, 0, 15])
def test_whole_minutes_tell_the_unit_of_times_near_1970(
    unit: str, scale: int, minutes: int, first: int
) -> None:
    numbers = (first * 1_440 + np.arange(2_000) * minutes) * 60 * scale
    found = recognise_dates(numbers)
    assert found is not None
    assert (found.to_stamps(numbers) == numbers.astype(f"datetime64[{unit}]")).all()


@pytest.mark.parametrize(
    "steps",
    [
        range(60), range(1, 61), range(10, 310, 10), range(0, 86_400 * 9, 86_400), range(-5, 5),
        [7], range(1_000, 1_500), range(100_001, 100_101), range(20_000, 20_600, 10),
        range(5_000_000, 5_000_100), range(20_000_000, 20_000_060), range(300, 4_000, 100),
        [2**63 - 1] * 3, [-(2**63), 2**63 - 1, 0], range(0, 26 * 10**9, 13 * 10**8),
        [*range(1990, 2024), *range(60)], [*range(900), *range(1_700, 1_800)], [0, 86_400_000],
    ],
)  # fmt: skip
def test_steps_are_no_dates(steps: Any) -> None:
    assert recognise_dates(np.array(steps, dtype=np.int64)) is None


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([20240131, 20240132, 20240201], "20240132 is not a date"),
        ([202411, 202412, 202413, 202501], "202413 is not a date"),
        ([*digits(MONTHS, "%Y%m"), 202498, 202499], "202498 is not a date"),
        ([*digits(DAYS, "%Y%m%d%H"), 2024013125], "2024013125 is not a date"),
        (digits(DAYS, "%y%m%d"), "%y%m%d"),
        (digits(DAYS, "%Y%j"), "2024-031"),
        (digits(DAYS[::7], "%G%V"), "2024-W05"),
        (digits(DAYS, "%d%m%Y"), "date_format=%d%m%Y"),
        (list(range(20231, 20240)), "2024-W01 for a week"),
        ([*range(20231, 20240), 202310, 202311], "2024-W01 for a week"),
        (list(range(2022001, 2022013)), "2024-01 for a month"),
        ([*range(2022001, 2022013), *range(2023001, 2023013)], "2024-01 for a month"),
        ([20234, 20241, 20242, 20243, 20244, 20251], "2024Q1"),
        ([*SECONDS, *(1_000 * second for second in SECONDS)], "as milliseconds.* as seconds"),
        ([*(1_000 * second for second in SECONDS), *SECONDS], "as milliseconds.* as seconds"),
        ([*SECONDS, *digits(DAYS, "%Y%m%d")], "as seconds.* as YYYYMMDD"),
        ([*digits(MONTHS, "%Y%m"), *range(1990, 2024)], "as YYYYMM.* as years"),
        ([*digits(DAYS[:30], "%Y%m%d"), *range(60)], "0 is no such date.* as YYYYMMDD"),
        ([*SECONDS, *range(60)], "0 is no such date.* as seconds"),
    ],
)
def test_what_may_be_dates_is_refused_with_the_way_to_write_them(
    numbers: list[int], message: str
) -> None:
    with pytest.raises(SeriesError, match=message) as refused:
        recognise_dates(np.array(numbers))
    assert refused.value.code == "timestamp_invalid"
    assert str(numbers[int(refused.value.path[0])]) in refused.value.message


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_any_numbers_are_recognised_refused_or_steps(numbers: list[int]) -> None:
    given_numbers = np.array(numbers, dtype=np.int64)
    try:
        found = recognise_dates(given_numbers)
    except SeriesError:
        return
    assert found is None or found.to_stamps(given_numbers).size == len(numbers)
