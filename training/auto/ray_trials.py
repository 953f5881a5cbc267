"""Trials on all nodes of the Ray cluster that this process belongs to, with Ray Tune."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import ray
from ray import tune
from ray.tune.search import Searcher

from forecasting.jobs.ray_cluster import connect
from forecasting.store.manifest import Candidate
from forecasting.types import NetworkFloats
from training.auto.comparison import Comparison, Trial
from training.auto.recipe_trials import OnTrial, PlannedTrial
from training.fitting.fit import FittedNetwork

_RETRIES = 3
"""How often a trial begins again whose node has died."""
_SCORING_SECONDS = 15.0
"""How long the trials of other nodes may take to be scored once the time is over."""
_POLL_SECONDS = 0.2
_ENDING_SECONDS = 30.0
_CANDIDATE = "candidate"
_QUIET = {"RAY_AIR_NEW_OUTPUT": "0", "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1"}
"""Standard output is for what the job reports, and nobody looks at files of Ray Tune."""


def run_on_ray(
    comparison: Comparison, planned: Sequence[PlannedTrial], on_trial: OnTrial
) -> Iterator[Trial]:
    """Run the trials here, from the first on, and on all cores that are free, from the last on.

    So there is no waiting for a core if none is free. Once the time is over, no trial is begun
    anywhere, and those that have been begun are scored. A trial that was made elsewhere gives its
    scores alone: its network is trained again here if it is the best. The clocks of the nodes have
    to agree.
    """
    connect(os.environ)
    shared = _Shared(deque([0]), deque(range(1, len(planned))))
    tuning = Thread(target=_tune, args=(comparison, planned, shared), daemon=True)
    tuning.start()
    late = comparison.deadline + _SCORING_SECONDS
    done: set[int] = set()
    try:
        while len(done) < len(planned):
            for other, candidate in shared.take_ended():
                if candidate is None:
                    shared.here.append(other)
                elif other not in done:
                    done.add(other)
                    again = partial(on_trial, other + 1, len(planned), len(planned))
                    yield _trial_of(comparison, planned[other], candidate, again)
            number = None
            if not (done and comparison.is_over):
                number = shared.next_here(goes_on_elsewhere=tuning.is_alive())
            elif not (shared.goes_on_elsewhere and tuning.is_alive() and time.monotonic() < late):
                return
            if number is None:
                time.sleep(_POLL_SECONDS)
            elif number not in done:
                on_trial(number + 1, len(planned), len(done))
                done.add(number)
                yield planned[number].run(comparison)
    finally:
        shared.is_over = True
        tuning.join(_ENDING_SECONDS)
        ray.shutdown()


@dataclass
class _Shared:
    """Which trials wait, and what has become of the others; two threads use it without locks."""

    here: deque[int]
    """Trials that are to be made in this process."""
    waiting: deque[int]
    elsewhere: dict[str, int] = field(default_factory=dict)
    """The numbers of the trials that Ray Tune was given and has not ended, by its ids."""
    begun: set[str] = field(default_factory=set)
    ended: deque[tuple[int, Candidate | None]] = field(default_factory=deque)
    """What has come of trials elsewhere; None if nothing has."""
    is_over: bool = False

    def take_ended(self) -> Iterator[tuple[int, Candidate | None]]:
        """Yield what has come of trials elsewhere, each once."""
        while self.ended:
            yield self.ended.popleft()

    @property
    def goes_on_elsewhere(self) -> bool:
        """Whether a trial is trained elsewhere at this moment."""
        return any(trial in self.begun for trial in list(self.elsewhere))

    def next_here(self, *, goes_on_elsewhere: bool) -> int | None:
        """Return the next trial for this process, if there is one.

        In the end, this is one for which Ray Tune has found no core yet.
        """
        for trials in (self.here, self.waiting):
            if trials:
                return trials.popleft()
        for trial, number in list(self.elsewhere.items()):
            if trial not in self.begun or not goes_on_elsewhere:
                self.elsewhere.pop(trial, None)
                return number
        return None


class _HandOut(Searcher):  # type: ignore[misc]  # Ray has no types that mypy reads.
    """Gives Ray Tune the trials that wait, from the last one on, and takes what becomes of them."""

    def __init__(self, shared: _Shared) -> None:
        super().__init__()
        self._shared = shared

    def suggest(self, trial_id: str) -> dict[str, int] | str:
        """As `Searcher.suggest`."""
        if not self._shared.waiting:
            return str(Searcher.FINISHED)
        number = self._shared.waiting.pop()
        self._shared.elsewhere[trial_id] = number
        return {"number": number}

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """As `Searcher.on_trial_complete`."""
        number = self._shared.elsewhere.pop(trial_id, None)
        if number is not None:
            text = None if error or result is None else result.get(_CANDIDATE)
            candidate = None if text is None else Candidate.model_validate_json(text)
            self._shared.ended.append((number, candidate))

    def save(self, checkpoint_path: str) -> None:
        """Keep nothing: a job that is begun again begins with its first trial."""


class _Begun(tune.Callback):  # type: ignore[misc]  # Ray has no types that mypy reads.
    """Notes which trials have found a core."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """As `Callback.on_trial_start`."""
        self._shared.begun.add(trial.trial_id)

    def on_trial_recover(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """As `Callback.on_trial_recover`."""
        self._shared.begun.discard(trial.trial_id)


class _Over(tune.Stopper):  # type: ignore[misc]  # Ray has no types that mypy reads.
    """Stops everything once this process wants no more trials."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """As `Stopper.__call__`."""
        return False

    def stop_all(self) -> bool:
        """As `Stopper.stop_all`."""
        return self._shared.is_over


def _tune(comparison: Comparison, planned: Sequence[PlannedTrial], shared: _Shared) -> None:
    """Let Ray Tune run trials that wait, for as long as there are some."""
    os.environ.update(_QUIET)
    train = tune.with_parameters(
        _train,
        comparison=replace(comparison, on_epoch=_nothing, deadline=math.inf),
        planned=planned,
        ends_at=time.time() + comparison.deadline - time.monotonic(),
    )
    with TemporaryDirectory() as folder:
        tune.Tuner(
            train,
            tune_config=tune.TuneConfig(search_alg=_HandOut(shared), num_samples=len(planned)),
            run_config=tune.RunConfig(
                storage_path=folder,
                stop=_Over(shared),
                callbacks=[_Begun(shared)],
                failure_config=tune.FailureConfig(max_failures=_RETRIES),
                verbose=0,
            ),
        ).fit()


def _train(
    config: dict[str, int],
    comparison: Comparison,
    planned: Sequence[PlannedTrial],
    ends_at: float,
) -> dict[str, str | None]:
    """Run a trial in a process of another node until a time by the clock, unless that is over."""
    hurried = replace(comparison, deadline=time.monotonic() + ends_at - time.time())
    if hurried.is_over:
        return {_CANDIDATE: None}
    return {_CANDIDATE: planned[config["number"]].run(hurried).candidate.model_dump_json()}


def _trial_of(
    comparison: Comparison,
    planned: PlannedTrial,
    candidate: Candidate,
    on_begin: Callable[[], None],
) -> Trial:
    unhurried = replace(comparison, deadline=math.inf)

    def train_again() -> tuple[FittedNetwork, NetworkFloats]:
        on_begin()
        return planned.run(unhurried).finish()

    return Trial(candidate, planned.recipe, train_again)


def _nothing(*_: float) -> None:
    """Take in the losses of an epoch, which nobody on this node follows."""
