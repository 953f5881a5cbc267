"""Making a backup while the service runs.

The databases come first, then the folders of the jobs, and the store last. So whatever a database
speaks of is there: a job that has succeeded has its version. What happened in between is found when
the jobs go on after a restore, as after a crash.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from app.backup.archive import JOBS, STORE, BackupError, BackupWriter, Index, writing
from forecasting.errors import StoreError
from forecasting.store.manifest import MODEL_NAME
from forecasting.store.signing import SIGNATURE
from forecasting.store.store import ModelStore

_DATABASE = ".sqlite"


def back_up(store: ModelStore, jobs: Path, path: Path) -> Index:
    """Write the store and the folder of the jobs into a new file, whole or not at all.

    Raises BackupError if the file is there already, or something cannot be read or written.
    """
    try:
        with writing(path) as writer:
            for database in sorted(jobs.glob(f"*{_DATABASE}")):
                _add_database(writer, database, path.parent)
            _add_jobs(writer, jobs)
            _add_store(writer, store)
            return writer.finish()
    except (OSError, sqlite3.Error, StoreError) as error:
        raise BackupError(f"the backup cannot be made: {error}") from error


def _add_database(writer: BackupWriter, database: Path, beside: Path) -> None:
    """Add a database as it is at one moment, whoever writes it meanwhile.

    The copy lies in the folder `beside` for that moment.
    """
    with TemporaryDirectory(prefix=f".{database.name}.", dir=beside) as scratch:
        copy = Path(scratch, database.name)
        with (
            closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # so that all of it is in one file
        writer.add(f"{JOBS}/{database.name}", copy)


def _add_jobs(writer: BackupWriter, jobs: Path) -> None:
    """Add the folders of the jobs. What is deleted meanwhile is left out."""
    for path in sorted(jobs.glob("[!.]*/**/*")):
        if path.suffix == ".lock" or path.name.startswith(".") or not path.is_file():
            continue
        with suppress(FileNotFoundError):
            writer.add(f"{JOBS}/{path.relative_to(jobs).as_posix()}", path)


def _add_store(writer: BackupWriter, store: ModelStore) -> None:
    """Add the versions, and then, while nothing changes, what may change.

    Most of the time nobody has to wait, because the files of a version never change.
    """
    added = set(_versions(store))
    for folder in sorted(added):
        with suppress(FileNotFoundError):  # it is deleted at this moment
            _add_version(writer, store, folder)
    if not store.root.is_dir():
        return
    with store.changing():
        present = set(_versions(store))
        for folder in sorted(present - added):
            _add_version(writer, store, folder)
        for folder in sorted(added - present):
            writer.drop_below(_name(store, folder))
        for path in sorted(store.root.glob("*/*.json*")):
            if re.match(MODEL_NAME, path.parent.name) and re.match(MODEL_NAME, path.name):
                writer.add(_name(store, path), path)
        for folder in sorted(present):
            if (folder / SIGNATURE).exists():
                writer.add(_name(store, folder / SIGNATURE), folder / SIGNATURE)


def _versions(store: ModelStore) -> list[Path]:
    return [
        store.root / model / str(version)
        for model in store.models()
        for version in store.versions(model)
    ]


def _add_version(writer: BackupWriter, store: ModelStore, folder: Path) -> None:
    for path in sorted(folder.glob("[!.]*")):
        if path.name != SIGNATURE and path.is_file():
            writer.add(_name(store, path), path)


def _name(store: ModelStore, path: Path) -> str:
    return f"{STORE}/{path.relative_to(store.root).as_posix()}"
