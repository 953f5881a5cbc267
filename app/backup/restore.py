"""Bringing a backup back, whole or not at all.

Everything is first written into hidden folders beside its places, and checked. Then the file
`complete` in that of the jobs says that the restore is decided. What follows are renames only, or
uploads if the store is a bucket. If the command is killed among them, a second run finishes them,
and the service does not start before that.
"""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel

from app.backup.archive import JOBS, STORE, BackupError, BackupReader, Index, reading
from app.backup.places import STAGE, FolderPlace, Place, store_place
from forecasting.errors import BrokenVersionError, StoreError
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.atomic_files import fsync_path, write_files_atomically
from forecasting.store.store import ModelStore

Places = tuple[Place, FolderPlace]
"""That of the store, and that of the jobs."""


class _Decided(BaseModel):
    """Says what lies in the places once the restore is finished."""

    store: set[str]
    jobs: set[str]


def restore(path: Path, store: ModelStore, jobs: Path, *, overwrite: bool) -> Index:
    """Put what a backup holds in the place of the store and the jobs.

    Raises BackupError if the file is no whole backup, if something is there already and `overwrite`
    is false, if a service is running on the folders, if they cannot be written, or if the store is
    a bucket and the backup has a damaged version.
    """
    places = (store_place(store, jobs), FolderPlace(jobs))
    try:
        with _alone(places):
            _clear_stages(places)
            for place in places:
                if not overwrite and (found := place.entries()):
                    raise BackupError(
                        f"{place} is not empty: it holds {found[0]}. With --overwrite, "
                        "everything in it is replaced."
                    )
            index = _decide(path, places, store.location)
            _finish(places)
            return index
    except (OSError, StoreError, BrokenVersionError) as error:
        raise BackupError(f"{path} cannot be restored: {error}") from error


def _decide(path: Path, places: Places, location: str) -> Index:
    """Write everything beside its place, and say that it is to take that place."""
    jobs = places[1].folder
    try:
        with reading(path) as backup:
            _stage(backup, places, location)
            places[0].check()
            decided = _Decided(store=backup.index.below(STORE), jobs=backup.index.below(JOBS))
            write_files_atomically({_marker(jobs): decided.model_dump_json().encode()})
            return backup.index
    except BaseException:
        if not is_cut_off(jobs):
            _clear_stages(places)
        raise


def _clear_stages(places: Places) -> None:
    for place in places:
        shutil.rmtree(place.stage, ignore_errors=True)


def is_cut_off(jobs: Path) -> bool:
    """Return whether a restore was killed after it was decided, so that it has to be finished."""
    return _marker(jobs).exists()


def check_whole(jobs: Path) -> None:
    """Raise BackupError if a restore was cut off, before a service takes a half for the whole."""
    if is_cut_off(jobs):
        raise BackupError("a restore was cut off. Run python -m app restore again to finish it")


def finish(store: ModelStore, jobs: Path) -> None:
    """Finish a restore that was killed. Raises BackupError, as `restore` does."""
    places = (store_place(store, jobs), FolderPlace(jobs))
    try:
        with _alone(places):
            _finish(places)
    except (OSError, StoreError, BrokenVersionError) as error:
        raise BackupError(f"the restore cannot be finished: {error}") from error


def _stage(backup: BackupReader, places: Places, location: str) -> None:
    """Write all files of a backup beside their places, for jobs of the store at `location`."""
    store, jobs = places
    for name in backup.index.files:
        top, _, rest = name.partition("/")
        backup.copy(name, (store if top == STORE else jobs).stage / "new" / rest)
    for job in (jobs.stage / "new").glob("*/job.json"):
        with suppress(ValueError):  # it was being written, so that no ledger knows of it
            JobFolder(job.parent).move_store(location)
    for place in places:
        new = place.stage / "new"
        new.mkdir(parents=True, exist_ok=True)
        for path in (*filter(Path.is_dir, new.rglob("*")), new, new.parent, new.parent.parent):
            fsync_path(path)


def _finish(places: Places) -> None:
    store, jobs = places
    decided = _Decided.model_validate_json(_marker(jobs.folder).read_bytes())
    store.finish(decided.store)
    jobs.finish(decided.jobs)
    shutil.rmtree(store.stage, ignore_errors=True)
    _marker(jobs.folder).unlink()
    shutil.rmtree(jobs.stage, ignore_errors=True)


def _marker(jobs: Path) -> Path:
    return jobs / STAGE / "complete"


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Make sure that no service runs on the folders, and let nobody publish meanwhile."""
    jobs = places[1].folder
    with ExitStack() as stack:
        for place in places:
            stack.enter_context(place.alone())
        for path in jobs.glob("*.lock"):  # hidden ones too
            file = stack.enter_context(path.open("rb"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _running(jobs) from error
        for path in jobs.glob("*.sqlite"):
            if _is_open(path):
                raise _running(jobs)
        yield


def _is_open(database: Path) -> bool:
    """Return whether another process has a database open.

    SQLite leaves its write-ahead log only for whoever is alone.
    """
    connection = sqlite3.connect(database, timeout=0)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError:
        return True
    except sqlite3.DatabaseError:  # it is damaged, and about to be replaced
        return False
    finally:
        connection.close()
    return False


def _running(jobs: Path) -> BackupError:
    return BackupError(f"a service is running on {jobs}. Stop it first.")
