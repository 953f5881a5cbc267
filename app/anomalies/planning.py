"""From the options and the series of an `/anomalies` request to a checked plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.anomalies.schemas import AnomaliesOptions
from app.requests.covariates import note_covariates_of_pasts
from app.requests.limits import check_series_count, check_windows
from app.requests.options import choose_season_length, note_unused_seasons
from app.requests.series_items import SeriesFailure, SeriesItem, read_series
from app.serving.served_version import ServedVersion
from app.settings import Settings
from forecasting.errors import RequestError
from forecasting.evaluation.anomalies import scored_positions
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.trained_frequency import note_other_frequency
from forecasting.series.series import Series
from forecasting.types import Floats

_SHORTEST_WARM_UP = 10


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

    def rows(self) -> list[slice]:
        """Return where the scored values of each series are among those of all series."""
        ends = np.cumsum([len(positions) for positions in self.positions]).tolist()
        return [
            slice(end - len(positions), end)
            for end, positions in zip(ends, self.positions, strict=True)
        ]

    def pasts(self) -> list[Series]:
        """Return what was known before each value that is scored."""
        return [
            series.before(position, horizon=1)
            for series, positions in zip(self.series, self.positions, strict=True)
            for position in positions
        ]

    def actual(self) -> Floats:
        """Return the values that are scored, NaN if one is missing."""
        return np.concatenate(
            [
                series.observed()[positions.start : positions.stop]
                for series, positions in zip(self.series, self.positions, strict=True)
            ]
        )


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
        seasons = 2 * max(season_length, signature.season_length)
        warm_up = options.warm_up or max(_SHORTEST_WARM_UP, seasons, signature.shortest_context)
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
