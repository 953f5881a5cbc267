"""A SQLite file that several processes write.

Its `user_version` is the number of migrations that it has been through.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_BUSY_SECONDS = 60.0
"""So long a writer waits for another. What really happened to ten thousand series is set in one
transaction, which takes some seconds."""


class Database:
    """One connection to a SQLite file, which one thread at a time may use.

    It is an app.database.sql.SqlDatabase. Every method of a database may raise sqlite3.Error.
    """

    row_lock = ""
    """None is needed: one transaction at a time writes."""

    def __init__(self, path: Path, name: str, migrations: Sequence[str]) -> None:
        """Open the file of the database of that name, or make it.

        Each migration brings its tables from one version to the next, the first from an empty file.
        """
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with _exclusive(path.parent):  # SQLite does not wait to change the mode of the journal.
            if not path.exists():
                for ending in ("-wal", "-shm"):  # of a file that was removed without them
                    path.with_name(path.name + ending).unlink(missing_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._file = _file_at(path)
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._migrate(name, migrations)
            except BaseException:
                self._connection.close()
                raise

    @property
    def in_place(self) -> bool:
        """Whether its path still leads to the file that is open, which may have been removed."""
        return _file_at(self._path) == self._file

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> sqlite3.Cursor:
        """Run a statement."""
        return self._connection.execute(statement, values)

    def execute_each(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run a statement once for each row of values."""
        self._connection.executemany(statement, rows)

    def _migrate(self, name: str, migrations: Sequence[str]) -> None:
        """Bring the tables up to what this version of the service works with."""
        with self.transaction():
            version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
            if version > len(migrations):
                raise sqlite3.NotSupportedError(
                    f"the {name} is of a newer version of the service: its tables have the number "
                    f"{version}, and this version knows {len(migrations)}. Start the newer "
                    "version, or restore a backup that was made before it"
                )
            if version == len(migrations):
                return
            for migration in migrations[version:]:
                for statement in migration.split(";"):
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {len(migrations)}")

    @contextmanager
    def transaction(self, *, alone: bool = True) -> Iterator[None]:
        """Commit what is done inside the `with` block whole, or not at all if it raises.

        No other transaction runs meanwhile, in any process.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _file_at(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from all others; None if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """Let one holder at a time in, among threads and processes.

    The folder itself is locked, which takes no room, so that it works on a full disk.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
