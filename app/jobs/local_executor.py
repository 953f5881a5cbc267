"""Jobs as processes of this machine: a group each, of the lowest priority, in the service's session
(where Linux groups processes by session for the CPU, priorities count within one only).

The process holds the lock of `JobFolder.process_lock` for as long as it lives, from before its
first instruction: it inherits it. It ends with the process that started it
(forecasting.jobs.parent_process).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.jobs.file_lock import Life, is_alive
from forecasting.jobs.job_folder import JobFolder

_CODE_FOLDER = Path(__file__).parent.parent.parent
_LOWEST_PRIORITY = 19
_LONGEST_LINE = 2**20
_BURIAL_SECONDS = 5.0
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class LocalExecutor:
    async def start(self, folder: JobFolder, attempt: str) -> LocalRun:
        life = Life.begin(folder.process_lock)
        try:
            await asyncio.to_thread(folder.permit, attempt)
            with folder.log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "training", "run", str(folder.path.resolve())),
                    *("--attempt", attempt, "--parent", str(os.getpid())),
                    cwd=_CODE_FOLDER,
                    stdin=DEVNULL,
                    stdout=PIPE,
                    stderr=log,
                    pass_fds=(life.descriptor,),
                    limit=_LONGEST_LINE,
                )
        finally:
            life.end()
        _give_way(process.pid)
        return LocalRun(process, folder)

    async def bury(self, folder: JobFolder, handle: str | None) -> None:
        async with asyncio.timeout(_BURIAL_SECONDS) as limit:
            with suppress(TimeoutError):
                while is_alive(folder.process_lock):
                    if handle is not None and handle == _handle(int(handle.split()[0])):
                        _signal_group(int(handle.split()[0]), signal.SIGKILL)
                    await asyncio.sleep(0.05)
        if limit.expired():
            raise BlockingIOError(f"the process of an earlier attempt, {handle}, does not end")


@dataclass(frozen=True, slots=True)
class LocalRun:
    process: Process
    folder: JobFolder

    @property
    def handle(self) -> str:
        return _handle(self.process.pid)

    async def reports(self) -> AsyncIterator[bytes]:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            yield line

    def memory_bytes(self) -> int:
        """What is resident, added up over the process and those that it started."""
        return sum(map(_resident_bytes, _with_descendants(self.process.pid)))

    async def stop(self, grace_s: float) -> None:
        if self.process.returncode is None:
            _signal_group(self.process.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), grace_s)
        if self.process.returncode is None or is_alive(self.folder.process_lock):
            _signal_group(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def status(self) -> int:
        return await self.process.wait()


def _handle(pid: int) -> str:
    """The process id and when it started: an id alone is soon somebody else's."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return f"{pid} 0"
    return f"{pid} {fields[19]}"


def _give_way(pid: int) -> None:
    """Forecasts come first, for the CPU and where memory runs out."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _LOWEST_PRIORITY)
    with suppress(OSError):  # not every system has it
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")


def _signal_group(pid: int, number: signal.Signals) -> None:
    """The group is made by the process itself, in its first moments."""
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            send(pid, number)
            return


def _with_descendants(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with suppress(OSError):
            children = Path(f"/proc/{one}/task/{one}/children").read_text()
            found += map(int, children.split())
    return found


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0
