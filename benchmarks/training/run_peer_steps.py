"""A program that times the training steps of neuralforecast's LSTM and of GluonTS' DeepAR.

It runs in an environment of its own, because both need PyTorch. Its usage is
`python -I run_peer_steps.py OPTIONS`, where OPTIONS is JSON with the fields of
`benchmarks.training.steps.Shape`. It prints JSON: the times of a step by the name of the peer.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
import warnings

import lightning.pytorch
import numpy as np
import pandas as pd
import pytorch_lightning

_QUIET = {"logger": False, "enable_progress_bar": False}


class Clock:
    """Notes the time after each step, by the clock and of the processor."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []

    def note(self) -> None:
        self.times.append((time.perf_counter(), time.process_time()))

    def step(self, skipped: int) -> list[float]:
        """Return the milliseconds of a step, both ways, without the first steps."""
        times = np.array(self.times[skipped:])
        clock, processor = (times[-1] - times[0]) / (len(times) - 1) * 1_000
        return [float(clock), float(processor)]


def main(options: str) -> None:
    """Train both on the same series, and print the times."""
    shape = json.loads(options)
    values = np.array(shape.pop("values"))
    times = {
        "neuralforecast LSTM": time_neuralforecast(values, **shape),
        "GluonTS DeepAR": time_deepar(values, **shape),
    }
    print(json.dumps(times))


def time_neuralforecast(
    values: np.ndarray, context: int, horizon: int, units: int, batch: int, steps: int, skipped: int
) -> list[float]:
    """Return the milliseconds of a step of its LSTM, which trains eleven quantiles, too."""
    from neuralforecast import NeuralForecast
    from neuralforecast.losses.pytorch import MQLoss
    from neuralforecast.models import LSTM

    clock = Clock()
    callback = pytorch_lightning.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_: clock.note()
    )
    model = LSTM(
        h=horizon,
        input_size=context,
        encoder_n_layers=1,
        encoder_hidden_size=units,
        decoder_hidden_size=units,
        loss=MQLoss(level=[20, 40, 60, 80, 95]),
        batch_size=batch,
        windows_batch_size=batch,
        max_steps=steps,
        val_check_steps=steps,
        callbacks=[callback],
        accelerator="cpu",
        enable_checkpointing=False,
        **_QUIET,
    )
    count, length = values.shape
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(count), length),
            "ds": np.tile(pd.date_range("2010-01-01", periods=length, freq="MS"), count),
            "y": values.ravel(),
        }
    )
    NeuralForecast([model], freq="MS").fit(frame)
    return clock.step(skipped)


def time_deepar(
    values: np.ndarray, context: int, horizon: int, units: int, batch: int, steps: int, skipped: int
) -> list[float]:
    """Return the milliseconds of a step of DeepAR, which trains a distribution step by step."""
    from gluonts.dataset.common import ListDataset
    from gluonts.torch.model.deepar import DeepAREstimator

    clock = Clock()
    callback = lightning.pytorch.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_: clock.note()
    )
    estimator = DeepAREstimator(
        freq="M",
        prediction_length=horizon,
        context_length=context,
        num_layers=1,
        hidden_size=units,
        batch_size=batch,
        num_batches_per_epoch=steps,
        trainer_kwargs={
            "max_epochs": 1,
            "accelerator": "cpu",
            "callbacks": [callback],
            **_QUIET,
        },
    )
    series = [{"start": pd.Period("2010-01", "M"), "target": row} for row in values]
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # It leaves checkpoints in the folder that it runs in.
        estimator.train(ListDataset(series, freq="M"))
        os.chdir("/")
    return clock.step(skipped)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    main(*sys.argv[1:])
