import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.series.alignment import Aligned, align
from forecasting.series.calendar import Calendar
from forecasting.series.opening import Opening, parse_opening, seen_opening
from forecasting.series.repair import NO_REPAIR, DateRules, Repair
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import parse_times

EXCHANGE = parse_opening("Mon-Fri", "10-16", ["2024-01-15"])
SHOP = parse_opening("Mon-Sat", None, ["2024-01-25"])
BAR = parse_opening(["Fri", "Sat"], "22-02", [])


def trading_hours(first: str, last: str) -> list[str]:
    hours = pd.date_range(first, last, freq="h")
    return [t.isoformat() for t in hours if t.weekday() < 5 and 10 <= t.hour <= 16]


FORTNIGHT = trading_hours("2024-01-01", "2024-01-12T23:00")
WEEKDAYS = [
    t.date().isoformat() for t in pd.date_range("2024-01-01", "2024-01-24") if t.weekday() < 6
]


def aligned(
    timestamps: list[str],
    opening: Opening | None,
    frequency: str | None = None,
    zone: str | None = None,
    repair: Repair = NO_REPAIR,
) -> Aligned:
    times = parse_times(timestamps).in_zone(None if zone is None else parse_zone(zone))
    values = np.arange(len(timestamps), dtype=np.float64)
    return align(values, times, frequency=frequency, rules=DateRules(repair, opening))


def following(found: Aligned, count: int = 1) -> list[str]:
    return found.calendar.timestamps(found.values.size, count)


@pytest.mark.parametrize("frequency", [None, "h"])
def test_trading_hours_go_on_over_the_weekend_and_a_holiday(frequency: str | None) -> None:
    found = aligned(FORTNIGHT, EXCHANGE, frequency)
    assert (found.notes, found.values.size) == ((), 70)
    assert (found.calendar.frequency.name, found.calendar.frequency.season_length) == ("h", 7)
    assert following(found, 8) == [
        *(f"2024-01-16T{hour}:00:00" for hour in range(10, 17)),
        "2024-01-17T10:00:00",
    ]


def test_trading_hours_follow_the_wall_clock() -> None:
    found = aligned(trading_hours("2024-03-25", "2024-03-28T23:00"), EXCHANGE, zone="Europe/Berlin")
    assert following(found, 8)[6:] == ["2024-03-29T16:00:00+01:00", "2024-04-01T10:00:00+02:00"]


def test_changing_offsets_need_a_timezone_for_opening_times() -> None:
    winter = [f"{hour}+01:00" for hour in trading_hours("2024-03-28", "2024-03-29T23:00")]
    summer = [f"{hour}+02:00" for hour in trading_hours("2024-04-01", "2024-04-01T23:00")]
    with pytest.raises(SeriesError, match="timezone") as refused:
        aligned([*winter, *summer], EXCHANGE)
    assert (refused.value.code, refused.value.path) == ("timestamps_outside_opening", (0,))
    found = aligned([*winter, *summer], EXCHANGE, zone="Europe/Berlin")
    assert (found.values.size, following(found)) == (21, ["2024-04-02T10:00:00+02:00"])


def test_open_days_skip_closed_ones() -> None:
    found = aligned(WEEKDAYS, SHOP)
    assert (found.notes, found.calendar.frequency.season_length) == ((), 6)
    assert following(found, 3) == [f"2024-01-{day}T00:00:00" for day in (26, 27, 29)]


def test_hours_do_not_matter_to_days() -> None:
    found = aligned(WEEKDAYS, parse_opening("Mon-Sat", "09:30-18:00", []))
    assert following(found) == ["2024-01-25T00:00:00"]


def test_business_days_keep_their_name_and_skip_holidays() -> None:
    days = ["2024-12-20", "2024-12-23", "2024-12-24"]
    found = aligned(days, parse_opening(None, None, ["2024-12-25"]), "B")
    assert (found.calendar.frequency.name, following(found, 3)) == (
        "B",
        [f"2024-12-{day}T00:00:00" for day in (26, 27, 30)],
    )


def test_hours_past_midnight_belong_to_the_day_before() -> None:
    night = ["22:00", "23:00", "00:00", "01:00", "02:00"]
    friday = [f"2024-03-{1 if time >= '22' else 2:02}T{time}" for time in night]
    found = aligned(friday, BAR)
    assert following(found, 6) == [
        "2024-03-02T22:00:00",
        "2024-03-02T23:00:00",
        *(f"2024-03-03T0{hour}:00:00" for hour in range(3)),
        "2024-03-08T22:00:00",
    ]


def test_steps_begin_at_the_time_of_day_of_the_values() -> None:
    opening = parse_opening("Mon-Fri", "09:30-16:00", [])
    hours = [f"2024-01-0{day}T{hour:02}:30" for day in (2, 3) for hour in range(9, 16)]
    found = aligned(hours, opening)
    assert (found.calendar.frequency.season_length, following(found)) == (
        7,
        ["2024-01-04T09:30:00"],
    )
    minutes = [f"2024-01-02T{9 + n // 60:02}:{n % 60:02}" for n in range(30, 60)]
    found = aligned(minutes, opening)
    assert (found.calendar.frequency.name, found.calendar.frequency.season_length) == ("min", 391)


def test_gaps_within_the_opening_are_missing_as_ever() -> None:
    found = aligned(FORTNIGHT[:20] + FORTNIGHT[26:], EXCHANGE)
    assert np.flatnonzero(np.isnan(found.values)).tolist() == list(range(20, 26))
    assert [(note.code, note.count) for note in found.notes] == [("missing_dates_added", 6)]


@pytest.mark.parametrize(
    ("timestamp", "reason"),
    [
        ("2024-01-13T10:00", "a Saturday, lies outside"),
        ("2024-01-15T10:00", "a Monday, lies on a holiday"),
        ("2024-01-16T09:00", "a Tuesday, lies outside"),
        ("2024-01-16T17:00", "a Tuesday, lies outside"),
    ],
)
def test_the_first_timestamp_outside_the_opening_is_named(timestamp: str, reason: str) -> None:
    with pytest.raises(SeriesError, match=f"{timestamp}:00, {reason}") as refused:
        aligned([*FORTNIGHT, timestamp], EXCHANGE)
    assert (refused.value.code, refused.value.path) == ("timestamps_outside_opening", (70,))
    with pytest.raises(SeriesError) as refused:
        Calendar.from_start(timestamp, "h", opening=EXCHANGE)
    assert (refused.value.code, refused.value.path) == ("timestamps_outside_opening", ("start",))


def test_jitter_is_taken_out_within_an_opening() -> None:
    late = pd.DatetimeIndex(FORTNIGHT) + pd.to_timedelta(np.arange(70) % 5, unit="s")
    found = aligned([time.isoformat() for time in late], EXCHANGE, repair=Repair(jitter="snap"))
    assert found.calendar.timestamps(0, 70) == FORTNIGHT


def test_opening_times_apply_to_days_and_shorter_steps_only() -> None:
    with pytest.raises(SeriesError) as refused:
        aligned(["2024-01-01", "2024-02-01"], SHOP, "MS")
    assert (refused.value.code, refused.value.path) == ("opening_unusable", ("open",))
    with pytest.raises(SeriesError, match="none of its days is open") as refused:
        Calendar.from_start("2024-01-06", "B", opening=parse_opening("Sat,Sun", None, []))
    assert (refused.value.code, refused.value.path) == ("opening_unusable", ("open",))


@given(
    st.lists(st.booleans(), min_size=7, max_size=7).filter(any),
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from([15, 30, 60, 120]),
    st.integers(0, 400),
)
def test_steps_through_an_opening_are_those_that_it_holds(
    days: list[bool], opens: int, hours: int, step: int, skip: int
) -> None:
    hour = 3_600_000_000
    opening = Opening(tuple(days), opens * hour, hours * hour, ("2024-01-09",))
    day = next(n for n in range(7) if days[n])
    start = np.datetime64(f"2024-01-0{day + 1}", "us") + np.timedelta64(opens, "h")
    calendar = Calendar.from_start(str(start), f"{step}min", opening=opening)
    stamps = calendar.stamps(0, skip + 20)
    every = start + np.arange(100_000 * 15 // step) * np.timedelta64(step, "m")
    _, within = opening.split(every)
    expected = every[opening.contains(every) & (within % (step * 60_000_000) == 0)]
    count = min(expected.size, stamps.size)
    assert (stamps[:count] == expected[:count]).all()
    rule = calendar.frequency.rule
    assert rule.count_steps(start, stamps[-1], 10_000) == skip + 19
    assert rule.count_steps(start, stamps[-1] + np.timedelta64(1, "s"), 10_000) == skip + 19
    assert (calendar.stamps(skip, 20) == stamps[skip:]).all()


@pytest.mark.parametrize(
    ("days", "hours", "holidays", "path"),
    [
        ("Mon-Funday", None, [], "days"),
        ("", None, [], "days"),
        ([], None, [], "days"),
        (None, "10", [], "hours"),
        (None, "24-25", [], "hours"),
        (None, "10:60-12", [], "hours"),
        (None, None, ["2024-02-30"], "holidays"),
        (None, None, ["Christmas"], "holidays"),
    ],
)
def test_refuses_what_is_no_opening(
    days: str | list[str] | None, hours: str | None, holidays: list[str], path: str
) -> None:
    with pytest.raises(SeriesError) as refused:
        parse_opening(days, hours, holidays)
    assert (refused.value.code, refused.value.path[:2]) == ("opening_unknown", ("open", path))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("Mon-Sat", "Mon-Sat"),
        ("sunday - thursday", "Sun-Thu"),
        ("Mon,Wed-Fri", "Mon,Wed,Thu,Fri"),
        (["Sat", "Sun", "Mon"], "Sat-Mon"),
    ],
)
def test_days_may_be_written_in_several_ways(days: str | list[str], expected: str) -> None:
    assert parse_opening(days, "10-16", []).describe() == (
        f'{{"days": "{expected}", "hours": "10:00-16:00"}}'
    )


@given(st.integers(0, 1439), st.integers(0, 1440))
def test_hours_are_read_as_they_are_written(opens: int, closes: int) -> None:
    text = f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
    assert parse_opening(None, text, []).hours() == text


def test_an_opening_that_was_not_named_is_noted() -> None:
    *_, note = aligned(FORTNIGHT, None).notes
    assert (note.code, note.count) == ("opening_not_named", 201)
    assert 'open as {"days": "Mon-Fri", "hours": "10:00-16:00"}' in note.message
    *_, note = aligned(WEEKDAYS, None).notes
    assert 'open as {"days": "Mon-Sat"}' in note.message
    *_, note = aligned(FORTNIGHT, parse_opening("Mon-Fri", "10-18", [])).notes
    assert (note.code, note.count) == ("opening_longer_than_observed", 18)
    assert 'write hours as "10:00-16:00"' in note.message


def test_an_opening_is_suggested_if_the_gaps_between_are_too_long() -> None:
    minutes = [f"2024-01-{day:02}T09:{minute:02}" for day in range(1, 20) for minute in range(60)]
    with pytest.raises(SeriesError, match="seem to keep to opening") as refused:
        aligned(minutes, None)
    assert 'open as {"hours": "09:00-09:59"}' in refused.value.message
    assert refused.value.code == "gap_too_long"


@given(st.sets(st.integers(0, 60), min_size=5, max_size=20))
def test_days_at_random_show_no_opening_that_leaves_one_out(days: set[int]) -> None:
    dates = np.datetime64("2024-01-01", "us") + np.array(sorted(days)).astype("timedelta64[D]")
    seen = seen_opening(dates)
    assert seen is None or seen.contains(dates).all()
