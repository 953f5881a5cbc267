"""Checkpoints of a pretraining run: a folder each, which appears whole, by one rename."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from forecasting.errors import DataFileError
from training.pretraining.config import PretrainConfig

_CONFIG = "config.json"


class RunFolder:
    """Where a run keeps its configuration and its newest checkpoint.

    `config` is the run's; a folder that holds another one is refused, its number of steps apart,
    with DataFileError.
    """

    def __init__(self, path: Path, config: PretrainConfig) -> None:
        self._path = path
        path.mkdir(parents=True, exist_ok=True)
        known = path / _CONFIG
        if known.exists():
            before = PretrainConfig.model_validate_json(known.read_bytes())
            if before.model_copy(update={"steps": config.steps}) != config:
                raise DataFileError(
                    f"{known}: the run was begun with another configuration. Go on with that one, "
                    "or begin a run in another folder."
                )
        known.write_text(config.model_dump_json(indent=2) + "\n")

    def restore(self, network: Any, average: Any) -> int:
        """Load the newest checkpoint, if any, into both networks; returns the steps behind it.

        `network` must be compiled: its optimizer goes on from where it was.
        """
        newest = max(self._checkpoints(), default=None)
        if newest is None:
            return 0
        steps, folder = newest
        network.optimizer.build(network.trainable_variables)
        network.load_weights(folder / "network.weights.h5")
        average.load_weights(folder / "average.weights.h5")
        return steps

    def save(self, network: Any, average: Any, steps: int) -> None:
        """Write a checkpoint, then remove those before it."""
        before = list(self._checkpoints())
        draft = self._path / ".draft-checkpoint"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        network.save_weights(draft / "network.weights.h5")
        average.save_weights(draft / "average.weights.h5")
        target = self._path / f"steps-{steps}"
        if not target.exists():
            draft.rename(target)
        for step, folder in before:
            if step != steps:
                shutil.rmtree(folder)

    def _checkpoints(self) -> list[tuple[int, Path]]:
        return [
            (int(path.name.removeprefix("steps-")), path)
            for path in self._path.iterdir()
            if re.fullmatch(r"steps-\d+", path.name)
        ]
