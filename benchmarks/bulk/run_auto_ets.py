"""What a user would do instead: a pandas loop over statsforecast's AutoETS, on all cores.

It runs in the environment of the baselines: `python run_auto_ets.py TABLE SERIES`. It prints the
seconds that it takes, once everything is imported and compiled.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from os import sched_getaffinity

import pandas as pd
from statsforecast.models import AutoETS

SEASON, HORIZON, LEVEL = 7, 14, 80


def forecast(group: tuple[str, pd.DataFrame]) -> pd.DataFrame:
    """Forecast one series, with its interval."""
    name, frame = group
    model = AutoETS(season_length=SEASON).fit(frame["y"].to_numpy())
    ahead = model.predict(HORIZON, level=[LEVEL])
    dates = pd.date_range(frame["ds"].iloc[-1], periods=HORIZON + 1, freq="D")[1:]
    return pd.DataFrame({"unique_id": name, "ds": dates, **ahead})


def main() -> None:
    """Forecast the first series of a table, and print the seconds."""
    frame = pd.read_parquet(sys.argv[1])
    names = frame["unique_id"].unique()[: int(sys.argv[2])]
    groups = list(frame[frame["unique_id"].isin(names)].groupby("unique_id", sort=False))
    cores = len(sched_getaffinity(0))
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(forecast, groups[: 2 * cores]))
        began = time.perf_counter()
        pd.concat(pool.map(forecast, groups, chunksize=8))
        print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
