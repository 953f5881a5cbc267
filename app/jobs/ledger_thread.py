"""The ledger in a thread of its own, so that the event loop does not wait for the disk."""

from __future__ import annotations

from pathlib import Path

from app.database.thread import DatabaseThread
from app.jobs.ledger import Ledger


class LedgerThread(DatabaseThread[Ledger]):
    """Calls a method of the ledger of a jobs folder in its thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "ledger.sqlite", Ledger)
