"""One attempt at a backtest that runs as a job of the service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np

from forecasting.evaluation.backtest import METHODS, MODEL, BacktestWindows, score_backtest
from forecasting.evaluation.backtest_report import render_json
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BacktestSpec
from forecasting.jobs.refit import refit_recipe
from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import finish, run_network
from forecasting.series.series import Series
from forecasting.store.atomic_files import to_npz, write_files_atomically
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from forecasting.types import Floats
from training.dataset import Dataset
from training.fitting.base_version import read_base_version
from training.progress import JsonLines

Trainer = Callable[[Sequence[Series]], Forecaster]


def run_backtest(spec: BacktestSpec, folder: JobFolder, attempt: str, progress: JsonLines) -> None:
    """Forecast the windows part by part, each kept when it is done, score them all, and write the
    result with the attempt's permission. Parts that an attempt before has done are not done again.

    Raises ForecastingError.
    """
    if not folder.result.exists():
        store = ModelStore(spec.store)
        task = spec.task(folder.read_series())
        windows = task.cut_windows(store.manifest(spec.model, spec.version).signature)
        count = len(windows.pasts)
        parts = _parts(spec, windows)
        forecaster_for = _forecasters(spec, store)
        done = sum(len(rows) for n, rows in enumerate(parts) if folder.part(n).exists())
        progress.window(done, count)
        for number, rows in enumerate(parts):
            if not folder.part(number).exists():
                forecaster = forecaster_for([windows.pasts[row] for row in rows])
                forecasts = _forecast(forecaster, windows, rows, task.quantiles)
                _keep(folder, number, forecasts)
                done += len(rows)
                progress.window(done, count)
        result = score_backtest(windows, _kept(folder, parts), task.intervals)
        answer = render_json(task, result)
        with folder.permission(attempt):
            write_files_atomically({folder.result: answer})
    progress.finished()


def _parts(spec: BacktestSpec, windows: BacktestWindows) -> list[range]:
    """Return which windows are forecast together.

    If a version is trained for each window, these are the first window of every series, then the
    second of every series, and so on: they share that version.
    """
    if spec.refit:
        count = spec.plan.windows
        return [range(first, len(windows.pasts), count) for first in range(count)]
    return list(windows.parts())


def _forecast(
    forecaster: Forecaster, windows: BacktestWindows, rows: range, quantiles: tuple[float, ...]
) -> dict[str, Forecast]:
    """Forecast some windows with the model and with the baselines, by method."""
    plan = windows.prepare(rows, forecaster.signature, quantiles)
    forecasts = {MODEL: finish(plan, run_network(plan, forecaster)).forecast}
    return forecasts | windows.forecast_baselines(rows, quantiles)


def _forecasters(spec: BacktestSpec, store: ModelStore) -> Trainer:
    """What forecasts from the pasts of a part. Raises NotFoundError or BrokenVersionError."""
    if spec.refit:
        return _trainer(store, store.manifest(spec.model, spec.version))
    forecaster = load_version(store, spec.model, spec.version).forecaster
    return lambda _: forecaster


def _trainer(store: ModelStore, manifest: Manifest) -> Trainer:
    """Trains as the version was trained: by its recipe, its seed and from its base."""
    recipe = refit_recipe(manifest)
    base = None if recipe.base is None else read_base_version(store, recipe.base)

    import_tensorflow_quietly()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it takes many networks for a mistake
    import keras

    from training.fitting.train import train_network

    def train(pasts: Sequence[Series]) -> Forecaster:
        keras.utils.clear_session()  # of the version before
        dataset = Dataset(tuple(pasts))
        fitted, _ = train_network(
            dataset, recipe, base=base, seed=manifest.seed or 0, on_epoch=lambda *_: None
        )
        return fitted.forecaster

    return train


def _keep(folder: JobFolder, number: int, forecasts: dict[str, Forecast]) -> None:
    arrays = {}
    for method, forecast in forecasts.items():
        arrays[f"{method}_point"] = forecast.point
        arrays[f"{method}_quantiles"] = forecast.quantiles
    write_files_atomically({folder.part(number): to_npz(arrays)})


def _kept(folder: JobFolder, parts: Sequence[range]) -> dict[str, Forecast]:
    """The forecasts of all parts, in the order of the windows."""
    count = sum(len(rows) for rows in parts)
    whole: dict[str, Floats] = {}
    for number, rows in enumerate(parts):
        with np.load(folder.part(number), allow_pickle=False) as saved:
            for name, part in saved.items():
                if name not in whole:
                    whole[name] = np.empty((count, *part.shape[1:]))
                whole[name][rows] = part
    return {
        method: Forecast(whole[f"{method}_point"], whole[f"{method}_quantiles"])
        for method in METHODS
    }
