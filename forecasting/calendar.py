"""Frequencies (pandas aliases), the seasons they imply, and the timestamps that follow a series.

pandas is imported when a series with dates asks for it, never for a plain raw series.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from forecasting.errors import SeriesError

if TYPE_CHECKING:
    import pandas as pd

# Observations in the season that a frequency most often shows: a year of months, a day of hours.
_SEASON_LENGTHS = {
    "YS": 1, "YE": 1, "BYS": 1, "BYE": 1,
    "QS": 4, "QE": 4, "BQS": 4, "BQE": 4,
    "MS": 12, "ME": 12, "BMS": 12, "BME": 12,
    "W": 52, "D": 7, "B": 5, "h": 24, "min": 1440, "s": 60,
}  # fmt: skip

_ISO_8601 = re.compile(r"\d{4}-\d{2}(-\d{2}([T ].*)?)?")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the first observation was made, and how often one is made."""

    start: pd.Timestamp
    offset: pd.offsets.BaseOffset

    @classmethod
    def from_start(cls, start: str, frequency: str) -> Calendar:
        """Raises SeriesError for a start that is no date, or does not lie on the frequency."""
        offset = parse_frequency(frequency)
        timestamp = _parse_timestamp(start, ("start",))
        if not offset.is_on_offset(timestamp):
            raise SeriesError(
                f"{start} does not lie on the frequency {frequency!r}, whose next date is "
                f"{offset.rollforward(timestamp).isoformat()}. Give that date, or another frequency"
                ' (for weeks that start on a Monday: "W-MON").',
                code="start_off_frequency",
                path=("start",),
            )
        return cls(timestamp, offset)

    @classmethod
    def from_timestamps(
        cls, timestamps: Sequence[str], count: int, frequency: str | None = None
    ) -> Calendar:
        """Raises SeriesError unless there is one timestamp per value, rising and regular."""
        where = ("timestamps",)
        if len(timestamps) != count:
            raise SeriesError(
                f"there are {count} values and {len(timestamps)} timestamps; give one each.",
                code="timestamps_do_not_match_values",
                path=where,
            )
        index = _parse_index(timestamps)
        _check_rising(index)
        offset = _infer(index) if frequency is None else parse_frequency(frequency)
        calendar = cls.from_start(timestamps[0], offset.freqstr)
        expected = calendar.range(0, count)
        wrong = expected != index
        if wrong.any():
            place = int(wrong.argmax())
            raise SeriesError(
                f"{timestamps[place]} is not the next date at frequency {calendar.frequency!r}; "
                f"{expected[place].isoformat()} is. Use null for a missing value.",
                code="timestamps_irregular",
                path=(*where, place),
            )
        return calendar

    @property
    def frequency(self) -> str:
        return str(self.offset.freqstr)

    @property
    def season_length(self) -> int:
        return season_length(self.offset)

    def timestamps(self, skip: int, count: int) -> list[str]:
        """`range` in ISO 8601."""
        return [timestamp.isoformat() for timestamp in self.range(skip, count)]

    def range(self, skip: int, count: int) -> pd.DatetimeIndex:
        """`count` timestamps, the first one `skip` steps after the start."""
        import pandas as pd

        out_of_range = SeriesError(
            f"the dates after {self.start.isoformat()} at frequency {self.frequency!r} run past "
            "the end of the calendar, the year 9999.",
            code="timestamps_out_of_range",
            path=("start",),
        )
        try:
            index = pd.date_range(self.start, periods=skip + count, freq=self.offset)[skip:]
        except (ValueError, OverflowError) as error:
            raise out_of_range from error
        if index.size and index[-1].year > 9999:
            raise out_of_range
        return index


def parse_frequency(frequency: str) -> pd.offsets.BaseOffset:
    """Raises SeriesError for what is no pandas frequency alias, or goes backwards."""
    from pandas.tseries.frequencies import to_offset

    unknown = SeriesError(
        f"{frequency!r} is no frequency. Give a pandas alias: "
        '"YS", "QS", "MS", "W-MON", "D", "B", "h", "30min".',
        code="frequency_unknown",
        path=("frequency",),
    )
    try:
        offset = to_offset(frequency)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise unknown from error
    if offset is None or offset.n < 1:
        raise unknown
    return offset


def season_length(offset: pd.offsets.BaseOffset) -> int:
    """Observations a season: 12 for months, 24 for hours, 48 for half hours; 1 where none fits."""
    base = str(offset.rule_code).partition("-")[0]
    steps = _SEASON_LENGTHS.get(base, 1)
    return steps // offset.n if steps % offset.n == 0 else 1


def _parse_timestamp(text: str, path: tuple[str | int, ...]) -> pd.Timestamp:
    import pandas as pd

    if not _ISO_8601.fullmatch(text):
        raise _not_a_date(text, path)
    try:
        timestamp = pd.Timestamp(text)
    except (ValueError, TypeError, OverflowError) as error:
        raise _not_a_date(text, path) from error
    if pd.isna(timestamp):
        raise _not_a_date(text, path)
    return timestamp


def _parse_index(timestamps: Sequence[str]) -> pd.DatetimeIndex:
    import pandas as pd

    try:
        return pd.DatetimeIndex(pd.to_datetime(list(timestamps), format="ISO8601"))
    except (ValueError, TypeError, OverflowError) as error:
        for place, text in enumerate(timestamps):
            _parse_timestamp(text, ("timestamps", place))
        raise SeriesError(
            "the timestamps mix time zones; give them all in one.",
            code="timestamps_mixed_zones",
            path=("timestamps",),
        ) from error


def _infer(index: pd.DatetimeIndex) -> pd.offsets.BaseOffset:
    import pandas as pd

    offset = None
    if index.size >= 3:
        with pd.option_context("future.infer_freq_returns_offset", True):
            offset = cast("pd.offsets.BaseOffset | None", pd.infer_freq(index))
    if offset is None:
        raise SeriesError(
            "no regular frequency can be read from the timestamps. Fill the gaps (null for a "
            'missing value) and give at least three, or name the "frequency".',
            code="timestamps_irregular",
            path=("timestamps",),
        )
    return offset


def _check_rising(index: pd.DatetimeIndex) -> None:
    steps = index[1:] - index[:-1]
    falling = steps.to_numpy().astype("int64") <= 0
    if falling.any():
        place = int(falling.argmax()) + 1
        repeated = index[place] == index[place - 1]
        raise SeriesError(
            f"{index[place].isoformat()} {'repeats' if repeated else 'goes back before'} "
            f"the timestamp before it ({index[place - 1].isoformat()}). Sort them, one a value.",
            code="timestamps_repeated" if repeated else "timestamps_not_rising",
            path=("timestamps", place),
        )


def _not_a_date(text: str, path: tuple[str | int, ...]) -> SeriesError:
    return SeriesError(
        f"{text!r} is no date. Give ISO 8601, such as 2024-01-31 or 2024-01-31T12:00:00.",
        code="timestamp_invalid",
        path=path,
    )
