"""The ledger off the event loop, in a thread of its own."""

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
    """`await ledger(Ledger.job, "0123…")`. Opened when it is first asked.

    Raises JobsDiskFullError or JobsUnavailableError where the ledger cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ledger: Ledger | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def __call__(
        self, method: Callable[Concatenate[Ledger, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def work(ledger: Ledger) -> T:
            return method(ledger, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    def close(self) -> None:
        self._thread.shutdown()
        if self._ledger is not None:
            self._ledger.close()

    def _do(self, work: Callable[[Ledger], T]) -> T:
        try:
            if self._ledger is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._ledger = Ledger(self._folder / "ledger.sqlite")
            return work(self._ledger)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise JobsDiskFullError from error
            raise JobsUnavailableError(error) from error
        except OSError as error:
            raise JobsUnavailableError(error) from error
