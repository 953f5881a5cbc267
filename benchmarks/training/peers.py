"""What others make of the same sets: neuralforecast's LSTM and NHITS, and GluonTS' DeepAR.

Each is trained, as one model for all series of a set, on everything before the held-out tail, which
is the training and the validation part of the recipe `auto`, and forecasts the windows of the tail
that `auto` is scored on.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.errors import ForecastingError
from forecasting.evaluation.metrics import WQL_QUANTILES
from forecasting.series.series import Series
from training.evaluation import ScoredWindows, score_point_forecast
from training.fitting.trained import TrainedNetwork

_SEASONS = 3
"""Their input is so many seasons, and at least two horizons, as for the recipe `lstm`."""
_LONGEST_PAST = 2_000
"""They are given so many of the latest values before a window; DeepAR's lags reach back further
than its input."""
_UNDATED = {12: "MS", 7: "D", 4: "QS", 1: "YS"}
"""The frequency that DeepAR is told of series without dates, by their season length."""
_FIRST_DAY = "1980-01-01"


@dataclass(frozen=True, slots=True)
class PeerScore:
    """How well one of them did on a set."""

    mase: float
    seconds: float
    """What its training and its forecasts took of the processor."""


def score_peers(
    series: Sequence[Series], trained: TrainedNetwork, python: Path, seconds: int
) -> dict[str, PeerScore]:
    """Train the others on the series of a set, and score them where `trained` is scored.

    `python` is their interpreter. No training takes more than so many seconds of the processor.

    Raises ForecastingError if they fail.
    """
    tail = trained.tail
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "windows.npz", Path(scratch) / "forecasts.npz"
        given = _given(series, trained) | {"seconds": np.array(seconds)}
        np.savez(source, allow_pickle=False, **given)
        program = Path(__file__).with_name("run_peer_forecasts.py")
        command = [str(part) for part in (python, "-I", program, source, target)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise ForecastingError(f"the peers failed:\n{ran.stderr[-2000:]}")
        with np.load(target) as found:
            return {
                str(name): PeerScore(_mase(tail, point.astype(np.float64)), float(took))
                for name, point, took in zip(
                    found["names"], found["points"], found["seconds"], strict=True
                )
            }


def _mase(tail: ScoredWindows, point: npt.NDArray[np.float64]) -> float:
    scores = score_point_forecast(tail.targets, point, tail.scales, WQL_QUANTILES)
    return float("nan") if scores.mase is None else scores.mase


def _given(series: Sequence[Series], trained: TrainedNetwork) -> dict[str, npt.NDArray[Any]]:
    """Return what the others are told: the series before the tail, and the past of each window."""
    tail = trained.tail
    horizon, season_length = tail.horizon, tail.season_length
    known = {position: at.validation for position, at in trained.points.items()}
    windows = tail.places.pairs()
    values = [series[position].known_values(end) for position, end in known.items()]
    firsts = [max(0, cutoff - _LONGEST_PAST) for _, cutoff in windows]
    pasts = [
        series[position].known_values(cutoff)[first:]
        for (position, cutoff), first in zip(windows, firsts, strict=True)
    ]
    dates = {position: _dates(series[position], season_length) for position in known}
    return {
        "values": np.concatenate(values),
        "lengths": np.array([own.size for own in values]),
        "starts": np.array([dates[position][0] for position in known]),
        "pasts": np.concatenate(pasts),
        "past_lengths": np.array([past.size for past in pasts]),
        "past_starts": np.array(
            [dates[position][first] for (position, _), first in zip(windows, firsts, strict=True)]
        ),
        "frequency": np.array(_period(series[0], season_length)),
        "horizon": np.array(horizon),
        "context": np.array(max(_SEASONS * season_length, 2 * horizon)),
    }


def _dates(series: Series, season_length: int) -> npt.NDArray[np.datetime64]:
    """Return the dates of the values, (n,); those of a series without dates are made up."""
    count = series.values.size
    if series.calendar is None:
        made_up = pd.date_range(_FIRST_DAY, periods=count, freq=_UNDATED[season_length])
        return made_up.to_numpy("datetime64[s]")
    found = series.calendar.range(series.dropped, count)
    return found.tz_localize(None).to_numpy("datetime64[s]")


def _period(series: Series, season_length: int) -> str:
    """Return the frequency of a series as pandas names that of periods."""
    if series.calendar is None:
        return _UNDATED[season_length].removesuffix("S")
    return series.calendar.frequency.name.removesuffix("S")
