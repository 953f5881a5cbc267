"""A job's folder: what the service hands to the process that does the job, and gets back.

job.json         what is asked
series.csv       what to train on, in the long format
series.json      what to backtest on, as forecasting.series.series_file has it
attempt          the id of the attempt that may publish; empty where none may
checkpoint.npz   where a training stands
part-0.npz …     the forecasts of a backtest so far
result.json      the answer of a backtest that has succeeded
log.txt          what the attempts wrote
life.lock        held by the process of an attempt, for as long as it lives
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, TypeAdapter

from forecasting.errors import AttemptOverError
from forecasting.evaluation.backtest import Plan
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.networks.recipe import Recipe
from forecasting.prediction.bounds import Bounds
from forecasting.series.series import Series
from forecasting.store.atomic_files import TEMPORARY_FILES
from forecasting.store.manifest import ModelName, PromotePolicy


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    model: ModelName
    store: Path


class TrainingSpec(_Spec):
    """`horizon` and `season_length` are read from recipe and data where None."""

    kind: Literal["training"] = "training"
    recipe: Recipe
    horizon: int | None = None
    season_length: int | None = None
    frequency: str | None = None
    seed: int = 0
    promote: PromotePolicy = PromotePolicy.IF_BETTER
    keep: int = 0


class BacktestSpec(_Spec):
    """What BacktestTask says, its series apart; `refit`: with a version trained for each window."""

    kind: Literal["backtest"] = "backtest"
    version: int
    refit: bool
    season_lengths: tuple[int, ...]
    bounds: tuple[Bounds, ...]
    plan: Plan
    intervals: dict[str, tuple[float, float]]
    forecasts: bool
    failed: tuple[tuple[int, dict[str, Any]], ...] = ()

    def task(self, series: list[Series]) -> BacktestTask:
        return BacktestTask(
            model=self.model,
            version=self.version,
            series=series,
            season_lengths=self.season_lengths,
            bounds=self.bounds,
            plan=self.plan,
            intervals=self.intervals,
            forecasts=self.forecasts,
            failed=self.failed,
        )


def _kind(given: Any) -> Any:
    """Jobs that wait from before there were kinds are trainings."""
    return given.get("kind", "training")


JobSpec = TrainingSpec | BacktestSpec
_JOB_SPEC: TypeAdapter[JobSpec] = TypeAdapter(
    Annotated[
        Annotated[TrainingSpec, Tag("training")] | Annotated[BacktestSpec, Tag("backtest")],
        Discriminator(_kind),
    ]
)


@dataclass(frozen=True, slots=True)
class JobFolder:
    path: Path

    @property
    def training_series(self) -> Path:
        return self.path / "series.csv"

    @property
    def backtest_series(self) -> Path:
        return self.path / "series.json"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.npz"

    def part(self, number: int) -> Path:
        return self.path / f"part-{number}.npz"

    @property
    def result(self) -> Path:
        return self.path / "result.json"

    @property
    def life(self) -> Path:
        return self.path / "life.lock"

    def read_spec(self) -> JobSpec:
        return _JOB_SPEC.validate_json((self.path / "job.json").read_bytes())

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

    def discard_checkpoints(self) -> None:
        """What unfinished attempts go on from; also what was being written."""
        for pattern in (self.checkpoint.name, "part-*", TEMPORARY_FILES):
            for path in self.path.glob(pattern):
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
