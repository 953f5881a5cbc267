"""From the options and the series of an `/anomalies` request to a checked plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.anomalies.schemas import AnomaliesOptions
from app.requests.covariates import note_covariates_of_pasts
from app.requests.limits import check_series_count, check_windows
from app.requests.series_items import SeriesFailure, SeriesItem, read_series
from app.serving.served_version import ServedVersion
from app.settings.settings import Settings
from forecasting.errors import RequestError
from forecasting.evaluation.anomalies import ScoredValues, choose_warm_up, scored_positions
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.defaults import choose_season_length, note_unused_seasons
from forecasting.prediction.trained_frequency import note_other_frequency
from forecasting.series.series import Series


@dataclass(frozen=True, slots=True)
class AnomalySearch:
    """A checked request: which values to score with which version."""

    version: ServedVersion
    series: list[Series]
    bounds: list[Bounds]
    """The bounds of each series."""
    failures: list[SeriesFailure] | None
    """The series that the search leaves out; None if the request takes no partial answers."""
    positions: list[range]
    """The positions of the values that are scored, of each series."""
    season_lengths: list[int]
    """The season length of each series; 0 means that it is detected."""
    level: float

    @property
    def values(self) -> ScoredValues:
        """The values that are scored."""
        return ScoredValues(self.series, self.positions)


def plan_search(
    options: AnomaliesOptions,
    items: Sequence[SeriesItem],
    version: ServedVersion,
    settings: Settings,
) -> AnomalySearch:
    """Check a request against the model and the limits.

    Raises SeriesError or RequestError with the place in the request.
    """
    check_series_count(len(items), settings.max_series, "FORECAST_MAX_SERIES")
    signature = version.forecaster.signature
    if signature.quantiles is None:
        raise RequestError(
            "this model predicts a single forecast, without a band to judge by. Name a model that "
            "predicts quantiles.",
            code="quantiles_not_available",
            path=("model",),
        )

    def positions_of(series: Series) -> range:
        season_length = choose_season_length(options.season_length, series)
        warm_up = choose_warm_up(options.warm_up, season_length, signature)
        return scored_positions(series.values.size, warm_up, options.last)

    readable = read_series(items, options, signature, positions_of, observed_within=False)
    readable.raise_if_none_is_left()
    positions = [positions_of(series) for series in readable.series]
    check_windows(
        sum(map(len, positions)),
        settings.max_windows,
        "Ask for fewer series at a time, or for the last values alone (last).",
    )
    series = note_unused_seasons(
        note_covariates_of_pasts(readable.series, signature),
        options.season_length,
        signature,
        [of_series.start for of_series in positions],
    )
    return AnomalySearch(
        version=version,
        series=note_other_frequency(series, version.frequency, signature),
        bounds=readable.bounds,
        failures=readable.failures,
        positions=positions,
        season_lengths=[
            choose_season_length(options.season_length, series) for series in readable.series
        ],
        level=options.level,
    )
