"""What a network sees beside the values of a series: phases of the calendar, and covariates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.networks.signature import WAVES, CovariateInput, Phase, Signature
from forecasting.series.calendar import Dates
from forecasting.series.covariates import CATEGORY, Covariates, category_of
from forecasting.series.frequency import DAY
from forecasting.series.series import Series
from forecasting.series.time_zones import utc_to_wall
from forecasting.types import Floats, Positions, Stamps

_DAYS_IN_YEAR = 365.2425
_SUNDAY = 4
"""1970 began so many days after a Sunday, and weeks are counted from Sunday here."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is beside the t values of a series and at the h steps after it, in its own units.

    The columns are the waves of the phases, then the covariates in the order of the signature. A
    category is its place among those of the signature, from 1 on, and 0 if it is none of them.
    """

    columns: Floats
    """Shape (t + h, columns); NaN where nothing is known before."""
    sources: Positions
    """Shape (t + h, columns): the latest position at or before each at which a column is known, or
    -1. Between known positions, numbers lie on straight lines."""
    known_ahead: npt.NDArray[np.bool_]
    """Shape (columns,): which columns are known ahead of the values."""

    @classmethod
    def of(
        cls, series: Series, signature: Signature, ahead: int = 0, latest: int | None = None
    ) -> Beside:
        """Return what is beside the `latest` values of a series, and at `ahead` steps after them.

        By default, these are all of its values.

        Raises:
            SeriesError: The series has no dates although the network sees their phases, or lacks a
                covariate of the network, or has it in another role.
        """
        count = series.values.size + ahead
        first = 0 if latest is None else max(series.values.size - latest, 0)
        waves = list(_waves(series.dates, signature.phases, first, count - first))
        given = [_column(series, item, first, count) for item in signature.covariates]
        columns = [*waves, *(column for column, _ in given)]
        sources = [np.arange(count - first)] * len(waves) + [source for _, source in given]
        known_ahead = [True] * len(waves) + [item.role != "past" for item in signature.covariates]
        return cls(np.column_stack(columns), np.column_stack(sources), np.array(known_ahead))

    @property
    def known(self) -> Floats:
        """The columns with NaN in place of what was missing and has been filled."""
        own = np.arange(len(self.columns))[:, None]
        return np.where(self.sources == own, self.columns, np.nan)

    def window(self, cutoff: int, before: int, after: int) -> Floats:
        """Return what was known at a cutoff, (before + after, columns).

        These are the `before` steps before it and the `after` steps from it on. What is not known
        ahead keeps its latest value from there on, and so it does where it was missing before the
        cutoff. What lies before the series or beyond its end is that of its first or last step.
        """
        places = np.arange(cutoff - before, cutoff + after).clip(0, len(self.columns) - 1)
        latest = np.where(self.known_ahead, len(self.columns), self.sources[cutoff - 1])
        places = np.minimum(places[:, None], latest)
        found = np.take_along_axis(self.columns, np.maximum(places, 0), axis=0)
        return np.where(places < 0, np.nan, found)


def stack_beside(windows: Sequence[Floats], length: int) -> Floats:
    """Put windows (any, columns) of n series beside each other, (n, length, columns).

    What one of them lacks at its end is like its last step.
    """
    places = np.arange(length)
    return np.stack([window[np.minimum(places, len(window) - 1)] for window in windows])


def nothing_beside(signature: Signature, count: int, ahead: int) -> Floats:
    """Return windows of `count` series with `ahead` steps of which nothing is known.

    The shape is (count, history_length + ahead, columns).
    """
    shape = (count, signature.history_length + ahead, signature.columns_beside)
    return np.full(shape, np.nan)


def number_columns(signature: Signature) -> Positions:
    """Return which of the columns beside the values are numbers, neither waves nor categories."""
    first = signature.columns_beside - len(signature.covariates)
    numbers = [
        first + place for place, item in enumerate(signature.covariates) if item.type != "category"
    ]
    return np.array(numbers, np.int64)


def _waves(
    dates: Dates | None, phases: tuple[Phase, ...], first: int, count: int
) -> Iterator[Floats]:
    """Yield the waves (count,) of each phase, from a value on, by the clock on the wall."""
    if not phases:
        return
    if dates is None:
        raise SeriesError(
            "the model was trained on series with dates, and this series has none. Give its start "
            "and frequency, or its timestamps.",
            code="calendar_without_dates",
        )
    wall = _wall(dates.after(first), count)
    for phase in phases:
        shares = 2 * np.pi * _share(wall, phase)
        for number in range(1, WAVES[phase] + 1):
            yield np.sin(number * shares)
            yield np.cos(number * shares)


def _wall(dates: Dates, count: int) -> Stamps:
    calendar = dates.calendar
    stamps = calendar.stamps(dates.first, count)
    if calendar.zone is None or not calendar.frequency.rule.elapsed:
        return stamps
    return utc_to_wall(stamps, calendar.zone)


def _share(wall: Stamps, phase: Phase) -> Floats:
    """Return how much of a day, of the days of a week, or of a year has passed at each stamp."""
    stamps = wall.astype("datetime64[us]")
    days = stamps.astype("datetime64[D]")
    if phase == "day":
        return np.asarray((stamps - days).astype(np.int64) / DAY)
    if phase == "week":
        return np.asarray((days.astype(np.int64) + _SUNDAY) % 7 / 7)
    return np.asarray((days - days.astype("datetime64[Y]")).astype(np.int64) / _DAYS_IN_YEAR)


def _column(
    series: Series, item: CovariateInput, first: int, count: int
) -> tuple[Floats, Positions]:
    """Return one covariate at the positions from `first` to `count`, and where it is known.

    This is the latest position at or before each at which it is known, or -1. Positions are counted
    from `first`, and what is known before that only is known there.
    """
    if item.role == "static":
        static = series.static.get(item.name)
        if static is None:
            raise _missing(item)
        known = _code(item, str(static)) if item.type == "category" else float(static)
        return np.full(count - first, known), np.arange(count - first)
    covariates = series.covariates
    own = [] if covariates is None else _places(covariates, item)
    if covariates is None or not own:
        raise _missing(item)
    past = covariates.past[:, own]
    start = (
        0 if np.isnan(past[first]).any() else first
    )  # What is missing there may be known before.
    values = np.full((count - start, len(own)), np.nan)
    given = np.concatenate([past[start:], covariates.ahead[:, own]])[: len(values)]
    values[: len(given)] = given
    if item.type == "category":
        codes = np.array([_code(item, category_of(covariates.names[place])) for place in own])
        column = np.where(np.isnan(values).all(axis=1), np.nan, (values == 1) @ codes)
    else:
        column = values[:, 0]
    column, sources = _complete(column, straight=item.type != "category")
    skipped = first - start
    later = sources[skipped:]
    return column[skipped:], np.where(later < 0, -1, np.maximum(later - skipped, 0))


def _complete(column: Floats, *, straight: bool) -> tuple[Floats, Positions]:
    """Fill a column (t,) by straight lines or by the value before; return where it was known."""
    positions = np.arange(column.size)
    known = ~np.isnan(column)
    sources = np.maximum.accumulate(np.where(known, positions, -1))
    if not known.any():
        return column, sources
    if straight:
        return np.interp(positions, positions[known], column[known]), sources
    return np.where(sources < 0, np.nan, column[np.maximum(sources, 0)]), sources


def _places(covariates: Covariates, item: CovariateInput) -> list[int]:
    """Return the columns of a covariate: one of numbers, or an indicator for each category."""
    if item.type == "category":
        indicators = f"{item.name}{CATEGORY}"
        return [place for place, name in enumerate(covariates.names) if name.startswith(indicators)]
    return [place for place, name in enumerate(covariates.names) if name == item.name]


def _code(item: CovariateInput, category: str) -> float:
    """Return the place of a category among those that were trained on, from 1 on; 0 for others."""
    return 1.0 + item.categories.index(category) if category in item.categories else 0.0


def _missing(item: CovariateInput) -> SeriesError:
    kind = {"past": "past covariate", "future": "future covariate", "static": "static covariate"}
    return SeriesError(
        f"the model was trained with the {kind[item.role]} {item.name!r}, which the series does "
        "not have. Give it.",
        code="covariate_missing",
    )
