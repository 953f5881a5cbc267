"""Copies of versions on the local disk, the least recently used of which go first.

Several processes may use the same cache. A copy is locked (`flock`) by whoever uses it, and only
copies that nobody uses are removed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from forecasting.errors import StoreError, VersionUnavailableError

CACHE_FOLDER, CACHE_BYTES = Path("store_cache"), 10 * 2**30
_HIDDEN = ".new-"
_LEFT_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class VersionCache:
    """A folder of copies. It may exceed `max_bytes` by the copies that are in use."""

    folder: Path = CACHE_FOLDER
    max_bytes: int = CACHE_BYTES

    @classmethod
    def parse(cls, folder: str | None, max_bytes: str | None) -> Self:
        """Take both from texts, where None or nothing means the default.

        Raises StoreError if the size is no number of bytes.
        """
        try:
            size = int(max_bytes) if max_bytes else CACHE_BYTES
        except ValueError as error:
            raise StoreError(f"{max_bytes!r} is no size of a cache in bytes.") from error
        return cls(Path(folder) if folder else CACHE_FOLDER, size)

    @contextmanager
    def opened(self, name: str, fetch: Callable[[Path], None]) -> Iterator[Path]:
        """Give the folder with the copy `name`; `fetch` fills it if there is none.

        Raises VersionUnavailableError if the disk cannot be read or written.
        """
        try:
            descriptor = self._lock(name)
            if descriptor is None:
                self._add(name, fetch)
                descriptor = self._lock(name)
        except OSError as error:
            raise _unavailable(self.folder, error) from error
        if descriptor is None:
            raise VersionUnavailableError(f"{self.folder / name} was removed.")
        try:
            yield self.folder / name
        finally:
            os.close(descriptor)

    def discard(self, name: str) -> None:
        """Remove a copy, even if it is in use, because it is damaged."""
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def _lock(self, name: str) -> int | None:
        """Return a descriptor that keeps a copy where it is, or None if there is no copy."""
        path = self.folder / name
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        try:
            os.utime(path, ns=(time.time_ns(), time.time_ns()))
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)  # it was removed before it was locked
        return None

    def _add(self, name: str, fetch: Callable[[Path], None]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=self.folder))
        try:
            fetch(new)
            try:
                new.rename(self.folder / name)
            except OSError:
                if not (self.folder / name).is_dir():  # another process was quicker
                    raise
        finally:
            shutil.rmtree(new, ignore_errors=True)
        with suppress(FileNotFoundError):  # another process removes copies as well
            self._make_room(name)

    def _make_room(self, newest: str) -> None:
        """Remove the copies whose last use is longest ago until the others fit.

        What a process that was killed has left half written goes as well.
        """
        for left in self.folder.glob(f"{_HIDDEN}*"):
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        copies = sorted((path.stat().st_mtime_ns, path) for path in self.folder.glob("[!.]*"))
        sizes = {path: _size(path) for _, path in copies}
        excess = sum(sizes.values()) - self.max_bytes
        for _, path in copies:
            if excess > 0 and path.name != newest and _remove_unused(path):
                excess -= sizes[path]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _remove_unused(path: Path) -> bool:
    """Remove a copy, unless somebody uses it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        aside = tempfile.mkdtemp(prefix=_HIDDEN, dir=path.parent)
        path.rename(Path(aside, path.name))
        shutil.rmtree(aside, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _unavailable(folder: Path, error: OSError) -> VersionUnavailableError:
    return VersionUnavailableError(
        f"the cache of the model store, {folder}, cannot be used: {error.strerror or error}."
    )
