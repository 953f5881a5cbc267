"""One series as the caller gave it, checked and made whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.alignment import align, align_steps
from forecasting.series.calendar import Calendar
from forecasting.series.timestamps import Times, written
from forecasting.types import Floats

LARGEST_VALUE = 1e150
"""Beyond it the squares that scalers take would leave the range of a float64."""

_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Series:
    """Observations, oldest first: `values` has shape (n,), n ≥ 1, all finite."""

    values: Floats
    id: str | None = None
    calendar: Calendar | None = None
    notes: tuple[Note, ...] = ()
    dropped: int = 0
    """Missing values that were dropped between the calendar's start and the first of `values`."""
    varies: bool = True
    """Whether the values differ by more than rounding does."""
    missing: npt.NDArray[np.bool_] | None = None
    """Which of `values` were missing and were filled, (n,); None where none was."""

    @classmethod
    def from_values(
        cls,
        values: Sequence[float | None] | Floats,
        *,
        id: str | None = None,
        calendar: Calendar | None = None,
        notes: tuple[Note, ...] = (),
    ) -> Series:
        """Check raw values (None or NaN where one is missing) and fill the gaps.

        Gaps inside the series are filled by linear interpolation, missing values at its end with
        the last one; missing values at its start are dropped.

        Raises SeriesError, its path an index where one value is at fault.
        """
        raw = np.asarray(values, dtype=np.float64)
        if _is_sound(raw):
            return cls(raw, id, calendar, notes)
        _check_given(raw)
        missing = np.isnan(raw)
        dropped = 0
        gaps = None
        if missing.any():
            if missing.all():
                raise SeriesError(
                    "every value of the series is missing.", code="series_all_missing"
                )
            dropped = int(missing.argmin())
            raw, filled = _fill(raw, missing, dropped)
            notes += filled
            gaps = missing[dropped:] if missing[dropped:].any() else None
        varies = bool(_differ(float(raw.min()), float(raw.max())))
        return cls(raw, id, calendar, notes, dropped, varies, gaps)

    @classmethod
    def from_dates(
        cls,
        values: Sequence[float | None] | Floats,
        times: Times,
        *,
        id: str | None = None,
        frequency: str | None = None,
        repair: bool = False,
    ) -> Series:
        """Check raw values with a time each, fill in dates left out, then go on as `from_values`.

        Raises SeriesError, its path "values" or "timestamps", then an index where one is at fault.
        """
        raw = np.asarray(values, dtype=np.float64)
        if raw.size != times.stamps.size:
            raise SeriesError(
                f"there are {raw.size} values and {times.stamps.size} timestamps; give one each.",
                code="timestamps_do_not_match_values",
                path=("timestamps",),
            )
        try:
            _check_given(raw)
        except SeriesError as error:
            raise error.under("values") from error
        try:
            aligned = align(raw, times, frequency=frequency, repair=repair)
        except SeriesError as error:
            raise (error if error.path == ("frequency",) else error.under("timestamps")) from error
        try:
            return cls.from_values(
                aligned.values, id=id, calendar=aligned.calendar, notes=aligned.notes
            )
        except SeriesError as error:
            raise error.under("values") from error

    @classmethod
    def from_steps(
        cls,
        values: Floats,
        steps: npt.NDArray[np.int64],
        *,
        id: str | None = None,
        repair: bool = False,
    ) -> Series:
        """Check raw values (n,) with a whole number each in place of a date, then go on as
        `from_values`.

        Raises SeriesError, its path "values" or "timestamps", then an index where one is at fault.
        """
        try:
            _check_given(values)
        except SeriesError as error:
            raise error.under("values") from error
        try:
            aligned, notes = align_steps(values, steps, repair=repair)
        except SeriesError as error:
            raise error.under("timestamps") from error
        try:
            return cls.from_values(aligned, id=id, notes=notes)
        except SeriesError as error:
            raise error.under("values") from error

    def before(self, cutoff: int) -> Series:
        """The first `cutoff` ≥ 1 values as they were known then, alone.

        A gap that reaches to the cutoff holds the last value before it: what came after the gap,
        which `values` are interpolated to, was not known yet.
        """
        values = self.values[:cutoff]
        if self.missing is not None and self.missing[cutoff - 1]:
            gap = int(np.argmin(self.missing[:cutoff][::-1]))
            known = values[: cutoff - gap]
            values = np.concatenate([known, np.repeat(known[-1:], gap)])
        return Series.from_values(values)

    def observed(self) -> Floats:
        """`values` (n,), NaN where one was missing."""
        return self.values if self.missing is None else np.where(self.missing, np.nan, self.values)

    def even_timestamps(self) -> list[str] | None:
        """ISO 8601 timestamps of `values` without a zone, evenly spaced: the local dates of steps
        that follow the wall clock, UTC for others; None where the series has no calendar."""
        if self.calendar is None:
            return None
        return written(self.calendar.stamps(self.dropped, self.values.size))

    def check_future(self, horizon: int) -> None:
        """Raises SeriesError where the dates of the next `horizon` steps run past the calendar."""
        if self.calendar is not None:
            self.calendar.range(self.dropped + self.values.size + horizon - 1, 1)

    def future_timestamps(self, horizon: int) -> list[str] | None:
        """ISO 8601 timestamps of the steps after the series; None where it has no calendar."""
        if self.calendar is None:
            return None
        return self.calendar.timestamps(self.dropped + self.values.size, horizon)


def whole_values(many: Sequence[Sequence[float | None]]) -> list[Floats | None]:
    """The values of many series at once, each an array, for those that `Series.from_values` would
    take as they are; None for those that it has to look at."""
    lengths = np.fromiter(map(len, many), np.int64, len(many))
    if not many or lengths.min() == 0:
        return [None] * len(many)
    starts = np.cumsum(lengths) - lengths
    flat = np.array(list(chain.from_iterable(many)), dtype=np.float64)
    low, high = np.minimum.reduceat(flat, starts), np.maximum.reduceat(flat, starts)
    with np.errstate(all="ignore"):
        whole = (low >= -LARGEST_VALUE) & (high <= LARGEST_VALUE) & _differ(low, high)
    parts = np.split(flat, starts[1:])
    return [values if sound else None for values, sound in zip(parts, whole.tolist(), strict=True)]


def _check_given(raw: Floats) -> None:
    if raw.size == 0:
        raise SeriesError("the series is empty; give its past values.", code="series_empty")
    too_large = np.abs(raw) > LARGEST_VALUE
    if too_large.any():
        raise SeriesError(
            f"values beyond ±{LARGEST_VALUE:g} cannot be computed with; change the unit.",
            code="value_too_large",
            path=(int(too_large.argmax()),),
        )


def _is_sound(raw: Floats) -> bool:
    """Whether nothing is to be said or done about the values: the common case, told quickly."""
    if raw.size == 0:
        return False
    low, high = float(raw.min()), float(raw.max())
    return low >= -LARGEST_VALUE and high <= LARGEST_VALUE and bool(_differ(low, high))


def _differ(low: Any, high: Any) -> Any:
    """Whether lows and highs differ by more than rounding does; not where one is NaN."""
    return high - low > (abs(low) + abs(high)) * _EPSILON


def _fill(raw: Floats, missing: np.ndarray, first: int) -> tuple[Floats, tuple[Note, ...]]:
    present = np.flatnonzero(~missing)
    filled = np.interp(np.arange(first, raw.size), present, raw[present])
    notes = []
    if first:
        notes.append(
            Note("leading_missing_dropped", "Missing values at the start were dropped.", first)
        )
    count = int(missing.sum()) - first
    if count:
        message = "Missing values were filled: by linear interpolation, at the end by the last."
        notes.append(Note("missing_values_filled", message, count))
    return filled, tuple(notes)
