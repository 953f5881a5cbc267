"""Files that are whole whatever happens, and a lock that ends with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from forecasting.errors import BrokenVersionError, DiskFullError, StoreError

Line = TypeVar("Line", bound=BaseModel)


def sync(path: Path) -> None:
    """On disk, a file or what a folder lists."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(contents: Mapping[Path, str | bytes]) -> None:
    """Replace files, each whole or not at all, in the order given; one caller at a time.

    All are on disk before the first is replaced: a full disk changes none of them.
    """
    drafts = {path: path.with_name(f".{path.name}-next") for path in contents}
    try:
        for path, content in contents.items():
            drafts[path].write_bytes(content if isinstance(content, bytes) else content.encode())
            sync(drafts[path])
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    for folder in {path.parent for path in contents}:
        sync(folder)


def save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """As a file that `numpy.load` reads, whole or not at all; one caller at a time."""
    written = path.with_suffix(".tmp")
    with written.open("wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)


def as_lines(rows: Iterable[BaseModel]) -> str:
    return "".join(row.model_dump_json() + "\n" for row in rows)


def read_lines(path: Path, kind: type[Line]) -> list[Line]:
    """The rows of a JSON Lines file, none where there is no file. Raises BrokenVersionError."""
    place = f"{path.parent.name}/{path.name}"
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BrokenVersionError(f"{place} cannot be read: {error}.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(kind.model_validate_json(line))
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            raise BrokenVersionError(f"{place}, line {number}: {reason}.") from error
    return rows


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One holder at a time, among threads and processes; waits its turn.

    The kernel releases the lock of a process that dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def clear_write_errors(folder: Path) -> Iterator[None]:
    """A full disk: DiskFullError; a folder that may not be written: StoreError."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        raise StoreError(
            f"{error.filename or folder} cannot be written: {error.strerror or error}."
        ) from error


def is_disk_full(error: OSError) -> bool:
    return error.errno in {errno.ENOSPC, errno.EDQUOT} or (
        f"errno = {errno.ENOSPC}" in str(error)  # as HDF5 says it
    )


def disk_full(folder: Path) -> DiskFullError:
    return DiskFullError(f"the disk that holds {folder} is full. Make room and try again.")
