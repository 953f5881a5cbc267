import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError, TooFewTimestampsError
from forecasting.series.alignment import Aligned, align
from forecasting.series.repair import DateRules, Repair
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import parse_times

SNAP = Repair(jitter="snap")
HOURS = [time.isoformat() for time in pd.date_range("2024-01-01", periods=200, freq="h")]
STRAY = [*HOURS[:120], "2024-01-06T00:07:00", *HOURS[121:]]


def aligned(
    timestamps: list[str],
    repair: Repair = SNAP,
    frequency: str | None = None,
    zone: str | None = None,
) -> Aligned:
    times = parse_times(timestamps).in_zone(None if zone is None else parse_zone(zone))
    values = np.arange(len(timestamps), dtype=np.float64)
    return align(values, times, frequency=frequency, rules=DateRules(repair))


@pytest.mark.parametrize("frequency", [None, "h"])
def test_one_stray_timestamp_is_named_with_its_neighbours_and_moved_on_request(
    frequency: str | None,
) -> None:
    with pytest.raises(SeriesError) as refused:
        aligned(STRAY, Repair(), frequency)
    assert (refused.value.code, refused.value.path) == ("timestamps_irregular", (120,))
    for text in (*STRAY[119:122], HOURS[120], 'repair as {"jitter": "snap"}'):
        assert text in refused.value.message
    found = aligned(STRAY, SNAP, frequency)
    assert found.calendar.timestamps(0, 200) == HOURS
    assert [(note.code, note.count) for note in found.notes] == [("timestamps_snapped", 1)]


def test_two_timestamps_are_never_moved_to_the_same_step() -> None:
    with pytest.raises(SeriesError, match="same nearest step") as refused:
        aligned([*HOURS[:120], HOURS[120], *STRAY[120:]])
    assert refused.value.path == (121,)


@pytest.mark.parametrize(
    ("start", "step", "seconds"),
    [
        ("2024-01-01T00:00:00", "15min", 20),
        ("2024-01-01T00:05:00", "h", 60),
        ("2024-02-26T08:00:00", "D", 1_800),
        ("2024-01-02T00:00:00", "7D", 20_000),
        ("2024-03-25T00:00:00", "6h", 200),
    ],
)
@pytest.mark.parametrize("zone", [None, "Europe/Berlin", "Asia/Kolkata"])
@given(st.data())
def test_jitter_is_taken_out_again(
    start: str, step: str, seconds: int, zone: str | None, data: st.DataObject
) -> None:
    regular = pd.date_range(start, periods=40, freq=step)
    shifts = st.lists(st.integers(-seconds, seconds), min_size=40, max_size=40)
    late = [regular[0], *(regular[1:] + pd.to_timedelta(data.draw(shifts)[1:], unit="s"))]
    found = aligned([time.isoformat() for time in late], zone=zone)
    wall = pd.DatetimeIndex(found.calendar.range(0, 41)).tz_localize(None)
    assert len(found.values) == 40
    assert np.diff(wall).max() == np.diff(regular).max()
    assert abs(wall[0] - regular[0]) <= pd.Timedelta(seconds=seconds)


def test_dates_of_a_named_frequency_are_moved_to_its_nearest_date() -> None:
    months = ["2024-01-01", "2024-02-02", "2024-03-01", "2024-03-30", "2024-05-01", "2024-06-01"]
    found = aligned(months, frequency="MS")
    assert found.calendar.timestamps(0, 6)[3] == "2024-04-01T00:00:00"
    assert [(note.code, note.count) for note in found.notes] == [("timestamps_snapped", 2)]
    with pytest.raises(SeriesError) as refused:
        aligned(["2024-01-02", "2024-01-09", "2024-01-16"], frequency="W-MON")
    assert refused.value.code == "start_off_frequency"


def test_months_are_not_taken_for_so_many_days() -> None:
    months = ["2024-03-01", "2024-04-01", "2024-05-02", "2024-06-01", "2024-07-02", "2024-08-02"]
    with pytest.raises(SeriesError) as refused:
        aligned(months)
    assert refused.value.code == "timestamps_irregular"
    assert aligned(months, frequency="MS").calendar.timestamps(5, 1) == ["2024-08-01T00:00:00"]


@given(st.lists(st.integers(0, 86_400 * 10), min_size=30, max_size=40, unique=True))
def test_events_at_any_time_are_refused_or_moved_by_a_quarter_of_a_step_at_most(
    seconds: list[int],
) -> None:
    given = np.datetime64("2024-01-01T00:00:00", "s") + np.sort(seconds).astype("timedelta64[s]")
    try:
        found = aligned(given.astype(str).tolist())
    except SeriesError:
        return
    stamps = found.calendar.stamps(0, found.values.size)[~np.isnan(found.values)]
    step = np.diff(found.calendar.stamps(0, 2))[0]
    assert np.abs(stamps - given).max() <= step / 4


@pytest.mark.parametrize("repair", [Repair(), SNAP])
def test_one_timestamp_is_too_few_to_show_a_frequency(repair: Repair) -> None:
    with pytest.raises(TooFewTimestampsError):
        aligned(["2024-01-01"], repair)
