"""Trials on all nodes of the Ray cluster that this process belongs to."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from forecasting.jobs.ray_cluster import connect
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.store.manifest import Candidate
from training.auto.comparison import Comparison, Trial

_RETRIES = 3
"""How often a trial begins again whose node has died."""


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """What a trial is called, and what it is trained by."""

    name: str
    recipe: ResolvedRecipe
    settings: dict[str, float]

    def run(self, comparison: Comparison) -> Trial:
        """Train and score it in this process."""
        return comparison.train(self.name, self.recipe, self.settings)


def run_on_ray(comparison: Comparison, planned: list[PlannedTrial]) -> Iterator[Trial]:
    """Run the trials here, from the first on, and on all cores that are free, from the last on.

    So there is no waiting for a core if none is free. A trial that was made elsewhere gives its
    scores alone: its network is trained again here if it is the best.
    """
    import ray

    connect(os.environ)
    seconds_left = comparison.deadline - time.monotonic()
    there = ray.put(replace(comparison, on_epoch=_nothing, deadline=math.inf))
    train = ray.remote(num_cpus=1, max_retries=_RETRIES)(_train)
    numbers = range(len(planned) - 1, 0, -1)
    tasks = {number: train.remote(there, planned[number], seconds_left) for number in numbers}
    done: set[int] = set()
    try:
        for number, trial in enumerate(planned):
            for other in [other for other, task in tasks.items() if _has_ended(task)]:
                candidate = _result_of(tasks.pop(other))
                if candidate is not None:
                    done.add(other)
                    yield _trial_of(comparison, planned[other], candidate)
            if number in done:
                continue
            if number in tasks:
                ray.cancel(tasks.pop(number), force=True)
            yield trial.run(comparison)
    finally:
        for task in tasks.values():
            ray.cancel(task, force=True)


def _train(comparison: Comparison, trial: PlannedTrial, seconds: float) -> Candidate:
    """Run a trial in a process of another node; its time counts from now on."""
    return trial.run(replace(comparison, deadline=time.monotonic() + seconds)).candidate


def _has_ended(task: Any) -> bool:
    import ray

    ended, _ = ray.wait([task], timeout=0)
    return bool(ended)


def _result_of(task: Any) -> Candidate | None:
    """Return what a trial came to; None if it failed, and is to be made here."""
    import ray

    try:
        candidate: Candidate = ray.get(task)
    except ray.exceptions.RayError:
        return None
    return candidate


def _trial_of(comparison: Comparison, planned: PlannedTrial, candidate: Candidate) -> Trial:
    unhurried = replace(comparison, deadline=math.inf)
    return Trial(candidate, planned.recipe, lambda: planned.run(unhurried).finish())


def _nothing(*_: float) -> None:
    """Take in the losses of an epoch, which nobody on this node follows."""
