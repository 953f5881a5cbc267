"""The file of a backup: a tar whose last member, backup.json, lists all others with their digests.

A file without that list was cut off, and what is not in the list does not count.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from forecasting.store.atomic_files import fsync_path
from forecasting.store.manifest import FileEntry

STORE, JOBS = "store", "jobs"
"""What the names of the members begin with."""
_INDEX = "backup.json"
_LARGEST_INDEX = 2**30
_CHUNK = 2**20
_PACKED = {
    b"\x1f\x8b": "gunzip",
    b"BZh": "bunzip2",
    b"\xfd7zXZ\x00": "unxz",
    b"\x28\xb5\x2f\xfd": "unzstd",
}
"""The programs that unpack files, by what these begin with."""


class BackupError(Exception):
    """A backup cannot be made or restored; the message says why and what to do."""


class Index(BaseModel):
    """What a backup holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    files: dict[str, FileEntry]

    def below(self, name: str) -> set[str]:
        """Return the names of the entries of the folder `store` or `jobs`."""
        parts = (PurePosixPath(file).parts for file in self.files)
        return {entry for top, entry, *_ in parts if top == name}


class BackupWriter:
    """Adds files to a backup that is being made."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._files: dict[str, FileEntry] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file as it is now; what is appended to it meanwhile is left out.

        Raises FileNotFoundError if it is not there.
        """
        with path.open("rb") as file:
            member = tarfile.TarInfo(name)
            member.size = os.fstat(file.fileno()).st_size
            hashed = _HashedReader(file)
            self._archive.addfile(member, hashed)
        self._files[name] = FileEntry(sha256=hashed.sha256.hexdigest(), size=member.size)

    def add_content(self, name: str, content: bytes) -> None:
        """Add a file with this content."""
        member = tarfile.TarInfo(name)
        member.size = len(content)
        self._archive.addfile(member, io.BytesIO(content))
        self._files[name] = FileEntry.of(content)

    def drop_below(self, name: str) -> None:
        """Let the files in a folder not count, because the folder is gone."""
        for file in [file for file in self._files if file.startswith(f"{name}/")]:
            del self._files[file]

    def finish(self) -> Index:
        """Add the list of the files, and return it."""
        index = Index(made_at=datetime.now(UTC), files=dict(self._files))
        self.add_content(_INDEX, index.model_dump_json(indent=1).encode())
        return index


class _HashedReader(io.RawIOBase):
    """Reads a file, and computes the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.sha256.update(content)
        return content


@contextmanager
def writing(path: Path) -> Iterator[BackupWriter]:
    """Give a writer of a backup into a new file, which is there, whole, once the block has ended.

    Raises BackupError if there is such a file already.
    """
    if path.exists():
        raise BackupError(f"{path} is there already. Name another file, or remove it.")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with tarfile.open(temporary, "w", format=tarfile.PAX_FORMAT) as archive:
            yield BackupWriter(archive)
        fsync_path(temporary)
        temporary.rename(path)
        fsync_path(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


class BackupReader:
    """Reads the files of a backup."""

    def __init__(self, path: Path, archive: tarfile.TarFile) -> None:
        self._path = path
        self._archive = archive
        self._members = {member.name: member for member in archive.getmembers()}
        self.index = self._read_index()

    def copy(self, name: str, to: Path) -> None:
        """Write one of the files to a path, and check that it is the one that was added."""
        entry = self.index.files[name]
        found = self._open(name)
        digest, size = hashlib.sha256(), 0
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("xb") as file:
            while chunk := found.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if FileEntry(sha256=digest.hexdigest(), size=size) != entry:
            raise BackupError(f"{self._path}: {name} is not the file that was backed up.")

    def _open(self, name: str) -> IO[bytes]:
        member = self._members.get(name)
        is_file = member is not None and member.isfile()
        found = self._archive.extractfile(name) if is_file else None
        if found is None:
            raise BackupError(f"{self._path}: {name} is missing.")
        return found

    def _read_index(self) -> Index:
        if _INDEX not in self._members:
            raise BackupError(f"{self._path} is no whole backup: it has no {_INDEX} at its end.")
        try:
            index = Index.model_validate_json(self._open(_INDEX).read(_LARGEST_INDEX))
        except ValidationError as error:
            raise BackupError(f"{self._path}: {_INDEX} cannot be read: {error}") from error
        for name in index.files:
            if not _may_be_named(name):
                raise BackupError(f"{self._path}: {name!r} cannot be the name of a file in it.")
        return index


def _may_be_named(name: str) -> bool:
    """Return whether a file of that name lies in the store or the jobs, and is none of ours there.

    A name that is not written as `PurePosixPath` writes it, such as `jobs//etc/x`, could be read in
    two ways.
    """
    path = PurePosixPath(name)
    top, *rest = path.parts or ("",)
    return (
        str(path) == name
        and top in {STORE, JOBS}
        and bool(rest)
        and not any(part.startswith(".") for part in rest)
    )


@contextmanager
def reading(path: Path) -> Iterator[BackupReader]:
    """Give a reader of a backup. Raises BackupError if the file is no whole backup."""
    try:
        with tarfile.open(path, "r:") as archive:
            yield BackupReader(path, archive)
    except (FileNotFoundError, tarfile.TarError) as error:
        if unpack := _unpacking(path):
            raise BackupError(f"{path} is packed. Unpack it first: {unpack} {path}") from error
        raise BackupError(f"{path} cannot be read as a backup: {error}") from error


def _unpacking(path: Path) -> str | None:
    """Return the program that unpacks a file, if it is packed."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        start = file.read(6)
    return next((program for sign, program in _PACKED.items() if start.startswith(sign)), None)
