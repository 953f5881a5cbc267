"""Measure what several machines share: a store, and a Ray cluster.

Publishers race in one store: by default in a folder, and in a bucket of moto's S3 server on this
machine. With `--url s3://bucket/prefix` they race in a bucket of yours, in which the model `racing`
then stays. A bulk job runs on one and on two nodes of Ray, of one core each, beside AutoETS on as
many, and the nodes of trainings are killed.
"""

from __future__ import annotations

import os
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bulk.tables import make_table
from benchmarks.cluster.jobs_on_ray import forecast_table, survival
from benchmarks.cluster.publishers import Race, race
from benchmarks.cluster.reading import read
from benchmarks.cluster.s3_server import s3_server
from benchmarks.options import add_baselines_python

_POINTS = 100


def main() -> None:
    """Run all parts, and print the figures."""
    parser = ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--publishers", type=int, default=20, help="default: %(default)s")
    parser.add_argument(
        "--versions", type=int, default=20, help="that each publishes; default: %(default)s"
    )
    parser.add_argument("--url", help="a bucket to race in, rather than moto's")
    parser.add_argument(
        "--series", type=int, default=100_000, help="of the bulk job; default: %(default)s"
    )
    parser.add_argument(
        "--loop", type=int, default=400, help="series for AutoETS; default: %(default)s"
    )
    parser.add_argument(
        "--trainings", type=int, default=5, help="whose nodes are killed; default: %(default)s"
    )
    add_baselines_python(parser)
    options = parser.parse_args()
    if options.publishers:
        _race(options.publishers, options.versions, options.url)
    if options.series:
        _compare_nodes(options.series)
    if options.loop:
        _compare_auto_ets(options.baselines_python, options.loop)
    if options.trainings:
        _kill_nodes(options.trainings)


def _race(publishers: int, versions: int, url: str | None) -> None:
    print(f"{publishers} publishers race, {versions} versions each of one model.\n")
    print("| store | seconds | published | numbers claimed twice | lost | seen half | looks |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with TemporaryDirectory() as folder:
        print(_row("folder", race(folder, publishers, versions)))
    if url is not None:
        print(_row(url, race(url, publishers, versions)))
        return
    with s3_server() as env:
        os.environ.update(env)
        print(_row("S3 (moto)", race("s3://models/race", publishers, versions)))


def _row(store: str, found: Race) -> str:
    cells = (
        store,
        f"{found.seconds:.1f}",
        *(found.published, found.claimed_twice, found.lost, found.half, found.looks),
    )
    return f"| {' | '.join(map(str, cells))} |"


def _compare_nodes(series: int) -> None:
    print(f"\nA bulk job, {series} series of {_POINTS} points, on Ray.\n")
    with TemporaryDirectory() as folder:
        table = make_table(Path(folder).resolve() / "table.parquet", series, _POINTS)
        one, two = (forecast_table(nodes, table, series) for nodes in (1, 2))
    _print_nodes({1: one.seconds, 2: two.seconds}, series)
    reading = read(series)
    print(
        f"\nWithout forecasts, a job reads {reading.series_a_second:,.0f} series/s, of "
        f"{reading.bytes_a_series:,.0f} bytes each in Parquet; it writes {two.bytes_a_series:,.0f}."
    )


def _compare_auto_ets(python: Path, series: int) -> None:
    """Time what a user would do instead."""
    if not python.exists():
        print(f"\nAutoETS was not timed: there is no {python}.")
        return
    print(f"\nAutoETS by groups of a data set of Ray, {series} series of {_POINTS} points.\n")
    script = Path(__file__).with_name("run_auto_ets_on_ray.py")
    seconds = {}
    with TemporaryDirectory() as folder:
        table = make_table(Path(folder) / "table.parquet", series, _POINTS)
        for nodes in (1, 2):
            command = [str(python), str(script), str(table), str(nodes)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds[nodes] = float(done.stdout.split()[-1])
    _print_nodes(seconds, series)


def _print_nodes(seconds: dict[int, float], series: int) -> None:
    print("| nodes of one core | seconds | series/s |")
    print("| --- | --- | --- |")
    for nodes, taken in seconds.items():
        print(f"| {nodes} | {taken:.1f} | {series / taken:,.1f} |")
    print(f"| 2 : 1 | | {seconds[1] / seconds[2]:.2f} |", flush=True)


def _kill_nodes(trainings: int) -> None:
    print(f"\n{trainings} trainings on two nodes of Ray; that of each is killed in its course.\n")
    found = survival(trainings)
    print("| jobs | nodes killed | attempts lost | jobs lost or published twice |")
    print("| --- | --- | --- | --- |")
    print(f"| {found.jobs} | {found.killed} | {found.attempts_lost} | {found.jobs_lost} |")


if __name__ == "__main__":
    main()
