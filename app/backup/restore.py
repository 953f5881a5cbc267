"""Bringing a backup back, whole or not at all.

Everything is first written into the hidden folders `.restore` of the store and of the jobs, and
checked. Then the file `complete` there says that the restore is decided. What follows are renames
only. If the command is killed among them, a second run finishes them, and the service does not
start before that.
"""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import BaseModel

from app.backup.archive import JOBS, STORE, BackupError, BackupReader, Index, reading
from forecasting.errors import StoreError
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.atomic_files import fsync_path, write_files_atomically
from forecasting.store.store import ModelStore

_STAGE = ".restore"


class _Decided(BaseModel):
    """Says what lies in the folders once the restore is finished."""

    store: set[str]
    jobs: set[str]


def restore(path: Path, store: ModelStore, jobs: Path, *, overwrite: bool) -> Index:
    """Put what a backup holds in the place of the store and the jobs.

    Raises BackupError if the file is no whole backup, if something is there already and `overwrite`
    is false, if a service is running on the folders, or if they cannot be written.
    """
    try:
        with _alone(store, jobs):
            _clear_stages(store, jobs)
            for folder in (store.root, jobs):
                if not overwrite and (found := next(_entries(folder), None)):
                    raise BackupError(
                        f"{folder} is not empty: it holds {found.name}. With --overwrite, "
                        "everything in it is replaced."
                    )
            index = _decide(path, store, jobs)
            _finish(store, jobs)
            return index
    except (OSError, StoreError) as error:
        raise BackupError(f"{path} cannot be restored: {error}") from error


def _decide(path: Path, store: ModelStore, jobs: Path) -> Index:
    """Write everything beside its place, and say that it is to take that place."""
    try:
        with reading(path) as backup:
            _stage(backup, store, jobs)
            decided = _Decided(store=backup.index.below(STORE), jobs=backup.index.below(JOBS))
            write_files_atomically({_marker(jobs): decided.model_dump_json().encode()})
            return backup.index
    except BaseException:
        if not is_cut_off(jobs):
            _clear_stages(store, jobs)
        raise


def _clear_stages(store: ModelStore, jobs: Path) -> None:
    for folder in (store.root, jobs):
        shutil.rmtree(folder / _STAGE, ignore_errors=True)


def is_cut_off(jobs: Path) -> bool:
    """Return whether a restore was killed after it was decided, so that it has to be finished."""
    return _marker(jobs).exists()


def check_whole(jobs: Path) -> None:
    """Raise BackupError if a restore was cut off, before a service takes a half for the whole."""
    if is_cut_off(jobs):
        raise BackupError("a restore was cut off. Run python -m app restore again to finish it")


def finish(store: ModelStore, jobs: Path) -> None:
    """Finish a restore that was killed. Raises BackupError, as `restore` does."""
    try:
        with _alone(store, jobs):
            _finish(store, jobs)
    except (OSError, StoreError) as error:
        raise BackupError(f"the restore cannot be finished: {error}") from error


def _stage(backup: BackupReader, store: ModelStore, jobs: Path) -> None:
    """Write all files of a backup beside their places."""
    for name in backup.index.files:
        top, _, rest = name.partition("/")
        folder = store.root if top == STORE else jobs
        backup.copy(name, folder / _STAGE / "new" / rest)
    for job in (jobs / _STAGE / "new").glob("*/job.json"):
        JobFolder(job.parent).move_store(store.root.resolve())
    for folder in (store.root, jobs):
        new = folder / _STAGE / "new"
        new.mkdir(parents=True, exist_ok=True)
        for path in (*filter(Path.is_dir, new.rglob("*")), new, new.parent, folder):
            fsync_path(path)


def _finish(store: ModelStore, jobs: Path) -> None:
    decided = _Decided.model_validate_json(_marker(jobs).read_bytes())
    for folder, names in ((store.root, decided.store), (jobs, decided.jobs)):
        _swap(folder, names)
    shutil.rmtree(store.root / _STAGE, ignore_errors=True)
    _marker(jobs).unlink()
    shutil.rmtree(jobs / _STAGE, ignore_errors=True)


def _swap(folder: Path, names: set[str]) -> None:
    """Let a folder hold what was restored and nothing else; again does no harm."""
    stage = folder / _STAGE
    if not stage.exists():
        return
    new, old = stage / "new", stage / "old"
    old.mkdir(exist_ok=True)
    waiting = {entry.name for entry in _entries(new)}
    for entry in list(_entries(folder)):
        if entry.name in waiting or entry.name not in names:
            entry.rename(old / entry.name)
    for name in sorted(waiting):
        (new / name).rename(folder / name)
    fsync_path(folder)


def _entries(folder: Path) -> Iterator[Path]:
    return folder.glob("[!.]*")


def _marker(jobs: Path) -> Path:
    return jobs / _STAGE / "complete"


@contextmanager
def _alone(store: ModelStore, jobs: Path) -> Iterator[None]:
    """Make sure that no service runs on the folders, and let nobody publish meanwhile."""
    store.root.mkdir(parents=True, exist_ok=True)
    jobs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(store.changing())
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
