from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting.series.calendar import Calendar
from forecasting.series.covariates import Covariates
from forecasting.series.opening import parse_opening
from forecasting.series.repair import DateRules, Repair
from forecasting.series.series import Series
from forecasting.series.series_file import read_series, write_series
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import parse_times

SIX_HOURS = ["2024-03-30T18:00", "2024-03-31T00:00", "2024-03-31T06:00", "2024-03-31T12:00"]
HOURS = ["2024-03-31T03:00+02:00", "2024-03-31T00:00+01:00", "2024-03-31T04:00+02:00"]

COVARIATES = Covariates(
    ("price", "visits"),
    past=np.array([[0.1, 1 / 3], [np.nan, 2.0]]),
    ahead=np.array([[1e-300, np.nan]]),
    known_ahead=np.array([True, False]),
    calendar=frozenset({"price"}),
)
SHOP = parse_opening("Mon-Sat", "22-02", ["2024-01-06"])
REPAIR = DateRules(Repair.of_switch(True))


def dated(start: str, frequency: str, zone: str | None = None) -> Series:
    calendar = Calendar.from_start(start, frequency, None if zone is None else parse_zone(zone))
    return Series.from_values([None, 0.1, None, -1 / 3, 1e-300, -0.0, None], calendar=calendar)


@pytest.mark.parametrize(
    "series",
    [
        Series.from_values([1.0, 2.0], id="whole"),
        Series.from_values([7, 7, None], id="ø"),
        Series.from_values(np.arange(20.0)[::2]),
        replace(Series.from_values([1.0, 2.0]), covariates=COVARIATES),
        replace(
            Series.from_values([1.0, 2.0]), static={"region": "north", "size": 0.1, "new": True}
        ),
        Series.from_steps(np.array([np.nan, 1.0, 2.0]), np.array([10, 20, 30])),
        dated("2024-01-15", "MS-15"),
        dated("2024-01-19", "WOM-3FRI"),
        dated("2024-01-01T06:30:00.5", "6h", "Europe/Berlin"),
        dated("2024-01-01", "W-MON", "Europe/Berlin"),
        dated("2024-01-01T00:00-03:30", "30min"),
        Series.from_dates(
            [1, 2, 3], parse_times(HOURS), frequency="h", rules=DateRules(Repair.of_switch(True))
        ),
        Series.from_dates(
            [1, 2, 3, 4], parse_times(SIX_HOURS).in_zone(parse_zone("Europe/Berlin"))
        ),
    ],
)
def test_series_are_read_back_as_they_were(series: Series, tmp_path: Path) -> None:
    path = tmp_path / "series.json"
    write_series(path, [series, series])
    for found in read_series(path):
        assert found.values.tobytes() == series.values.tobytes()
        assert (found.missing is None) == (series.missing is None)
        assert found.observed().tobytes() == series.observed().tobytes()
        for name in ("id", "notes", "dropped", "varies", "static"):
            assert getattr(found, name) == getattr(series, name), name
        assert found.future_steps(5) == series.future_steps(5)
        assert (found.calendar is None) == (series.calendar is None)
        assert found.future_timestamps(5) == series.future_timestamps(5)
        if found.calendar is not None and series.calendar is not None:
            assert found.calendar.frequency == series.calendar.frequency
            assert found.calendar.start == series.calendar.start
        assert (found.covariates is None) == (series.covariates is None)
        if found.covariates is not None and series.covariates is not None:
            assert found.covariates.names == series.covariates.names
            assert found.covariates.calendar == series.covariates.calendar
            for name in ("past", "ahead", "known_ahead"):
                array = getattr(series.covariates, name)
                assert getattr(found.covariates, name).tobytes() == array.tobytes()
