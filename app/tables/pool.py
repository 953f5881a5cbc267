"""Tables are read in child processes, within limits of memory and time.

Whatever a file makes the reader do, it happens to a child that can be ended and replaced.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from app.errors import DeadlineError, TablesUnavailableError, TableTooLargeError
from app.settings.settings import Settings
from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.libraries import pa
from forecasting.tables.options import TableOptions
from forecasting.tables.table_content import CellPlaces, TableContent, UnclearTableError

_log = logging.getLogger("app")
_CODE_FOLDER = Path(__file__).parent.parent.parent
_PROCESSES = 2
_MEMORY_FACTOR = 4
"""A process may take so many times the size of the largest table: it holds the table as it is
unpacked and as it is converted. A table of 100 series was measured to take three times its size."""
_SPARE_BYTES = 64 * 2**20
"""What a process may take beyond that, for the stacks of threads and small things."""
_PIPE_BYTES = 2**20
_ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**17),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Makes a child take no address space in advance, and give back what it no longer needs: the memory
limit is one of address space."""


class TableReaderPool:
    """Use it as an async context manager: inside, tables can be read."""

    def __init__(self, settings: Settings) -> None:
        self._table_bytes = settings.max_table_bytes
        self._seconds = settings.request_timeout_s
        memory = settings.max_body_bytes + _MEMORY_FACTOR * self._table_bytes + _SPARE_BYTES
        self._processes = [_ReaderProcess(self._table_bytes, memory) for _ in range(_PROCESSES)]
        self._idle: asyncio.LifoQueue[_ReaderProcess] = asyncio.LifoQueue()
        for process in self._processes:
            self._idle.put_nowait(process)

    async def __aenter__(self) -> Self:
        """Start the process that the first table goes to; the others start when they are needed."""
        self._processes[-1].start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """End all processes."""
        for process in self._processes:
            await process.close()

    async def read(
        self, content: bytes, media_type: str, options: TableOptions, ahead: bytes = b""
    ) -> TableContent:
        """Return the table in a file, as `forecasting.tables.reader.read_table` does.

        The process that reads it is ended if this call is cancelled. Raises SeriesError, its path
        within the request, for a file that is no such table, which is an UnclearTableError if it
        could be opened; TableTooLargeError for one that takes
        too much memory, DeadlineError for one that takes too long, and TablesUnavailableError if no
        process can be started.
        """
        try:
            async with asyncio.timeout(self._seconds):
                process = await self._idle.get()
                try:
                    answer, table = await process.read(content, ahead, media_type, options)
                finally:
                    self._idle.put_nowait(process)
        except TimeoutError as error:
            raise DeadlineError(self._seconds) from error
        if "too_large" in answer:
            raise TableTooLargeError(self._table_bytes)
        if "error" in answer:
            fault = answer["error"]
            found = SeriesError(fault["message"], code=fault["code"], path=tuple(fault["path"]))
            if "understood" in fault:
                raise UnclearTableError.of(found, fault["understood"])
            raise found
        notes = tuple(Note(**note) for note in answer["notes"])
        opened = await asyncio.to_thread(_open_table, table)
        places = CellPlaces(**answer["places"])
        return TableContent(opened, notes, answer["understood"], places)


class _ReaderProcess:
    """One child process at a time; when it ends, another is started in its place."""

    def __init__(self, table_bytes: int, memory_bytes: int) -> None:
        self._table_bytes = table_bytes
        self._memory_bytes = memory_bytes
        self._starting: asyncio.Task[Process] | None = None

    def start(self) -> None:
        """Begin to start a process, and do not wait for it."""
        self._starting = asyncio.create_task(self._start())

    async def read(
        self, content: bytes, ahead: bytes, media_type: str, options: TableOptions
    ) -> tuple[dict[str, Any], bytes]:
        """Return the line and the table that the process answers.

        The process is replaced if it crashes, runs out of memory, or this call is cancelled. Raises
        SeriesError if it crashes, and TablesUnavailableError if none can be started.
        """
        process = await self._running()
        answer: dict[str, Any] = {}
        try:
            answer, table = await _exchange(process, content, ahead, media_type, options)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise await _crash(process) from error
        finally:
            if not answer or "too_large" in answer:
                _kill(process)
                self.start()
        return answer, table

    async def close(self) -> None:
        """End the process, if there is one."""
        if self._starting is not None:
            with suppress(TablesUnavailableError):
                process = await self._starting
                _kill(process)
                await process.wait()

    async def _running(self) -> Process:
        if self._starting is not None and self._starting.done():
            failed = self._starting.exception() is not None
            if failed or self._starting.result().returncode is not None:
                self._starting = None
        if self._starting is None:
            self.start()
        assert self._starting is not None
        return await asyncio.shield(self._starting)

    async def _start(self) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app.tables.worker"),
                *("--parent", str(os.getpid())),
                *("--table-bytes", str(self._table_bytes)),
                *("--memory-bytes", str(self._memory_bytes)),
                cwd=_CODE_FOLDER,
                env=os.environ | _ENVIRONMENT,
                stdin=PIPE,
                stdout=PIPE,
                limit=_PIPE_BYTES,
            )
        except OSError as error:
            raise TablesUnavailableError(error) from error


async def _exchange(
    process: Process, content: bytes, ahead: bytes, media_type: str, options: TableOptions
) -> tuple[dict[str, Any], bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    request = {
        "media_type": media_type,
        "options": asdict(options),
        "size": len(content),
        "size_ahead": len(ahead),
    }
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.write(content)
    process.stdin.write(ahead)
    await process.stdin.drain()
    answer: dict[str, Any] = json.loads(await process.stdout.readline())
    return answer, await process.stdout.readexactly(answer.get("size", 0))


async def _crash(process: Process) -> SeriesError:
    """Return the error for a file that the process did not survive."""
    _kill(process)
    status = await process.wait()
    _log.warning("a process that reads tables ended with status %d", status)
    return SeriesError(
        "the process that read the file crashed: the file is damaged, or takes too much memory. "
        "Write the file anew, with fewer rows, or send it as CSV.",
        code="file_broken",
        path=("file",),
    )


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


def _open_table(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(pa.BufferReader(content)).read_all()
