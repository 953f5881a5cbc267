"""A program that runs the AutoARIMA of statsforecast with regressors.

It runs in an environment of its own, because statsforecast needs an older pandas than the service.
Its usage is `python -I run_auto_arima.py IN OUT`, where IN and OUT are NumPy archives that
`benchmarks.covariates.arima` writes and reads.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
from statsforecast.models import AutoARIMA


def main(source: str, target: str) -> None:
    """Read windows from `source`, forecast them, and write the forecasts to `target`."""
    given = np.load(source)
    points, lows, highs = [], [], []
    started = time.process_time()
    for values, past, ahead in zip(given["values"], given["past"], given["ahead"], strict=True):
        model = AutoARIMA(season_length=1, max_p=3, max_q=3, approximation=True)
        kept = _independent(past)
        regressors = {"X": past[:, kept], "X_future": ahead[:, kept]}
        found = model.forecast(y=values, h=len(ahead), level=[80], **regressors)
        points.append(found["mean"])
        lows.append(found["lo-80"])
        highs.append(found["hi-80"])
    seconds = (time.process_time() - started) / len(points)
    np.savez(target, point=points, low=lows, high=highs, seconds=seconds)


def _independent(columns: np.ndarray) -> list[int]:
    """Return which columns (t, k) are no sum of others before them and of a constant."""
    kept: list[int] = []
    basis = np.ones((len(columns), 1))
    for index in range(columns.shape[1]):
        longer = np.column_stack([basis, columns[:, index]])
        if np.linalg.matrix_rank(longer) == longer.shape[1]:
            basis = longer
            kept.append(index)
    return kept


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
