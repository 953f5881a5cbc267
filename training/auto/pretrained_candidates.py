"""The candidates of a search that start from a pretrained network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.zero_shot import split_at_summary
from forecasting.prediction.calibration import FEWEST_WINDOWS, Calibration
from forecasting.prediction.conformal import NARROWEST, WIDEST
from forecasting.store.manifest import Candidate, TrainingRound
from forecasting.types import Floats, NetworkFloats
from training.auto.comparison import Comparison, Trial
from training.auto.tuning import MOST_ROUNDS, Examples, Tuning, run_in_parts
from training.auto.windows import TuningWindows
from training.fitting.base_version import BaseVersion
from training.fitting.cutoffs import spread_cutoffs
from training.fitting.fit import FittedNetwork

_LEARNING_RATES = (0.001, 0.003)
_REAL_INPUTS = 64


@dataclass(frozen=True, slots=True)
class PretrainedCandidates:
    """Makes the candidates. They share one Keras network, whose weights change."""

    base: BaseVersion
    comparison: Comparison
    fitted: FittedNetwork
    train: TuningWindows
    validation: TuningWindows

    @classmethod
    def prepare(cls, base: BaseVersion, comparison: Comparison) -> PretrainedCandidates:
        """Build the network, and cut the windows that it is trained and validated on."""
        recipe, points = comparison.recipe, comparison.points
        horizon = recipe.horizon
        signature = base.signature.trained_further(horizon, recipe.season_length)
        cut = partial(
            TuningWindows.cut,
            comparison.dataset.series,
            signature=signature,
            scaler=base.scaler,
            known={position: at.train for position, at in points.items()},
        )
        ranges = {
            position: range(_first_cutoff(recipe, at.train), at.train - horizon + 1)
            for position, at in points.items()
        }
        return cls(
            base,
            comparison,
            FittedNetwork(base.load_network(horizon), base.scaler, signature),
            cut(spread_cutoffs(ranges, recipe.max_windows, comparison.seed)),
            cut(comparison.validation),
        )

    def trials(self) -> Iterator[Trial]:
        """Make the network as it is, and then the one whose output layers are trained further."""
        forecaster = self.fitted.forecaster
        parent = self.base.parent
        name = f"{parent.model}/{parent.version}"

        tried: list[list[Any]] = []

        def trial(kind: str, seconds: float, **training: Any) -> Trial:
            candidate = Candidate(
                name=f"{name}, {kind}",
                validation=self.comparison.scored.score(forecaster),
                seconds=round(seconds, 1),
                **training,
            )
            tried.append(self.fitted.network.get_weights())
            finish = partial(self._finish, tried, len(tried) - 1)
            return Trial(candidate, self.comparison.recipe, finish, parent)

        yield trial("as it is", 0.0)
        if not len(self.train) or len(self.validation) < FEWEST_WINDOWS:
            return
        started = time.monotonic()
        tuning = self._tuning()
        stopped = tuning.run(_LEARNING_RATES)
        yield trial(
            "output layers trained",
            time.monotonic() - started,
            settings=tuning.settings,
            rounds=tuple(tuning.rounds),
            stopped=stopped,
        )

    def _tuning(self) -> Tuning:
        """Return the training of the output layers, for which the others are run but once."""
        recipe = self.comparison.recipe
        reader, output_layers = split_at_summary(self.fitted.network)
        epochs = MOST_ROUNDS * len(_LEARNING_RATES)
        numbers = count(1)

        def on_round(this: TrainingRound) -> None:
            self.comparison.on_epoch(next(numbers), epochs, this.loss, this.val_loss)

        return Tuning(
            output_layers,
            summarize(reader, self.train),
            summarize(reader, self.validation),
            self.fitted.signature.quantiles or (),
            recipe.batch_size,
            recipe.patience or MOST_ROUNDS,
            self.comparison.seed,
            self.comparison.deadline,
            on_round,
        )

    def _finish(self, tried: list[list[Any]], number: int) -> tuple[FittedNetwork, NetworkFloats]:
        """Set the weights `number` of those that were tried, and calibrate the intervals.

        The best was chosen by the validation windows, so that its errors there are smaller than
        they will be. So its intervals are made as wide as the errors of all candidates there ask
        for on average, and the fewer windows there are, the more as wide as those of the network as
        it was. Without such windows they are left as they are.
        """
        network, signature = self.fitted.network, self.fitted.signature
        windows = self.validation
        if not len(windows):
            network.set_weights(tried[number])
            nothing = np.zeros((1, signature.context_length, signature.channels), np.float32)
            return self.fitted, nothing
        predicted = np.stack([self._predict(weights) for weights in tried])
        network.set_weights(tried[number])
        point = slice(signature.point_index, signature.point_index + 1)
        calibration = Calibration.measure(
            predicted[..., point] + predicted[number] - predicted[number][..., point],
            windows.targets.astype(np.float64),
            signature,
            prior=_relative_reach(predicted, number, point),
        )
        return replace(self.fitted, calibration=calibration), windows.inputs[:_REAL_INPUTS]

    def _predict(self, weights: list[Any]) -> Floats:
        """Return what the network with the weights predicts on the validation windows."""
        self.fitted.network.set_weights(weights)
        reader, output_layers = split_at_summary(self.fitted.network)
        predicted = run_in_parts(output_layers, summarize(reader, self.validation).inputs)
        return np.sort(predicted, axis=-1).astype(np.float64)


def summarize(reader: Any, windows: TuningWindows) -> Examples:
    """Return the windows with what a network's first part, the `reader`, sees of each as inputs."""
    summaries = np.empty((len(windows), reader.output_shape[-1]), np.float32)
    for length in np.unique(windows.lengths).tolist():
        rows = windows.lengths == length
        summaries[rows] = run_in_parts(reader, windows.inputs[rows, -length:])
    return Examples(summaries, windows.targets, windows.weights)


def _relative_reach(predicted: Floats, number: int, point: slice) -> Floats:
    """Return how far from the point the first predictions reach, (horizon, outputs), relative to
    those of `number`, on average over the windows."""
    reach = np.abs(predicted - predicted[..., point]).mean(axis=1)
    relative = np.divide(
        reach[0], reach[number], where=reach[number] > 0, out=np.ones_like(reach[0])
    )
    return np.asarray(relative.clip(NARROWEST, WIDEST))


def _first_cutoff(recipe: ResolvedRecipe, train: int) -> int:
    """Return where the first training window is cut: after two seasons, if there are so many."""
    return max(recipe.shortest_context, min(2 * recipe.season_length, train - recipe.horizon))
