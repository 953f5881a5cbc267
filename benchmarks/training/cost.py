"""`make bench-training-cost` measures what training takes: whole jobs, and single steps.

Jobs run by the default recipe in a process of their own, as the service starts it. Steps are timed
beside neuralforecast and GluonTS; on a shared machine only ratios of one run mean anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.training.jobs import run_training_job
from benchmarks.training.sets import latest
from benchmarks.training.steps import OURS, Shape, monthly_series, time_steps
from forecasting.errors import ForecastingError
from forecasting.series.series import Series
from forecasting.tables.options import TableOptions
from training.dataset import read_dataset

_HOURS = 4_000
_OF_BIKE_HIRE = "temperature,humidity,windspeed,weather,workingday,holiday"


def main() -> None:
    """Run the benchmark, and print its tables or the error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training.cost", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder with examples/")
    add("--peers", type=Path, required=True, help="the Python that has the peers")
    add("--only", choices=("jobs", "steps"), help="only this table")
    add("--recipe", help="train the jobs by this recipe instead of the default")
    options = parser.parse_args()
    try:
        if options.only != "steps":
            for line in _job_table(options.data, options.recipe):
                print(line, flush=True)
        if options.only != "jobs":
            print("\n".join(_step_table(options.peers)))
    except ForecastingError as error:
        sys.exit(f"error: {error.message}")


def _job_table(data: Path, recipe: str | None) -> Iterator[str]:
    """Yield the lines of the table of jobs."""
    jobs: dict[str, Callable[[], list[Series]]] = {
        "one series of 144 months": lambda: _example(data, "airline_passengers"),
        f"one series of {_HOURS:,} hours, bike hire": lambda: _example(data, "bike_sharing_hourly"),
        "the same with six covariates": lambda: _example(
            data, "bike_sharing_hourly", _OF_BIKE_HIRE
        ),
        "50,000 series of 120 months": lambda: _simulated(50_000, 120),
        "one series of 500,000 months": lambda: _simulated(1, 500_000),
    }
    yield f"\n| job by the recipe {recipe or 'auto'} | seconds | peak memory, MiB |"
    yield "| --- | --- | --- |"
    for name, series in jobs.items():
        cost = run_training_job(series(), recipe, horizon=12 if "months" in name else None)
        yield f"| {name} | {cost.seconds:.0f} | {cost.peak_mib:,.0f} |"


def _example(data: Path, name: str, covariates: str | None = None) -> list[Series]:
    """Return the latest values of the series in an example, with covariates that are known."""
    options = TableOptions(covariates=covariates, known_ahead=covariates)
    (series,) = read_dataset(data / "examples" / f"{name}.csv", options=options).series
    return [latest(series, _HOURS)]


def _simulated(count: int, length: int) -> list[Series]:
    values = monthly_series(count, length)
    return [replace(Series.from_values(row), id=str(at)) for at, row in enumerate(values)]


def _step_table(python: Path) -> Iterator[str]:
    """Yield the lines of the table of steps."""
    shape = Shape()
    yield (
        f"\n| step of {shape.batch} windows of {shape.context} + {shape.horizon}, width "
        f"{shape.units} | ms by the clock | ms of the processor | ratio, by the processor |"
    )
    yield "| --- | --- | --- | --- |"
    times = time_steps(shape, python)
    for name, (clock, processor) in times.items():
        ratio = processor / times[OURS][1]
        yield f"| {name} | {clock:.2f} | {processor:.2f} | {np.round(ratio, 2)} |"


if __name__ == "__main__":
    main()
