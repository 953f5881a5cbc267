import pytest

from forecasting.errors import SeriesError
from forecasting.series.calendar import Calendar
from forecasting.series.time_zones import parse_zone

BERLIN = parse_zone("Europe/Berlin")


def test_keeps_the_offset_of_the_start() -> None:
    calendar = Calendar.from_start("2024-02-29T23:00:00+02:00", "h")
    assert calendar.timestamps(1, 1) == ["2024-03-01T00:00:00+02:00"]


@pytest.mark.parametrize(
    ("start", "frequency", "expected"),
    [
        ("2024-03-31T01:00", "h", ["2024-03-31T03:00:00+02:00", "2024-03-31T04:00:00+02:00"]),
        ("2024-10-27T01:30", "h", ["2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"]),
        ("2024-03-30", "D", ["2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+02:00"]),
        ("2024-03-30T02:30", "D", ["2024-03-31T03:00:00+02:00", "2024-04-01T02:30:00+02:00"]),
        ("2024-02-29", "ME", ["2024-03-31T00:00:00+01:00", "2024-04-30T00:00:00+02:00"]),
        ("2024-03-30T23:00Z", "D", ["2024-04-01T00:00:00+02:00", "2024-04-02T00:00:00+02:00"]),
    ],
)
def test_dates_go_on_past_clock_changes(start: str, frequency: str, expected: list[str]) -> None:
    assert Calendar.from_start(start, frequency, BERLIN).timestamps(1, 2) == expected


def test_a_day_whose_midnight_is_skipped_begins_at_one() -> None:
    calendar = Calendar.from_start("2018-11-03", "D", parse_zone("America/Sao_Paulo"))
    assert calendar.timestamps(1, 2) == ["2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"]


@pytest.mark.parametrize(
    ("start", "frequency", "code"),
    [
        ("2024-03-31T02:30", "h", "timestamp_nonexistent"),
        ("2024-10-27T02:30", "h", "timestamp_ambiguous"),
        ("2024-01-15", "MS", "start_off_frequency"),
        ("2024-01-15", "QS-FEB", "start_off_frequency"),
        ("2024-01-02", "W-MON", "start_off_frequency"),
        ("2024-01-06", "B", "start_off_frequency"),
        ("2024-01-14", "MS-15", "start_off_frequency"),
    ],
)
def test_refuses_a_start_that_cannot_be(start: str, frequency: str, code: str) -> None:
    with pytest.raises(SeriesError) as refused:
        Calendar.from_start(start, frequency, BERLIN)
    assert (refused.value.code, refused.value.path) == (code, ("start",))


def test_names_the_next_date_of_the_frequency() -> None:
    with pytest.raises(SeriesError, match="2024-02-01"):
        Calendar.from_start("2024-01-15", "MS")


@pytest.mark.parametrize(
    "start",
    ["", "NaT", "now", "1/2/24", "2024Q5", "2024-13-01", "9" * 40, "0000-01-01", "２024-01-01"],
)
def test_refuses_what_is_no_date(start: str) -> None:
    with pytest.raises(SeriesError) as refused:
        Calendar.from_start(start, "D")
    assert (refused.value.code, refused.value.path) == ("timestamp_invalid", ("start",))


@pytest.mark.parametrize("start", ["0001-01-01", "9999-12-31"])
def test_says_which_dates_can_be_read(start: str) -> None:
    with pytest.raises(SeriesError, match="from 0001-01-03 to 9999-12-29") as refused:
        Calendar.from_start(start, "D")
    assert (refused.value.code, refused.value.path) == ("timestamp_invalid", ("start",))


@pytest.mark.parametrize("frequency", ["YS", "D", "h", "B", "MS-15", "999999999D", "9999999W-FRI"])
@pytest.mark.parametrize("zone", [None, BERLIN])
def test_refuses_to_run_past_the_end_of_the_calendar(frequency: str, zone: None) -> None:
    start = {"YS": "9999-01-01", "MS-15": "9999-12-15"}.get(frequency, "9999-12-24T12:00")
    with pytest.raises(SeriesError) as refused:
        Calendar.from_start(start, frequency, zone).timestamps(0, 1_000_000)
    assert refused.value.code == "timestamps_out_of_range"


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Base", "Europe", "../../etc/passwd", "localtime", "Europe/Berlin\0", "+25:00"],
)
def test_refuses_what_is_no_zone(name: str) -> None:
    with pytest.raises(SeriesError) as refused:
        parse_zone(name)
    assert refused.value.code == "timezone_unknown"
