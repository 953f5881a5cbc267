"""The covariates of the series of a request: those that came with it, and days of the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from forecasting.errors import SeriesError
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
    series: Series,
    days: Sequence[DayFeature],
    horizon: int | None,
    signature: Signature,
    *,
    exact: bool,
) -> Series:
    """Return a series whose covariates are those that it came with and days of the calendar.

    A version that was trained with covariates gets those that it wants; the days of the calendar
    among these need not be asked for. They are known for `horizon` steps ahead; None if the steps
    ahead do not matter. With `exact`, those that it came with must not be known for more.

    Raises SeriesError, its path as in a series object, or ("calendar", …).
    """
    if signature.covariates:
        days = _with_days_of_version(series, days, signature)
    if days or series.covariates is not None:
        series = _complete(series, days, horizon, exact=exact)
    if signature.covariates:
        from forecasting.covariates.targets import name_target
        from forecasting.covariates.wanted import check_wanted

        if any(item.type == "target" for item in signature.covariates):
            series = name_target(series)
        ends_now = horizon is None and not exact
        return check_wanted(series, signature.covariates, ends_now=ends_now)
    if series.covariates is not None:
        from forecasting.covariates.given import check_categories_shown

        check_categories_shown(series.covariates)
    if series.static:
        message = "The static covariates had no effect: this model takes none."
        note = Note("static_not_used", message, len(series.static))
        series = replace(series, notes=(*series.notes, note))
    return series


def _complete(
    series: Series, days: Sequence[DayFeature], horizon: int | None, *, exact: bool
) -> Series:
    if horizon is not None:
        from forecasting.covariates.given import take_horizon

        series = take_horizon(series, horizon, exact=exact)
    elif series.covariates is not None:
        series = replace(series, covariates=series.covariates.ending())
    if not days:
        return series
    from forecasting.covariates.day_features import with_features

    return with_features(series, days, horizon or 0)


def _with_days_of_version(
    series: Series, days: Sequence[DayFeature], signature: Signature
) -> Sequence[DayFeature]:
    """Return the days of the calendar that a request names, and those that a version wants.

    Raises SeriesError if the version sees dates, and the series has none.
    """
    there = {day.name for day in days}
    if series.covariates is not None:
        there |= set(series.covariates.names)
    wanted = [item.name for item in signature.covariates if item.type == "calendar"]
    missing = [name for name in wanted if name not in there]
    if series.calendar is None and (missing or signature.phases):
        raise SeriesError(
            "the model was trained on series with dates, and goes by them. Give timestamps, or a "
            "start and a frequency.",
            code="dates_needed",
        )
    return [*days, *find_days(missing)]


def note_covariates_of_pasts(series: Sequence[Series], signature: Signature) -> list[Series]:
    """Return series that are forecast from many cutoffs, with a note on those with covariates.

    Whether covariates help is found out at each cutoff, from what lies before it. A version that
    was trained with them needs no note.
    """
    if signature.covariates:
        return list(series)
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
