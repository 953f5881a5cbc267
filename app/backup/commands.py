"""`python -m app backup` keeps the store and the jobs in a file; `restore` brings them back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.backup.archive import JOBS, STORE, BackupError, Index
from app.backup.backup import back_up
from app.backup.restore import finish, is_cut_off, restore
from app.settings.environment import SettingsError, load_settings
from app.settings.settings import Settings
from forecasting.store.storage.location import is_url


def make_backup(arguments: Sequence[str]) -> int:
    """Do what `python -m app backup` is for; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m app backup",
        description="Write FORECAST_MODEL_STORE and FORECAST_JOBS_DIR into a file, while the "
        "service runs or not.",
    )
    parser.add_argument("file", type=Path, help="a new file")
    options = parser.parse_args(arguments)

    def make(settings: Settings) -> str:
        store = settings.open_store()
        if not is_url(settings.model_store) and not Path(settings.model_store).is_dir():
            location = settings.model_store
            raise BackupError(f"FORECAST_MODEL_STORE={location}: there is no such folder.")
        return _describe(back_up(store, settings.jobs_dir, options.file))

    return _run(make)


def restore_backup(arguments: Sequence[str]) -> int:
    """Do what `python -m app restore` is for; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m app restore",
        description="Fill FORECAST_MODEL_STORE and FORECAST_JOBS_DIR from a file that backup has "
        "written, while no service runs on them.",
    )
    parser.add_argument("file", type=Path, help="what backup has written")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace everything that is in the two folders"
    )
    options = parser.parse_args(arguments)

    def bring_back(settings: Settings) -> str:
        store, jobs = settings.open_store(), settings.jobs_dir
        if is_cut_off(jobs):
            finish(store, jobs)
            return "An earlier restore had been cut off, and is finished now."
        return _describe(restore(options.file, store, jobs, overwrite=options.overwrite))

    return _run(bring_back)


def _describe(index: Index) -> str:
    megabytes = sum(entry.size for entry in index.files.values()) / 1e6
    return (
        f"{len(index.below(STORE))} models, {len(index.below(JOBS))} jobs and databases, "
        f"{megabytes:.1f} MB, as of {index.made_at:%Y-%m-%d %H:%M:%S} UTC"
    )


def _run(do: Callable[[Settings], str]) -> int:
    try:
        settings = load_settings()
        if settings.database_url is not None:
            raise BackupError(
                "the ledger of the jobs is in PostgreSQL (FORECAST_DATABASE_URL), which this "
                "cannot keep. The guide says how to back up all of it."
            )
        print(do(settings))
    except (SettingsError, BackupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
