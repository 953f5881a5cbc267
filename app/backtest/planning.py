"""From the options and the series of a `/backtest` request to a checked plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.backtest.schemas import BacktestOptions
from app.requests.covariates import note_covariates_of_pasts
from app.requests.limits import (
    check_backtest_values,
    check_job_values,
    check_observations,
    check_series_count,
    check_windows,
)
from app.requests.options import choose_horizon
from app.requests.series_items import SeriesFailure, SeriesItem, read_series
from app.serving.served_version import ServedVersion
from app.settings.settings import Settings
from app.train.planning import check_frequencies
from forecasting.errors import RecipeError, RequestError
from forecasting.evaluation.backtest import BacktestPlan, BacktestWindows, backtest_values
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.jobs.fit_options import FitOptions, find_base
from forecasting.jobs.refit import check_first_pasts, refit_recipe
from forecasting.notes import Note
from forecasting.prediction.defaults import (
    choose_levels,
    choose_season_length,
    name_intervals,
    note_unused_effort,
    note_unused_seasons,
)
from forecasting.prediction.effort.effort import network_runs, usable_effort
from forecasting.prediction.forecaster import quantiles_not_available
from forecasting.prediction.trained_frequency import note_other_frequency
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class PlannedBacktest:
    """A checked request: what to backtest with which version, and how."""

    version: ServedVersion
    task: BacktestTask
    failures: list[SeriesFailure] | None
    """The series that the task leaves out; None if the request takes no partial answers."""
    refit: bool
    """Whether a version is trained anew for each window."""
    as_job: bool
    """Whether the backtest runs as a job, instead of being answered at once."""

    def cut_windows(self) -> BacktestWindows:
        """Cut the series into windows."""
        return self.task.cut_windows(self.version.forecaster.signature)


def plan_backtest(
    options: BacktestOptions,
    items: Sequence[SeriesItem],
    version: ServedVersion,
    settings: Settings,
    notes: Sequence[Note] = (),
) -> PlannedBacktest:
    """Check a request against the model and the limits.

    `notes` say what was assumed to read the table that the series came in.

    Raises SeriesError or RequestError with the place in the request.
    """
    check_series_count(len(items), settings.max_series, "FORECAST_MAX_SERIES")
    signature = version.forecaster.signature
    horizon = choose_horizon(options.horizon, signature, settings.max_horizon)
    plan = BacktestPlan(horizon, options.windows, options.step or horizon)
    intervals = name_intervals(choose_levels(options.levels, signature))
    if intervals and signature.quantiles is None:
        raise quantiles_not_available().under("levels")
    readable = read_series(
        items,
        options,
        signature,
        lambda series: plan.check(series.values.size, signature.shortest_context),
    )
    readable.raise_if_none_is_left()
    series = note_unused_seasons(
        note_covariates_of_pasts(readable.series, signature),
        options.season_length,
        signature,
        [plan.cutoffs(item.values.size)[0] for item in readable.series],
    )
    if not options.refit:
        series = note_other_frequency(series, version.frequency, signature)
    task = BacktestTask(
        model=version.manifest.model,
        version=version.manifest.version,
        series=note_unused_effort(series, options.effort, signature),
        season_lengths=[
            choose_season_length(options.season_length, series) for series in readable.series
        ],
        bounds=readable.bounds,
        plan=plan,
        intervals=intervals,
        forecasts=options.forecasts,
        effort=usable_effort(options.effort, signature),
        failed=[(failure.position, failure.document()) for failure in readable.failures or ()],
        notes=notes,
    )
    as_job = _runs_as_job(options, task, settings)
    return PlannedBacktest(version, task, readable.failures, options.refit, as_job)


def _runs_as_job(options: BacktestOptions, task: BacktestTask, settings: Settings) -> bool:
    """Decide whether a backtest runs as a job.

    Raises RequestError if it would have to but may not, or if it is too large even for a job.
    """
    if options.refit and options.job is False:
        raise RequestError(
            "refit trains a version for each window, which only a job can do. Leave out job, which "
            "is false, or refit.",
            code="refit_needs_job",
            path=("job",),
        )
    windows = len(task.series) * task.plan.windows * network_runs(task.effort)
    values = backtest_values(windows, task.plan.horizon, task.intervals)
    as_job = options.refit or options.job or False
    try:
        check_windows(windows, settings.max_windows, "Ask for fewer series or windows at a time.")
        check_backtest_values(values, settings.max_forecast_values)
    except RequestError as error:
        if options.job is False:
            cure = f'{error.message} Or leave out "job", so that it runs as a job.'
            raise error.with_message(cure).at("job") from error
        as_job = True
    if as_job:
        check_job_values(values, settings.max_job_forecast_values)
    return as_job


def check_refit(backtest: PlannedBacktest, store: ModelStore, settings: Settings) -> None:
    """Check whether a version can be trained anew for each window.

    Raises RecipeError or SeriesError for all that can be known before the first one is trained.
    """
    task = backtest.task
    recipe = refit_recipe(backtest.version.manifest)
    try:
        find_base(FitOptions(model=task.model, recipe=recipe), store)
    except RecipeError as error:
        raise error.at("refit") from error
    check_series_count(
        len(task.series), settings.max_training_series, "FORECAST_MAX_TRAINING_SERIES"
    )
    observations = sum(series.values.size for series in task.series)
    check_observations(observations, settings.max_training_observations)
    check_frequencies(task.series)
    horizon = task.plan.horizon
    check_first_pasts(
        [
            series.before(task.plan.cutoffs(series.values.size)[0], horizon)
            for series in task.series
        ],
        recipe,
    )
