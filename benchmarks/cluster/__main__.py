"""Measure what several machines share: publishers that race in one store.

By default they race in a folder, and in a bucket of moto's S3 server on this machine. With
`--url s3://bucket/prefix` they race in a bucket of yours, in which the model `racing` then stays.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from tempfile import TemporaryDirectory

from benchmarks.cluster.publishers import Race, race
from benchmarks.cluster.s3_server import s3_server


def main() -> None:
    """Race and print the figures."""
    parser = ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--publishers", type=int, default=20, help="default: %(default)s")
    parser.add_argument(
        "--versions", type=int, default=20, help="that each publishes; default: %(default)s"
    )
    parser.add_argument("--url", help="a bucket to race in, rather than moto's")
    options = parser.parse_args()
    counts = options.publishers, options.versions
    print(f"{counts[0]} publishers race, {counts[1]} versions each of one model.\n")
    print("| store | seconds | published | numbers claimed twice | lost | seen half | looks |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with TemporaryDirectory() as folder:
        print(_row("folder", race(folder, *counts)))
    if options.url is not None:
        print(_row(options.url, race(options.url, *counts)))
        return
    with s3_server() as env:
        os.environ.update(env)
        print(_row("S3 (moto)", race("s3://models/race", *counts)))


def _row(store: str, found: Race) -> str:
    cells = (
        store,
        f"{found.seconds:.1f}",
        *(found.published, found.claimed_twice, found.lost, found.half, found.looks),
    )
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
