"""Running one attempt at a backtest that is a job of the service."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from forecasting.evaluation.backtest import METHODS, BacktestWindows, score_backtest
from forecasting.evaluation.backtest_report import render_json
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BacktestSpec
from forecasting.jobs.refit import refit_recipe
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.series.series import Series
from forecasting.store.atomic_files import to_npz, write_files_atomically
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from forecasting.types import Floats
from training.auto.search import search
from training.dataset import Dataset
from training.fitting.base_version import find_pretrained, read_base_version
from training.fitting.train import train_network
from training.model_store import open_store
from training.progress import JsonLines

ForecasterFor = Callable[[Sequence[Series]], Forecaster]
"""Returns what forecasts the windows of one part, given the series before their cutoffs."""


def run_backtest(spec: BacktestSpec, folder: JobFolder, attempt: str, progress: JsonLines) -> None:
    """Forecast the windows part by part, score them all, and write the result.

    Each part is kept in the job's folder when it is done, and is not done again by a later attempt.
    The result is written with the attempt's permission.

    Raises ForecastingError.
    """
    if not folder.result.exists():
        store = open_store(spec.store)
        task = spec.task(folder.read_series())
        windows = task.cut_windows(store.manifest(spec.model, spec.version).signature)
        parts = _parts(spec, windows)
        _forecast_parts(task, windows, parts, _forecaster_for(spec, store), folder, progress)
        result = score_backtest(windows, _read_parts(folder, parts), task.intervals)
        answer = render_json(task, result)
        with folder.permission(attempt):
            write_files_atomically({folder.result: answer})
    progress.finished()


def _forecast_parts(
    task: BacktestTask,
    windows: BacktestWindows,
    parts: Sequence[range],
    forecaster_for: ForecasterFor,
    folder: JobFolder,
    progress: JsonLines,
) -> None:
    """Forecast the parts that are not in the folder yet, and save each when it is done."""
    count = len(windows.pasts)
    done = sum(len(rows) for number, rows in enumerate(parts) if folder.part(number).exists())
    progress.window(done, count)
    for number, rows in enumerate(parts):
        if not folder.part(number).exists():
            forecaster = forecaster_for([windows.pasts[row] for row in rows])
            forecasts = windows.forecast(rows, forecaster, task.quantiles)
            _save_part(folder, number, forecasts)
            done += len(rows)
            progress.window(done, count)


def _parts(spec: BacktestSpec, windows: BacktestWindows) -> list[range]:
    """Return which windows are forecast together.

    If a version is trained for each window, these are the first window of every series, then the
    second of every series, and so on: they share that version.
    """
    if spec.refit:
        count = spec.plan.windows
        return [range(first, len(windows.pasts), count) for first in range(count)]
    return list(windows.parts())


def _forecaster_for(spec: BacktestSpec, store: ModelStore) -> ForecasterFor:
    """Return what makes the forecaster of a part: with `refit` each part gets one that is trained.

    Raises NotFoundError or BrokenVersionError.
    """
    if spec.refit:
        return _trainer(store, store.manifest(spec.model, spec.version))
    forecaster = load_version(store, spec.model, spec.version).forecaster
    return lambda _: forecaster


def _trainer(store: ModelStore, manifest: Manifest) -> ForecasterFor:
    """Return what trains as the version was trained: with its recipe, its seed and its base."""
    recipe = refit_recipe(manifest)
    if recipe.search:
        return _searcher(store, manifest, recipe)
    base = None if recipe.base is None else read_base_version(store, recipe.base)

    import_tensorflow_quietly()
    import keras

    def train(pasts: Sequence[Series]) -> Forecaster:
        keras.utils.clear_session()  # Frees the network of the part before.
        dataset = Dataset(tuple(pasts))
        fitted, _ = train_network(
            dataset, recipe, base=base, seed=manifest.seed or 0, on_epoch=_ignore
        )
        return fitted.forecaster

    return train


def _searcher(store: ModelStore, manifest: Manifest, recipe: ResolvedRecipe) -> ForecasterFor:
    """Return what searches among candidates as for the version."""
    seed = manifest.seed or 0
    base = find_pretrained(store, FitOptions(model=manifest.model, recipe=recipe))

    def train(pasts: Sequence[Series]) -> Forecaster:
        found = search(
            Dataset(tuple(pasts)), recipe, base, seed=seed, on_epoch=_ignore, say=_ignore
        )
        return found.fitted.forecaster

    return train


def _ignore(*_: object) -> None:
    """Take a report that nobody reads."""


def _save_part(folder: JobFolder, number: int, forecasts: dict[str, Forecast]) -> None:
    """Save the forecasts of one part by method."""
    arrays = {}
    for method, forecast in forecasts.items():
        arrays[f"{method}_point"] = forecast.point
        arrays[f"{method}_quantiles"] = forecast.quantiles
    write_files_atomically({folder.part(number): to_npz(arrays)})


def _read_parts(folder: JobFolder, parts: Sequence[range]) -> dict[str, Forecast]:
    """Return the forecasts of all parts by method, in the order of the windows."""
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
