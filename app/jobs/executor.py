"""What starts, watches and stops the process of a job: here, or some day on a cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from forecasting.jobs.job_folder import JobFolder


class Run(Protocol):
    """One attempt's process. `handle` names it for `Executor.bury`, whoever calls that."""

    @property
    def handle(self) -> str: ...

    def reports(self) -> AsyncIterator[bytes]:
        """The lines of its standard output; ends when the process does."""

    def memory_bytes(self) -> int:
        """What it has in memory, with all that it started."""

    async def stop(self, grace_s: float) -> None:
        """Ask it to stop, kill it after the grace time; returns when all of it is gone."""

    async def status(self) -> int:
        """Its exit status, when it has ended; -n where signal n killed it."""


class Executor(Protocol):
    async def start(self, folder: JobFolder, attempt: str) -> Run:
        """Start `python -m training run`, and let that attempt publish.

        Raises OSError, BlockingIOError where the process of an earlier attempt is still alive.
        """

    async def bury(self, folder: JobFolder, handle: str | None) -> None:
        """Make sure that nothing is left of an attempt that a supervisor before this one started.

        Raises BlockingIOError where something is, for now.
        """
