"""The file in which the worker that runs the jobs leaves its metrics, for the service to answer."""

from __future__ import annotations

from pathlib import Path


def metrics_file(folder: Path) -> Path:
    """Return the file in a jobs folder that holds metrics in the format of Prometheus."""
    return folder / "metrics.prom"


def read_metrics_file(folder: Path) -> bytes:
    """Return what the worker has counted; nothing if no job has ended."""
    try:
        return metrics_file(folder).read_bytes()
    except OSError:
        return b""
