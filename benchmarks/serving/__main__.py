"""`make bench-serving` measures the service beside an echo server and naive Keras.

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

import numpy as np

from benchmarks.serving.servers import ROOT, Load, Server, drive, echo, naive, service
from forecasting.store.draft import publishing
from forecasting.store.store import ModelStore

MODEL = "airline-passengers"
CONNECTIONS = 16


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each figure")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("error: wrk, which generates the load, is missing (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "model_store", folder / "store")
        Benchmark(folder, options.seconds, options.rounds).run()


class Benchmark:
    """A run of the benchmark, with a store of its own."""

    def __init__(self, folder: Path, seconds: float, rounds: int) -> None:
        self.folder = folder
        self.seconds = seconds
        self.rounds = rounds
        self.store = ModelStore(folder / "store")

    def run(self) -> None:
        """Measure everything, and print a table after each measurement."""
        manifest = self.store.manifest(MODEL, 1)
        network = self.store.folder(MODEL, 1) / "model.keras"
        with (
            echo() as framework,
            naive(network, manifest.signature.context_length) as keras,
            service(self.store.root, self.folder / "jobs") as measured,
        ):
            self.compare("one series of 48 points", self.body(1, 48), framework, measured, keras)
            self.compare("one series of 1,000 points", self.body(1, 1_000), framework, measured)
            self.compare(
                "1,000 series of 100 points",
                self.body(1_000, 100),
                framework,
                measured,
                connections=2,
            )
            self.swap(measured)
            memory = measured.resident_mib
        self.start_and_memory(memory)

    def body(self, series: int, points: int) -> Path:
        """Write a request with so many series of so many points, and return its file."""
        rng = np.random.default_rng(0)
        values = rng.normal(100, 10, (series, points)).round(2).tolist()
        content = values[0] if series == 1 else [{"values": row} for row in values]
        path = self.folder / f"{series}x{points}.json"
        path.write_text(
            json.dumps({"model": MODEL, "series": content, "horizon": 12, "levels": []})
        )
        return path

    def drive(self, server: Server, body: Path, connections: int = CONNECTIONS) -> Load:
        """Measure a server once."""
        return drive(server, body, connections=connections, seconds=self.seconds)

    def compare(
        self,
        title: str,
        body: Path,
        framework: Server,
        measured: Server,
        keras: Server | None = None,
        connections: int = CONNECTIONS,
    ) -> None:
        """Measure the servers in turn with one request, and print how they compare."""
        servers = {"echo": framework, "the service": measured}
        if keras is not None:
            servers["naive Keras"] = keras
        loads: dict[str, list[Load]] = {name: [] for name in servers}
        for server in servers.values():
            drive(server, body, connections=connections, seconds=1)
        for _ in range(self.rounds):
            for name, server in servers.items():
                loads[name].append(self.drive(server, body, connections))
        print(f"\n### {title}, {connections} connections\n")
        print(
            "| | requests/s | p50 ms | p99 ms | requests/s, service : this | p99, service : this |"
        )
        print("| --- | --- | --- | --- | --- | --- |")
        for name, seen in loads.items():
            print(
                f"| {name} | {_median(seen, _rate):,.0f} | {_median(seen, _p50):.2f} "
                f"| {_median(seen, _p99):.2f} "
                f"| {_ratio(loads['the service'], seen, _rate):.2f} "
                f"| {_ratio(loads['the service'], seen, _p99):.2f} |"
            )

    def swap(self, measured: Server) -> None:
        """Measure the service, then again while a new version is published every second."""
        body = self.body(1, 48)
        steady, swapping = [], []
        for _ in range(self.rounds):
            steady.append(self.drive(measured, body))
            stop = threading.Event()
            publisher = threading.Thread(target=self.publish_every_second, args=(stop,))
            publisher.start()
            swapping.append(self.drive(measured, body))
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
        template = self.store.manifest(MODEL, 1)
        while not stop.wait(1):
            with publishing(self.store, MODEL) as draft:
                for name in template.files:
                    shutil.copy(self.store.folder(MODEL, 1) / name, draft.folder)
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
