"""From a request for a bulk job to one that can run."""

from __future__ import annotations

from dataclasses import dataclass

from app.bulk.schemas import BulkRequest
from app.requests.limits import check_answer_values, check_windows
from app.requests.options import choose_horizon
from app.serving.served_version import ServedVersion
from app.settings.settings import Settings
from forecasting.errors import RequestError, SeriesError
from forecasting.evaluation.backtest import backtest_values
from forecasting.jobs.bulk_task import BulkTask
from forecasting.networks.signature import Signature
from forecasting.prediction.defaults import choose_levels, name_intervals, name_quantiles
from forecasting.prediction.effort.effort import network_runs, usable_effort
from forecasting.prediction.forecaster import quantiles_not_available
from forecasting.series.frequency import parse_frequency
from forecasting.series.time_zones import parse_zone
from forecasting.tables.locations import AllowedLocations, check_apart
from forecasting.tables.options import TableOptions

_OF_FORECASTS = {"horizon", "levels", "effort"}
_OPTIONS = {
    "predict": {*_OF_FORECASTS, "quantiles"},
    "backtest": {*_OF_FORECASTS, "windows", "step", "forecasts"},
    "anomalies": {"level", "warm_up", "last"},
}
"""The options that not all operations take, by those that do."""
_SERIES_A_PART = 2_000
_VALUES_A_PART = 5_000_000


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A checked request: what is read, done and written."""

    model: str
    version: int
    task: BulkTask
    source: str
    destination: str
    overwrite: bool
    table: TableOptions
    allowed: tuple[str, ...]
    series_a_part: int


def plan_bulk(request: BulkRequest, version: ServedVersion, settings: Settings) -> BulkJob:
    """Check all that can be known before the table is opened.

    Raises RequestError or SeriesError with the place in the request.
    """
    _check_options(request)
    allowed = AllowedLocations.parse(settings.bulk_locations or "")
    source = allowed.check(request.input, "input")
    destination = allowed.check(request.output, "output")
    check_apart(source, destination)
    signature = version.forecaster.signature
    if signature.covariates:
        raise RequestError(
            "this model was trained with covariates, which bulk jobs do not read. Name another "
            "model, or send the series to POST /predict.",
            code="bulk_without_covariates",
            path=("model",),
        )
    task = _plan_task(request, signature, settings)
    values = _values_of_series(task, signature)
    check_answer_values(values, settings.max_forecast_values)
    return BulkJob(
        model=version.manifest.model,
        version=version.manifest.version,
        task=task,
        source=source,
        destination=destination,
        overwrite=request.overwrite,
        table=TableOptions(
            id_col=request.id_col,
            time_col=request.time_col,
            target_col=request.target_col,
            delimiter=request.delimiter,
            date_format=request.date_format,
        ),
        allowed=allowed.roots,
        series_a_part=max(1, min(_SERIES_A_PART, _VALUES_A_PART // values)),
    )


def _check_options(request: BulkRequest) -> None:
    """Raise RequestError for an option that the operation does not take."""
    taken = _OPTIONS[request.operation]
    for name in sorted(set().union(*_OPTIONS.values()) - taken):
        if name in request.model_fields_set:
            takers = " and ".join(other for other, names in _OPTIONS.items() if name in names)
            raise RequestError(
                f'{name!r} is an option of {takers}, and the operation is "{request.operation}".',
                code="option_of_other_operation",
                path=(name,),
            )


def _plan_task(request: BulkRequest, signature: Signature, settings: Settings) -> BulkTask:
    levels: tuple[float, ...] = (request.level,)
    horizon = 1
    if request.operation != "anomalies":
        levels = choose_levels(request.levels, signature)
        horizon = choose_horizon(request.horizon, signature, settings.max_horizon)
    if signature.quantiles is None and (levels or request.quantiles):
        option = "model" if request.operation == "anomalies" else "levels"
        raise quantiles_not_available().under(option if levels else "quantiles")
    if request.operation == "backtest":
        cure = "Ask for fewer windows."
        check_windows(request.windows, settings.max_windows, cure)
    bounds = request.bounds()
    bounds.check()
    _check_times(request)
    rules = request.date_rules()
    return BulkTask(
        operation=request.operation,
        horizon=horizon,
        levels=levels,
        quantiles=tuple(request.quantiles),
        season_length=request.season_length,
        effort=request.effort,
        bounds=bounds,
        repair=rules.repair,
        opening=rules.opening,
        frequency=request.frequency,
        timezone=request.timezone,
        windows=request.windows,
        step=request.step,
        forecasts=request.forecasts,
        warm_up=request.warm_up,
        last=request.last,
    )


def _check_times(request: BulkRequest) -> None:
    """Raise SeriesError for a frequency or a time zone that is unknown."""
    try:
        if request.frequency is not None:
            parse_frequency(request.frequency)
        if request.timezone is not None:
            parse_zone(request.timezone)
    except SeriesError as error:
        raise error.at(error.path[0] if error.path else "frequency") from error


def _values_of_series(task: BulkTask, signature: Signature) -> int:
    """Return how many values are computed for one series, apart from `anomalies`."""
    if task.operation == "anomalies":
        return 1
    runs = network_runs(usable_effort(task.effort, signature))
    if task.operation == "backtest":
        return runs * backtest_values(task.windows, task.horizon, name_intervals(task.levels))
    quantiles = name_quantiles(task.levels, task.quantiles, ())[2]
    return runs * task.horizon * (max(len(quantiles), signature.outputs) + 1)
