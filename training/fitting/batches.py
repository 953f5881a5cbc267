"""The batches that a network is trained on, made while it is trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.scalers import Scaler
from forecasting.networks.signature import Signature
from forecasting.types import NetworkFloats
from training.fitting.window_arrays import input_length, training_arrays
from training.fitting.window_pool import WindowPool

_AT_ONCE = 1_024
"""The arrays of so many windows are made at a time."""


@dataclass(slots=True)
class Batches:
    """Batches of windows, which are drawn anew in each epoch. All have the same size."""

    pool: WindowPool
    recipe: ResolvedRecipe
    scaler: Scaler
    signature: Signature
    seed: int
    epoch: int = 0
    """How many epochs have begun. What is drawn depends on this and on the seed alone."""
    size: int = field(init=False)
    """The windows of a batch."""
    steps: int = field(init=False)
    """The batches of an epoch."""

    def __post_init__(self) -> None:
        """Find the sizes: no more windows in an epoch than there are, or than the recipe allows."""
        windows = min(len(self.pool), self.recipe.max_windows)
        self.size = min(self.recipe.batch_size, windows)
        self.steps = -(-windows // self.size)

    def dataset(self) -> Any:
        """Return a tf.data.Dataset of inputs and targets, which gives one epoch after the other."""
        import tensorflow as tf

        signature = self.signature
        ahead = signature.horizon if signature.covariates else 0
        inputs = (self.size, self._length + ahead, signature.channels)
        shapes = (inputs, (self.size, signature.horizon))
        blocks = tf.data.Dataset.from_generator(
            self._epoch,
            output_signature=tuple(tf.TensorSpec((None, *shape), tf.float32) for shape in shapes),
        )
        return (
            blocks.unbatch().apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(8)
        )

    @property
    def _length(self) -> int:
        return input_length(self.signature, self.pool.latest_cutoff)

    def _epoch(self) -> Iterator[tuple[NetworkFloats, NetworkFloats]]:
        """Yield the batches of the next epoch, (any, size, …) at a time."""
        rng = np.random.default_rng((self.seed, self.epoch))
        self.epoch += 1
        windows = self.pool.draw(self.steps * self.size, rng)
        rows = self.size * max(_AT_ONCE // self.size, 1)
        for start in range(0, len(windows), rows):
            inputs, targets = training_arrays(
                windows[start : start + rows], self.scaler, self.signature, self._length
            )
            yield (
                inputs.reshape(-1, self.size, *inputs.shape[1:]),
                targets.reshape(-1, self.size, targets.shape[1]),
            )
