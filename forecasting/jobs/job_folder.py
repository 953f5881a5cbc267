"""A job's folder, which the service and the process that does the job share.

job.json         what is asked for (forecasting.jobs.job_spec)
series.json      the series to train on or to backtest on (forecasting.series.series_file)
attempt          the number and the id of the attempt that may publish; no id if none may
checkpoint.npz   how far a training has come
part-0.npz …     the forecasts that a backtest has made so far; for bulk jobs, what is in each part
scratch/         the rows of a bulk job's table, those of each series together
survey.json      what a bulk job has found in its table
result.json      the answer of a backtest, or what a bulk job has written, once it has succeeded
reports-….jsonl  what an attempt on another machine has reported
log.txt          what all attempts wrote to standard error
process.lock     locked by the process of an attempt for as long as that lives
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Self

from pydantic import ValidationError

from forecasting.errors import AttemptOverError, ForecastingError
from forecasting.jobs.job_spec import JOB_SPEC, JobSpec, TrainingSpec
from forecasting.series.series import Series
from forecasting.series.series_file import read_series, write_series
from forecasting.store.atomic_files import TEMPORARY_FILES, fsync_path, write_files_atomically


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The files of one job, and the permission to publish what it makes."""

    path: Path

    @property
    def log(self) -> Path:
        """The file that collects the standard error of all attempts."""
        return self.path / "log.txt"

    @property
    def checkpoint(self) -> Path:
        """The file that a training goes on from when its process was lost."""
        return self.path / "checkpoint.npz"

    def part(self, number: int) -> Path:
        """Return the file with one part of a backtest's forecasts."""
        return self.path / f"part-{number}.npz"

    @property
    def scratch(self) -> Path:
        """The folder in which a bulk job brings the rows of each series together."""
        return self.path / "scratch"

    @property
    def result(self) -> Path:
        """The file with the answer of a backtest, or with what a bulk job has written."""
        return self.path / "result.json"

    def reports(self, attempt: str) -> Path:
        """Return the file for what an attempt reports that runs on another machine."""
        return self.path / f"reports-{attempt}.jsonl"

    @property
    def process_lock(self) -> Path:
        """The file that the process of an attempt keeps locked for as long as it lives."""
        return self.path / "process.lock"

    @property
    def _attempt_file(self) -> Path:
        return self.path / "attempt"

    @property
    def _spec(self) -> Path:
        return self.path / "job.json"

    @property
    def _series(self) -> Path:
        return self.path / "series.json"

    def create(self, spec: JobSpec, series: Sequence[Series]) -> None:
        """Make the folder and write what the job is given, so that all of it is on disk.

        Raises OSError if that fails; then nothing of the folder is left.
        """
        self.path.mkdir(parents=True)
        try:
            write_series(self._series, series)
            self._spec.write_text(spec.model_dump_json(indent=2))
            self.log.touch()
            for path in (*self.path.iterdir(), self.path, self.path.parent):
                fsync_path(path)
        except OSError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def read_spec(self) -> JobSpec:
        """Return what the job is asked to do.

        Raises ForecastingError if another version of the service wrote it in another form.
        """
        try:
            return JOB_SPEC.validate_json(self._spec.read_bytes())
        except ValidationError as error:
            raise ForecastingError(
                "this job was queued by another version of the service, whose jobs this version "
                "cannot read. Send its request again.",
                code="job_failed",
            ) from error

    def program(self) -> str:
        """Return the package whose `run` does the job; `training` if that cannot be told, which
        then says why."""
        try:
            return self.read_spec().program
        except (ForecastingError, OSError):
            return TrainingSpec.program

    def move_store(self, store: str) -> None:
        """Let the job use another model store, because its own has moved.

        What is no specification stays as it is: whoever runs the job is told so.
        """
        with suppress(ValueError):
            spec = json.loads(self._spec.read_bytes())
            if isinstance(spec, dict):
                moved = json.dumps(spec | {"store": store}, indent=2).encode()
                write_files_atomically({self._spec: moved})

    def read_series(self) -> list[Series]:
        """Return the series that came with the job, exactly as they were."""
        return read_series(self._series)

    def permit(self, attempt: str, number: int = 1) -> None:
        """Let this attempt, the `number`th at the job, publish from now on, and no other.

        Raises AttemptOverError if a later one was permitted already, because whoever started this
        one stood still in between.
        """
        with self._attempt(fcntl.LOCK_EX) as file:
            if _Permitted.read(file).number > number:
                raise AttemptOverError("the job has gone on without this attempt.")
            _Permitted(number, attempt).write(file)

    def is_permitted(self, attempt: str) -> bool:
        """Return whether this attempt might publish at this moment.

        If somebody has deleted the folder, nothing can be published from it.
        """
        try:
            with self._attempt_file.open("rb") as file:
                return _Permitted.read(file).attempt == attempt
        except FileNotFoundError:
            return False

    def has_attempt(self) -> bool:
        """Return whether any attempt might publish at this moment, as one does that runs."""
        try:
            with self._attempt_file.open("rb") as file:
                return bool(_Permitted.read(file).attempt)
        except FileNotFoundError:
            return False

    def withdraw(self, attempt: str) -> None:
        """Forbid this attempt to publish from now on, unless it is publishing at this moment.

        If somebody has deleted the folder, nothing can be published from it, and nothing is done.
        """
        with (
            suppress(BlockingIOError, FileNotFoundError),
            self._attempt(fcntl.LOCK_EX | fcntl.LOCK_NB) as file,
        ):
            permitted = _Permitted.read(file)
            if permitted.attempt == attempt:
                replace(permitted, attempt="").write(file)

    def discard_checkpoints(self) -> None:
        """Delete what a next attempt would go on from, and files that were only half written."""
        for pattern in (self.checkpoint.name, "part-*", "reports-*", TEMPORARY_FILES):
            for path in self.path.glob(pattern):
                path.unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)

    @contextmanager
    def permission(self, attempt: str) -> Iterator[None]:
        """Let `attempt` publish inside the `with` block, where nobody can withdraw the permission.

        Raises AttemptOverError if the job has gone on without this attempt.
        """
        with self._attempt(fcntl.LOCK_EX) as file:
            if _Permitted.read(file).attempt != attempt:
                raise AttemptOverError("the job has gone on without this attempt.")
            yield

    @contextmanager
    def _attempt(self, lock: int) -> Iterator[IO[bytes]]:
        """Open the file that names the permitted attempt, and hold its lock."""
        with self._attempt_file.open("ab+", buffering=0) as file:
            fcntl.flock(file, lock)
            yield file


@dataclass(frozen=True, slots=True)
class _Permitted:
    """The attempt that may publish, as the file `attempt` names it."""

    number: int
    """Which of the attempts at the job it is, or the last one was; 0 if there was none."""
    attempt: str
    """Its id; empty if none may publish."""

    @classmethod
    def read(cls, file: IO[bytes]) -> Self:
        file.seek(0)
        number, _, attempt = file.read().decode().rpartition(" ")
        return cls(int(number or 0), attempt)

    def write(self, file: IO[bytes]) -> None:
        file.truncate(0)
        file.write(f"{self.number} {self.attempt}".encode())
