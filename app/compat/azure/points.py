"""Azure's points become a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.compat.azure.schemas import DetectRequest, ImputeMode, Point, PointsRequest
from app.compat.steps import frequency_from
from forecasting.errors import SeriesError
from forecasting.evaluation.inspection import find_seasons
from forecasting.series.alignment import MOST_MISSING
from forecasting.series.calendar import Calendar
from forecasting.series.frequency import parse_frequency
from forecasting.series.repair import Gaps
from forecasting.series.series import Series
from forecasting.series.timestamps import parse_times
from forecasting.types import Floats, Positions, Stamps

_STEPS = {
    "yearly": "Y",
    "monthly": "M",
    "weekly": "W",
    "daily": "D",
    "hourly": "h",
    "minutely": "min",
    "secondly": "s",
    "microsecond": "us",
}
_GAPS: dict[ImputeMode | None, Gaps] = {"zero": "zero", "previous": "previous"}
"""What takes the place of missing values, in the modes in which they are not left missing."""


@dataclass(frozen=True, slots=True)
class Points:
    """A series, and where in it the points are that were sent."""

    series: Series
    rows: Positions
    """The position of each point; what lies between them was not sent."""
    period: int
    """The season length that was asked for, or else that which the series shows; 0 if none."""


def read_points(request: PointsRequest) -> Points:
    """Return the series of a request. Raises SeriesError, its path in the request."""
    values = np.array([point.value for point in request.series])
    calendar, rows = None, np.arange(values.size)
    if request.is_dated:
        calendar, rows = _place(request)
    whole = np.full(int(rows[-1]) + 1, np.nan)
    whole[rows] = values
    series = _fill(whole, calendar, request)
    seasons = [] if request.period else find_seasons(series)
    period = request.period or (seasons[0].length if seasons else 0)
    return Points(series, rows, period)


def _fill(values: Floats, calendar: Calendar | None, request: PointsRequest) -> Series:
    """Return the series of values (n,), NaN where no point was sent."""
    gaps: Gaps = "interpolate"
    if isinstance(request, DetectRequest):
        gaps = _GAPS.get(request.impute_mode, gaps)
        if request.impute_mode == "fixed":
            assert request.impute_fixed_value is not None
            values = np.where(np.isnan(values), request.impute_fixed_value, values)
    try:
        return Series.from_values(values, calendar=calendar, gaps=gaps)
    except SeriesError as error:
        raise error.under("series") from error


def _place(request: PointsRequest) -> tuple[Calendar, Positions]:
    """Return the calendar of points with times, and the step of each point."""
    texts = _timestamps(request.series)
    try:
        times = parse_times(texts)
    except SeriesError as error:
        raise error.at("series", *error.path, "timestamp") from error
    step = f"{request.custom_interval or 1}{_STEPS[request.granularity or '']}"
    try:
        day = texts[_telling(times.to_stamps(elapsed=False))]
        frequency = parse_frequency(frequency_from(step, day))
    except SeriesError as error:
        raise error.at("customInterval") from error
    stamps = times.to_stamps(elapsed=frequency.rule.elapsed)
    rising = stamps[1:] > stamps[:-1]
    if not rising.all():
        raise _wrong(
            int(rising.argmin()) + 1,
            "is not after the one before it. Sort the points, and send one for each time.",
        )
    calendar = Calendar(stamps[0], frequency, times.zone)
    most = MOST_MISSING * stamps.size
    count = frequency.rule.count_steps(stamps[0], stamps[-1], most) + 1
    if count > most:
        raise SeriesError(
            f"From the first to the last of {stamps.size} points, there are over {most} steps of "
            f"the granularity {_in_words(request)}. Name the granularity at which they come.",
            path=("granularity",),
        )
    grid = calendar.stamps(0, count)
    rows = np.searchsorted(grid, stamps).clip(max=count - 1)
    off = grid[rows] != stamps
    if off.any():
        raise _wrong(
            int(off.argmax()),
            f"lies on no step of the granularity {_in_words(request)} from the first point on.",
        )
    return calendar, rows


def _telling(stamps: Stamps) -> int:
    """Return the position of the time whose day shows on which days of their months all lie.

    It is the first, unless that is the last day of a month. Then it is one as late in its month as
    any, and not on the last day if there is such a one: 28 February may be one of the 28th, the
    30th or the last days.
    """
    dates = stamps.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    are_last = (dates + 1).astype("datetime64[M]") != months
    if not are_last[0]:
        return 0
    days = (dates - months.astype("datetime64[D]")).astype(np.int64)
    return int(np.lexsort((are_last, -days))[0])


def _timestamps(points: list[Point]) -> list[str]:
    texts = [point.timestamp for point in points]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        raise _wrong(
            texts.index(None), 'is missing. Send it, or "granularity": "none" for even steps.'
        )
    return known


def _in_words(request: PointsRequest) -> str:
    every = request.custom_interval or 1
    return f"{request.granularity!r}" + (f" with customInterval {every}" if every > 1 else "")


def _wrong(place: int, how: str) -> SeriesError:
    return SeriesError(f"The timestamp {how}", path=("series", place, "timestamp"))
