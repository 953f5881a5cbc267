"""The Ray cluster that the process of a job belongs to, if it runs on one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.util import find_spec

JOB_CPUS = "FORECAST_RAY_JOB_CPUS"
"""The variable that tells the process of a job how many cores Ray has set aside for it."""


def belongs_to_ray(environment: Mapping[str, str]) -> bool:
    """Return whether a process is a job of Ray, or was told of a cluster as Ray's programs are."""
    return bool(environment.get("RAY_ADDRESS")) and find_spec("ray") is not None


def job_cores(environment: Mapping[str, str]) -> int:
    """Return how many cores Ray has set aside for this job; 1 if that is not known, or less."""
    return max(1, int(float(environment.get(JOB_CPUS) or 1)))


def connect(environment: Mapping[str, str]) -> None:
    """Let this process use the cluster it belongs to. Raises ConnectionError if it is gone."""
    import ray

    ray.init(environment["RAY_ADDRESS"], log_to_driver=False, logging_level=logging.ERROR)
