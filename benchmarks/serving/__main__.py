"""`make bench-serving` measures the service beside an echo server and naive Keras.

The default model comes first, then a small network of one's own.

Timings vary from run to run. What counts are the ratios, which are taken side by side in one run.
Each figure is the median of several rounds, in which the servers take turns.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.serving.servers import ROOT, Load, drive, echo, naive, service
from benchmarks.serving.versions import compare_versions
from forecasting.store.draft import publishing
from forecasting.store.store import ModelStore

DEFAULT_MODEL = "zero-shot"
SMALL_MODEL = "airline-passengers"
THE_SERVICE = "the service"
CONNECTIONS = 16


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each figure")
    parser.add_argument(
        "--against",
        type=int,
        default=1,
        help=f"version of {DEFAULT_MODEL} that its newest is compared with",
    )
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("error: wrk, which generates the load, is missing (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "model_store", folder / "store")
        Benchmark(folder, options.seconds, options.rounds).run()
    compare_versions(ModelStore(ROOT / "model_store"), DEFAULT_MODEL, options.against)


class Benchmark:
    """A run of the benchmark, with a store of its own."""

    def __init__(self, folder: Path, seconds: float, rounds: int) -> None:
        self.folder = folder
        self.seconds = seconds
        self.rounds = rounds
        self.store = ModelStore(folder / "store")

    def run(self) -> None:
        """Measure everything, and print a table after each measurement."""
        manifest = self.store.manifest(SMALL_MODEL, 1)
        network = Path(self.store.location, SMALL_MODEL, "1") / "model.keras"
        with (
            echo() as framework,
            naive(network, manifest.signature.context_length) as keras,
            service(Path(self.store.location), self.folder / "jobs") as measured,
        ):
            one = {"echo": f"{framework.url}/one", THE_SERVICE: f"{measured.url}/predict"}
            many = one | {"echo": f"{framework.url}/many"}
            beside_keras = one | {"naive Keras": f"{keras.url}/predict"}
            print(f"\n## {DEFAULT_MODEL}, the default model, with default settings")
            self.compare("one series of 48 points", self.body(1, 48), one)
            self.compare("1,000 series of 100 points", self.body(1_000, 100), many, connections=2)
            print(f"\n## {SMALL_MODEL}, a small network")
            small = {"model": SMALL_MODEL, "horizon": 12, "levels": []}
            self.compare("one series of 48 points", self.body(1, 48, small), beside_keras)
            self.compare("one series of 1,000 points", self.body(1, 1_000, small), one)
            self.compare(
                "1,000 series of 100 points", self.body(1_000, 100, small), many, connections=2
            )
            self.swap(one[THE_SERVICE], self.body(1, 48, small))
            memory = measured.resident_mib
        self.start_and_memory(memory)

    def body(self, series: int, points: int, options: dict[str, Any] | None = None) -> Path:
        """Write a request with so many series of so many points, and return its file.

        The series have a trend and a season of 12 steps, so that all is done that a network does.
        """
        steps = np.arange(points)
        season = 100 + 0.2 * steps + 20 * np.sin(2 * np.pi * steps / 12)
        noise = np.random.default_rng(0).normal(0, 5, (series, points))
        values = (season + noise).round(2).tolist()
        content = values[0] if series == 1 else [{"values": row} for row in values]
        path = self.folder / f"{series}x{points}-{len(options or {})}.json"
        path.write_text(json.dumps({"series": content} | (options or {})))
        return path

    def drive(self, url: str, body: Path, connections: int = CONNECTIONS) -> Load:
        """Measure a server once."""
        return drive(url, body, connections=connections, seconds=self.seconds)

    def compare(
        self, title: str, body: Path, urls: dict[str, str], connections: int = CONNECTIONS
    ) -> None:
        """Measure the servers in turn with one request, and print how they compare."""
        loads: dict[str, list[Load]] = {name: [] for name in urls}
        for url in urls.values():
            drive(url, body, connections=connections, seconds=3)
        for _ in range(self.rounds):
            for name, url in urls.items():
                loads[name].append(self.drive(url, body, connections))
        print(f"\n### {title}, {connections} connections\n")
        print(
            "| | requests/s | p50 ms | p99 ms | requests/s, service : this | p99, service : this |"
        )
        print("| --- | --- | --- | --- | --- | --- |")
        for name, seen in loads.items():
            print(
                f"| {name} | {_median(seen, _rate):,.0f} | {_median(seen, _p50):.2f} "
                f"| {_median(seen, _p99):.2f} "
                f"| {_ratio(loads[THE_SERVICE], seen, _rate):.2f} "
                f"| {_ratio(loads[THE_SERVICE], seen, _p99):.2f} |"
            )

    def swap(self, url: str, body: Path) -> None:
        """Measure the service, then again while a new version is published every second."""
        steady, swapping = [], []
        for _ in range(self.rounds):
            steady.append(self.drive(url, body))
            stop = threading.Event()
            publisher = threading.Thread(target=self.publish_every_second, args=(stop,))
            publisher.start()
            swapping.append(self.drive(url, body))
            stop.set()
            publisher.join()
        print(f"\n### Versions swapped every second, {CONNECTIONS} connections\n")
        print("| | requests/s | p50 ms | p99 ms | p99, swapping : steady |")
        print("| --- | --- | --- | --- | --- |")
        for name, seen in (("steady", steady), ("swapping", swapping)):
            print(
                f"| {name} | {_median(seen, _rate):,.0f} | {_median(seen, _p50):.2f} "
                f"| {_median(seen, _p99):.2f} | {_ratio(seen, steady, _p99):.2f} |"
            )

    def publish_every_second(self, stop: threading.Event) -> None:
        """Publish copies of the version until `stop` is set."""
        template = self.store.manifest(SMALL_MODEL, 1)
        while not stop.wait(1):
            with publishing(self.store, SMALL_MODEL) as draft:
                for name in template.files:
                    shutil.copy(Path(self.store.location, SMALL_MODEL, "1") / name, draft.folder)
                draft.publish(
                    lambda version, files: template.model_copy(
                        update={"version": version, "files": files, "promotion": None}
                    )
                )

    def start_and_memory(self, memory: float) -> None:
        """Measure the start of the service and of TensorFlow; `memory` is the service's, in MiB."""
        starts, imports, imported = [], [], 0.0
        for _ in range(self.rounds + 2):
            with service(ROOT / "model_store", self.folder / "jobs") as measured:
                starts.append(measured.seconds_to_ready)
            started = time.perf_counter()
            output = subprocess.run(
                [sys.executable, "-c", _IMPORT_TENSORFLOW],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            imports.append(time.perf_counter() - started)
            imported = int(output.split()[-1]) / 1024
        start, tensorflow = statistics.median(starts), statistics.median(imports)
        print("\n### Start and memory\n")
        print("| | the service | importing TensorFlow alone | service : TensorFlow |")
        print("| --- | --- | --- | --- |")
        print(
            f"| process start to ready, s | {start:.2f} | {tensorflow:.2f} "
            f"| {start / tensorflow:.2f} |"
        )
        print(
            f"| resident memory after load, MiB | {memory:.0f} | {imported:.0f} "
            f"| {memory / imported:.2f} |"
        )


_IMPORT_TENSORFLOW = """
import resource, tensorflow
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _rate(load: Load) -> float:
    return load.requests_per_second


def _p50(load: Load) -> float:
    return load.p50


def _p99(load: Load) -> float:
    return load.p99


def _median(loads: list[Load], figure: Callable[[Load], float]) -> float:
    return statistics.median(map(figure, loads))


def _ratio(loads: list[Load], others: list[Load], figure: Callable[[Load], float]) -> float:
    """Return the median of the ratios of two servers, each ratio from one round."""
    return statistics.median(
        figure(load) / figure(other) for load, other in zip(loads, others, strict=True)
    )


if __name__ == "__main__":
    main()
