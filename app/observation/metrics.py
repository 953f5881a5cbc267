"""The metrics of the service, in the format of Prometheus.

Several workers share a folder, in which each keeps its numbers, so that any of them can answer for
all. The environment variable that names it must be set before prometheus_client is imported.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter as Counts
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_NETWORK_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)
_BATCH_SERIES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096)


class Metrics:
    """Everything that is counted and measured, for one application.

    Requests are counted here first and handed to prometheus_client together, by `settle`, because
    that takes much longer to count one.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._answered: Counts[tuple[str, int]] = Counts()
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._series: Counts[tuple[str, str]] = Counts()
        self.requests = Counter(
            "forecast_requests",
            "Requests that were answered.",
            ["operation", "status"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "forecast_request_seconds",
            "Time from a request's headers to the end of its answer.",
            ["operation"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self.series = Counter(
            "forecast_series",
            "Series in requests that were answered.",
            ["operation", "model"],
            registry=registry,
        )
        self.queued = Gauge(
            "forecast_queued_requests",
            "Requests that wait for a network, or whose network runs.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.network_seconds = Histogram(
            "forecast_network_seconds",
            "Time that a run of a network takes, scaling and seasons included.",
            buckets=_NETWORK_SECONDS,
            registry=registry,
        )
        self.batch_series = Histogram(
            "forecast_batch_series",
            "Series that are joined in a run of a network.",
            buckets=_BATCH_SERIES,
            registry=registry,
        )
        self.versions_loaded = Gauge(
            "forecast_versions_loaded",
            "Versions in memory.",
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.versions_refused = Gauge(
            "forecast_versions_refused",
            "Versions, and aliases of models, that are refused.",
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.jobs = Gauge(
            "forecast_jobs",
            "Jobs that are kept.",
            ["kind", "state"],
            multiprocess_mode="livemostrecent",
            registry=registry,
        )
        self.worker_alive = Gauge(
            "forecast_worker_alive",
            "1 if there is a worker that runs the jobs, else 0.",
            multiprocess_mode="livemostrecent",
            registry=registry,
        )

    def count_request(self, operation: str, status: int, seconds: float | None) -> None:
        """Count a request that was answered, and how long that took unless it is None."""
        self._answered[operation, status] += 1
        if seconds is not None:
            self._seconds[operation].append(seconds)

    def count_series(self, operation: str, model: str, count: int) -> None:
        """Count the series in a request that was answered."""
        self._series[operation, model] += count

    def settle(self) -> None:
        """Hand over what was counted since the last time."""
        for (operation, status), count in self._answered.items():
            self.requests.labels(operation, status).inc(count)
        for operation, seconds in self._seconds.items():
            histogram = self.request_seconds.labels(operation)
            for one in seconds:
                histogram.observe(one)
        for (operation, model), count in self._series.items():
            self.series.labels(operation, model).inc(count)
        self._answered.clear()
        self._seconds.clear()
        self._series.clear()

    def exposition(self) -> bytes:
        """Return all metrics as text, those of all workers if there are several."""
        registry = self._registry
        if _FOLDER in os.environ:
            _forget_dead_workers(Path(os.environ[_FOLDER]))
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _forget_dead_workers(folder: Path) -> None:
    """Remove what workers that are gone have said of the present; what they counted stays."""
    workers = {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*.db")}
    for worker in workers:
        if not Path("/proc", worker).exists():
            multiprocess.mark_process_dead(int(worker))  # type: ignore[no-untyped-call]


@contextmanager
def shared_by_workers(workers: int) -> Iterator[None]:
    """Let processes that are started inside the block share their metrics if they are several."""
    if workers == 1:
        yield
        return
    folder = tempfile.mkdtemp(prefix="forecast-metrics-")
    os.environ[_FOLDER] = folder
    try:
        yield
    finally:
        del os.environ[_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)
