import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.series.alignment import Aligned, align
from forecasting.series.repair import DateRules, Repair
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import parse_times

MONTHS = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]


def aligned(
    timestamps: list[str],
    *,
    frequency: str | None = None,
    zone: str | None = None,
    repair: bool = False,
) -> Aligned:
    times = parse_times(timestamps).in_zone(None if zone is None else parse_zone(zone))
    values = np.arange(len(timestamps), dtype=np.float64)
    return align(values, times, frequency=frequency, rules=DateRules(Repair.of_switch(repair)))


def following(found: Aligned, count: int = 1) -> list[str]:
    return found.calendar.timestamps(found.values.size, count)


def test_dates_left_out_are_put_in_and_counted() -> None:
    found = aligned([*MONTHS, "2024-07-01", "2024-08-01"])
    assert np.isnan(found.values).tolist() == [False] * 4 + [True] * 2 + [False] * 2
    assert [(note.code, note.count) for note in found.notes] == [("missing_dates_added", 2)]
    assert following(found) == ["2024-09-01T00:00:00"]


def test_disorder_and_repeats_are_repaired_on_request() -> None:
    given = ["2024-01-01", "2024-01-03", "2024-01-02", "2024-01-04", "2024-01-03"]
    found = aligned(given, repair=True)
    assert found.values.tolist() == [0, 2, 4, 3]
    assert [(note.code, note.count) for note in found.notes] == [
        ("timestamps_sorted", 2),
        ("timestamps_repeated_dropped", 1),
    ]


@pytest.mark.parametrize(
    ("timestamps", "code", "path"),
    [
        ([*MONTHS, "2024-04-01"], "timestamps_repeated", (4,)),
        ([*MONTHS, "2024-03-15"], "timestamps_not_rising", (4,)),
        (MONTHS[:2], "timestamps_irregular", ()),
        (["2024-01-01", "2024-01-02", "2024-01-09"], "timestamps_irregular", ()),
    ],
)
def test_refuses_timestamps_that_make_no_sense(
    timestamps: list[str], code: str, path: tuple[int, ...]
) -> None:
    with pytest.raises(SeriesError) as refused:
        aligned(timestamps)
    assert (refused.value.code, refused.value.path) == (code, path)


@pytest.mark.parametrize(
    ("timestamps", "code", "path"),
    [
        ([*MONTHS, "soon"], "timestamp_invalid", (4,)),
        (["2024-01-01", "2024-01-02+05:00"], "timestamp_invalid", (1,)),
        (["2024-01-01T00:00Z", "2024-01-02T00:00"], "timestamps_mixed_zones", (1,)),
        (["2024-01-01", "2024-02-30"], "timestamp_invalid", (1,)),
        (["2024-01-01", "NaT"], "timestamp_invalid", (1,)),
    ],
)
def test_refuses_texts_that_are_no_dates(
    timestamps: list[str], code: str, path: tuple[int, ...]
) -> None:
    with pytest.raises(SeriesError) as refused:
        parse_times(timestamps)
    assert (refused.value.code, refused.value.path) == (code, path)


def test_names_the_timestamp_off_a_given_frequency() -> None:
    with pytest.raises(SeriesError, match="step, in this case 2024-05-01") as refused:
        aligned([*MONTHS[:3], "2024-05-02"], frequency="MS")
    assert refused.value.path == (3,)


def test_the_index_is_the_callers_own_after_a_repair() -> None:
    with pytest.raises(SeriesError) as refused:
        aligned([MONTHS[1], "2024-03-12", MONTHS[0], MONTHS[3]], frequency="MS", repair=True)
    assert (refused.value.code, refused.value.path) == ("timestamps_irregular", (1,))


@pytest.mark.parametrize("frequency", [None, "s", "D", "B"])
def test_a_gap_of_millions_is_refused_without_filling_it(frequency: str | None) -> None:
    given = ["1000-01-06T10:00:00", "1000-01-06T10:00:01", "1000-01-06T10:00:02"]
    given += ["1000-01-06T10:00:03", "9000-01-06T10:00:00"]
    if frequency in {"D", "B"}:
        given = [given[0], given[-1]]
    parse_times(given)
    tracemalloc.start()
    with pytest.raises(SeriesError) as refused:
        aligned(given, frequency=frequency)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (refused.value.code, refused.value.path) == ("gap_too_long", (len(given) - 1,))
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("before", "after", "place", "cure"),
    [(60, 1, 60, "leave it out"), (1, 60, 0, "leave it out"), (60, 3, 60, "the 3 timestamps from")],
)
def test_the_side_of_a_gap_with_fewer_dates_is_named(
    before: int, after: int, place: int, cure: str
) -> None:
    days = [np.arange(start, start + count) for start, count in ((19_700, before), (21_900, after))]
    given = np.concatenate(days).astype("datetime64[D]").astype(str).tolist()
    with pytest.raises(SeriesError, match=cure) as refused:
        aligned(given)
    assert (refused.value.code, refused.value.path) == ("gap_too_long", (place,))


def test_half_hours_of_a_wall_clock_run_through_both_clock_changes() -> None:
    back = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    found = aligned([f"2024-04-07T{time}" for time in back], zone="Australia/Melbourne")
    assert found.notes == ()
    assert following(found) == ["2024-04-07T03:30:00+10:00"]
    on = aligned(
        ["2024-10-06T01:00", "2024-10-06T01:30", "2024-10-06T03:00"], zone="Australia/Melbourne"
    )
    assert (on.calendar.frequency.name, following(on)) == ("30min", ["2024-10-06T03:30:00+11:00"])


@pytest.mark.parametrize("frequency", [None, "6h"])
@pytest.mark.parametrize("offsets", [("+01:00", "+02:00"), ("", "")])
def test_six_hours_of_a_wall_clock_run_through_a_clock_change(
    frequency: str | None, offsets: tuple[str, str]
) -> None:
    hours = ("00:00", "06:00", "12:00", "18:00")
    given = [f"2024-03-30T{hour}{offsets[0]}" for hour in hours]
    given += [f"2024-03-31T00:00{offsets[0]}", f"2024-03-31T12:00{offsets[1]}"]
    found = aligned(given, frequency=frequency, zone="Europe/Berlin")
    assert (found.calendar.frequency.name, found.calendar.frequency.season_length) == ("6h", 4)
    assert following(found) == ["2024-03-31T18:00:00+02:00"]
    assert [note.code for note in found.notes] == ["missing_dates_added"]
    assert found.calendar.timestamps(1, 1) == ["2024-03-30T06:00:00+01:00"]


def test_an_hour_that_comes_twice_does_not_stop_steps_of_the_wall_clock() -> None:
    given = [f"2024-10-27T{hour:02}:00" for hour in range(0, 12, 2)]
    found = aligned(given, zone="Europe/Berlin")
    assert (found.calendar.frequency.name, following(found)) == (
        "2h",
        ["2024-10-27T12:00:00+01:00"],
    )


def test_six_hours_of_elapsed_time_stay_so() -> None:
    given = [f"2024-03-30T{hour:02}:00Z" for hour in (0, 6, 12, 18)] + ["2024-03-31T00:00Z"]
    given += ["2024-03-31T06:00Z"]
    found = aligned(given, zone="Europe/Berlin")
    assert following(found) == ["2024-03-31T14:00:00+02:00"]


@pytest.mark.parametrize(
    ("timestamps", "code", "path"),
    [
        (["2024-04-07T01:00", "2024-04-07T02:00", "2024-04-07T03:00"], "timestamp_ambiguous", (1,)),
        (
            ["2024-10-06T01:00", "2024-10-06T02:00", "2024-10-06T03:00"],
            "timestamp_nonexistent",
            (1,),
        ),
    ],
)
def test_refuses_hours_that_cannot_be_told(
    timestamps: list[str], code: str, path: tuple[int, ...]
) -> None:
    with pytest.raises(SeriesError) as refused:
        aligned(timestamps, zone="Australia/Melbourne")
    assert (refused.value.code, refused.value.path) == (code, path)


def test_offsets_that_change_need_a_zone_for_local_time() -> None:
    given = ["2012-04-01T01:00+1100", "2012-04-01T02:00+1100", "2012-04-01T02:00+1000"]
    unnamed = aligned(given)
    assert following(unnamed) == ["2012-03-31T17:00:00+00:00"]
    assert [note.code for note in unnamed.notes] == ["timezone_not_named"]
    named = aligned(given, zone="Australia/Melbourne")
    assert (following(named), named.notes) == (["2012-04-01T03:00:00+10:00"], ())


def test_days_with_changing_offsets_are_days_in_their_zone() -> None:
    given = ["2024-03-30T00:00+01:00", "2024-03-31T00:00+01:00", "2024-04-01T00:00+02:00"]
    found = aligned(given, zone="Europe/Berlin")
    assert (found.calendar.frequency.name, following(found)) == ("D", ["2024-04-02T00:00:00+02:00"])
    with pytest.raises(SeriesError, match="timezone"):
        aligned(given)


def test_a_day_whose_midnight_is_skipped_is_a_day() -> None:
    given = ["2018-11-03T03:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z", "2018-11-06T02:00Z"]
    found = aligned(given, zone="America/Sao_Paulo")
    assert (found.calendar.frequency.name, found.notes) == ("D", ())
    assert following(found) == ["2018-11-07T00:00:00-02:00"]


def test_dates_outside_the_nanosecond_range() -> None:
    assert following(aligned(["1600-01-01", "1601-01-01", "1602-01-01"])) == ["1603-01-01T00:00:00"]
    assert following(aligned(["2400-02-27", "2400-02-28", "2400-02-29"])) == ["2400-03-01T00:00:00"]


def repaired(steps: list[int]) -> Series:
    values = np.arange(len(steps), dtype=np.float64)
    return Series.from_steps(values, np.array(steps, dtype=np.int64), repair=Repair.of_switch(True))


def test_steps_are_sorted_the_last_of_repeated_ones_kept_and_gaps_filled() -> None:
    found = repaired([20, 0, 10, 10, 40, 50])
    assert found.values.tolist() == [1, 3, 0, 2, 4, 5]
    assert [(note.code, note.count) for note in found.notes] == [
        ("timestamps_sorted", 3),
        ("timestamps_repeated_dropped", 1),
        ("missing_dates_added", 1),
        ("missing_values_filled", 1),
    ]
    assert found.observed()[3] != found.observed()[3]
    assert found.future_steps(2) == [60, 70]


@pytest.mark.parametrize(
    ("steps", "code", "place"),
    [
        ([0, 10, 20, 31, 30, 40], "steps_irregular", 3),
        ([2, 1, 0, 1_000], "timestamps_not_rising", 3),
        ([0, 1, 2, 1_000], "gap_too_long", 3),
        ([-(2**63), 2**63 - 1, 0], "steps_irregular", 2),
    ],
)
def test_refuses_steps_that_cannot_be_repaired(steps: list[int], code: str, place: int) -> None:
    with pytest.raises(SeriesError) as refusal:
        repaired(steps)
    assert (refusal.value.code, refusal.value.path) == (code, ("timestamps", place))


@example([-9007199254740995, 1, 0, -1])
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=8))
def test_any_whole_numbers_are_repaired_or_refused(steps: list[int]) -> None:
    try:
        found = repaired(steps)
    except SeriesError:
        return
    assert np.isfinite(found.values).all()
    assert found.values.size >= len(set(steps))


def one_alone_is_out_of_order(places: list[int]) -> bool:
    """Return whether places rise, or fall, once one of them is taken away: it may be a mistake."""
    others = [np.diff(np.delete(places, at)) for at in range(len(places))]
    return any((steps > 0).all() or (steps < 0).all() for steps in others)


@given(st.permutations(range(12)), st.sets(st.integers(1, 10), max_size=3), st.integers(1, 9))
def test_an_even_grid_is_found_again(order: list[int], left_out: set[int], rise: int) -> None:
    kept = [place for place in order if place not in left_out]
    values = np.array(kept, dtype=np.float64)
    steps = np.array(kept, dtype=np.int64) * rise - 5
    assume(not (left_out and one_alone_is_out_of_order(kept)))
    found = Series.from_steps(values, steps, repair=Repair.of_switch(True))
    assert found.values == pytest.approx(np.arange(12))
    assert found.future_steps(2) == [12 * rise - 5, 13 * rise - 5]


def test_steps_go_on_after_missing_values_at_the_start() -> None:
    values = np.array([np.nan, np.nan, 3.0, 4.0])
    found = Series.from_steps(values, np.array([1, 2, 3, 4]))
    assert (found.dropped, found.future_steps(2)) == (2, [5, 6])


def test_steps_that_would_leave_the_range_of_whole_numbers_are_refused() -> None:
    steps = 2**63 - 1 - np.arange(3)[::-1]
    found = Series.from_steps(np.arange(3.0), steps)
    with pytest.raises(SeriesError, match="Count the steps from 1") as refused:
        found.check_future(1)
    assert refused.value.code == "timestamps_out_of_range"
