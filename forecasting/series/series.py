"""Series as the caller gave them, checked and made whole: one alone, or all of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from forecasting.errors import ForecastingError, SeriesError, TooFewTimestampsError
from forecasting.notes import Note
from forecasting.series.calendar import Calendar, Dates, Steps
from forecasting.series.frequency import Frequency
from forecasting.series.repair import NO_REPAIR, NO_RULES, DateRules, Gaps, Repair, fill_gaps
from forecasting.series.soundness import LARGEST_VALUE, differ, is_sound
from forecasting.series.timestamps import Times
from forecasting.types import Floats, Positions

if TYPE_CHECKING:
    from forecasting.series.alignment import RowPlaces
    from forecasting.series.covariates import Covariates, StaticValue


@dataclass(frozen=True, slots=True)
class Series:
    """Observations, oldest first, in the units that the caller uses."""

    values: Floats
    """Shape (n,), n ≥ 1, all finite."""
    id: str | None = None
    calendar: Calendar | None = None
    """The dates of the values that were given; None for a series without dates."""
    notes: tuple[Note, ...] = ()
    """What was done to the values."""
    dropped: int = 0
    """Missing values that were dropped before the first of `values`, and that the calendar or the
    steps begin with."""
    varies: bool = True
    """Whether the values differ by more than rounding does."""
    missing: npt.NDArray[np.bool_] | None = None
    """Shape (n,): which of `values` were missing and have been filled; None if none was."""
    steps: Steps | None = None
    """The whole numbers that the values came with in place of dates; None if they had none."""
    gaps_hold: bool = False
    """Whether gaps hold the value before them because the caller asked for it. Otherwise a network
    that takes seasons out may fill them anew, once the season is out."""
    covariates: Covariates | None = None
    """What else was observed beside `values`; None if nothing was given."""
    static: Mapping[str, StaticValue] = field(default_factory=dict)
    """What is known of the series as a whole, by name, such as the region of a shop."""

    target: str | None = None
    """Which target this is, of a series with several; None for a series with one."""

    @classmethod
    def from_values(
        cls,
        values: Sequence[float | None] | Floats,
        *,
        id: str | None = None,
        calendar: Calendar | None = None,
        steps: Steps | None = None,
        notes: tuple[Note, ...] = (),
        gaps: Gaps = "interpolate",
        covariates: Covariates | None = None,
    ) -> Series:
        """Check raw values, None or NaN if missing, and fill the gaps between them.

        By default, gaps inside the series are filled by linear interpolation and missing values at
        its end with the last value. Missing values at its start are dropped, unless they are zeros.

        Raises:
            SeriesError: There are no values, all are missing, or one is missing although gaps are
                refused, or too large; the path of the error is then the position of that one.
        """
        raw = np.asarray(values, dtype=np.float64)
        if is_sound(raw):
            return cls(raw, id, calendar, notes, steps=steps, covariates=covariates)
        _check_given(raw)
        raw, dropped, missing, fill_notes = fill_gaps(raw, gaps)
        varies = bool(differ(float(raw.min()), float(raw.max())))
        notes += fill_notes
        hold = gaps == "previous"
        if covariates is not None and dropped:
            covariates = covariates.after(dropped)
        return cls(
            raw, id, calendar, notes, dropped, varies, missing, steps, hold, covariates=covariates
        )

    @classmethod
    def from_dates(
        cls,
        values: Sequence[float | None] | Floats,
        times: Times,
        *,
        id: str | None = None,
        frequency: str | None = None,
        rules: DateRules = NO_RULES,
        covariates: Covariates | None = None,
        rows_ahead: bool = False,
    ) -> Series:
        """Check raw values (n,) with a time each, fill in dates left out, and fill the gaps.

        `frequency` and `rules` are those of `align`, the filling is that of `from_values`.
        `covariates` stay beside their values. With `rows_ahead`, what follows the last observation,
        be it a value or a covariate that is not known ahead, is no part of the series: it is the
        covariates of the steps ahead, up to the first step that has no row.

        Raises:
            SeriesError: As `from_values` and `align` do. The path of the error is "values" or
                "timestamps", followed by a position if one is at fault, or "frequency" or "open".
        """
        from forecasting.series.alignment import align

        raw = np.asarray(values, dtype=np.float64)
        if raw.size != times.stamps.size:
            raise SeriesError(
                f"There are {raw.size} values and {times.stamps.size} timestamps. Give one "
                "timestamp for each value.",
                code="timestamps_do_not_match_values",
                path=("timestamps",),
            )
        with _errors_under("values"):
            _check_given(raw)
        with _errors_under("timestamps"):
            aligned = align(raw, times, frequency=frequency, rules=rules)
        values, beside = _follow(aligned.values, covariates, aligned.rows, rows_ahead=rows_ahead)
        with _errors_under("values"):
            return cls.from_values(
                values,
                id=id,
                calendar=aligned.calendar,
                notes=aligned.notes,
                gaps=rules.repair.gaps,
                covariates=beside,
            )

    @classmethod
    def from_steps(
        cls,
        values: Floats,
        steps: Positions,
        *,
        id: str | None = None,
        repair: Repair = NO_REPAIR,
        covariates: Covariates | None = None,
        rows_ahead: bool = False,
    ) -> Series:
        """Check raw values (n,) with a whole number each in place of a date, and fill the gaps.

        `repair` is that of `align_steps`, the filling is that of `from_values`, and `covariates`
        and `rows_ahead` are those of `from_dates`.

        Raises:
            SeriesError: As `from_values` and `align_steps` do. The path of the error is "values" or
                "timestamps", followed by a position if one is at fault.
        """
        from forecasting.series.steps.even_steps import align_steps

        with _errors_under("values"):
            _check_given(values)
        with _errors_under("timestamps"):
            aligned = align_steps(values, steps, repair=repair)
        values, beside = _follow(aligned.values, covariates, aligned.rows, rows_ahead=rows_ahead)
        with _errors_under("values"):
            return cls.from_values(
                values,
                id=id,
                steps=aligned.steps,
                notes=aligned.notes,
                gaps=repair.gaps,
                covariates=beside,
            )

    @property
    def names(self) -> dict[str, str | None]:
        """What an answer calls the series: its id and, if it is one of several targets, which."""
        return {"id": self.id} | ({} if self.target is None else {"target": self.target})

    @property
    def dates(self) -> Dates | None:
        """The dates of `values`; None for a series without dates."""
        return None if self.calendar is None else Dates(self.calendar, self.dropped)

    @property
    def gaps(self) -> Gaps:
        """What takes the place of missing values where some of the values are filled anew."""
        return "previous" if self.gaps_hold else "interpolate"

    def before(self, cutoff: int, horizon: int) -> Series:
        """Return the series as it was known at a cutoff, without its id: `known_values`.

        `horizon` is the number of steps that are forecast from there: of these, the covariates are
        known that are known ahead.
        """
        known = Series.from_values(self.observed()[:cutoff], calendar=self.calendar, gaps=self.gaps)
        if self.dropped:
            known = replace(known, dropped=self.dropped)
        if self.static:
            known = replace(known, static=self.static)
        if self.covariates is not None:
            known = replace(known, covariates=self.covariates.before(cutoff, horizon))
        return known

    def without(self, stretch: slice) -> Series:
        """Return the series as it would be if the values of a stretch were missing, without its id.

        At least one value outside the stretch must have been observed.
        """
        observed = self.observed().copy()
        observed[stretch] = np.nan
        rest = Series.from_values(
            observed, calendar=self.calendar, gaps=self.gaps, covariates=self.covariates
        )
        return replace(rest, dropped=self.dropped + rest.dropped, static=self.static)

    def known_values(self, cutoff: int) -> Floats:
        """Return the first `cutoff` ≥ 1 values as they were known then.

        A gap that reaches to the cutoff holds the last value before it. What came after the gap was
        not known yet, although `values` are interpolated to it.
        """
        values = self.values[:cutoff]
        if self.missing is not None and self.missing[cutoff - 1]:
            gap = int(np.argmin(self.missing[:cutoff][::-1]))
            known = values[: cutoff - gap]
            values = np.concatenate([known, np.repeat(known[-1:], gap)])
        return values

    def observed(self) -> Floats:
        """Return `values` (n,) with NaN in place of those that were missing."""
        return self.values if self.missing is None else np.where(self.missing, np.nan, self.values)

    def check_future(self, horizon: int) -> None:
        """Check that the next `horizon` steps have dates or numbers, if the series has any.

        Raises:
            SeriesError: The dates run past the year 9999, or the numbers past the largest int64.
        """
        last = self.dropped + self.values.size + horizon - 1
        if self.calendar is not None:
            self.calendar.range(last, 1)
        if self.steps is not None:
            self.steps.numbers(last, 1)

    def future_timestamps(self, horizon: int) -> list[str] | None:
        """Return ISO 8601 timestamps of the `horizon` steps after the series.

        A series without a calendar has none: None.

        Raises:
            SeriesError: The dates run past the year 9999.
        """
        if self.calendar is None:
            return None
        return self.calendar.timestamps(self.dropped + self.values.size, horizon)

    def future_steps(self, horizon: int) -> list[int] | None:
        """Return the whole numbers of the `horizon` steps after the series.

        A series without numbers in place of dates has none: None.

        Raises:
            SeriesError: The numbers run past the largest int64.
        """
        if self.steps is None:
            return None
        numbers: list[int] = self.steps.numbers(self.dropped + self.values.size, horizon).tolist()
        return numbers


def _follow(
    values: Floats, covariates: Covariates | None, rows: RowPlaces, *, rows_ahead: bool
) -> tuple[Floats, Covariates | None]:
    """Return aligned values and the covariates that were given beside their rows."""
    if covariates is None:
        return values, None
    beside = covariates.moved(rows.follow)
    if not rows_ahead or np.isnan(values).all():
        return values, beside
    observed = np.column_stack([values, beside.past[:, ~beside.known_ahead]])
    count = int(np.flatnonzero(~np.isnan(observed).all(axis=1))[-1]) + 1
    return values[:count], beside.split(count, rows.first_left_out(count)).trimmed()


@contextmanager
def _errors_under(field: str) -> Iterator[None]:
    """Put the field of the request that is at fault before the path of any SeriesError.

    The path of an unknown frequency or of an opening stays: it names that field already.
    """
    try:
        yield
    except SeriesError as error:
        if error.path[:1] in {("frequency",), ("open",)}:
            raise
        raise error.under(field) from error


def _check_given(raw: Floats) -> None:
    """Check that there are values and that none is too large."""
    if raw.size == 0:
        raise SeriesError(
            "The series is empty. Give its past values, oldest first.", code="series_empty"
        )
    too_large = np.abs(raw) > LARGEST_VALUE
    if too_large.any():
        raise SeriesError(
            f"Values beyond ±{LARGEST_VALUE:g} cannot be computed with. Give them in a larger "
            "unit.",
            code="value_too_large",
            path=(int(too_large.argmax()),),
        )


class Readable(Protocol):
    """A series as it was given, not read yet."""

    def read(self, rules: DateRules) -> Series:
        """Check and read the series. Raises ForecastingError if it makes no sense."""
        ...


def read_each(items: Sequence[Readable], rules: DateRules) -> list[Series | ForecastingError]:
    """Read series, each with the same rules; return an error in the place of one that fails.

    A series with too few timestamps to show a frequency gets that of the others, if it is one.
    """
    found = [_read(item, rules) for item in items]
    unclear = [
        position
        for position, result in enumerate(found)
        if isinstance(result, TooFewTimestampsError)
    ]
    others = _common_frequency(found) if unclear else None
    if others is not None:
        for position in unclear:
            found[position] = _read(items[position], replace(rules, others=others))
    return found


def _read(item: Readable, rules: DateRules) -> Series | ForecastingError:
    try:
        series = item.read(rules)
    except ForecastingError as error:
        return error
    if rules.opening is None or series.calendar is not None:
        return series
    message = "The opening times were not used, because the series has no dates."
    note = Note("opening_not_used", message, series.values.size)
    return replace(series, notes=(*series.notes, note))


def _common_frequency(found: Sequence[Series | ForecastingError]) -> Frequency | None:
    """Return the frequency of the series that have dates, or None if they differ."""
    frequencies = {
        series.calendar.frequency
        for series in found
        if isinstance(series, Series) and series.calendar is not None
    }
    return frequencies.pop() if len(frequencies) == 1 else None
