"""Starting, watching and stopping the process of a job.

An Executor is a place where such processes run: this machine, or the nodes of a Ray cluster
(app.worker.ray_executor).

LocalExecutor runs jobs as processes of this machine. Each has a process group of its own and the
lowest priority, and stays in the service's session, because Linux may group processes by session
for the CPU, and priorities count only within a session.

The process of a job holds the lock of `JobFolder.process_lock` for as long as it lives. It inherits
the lock, so that it holds it before its first instruction. It ends with the process that started it
(forecasting.jobs.parent_process).
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.jobs.file_lock import FileLock
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.atomic_files import is_locked

_CODE_FOLDER = Path(__file__).parent.parent.parent
_LOWEST_PRIORITY = 19
_LONGEST_LINE = 2**20
_KILL_SECONDS = 5.0
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class JobProcess(Protocol):
    """The process of one attempt at a job, with all processes that it started."""

    @property
    def handle(self) -> str:
        """What `Executor.kill_orphan` knows the process by, in whichever process that is called."""
        ...

    @property
    def seconds(self) -> float:
        """For how long it has run; 0 while it waits for its turn."""
        ...

    def reports(self) -> AsyncIterator[bytes]:
        """Yield the lines of its standard output until the process ends."""

    def memory_bytes(self) -> int:
        """Return how much memory it holds."""

    async def stop(self, grace_s: float) -> None:
        """Ask it to stop, kill it after the grace time, and return when all of it is gone."""

    async def ending(self) -> str:
        """Wait for its end and say how it ended, such as `with status 2`."""


class Executor(Protocol):
    """A place where the processes of jobs run."""

    async def start(self, folder: JobFolder, attempt: str) -> JobProcess:
        """Start the program of the job, as `python -m training run`.

        Raises OSError; a BlockingIOError if the process of an earlier attempt is still alive.
        """

    async def kill_orphan(self, folder: JobFolder, handle: str | None) -> None:
        """Make sure that nothing is left of an attempt that an earlier supervisor has started.

        Raises BlockingIOError if something of it is still there.
        """


class LocalExecutor:
    """Runs jobs as processes of this machine."""

    async def start(self, folder: JobFolder, attempt: str) -> LocalJobProcess:
        """As `Executor.start`."""
        lock = FileLock.acquire(folder.process_lock)
        try:
            program = await asyncio.to_thread(folder.program)
            with folder.log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", program, "run", str(folder.path.resolve())),
                    *("--attempt", attempt, "--parent", str(os.getpid())),
                    cwd=_CODE_FOLDER,
                    stdin=DEVNULL,
                    stdout=PIPE,
                    stderr=log,
                    pass_fds=(lock.descriptor,),
                    limit=_LONGEST_LINE,
                )
        finally:
            lock.release()
        _lower_priority(process.pid)
        return LocalJobProcess(process, folder, time.monotonic())

    async def kill_orphan(self, folder: JobFolder, handle: str | None) -> None:
        """As `Executor.kill_orphan`."""
        async with asyncio.timeout(_KILL_SECONDS) as limit:
            with suppress(TimeoutError):
                while is_locked(folder.process_lock):
                    pid, _, started = (handle or "").partition(" ")
                    if started and handle == _handle(int(pid)):
                        _signal_group(int(pid), signal.SIGKILL)
                    await asyncio.sleep(0.05)
        if limit.expired():
            raise BlockingIOError(f"the process of an earlier attempt, {handle}, does not end")


@dataclass(frozen=True, slots=True)
class LocalJobProcess:
    """A process of this machine that this process has started."""

    process: Process
    folder: JobFolder
    started: float

    @property
    def handle(self) -> str:
        """The process id, when the process was started, and its machine."""
        return _handle(self.process.pid)

    @property
    def seconds(self) -> float:
        """As `JobProcess.seconds`."""
        return time.monotonic() - self.started

    async def reports(self) -> AsyncIterator[bytes]:
        """As `JobProcess.reports`."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            yield line

    def memory_bytes(self) -> int:
        """Return the resident memory of the process and of those that it started, added up."""
        return resident_bytes_of_family(self.process.pid)

    async def stop(self, grace_s: float) -> None:
        """As `JobProcess.stop`."""
        if self.process.returncode is None:
            _signal_group(self.process.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), grace_s)
        if self.process.returncode is None or is_locked(self.folder.process_lock):
            _signal_group(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def ending(self) -> str:
        """As `JobProcess.ending`."""
        status = await self.process.wait()
        return f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"


def _handle(pid: int) -> str:
    """Return what tells a process from all others: its id alone may soon be another process's."""
    try:
        start = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        start = "0"
    return f"{pid} {start} {socket.gethostname()}"


def _lower_priority(pid: int) -> None:
    """Let forecasts come before the job, for the CPU and when memory runs out."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _LOWEST_PRIORITY)
    with suppress(OSError):  # Not every system has it.
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")


def _signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the process group; the process makes it in its first moments, and is alone before."""
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            send(pid, number)
            return


def resident_bytes_of_family(pid: int) -> int:
    """Return the resident memory of a process and of those that it started, added up."""
    return sum(map(_resident_bytes, _with_descendants(pid)))


def _with_descendants(pid: int) -> list[int]:
    """Return the id of a process and the ids of all that it started, directly or not."""
    family = [pid]
    for member in family:
        for children in Path(f"/proc/{member}/task").glob("*/children"):  # of each thread
            with suppress(OSError):
                family += map(int, children.read_text().split())
    return family


def _resident_bytes(pid: int) -> int:
    """Return the resident memory of a process, 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0
