"""A program that runs one statsforecast model on many series.

It runs in an environment of its own, because statsforecast needs an older pandas than the service.
Its usage is `python -I run_statsforecast.py MODEL IN OUT`, where IN and OUT are NumPy archives that
`benchmarks.accuracy.baselines` writes and reads.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandas as pd
from statsforecast import StatsForecast, models


def main(model: str, source: str, target: str) -> None:
    """Read series from `source`, forecast them, and write the forecasts to `target`."""
    given = np.load(source)
    horizon, season_lengths = int(given["horizon"]), given["season_lengths"].tolist()
    lengths, quantiles = given["lengths"], given["quantiles"]
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(lengths)), lengths),
            "ds": np.concatenate([np.arange(length) for length in lengths]),
            "y": given["values"],
        }
    )
    told = season_lengths if len(season_lengths) > 1 else season_lengths[0]
    forecaster = StatsForecast(
        models=[getattr(models, model)(season_length=told, alias="forecast")],
        freq=1,
        n_jobs=1,
        fallback_model=models.SeasonalNaive(season_length=season_lengths[0]),
    )
    columns = [_column(quantile) for quantile in quantiles]
    levels = sorted({int(column.rpartition("-")[2]) for column in columns if "-" in column})
    first = frame[frame.unique_id == 0]
    forecaster.forecast(df=first, h=horizon, level=levels)
    started = time.process_time()
    forecasts = forecaster.forecast(df=frame, h=horizon, level=levels)
    seconds = time.process_time() - started
    shape = len(lengths), horizon
    np.savez_compressed(
        target,
        point=forecasts["forecast"].to_numpy(float).reshape(shape),
        quantiles=forecasts[columns].to_numpy(float).reshape(*shape, len(columns)),
        seconds=seconds,
    )


def _column(quantile: float) -> str:
    """Return the name of the column that holds a quantile.

    A quantile is an end of a central interval, and the median is the forecast itself.
    """
    level = round(abs(quantile - 0.5) * 200)
    if level == 0:
        return "forecast"
    return f"forecast-{'lo' if quantile < 0.5 else 'hi'}-{level}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
