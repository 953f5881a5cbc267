"""The files in which the workers leave their metrics, for the service to answer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

_PREFIX, _SUFFIX = "metrics-", ".prom"


def metrics_file(folder: Path, worker: str) -> Path:
    """Return the file in a jobs folder with a worker's metrics in the format of Prometheus."""
    return folder / f"{_PREFIX}{worker}{_SUFFIX}"


def read_metrics_files(folder: Path) -> bytes:
    """Return what all workers have counted, in that format; nothing if no job has ended."""
    registry = CollectorRegistry()
    registry.register(_WorkerMetrics(folder))
    return generate_latest(registry)


def remove_metrics_files(folder: Path, *, keep: set[str]) -> None:
    """Remove the metrics of all workers but those to keep."""
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        if path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) not in keep:
            path.unlink(missing_ok=True)


class _WorkerMetrics(Collector):
    """The metrics of all workers, each told from the others by its label `worker`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return each metric once, with the samples of all workers."""
        found: dict[str, Metric] = {}
        for path in sorted(self._folder.glob(f"{_PREFIX}*{_SUFFIX}")):
            try:
                text = path.read_text()
            except OSError:
                continue
            for metric in text_string_to_metric_families(text):
                found.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                found[metric.name].samples += metric.samples
        return found.values()
