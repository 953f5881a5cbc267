"""A network that is trained with the covariates of a task, on what lies before its windows."""

from __future__ import annotations

import time
from functools import partial

from benchmarks.covariates.methods import Outcome, forecast_series
from benchmarks.covariates.tasks import Task
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import RECIPES
from training.dataset import Dataset
from training.fitting.train import train_network


def trained(task: Task, epochs: int | None, seed: int) -> Outcome:
    """Train by the recipe `covariates`, at most so many epochs, and forecast all windows.

    The held-out tail of the training begins with the first window.
    """
    count = task.series.values.size
    changes = {"test_fraction": 1 - task.cutoffs[0] / count}
    recipe = RECIPES["covariates"].model_copy(
        update=changes if epochs is None else changes | {"epochs": epochs}
    )
    options = FitOptions(
        model=task.name, recipe=recipe, horizon=task.horizon, season_length=task.season_length
    )
    started = time.monotonic()
    fitted, parts = train_network(
        Dataset((task.series,)),
        resolve_recipe(options, [task.series], None),
        seed=seed,
        on_epoch=lambda *_: None,
    )
    training = time.monotonic() - started
    assert parts.points[0].validation <= task.cutoffs[0]
    forecast = partial(
        forecast_series,
        task.pasts(with_covariates=True),
        task.horizon,
        task.season_length,
        fitted.forecaster,
    )
    forecast()  # TensorFlow traces the network in its first run.
    started_forecast = time.process_time()
    found = forecast()
    seconds = (time.process_time() - started_forecast) / len(task.cutoffs)
    return Outcome(found, seconds, training)
