"""The covariates of the series of a request: those that came with it, and days of the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.series.series import Series

if TYPE_CHECKING:
    from forecasting.covariates.day_features import DayFeature


def find_days(calendar: Sequence[str] | None) -> Sequence[DayFeature]:
    """Return the days of the calendar that a request names, if it names any.

    Raises RequestError, its path within the request, for a name that is unknown.
    """
    if not calendar:
        return ()
    from forecasting.covariates.day_features import parse_features

    return parse_features(calendar)


def complete_covariates(
    series: Series, days: Sequence[DayFeature], horizon: int | None, *, exact: bool
) -> Series:
    """Return a series whose covariates are those that it came with and days of the calendar.

    They are known for `horizon` steps ahead; None if the steps ahead do not matter. With `exact`,
    those that it came with must not be known for more.

    Raises SeriesError, its path as in a series object, or ("calendar", …).
    """
    from forecasting.covariates.given import check_categories_shown, take_horizon

    if series.covariates is not None:
        check_categories_shown(series.covariates)
    if horizon is not None:
        series = take_horizon(series, horizon, exact=exact)
    if days:
        from forecasting.covariates.day_features import with_features

        series = with_features(series, days, horizon or 0)
    if series.static:
        series = replace(series, notes=(*series.notes, _note_of_static(series)))
    return series


def _note_of_static(series: Series) -> Note:
    message = "The static covariates had no effect: no model takes them yet."
    return Note("static_not_used", message, len(series.static))


def note_covariates_of_pasts(series: Sequence[Series], signature: Signature) -> list[Series]:
    """Return series that are forecast from many cutoffs, with a note on those with covariates.

    Whether covariates help is found out at each cutoff, from what lies before it.
    """
    return [
        item
        if item.covariates is None
        else replace(item, notes=(*item.notes, _note_of_pasts(item, signature)))
        for item in series
    ]


def _note_of_pasts(series: Series, signature: Signature) -> Note:
    assert series.covariates is not None
    count = len(series.covariates.names)
    if not signature.serves_any_series:
        message = (
            "The forecasts are those without covariates, for the model was trained without any."
        )
        return Note("covariates_not_used", message, count)
    message = (
        "Each forecast goes by those covariates that helped to forecast what lies before it. "
        "POST /predict says which help at the end of the series."
    )
    return Note("covariates_chosen_by_cutoff", message, count)
