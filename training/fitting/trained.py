"""What a training ends with, before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecasting.evaluation.data_split import SplitPoints
from forecasting.store.manifest import Candidate, Parent, TrainingRound
from forecasting.types import NetworkFloats
from training.evaluation import ScoredWindows
from training.fitting.fit import FittedNetwork
from training.fitting.split import Split
from training.fitting.window_arrays import training_arrays

_MOST_REAL_INPUTS = 1_000
"""The compiled network is compared with Keras on so many windows at most."""


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """A fitted network, and what it is scored and published with."""

    fitted: FittedNetwork
    points: Mapping[int, SplitPoints]
    """The split points of each series that it was trained on, by its position in the dataset."""
    tail: ScoredWindows
    """The windows of the held-out tail."""
    real_inputs: NetworkFloats
    """Inputs (n, t, channels) on which the compiled network is compared with Keras."""
    rounds: tuple[TrainingRound, ...]
    """The losses of its training, or of all trainings of a search."""
    parent: Parent | None = None
    """The version that it was trained further from."""
    candidates: tuple[Candidate, ...] | None = None
    """What a search has tried; None if there was no search."""


def real_inputs(fitted: FittedNetwork, parts: Split) -> NetworkFloats:
    """Return inputs of some windows of the held-out tail, evenly spaced."""
    some = parts.test.thinned(_MOST_REAL_INPUTS)
    return training_arrays(some, fitted.scaler, fitted.signature)[0]
