"""What Ray runs on one of its nodes: an attempt at a job, as the worker runs one on its machine.

What the process reports, the memory that it holds, and how it ended go into a file of the job's
folder, which app.worker.ray_executor follows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import IO

from app.worker.executor import LocalExecutor, LocalJobProcess
from forecasting.errors import AttemptOverError
from forecasting.jobs.job_folder import JobFolder

_POLL_SECONDS = 0.5
_MEBIBYTE = 2**20
_GRACE_SECONDS = 2.0
_LOCK_SECONDS = 120.0
"""How long a file system may take to release what a node that died had locked."""


async def run_attempt(folder: JobFolder, attempt: str) -> int:
    """Run the attempt to its end, or until this process gets SIGTERM; return its exit status.

    Raises AttemptOverError if the job has gone on without this attempt.
    """
    process = await _start(folder, attempt)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with folder.reports(attempt).open("ab", buffering=0) as file:
        async with asyncio.TaskGroup() as tasks:
            relaying = tasks.create_task(_relay(process, file))
            watching = tasks.create_task(_watch(process, folder, attempt, file))
            stopping = tasks.create_task(_stop_when(stop, process))
            await relaying
            watching.cancel()
            stopping.cancel()
        _write(file, event="ended", how=await process.ending())
    return process.process.returncode or 0


async def _start(folder: JobFolder, attempt: str) -> LocalJobProcess:
    """Start the process once that of an earlier attempt is gone."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        if not folder.is_permitted(attempt):
            raise AttemptOverError("the job has gone on without this attempt.")
        try:
            return await LocalExecutor().start(folder, attempt)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(_POLL_SECONDS)


async def _relay(process: LocalJobProcess, file: IO[bytes]) -> None:
    async for line in process.reports():
        file.write(line)


async def _watch(
    process: LocalJobProcess, folder: JobFolder, attempt: str, file: IO[bytes]
) -> None:
    """Say how much memory the process holds, and stop it once the job has gone on without it.

    This node may have been given up, although it works.
    """
    said = 0
    while True:
        held = process.memory_bytes() // _MEBIBYTE * _MEBIBYTE
        if held != said:
            _write(file, event="memory", bytes=held)
        said = held
        if not folder.is_permitted(attempt):
            await process.stop(_GRACE_SECONDS)
        await asyncio.sleep(_POLL_SECONDS)


async def _stop_when(stop: asyncio.Event, process: LocalJobProcess) -> None:
    await stop.wait()
    await process.stop(_GRACE_SECONDS)


def _write(file: IO[bytes], **report: object) -> None:
    file.write(json.dumps(report).encode() + b"\n")


def main() -> int:
    """Run the attempt that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the job's folder")
    parser.add_argument("--attempt", required=True, help="the id of the attempt")
    options = parser.parse_args()
    try:
        return asyncio.run(run_attempt(JobFolder(options.folder), options.attempt))
    except AttemptOverError as error:
        print(error.message, file=sys.stderr)  # noqa: T201  Ray keeps it as the job's log.
        return 2


if __name__ == "__main__":
    sys.exit(main())
