"""A training job's folder: what the service hands to the process that trains.

job.json         what is asked
series.csv       the series, in the long format
attempt          the id of the attempt that may publish; empty where none may
checkpoint.npz   where the training stands
log.txt          what the attempts wrote
life.lock        held by the process of an attempt, for as long as it lives
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict

from forecasting.errors import AttemptOverError
from forecasting.manifest import ModelName, PromotePolicy
from forecasting.recipe import Recipe


class JobSpec(BaseModel):
    """What is asked. `horizon` and `season_length` are read from recipe and data where None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    model: ModelName
    store: Path
    recipe: Recipe
    horizon: int | None = None
    season_length: int | None = None
    frequency: str | None = None
    seed: int = 0
    promote: PromotePolicy = PromotePolicy.IF_BETTER
    keep: int = 0


@dataclass(frozen=True, slots=True)
class JobFolder:
    path: Path

    @property
    def series(self) -> Path:
        return self.path / "series.csv"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.npz"

    @property
    def life(self) -> Path:
        return self.path / "life.lock"

    def read_spec(self) -> JobSpec:
        return JobSpec.model_validate_json((self.path / "job.json").read_bytes())

    def write_spec(self, spec: JobSpec) -> None:
        (self.path / "job.json").write_text(spec.model_dump_json(indent=2))

    def permit(self, attempt: str) -> None:
        """From now on this attempt may publish, and no other."""
        with self._attempt(fcntl.LOCK_EX) as file:
            file.truncate(0)
            file.write(attempt.encode())

    def withdraw(self, attempt: str) -> None:
        """From now on this attempt may not publish, unless it is publishing at this moment.

        Nothing may publish from a folder that somebody has deleted.
        """
        with (
            suppress(BlockingIOError, FileNotFoundError),
            self._attempt(fcntl.LOCK_EX | fcntl.LOCK_NB) as file,
        ):
            if _content(file) == attempt:
                file.truncate(0)

    def discard_checkpoint(self) -> None:
        """Also one that was being written."""
        for path in self.path.glob(f"{self.checkpoint.stem}.*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def permission(self, attempt: str) -> Iterator[None]:
        """Inside, `attempt` may publish, and nobody takes that from it.

        Raises AttemptOverError where the job has gone on without it.
        """
        with self._attempt(fcntl.LOCK_EX) as file:
            if _content(file) != attempt:
                raise AttemptOverError("the job has gone on without this attempt.")
            yield

    @contextmanager
    def _attempt(self, lock: int) -> Iterator[IO[bytes]]:
        with (self.path / "attempt").open("ab+", buffering=0) as file:
            fcntl.flock(file, lock)
            yield file


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
