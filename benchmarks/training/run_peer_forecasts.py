"""A program that forecasts windows by neuralforecast's LSTM and NHITS, and by GluonTS' DeepAR.

It runs in an environment of its own, because they need PyTorch. Its usage is
`python -I run_peer_forecasts.py SOURCE TARGET`; `benchmarks.training.peers` writes the one and
reads the other. Each is trained with its own defaults, on all series together, and is given the
horizon and the input size. Its training ends early if it takes more of the processor than allowed.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import lightning.pytorch
import numpy as np
import pandas as pd
import pytorch_lightning

_QUIET = {"logger": False, "enable_progress_bar": False, "accelerator": "cpu"}


def main(source: str, target: str) -> None:
    """Forecast the windows of `source`, and write the points by the name of the peer."""
    with np.load(source) as arrays:
        given = dict(arrays)
    horizon, context, seconds = (int(given[name]) for name in ("horizon", "context", "seconds"))
    known = np.split(given["values"], np.cumsum(given["lengths"])[:-1])
    pasts = np.split(given["pasts"], np.cumsum(given["past_lengths"])[:-1])
    frequency = str(given["frequency"])
    methods: dict[str, Callable[[], np.ndarray]] = {
        f"neuralforecast {name}": partial(
            by_neuralforecast, name, known, pasts, horizon, context, seconds
        )
        for name in ("LSTM", "NHITS")
    }
    methods["GluonTS DeepAR"] = lambda: by_deepar(
        dated(known, given["starts"], frequency),
        dated(pasts, given["past_starts"], frequency),
        frequency,
        horizon,
        context,
        seconds,
    )
    found, times = {}, {}
    for name, forecast in methods.items():
        started = time.process_time()
        found[name] = forecast()
        times[name] = time.process_time() - started
    np.savez(
        target,
        allow_pickle=False,
        names=list(found),
        points=np.stack(list(found.values())),
        seconds=list(times.values()),
    )


def by_neuralforecast(
    name: str,
    known: list[np.ndarray],
    pasts: list[np.ndarray],
    horizon: int,
    context: int,
    seconds: int,
) -> np.ndarray:
    """Train a model of neuralforecast, and return its point forecasts (windows, horizon)."""
    import neuralforecast.models
    from neuralforecast import NeuralForecast

    model = getattr(neuralforecast.models, name)(
        h=horizon,
        input_size=context,
        start_padding_enabled=True,
        enable_checkpointing=False,
        callbacks=[
            pytorch_lightning.callbacks.LambdaCallback(on_train_batch_end=stop_after(seconds))
        ],
        **_QUIET,
    )
    fitted = NeuralForecast([model], freq=1)
    fitted.fit(frame(known))
    points: np.ndarray = fitted.predict(df=frame(pasts))[name].to_numpy()
    return points.reshape(len(pasts), horizon)


def stop_after(seconds: int) -> Callable[..., None]:
    """Return what ends a training, after a step, that has taken so much of the processor."""
    end = time.process_time() + seconds

    def stop(trainer: Any, *_: Any) -> None:
        trainer.should_stop = trainer.should_stop or time.process_time() > end

    return stop


def frame(series: list[np.ndarray]) -> pd.DataFrame:
    """Return series as neuralforecast takes them; their steps are numbered."""
    sizes = [values.size for values in series]
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(series)), sizes),
            "ds": np.concatenate([np.arange(size) for size in sizes]),
            "y": np.concatenate(series),
        }
    )


def by_deepar(
    known: list[dict[str, Any]],
    pasts: list[dict[str, Any]],
    frequency: str,
    horizon: int,
    context: int,
    seconds: int,
) -> np.ndarray:
    """Train DeepAR, and return the medians of its samples (windows, horizon)."""
    from gluonts.torch.model.deepar import DeepAREstimator

    lightning.pytorch.seed_everything(0)
    callback = lightning.pytorch.callbacks.LambdaCallback(on_train_batch_end=stop_after(seconds))
    estimator = DeepAREstimator(
        freq=frequency,
        prediction_length=horizon,
        context_length=context,
        trainer_kwargs=_QUIET | {"callbacks": [callback]},
    )
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # It leaves checkpoints in the folder that it runs in.
        predictor = estimator.train(known)
        os.chdir(here)
    return np.stack([np.median(found.samples, axis=0) for found in predictor.predict(pasts)])


def dated(values: list[np.ndarray], starts: np.ndarray, frequency: str) -> list[dict[str, Any]]:
    """Return series as GluonTS takes them."""
    return [
        {"start": pd.Period(start, frequency), "target": own.astype(np.float32)}
        for own, start in zip(values, pd.DatetimeIndex(starts), strict=True)
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    main(*sys.argv[1:])
