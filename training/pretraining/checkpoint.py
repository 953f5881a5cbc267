"""Checkpoints of a pretraining run.

Each is a folder that is written under another name and then renamed, so that it appears whole.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from forecasting.errors import DataFileError
from forecasting.store.atomic_files import write_files_atomically
from training.pretraining.config import PretrainConfig

_CONFIG = "config.json"


class RunFolder:
    """The folder in which a run keeps its configuration and its newest checkpoint."""

    def __init__(self, path: Path, config: PretrainConfig) -> None:
        """Create the folder, or open it if a run with this configuration has begun in it.

        Only the number of steps may differ from before. Raises DataFileError if anything else does.
        """
        self._path = path
        path.mkdir(parents=True, exist_ok=True)
        config_file = path / _CONFIG
        if config_file.exists():
            earlier = PretrainConfig.model_validate_json(config_file.read_bytes())
            if earlier.model_copy(update={"steps": config.steps}) != config:
                raise DataFileError(
                    f"{config_file}: the run was begun with another configuration. Continue with "
                    "that configuration, or begin a run in another folder."
                )
        write_files_atomically({config_file: config.model_dump_json(indent=2).encode() + b"\n"})

    def restore(self, network: Any, average: Any) -> int:
        """Load the newest checkpoint into both networks; return its number of steps, or 0.

        `network` must be compiled, because the state of its optimizer is loaded too. `average` is
        the network with the mean weights.
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
        """Write a checkpoint, then remove the earlier ones."""
        earlier = list(self._checkpoints())
        draft = self._path / ".draft-checkpoint"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        network.save_weights(draft / "network.weights.h5")
        average.save_weights(draft / "average.weights.h5")
        target = self._path / f"steps-{steps}"
        if not target.exists():
            draft.rename(target)
        for earlier_steps, folder in earlier:
            if earlier_steps != steps:
                shutil.rmtree(folder)

    def _checkpoints(self) -> list[tuple[int, Path]]:
        return [
            (int(path.name.removeprefix("steps-")), path)
            for path in self._path.iterdir()
            if re.fullmatch(r"steps-\d+", path.name)
        ]
