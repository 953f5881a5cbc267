"""One attempt at a job, from the start of its process to its verdict."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from dataclasses import dataclass, field

from pydantic import ValidationError

from app.errors import ServiceError
from app.jobs.executor import Executor, Run
from app.jobs.ledger import Ledger, Said
from app.jobs.ledger_thread import LedgerThread
from app.jobs.log_tail import LogTail
from app.jobs.outcome import Verdict
from app.jobs.rules import Rules
from app.jobs.schemas import (
    Ending,
    EpochProgress,
    Job,
    JobError,
    JobKind,
    JobProgress,
    WindowProgress,
)
from forecasting.errors import DiskFullError
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.atomic_files import is_disk_full

_log = logging.getLogger("app")
_LOOK_SECONDS = 0.2
_GRACE_SECONDS = 3.0
_LAST_LINES = 5
_PROGRESS: dict[str, type[JobProgress]] = {"epoch": EpochProgress, "window": WindowProgress}
_FASTER = {
    JobKind.TRAINING: "Train fewer epochs or a smaller network",
    JobKind.BACKTEST: "Ask for fewer windows or series",
}
_SMALLER = {
    JobKind.TRAINING: "Train on fewer observations, in smaller batches or with a smaller network",
    JobKind.BACKTEST: "Ask for fewer windows, series or steps",
}


@dataclass(slots=True)
class Watch:
    """`see` ends with the process: its verdict, or None where the job has gone on without it."""

    job: Job
    folder: JobFolder
    ledger: LedgerThread
    executor: Executor
    rules: Rules
    _said: list[Said] = field(default_factory=list)
    _progress: JobProgress | None = None
    _verdict: Verdict | None = None

    @property
    def _attempt(self) -> str:
        return self.job.attempts[-1].id

    async def see(self) -> Verdict | None:
        log = LogTail(self.folder.log)
        try:
            run = await self.executor.start(self.folder, self._attempt)
        except BlockingIOError:
            return _lost("the process of the attempt before was still alive.")
        except OSError as error:
            return _not_started(error)
        try:
            return await self._see(run, log)
        except asyncio.CancelledError:
            await run.stop(0)
            return Verdict(Ending.INTERRUPTED)

    async def _see(self, run: Run, log: LogTail) -> Verdict | None:
        await self._record(run.handle)
        started = time.monotonic()
        reading = asyncio.create_task(self._read(run))
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=_LOOK_SECONDS)
                job = await self._report(log)
                stop = self._reason_to_stop(job, run, time.monotonic() - started)
                if stop is not None and not reading.done():
                    await asyncio.to_thread(self.folder.withdraw, self._attempt)
                    await run.stop(_GRACE_SECONDS)
                    await reading
                    await self._report(log)
                    return None if job is None else stop
            status = reading.result()
        finally:
            reading.cancel()
        return self._verdict or _lost(_last_words(status, log))

    async def _read(self, run: Run) -> int:
        async for line in run.reports():
            try:
                self._hear(line)
            except (ValueError, AttributeError, KeyError, TypeError, ValidationError):
                _log.warning("job %s said something that is no report: %r", self.job.id, line)
        return await run.status()

    def _hear(self, line: bytes) -> None:
        report = json.loads(line)
        match report.pop("event"):
            case "epoch" | "window" as kind:
                self._progress = _PROGRESS[kind](**report)
                self._said.append((kind, self._progress.model_dump_json()))
            case "failed":
                self._verdict = Verdict(Ending.FAILED, JobError(**report))
            case "published" | "finished":
                self._verdict = Verdict(Ending.SUCCEEDED)

    async def _report(self, log: LogTail) -> Job | None:
        """Hand on what was said; kept for the next time where the ledger cannot take it."""
        self._said += [("log", json.dumps({"line": line})) for line in log.new_lines()]
        said, self._said = self._said, []
        try:
            return await self.ledger(
                Ledger.report, self.job.id, self._attempt, said, self._progress
            )
        except ServiceError as error:
            _log.warning("what job %s said is not in the ledger yet: %s", self.job.id, error)
            self._said = [*said, *self._said]
            return self.job

    async def _record(self, handle: str) -> None:
        try:
            await self.ledger(Ledger.set_handle, self.job.id, handle)
        except ServiceError as error:
            _log.warning("the process of job %s is not in the ledger: %s", self.job.id, error)

    def _reason_to_stop(self, job: Job | None, run: Run, seconds: float) -> Verdict | None:
        if job is None or job.cancel_requested_at is not None:
            return Verdict(Ending.CANCELLED)
        if self._seconds_before() + seconds > self.rules.max_seconds:
            return _over(
                "job_took_too_long",
                f"the job ran for more than {self.rules.max_seconds:g} s. "
                f"{_FASTER[self.job.kind]}, or raise FORECAST_MAX_JOB_SECONDS.",
            )
        if run.memory_bytes() > self.rules.max_memory_bytes:
            return _over(
                "job_took_too_much_memory",
                f"the job held more than {self.rules.max_memory_bytes} bytes. "
                f"{_SMALLER[self.job.kind]}, or raise FORECAST_MAX_JOB_MEMORY_BYTES.",
            )
        return None

    def _seconds_before(self) -> float:
        return sum(
            (attempt.ended_at - attempt.started_at).total_seconds()
            for attempt in self.job.attempts
            if attempt.ended_at is not None
        )


def _over(code: str, detail: str) -> Verdict:
    return Verdict(Ending.FAILED, JobError(code=code, detail=detail))


def _lost(detail: str) -> Verdict:
    return Verdict(Ending.LOST, JobError(code="job_died", detail=detail))


def _not_started(error: OSError) -> Verdict:
    if is_disk_full(error):
        return _over(DiskFullError.code, f"the job could not be started: {error}.")
    return _over("job_not_started", f"the job could not be started: {error}.")


def _last_words(status: int, log: LogTail) -> str:
    ended = f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"
    last = " | ".join(log.last_lines(_LAST_LINES))
    return f"its process was ended {ended}{': ' if last else '.'}{last}"
