"""What SQL is run on: a SQLite file, or PostgreSQL.

Statements are written once, with `?` for each value and without `?` or `%` otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Rows(Protocol):
    """What a statement has found or changed."""

    @property
    def rowcount(self) -> int:
        """How many rows an UPDATE or a DELETE has changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None after the last."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows."""


class SqlDatabase(Protocol):
    """One connection to a database, which one thread at a time may use."""

    @property
    def row_lock(self) -> str:
        """The end of a SELECT whose rows nobody else changes until the transaction ends."""

    @property
    def in_place(self) -> bool:
        """Whether the connection is still to the database that is there."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""

    def execute_each(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run a statement once for each row of values."""

    def transaction(self, *, alone: bool = False) -> AbstractContextManager[None]:
        """Commit what is done inside the `with` block whole, or not at all if it raises.

        If `alone` is true, no other transaction for which it is true runs meanwhile.
        """

    def close(self) -> None:
        """Close the connection."""
