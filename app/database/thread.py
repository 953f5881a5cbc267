"""A database in a thread of its own, so that the event loop does not wait for it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, Generic, ParamSpec, Protocol, TypeVar

from app.errors import JobsDiskFullError, JobsUnavailableError, LedgerUnavailableError

_PAUSE_SECONDS = 1.0
"""Calls fail at once for so long after a server could not be reached, which may take seconds."""
_log = logging.getLogger("app")


class Opened(Protocol):
    """What a thread works with."""

    @property
    def in_place(self) -> bool:
        """Whether it still works on the database that is there."""

    def close(self) -> None:
        """Close the connection."""


P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", bound=Opened)


class DatabaseThread(Generic[D]):
    """Calls a method of a database in its thread: `await ledger(Ledger.job, "0123…")`.

    The database is opened by the first call, and again if its file was removed or replaced, or the
    connection was lost: what is written then goes to the database that is there, or to a new one.
    Every call raises JobsDiskFullError or JobsUnavailableError if it cannot be read or written.
    """

    def __init__(self, name: str, open_database: Callable[[], D]) -> None:
        """`open_database` opens or makes the database of that name."""
        self._name = name
        self._open = open_database
        self._database: D | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._last_failure: LedgerUnavailableError | None = None
        self._next_try = 0.0
        self._logged = ""

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
            result = call(self._opened())
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise JobsDiskFullError from error
            raise JobsUnavailableError(error) from error
        except LedgerUnavailableError as error:
            self._log_cause(error)
            raise
        except OSError as error:
            raise JobsUnavailableError(error) from error
        self._logged = ""
        return result

    def _opened(self) -> D:
        if self._database is not None and not self._database.in_place:
            _log.error("the %s is gone, or was replaced: opening it anew", self._name)
            self._database.close()
            self._database = None
        if self._database is None:
            if (last := self._last_failure) is not None and time.monotonic() < self._next_try:
                raise LedgerUnavailableError(*last.args) from last.__cause__
            try:
                self._database = self._open()
            except LedgerUnavailableError as error:
                self._last_failure = error
                self._next_try = time.monotonic() + _PAUSE_SECONDS
                raise
        return self._database

    def _log_cause(self, error: LedgerUnavailableError) -> None:
        """Log what callers are not told, because it may name machines and users."""
        cause = str(error.__cause__ or error).strip()
        if cause != self._logged:
            _log.error("the %s cannot be used: %s", self._name, cause)
        self._logged = cause
