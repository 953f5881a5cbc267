"""`make bench-bulk` measures bulk jobs: against the Forecaster alone, on two cores, as they grow.

It also kills a job ten times with SIGKILL, and counts what is lost or there twice; and it times a
pandas loop over statsforecast's AutoETS on all cores. Each job is timed whole, from the start of
its process to its end. What a series costs is the time of a job less that of one with a hundred
series, a part for each of its processes, which is what starting takes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import dataset

from benchmarks.bulk.runs import HORIZON, MODEL, ROOT, Run, make_job, on_cores, run, start
from benchmarks.bulk.tables import make_table
from benchmarks.options import add_baselines_python
from forecasting.store.store import ModelStore

_STARTING = 100
"""How many series a job has that is timed for what starting takes."""
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Bench:
    """Where tables lie, and which version forecasts."""

    folder: Path
    version: int

    def job(self, series: int, length: int, cores: list[int], series_a_part: int = 2_000) -> Run:
        """Make the table of so many series, unless it is there, and run a job on some cores."""
        folder = make_job(
            self.table(series, length),
            self.folder / "out",
            self.version,
            processes=len(cores),
            series_a_part=series_a_part,
        )
        return run(folder, cores)

    def table(self, series: int, length: int) -> Path:
        """Return a table of so many series, which is made unless it is there."""
        path = self.folder / f"{series}-{length}.parquet"
        return path if path.exists() else make_table(path, series, length)

    def cost(self, series: int, length: int, cores: list[int]) -> tuple[float, Run]:
        """Return the seconds that each series takes on some cores, and the run."""
        starting = self.job(_STARTING, length, cores, _STARTING // len(cores)).seconds
        found = self.job(series, length, cores)
        return (found.seconds - starting) / (series - _STARTING), found


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=20_000, help="series against the Forecaster")
    parser.add_argument(
        "--sizes", default="10000,100000", help="numbers of series of 200 points; the last is large"
    )
    parser.add_argument("--kills", type=int, default=10, help="how often a job is killed")
    parser.add_argument("--loop", type=int, default=400, help="series of the loop over AutoETS")
    latest = ModelStore(ROOT / "model_store").versions(MODEL)[-1]
    parser.add_argument("--version", type=int, default=latest, help="default: the latest")
    parser.add_argument("--folder", type=Path, help="for the tables; default: a temporary one")
    add_baselines_python(parser)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    try:
        bench = Bench(folder.resolve(), options.version)
        cores = sorted(os.sched_getaffinity(0))[:2]
        sizes = [int(size) for size in options.sizes.split(",")]
        for size in (_STARTING, *sizes):
            bench.table(size, 200)
        speeds(bench, options.series, cores)
        loop(bench, options.baselines_python, options.loop)
        growth(bench, sizes, cores)
        kills(bench, 5 * options.series, options.kills, cores)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def speeds(bench: Bench, series: int, cores: list[int]) -> None:
    """Compare one core with the Forecaster alone, and two cores with one."""
    table = bench.table(series, 100)
    one = bench.cost(series, 100, cores[:1])[0]
    given = (str(table), str(series), str(bench.version))
    command = on_cores(cores[:1], "benchmarks.bulk.alone", *given)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    alone = float(done.stdout) / series
    print(f"\n{series:,} series of 100 points, {HORIZON} steps ahead\n")
    print("| | µs a series | series/s | speed |")
    print("| --- | --- | --- | --- |")
    print(f"| the Forecaster alone, one core | {alone * 1e6:.0f} | {1 / alone:,.0f} | 1.00 |")
    print(f"| a bulk job, one core | {one * 1e6:.0f} | {1 / one:,.0f} | {alone / one:.2f} |")
    if len(cores) > 1:
        two = bench.cost(series, 100, cores)[0]
        print(f"| a bulk job, two cores | {two * 1e6:.0f} | {1 / two:,.0f} | {alone / two:.2f} |")
        print(f"\nTwo cores against one: {one / two:.2f}", flush=True)


def loop(bench: Bench, python: Path, series: int) -> None:
    """Time a pandas loop over AutoETS on all cores."""
    script = Path(__file__).with_name("run_auto_ets.py")
    table = bench.table(max(series, _STARTING), 100)
    if not python.exists():
        print(f"\nAutoETS was not timed: there is no {python}.")
        return
    done = subprocess.run(
        [str(python), str(script), str(table), str(series)],
        capture_output=True,
        text=True,
        check=True,
    )
    each = float(done.stdout) / series
    print(
        f"\nA pandas loop over AutoETS, all cores: {each * 1e6:,.0f} µs a series, "
        f"{1 / each:,.0f} series/s",
        flush=True,
    )


def growth(bench: Bench, sizes: list[int], cores: list[int]) -> None:
    """Show what a series costs, and what a job holds, as tables grow."""
    print(f"\nSeries of 200 points, {len(cores)} cores\n")
    print("| series | seconds | µs a series | MiB at most |")
    print("| --- | --- | --- | --- |")
    for size in sizes:
        each, found = bench.cost(size, 200, cores)
        memory = found.peak_bytes / _MIB
        print(f"| {size:,} | {found.seconds:.1f} | {each * 1e6:.0f} | {memory:.0f} |", flush=True)


def kills(bench: Bench, series: int, times: int, cores: list[int]) -> None:
    """Kill a job again and again, and count what is lost or there twice."""
    output = bench.folder / "killed"
    table = bench.table(series, 100)
    folder = make_job(table, output, bench.version, processes=len(cores))
    moments = random.Random(0)
    killed = 0
    for _ in range(times):
        process = start(folder, cores)
        time.sleep(moments.uniform(2.0, 5.0))
        if process.poll() is None:
            killed += 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    run(folder, cores)
    found = dataset.dataset(output).to_table(columns=["unique_id", "ds"])
    different = found.group_by(["unique_id", "ds"]).aggregate([])
    ids = pa.compute.count_distinct(found["unique_id"]).as_py()
    print(
        f"\nKilled {killed} times in the middle: "
        f"{series * HORIZON - different.num_rows} rows lost, "
        f"{found.num_rows - different.num_rows} doubled, of {series * HORIZON:,}; "
        f"{series - ids} series missing"
    )


if __name__ == "__main__":
    main()
