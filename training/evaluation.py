"""The scores of a version on windows that its fit has not seen, beside those of others on the same.

All of them forecast as they are served, by the road of `forecasting.prediction.pipeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from forecasting.evaluation.baselines import seasonal_naive_forecast
from forecasting.evaluation.metrics import WQL_QUANTILES, score_forecasts, seasonal_naive_scale
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import (
    ForecastPlan,
    finish,
    join_forecasts,
    prepare,
    run_network,
)
from forecasting.prediction.theta import theta_forecast
from forecasting.series.series import Series
from forecasting.store.manifest import Evaluation, Scores
from forecasting.types import Floats
from training.dataset import Dataset
from training.fitting.cutoffs import Cutoffs
from training.fitting.split import Split

_MOST_WINDOWS = 1_000
"""So many windows are scored at most, evenly spaced among all; more would hardly change a score."""
_FEWEST_WINDOWS = 30
_MOST_VALUES = 100_000
"""If series have covariates, fewer windows are scored, down to the fewest, so that their pasts hold
no more values than this: zero-shot fits its regression anew to each of the pasts."""
_INTERVAL = {"80": (WQL_QUANTILES[0], WQL_QUANTILES[-1])}


@dataclass(frozen=True, slots=True)
class ScoredWindows:
    """Windows of several series on which forecasts are scored."""

    series: Sequence[Series]
    """The series that the windows are cut from."""
    places: Cutoffs
    """Where the n windows are cut."""
    targets: Floats
    """What came after each cutoff, (n, horizon); NaN where a value is missing."""
    scales: Floats
    """The denominator of MASE of each window, (n,); NaN where there is none."""
    season_length: int
    _plans: dict[Signature, list[ForecastPlan]] = field(default_factory=dict)
    """The plans of networks that covariates are explained for, which takes long: those that were
    trained further from the same one share them."""

    @classmethod
    def cut(
        cls,
        dataset: Dataset,
        places: Cutoffs,
        *,
        known: Mapping[int, int],
        horizon: int,
        season_length: int,
    ) -> ScoredWindows:
        """Cut the windows of a dataset at `places`; if there are many, they are thinned.

        `known` says how many values of each series lie before the first window of all: MASE is
        scaled by the error of seasonal naive on these.
        """
        places = places[:: max(1, -(-len(places) // most_windows(dataset)))]
        pairs = places.pairs()
        observed = {position: dataset.series[position].observed() for position, _ in pairs}
        scales = {
            position: seasonal_naive_scale(
                dataset.series[position].values[: known[position]], season_length
            )
            for position in observed
        }
        return cls(
            dataset.series,
            places,
            np.stack([observed[position][cutoff : cutoff + horizon] for position, cutoff in pairs]),
            np.array([scales[position] for position, _ in pairs]),
            season_length,
        )

    @classmethod
    def of_tail(cls, dataset: Dataset, parts: Split, season_length: int) -> ScoredWindows:
        """Cut the windows of the held-out tail."""
        known = {position: points.validation for position, points in parts.points.items()}
        test = parts.test
        return cls.cut(
            dataset,
            Cutoffs(test.series, test.cutoffs),
            known=known,
            horizon=test.horizon,
            season_length=season_length,
        )

    @property
    def horizon(self) -> int:
        """The number of steps that are forecast in each window."""
        return int(self.targets.shape[1])

    def forecast(self, forecaster: Forecaster) -> Forecast:
        """Forecast all windows as a version is served.

        The forecast has WQL_QUANTILES, or no quantiles if the network predicts none. Beyond its own
        horizon a network is fed its forecasts. A past that is too short for it gets a fallback.

        Raises NetworkOutputError if the network gives numbers that are not finite.
        """
        signature = forecaster.signature
        shared = signature.trained_further(1, 1)
        plans: Iterable[ForecastPlan] | None = self._plans.get(shared)
        if plans is None:
            plans = plans_as_served(
                signature, self.series, self.places, self.horizon, self.season_length
            )
            if signature.serves_any_series and _have_covariates(self.series):
                plans = self._plans[shared] = list(plans)
        return forecast_plans(plans, forecaster)

    def evaluate(self, forecaster: Forecaster) -> Evaluation:
        """Score a forecaster and the baselines.

        Missing values are not scored, nor is a window in which nothing was observed counted.
        """
        return Evaluation(
            windows=int((~np.isnan(self.targets)).any(axis=1).sum()),
            horizon=self.horizon,
            season_length=self.season_length,
            model=self.score(forecaster),
            seasonal_naive=self._score_seasonal_naive(),
            theta=self._score_theta(),
        )

    def score(self, forecaster: Forecaster) -> Scores:
        """Score what a forecaster forecasts.

        If it has no quantiles, its single forecast counts as each of them for WQL.
        """
        forecast = self.forecast(forecaster)
        if forecaster.signature.quantiles is None:
            return score_point_forecast(self.targets, forecast.point, self.scales, WQL_QUANTILES)
        return score_forecast(self.targets, forecast, self.scales)

    def _score_seasonal_naive(self) -> Scores:
        point = self._forecast_by(
            lambda values, lengths: seasonal_naive_forecast(values, lengths, self.horizon)
        ).point
        return score_point_forecast(self.targets, point, self.scales, WQL_QUANTILES)

    def _score_theta(self) -> Scores:
        found = self._forecast_by(
            lambda values, lengths: theta_forecast(values, lengths, self.horizon, WQL_QUANTILES)
        )
        return score_forecast(self.targets, found, self.scales)

    def _forecast_by(self, baseline: Callable[[list[Floats], list[int]], Forecast]) -> Forecast:
        """Forecast all windows by what forecasts values of the season lengths that it is given."""
        parts = []
        for rows in self.places.parts():
            pasts = self.places[rows].pasts(self.series, self.horizon)
            values = [past.values for past in pasts]
            parts.append(baseline(values, [self.season_length] * len(pasts)))
        return join_forecasts(parts)


def most_windows(dataset: Dataset) -> int:
    """Return on how many windows forecasts of a dataset are scored at most."""
    series = dataset.series
    if not _have_covariates(series):
        return _MOST_WINDOWS
    length = sum(item.values.size for item in series) / len(series)
    return min(_MOST_WINDOWS, max(_FEWEST_WINDOWS, int(_MOST_VALUES / length)))


def _have_covariates(series: Sequence[Series]) -> bool:
    return any(item.covariates is not None for item in series)


def plans_as_served(
    signature: Signature,
    series: Sequence[Series],
    places: Cutoffs,
    horizon: int,
    season_length: int,
) -> Iterator[ForecastPlan]:
    """Plan forecasts of `horizon` steps of series from n cutoffs as a version is served.

    They have WQL_QUANTILES, or no quantiles if the network predicts none. A season length of 1
    stands for the one that is detected, for a network that takes seasons out.
    """
    for rows in places.parts():
        pasts = places[rows].pasts(series, horizon)
        yield prepare(
            pasts,
            signature,
            horizon=horizon,
            quantiles=WQL_QUANTILES if signature.quantiles else (),
            season_lengths=[season_length if season_length > 1 else 0] * len(pasts),
        )


def forecast_plans(plans: Iterable[ForecastPlan], forecaster: Forecaster) -> Forecast:
    """Forecast what was planned, one plan after the other.

    Raises NetworkOutputError if the network gives numbers that are not finite.
    """
    return join_forecasts([finish(plan, run_network(plan, forecaster)).forecast for plan in plans])


def score_forecast(y: Floats, forecast: Forecast, scales: Floats) -> Scores:
    """Score a forecast of y (n, horizon), whose quantiles, if it has any, are WQL_QUANTILES.

    Steps whose y is NaN are not scored. `scales` (n,) are the denominators of MASE.
    """
    scores = score_forecasts(y, forecast, scales, WQL_QUANTILES, _INTERVAL)
    return Scores(
        mase=_rounded(scores.mase),
        smape=_rounded(scores.smape),
        wql=_rounded(scores.wql),
        coverage_80=_rounded(scores.coverage.get("80")),
    )


def score_point_forecast(
    y: Floats, point: Floats, scales: Floats, quantiles: Sequence[float]
) -> Scores:
    """Score a forecast of y (n, horizon) without quantiles, beside one that has `quantiles`.

    For WQL its single value counts as each of the quantiles. Coverage is left out, because the
    forecast has no interval.
    """
    repeated = np.repeat(point[:, :, None], len(quantiles), axis=2)
    scores = score_forecast(y, Forecast(point, repeated), scales)
    return scores.model_copy(update={"coverage_80": None})


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
