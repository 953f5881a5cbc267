import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.series.alignment import Aligned, align
from forecasting.series.repair import DateRules, Gaps, Order, Repair, Repeated
from forecasting.series.series import Series
from forecasting.series.timestamps import parse_times

DAYS = [f"2024-01-{day:02}" for day in range(1, 21)]
EVERYTHING = Repair.of_switch(True)


def aligned(timestamps: list[str], repair: Repair, values: list[float] | None = None) -> Aligned:
    given = np.arange(len(timestamps)) if values is None else np.array(values)
    return align(given.astype(np.float64), parse_times(timestamps), rules=DateRules(repair))


def codes(found: Aligned) -> list[tuple[str, int]]:
    return [(note.code, note.count) for note in found.notes]


@pytest.mark.parametrize(
    ("repeated", "expected", "code"),
    [
        ("last", 7.0, "dropped"),
        ("first", 1.0, "dropped"),
        ("mean", 4.0, "merged"),
        ("sum", 8.0, "merged"),
    ],
)
def test_repeated_dates_are_merged_as_the_caller_chose(
    repeated: Repeated, expected: float, code: str
) -> None:
    found = aligned([*DAYS[:2], *DAYS[1:4]], Repair(repeated=repeated), [0, 1, 7, 2, 3])
    assert found.values.tolist() == [0, expected, 2, 3]
    assert codes(found) == [(f"timestamps_repeated_{code}", 1)]


def test_missing_values_among_repeated_ones_do_not_count() -> None:
    days = [DAYS[0], *DAYS[:3], DAYS[2], DAYS[3]]
    values = [np.nan, 4, 5, np.nan, np.nan, 6]
    for repeated in ("mean", "sum"):
        found = aligned(days, Repair(repeated=repeated), values)
        assert found.values.tolist()[:2] == [4, 5]
        assert np.isnan(found.values[2])


def test_a_repair_that_was_not_chosen_is_not_made() -> None:
    disorder, repeats = [*DAYS[:3], DAYS[4], DAYS[3]], [*DAYS[:3], DAYS[2]]
    with pytest.raises(SeriesError) as refused:
        aligned(disorder, Repair(repeated="sum", jitter="snap"))
    assert refused.value.code == "timestamps_not_rising"
    with pytest.raises(SeriesError) as refused:
        aligned(repeats, Repair(order="sort", jitter="snap"))
    assert refused.value.code == "timestamps_repeated"


@pytest.mark.parametrize("repair", [Repair(), EVERYTHING, Repair(order="sort")])
@pytest.mark.parametrize("stacked", [True, False])
def test_dates_of_several_series_are_refused(repair: Repair, *, stacked: bool) -> None:
    days = DAYS * 3 if stacked else [day for day in DAYS for _ in range(3)]
    with pytest.raises(SeriesError, match="All 20 different timestamps come more than") as refused:
        aligned(days, repair)
    assert (refused.value.code, refused.value.path) == (
        "timestamps_repeated",
        (20,) if stacked else (1,),
    )
    assert "several series" in refused.value.message
    assert "id_col" in refused.value.message


def test_series_of_different_lengths_are_told_by_their_different_levels() -> None:
    days = [*DAYS, *DAYS[5:], *DAYS[12:]]
    levels = [100.0] * 20 + [5.0] * 15 + [1000.0] * 8
    with pytest.raises(SeriesError, match="several series"):
        aligned(days, EVERYTHING, levels)


@pytest.mark.parametrize("shared", [2, 3, 9])
def test_a_second_series_is_told_by_its_level_however_short_it_is(shared: int) -> None:
    values = [float(day % 7 + 1) for day in range(20)]
    second = [50 * value for value in values[:shared]]
    with pytest.raises(SeriesError, match="several series"):
        aligned([*DAYS, *DAYS[:shared]], EVERYTHING, values + second)


def test_the_sum_is_not_advised_for_values_that_were_written_twice() -> None:
    twice = [day for day in range(20) for _ in range(1 + (day in (3, 4, 7)))]
    days, values = [DAYS[day] for day in twice], [float(day) for day in twice]
    with pytest.raises(SeriesError, match=r'send repair as \{"repeated": "last"\}') as refused:
        aligned(days, Repair(), values)
    assert "sum" not in refused.value.message
    with pytest.raises(SeriesError, match=r'"sort", "repeated": "last"\}.*last of repeat'):
        aligned([DAYS[1], *DAYS[:2]], Repair(), [7.0, 6.0, 7.0])
    with pytest.raises(SeriesError, match=r'"last"\}, or "mean", "first" or "sum" in place'):
        aligned([*days, DAYS[-1]], Repair(), [*values, 7.0])


def test_repeats_of_several_series_are_merged_if_the_caller_chose_how() -> None:
    found = aligned(DAYS * 3, Repair(order="sort", repeated="sum"))
    assert found.values[:2].tolist() == [60, 63]


def test_corrections_and_the_same_values_twice_are_no_several_series() -> None:
    values = [float(day % 7) for day in range(20)]
    twice = aligned([day for day in DAYS for _ in "ab"], EVERYTHING, np.repeat(values, 2).tolist())
    assert twice.values.tolist() == values
    corrected = aligned([*DAYS, *DAYS[5:17]], EVERYTHING, values + [n + 0.1 for n in values[5:17]])
    assert corrected.values[5] == 5.1


@pytest.mark.parametrize(
    ("timestamps", "repair", "cure"),
    [
        ([*DAYS[:5], DAYS[4]], Repair(), '{"repeated": "sum"}'),
        (DAYS * 2, Repair(), '{"order": "sort", "repeated": "sum"}'),
        (DAYS * 2, Repair(order="sort"), '{"order": "sort", "repeated": "sum"}'),
        (DAYS[::-1], Repair(gaps="zero"), '{"order": "sort", "gaps": "zero"}'),
        ([*DAYS[:5], DAYS[2]], Repair(), '{"order": "sort", "repeated": "sum"}'),
    ],
)
def test_the_cure_that_an_error_names_works(
    timestamps: list[str], repair: Repair, cure: str
) -> None:
    with pytest.raises(SeriesError) as refused:
        aligned(timestamps, repair)
    assert f"send repair as {cure}" in refused.value.message
    sort: Order = "sort" if '"order"' in cure else "error"
    repeated: Repeated = "sum" if '"repeated"' in cure else "error"
    aligned(timestamps, Repair(order=sort, repeated=repeated))


def test_says_how_many_dates_repeat() -> None:
    with pytest.raises(SeriesError, match="2 of 20 different timestamps come") as refused:
        aligned([*DAYS[:6], *DAYS[5:7], DAYS[5], *DAYS[6:]], Repair(order="sort"))
    assert "2024-01-06T00:00:00 3 times" in refused.value.message


@given(
    st.permutations(range(20)),
    st.lists(st.integers(0, 19), max_size=6),
    st.lists(st.integers(-300, 300), min_size=20, max_size=20),
)
def test_a_regular_calendar_is_repaired_to_what_it_was(
    order: list[int], again: list[int], late: list[int]
) -> None:
    hours = np.datetime64("2024-01-01T00:00:00", "s") + np.arange(20) * np.timedelta64(1, "h")
    given = (hours + np.array(late).astype("timedelta64[s]"))[[*order, *again]]
    values = np.array([*order, *again], dtype=np.float64)
    found = align(values, parse_times(given.astype(str).tolist()), rules=DateRules(EVERYTHING))
    assert found.values.tolist() == list(range(20))
    assert found.calendar.frequency.name == "h"
    assert abs(found.calendar.start - hours[0]) <= np.timedelta64(300, "s")


@pytest.mark.parametrize(
    ("gaps", "expected", "notes"),
    [
        ("interpolate", [1, 2, 3, 5, 5], [("missing_values_filled", 2)]),
        ("previous", [1, 1, 3, 5, 5], [("missing_values_previous", 2)]),
        ("zero", [0, 1, 0, 3, 5, 0], [("missing_values_zero", 3)]),
    ],
)
def test_gaps_are_filled_as_the_caller_chose(
    gaps: Gaps, expected: list[float], notes: list[tuple[str, int]]
) -> None:
    series = Series.from_values([None, 1, None, 3, 5, None], gaps=gaps)
    assert series.values.tolist() == expected
    found = [(note.code, note.count) for note in series.notes]
    assert [note for note in found if note[0] != "leading_missing_dropped"] == notes


def test_zeros_count_as_observed_and_other_fillings_do_not() -> None:
    values = [1, 2, None, None, 5]
    zeros = Series.from_values(values, gaps="zero")
    assert zeros.observed().tolist() == [1, 2, 0, 0, 5]
    fillings: list[Gaps] = ["interpolate", "previous"]
    for gaps in fillings:
        series = Series.from_values(values, gaps=gaps)
        assert np.isnan(series.observed()).tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("gaps", ["interpolate", "previous", "zero"])
@given(
    st.lists(st.none() | st.integers(1, 9).map(float), min_size=2, max_size=12).filter(
        lambda values: values[0] is not None
    ),
    st.integers(1, 12),
)
def test_no_gap_is_filled_from_what_came_after_the_cutoff(
    gaps: Gaps, values: list[float | None], cutoff: int
) -> None:
    cutoff = min(cutoff, len(values))
    whole = Series.from_values(values, gaps=gaps)
    alone = Series.from_values(values[:cutoff], gaps=gaps)
    assert whole.before(cutoff, 1).values == pytest.approx(alone.values)


def test_gaps_are_refused_where_they_are() -> None:
    with pytest.raises(SeriesError) as refused:
        Series.from_values([1, 2, None, 4], gaps="error")
    assert (refused.value.code, refused.value.path) == ("values_missing", (2,))
    with pytest.raises(SeriesError, match="3 dates are missing") as refused:
        aligned([*DAYS[:5], *DAYS[8:]], Repair(gaps="error"))
    assert (refused.value.code, refused.value.path) == ("dates_missing", (5,))
    with pytest.raises(SeriesError) as refused:
        Series.from_steps(np.ones(4), np.array([1, 2, 3, 5]), repair=Repair(gaps="error"))
    assert (refused.value.code, refused.value.path) == ("steps_irregular", ("timestamps", 3))


def test_whole_numbers_are_repaired_as_the_caller_chose() -> None:
    steps, values = np.array([3, 1, 2, 2, 5]), np.array([30.0, 10, 20, 5, 50])
    repair = Repair(order="sort", repeated="sum", gaps="previous")
    found = Series.from_steps(values, steps, repair=repair)
    assert found.values.tolist() == [10, 25, 30, 30, 50]
