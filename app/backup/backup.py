"""Making a backup while the service runs.

The databases come first, then the folders of the jobs, and the store last. So whatever a database
speaks of is there: a job that has succeeded has its version. What happened in between is found when
the jobs go on after a restore, as after a crash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from app.backup.archive import JOBS, STORE, BackupError, BackupWriter, Index, writing
from forecasting.errors import BrokenVersionError, NotFoundError, StoreError
from forecasting.store.signing import SIGNATURE
from forecasting.store.storage.folder import files_of
from forecasting.store.storage.records import Records
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
    except (OSError, sqlite3.Error, StoreError, BrokenVersionError) as error:
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
    """Add the models, each as it is at one moment.

    Most of the time nobody has to wait, because the files of a version never change.
    """
    for model in store.storage.models_on_record():
        added: set[int] = set()
        for version in store.versions(model):
            added.add(version)
            with suppress(NotFoundError):  # it is deleted at this moment
                _add_version(writer, store, model, version)
        while not _add_records(writer, store, model, added):
            pass


def _add_records(writer: BackupWriter, store: ModelStore, model: str, added: set[int]) -> bool:
    """Add what is on record of a model, and the versions of which that speaks.

    Returns False if one of those is deleted at this moment; then it has to be done again.
    """

    def add(records: Records) -> Records:
        for version in sorted(records.versions - added):
            added.add(version)
            _add_version(writer, store, model, version)
        for version in added - records.versions:
            writer.drop_below(_name(model, str(version)))
        for version in sorted(records.versions):
            with _deletion_noticed(store, model, version):
                signature = store.storage.signature(model, version)
            if signature is not None:
                writer.add_content(_name(model, str(version), SIGNATURE), signature)
        for name, content in files_of(records).items():
            writer.add_content(_name(model, name), content)
        return records

    try:
        store.storage.change(model, add)
    except NotFoundError:
        return False
    return True


def _add_version(writer: BackupWriter, store: ModelStore, model: str, version: int) -> None:
    with _deletion_noticed(store, model, version), store.opened(model, version) as folder:
        for path in sorted(folder.glob("[!.]*")):
            if path.name != SIGNATURE and path.is_file():
                writer.add(_name(model, str(version), path.name), path)


@contextmanager
def _deletion_noticed(store: ModelStore, model: str, version: int) -> Iterator[None]:
    """Raise NotFoundError if what fails inside the block does so because the version is deleted."""
    try:
        yield
    except (FileNotFoundError, BrokenVersionError) as error:
        store.check_there(model, version)
        raise BackupError(f"the backup cannot be made: {model}/{version}: {error}") from error


def _name(*parts: str) -> str:
    return "/".join((STORE, *parts))
