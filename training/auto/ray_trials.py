"""Trials on all nodes of the Ray cluster that this process belongs to."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.store.manifest import Candidate
from training.auto.comparison import Comparison, Trial

_RETRIES = 3
"""How often a trial begins again whose node has died."""
_SCORING_SECONDS = 15.0
"""How long the trials of other nodes may take to be scored once the time is over."""


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """What a trial is called, and what it is trained by."""

    name: str
    recipe: ResolvedRecipe
    settings: dict[str, float]

    def run(self, comparison: Comparison) -> Trial:
        """Train and score it in this process."""
        return comparison.train(self.name, self.recipe, self.settings)


def belongs_to_ray(environment: Mapping[str, str]) -> bool:
    """Return whether a process is a job of Ray, or was told of a cluster as Ray's programs are."""
    return bool(environment.get("RAY_ADDRESS")) and find_spec("ray") is not None


def run_on_ray(comparison: Comparison, planned: list[PlannedTrial]) -> Iterator[Trial]:
    """Run the trials here, from the first on, and on all cores that are free, from the last on.

    So there is no waiting for a core if none is free. Once the time is over, no trial is begun
    anywhere, and those that have been begun are scored. A trial that was made elsewhere gives its
    scores alone: its network is trained again here if it is the best. The clocks of the nodes have
    to agree.
    """
    import ray

    ray.init(os.environ["RAY_ADDRESS"], log_to_driver=False, logging_level=logging.ERROR)
    ends_at = time.time() + comparison.deadline - time.monotonic()
    there = ray.put(replace(comparison, on_epoch=_nothing, deadline=math.inf))
    train = ray.remote(num_cpus=1, max_retries=_RETRIES)(_train)
    numbers = range(len(planned) - 1, 0, -1)
    tasks = {number: train.remote(there, planned[number], ends_at) for number in numbers}
    made: set[int] = set()

    def made_elsewhere(wait_seconds: float = 0.0) -> Iterator[Trial]:
        ended = _ended(tasks.values(), wait_seconds)
        for number in [number for number, task in tasks.items() if task in ended]:
            candidate = _result_of(tasks.pop(number))
            if candidate is not None:
                made.add(number)
                yield _trial_of(comparison, planned[number], candidate)

    try:
        for number, trial in enumerate(comparison.in_time(planned)):
            yield from made_elsewhere()
            if number in made:
                continue
            if number in tasks:
                ray.cancel(tasks.pop(number), force=True)
            yield trial.run(comparison)
        yield from made_elsewhere(_SCORING_SECONDS)
    finally:
        for task in tasks.values():
            ray.cancel(task, force=True)


def _train(comparison: Comparison, trial: PlannedTrial, ends_at: float) -> Candidate | None:
    """Run a trial in a process of another node until a time by the clock; None if it is over."""
    comparison = replace(comparison, deadline=time.monotonic() + ends_at - time.time())
    return None if comparison.is_over else trial.run(comparison).candidate


def _ended(tasks: Iterable[Any], wait_seconds: float) -> list[Any]:
    """Return the tasks that have ended, after waiting so long for those that have not."""
    import ray

    waiting = list(tasks)
    if not waiting:
        return []
    ended: list[Any]
    ended, _ = ray.wait(waiting, num_returns=len(waiting), timeout=wait_seconds)
    return ended


def _result_of(task: Any) -> Candidate | None:
    """Return what a trial came to; None if it failed, so that it is made here, or came too late."""
    import ray

    try:
        candidate: Candidate | None = ray.get(task)
    except ray.exceptions.RayError:
        return None
    return candidate


def _trial_of(comparison: Comparison, planned: PlannedTrial, candidate: Candidate) -> Trial:
    unhurried = replace(comparison, deadline=math.inf)
    return Trial(candidate, planned.recipe, lambda: planned.run(unhurried).finish())


def _nothing(*_: float) -> None:
    """Take in the losses of an epoch, which nobody on this node follows."""
