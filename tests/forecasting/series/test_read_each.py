from dataclasses import dataclass

import numpy as np

from forecasting.errors import ForecastingError, TooFewTimestampsError
from forecasting.series.opening import parse_opening
from forecasting.series.repair import DateRules
from forecasting.series.series import Series, read_each
from forecasting.series.timestamps import parse_times


@dataclass
class Dated:
    timestamps: list[str]

    def read(self, rules: DateRules) -> Series:
        values = np.arange(len(self.timestamps), dtype=np.float64)
        return Series.from_dates(values, parse_times(self.timestamps), rules=rules)


def frequencies(items: list[Dated]) -> list[str]:
    found = []
    for result in read_each(items, DateRules()):
        if isinstance(result, ForecastingError):
            found.append(result.code)
        else:
            assert result.calendar is not None
            found.append(result.calendar.frequency.name)
    return found


WEEKS = Dated(["2024-01-01", "2024-01-08", "2024-01-15"])
DAYS = Dated(["2024-01-01", "2024-01-02", "2024-01-03"])


def test_short_series_have_the_frequency_of_the_others() -> None:
    single, pair = Dated(["2024-01-22"]), Dated(["2024-01-08", "2024-01-22"])
    assert frequencies([single, WEEKS, pair, WEEKS]) == ["W-MON"] * 4
    first = read_each([single, WEEKS], DateRules())[0]
    assert isinstance(first, Series)
    assert [note.code for note in first.notes] == ["frequency_of_others"]
    assert first.future_timestamps(1) == ["2024-01-29T00:00:00"]


def test_a_short_series_off_the_frequency_of_the_others_is_refused() -> None:
    assert frequencies([WEEKS, Dated(["2024-01-09"])]) == ["W-MON", "start_off_frequency"]


def test_short_series_are_refused_if_the_others_differ_or_are_none() -> None:
    single = Dated(["2024-01-22"])
    assert frequencies([WEEKS, single, DAYS]) == ["W-MON", "timestamps_irregular", "D"]
    (alone,) = read_each([single], DateRules())
    assert isinstance(alone, TooFewTimestampsError)


def test_short_series_keep_to_the_opening_of_the_others() -> None:
    rules = DateRules(opening=parse_opening("Mon-Fri", "10-16", []))
    hours = Dated([f"2024-01-05T{hour}:00" for hour in range(10, 17)])
    _, short = read_each([hours, Dated(["2024-01-05T16:00"])], rules)
    assert isinstance(short, Series)
    assert short.future_timestamps(1) == ["2024-01-08T10:00:00"]
