import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.series.frequency import parse_frequency
from forecasting.series.frequency_inference import infer_frequency

STARTS = st.datetimes(pd.Timestamp("1500-01-01"), pd.Timestamp("2500-01-01")).map(
    lambda found: np.datetime64(found.replace(microsecond=0), "us")
)
ALIASES = [
    *("min", "15min", "30min", "h", "6h", "s", "ms"),
    *("D", "2D", "B", "W-SUN", "W-WED", "2W-FRI"),
    *("MS", "ME", "2MS", "6ME", "QS-JAN", "QS-FEB", "QE-OCT", "QE-DEC", "YS-JAN", "YS-JUL"),
    *("YE-FEB", "2YE-DEC", "BMS", "BME", "BQE-NOV", "BYS-JAN", "WOM-3FRI"),
]


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("YS", 1),
        ("QE-NOV", 4),
        ("MS", 12),
        ("ME", 12),
        ("3MS", 4),
        ("MS-15", 12),
        ("3MS-15", 4),
        ("W-MON", 52),
        ("D", 7),
        ("7D", 52),
        ("28D", 13),
        ("24h", 7),
        ("168h", 52),
        ("2D", 1),
        ("B", 5),
        ("h", 24),
        ("2h", 12),
        ("5h", 1),
        ("30min", 48),
        ("3600s", 24),
        ("900s", 96),
        ("1000ms", 60),
        ("ms", 1),
        ("SMS", 24),
        ("SME-20", 24),
        ("WOM-3FRI", 12),
        ("LWOM-FRI", 12),
    ],
)
def test_season_length_follows_the_frequency(frequency: str, expected: int) -> None:
    assert parse_frequency(frequency).season_length == expected


@pytest.mark.parametrize(
    "alias",
    ["", "parsec", "-1D", "0D", "M", "1e99D", "ns", "bh", "C", "MS-1", "MS-31", "0MS-15", "MS-99"],
)
def test_refuses_what_is_no_frequency(alias: str) -> None:
    with pytest.raises(SeriesError) as refused:
        parse_frequency(alias)
    assert refused.value.code == "frequency_unknown"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("M", "ME"),
        ("3M", "3ME"),
        ("Q", "QE"),
        ("Q-DEC", "QE-DEC"),
        ("Y", "YE"),
        ("A", "YE"),
        ("A-JUN", "YE-JUN"),
        ("2AS-APR", "2YS-APR"),
        ("BM", "BME"),
        ("BQ-MAR", "BQE-MAR"),
        ("BY", "BYE"),
        ("BA", "BYE"),
        ("SM", "SME"),
        ("H", "h"),
        ("2H", "2h"),
        ("15T", "15min"),
        ("S", "s"),
        ("L", "ms"),
        ("U", "us"),
    ],
)
def test_an_alias_that_pandas_has_renamed_is_refused_with_its_new_name(old: str, new: str) -> None:
    with pytest.raises(SeriesError, match=f'write "{new}"') as refused:
        parse_frequency(old)
    assert refused.value.code == "frequency_unknown"
    assert parse_frequency(new).name


@pytest.mark.parametrize("alias", ALIASES)
@given(start=STARTS, skip=st.integers(0, 40))
def test_steps_as_pandas_does(alias: str, start: np.datetime64, skip: int) -> None:
    frequency = parse_frequency(alias)
    first = frequency.first_at_or_after(start)
    expected = pd.date_range(first, periods=skip + 20, freq=alias)
    assert (frequency.stamps(first, skip, 20) == expected[skip:].to_numpy()).all()
    last = expected[-1].to_numpy()
    assert frequency.rule.count_steps(first, last, 1_000) == skip + 19


@pytest.mark.parametrize("alias", ALIASES)
@given(start=STARTS)
def test_reads_back_the_frequency_that_stamps_were_made_with(
    alias: str, start: np.datetime64
) -> None:
    frequency = parse_frequency(alias)
    stamps = frequency.stamps(frequency.first_at_or_after(start), 0, 40)
    found = infer_frequency(stamps[:30], elapsed=frequency.rule.elapsed)
    assert (found.stamps(stamps[0], 30, 10) == stamps[30:]).all()
    assert found.season_length == frequency.season_length


@pytest.mark.parametrize(
    ("stamps", "name", "following"),
    [
        (["2024-01-01", "2024-04-01", "2024-07-01"], "QS-JAN", "2024-10-01"),
        (["2023-11-30", "2024-02-29", "2024-05-31"], "QE-NOV", "2024-08-31"),
        (["2024-01-15", "2024-02-15", "2024-03-15"], "MS-15", "2024-04-15"),
        (["2023-12-30", "2024-01-30", "2024-02-29"], "MS-30", "2024-03-30"),
        (["2024-01-15", "2024-04-15", "2024-07-15"], "3MS-15", "2024-10-15"),
        (["2021-07-04", "2022-07-04", "2023-07-04"], "12MS-4", "2024-07-04"),
        (["2016-02-29", "2017-02-28", "2018-02-28"], "YE-FEB", "2019-02-28"),
        (["2024-02-27", "2024-02-28", "2024-02-29"], "D", "2024-03-01"),
        (["2024-02-29", "2024-03-01", "2024-03-04"], "B", "2024-03-05"),
        (["2024-01-03", "2024-01-10", "2024-01-17"], "W-WED", "2024-01-24"),
        (["2024-03-15", "2024-04-19", "2024-05-17"], "WOM-3FRI", "2024-06-21"),
        (["2024-01-31", "2024-02-29", "2024-03-29"], "BME", "2024-04-30"),
    ],
)
def test_reads_months_quarters_and_business_days(
    stamps: list[str], name: str, following: str
) -> None:
    found = infer_frequency(np.array(stamps, "datetime64[us]"), elapsed=False)
    assert found.name == name
    assert found.stamps(np.datetime64(stamps[0], "us"), 3, 1)[0] == np.datetime64(following)


@pytest.mark.parametrize("alias", ["MS", "ME", "MS-30", "QE-NOV", "D", "B", "W-MON", "BME"])
@given(data=st.data())
def test_reads_the_frequency_past_gaps(alias: str, data: st.DataObject) -> None:
    frequency = parse_frequency(alias)
    stamps = frequency.stamps(frequency.first_at_or_after(np.datetime64("2023-10-30", "us")), 0, 30)
    gap = data.draw(st.integers(20, 28))
    found = infer_frequency(np.delete(stamps, gap), elapsed=False)
    assert found.name == frequency.name


def test_points_at_the_stamp_off_the_commonest_step() -> None:
    stamps = np.array([0, 1800, 3600, 5401, 7200, 9000], "datetime64[s]").astype("datetime64[us]")
    with pytest.raises(SeriesError) as refused:
        infer_frequency(stamps, elapsed=True)
    assert (refused.value.code, refused.value.path) == ("timestamps_irregular", (3,))
