"""Measure what several machines share: a store, and a Ray cluster.

Publishers race in one store: by default in a folder, and in a bucket of moto's S3 server on this
machine. With `--url s3://bucket/prefix` they race in a bucket of yours, in which the model `racing`
then stays. Bulk jobs run on one and on two nodes of Ray, of one core each, and the nodes of
trainings are killed.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from tempfile import TemporaryDirectory

from benchmarks.cluster.jobs_on_ray import forecast_tables, survival
from benchmarks.cluster.publishers import Race, race
from benchmarks.cluster.reading import read
from benchmarks.cluster.s3_server import s3_server

_TABLES = 4


def main() -> None:
    """Run all parts, and print the figures."""
    parser = ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--publishers", type=int, default=20, help="default: %(default)s")
    parser.add_argument(
        "--versions", type=int, default=20, help="that each publishes; default: %(default)s"
    )
    parser.add_argument("--url", help="a bucket to race in, rather than moto's")
    parser.add_argument(
        "--series", type=int, default=50_000, help="in each of four tables; default: %(default)s"
    )
    parser.add_argument(
        "--trainings", type=int, default=5, help="whose nodes are killed; default: %(default)s"
    )
    options = parser.parse_args()
    if options.publishers:
        _race(options.publishers, options.versions, options.url)
    if options.series:
        _compare_nodes(options.series)
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
    print(f"\n{_TABLES} bulk jobs, each of {series} series of 100 points, on Ray.\n")
    one, two = (forecast_tables(nodes, _TABLES, series) for nodes in (1, 2))
    print("| nodes of one core | seconds | series/s |")
    print("| --- | --- | --- |")
    for nodes, found in ((1, one), (2, two)):
        rate = _TABLES * series / found.seconds
        print(f"| {nodes} | {found.seconds:.1f} | {rate:,.0f} |")
    print(f"| 2 : 1 | | {one.seconds / two.seconds:.2f} |")
    reading = read(series)
    print(
        f"\nWithout forecasts, a job reads {reading.series_a_second:,.0f} series/s, of "
        f"{reading.bytes_a_series:,.0f} bytes each in Parquet; it writes {two.bytes_a_series:,.0f}."
    )


def _kill_nodes(trainings: int) -> None:
    print(f"\n{trainings} trainings on two nodes of Ray; that of each is killed in its course.\n")
    found = survival(trainings)
    print("| jobs | nodes killed | attempts lost | jobs lost or published twice |")
    print("| --- | --- | --- | --- |")
    print(f"| {found.jobs} | {found.killed} | {found.attempts_lost} | {found.jobs_lost} |")


if __name__ == "__main__":
    main()
