"""A PostgreSQL database that services and workers on several machines share."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.errors import LedgerUnavailableError

_DEFAULTS: dict[str, Any] = {
    "application_name": "forecasting-service",
    "client_encoding": "utf8",  # Of a database without an encoding, texts would come as bytes.
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
"""How texts come, and how soon a server that is gone is given up, unless the URL says otherwise."""
_SESSION = (
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '10s'",
    # A process that was stopped in a transaction must not hold its locks for ever.
    "SET idle_in_transaction_session_timeout = '10s'",
)
_IDLE_SECONDS = 1.0
"""A connection that was not used for so long is tried before it is used."""


class PostgresDatabase:
    """One connection to a database, which one thread at a time may use.

    It is an app.database.sql.SqlDatabase. Every method may raise LedgerUnavailableError.
    """

    row_lock = " FOR UPDATE"

    def __init__(self, url: str, migrations: Sequence[str]) -> None:
        """Connect, and bring the tables up to date, as app.database.database.Database does.

        The number of migrations that the tables have been through is in the table `schema_version`.
        """
        with _telling():
            self._connection = psycopg.connect(**_DEFAULTS | conninfo_to_dict(url), autocommit=True)
            self._used_at = time.monotonic()
            try:
                for statement in _SESSION:
                    self._connection.execute(statement)
                with self._connection.transaction():
                    self._migrate(migrations)
            except BaseException:
                self._connection.close()
                raise

    @property
    def in_place(self) -> bool:
        """Whether the connection still holds."""
        if self._connection.closed:
            return False
        if time.monotonic() - self._used_at > _IDLE_SECONDS:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error:
                return False
            self._used_at = time.monotonic()
        return True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def execute(
        self, statement: str, values: Sequence[Any] = (), /
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement."""
        with _telling():
            self._used_at = time.monotonic()
            return self._connection.execute(_with_placeholders(statement), values)

    def execute_each(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run a statement once for each row of values."""
        with _telling(), self._connection.cursor() as cursor:
            cursor.executemany(_with_placeholders(statement), rows)

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Iterator[None]:
        """Commit what is done inside the `with` block whole, or not at all if it raises.

        If `alone` is true, no other transaction for which it is true runs meanwhile.
        """
        with _telling(), self._connection.transaction():
            if alone:
                self._connection.execute("SELECT number FROM schema_version FOR UPDATE")
            yield

    def _migrate(self, migrations: Sequence[str]) -> None:
        # Nothing else can keep two processes from making the first table at the same time.
        self._connection.execute("SELECT pg_advisory_xact_lock(hashtext('forecast_migrations'))")
        if self._number("SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_version')"):
            number = self._number("SELECT number FROM schema_version")
        else:
            self._connection.execute("CREATE TABLE schema_version (number INTEGER NOT NULL)")
            self._connection.execute("INSERT INTO schema_version VALUES (0)")
            number = 0
        if number > len(migrations):
            raise LedgerUnavailableError(
                "The tables in PostgreSQL are of a newer version of the service: they have the "
                f"number {number}, and this version knows {len(migrations)}. Start the newer one."
            )
        if number < len(migrations):
            for migration in migrations[number:]:
                self._connection.execute(migration.encode())
            self._connection.execute("UPDATE schema_version SET number = %s", [len(migrations)])

    def _number(self, query: str) -> int:
        row = self._connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])


def _with_placeholders(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()


@contextmanager
def _telling() -> Iterator[None]:
    """Raise LedgerUnavailableError for every error of PostgreSQL."""
    try:
        yield
    except psycopg.Error as error:
        raise LedgerUnavailableError from error
