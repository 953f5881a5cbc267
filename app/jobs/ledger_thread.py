"""The ledger in a thread of its own, so that the event loop does not wait for the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from app.errors import JobsDiskFullError, JobsUnavailableError
from app.jobs.ledger import Ledger

P = ParamSpec("P")
T = TypeVar("T")


class LedgerThread:
    """Calls a method of the ledger in its thread: `await ledger(Ledger.job, "0123…")`.

    The ledger is opened by the first call. Every call raises JobsDiskFullError or
    JobsUnavailableError if the ledger cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ledger: Ledger | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def __call__(
        self, method: Callable[Concatenate[Ledger, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what the method returns for these arguments."""

        def call(ledger: Ledger) -> T:
            return method(ledger, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, call)

    def close(self) -> None:
        """Wait for the calls that have begun, then close the ledger."""
        self._thread.shutdown()
        if self._ledger is not None:
            self._ledger.close()

    def _run(self, call: Callable[[Ledger], T]) -> T:
        try:
            if self._ledger is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._ledger = Ledger(self._folder / "ledger.sqlite")
            return call(self._ledger)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise JobsDiskFullError from error
            raise JobsUnavailableError(error) from error
        except OSError as error:
            raise JobsUnavailableError(error) from error
