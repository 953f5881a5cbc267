"""`make bench-covariates` scores forecasts with covariates beside those without them.

They are those of zero-shot, those of a network that is trained with covariates, and others'.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.covariates.arima import auto_arima
from benchmarks.covariates.cost import cost_table
from benchmarks.covariates.methods import (
    Outcome,
    network_then_ridge,
    ridge_then_network,
    zero_shot,
)
from benchmarks.covariates.noise import noise_table, zero_shot_with_noise
from benchmarks.covariates.tasks import DAYS, Task, read_tasks
from benchmarks.covariates.trained import trained
from benchmarks.options import add_baselines_python, add_version
from forecasting.errors import ForecastingError
from forecasting.prediction.forecaster import Forecaster
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore

report = partial(print, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark, and print the table or the error."""
    options = _parser().parse_args(arguments)
    try:
        for line in _tables(options):
            print(line, flush=True)
    except ForecastingError as error:
        sys.exit(f"error: {error.message}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.covariates", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of CSV files with covariates")
    add("--windows", type=int, default=24, help="cutoffs of each series; default: %(default)s")
    add_version(parser)
    add("--epochs", type=int, help="most epochs of the training; default: as the recipe says")
    add("--seed", type=int, default=0, help="of the training; default: %(default)s")
    add("--public", type=Path, help="folder of public sets, to put noise beside their series")
    add("--without-arima", action="store_true", help="leave statsforecast out")
    add_baselines_python(parser)
    return parser


def _tables(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of the tables: what covariates gain, what noise does, what they cost."""
    store = ModelStore(options.store)
    number = options.version or max(store.versions(options.model), default=1)
    forecaster = load_version(store, options.model, number).forecaster
    yield from _gains(options, forecaster, f"{options.model} {number}")
    if options.public:
        yield ""
        yield from noise_table(options.public, forecaster)
    yield ""
    yield from cost_table(forecaster)


def _gains(options: argparse.Namespace, forecaster: Forecaster, name: str) -> Iterator[str]:
    """Yield the table of all methods on the tasks of the folder."""
    methods: dict[str, Callable[[Task], Outcome]] = {
        f"{name} without covariates": partial(
            zero_shot, forecaster=forecaster, with_covariates=False
        ),
        f"**{name} with covariates**": partial(
            zero_shot, forecaster=forecaster, with_covariates=True
        ),
        f"{name} with three columns of noise": partial(zero_shot_with_noise, forecaster=forecaster),
        "**trained with covariates**": partial(trained, epochs=options.epochs, seed=options.seed),
        "ridge, then the network (TimesFM's way)": partial(
            ridge_then_network, forecaster=forecaster
        ),
        "the network, then ridge (TimesFM's other way)": partial(
            network_then_ridge, forecaster=forecaster
        ),
    }
    if not options.without_arima:
        methods["AutoARIMA with covariates"] = partial(auto_arima, python=options.baselines_python)
    yield "| series | method | MASE | against none | in 80% intervals | seconds |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for task in read_tasks(options.data, options.windows):
        report(f"{task.name}: {len(task.cutoffs)} windows of {DAYS} days …")
        plain: float | None = None
        for method, run in methods.items():
            outcome = run(task)
            mase, covered = _scores(task, outcome)
            plain = plain or mase
            if outcome.training:
                report(f"{task.name}: trained in {outcome.training:.0f} s")
            yield (
                f"| {task.name} | {method} | {mase:.3f} | {100 * (mase / plain - 1):+.0f}% "
                f"| {100 * covered:.0f}% | {outcome.seconds:.2f} |"
            )


def _scores(task: Task, outcome: Outcome) -> tuple[float, float]:
    """Return MASE and the share of values within the 80% intervals."""
    actual, forecast = task.actual(), outcome.forecast
    errors = np.nanmean(np.abs(forecast.point - actual), axis=1)
    inside = (forecast.quantiles[:, :, 0] <= actual) & (actual <= forecast.quantiles[:, :, -1])
    mase = float(np.mean(errors / task.scales()))
    return mase, float(inside[~np.isnan(actual)].mean())


if __name__ == "__main__":
    main()
