"""Where a fit stands, on disk: a fit that is killed goes on from there.

Weights, the optimizer's state, the epoch, and what early stopping remembers. A fit that was
interrupted is not the one that was not, to the bit: windows come in another order.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.store.atomic_files import to_npz, write_files_atomically

_LEAST_SECONDS = 1.0
"""Between two checkpoints: what a kill costs at most, besides the epoch under way."""


@dataclass(slots=True)
class Checkpoint:
    """`stopping` is Keras' EarlyStopping, None where the recipe has none."""

    path: Path
    network: Any
    stopping: Any | None
    _saved_at: float = -_LEAST_SECONDS

    def epochs_done(self, epochs: int) -> int:
        """0 where there is no checkpoint; all `epochs` where early stopping had ended the fit."""
        state = self._read("epoch", "over")
        if state is None:
            return 0
        return epochs if state["over"] else int(state["epoch"])

    def restore(self) -> None:
        """Put network, optimizer and early stopping back, where there is a checkpoint."""
        self.network.optimizer.build(self.network.trainable_variables)
        state = self._read()
        if state is None:
            return
        for number, variable in enumerate(self._variables()):
            variable.assign(state[f"variable_{number}"])
        if self.stopping is not None:
            self.stopping.wait = int(state["wait"])
            self.stopping.best = float(state["best"])
            self.stopping.best_epoch = int(state["best_epoch"])
            self.stopping.best_weights = [
                state[f"best_{number}"] for number in range(len(self.network.weights))
            ]

    def save(self, epoch: int, *, over: bool) -> None:
        """`epoch` epochs are done. Saved at once where the fit is `over`, else now and then."""
        if not over and time.monotonic() - self._saved_at < _LEAST_SECONDS:
            return
        state: dict[str, Any] = {"epoch": epoch, "over": over}
        for number, variable in enumerate(self._variables()):
            state[f"variable_{number}"] = np.asarray(variable)
        if self.stopping is not None:
            state |= {name: getattr(self.stopping, name) for name in ("wait", "best", "best_epoch")}
            for number, weights in enumerate(self.stopping.best_weights):
                state[f"best_{number}"] = weights
        write_files_atomically({self.path: to_npz(state)})
        self._saved_at = time.monotonic()

    def _read(self, *names: str) -> dict[str, Any] | None:
        """All of the state, or what is named; None where there is none."""
        try:
            with np.load(self.path, allow_pickle=False) as saved:
                return {name: saved[name] for name in names or saved.files}
        except FileNotFoundError:
            return None

    def _variables(self) -> list[Any]:
        return [*self.network.weights, *self.network.optimizer.variables]
