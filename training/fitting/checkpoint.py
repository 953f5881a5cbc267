"""A checkpoint of a fit, from which the fit can be resumed after its process was killed.

It holds the weights, the state of the optimizer, the number of epochs done, and what early stopping
remembers. A resumed fit does not give the same weights, bit for bit, as one that was never
interrupted, because the windows come in another order.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.store.atomic_files import to_npz, write_files_atomically

_SECONDS_BETWEEN_SAVES = 1.0
"""A kill loses at most this much time, besides the epoch in which it comes."""


@dataclass(slots=True)
class Checkpoint:
    """The checkpoint file of one fit, and the Keras objects whose state it keeps."""

    path: Path
    network: Any
    """The compiled Keras network."""
    stopping: Any | None
    """The EarlyStopping callback of the fit; None if the recipe does not stop early."""
    _saved_at: float = -_SECONDS_BETWEEN_SAVES

    def epochs_done(self, epochs: int) -> int:
        """Return how many of the `epochs` need not be done again.

        This is 0 if there is no checkpoint, and all of them if early stopping had ended the fit.
        """
        state = self._read("epoch", "over")
        if state is None:
            return 0
        return epochs if state["over"] else int(state["epoch"])

    def restore(self) -> None:
        """Set the network, its optimizer and early stopping to what the checkpoint says, if any."""
        self.network.optimizer.build(self.network.trainable_variables)
        state = self._read()
        if state is None:
            return
        for position, variable in enumerate(self._variables()):
            variable.assign(state[f"variable_{position}"])
        if self.stopping is not None:
            self.stopping.wait = int(state["wait"])
            self.stopping.best = float(state["best"])
            self.stopping.best_epoch = int(state["best_epoch"])
            self.stopping.best_weights = [
                state[f"best_{position}"] for position in range(len(self.network.weights))
            ]

    def save(self, epoch: int, *, over: bool) -> None:
        """Write the checkpoint after `epoch` epochs.

        Unless the fit is `over`, nothing is written shortly after another checkpoint.
        """
        if not over and time.monotonic() - self._saved_at < _SECONDS_BETWEEN_SAVES:
            return
        state: dict[str, Any] = {"epoch": epoch, "over": over}
        for position, variable in enumerate(self._variables()):
            state[f"variable_{position}"] = np.asarray(variable)
        if self.stopping is not None:
            state |= {name: getattr(self.stopping, name) for name in ("wait", "best", "best_epoch")}
            for position, weights in enumerate(self.stopping.best_weights):
                state[f"best_{position}"] = weights
        write_files_atomically({self.path: to_npz(state)})
        self._saved_at = time.monotonic()

    def _read(self, *names: str) -> dict[str, Any] | None:
        """Read the arrays that are named, or all if none is; None if there is no checkpoint."""
        try:
            with np.load(self.path, allow_pickle=False) as saved:
                return {name: saved[name] for name in names or saved.files}
        except FileNotFoundError:
            return None

    def _variables(self) -> list[Any]:
        return [*self.network.weights, *self.network.optimizer.variables]
