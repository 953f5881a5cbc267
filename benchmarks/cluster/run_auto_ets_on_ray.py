"""What a user would do instead on Ray: statsforecast's AutoETS on each group of a data set.

This is how Ray's documentation applies a model to every group: `groupby` and `map_groups` of Ray
Data. It runs in the environment of the baselines, on nodes of one core each, each on a core of its
own: `python run_auto_ets_on_ray.py TABLE NODES`. It prints the seconds that it takes, once the
workers have imported everything.
"""

from __future__ import annotations

import logging
import os
import sys
import time

import pandas as pd
import ray
from ray.cluster_utils import Cluster
from statsforecast.models import AutoETS

SEASON, HORIZON, LEVEL = 7, 14, 80
_WARMING_ROWS = 200


def forecast(frame: pd.DataFrame) -> pd.DataFrame:
    """Forecast one series, with its interval."""
    model = AutoETS(season_length=SEASON).fit(frame["y"].to_numpy())
    ahead = model.predict(HORIZON, level=[LEVEL])
    dates = pd.date_range(frame["ds"].iloc[-1], periods=HORIZON + 1, freq="D")[1:]
    return pd.DataFrame({"unique_id": frame["unique_id"].iloc[0], "ds": dates, **ahead})


def main() -> None:
    """Forecast the series of a table, and print the seconds."""
    path, nodes = sys.argv[1], int(sys.argv[2])
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    cores = sorted(os.sched_getaffinity(0))
    for number in range(nodes):
        os.sched_setaffinity(0, {cores[number % len(cores)]})
        cluster.add_node(num_cpus=1)
    os.sched_setaffinity(0, cores)
    ray.init(cluster.address, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    table = ray.data.read_parquet(path).materialize()
    for series in (table.limit(_WARMING_ROWS), table):
        began = time.perf_counter()
        series.groupby("unique_id").map_groups(forecast, batch_format="pandas").materialize()
        seconds = time.perf_counter() - began
    print(seconds)
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main()
