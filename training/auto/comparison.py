"""Networks that are compared on the validation part; the held-out tail plays no part in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from forecasting.evaluation.data_split import SplitPoints, find_split_points
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.store.manifest import Candidate, Parent, TrainingRound
from forecasting.types import NetworkFloats
from training.dataset import Dataset
from training.evaluation import ScoredWindows, most_windows
from training.fitting.cutoffs import Cutoffs, spread_cutoffs
from training.fitting.fit import FittedNetwork, OnEpoch
from training.fitting.train import train_network
from training.fitting.trained import TrainedNetwork, real_inputs

_MOST_VALIDATION = 400
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate, and what makes it ready to be published."""

    candidate: Candidate
    recipe: ResolvedRecipe
    """The recipe that it was trained by."""
    finish: Callable[[], tuple[FittedNetwork, NetworkFloats]]
    """Returns the network, and inputs for it on which its compiled form is checked."""
    parent: Parent | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The windows on which candidates are compared, and the time that there is for it."""

    dataset: Dataset
    recipe: ResolvedRecipe
    points: Mapping[int, SplitPoints]
    validation: Cutoffs
    scored: ScoredWindows
    """The windows of the validation part as they are scored."""
    seed: int
    deadline: float
    on_epoch: OnEpoch

    @classmethod
    def prepare(
        cls,
        dataset: Dataset,
        recipe: ResolvedRecipe,
        *,
        seed: int,
        time_limit_s: float,
        on_epoch: OnEpoch,
    ) -> Self:
        """Choose the windows. The time counts from the moment when TensorFlow is loaded.

        Raises RecipeError if no series can be trained on.
        """
        points = find_split_points(dataset.series, recipe)
        most = min(most_windows(dataset), _MOST_VALIDATION)
        validation = _spread(points, recipe, lambda at: (at.train, at.validation), most)
        known = {position: at.train for position, at in points.items()}
        scored = _scored(dataset, validation, recipe, known)
        import_tensorflow_quietly()
        deadline = time.monotonic() + time_limit_s
        return cls(dataset, recipe, points, validation, scored, seed, deadline, on_epoch)

    def train(self, name: str, recipe: ResolvedRecipe, settings: dict[str, float]) -> Trial:
        """Train a network from scratch, on the same parts of the series, and score it."""
        started = time.monotonic()
        rounds: list[TrainingRound] = []

        def on_own_epoch(epoch: int, epochs: int, loss: float, val_loss: float) -> None:
            if math.isfinite(loss) and math.isfinite(val_loss):
                rounds.append(TrainingRound(step=epoch, loss=loss, val_loss=val_loss))
            self.on_epoch(epoch, epochs, loss, val_loss)

        fitted, parts = train_network(
            self.dataset, recipe, seed=self.seed, on_epoch=on_own_epoch, deadline=self.deadline
        )
        candidate = Candidate(
            name=name,
            settings={**settings, "epochs": len(rounds)},
            validation=self.scored.score(fitted.forecaster),
            seconds=round(time.monotonic() - started, 1),
            rounds=tuple(rounds),
            stopped=fitted.stopped,
        )
        return Trial(candidate, recipe, lambda: (fitted, real_inputs(fitted, parts)))

    @property
    def is_over(self) -> bool:
        """Whether the time is over, after which no further trial is begun."""
        return time.monotonic() > self.deadline

    def in_time(self, trials: Iterable[T]) -> Iterator[T]:
        """Yield what is to be tried, or has been, until the time is over; the first in any case."""
        for trial in trials:
            yield trial
            if self.is_over:
                return

    def choose(
        self, trials: Iterable[Trial], say: Callable[[str], None]
    ) -> tuple[ResolvedRecipe, TrainedNetwork]:
        """Return the best of the trials, all of which were begun in time, with its recipe.

        The one with the lowest MASE wins, and the first of several. `say` is told in a line what
        has come of each.
        """
        best: Trial | None = None
        candidates: list[Candidate] = []
        for trial in trials:
            candidates.append(trial.candidate)
            say(_in_a_line(trial.candidate))
            if best is None or _rank(trial.candidate) < _rank(best.candidate):
                best = trial
        if self.is_over:
            say("no further candidate is trained: the time limit is over")
        assert best is not None
        fitted, inputs = best.finish()
        return best.recipe, TrainedNetwork(
            fitted,
            self.points,
            self._tail(),
            inputs,
            tuple(this for candidate in candidates for this in candidate.rounds),
            best.parent,
            tuple(
                candidate.model_copy(update={"chosen": candidate is best.candidate})
                for candidate in candidates
            ),
        )

    def _tail(self) -> ScoredWindows:
        places = _spread(
            self.points,
            self.recipe,
            lambda at: (at.validation, at.length),
            most_windows(self.dataset),
        )
        known = {position: at.validation for position, at in self.points.items()}
        return _scored(self.dataset, places, self.recipe, known)


def _spread(
    points: Mapping[int, SplitPoints],
    recipe: ResolvedRecipe,
    part: Callable[[SplitPoints], tuple[int, int]],
    most: int,
) -> Cutoffs:
    """Choose cutoffs, evenly spaced, of windows whose target lies in a part of each series."""
    ranges = {}
    for position, at in points.items():
        start, end = part(at)
        ranges[position] = range(start, end - recipe.horizon + 1)
    return spread_cutoffs(ranges, most)


def _scored(
    dataset: Dataset, places: Cutoffs, recipe: ResolvedRecipe, known: Mapping[int, int]
) -> ScoredWindows:
    return ScoredWindows.cut(
        dataset,
        places,
        known=known,
        horizon=recipe.horizon,
        season_length=recipe.season_length,
    )


def _rank(candidate: Candidate) -> tuple[float, float]:
    """Return what the best candidate has least of: MASE, or sMAPE where there is no MASE."""
    scores = candidate.validation
    return (
        math.inf if scores.mase is None else scores.mase,
        math.inf if scores.smape is None else scores.smape,
    )


def _in_a_line(candidate: Candidate) -> str:
    mase = candidate.validation.mase
    line = f"{candidate.name}: MASE {'–' if mase is None else f'{mase:.3f}'} on the validation part"
    return f"{line}; stopped because {candidate.stopped}" if candidate.stopped else line
