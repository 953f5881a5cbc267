"""What the worker counts and times, in a file that the service adds to its metrics."""

from __future__ import annotations

import logging
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, write_to_textfile

from app.jobs.metrics_file import metrics_file
from app.jobs.schemas import Job

_log = logging.getLogger("app")
_JOB_SECONDS = (5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400)


class JobMetrics:
    """The attempts that have ended, and how long jobs took, since this worker began."""

    def __init__(self, folder: Path, worker: str) -> None:
        """`folder` is the one of the jobs, and `worker` the name of this worker."""
        self._worker = worker
        self._file = metrics_file(folder, worker)
        self._registry = registry = CollectorRegistry()
        self._seconds = Histogram(
            "forecast_job_seconds",
            "Time from the start of a job to its end, all attempts included.",
            ["worker", "kind", "state"],
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self._attempts = Counter(
            "forecast_job_attempts",
            "Processes of jobs that have ended; those that were lost or interrupted start again.",
            ["worker", "kind", "ending"],
            registry=registry,
        )

    def add(self, job: Job) -> None:
        """Count the attempt that has ended, and take the time of the job if that has ended."""
        self._attempts.labels(self._worker, job.kind, job.attempts[-1].ending).inc()
        if job.started_at is not None and job.ended_at is not None:
            seconds = (job.ended_at - job.started_at).total_seconds()
            self._seconds.labels(self._worker, job.kind, job.state).observe(seconds)
        try:
            write_to_textfile(str(self._file), self._registry)
        except OSError as error:
            _log.warning("the metrics of the jobs are not written: %s", error)
