"""From the options and the series of a `/predict` request to a checked plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.predict.schemas import PredictOptions
from app.requests.limits import (
    check_answer_values,
    check_series_count,
)
from app.requests.options import choose_horizon
from app.requests.series_items import SeriesFailure, SeriesItem, read_series
from app.serving.served_version import ServedVersion
from app.settings.settings import Settings
from forecasting.prediction.defaults import (
    USUAL_LEVEL,
    choose_levels,
    choose_season_length,
    name_quantiles,
    note_unused_effort,
    note_unused_seasons,
)
from forecasting.prediction.forecaster import quantiles_not_available
from forecasting.prediction.pipeline import ForecastPlan, prepare
from forecasting.prediction.trained_frequency import note_other_frequency


@dataclass(frozen=True, slots=True)
class PlannedPrediction:
    """A checked request: what to forecast with which version, and what the answer holds."""

    version: ServedVersion
    plan: ForecastPlan
    season_lengths: Sequence[int]
    """The season length of each series of the plan; 0 means that it is detected."""
    failures: list[SeriesFailure] | None
    """The series that the plan leaves out; None if the request takes no partial answers."""
    quantiles: dict[str, float]
    """The requested quantiles by their names in the answer."""
    intervals: dict[str, tuple[float, float]]
    """The quantiles that bound the interval of each level, by its name in the answer."""


def plan_prediction(
    options: PredictOptions,
    items: Sequence[SeriesItem],
    version: ServedVersion,
    settings: Settings,
) -> PlannedPrediction:
    """Check a request against the model and the limits, and plan its forecasts.

    Raises SeriesError or RequestError with the place in the request.
    """
    check_series_count(len(items), settings.max_series, "FORECAST_MAX_SERIES")
    signature = version.forecaster.signature
    horizon = choose_horizon(options.horizon, signature, settings.max_horizon)
    readable = read_series(
        items, options, signature, lambda series: series.check_future(horizon), horizon=horizon
    )
    levels = choose_levels(options.levels, signature)
    also = levels
    if options.track and signature.quantiles is not None:
        also = (*levels, USUAL_LEVEL)
    named, intervals, quantiles = name_quantiles(levels, tuple(options.quantiles), also)
    check_answer_values(len(items) * horizon * (len(quantiles) + 1), settings.max_forecast_values)
    if quantiles and signature.quantiles is None:
        raise quantiles_not_available().under("levels" if options.levels else "quantiles")
    series = note_unused_seasons(readable.series, options.season_length, signature)
    series = note_unused_effort(series, options.effort, signature)
    series = note_other_frequency(series, version.frequency, signature)
    if options.explain:
        from app.predict.explanation import note_no_seasons

        series = note_no_seasons(series, signature)
    season_lengths = [
        choose_season_length(options.season_length, series) for series in readable.series
    ]
    plan = prepare(
        series,
        signature,
        horizon=horizon,
        quantiles=quantiles,
        season_lengths=season_lengths,
        bounds=readable.bounds,
        effort=options.effort,
    )
    return PlannedPrediction(version, plan, season_lengths, readable.failures, named, intervals)
