"""A date format in the notation of strptime is read as Python's own strptime reads it."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.dates.texts import read_date_texts
from forecasting.errors import SeriesError

FIRST, LAST = dt.datetime.fromisoformat("1970-01-01"), dt.datetime.fromisoformat("2060-01-01")
FORMATS = [
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%y%m%d", "%Y%m%d", "%d%m%Y", "%b %d, %Y",
    "%d %B %Y", "%Y-%j", "%G-W%V-%u", "%A %d %b %Y", "%F", "%D", "Day %d of %m in %Y",
    "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %I:%M:%S %p", "%Y%m%d%H%M%S", "%FT%T.%f", "%d%%%m%%%Y",
]  # fmt: skip


@pytest.mark.parametrize("date_format", FORMATS)
@given(moments=st.lists(st.datetimes(FIRST, LAST), min_size=1))
def test_what_strftime_writes_is_read_back(date_format: str, moments: list[dt.datetime]) -> None:
    has_time = "S" in date_format or "T" in date_format
    has_fraction = "%f" in date_format
    moments = [
        moment.replace(microsecond=moment.microsecond * has_fraction)
        if has_time
        else moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for moment in moments
    ]
    found = read_date_texts(
        [moment.strftime(date_format) for moment in moments], date_format=date_format
    )
    assert (found.wall == np.array(moments, dtype="datetime64[us]")).all()


def test_a_time_may_follow_though_the_format_does_not_mention_it() -> None:
    found = read_date_texts(["01/02/2024", "01/02/2024 6:30 PM"], date_format="%m/%d/%Y")
    expected = ["2024-01-02T00:00", "2024-01-02T18:30"]
    assert (found.wall == np.array(expected, dtype="datetime64[us]")).all()


def test_offsets_are_read() -> None:
    found = read_date_texts(["31.01.2024 12:00+0100"], date_format="%d.%m.%Y %H:%M%z")
    assert found.offsets is not None
    assert found.offsets.tolist() == [60]


def test_the_first_date_that_does_not_fit_is_named() -> None:
    with pytest.raises(SeriesError, match=r"'31\.13\.2024'.*'%d\.%m\.%Y'") as refused:
        read_date_texts(["31.12.2024", "31.13.2024", "32.12.2024"], date_format="%d.%m.%Y")
    assert refused.value.path == (1,)


@pytest.mark.parametrize(
    "date_format", ["", "%", "%Q", "%d.%m.", "%d%d%Y", "%H:%M", "20%y-%m-%d", "YYYY-MM-DD", "%Y%y"]
)
def test_formats_that_cannot_be_read_with_are_refused(date_format: str) -> None:
    with pytest.raises(SeriesError, match="notation of strptime") as refused:
        read_date_texts(["2024-01-31"], date_format=date_format)
    assert (refused.value.code, refused.value.path) == ("date_format_invalid", ("date_format",))
