"""A database in a thread of its own, so that the event loop does not wait for the disk."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Generic, ParamSpec, TypeVar

from app.database.database import Database
from app.errors import JobsDiskFullError, JobsUnavailableError

_log = logging.getLogger("app")

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", bound=Database)


class DatabaseThread(Generic[D]):
    """Calls a method of a database in its thread: `await ledger(Ledger.job, "0123…")`.

    The database is opened by the first call, and again if its file was removed or replaced: what
    is written then goes to the file that is there, or to a new one. Every call raises
    JobsDiskFullError or JobsUnavailableError if it cannot be read or written.
    """

    def __init__(self, path: Path, open_database: Callable[[Path], D]) -> None:
        """`path` is a file in FORECAST_JOBS_DIR, and `open_database` opens or makes it."""
        self._path = path
        self._open = open_database
        self._database: D | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=path.stem)

    async def __call__(
        self, method: Callable[Concatenate[D, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what the method returns for these arguments."""

        def call(database: D) -> T:
            return method(database, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, call)

    def close(self) -> None:
        """Wait for the calls that have begun, then close the database."""
        self._thread.shutdown()
        if self._database is not None:
            self._database.close()

    def _run(self, call: Callable[[D], T]) -> T:
        try:
            return call(self._opened())
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise JobsDiskFullError from error
            raise JobsUnavailableError(error) from error
        except OSError as error:
            raise JobsUnavailableError(error) from error

    def _opened(self) -> D:
        if self._database is not None and not self._database.in_place:
            _log.error(
                "%s was removed or replaced while it was in use: opening it anew", self._path
            )
            self._database.close()
            self._database = None
        if self._database is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = self._open(self._path)
        return self._database
