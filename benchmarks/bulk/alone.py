"""The Forecaster alone, on one core: `python -m benchmarks.bulk.alone TABLE SERIES VERSION`.

It is given what a bulk job gives it, series that are read and prepared, in batches of a thousand,
and prints the seconds that it takes for all of them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.bulk.runs import HORIZON, LEVELS, MODEL, ROOT
from benchmarks.bulk.tables import SEASON
from forecasting.prediction.pipeline import ForecastPlan, prepare
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series
from forecasting.series.timestamps import times_from_index
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore

_AT_ONCE = 1_000


def main() -> None:
    """Forecast the first series of a table, and print the seconds."""
    table, count, version = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    forecaster = load_version(ModelStore(ROOT / "model_store"), MODEL, version).forecaster
    frame = pd.read_parquet(table)
    groups = list(frame.groupby("unique_id", sort=False))[:count]
    series = [
        Series.from_dates(
            own["y"].to_numpy(), times_from_index(pd.DatetimeIndex(own["ds"])), id=str(name)
        )
        for name, own in groups
    ]
    quantiles = interval_quantiles(LEVELS[0])
    plans: list[ForecastPlan] = []
    for start in range(0, count, _AT_ONCE):
        some = series[start : start + _AT_ONCE]
        plans.append(
            prepare(
                some,
                forecaster.signature,
                horizon=HORIZON,
                quantiles=quantiles,
                season_lengths=[SEASON] * len(some),
            )
        )
    began = time.perf_counter()
    for plan in plans:
        horizons = np.full(len(plan.contexts), HORIZON)
        forecaster.predict(plan.contexts, horizons, plan.season_lengths, plan.dates)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
