"""Training a pretrained network further on series of one owner, no longer than that helps.

After every round the trained weights are also tried moved back part of the way to the pretrained
ones: Wortsman et al. (2022), Robust fine-tuning of zero-shot models, section 3. What is best on the
validation windows is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from forecasting.networks.rnn import pinball_loss
from forecasting.store.manifest import TrainingRound
from forecasting.types import NetworkFloats, Positions

SHARES = (0.5, 0.75, 1.0)
"""How far the weights are moved from the pretrained to the trained ones."""
STEPS_PER_ROUND = 40
MOST_ROUNDS = 12
_AT_ONCE = 256

OnRound = Callable[[TrainingRound], None]
_TrainRound = Callable[[Positions], Any]
"""Trains on the rows of batches, (steps, batch), and returns the mean loss."""


class Examples(NamedTuple):
    """What a network is trained on, or validated on."""

    inputs: NetworkFloats
    """(n, …)."""
    targets: NetworkFloats
    """Scaled, (n, horizon); NaN where a value is missing."""
    weights: NetworkFloats
    """(n,)."""


@dataclass(slots=True)
class Tuning:
    """The training of one Keras network, from the same start at several learning rates."""

    network: Any
    """Its layers are trained, unless they are frozen. At the end it has the best weights."""
    train: Examples
    validation: Examples
    quantiles: Sequence[float]
    batch_size: int
    patience: int
    """Rounds without a lower validation loss before the training stops."""
    seed: int
    deadline: float
    """The time by `time.monotonic` at which it stops in any case."""
    on_round: OnRound
    settings: dict[str, float] = field(default_factory=dict)
    """What has given the best weights; empty as long as these are those of the start."""
    rounds: list[TrainingRound] = field(default_factory=list)
    _lowest: float = np.inf
    _best: list[Any] = field(default_factory=list)

    def run(self, learning_rates: Sequence[float]) -> str:
        """Train at each of the learning rates, and return why the last training stopped."""
        import keras

        start = self.network.get_weights()
        self._best, self._lowest = start, self._validation_loss()
        optimizer = keras.optimizers.Adam(clipnorm=1.0)
        train = self._compile(optimizer)
        stopped = ""
        for learning_rate in learning_rates:
            self.network.set_weights(start)
            for variable in optimizer.variables:
                variable.assign(keras.ops.zeros_like(variable))
            optimizer.learning_rate = learning_rate
            stopped = self._train(train, start, learning_rate)
            if time.monotonic() > self.deadline:
                break
        self.network.set_weights(self._best)
        return stopped

    def _train(self, train: _TrainRound, start: list[Any], learning_rate: float) -> str:
        """Train at one learning rate, and return why that stopped."""
        batches = self._batches()
        lowest, waited = np.inf, 0
        for number in range(1, MOST_ROUNDS + 1):
            loss = float(train(np.stack(list(islice(batches, STEPS_PER_ROUND)))))
            step = number * STEPS_PER_ROUND
            val_loss = self._try_shares(start, {"learning_rate": learning_rate, "steps": step})
            if not (np.isfinite(loss) and np.isfinite(val_loss)):
                return f"the loss was no finite number after {step} steps"
            self.rounds.append(TrainingRound(step=step, loss=loss, val_loss=val_loss))
            self.on_round(self.rounds[-1])
            waited = 0 if val_loss < lowest else waited + 1
            lowest = min(lowest, val_loss)
            if time.monotonic() > self.deadline:
                return f"the time limit was reached after {step} steps"
            if waited >= self.patience:
                return f"the validation loss had not fallen for {waited * STEPS_PER_ROUND} steps"
        return f"all {MOST_ROUNDS * STEPS_PER_ROUND} steps were done"

    def _compile(self, optimizer: Any) -> _TrainRound:
        """Return what takes a step on each of some batches, without a return to Python between."""
        import tensorflow as tf

        examples = [tf.constant(array) for array in self.train]
        variables = self.network.trainable_variables
        optimizer.build(variables)
        pinball = pinball_loss(tuple(self.quantiles))

        def train_round(batches: Any) -> Any:
            total = 0.0
            for rows in batches:
                inputs, targets, weights = (tf.gather(array, rows) for array in examples)
                with tf.GradientTape() as tape:
                    losses = pinball(targets, self.network(inputs, training=True))
                    loss = tf.reduce_mean(losses * weights)
                optimizer.apply(tape.gradient(loss, variables), variables)
                total += loss
            return total / STEPS_PER_ROUND

        compiled: _TrainRound = tf.function(train_round)
        return compiled

    def _try_shares(self, start: list[Any], settings: dict[str, float]) -> float:
        """Validate the weights, and some between these and the start; return the lowest loss."""
        trained = self.network.get_weights()
        lowest = np.inf
        for share in SHARES:
            moved = [old + share * (new - old) for old, new in zip(start, trained, strict=True)]
            self.network.set_weights(moved)
            loss = self._validation_loss()
            lowest = min(lowest, loss)
            if loss < self._lowest:
                self._lowest, self._best = loss, moved
                self.settings = settings | {"share": share}
        self.network.set_weights(trained)
        return lowest

    def _validation_loss(self) -> float:
        loss = pinball_loss(tuple(self.quantiles))
        inputs, targets, weights = self.validation
        losses = [
            np.asarray(loss(targets[rows], self.network(inputs[rows], training=False)))
            for rows in _parts(len(targets))
        ]
        return float(np.mean(np.concatenate(losses) * weights))

    def _batches(self) -> Iterator[Positions]:
        """Yield the rows of one batch after the other, in another order in each pass."""
        rng = np.random.default_rng(self.seed)
        count = len(self.train.targets)
        left = np.empty(0, np.int64)
        while True:
            while len(left) < self.batch_size:
                left = np.concatenate([left, rng.permutation(count)])
            yield left[: self.batch_size]
            left = left[self.batch_size :]


def run_in_parts(network: Any, inputs: NetworkFloats) -> NetworkFloats:
    """Return what a Keras network makes of inputs (n, …), some at a time."""
    parts = [np.asarray(network(inputs[rows], training=False)) for rows in _parts(len(inputs))]
    return np.concatenate(parts)


def _parts(count: int) -> Iterator[slice]:
    for first in range(0, count, _AT_ONCE):
        yield slice(first, first + _AT_ONCE)
