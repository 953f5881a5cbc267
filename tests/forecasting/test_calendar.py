import pytest

from forecasting.calendar import Calendar, parse_frequency, season_length
from forecasting.errors import SeriesError

MONTHS = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("YS", 1),
        ("QE-NOV", 4),
        ("MS", 12),
        ("ME", 12),
        ("3MS", 4),
        ("W-MON", 52),
        ("D", 7),
        ("7D", 1),
        ("B", 5),
        ("h", 24),
        ("2h", 12),
        ("5h", 1),
        ("30min", 48),
    ],
)
def test_season_length_follows_the_frequency(frequency: str, expected: int) -> None:
    assert season_length(parse_frequency(frequency)) == expected


def test_reads_the_frequency_from_timestamps() -> None:
    calendar = Calendar.from_timestamps(MONTHS, 4)
    assert calendar.frequency == "MS"
    assert calendar.timestamps(4, 2) == ["2024-05-01T00:00:00", "2024-06-01T00:00:00"]


def test_keeps_the_offset_of_the_start() -> None:
    calendar = Calendar.from_start("2024-02-29T23:00:00+02:00", "h")
    assert calendar.timestamps(1, 1) == ["2024-03-01T00:00:00+02:00"]


@pytest.mark.parametrize(
    ("timestamps", "count", "code", "path"),
    [
        (MONTHS, 5, "timestamps_do_not_match_values", ("timestamps",)),
        ([*MONTHS, "2024-04-01"], 5, "timestamps_repeated", ("timestamps", 4)),
        ([*MONTHS, "2024-03-15"], 5, "timestamps_not_rising", ("timestamps", 4)),
        ([*MONTHS, "2024-06-01"], 5, "timestamps_irregular", ("timestamps",)),
        ([*MONTHS, "soon"], 5, "timestamp_invalid", ("timestamps", 4)),
        (["2024-01-01", "2024-01-02+05:00"], 2, "timestamp_invalid", ("timestamps", 1)),
        (
            ["2024-01-01T00:00+01:00", "2024-01-02T00:00+02:00", "2024-01-03T00:00+02:00"],
            3,
            "timestamps_mixed_zones",
            ("timestamps",),
        ),
        (MONTHS[:2], 2, "timestamps_irregular", ("timestamps",)),
    ],
)
def test_refuses_timestamps_that_make_no_sense(
    timestamps: list[str], count: int, code: str, path: tuple[str | int, ...]
) -> None:
    with pytest.raises(SeriesError) as refused:
        Calendar.from_timestamps(timestamps, count)
    assert (refused.value.code, refused.value.path) == (code, path)


def test_names_the_timestamp_off_a_given_frequency() -> None:
    with pytest.raises(SeriesError, match="2024-04-01") as refused:
        Calendar.from_timestamps([*MONTHS[:3], "2024-05-01"], 4, "MS")
    assert refused.value.path == ("timestamps", 3)


@pytest.mark.parametrize("frequency", ["", "parsec", "-1D", "0D", "M", "1e99D"])
def test_refuses_what_is_no_frequency(frequency: str) -> None:
    with pytest.raises(SeriesError) as refused:
        Calendar.from_start("2024-01-01", frequency)
    assert refused.value.code == "frequency_unknown"


def test_refuses_a_start_off_its_frequency_and_names_the_next_date() -> None:
    with pytest.raises(SeriesError, match="2024-02-01") as refused:
        Calendar.from_start("2024-01-15", "MS")
    assert refused.value.code == "start_off_frequency"


@pytest.mark.parametrize(
    "start", ["", "NaT", "now", "01/02/2024", "2024Q1", "2024-13-01", "9" * 40]
)
def test_refuses_what_is_no_date(start: str) -> None:
    with pytest.raises(SeriesError) as refused:
        Calendar.from_start(start, "D")
    assert refused.value.code == "timestamp_invalid"


@pytest.mark.parametrize("steps", [2, 1_000_000])
def test_refuses_to_run_past_the_end_of_the_calendar(steps: int) -> None:
    with pytest.raises(SeriesError) as refused:
        Calendar.from_start("9999-01-01", "YS").timestamps(0, steps)
    assert refused.value.code == "timestamps_out_of_range"
