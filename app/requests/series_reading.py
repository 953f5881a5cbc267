"""The series of a request and the bounds of each; those that make no sense apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.requests.options import ForecastOptions
from app.requests.partial_errors import Failure
from app.requests.series_items import Item
from forecasting.errors import ForecastingError
from forecasting.prediction.bounds import ANY, Bounds
from forecasting.series.series import Series

Readings = tuple[list[Series], list[Bounds], list[Failure] | None]
"""The series, the bounds of each, and those that failed, which the others leave out: rising in
their places; None where one fails the request."""


def read_series(
    options: ForecastOptions,
    items: Sequence[Item],
    check: Callable[[Series], object],
    *,
    observed_within: bool = True,
) -> Readings:
    """`check` raises a ForecastingError for a series that will not do. `observed_within`: whether
    observed values outside the bounds fail a series, too.

    Raises the first ForecastingError unless the request takes partial answers.
    """
    failures: list[Failure] | None = [] if options.on_error == "partial" else None
    otherwise = options.bounds()
    if otherwise is not ANY:
        otherwise.check()
    series, bounds = [], []
    for place, item in enumerate(items):
        try:
            one = item.read(repair=options.repair)
            check(one)
            own = item.bounds(otherwise)
            if own is not ANY:
                own.check()
                if observed_within:
                    own.check_observed(item.values)
        except ForecastingError as error:
            located = error.at(*item.place(error.path))
            if failures is None:
                raise located from error
            failures.append(Failure(place, item.id, located))
        else:
            series.append(one)
            bounds.append(own)
    return series, bounds, failures


def read_some(
    options: ForecastOptions,
    items: Sequence[Item],
    check: Callable[[Series], object],
    *,
    observed_within: bool = True,
) -> Readings:
    """`read_series`. Raises the first one's error where none is left."""
    series, bounds, failures = read_series(options, items, check, observed_within=observed_within)
    if failures and not series:
        raise failures[0].error
    return series, bounds, failures
