"""Training jobs: one child process at a time, the rest wait.

A job is a folder of FORECAST_JOBS_DIR: `job.json` (its state, replaced whole at every change of
state), `series.csv` and `recipe.json` (what the child reads), `log.txt` (what it wrote).
"""

from __future__ import annotations

import asyncio
import csv
import json
import logging
import os
import secrets
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from app.errors import JobNotFoundError, TooManyJobsError
from app.schemas.train import Job, JobError, JobProgress, JobState, TrainRequest
from forecasting.manifest import Evaluation
from forecasting.recipe import Recipe
from forecasting.series import Series

_log = logging.getLogger("app")
_CODE_FOLDER = Path(__file__).parent.parent
_LOG_TAIL = 5


class Jobs:
    """Use it as an async context manager: inside, waiting jobs are run.

    Jobs that were not over when the service last ended are marked failed.
    """

    def __init__(
        self,
        folder: Path,
        store: Path,
        *,
        max_queued: int,
        on_published: Callable[[], Awaitable[None]],
    ) -> None:
        self._folder = folder
        self._store = store
        self._max_queued = max_queued
        self._on_published = on_published
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[str] = deque()
        self._wake = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._restore)
        self._runner = asyncio.create_task(self._run_waiting())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._runner is not None
        self._runner.cancel()
        await asyncio.gather(self._runner, return_exceptions=True)
        for job in self._jobs.values():
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                self._change(job.id, **_stopped())

    def newest_first(self) -> list[Job]:
        return sorted(self._jobs.values(), key=lambda job: job.created_at, reverse=True)

    def get(self, job_id: str) -> Job:
        """Raises JobNotFoundError."""
        if job_id not in self._jobs:
            raise JobNotFoundError(f"there is no job {job_id!r}; GET /jobs lists them.")
        return self._jobs[job_id]

    async def add(self, request: TrainRequest, recipe: Recipe, series: list[Series]) -> Job:
        """Queue a job. Raises TooManyJobsError where enough wait already."""
        if len(self._waiting) >= self._max_queued:
            raise TooManyJobsError(f"{len(self._waiting)} jobs are waiting; try again later.")
        job = Job(
            id=secrets.token_hex(8),
            state=JobState.QUEUED,
            model=request.model,
            created_at=datetime.now(UTC),
        )
        await asyncio.to_thread(self._write_inputs, job, request, recipe, series)
        self._jobs[job.id] = job
        self._save(job)
        self._waiting.append(job.id)
        self._wake.set()
        return job

    async def _run_waiting(self) -> None:
        while True:
            await self._wake.wait()
            while self._waiting:
                await self._run(self._waiting.popleft())
            self._wake.clear()

    async def _run(self, job_id: str) -> None:
        self._change(job_id, state=JobState.RUNNING, started_at=datetime.now(UTC))
        try:
            await self._watch_child(job_id)
        except OSError as error:
            self._fail(job_id, "training_not_started", f"training could not start: {error}")

    async def _watch_child(self, job_id: str) -> None:
        folder = self._folder / job_id
        arguments = json.loads((folder / "arguments.json").read_bytes())
        with (folder / "log.txt").open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "training", "fit", *arguments),
                cwd=_CODE_FOLDER,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
            assert child.stdout is not None
            try:
                async for line in child.stdout:
                    await self._heard(job_id, line)
                status = await child.wait()
            except asyncio.CancelledError:
                os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
                raise
        if self._jobs[job_id].state is JobState.RUNNING:
            said = (folder / "log.txt").read_text(errors="replace").splitlines()[-_LOG_TAIL:]
            self._fail(
                job_id,
                "training_died",
                f"the training process ended with status {status}. " + " | ".join(said),
            )

    async def _heard(self, job_id: str, line: bytes) -> None:
        """Take in one event of the child's progress.

        A job has succeeded once its version is served.
        """
        try:
            event = json.loads(line)
        except ValueError:
            _log.warning("job %s said something that is no event: %r", job_id, line)
            return
        kind = event.pop("event")
        if kind == "epoch":
            progress = JobProgress(**event)
            self._jobs[job_id] = self._jobs[job_id].model_copy(update={"progress": progress})
        elif kind == "published":
            await self._on_published()
            self._change(
                job_id,
                state=JobState.SUCCEEDED,
                ended_at=datetime.now(UTC),
                version=event["version"],
                evaluation=Evaluation.model_validate(event["evaluation"]),
            )
        elif kind == "failed":
            self._fail(job_id, **event)

    def _fail(self, job_id: str, code: str, detail: str) -> None:
        self._change(
            job_id,
            state=JobState.FAILED,
            ended_at=datetime.now(UTC),
            error=JobError(code=code, detail=detail),
        )

    def _change(self, job_id: str, **changes: Any) -> None:
        self._jobs[job_id] = self._jobs[job_id].model_copy(update=changes)
        self._save(self._jobs[job_id])

    def _save(self, job: Job) -> None:
        target = self._folder / job.id / "job.json"
        written = target.with_suffix(".tmp")
        written.write_text(job.model_dump_json(indent=2))
        written.replace(target)

    def _restore(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob("*/job.json"):
            try:
                job = Job.model_validate_json(path.read_bytes())
            except (OSError, ValidationError) as error:
                _log.error("job %s cannot be read: %s", path.parent.name, error)
                continue
            self._jobs[job.id] = job
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                self._change(job.id, **_stopped())

    def _write_inputs(
        self, job: Job, request: TrainRequest, recipe: Recipe, series: list[Series]
    ) -> None:
        folder = self._folder / job.id
        folder.mkdir(parents=True)
        (folder / "recipe.json").write_text(recipe.model_dump_json())
        _write_series(folder / "series.csv", series)
        arguments = [
            str((folder / "series.csv").resolve()),
            *("--model", request.model),
            *("--recipe", str((folder / "recipe.json").resolve())),
            *("--store", str(self._store.resolve())),
            *("--seed", str(request.seed)),
            *("--progress", "json"),
        ]
        if request.horizon is not None:
            arguments += ["--horizon", str(request.horizon)]
        if request.season_length is not None:
            arguments += ["--season-length", str(request.season_length)]
        if series[0].calendar is not None:
            arguments += ["--frequency", series[0].calendar.frequency]
        (folder / "arguments.json").write_text(json.dumps(arguments))


def _write_series(path: Path, series: list[Series]) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["unique_id", "ds", "y"])
        for place, one in enumerate(series):
            name = str(place) if one.id is None else one.id
            steps = one.timestamps() or range(one.values.size)
            rows.writerows(
                (name, step, repr(y)) for step, y in zip(steps, one.values.tolist(), strict=True)
            )


def _stopped() -> dict[str, Any]:
    return {
        "state": JobState.FAILED,
        "ended_at": datetime.now(UTC),
        "error": JobError(
            code="service_stopped", detail="the service stopped before the job was over."
        ),
    }
