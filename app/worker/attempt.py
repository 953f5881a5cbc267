"""One attempt at a job, from the start of its process to its outcome."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field

from pydantic import ValidationError

from app.errors import ServiceError
from app.jobs.ledger import Ledger, NewEvent
from app.jobs.ledger_thread import LedgerThread
from app.jobs.schemas import (
    Ending,
    EpochProgress,
    Job,
    JobError,
    JobKind,
    JobProgress,
    SeriesProgress,
    TrialProgress,
    WindowProgress,
)
from app.settings.settings import Settings
from app.worker.executor import Executor, JobProcess
from app.worker.log_tail import LogTail
from app.worker.outcome import Outcome
from forecasting.errors import AttemptOverError, DiskFullError
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.atomic_files import is_disk_full

_log = logging.getLogger("app")
_POLL_SECONDS = 0.2
_GRACE_SECONDS = 3.0
_LAST_LINES = 5
_PROGRESS: dict[str, type[JobProgress]] = {
    "epoch": EpochProgress,
    "window": WindowProgress,
    "series": SeriesProgress,
}
_FASTER = {
    JobKind.TRAINING: "Train fewer epochs or a smaller network",
    JobKind.BACKTEST: "Ask for fewer windows or series",
    JobKind.BULK: "Give it more cores (FORECAST_BULK_PROCESSES) or a smaller table",
}
_SMALLER = {
    JobKind.TRAINING: "Train on fewer observations, in smaller batches or with a smaller network",
    JobKind.BACKTEST: "Ask for fewer windows, series or steps",
    JobKind.BULK: "Let fewer processes forecast (FORECAST_BULK_PROCESSES)",
}


@dataclass(slots=True)
class AttemptMonitor:
    """Starts the process of an attempt, writes what it reports into the ledger, and stops it if
    the job is cancelled or goes over a limit."""

    job: Job
    folder: JobFolder
    ledger: LedgerThread
    executor: Executor
    settings: Settings
    _events: list[NewEvent] = field(default_factory=list)
    """What is not in the ledger yet."""
    _progress: JobProgress | None = None
    _outcome: Outcome | None = None

    @property
    def _attempt(self) -> str:
        return self.job.attempts[-1].id

    async def run(self) -> Outcome | None:
        """Start the process and follow it to its end.

        Returns None if the job has gone on without this attempt. If the task is cancelled, the
        attempt may not publish any more, wherever its process is and however long that takes to
        end; the process is killed, and the outcome is that it was interrupted.
        """
        log = LogTail(self.folder.log)
        try:
            number = len(self.job.attempts)
            await asyncio.to_thread(self.folder.permit, self._attempt, number)
            process = await self.executor.start(self.folder, self._attempt)
        except AttemptOverError:
            return None
        except BlockingIOError:
            return _lost("the process of an earlier attempt was still alive.")
        except OSError as error:
            return _not_started(error)
        try:
            return await self._follow(process, log)
        except asyncio.CancelledError:
            with suppress(OSError):
                await asyncio.to_thread(self.folder.withdraw, self._attempt)
            await process.stop(0)
            return Outcome(Ending.INTERRUPTED)

    async def _follow(self, process: JobProcess, log: LogTail) -> Outcome | None:
        await self._record_handle(process.handle)
        reading = asyncio.create_task(self._read_reports(process))
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=_POLL_SECONDS)
                job = await self._write_events(log)
                stop = self._reason_to_stop(job, process)
                if stop is not None and not reading.done():
                    await asyncio.to_thread(self.folder.withdraw, self._attempt)
                    await process.stop(_GRACE_SECONDS)
                    await reading
                    await self._write_events(log)
                    return None if job is None else stop
            ending = reading.result()
        finally:
            reading.cancel()
        return self._outcome or _lost(_last_words(ending, log))

    async def _read_reports(self, process: JobProcess) -> str:
        """Take in what the process reports, and return how it ended."""
        async for line in process.reports():
            try:
                self._take_in(line)
            except (ValueError, AttributeError, KeyError, TypeError, ValidationError):
                _log.warning("job %s wrote something that is no report: %r", self.job.id, line)
        return await process.ending()

    def _take_in(self, line: bytes) -> None:
        """Keep what a report says: progress, or how the attempt ended."""
        report = json.loads(line)
        match report.pop("event"):
            case "epoch" | "window" | "series" as kind:
                of_trial = kind == "epoch" and "trial" in report
                self._progress = (TrialProgress if of_trial else _PROGRESS[kind])(**report)
                self._events.append((kind, self._progress.model_dump_json()))
            case "failed":
                self._outcome = Outcome(Ending.FAILED, JobError(**report))
            case "published" | "finished":
                self._outcome = Outcome(Ending.SUCCEEDED)

    async def _write_events(self, log: LogTail) -> Job | None:
        """Write new reports and log lines into the ledger.

        Returns the job as it is now, or None if it has gone on without this attempt. If the ledger
        cannot be written, the events are kept for the next time.
        """
        self._events += [("log", json.dumps({"line": line})) for line in log.new_lines()]
        events, self._events = self._events, []
        try:
            return await self.ledger(
                Ledger.report, self.job.id, self._attempt, events, self._progress
            )
        except ServiceError as error:
            _log.warning("what job %s reported is not in the ledger yet: %s", self.job.id, error)
            self._events = [*events, *self._events]
            return self.job

    async def _record_handle(self, handle: str) -> None:
        try:
            await self.ledger(Ledger.set_handle, self.job.id, self._attempt, handle)
        except ServiceError as error:
            _log.warning("the process of job %s is not in the ledger: %s", self.job.id, error)

    def _reason_to_stop(self, job: Job | None, process: JobProcess) -> Outcome | None:
        """Return the outcome if the process must stop now."""
        if job is None or job.cancel_requested_at is not None:
            return Outcome(Ending.CANCELLED)
        max_seconds = self.settings.max_job_seconds
        if self._seconds_before() + process.seconds > max_seconds:
            return _failed(
                "job_took_too_long",
                f"the job ran for more than {max_seconds:g} s. "
                f"{_FASTER[self.job.kind]}, or raise FORECAST_MAX_JOB_SECONDS.",
            )
        max_bytes = self.settings.max_job_memory_bytes
        if process.memory_bytes() > max_bytes:
            return _failed(
                "job_took_too_much_memory",
                f"the job held more than {max_bytes} bytes. "
                f"{_SMALLER[self.job.kind]}, or raise FORECAST_MAX_JOB_MEMORY_BYTES.",
            )
        return None

    def _seconds_before(self) -> float:
        """Return how long the attempts before this one ran, all together."""
        return sum(
            (attempt.ended_at - attempt.started_at).total_seconds()
            for attempt in self.job.attempts
            if attempt.ended_at is not None
        )


def _failed(code: str, detail: str) -> Outcome:
    return Outcome(Ending.FAILED, JobError(code=code, detail=detail))


def _lost(detail: str) -> Outcome:
    return Outcome(Ending.LOST, JobError(code="job_died", detail=detail))


def _not_started(error: OSError) -> Outcome:
    if is_disk_full(error):
        return _failed(DiskFullError.code, f"the job could not be started: {error}.")
    return _failed("job_not_started", f"the job could not be started: {error}.")


def _last_words(ending: str, log: LogTail) -> str:
    """Return how a process ended that reported no end, with the last lines of its log."""
    last = " | ".join(log.last_lines(_LAST_LINES))
    return f"its process was ended {ending}{': ' if last else '.'}{last}"
