"""Opening the ledger: a file in the jobs folder, or PostgreSQL, and the tables of both.

To change the tables, add a migration to both, and leave those before it as they are.

A jobs folder belongs to one ledger, for jobs whose folders no ledger knows are deleted. So a folder
that belongs to a ledger in PostgreSQL has a file with an id that the ledger knows, too.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import SecretStr

from app.database.database import Database
from app.database.sql import SqlDatabase
from app.errors import LedgerUnavailableError
from app.jobs.heartbeat import WorkerFiles
from app.jobs.ledger import Ledger
from app.jobs.worker_table import WorkerTable
from forecasting.store.atomic_files import write_files_atomically

_SQLITE = (
    # The first ledgers had these tables and no number, hence IF NOT EXISTS.
    """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    key TEXT UNIQUE,
    digest TEXT,
    handle TEXT,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_job ON events (job, id);
CREATE TABLE IF NOT EXISTS supervisor (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    name TEXT NOT NULL
);
""",
    # Each worker runs jobs, where one did it for all. Times are in seconds since 1970.
    """
DROP TABLE supervisor;
ALTER TABLE jobs ADD COLUMN worker TEXT;
ALTER TABLE jobs ADD COLUMN ended_at REAL;
UPDATE jobs SET ended_at = (julianday(json_extract(document, '$.ended_at')) - 2440587.5) * 86400;
""",
)
_POSTGRES = (
    """
CREATE TABLE jobs (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    key TEXT UNIQUE,
    digest TEXT,
    handle TEXT,
    document TEXT NOT NULL,
    worker TEXT,
    ended_at DOUBLE PRECISION
);
CREATE INDEX jobs_by_state ON jobs (state);
CREATE TABLE events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX events_by_job ON events (job, id);
CREATE TABLE workers (
    name TEXT PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL,
    since TIMESTAMPTZ NOT NULL
);
CREATE TABLE folder (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id TEXT NOT NULL);
""",
)
"""Each brings a ledger from one version of its tables to the next, the first from nothing."""
_FILE = "ledger.sqlite"
_MARK = "ledger.postgresql"


def open_ledger(folder: Path, url: SecretStr | None = None) -> Ledger:
    """Open the ledger of a jobs folder, or make it, in PostgreSQL if its URL is given.

    Raises OSError, sqlite3.Error or LedgerUnavailableError; the last if the folder belongs to
    another ledger, too.
    """
    if url is None:
        if (folder / _MARK).exists():
            raise LedgerUnavailableError(
                "FORECAST_JOBS_DIR belongs to a ledger in PostgreSQL, and FORECAST_DATABASE_URL is "
                "not set. Set it, or use another folder."
            )
        return Ledger(Database(folder / _FILE, "ledger", _SQLITE), WorkerFiles(folder))
    from app.database.postgres import PostgresDatabase

    folder.mkdir(parents=True, exist_ok=True)
    database = PostgresDatabase(url.get_secret_value(), _POSTGRES)
    try:
        _check_folder(database, folder)
    except BaseException:
        database.close()
        raise
    return Ledger(database, WorkerTable(database))


def _check_folder(database: SqlDatabase, folder: Path) -> None:
    """Let the ledger belong to the folder if it is new, and else check that it does."""
    mark, new = folder / _MARK, secrets.token_hex(16)
    with database.transaction(alone=True):
        database.execute(
            "INSERT INTO folder (only_row, id) VALUES (1, ?) ON CONFLICT DO NOTHING", (new,)
        )
        known = database.execute("SELECT id FROM folder").fetchone()[0]
        if known == new:
            if found := next((path for path in (folder / _FILE, mark) if path.exists()), None):
                raise LedgerUnavailableError(
                    f"The ledger in PostgreSQL is new, but FORECAST_JOBS_DIR has the jobs of "
                    f"another one: it holds {found.name}. Use a new folder."
                )
            write_files_atomically({mark: new.encode()})
        elif not mark.exists() or mark.read_text() != known:
            raise LedgerUnavailableError(
                "FORECAST_JOBS_DIR is not the folder of the ledger in PostgreSQL. All services and "
                "workers that use a ledger must share one folder."
            )
