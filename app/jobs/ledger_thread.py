"""The ledger in a thread of its own, so that the event loop does not wait for it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic import SecretStr

from app.database.thread import DatabaseThread
from app.jobs.ledger import Ledger
from app.jobs.open_ledger import open_ledger


class LedgerThread(DatabaseThread[Ledger]):
    """Calls a method of the ledger of a jobs folder in its thread."""

    def __init__(self, folder: Path, url: SecretStr | None = None) -> None:
        """`url` is that of the PostgreSQL database which holds the ledger, if one does."""
        super().__init__("ledger", partial(open_ledger, folder, url))
