"""`make bench-client` forecasts a million points through the client and by HTTP alone.

By HTTP alone, the table is sent as an Arrow stream that was written before: in one request, and in
the parts that the client cuts it into, side by side. The client begins with a pandas frame and ends
with one. Timings vary from run to run. What counts are the ratios, which are taken side by side in
one run. Each figure is the median of several rounds, in which the ways take turns.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.serving.servers import ROOT, service
from forecast_client import ForecastClient

ARROW = "application/vnd.apache.arrow.stream"
ONE, PARTS, CLIENT = "HTTP, one request", "HTTP, four requests side by side", "the client"
HORIZON = 12
PATIENT = {"FORECAST_REQUEST_TIMEOUT_S": "600"}
"""A machine that is busy otherwise may take longer than a request usually may."""


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each figure")
    parser.add_argument("--series", type=int, default=10_000, help="series of 100 points")
    options = parser.parse_args()
    frame = panel(options.series, 100)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "model_store", folder / "store")
        with service(folder / "store", folder / "jobs", PATIENT) as server:
            print_table(measure(server.url, frame, options.rounds), len(frame))


def panel(series: int, points: int) -> pd.DataFrame:
    """Return so many series of so many days, with a trend, a season of a week and noise."""
    steps = np.arange(points)
    season = 100 + 0.2 * steps + 20 * np.sin(2 * np.pi * steps / 7)
    noise = np.random.default_rng(0).normal(0, 5, (series, points))
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"series {place}" for place in range(series)], points),
            "ds": np.tile(pd.date_range("2024-01-01", periods=points), series),
            "y": (season + noise).round(2).ravel(),
        }
    )


def measure(url: str, frame: pd.DataFrame, rounds: int) -> dict[str, list[float]]:
    """Return the seconds that each way took in each round."""
    whole = written(frame)
    quarter = len(frame) // 400 * 100
    parts = [written(frame[start : start + quarter]) for start in range(0, len(frame), quarter)]
    with httpx.Client(timeout=600) as http, ForecastClient(url) as client:

        def post(content: bytes) -> int:
            headers = {"content-type": ARROW, "accept": ARROW}
            answer = http.post(f"{url}/predict?horizon={HORIZON}", content=content, headers=headers)
            table = pa.ipc.open_stream(answer.raise_for_status().content).read_all()
            return int(table.num_rows)

        def side_by_side() -> int:
            with ThreadPoolExecutor(4) as threads:
                return sum(threads.map(post, parts))

        ways: dict[str, Callable[[], int]] = {
            ONE: lambda: post(whole),
            PARTS: side_by_side,
            CLIENT: lambda: len(client.predict(frame, horizon=HORIZON).frame),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(rounds + 1):
            for name, forecast in ways.items():
                started = time.perf_counter()
                assert forecast() == len(frame) // 100 * HORIZON
                if turn > 0:  # The first round warms up.
                    seconds[name].append(time.perf_counter() - started)
    return seconds


def written(frame: pd.DataFrame) -> bytes:
    """Return a frame as an Arrow stream."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def print_table(seconds: dict[str, list[float]], points: int) -> None:
    """Print the points a second of each way, and how the client compares."""
    print(f"\n{points:,} points of {points // 100:,} series, {HORIZON} steps ahead\n")
    print("| | seconds | points/s | client : this |")
    print("| --- | --- | --- | --- |")
    for name, seen in seconds.items():
        ratios = [other / own for other, own in zip(seen, seconds[CLIENT], strict=True)]
        middle = statistics.median(seen)
        print(
            f"| {name} | {middle:.2f} | {points / middle:,.0f} | {statistics.median(ratios):.2f} |"
        )


if __name__ == "__main__":
    main()
