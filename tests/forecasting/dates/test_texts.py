"""Dates are read in the ways that people write them, and refused if two readings are possible."""

import datetime as dt
import itertools
import re
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.dates.texts import read_date_texts
from forecasting.errors import SeriesError
from forecasting.types import Stamps

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

DAYS: dict[str, Callable[[dt.date], str]] = {
    "2024-01-31": lambda day: day.isoformat(),
    "20240131T": lambda day: f"{day:%Y%m%d}T00",
    "2024/01/31": lambda day: f"{day:%Y/%m/%d}",
    "2024/1/31": lambda day: f"{day.year}/{day.month}/{day.day}",
    "2024.01.31": lambda day: f"{day:%Y.%m.%d}",
    "31.01.2024": lambda day: f"{day:%d.%m.%Y}",
    "31.1.2024": lambda day: f"{day.day}.{day.month}.{day.year}",
    "2024-W05-3": lambda day: "{}-W{:02}-{}".format(*day.isocalendar()),
    "2024W053": lambda day: "{}W{:02}{}".format(*day.isocalendar()),
    "2024-031": lambda day: f"{day:%Y-%j}",
    "31 Jan 2024": lambda day: f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}",
    "31-Jan-2024": lambda day: f"{day.day:02}-{MONTHS[day.month - 1][:3]}-{day.year}",
    "31JAN2024": lambda day: f"{day.day:02}{MONTHS[day.month - 1][:3].upper()}{day.year}",
    "31 January 2024": lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    "January 31, 2024": lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    "2024 Jan 31": lambda day: f"{day.year} {MONTHS[day.month - 1][:3]} {day.day}",
    "Wed, 31 Jan 2024": lambda day: (
        f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[day.weekday()]}, {day.day} "
        f"{MONTHS[day.month - 1][:3]} {day.year}"
    ),
}
TIMES: dict[str, Callable[[dt.time], str]] = {
    "T12:00": lambda time: f"T{time:%H:%M}",
    " 12:00": lambda time: f" {time:%H:%M}",
    ", 12:00:00": lambda time: f", {time:%H:%M:%S}",
    "T1200": lambda time: f"T{time:%H%M}",
    "T120000": lambda time: f"T{time:%H%M%S}",
    " 9:00": lambda time: f" {time.hour}:{time:%M}",
    " 1:05 PM": lambda time: f" {time.hour % 12 or 12}:{time:%M} {'AP'[time.hour > 11]}M",
    " 1:05pm": lambda time: f" {time.hour % 12 or 12}:{time:%M}{'ap'[time.hour > 11]}m",
}
MONTHLY: dict[str, Callable[[dt.date], str]] = {
    "2024-01": lambda day: f"{day:%Y-%m}",
    "2024/01": lambda day: f"{day:%Y/%m}",
    "01/2024": lambda day: f"{day:%m/%Y}",
    "01.2024": lambda day: f"{day:%m.%Y}",
    "2024M01": lambda day: f"{day.year}M{day.month:02}",
    "Jan 2024": lambda day: f"{MONTHS[day.month - 1][:3]} {day.year}",
    "Jan-2024": lambda day: f"{MONTHS[day.month - 1][:3]}-{day.year}",
    "January 2024": lambda day: f"{MONTHS[day.month - 1]} {day.year}",
    "2024 Jan": lambda day: f"{day.year} {MONTHS[day.month - 1][:3]}",
}
QUARTERLY = ("{0}Q{1}", "{0}-Q{1}", "{0} Q{1}", "{0}:Q{1}", "Q{1} {0}", "Q{1}/{0}", "{1}Q{0}")


def read(texts: list[str]) -> Stamps:
    return read_date_texts(texts).wall


def stamps(texts: list[str]) -> Stamps:
    return np.array(texts, dtype="datetime64[us]")


days = st.dates(dt.date(1000, 1, 1), dt.date(9990, 1, 1))


@pytest.mark.parametrize("written", DAYS)
@given(start=days, every=st.integers(1, 40))
def test_a_regular_calendar_is_read_back(written: str, start: dt.date, every: int) -> None:
    calendar = [start + dt.timedelta(every * step) for step in range(30)]
    found = read([DAYS[written](day) for day in calendar])
    assert (found == stamps([day.isoformat() for day in calendar])).all()


@pytest.mark.parametrize("separator", ["/", "-"])
@pytest.mark.parametrize("order", ["%d{0}%m{0}%Y", "%m{0}%d{0}%Y"])
@given(start=days)
def test_a_number_above_12_tells_the_day_from_the_month(
    separator: str, order: str, start: dt.date
) -> None:
    calendar = [start + dt.timedelta(step) for step in range(32)]
    found = read([day.strftime(order.format(separator)) for day in calendar])
    assert (found == stamps([day.isoformat() for day in calendar])).all()


@pytest.mark.parametrize("order", ["%d/%m/%Y", "%m/%d/%Y", "%m.%d.%Y"])
@given(year=st.integers(1000, 9000), day=st.integers(1, 12))
def test_months_over_more_than_a_year_tell_the_day_from_the_month(
    order: str, year: int, day: int
) -> None:
    calendar = [dt.date(year + step // 12, step % 12 + 1, day) for step in range(14)]
    found = read_date_texts([date.strftime(order) for date in calendar])
    assert (found.wall == stamps([date.isoformat() for date in calendar])).all()
    assert found.assumed is not None
    assert f"The {'day' if order.startswith('%d') else 'month'} was taken" in found.assumed


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2024-W1", "2024-W9", "2024-W10"], ["2024-01-01", "2024-02-26", "2024-03-04"]),
        (["2015H1", "2015H2", "2016H1"], ["2015-01-01", "2015-07-01", "2016-01-01"]),
        (["H2 2015", "H1 2016"], ["2015-07-01", "2016-01-01"]),
        (["Januar 2024", "März 2024", "Mai 2024"], ["2024-01-01", "2024-03-01", "2024-05-01"]),
        (["31. Okt. 2024", "1. Dez. 2024"], ["2024-10-31", "2024-12-01"]),
        (["15. März 2024", "1. Mai 2024"], ["2024-03-15", "2024-05-01"]),
        (["1er janvier 2024", "2 février 2024"], ["2024-01-01", "2024-02-02"]),
        (["juin 2024", "juil. 2024", "août 2024"], ["2024-06-01", "2024-07-01", "2024-08-01"]),
    ],
)
def test_weeks_half_years_and_months_in_german_and_french_are_read(
    texts: list[str], expected: list[str]
) -> None:
    assert (read(texts) == stamps(expected)).all()
    assert (read([text.upper() for text in texts]) == stamps(expected)).all()


@pytest.mark.parametrize("written", ["2024-{:02}", "2024/{:02}", "{:02}/2024"])
def test_months_that_may_be_the_first_weeks_of_a_year_are_noted(written: str) -> None:
    found = read_date_texts([written.format(month) for month in range(1, 12)])
    assert found.assumed is not None
    assert "were taken for months. If they are weeks, write them as 2024-W01." in found.assumed
    for months in (range(1, 13), range(3, 9)):
        assert read_date_texts([written.format(month) for month in months]).assumed is None


@pytest.mark.parametrize("written", TIMES)
@pytest.mark.parametrize("day", ["2024-02-29", "29.02.2024", "02/29/2024", "29 Feb 2024"])
@given(start=st.integers(0, 1439), every=st.integers(1, 60))
def test_times_of_day_are_read_back(written: str, day: str, start: int, every: int) -> None:
    minutes = list(range(start, 1440, every))
    clock = [dt.time(minute // 60, minute % 60) for minute in minutes]
    found = read([day + TIMES[written](moment) for moment in clock])
    assert (found == stamps([f"2024-02-29T{moment}" for moment in clock])).all()


@pytest.mark.parametrize("written", MONTHLY)
@given(start=days)
def test_months_alone_are_their_first_days(written: str, start: dt.date) -> None:
    first = np.datetime64(start, "M")
    calendar = (first + np.arange(25)).astype("datetime64[D]")
    assert (read([MONTHLY[written](day) for day in calendar.tolist()]) == calendar).all()


@pytest.mark.parametrize("written", QUARTERLY)
def test_quarters_are_their_first_days(written: str) -> None:
    found = read([written.format(2010 + step // 4, step % 4 + 1) for step in range(6)])
    expected = ["2010-01-01", "2010-04-01", "2010-07-01", "2010-10-01", "2011-01-01", "2011-04-01"]
    assert (found == stamps(expected)).all()


@pytest.mark.parametrize("written", ["{}-W{:02}", "{}W{:02}"])
def test_weeks_are_their_mondays(written: str) -> None:
    mondays = [dt.date(2020, 11, 2) + dt.timedelta(7 * step) for step in range(20)]
    found = read([written.format(*monday.isocalendar()[:2]) for monday in mondays])
    assert (found == stamps([monday.isoformat() for monday in mondays])).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-12-31T24:00", "2025-01-01T00:00"),
        ("20241231T240000", "2025-01-01T00:00"),
        ("2024-01-31T12:00:00,5", "2024-01-31T12:00:00.500"),
        ("2024-01-31T12:00:00.123456789", "2024-01-31T12:00:00.123456"),
        ("2024-01-31t12:00:00z", "2024-01-31T12:00"),
        ("2024-01-31 12:00:00 UTC", "2024-01-31T12:00"),
        ("20240131", "2024-01-31"),
        ("12/31/2024 12:00 AM", "2024-12-31T00:00"),
        ("1949", "1949-01-01"),
        ("31. 1. 2024", "2024-01-31"),
    ],
)
def test_other_ways_are_read(text: str, expected: str) -> None:
    assert read([text])[0] == np.datetime64(expected)


def test_offsets_are_told_apart_from_what_the_clock_shows() -> None:
    found = read_date_texts(["2024-01-31T12:00+05:30", "2024-01-31 12:00 -0200"])
    assert found.offsets is not None
    assert found.offsets.tolist() == [330, -120]
    assert (found.wall == np.datetime64("2024-01-31T12:00")).all()


@pytest.mark.parametrize(
    ("texts", "code", "position", "message"),
    [
        (["01/02/2024", "02/02/2024"], "dates_ambiguous", 0, "2024-02-01 or 2024-01-02"),
        (["1/1/2024", "1/2/2024"], "dates_ambiguous", 1, "2024-02-01 or 2024-01-02"),
        (["2024-01-31", "2024/02/01"], "timestamp_invalid", 1, "not written like '2024-01-31'"),
        (["2024-01", "2024-02-01"], "timestamp_invalid", 1, "not written like '2024-01'"),
        (["2024", "2024-02"], "timestamp_invalid", 1, "not written like '2024'"),
        (["31/01/2024", "01/31/2024"], "timestamp_invalid", 1, "not written like '31/01/2024'"),
        (["2024-01-31", "soon"], "timestamp_invalid", 1, "'soon' is not a date"),
        (["2024-01-31", "2024-02-30"], "timestamp_invalid", 1, "'2024-02-30' is not a date"),
        (["2024-01-31T12:60"], "timestamp_invalid", 0, "not a date"),
        (["2024-01-31T24:01"], "timestamp_invalid", 0, "not a date"),
        (["2024-01-31 13:05 PM"], "timestamp_invalid", 0, "not a date"),
        (["2021-W53"], "timestamp_invalid", 0, "not a date"),
        (["2023-366"], "timestamp_invalid", 0, "not a date"),
        (["2024Q5"], "timestamp_invalid", 0, "not a date"),
        (["2024-01-31\0"], "timestamp_invalid", 0, "not a date"),
        (["31.01.24"], "timestamp_invalid", 0, "year of two digits"),
        (["Jan-24"], "timestamp_invalid", 0, "year of two digits"),
        (["31-Jan-24"], "timestamp_invalid", 0, "year of two digits"),
        (["1Q10"], "timestamp_invalid", 0, "year of two digits"),
        (["2024-01-31 12:00 CET"], "timestamp_invalid", 0, "zone CET.*Write the offset"),
        (["2024-01-31T12:00[Europe/Berlin]"], "timestamp_invalid", 0, "zone Europe/Berlin"),
        (["x" * 1_000_000], "timestamp_invalid", 0, "not a date"),
    ],
)
def test_what_cannot_be_told_is_refused_at_its_place(
    texts: list[str], code: str, position: int, message: str
) -> None:
    with pytest.raises(SeriesError, match=message) as refused:
        read_date_texts(texts)
    assert (refused.value.code, refused.value.path) == (code, (position,))
    assert len(refused.value.message) < 500


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("1/31/24 0:00", ["%m/%d/%y"]),
        ("31.12.24", ["%d.%m.%y"]),
        ("99-12-31", ["%y-%m-%d"]),
        ("01/02/24", ["%d/%m/%y", "%m/%d/%y", "%y/%m/%d"]),
        ("Jan-24", ["%b-%y"]),
        ("31-Jan-24", ["%d-%b-%y"]),
        ("31 January 24", ["%d %B %y"]),
        ("12/24", ["%m/%y"]),
    ],
)
def test_the_error_about_a_short_year_names_the_formats_that_fit(
    text: str, formats: list[str]
) -> None:
    with pytest.raises(SeriesError, match="year of two digits") as refused:
        read_date_texts([text], takes_format=True)
    advised = re.findall(r"date_format='?(%.*?)'?(?= or |\.$)", refused.value.message)
    assert advised[: len(formats)] == formats
    for date_format in advised:
        assert read_date_texts([text], date_format=date_format).wall.size == 1


def test_formats_of_short_years_are_those_that_all_dates_fit() -> None:
    with pytest.raises(SeriesError) as refused:
        read_date_texts(["01/02/24", "02/02/24", "28/02/24", "31/03/00"], takes_format=True)
    assert refused.value.message.endswith("or send date_format=%d/%m/%y.")


def test_dates_of_one_month_may_have_either_order_though_they_rise() -> None:
    days_in_february = [f"02/{day:02}/2024" for day in range(1, 13)]
    with pytest.raises(SeriesError) as refused:
        read_date_texts(days_in_february, takes_format=True)
    assert refused.value.code == "dates_ambiguous"
    assert "date_format=%d/%m/%Y or date_format=%m/%d/%Y" in refused.value.message
    for date_format, first in (("%d/%m/%Y", "2024-01-02"), ("%m/%d/%Y", "2024-02-01")):
        assert read_date_texts(days_in_february, date_format=date_format).wall[0] == stamps([first])


@given(st.lists(st.text(max_size=12), max_size=5))
def test_any_texts_are_read_or_refused(texts: list[str]) -> None:
    with suppress(SeriesError):
        assert read(texts).size == len(texts)


def test_a_million_dates_are_read_in_seconds() -> None:
    minutes = np.datetime64("2024-01-01T00:00") + np.arange(1_000_000)
    began = time.process_time()
    assert (read(np.datetime_as_string(minutes).tolist()) == minutes).all()
    assert time.process_time() - began < 10


def test_texts_of_very_many_shapes_are_refused_before_they_take_long() -> None:
    letters = list(itertools.product(["jan", "feb", "march"], *[["", ".", " ", "-"]] * 2))
    texts = [f"{name}{dot}{space}2024" for name, dot, space in letters]
    began = time.process_time()
    with pytest.raises(SeriesError):
        read(texts * 1_000)
    assert time.process_time() - began < 10
