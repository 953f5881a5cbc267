"""From a parsed `/backtest` request to what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.backtest.schemas import BacktestOptions
from app.requests.limits import horizon_of, intervals_of, levels_of, season_length_of
from app.requests.partial_errors import Failure, document_of
from app.requests.series_items import Item, check_number
from app.requests.series_reading import read_some
from app.serving.batcher import Batcher
from app.serving.hindcast import check_windows, hindcast
from app.serving.registry import ServedVersion
from app.settings import Settings
from forecasting.errors import RequestError
from forecasting.evaluation.backtest import (
    METHODS,
    MODEL,
    Backtest,
    Plan,
    Windows,
    judge,
    wanted_quantiles,
    yardsticks,
)
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.forecaster import Forecast, no_quantiles
from forecasting.prediction.pipeline import AT_ONCE, joined


@dataclass(frozen=True, slots=True)
class Work:
    """What a backtest has to forecast with one model version."""

    served: ServedVersion
    season_lengths: Sequence[int]
    """For the network, one a series; 0 has it detected."""
    bounds: Sequence[Bounds]
    """Of each series."""
    windows: Windows
    intervals: dict[str, tuple[float, float]]

    @property
    def quantiles(self) -> tuple[float, ...]:
        return wanted_quantiles(self.intervals)


@dataclass(frozen=True, slots=True)
class BacktestQuestion:
    """A checked request."""

    served: ServedVersion
    task: BacktestTask
    failures: list[Failure] | None
    """Rising in their places, which the task leaves out; None where one fails the request."""
    refit: bool
    as_job: bool

    def work(self) -> Work:
        """For a backtest that is answered at once."""
        task = self.task
        windows = task.cut(self.served.forecaster.signature)
        return Work(self.served, task.season_lengths, task.bounds, windows, task.intervals)


def ask(
    options: BacktestOptions, items: Sequence[Item], served: ServedVersion, settings: Settings
) -> BacktestQuestion:
    """Check a request against the model. Raises SeriesError or RequestError with its place."""
    check_number(items, settings.max_series, "FORECAST_MAX_SERIES")
    signature = served.forecaster.signature
    horizon = horizon_of(options.horizon, signature, settings)
    plan = Plan(horizon, options.windows, options.step or horizon)
    intervals = intervals_of(levels_of(options.levels, signature))
    if intervals and signature.quantiles is None:
        raise no_quantiles().at("levels")
    series, bounds, failures = read_some(
        options, items, lambda one: plan.check(one.values.size, signature.shortest_context)
    )
    task = BacktestTask(
        model=served.manifest.model,
        version=served.manifest.version,
        series=series,
        season_lengths=[season_length_of(options.season_length, one) for one in series],
        bounds=bounds,
        plan=plan,
        intervals=intervals,
        forecasts=options.forecasts,
        failed=[(failure.place, document_of(failure)) for failure in failures or ()],
    )
    as_job = _as_job(options, task, settings)
    return BacktestQuestion(served, task, failures, options.refit, as_job)


def _as_job(options: BacktestOptions, task: BacktestTask, settings: Settings) -> bool:
    """Whether it runs as a job. Raises RequestError where it would have to and may not, and for
    more than a job may be asked for."""
    if options.refit and options.job is False:
        raise RequestError(
            'a version is trained for each window, which takes a job. Leave out "job": false, or '
            '"refit".',
            code="refit_needs_job",
            path=("job",),
        )
    windows = len(task.series) * task.plan.windows
    long = options.refit or options.job or False
    try:
        check_size(windows, task.plan.horizon, task.quantiles, settings)
    except RequestError as error:
        if options.job is False:
            cure = f'{error.message} Or leave out "job": it runs as one then.'
            raise error.with_message(cure).at("job") from error
        long = True
    size = _size(windows, task.plan.horizon, task.quantiles)
    if long and size > settings.max_job_forecast_values:
        raise RequestError(
            f"the forecasts would hold {size} values; {settings.max_job_forecast_values} is the "
            "most, also for a job (FORECAST_MAX_JOB_FORECAST_VALUES). Ask for fewer series, "
            "windows or steps.",
            code="answer_too_large",
            path=("windows",),
        )
    return long


def check_size(windows: int, horizon: int, quantiles: Sequence[float], settings: Settings) -> None:
    """Raises RequestError for more than the service may be asked for while one waits."""
    check_windows(windows, settings, "Ask for fewer series or windows at a time.")
    size = _size(windows, horizon, quantiles)
    if size > settings.max_forecast_values:
        raise RequestError(
            f"the forecasts would hold {size} values; {settings.max_forecast_values} is the most. "
            "Ask for fewer series, windows or steps at a time.",
            code="answer_too_large",
            path=("horizon",),
        )


def _size(windows: int, horizon: int, quantiles: Sequence[float]) -> int:
    return windows * horizon * (len(quantiles) + 1) * len(METHODS)


async def run(work: Work, batcher: Batcher) -> Backtest:
    """The model's forecasts and the yardsticks', with their scores. Raises OverloadedError."""
    windows = work.windows
    horizon = windows.actual.shape[1]
    given = [work.season_lengths[place] for place in windows.series]
    bounds = [work.bounds[place] for place in windows.series]
    known = work.quantiles if work.served.forecaster.signature.quantiles else ()
    forecasts = {
        MODEL: await hindcast(
            batcher, work.served, windows.pasts, given, horizon, known, bounds=bounds
        )
    }
    parts: dict[str, list[Forecast]] = {}
    for start in range(0, len(windows.pasts), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        found = await asyncio.to_thread(
            yardsticks,
            windows.pasts[part],
            windows.season_lengths[part],
            horizon,
            work.quantiles,
        )
        for method, forecast in found.items():
            parts.setdefault(method, []).append(forecast)
    forecasts |= {method: joined(found) for method, found in parts.items()}
    return await asyncio.to_thread(judge, windows, forecasts, work.quantiles, work.intervals)
