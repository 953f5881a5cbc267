"""Running the processes of jobs on the nodes of a Ray cluster (FORECAST_RAY_ADDRESS).

Each attempt is a job of Ray, whose command, `python -m app.worker.node`, starts the process there
as LocalExecutor does here. The folder of the job lies on a volume that the nodes share: what the
process reports comes back through a file in it, so that nothing is lost with a node.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.settings.settings import Settings
from app.worker.log_tail import LineReader
from app.worker.ray_jobs import RayError, RayJobs
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.ray_cluster import JOB_CPUS

if TYPE_CHECKING:
    from ray.job_submission import JobDetails

_POLL_SECONDS = 0.5
_LONGEST_ENDING = 500
_STOP_SECONDS = 15.0
"""Ray kills a job that was asked to stop after 3 seconds, unless its node is out of reach."""


class RayExecutor:
    """Runs jobs on the nodes of the Ray cluster that the settings name."""

    def __init__(self, settings: Settings) -> None:
        assert settings.ray_address is not None
        self._jobs = RayJobs(settings.ray_address)
        self._cpus = settings.ray_job_cpus
        self._gpus = settings.ray_job_gpus

    async def start(self, folder: JobFolder, attempt: str) -> RayJobProcess:
        """As `Executor.start`; the job is submitted once its reports are read."""
        return RayJobProcess(self._jobs, folder, attempt, self._cpus, self._gpus)

    async def kill_orphan(self, folder: JobFolder, handle: str | None) -> None:
        """As `Executor.kill_orphan`."""
        if handle is not None and not await _stop(self._jobs, handle):
            raise BlockingIOError(f"Ray's job {handle} of an earlier attempt does not end")


@dataclass(slots=True)
class RayJobProcess:
    """A job of Ray that runs an attempt."""

    jobs: RayJobs
    folder: JobFolder
    attempt: str
    cpus: float
    gpus: float
    _started: float | None = None
    _memory_bytes: int = 0
    _ending: str = "by Ray, which knows nothing of it any more"
    _given_up: bool = False

    @property
    def handle(self) -> str:
        """The id of Ray's job."""
        return f"forecast-{self.folder.path.name}-{self.attempt}"

    @property
    def seconds(self) -> float:
        """As `JobProcess.seconds`."""
        return 0.0 if self._started is None else time.monotonic() - self._started

    async def reports(self) -> AsyncIterator[bytes]:
        """As `JobProcess.reports`. As long as Ray does not answer, it is asked again."""
        reader = LineReader(self.folder.reports(self.attempt))
        is_submitted = has_ended = False
        while True:
            with suppress(RayError):
                if not is_submitted:
                    await self._submit()
                    is_submitted = True
                details = await self.jobs.find(self.handle)
                has_ended = details is None or details.status.is_terminal()
                self._take_in(details)
            while lines := reader.read():
                for line in lines:
                    if not self._is_about_the_process(line):
                        yield line
            if has_ended or self._given_up:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _submit(self) -> None:
        path = str(self.folder.path.resolve())
        cores = f"{JOB_CPUS}={self.cpus:g}"
        node = ("python", "-m", "app.worker.node", path, "--attempt", self.attempt)
        await self.jobs.submit(
            self.handle,
            shlex.join(("env", cores, *node)),
            entrypoint_num_cpus=self.cpus,
            entrypoint_num_gpus=self.gpus or None,
            metadata={"job": self.folder.path.name},
        )

    def memory_bytes(self) -> int:
        """Return how much memory it held, with all processes that it started, a moment ago."""
        return self._memory_bytes

    async def stop(self, grace_s: float) -> None:
        """As `JobProcess.stop`; Ray decides on the grace time.

        A job that Ray has not begun by then, or whose node is out of reach, is given up. If its
        turn comes in spite of that, it ends at once, because its attempt is over.
        """
        try:
            await _stop(self.jobs, self.handle)
        finally:
            self._given_up = True

    async def ending(self) -> str:
        """As `JobProcess.ending`."""
        return self._ending

    def _take_in(self, details: JobDetails | None) -> None:
        """Keep what Ray says about the job."""
        if details is None:
            return
        if self._started is None and details.status == "RUNNING":
            self._started = time.monotonic()
        if details.status.is_terminal():
            self._ending = f"by Ray: {' '.join(details.message.split())}"[:_LONGEST_ENDING]

    def _is_about_the_process(self, line: bytes) -> bool:
        """Keep what app.worker.node says of the process; return False if the line is a report."""
        with suppress(ValueError):
            match json.loads(line):
                case {"event": "memory", "bytes": int(held)}:
                    self._memory_bytes = held
                    return True
                case {"event": "ended", "how": str(how)}:
                    self._ending = how
                    return True
        return False


async def _stop(jobs: RayJobs, submission: str) -> bool:
    """Stop a job of Ray, and return whether it has ended, or never was, after some seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            while True:
                with suppress(RayError):
                    if await jobs.stop(submission):
                        return True
                await asyncio.sleep(_POLL_SECONDS)
    return False
