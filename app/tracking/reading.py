"""From the body of a request to actual values."""

from __future__ import annotations

import numpy as np

from app.tracking.actual_values import ActualValues, check_different
from app.tracking.schemas import ActualsObject
from forecasting.errors import Path, SeriesError
from forecasting.series.soundness import LARGEST_VALUE
from forecasting.series.time_range import TimeRange
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import Times, parse_times
from forecasting.tables.table_series import TableSeriesItem
from forecasting.types import Floats, Positions

Moments = Times | TimeRange | Positions | None


def read_object(given: ActualsObject, path: Path) -> ActualValues:
    """Return the values of an item at `path` in a JSON document.

    Raises SeriesError for values or times that make no sense.
    """
    values = np.array(given.values, dtype=np.float64)
    try:
        times = _times_of(given)
        _check(values, times)
    except SeriesError as error:
        raise error.under(*path) from error
    return ActualValues(
        values, times, given.id, given.target, given.forecast_id, lambda within: (*path, *within)
    )


def read_item(item: TableSeriesItem, *, by_forecast: bool) -> ActualValues:
    """Return the values of one id of a table, which is that of a forecast or of a series.

    Raises SeriesError for values or times that make no sense.
    """
    try:
        times = item.times()
        moments: Moments = item.steps() if times is None else times
        _check(item.values, moments)
    except SeriesError as error:
        raise error.at(*item.locate(error.path)) from error
    if item.id is None:
        raise SeriesError(
            "It is not clear which column says the series, or the forecast, that a row belongs to. "
            "Name it with id_col.",
            code="id_missing",
            path=("id_col",),
        )
    if moments is None and not by_forecast:
        raise SeriesError(
            "The table has no column of dates, or of whole numbers in their place, so that it is "
            "not clear which steps the values belong to. Name it with time_col, or send the ids of "
            "forecasts, with by=forecast.",
            code="column_missing",
            path=("time_col",),
        )
    if by_forecast:
        return ActualValues(item.values, moments, forecast_id=item.id, locate=item.locate)
    return ActualValues(item.values, moments, item.id, item.target, locate=item.locate)


def _times_of(given: ActualsObject) -> Moments:
    zone = None if given.timezone is None else parse_zone(given.timezone)
    if given.steps is not None:
        return np.array(given.steps, dtype=np.int64)
    if given.start is not None and given.frequency is not None:
        times = TimeRange.parse(given.start, given.frequency, len(given.values))
        return times if zone is None else times.in_zone(zone)
    if not given.timestamps:
        return None if given.timestamps is None else np.empty(0, np.int64)
    try:
        return parse_times(given.timestamps).in_zone(zone)
    except SeriesError as error:
        raise error.under("timestamps") from error


def _check(values: Floats, times: Moments) -> None:
    """Raise SeriesError unless there are values, each with a time of its own if there are times.

    Local times of a zone are compared when they are matched with forecasts.
    """
    if not values.size:
        raise SeriesError("There are no values.", code="series_empty", path=("values",))
    too_large = np.abs(values) > LARGEST_VALUE
    if too_large.any():
        raise SeriesError(
            f"Values beyond ±{LARGEST_VALUE:g} cannot be computed with.",
            code="value_too_large",
            path=("values", int(too_large.argmax())),
        )
    if times is None or isinstance(times, TimeRange):
        return
    stamps = times.stamps if isinstance(times, Times) else times
    if stamps.size != values.size:
        raise SeriesError(
            f"There are {values.size} values and {stamps.size} times. Give one for each value.",
            code="timestamps_do_not_match_values",
            path=("timestamps",),
        )
    if isinstance(times, Times) and times.wall and times.zone is not None:
        return  # Which moments these are depends on the steps of each forecast.
    try:
        check_different(stamps)
    except SeriesError as error:
        raise error.under("timestamps") from error
