"""Training jobs: one child process at a time, the rest wait.

A job is a folder of FORECAST_JOBS_DIR: `job.json` (how it stands, replaced whole at every change),
`series.csv`, `recipe.json` and `arguments.json` (what the child is given), `log.txt` (what it
wrote). Any process of the service may add and show jobs; the one that holds the lock runs them.
"""

from __future__ import annotations

import asyncio
import csv
import fcntl
import json
import logging
import os
import re
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TextIO

from pydantic import ValidationError

from app.errors import JobNotFoundError, TooManyJobsError
from app.schemas.train import Job, JobError, JobProgress, JobState, TrainRequest
from forecasting.manifest import Evaluation, Promotion
from forecasting.recipe import Recipe
from forecasting.series import Series

_log = logging.getLogger("app")
_CODE_FOLDER = Path(__file__).parent.parent
_LOG_TAIL = 5
_POLL_SECONDS = 0.5


class Jobs:
    """Use it as an async context manager: inside, waiting jobs are run by whoever has the lock.

    A job that was running when the service ended has failed; those that waited go on waiting.
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
        self._runner: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        self._runner = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._runner is not None
        self._runner.cancel()
        await asyncio.gather(self._runner, return_exceptions=True)

    async def newest_first(self) -> list[Job]:
        jobs = await asyncio.to_thread(self._read_all)
        return sorted(jobs, key=lambda job: job.created_at, reverse=True)

    async def get(self, job_id: str) -> Job:
        """Raises JobNotFoundError."""
        job = None
        if re.fullmatch(r"[0-9a-f]{16}", job_id):
            job = await asyncio.to_thread(_read, self._folder / job_id)
        if job is None:
            raise JobNotFoundError(f"there is no job {job_id!r}; GET /jobs lists them.")
        return job

    async def add(self, request: TrainRequest, recipe: Recipe, series: list[Series]) -> Job:
        """Queue a job. Raises TooManyJobsError where enough wait already."""
        waiting = sum(job.state is JobState.QUEUED for job in await self.newest_first())
        if waiting >= self._max_queued:
            raise TooManyJobsError(f"{waiting} jobs are waiting; try again later.")
        job = Job(
            id=secrets.token_hex(8),
            state=JobState.QUEUED,
            model=request.model,
            created_at=datetime.now(UTC),
        )
        await asyncio.to_thread(self._write_inputs, job, request, recipe, series)
        await self._save(job)
        return job

    async def _run(self) -> None:
        with (self._folder / ".lock").open("w") as lock:
            while not _acquired(lock):  # noqa: ASYNC110  another process has it
                await asyncio.sleep(_POLL_SECONDS)
            for job in await self.newest_first():
                if job.state is JobState.RUNNING:
                    await self._fail(job, *_STOPPED)
            while True:
                waiting = [j for j in await self.newest_first() if j.state is JobState.QUEUED]
                try:
                    if waiting:
                        await self._run_one(waiting[-1])
                except OSError:  # the job's folder is gone, or the disk is full
                    _log.exception("job %s was given up", waiting[-1].id)
                await asyncio.sleep(_POLL_SECONDS)

    async def _run_one(self, job: Job) -> None:
        job = job.model_copy(update={"state": JobState.RUNNING, "started_at": datetime.now(UTC)})
        await self._save(job)
        try:
            await self._watch_child(job)
        except asyncio.CancelledError:
            await self._fail(job, *_STOPPED)
            raise
        except (OSError, ValueError) as error:
            await self._fail(job, "training_not_started", f"training could not start: {error}")

    async def _watch_child(self, job: Job) -> None:
        folder = self._folder / job.id
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
                    job = await self._heard(job, line)
                status = await child.wait()
            finally:
                if child.returncode is None:
                    os.killpg(child.pid, signal.SIGKILL)
                    await child.wait()
        if job.state is JobState.RUNNING:
            said = (folder / "log.txt").read_text(errors="replace").splitlines()[-_LOG_TAIL:]
            detail = f"the training process ended with status {status}. " + " | ".join(said)
            await self._fail(job, "training_died", detail)

    async def _heard(self, job: Job, line: bytes) -> Job:
        """Take in one event of the child's progress. A job has succeeded once it is served."""
        try:
            event = json.loads(line)
            kind = event.pop("event")
        except (ValueError, AttributeError, KeyError):
            _log.warning("job %s said something that is no event: %r", job.id, line)
            return job
        if kind == "failed":
            return await self._fail(job, event["code"], event["detail"])
        if kind == "epoch":
            return await self._change(job, progress=JobProgress(**event))
        await self._on_published()
        return await self._change(
            job,
            state=JobState.SUCCEEDED,
            ended_at=datetime.now(UTC),
            version=event["version"],
            evaluation=Evaluation.model_validate(event["evaluation"]),
            promotion=Promotion.model_validate(event["promotion"]),
        )

    async def _fail(self, job: Job, code: str, detail: str) -> Job:
        return await self._change(
            job,
            state=JobState.FAILED,
            ended_at=datetime.now(UTC),
            error=JobError(code=code, detail=detail),
        )

    async def _change(self, job: Job, **changes: Any) -> Job:
        changed = job.model_copy(update=changes)
        await self._save(changed)
        return changed

    async def _save(self, job: Job) -> None:
        await asyncio.to_thread(_write, self._folder / job.id, job)

    def _read_all(self) -> list[Job]:
        found = (_read(path.parent) for path in self._folder.glob("*/job.json"))
        return [job for job in found if job is not None]

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
            *("--promote", request.promote),
            *("--progress", "json"),
        ]
        if request.horizon is not None:
            arguments += ["--horizon", str(request.horizon)]
        if request.season_length is not None:
            arguments += ["--season-length", str(request.season_length)]
        if series[0].calendar is not None:
            arguments += ["--frequency", series[0].calendar.frequency]
        (folder / "arguments.json").write_text(json.dumps(arguments))


_STOPPED = ("service_stopped", "the service stopped before the job was over.")


def _acquired(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(folder: Path) -> Job | None:
    try:
        return Job.model_validate_json((folder / "job.json").read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.error("job %s cannot be read: %s", folder.name, error)
        return None


def _write(folder: Path, job: Job) -> None:
    written = folder / "job.tmp"
    written.write_text(job.model_dump_json(indent=2))
    written.replace(folder / "job.json")


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
