"""Write files so that each is whole whatever happens, and hold locks that end with their holder."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from forecasting.errors import BrokenVersionError, DiskFullError, StoreError

TEMPORARY_FILES = ".*.tmp"
"""The pattern of the files that `write_files_atomically` leaves behind if its process is killed."""

Row = TypeVar("Row", bound=BaseModel)


def write_files_atomically(contents: Mapping[Path, bytes]) -> None:
    """Replace files in the given order, each of them whole or not at all.

    All contents are on disk under temporary names before the first file is replaced, so that a full
    disk changes none of them. A file that is replaced keeps its permissions. Only one caller at a
    time may write the same file.

    Raises:
        OSError: if a file cannot be written; then none was replaced, or only the first ones.
    """
    temporary = {path: path.with_name(f".{path.name}.tmp") for path in contents}
    try:
        for path, content in contents.items():
            with temporary[path].open("wb") as file:
                file.write(content)
                file.flush()
                with suppress(FileNotFoundError):
                    os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
                os.fsync(file.fileno())
        for path in contents:
            temporary[path].replace(path)
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)
    for folder in {path.parent for path in contents}:
        fsync_path(folder)


def can_rename(path: Path, target: Path) -> bool:
    """Rename a folder, and return whether that is possible.

    Overlay file systems, those of containers, rename no folder that lies in a layer of the image.
    """
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def fsync_path(path: Path) -> None:
    """Wait until a file's content, or a folder's list of entries, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def to_npz(arrays: Mapping[str, Any]) -> bytes:
    """Return named arrays as the content of a file that `numpy.load` reads."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def to_json_lines(rows: Iterable[BaseModel]) -> bytes:
    """Return the rows as JSON Lines: one JSON object a line."""
    return "".join(row.model_dump_json() + "\n" for row in rows).encode()


def read_json_lines(path: Path, row_type: type[Row]) -> list[Row]:
    """Return the rows of a JSON Lines file; there are none if there is no file.

    Raises:
        BrokenVersionError: if the file cannot be read, or a line is not such a row.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BrokenVersionError(f"{name} cannot be read: {error}.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(row_type.model_validate_json(line))
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            raise BrokenVersionError(f"{name}, line {number}: {reason}.") from error
    return rows


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Wait until no other thread or process holds the lock, and hold it inside the block.

    It is the kernel's lock (`flock`) on the file `path`, so it is released if the process dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Return whether a process holds the kernel's lock on a file or a folder, which may not be
    there. Raises OSError if that cannot be told."""
    # On a shared disk, a file has to be open for writing.
    mode = os.O_RDONLY if path.is_dir() else os.O_RDWR
    try:
        descriptor = os.open(path, mode)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def clear_write_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError inside the block into an error that says what cannot be written.

    Raises:
        DiskFullError: if the disk that holds `folder` is full.
        StoreError: for any other OSError.
    """
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        raise StoreError(
            f"{error.filename or folder} cannot be written: {error.strerror or error}."
        ) from error


def is_disk_full(error: OSError) -> bool:
    """Return whether the error means that the disk, or the user's quota, is full."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT} or (
        f"errno = {errno.ENOSPC}" in str(error)  # HDF5 has the number only in its message
    )


def disk_full(folder: Path) -> DiskFullError:
    """Return the error that says that the disk which holds `folder` is full."""
    return DiskFullError(f"the disk that holds {folder} is full. Make room and try again.")
