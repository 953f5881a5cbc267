"""Files and folders, of this machine or of an object store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pyarrow as pa
from pyarrow import fs

from forecasting.store.atomic_files import fsync_path
from forecasting.store.storage.location import is_url

_BLOCK_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """A file or a folder that may be there or not."""

    filesystem: fs.FileSystem
    path: str
    """The path in the file system, which for an object store begins with the bucket."""
    scheme: str | None = None
    """The scheme of the object store's URLs; None for this machine."""

    @classmethod
    def of(cls, location: str) -> Self:
        """Return the place of a location in its normal form. Raises OSError."""
        if is_url(location):
            filesystem, path = fs.FileSystem.from_uri(location)
            return cls(filesystem, path, location.partition("://")[0])
        return cls(fs.LocalFileSystem(), location)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return self.scheme is None

    @property
    def location(self) -> str:
        """The location: a path of this machine, or a URL."""
        return self.path if self.scheme is None else f"{self.scheme}://{self.path}"

    def at(self, path: str) -> Place:
        """Return what has that path in the same file system."""
        return Place(self.filesystem, path, self.scheme)

    def child(self, name: str) -> Place:
        """Return what has that name in this folder."""
        return self.at(f"{self.path.rstrip('/')}/{name}")

    def kind(self) -> fs.FileType:
        """Return whether a file or a folder is there, or nothing. Raises OSError."""
        return self.filesystem.get_file_info(self.path).type

    def exists(self) -> bool:
        """Return whether something is there. Raises OSError."""
        return bool(self.kind() != fs.FileType.NotFound)

    def files(self) -> list[fs.FileInfo]:
        """Return the files below this folder, by their paths; none if it is not there.

        Raises OSError.
        """
        selector = fs.FileSelector(self.path, recursive=True, allow_not_found=True)
        found = self.filesystem.get_file_info(selector)
        return sorted((info for info in found if info.is_file), key=lambda info: info.path)

    def open(self) -> Any:
        """Open the file for reading anywhere in it. Raises OSError."""
        return self.filesystem.open_input_file(self.path)

    def delete(self) -> None:
        """Delete the file, if it is there. Raises OSError."""
        if self.exists():
            self.filesystem.delete_file(self.path)

    def take(self, file: Path) -> None:
        """Make a file of this machine, of the same folder or for an object store, the file here.

        Raises OSError.
        """
        if self.is_local:
            file.replace(self.path)
            fsync_path(file.parent)
            return
        with file.open("rb") as content:
            self._put(content)

    def _put(self, content: Any) -> None:
        """Write what is there whole already: closing the stream is what makes the file."""
        with self.filesystem.open_output_stream(self.path) as stream:
            while block := content.read(_BLOCK_BYTES):
                stream.write(block)

    def holds(self, file: Path) -> bool:
        """Return whether the file here has the content of one of this machine. Raises OSError."""
        size = file.stat().st_size
        if self.filesystem.get_file_info(self.path).size != size:
            return False
        with self.open() as there, file.open("rb") as content:
            return all(
                there.read_at(_BLOCK_BYTES, start) == content.read(_BLOCK_BYTES)
                for start in range(0, size, _BLOCK_BYTES)
            )

    @contextmanager
    def written(self, mark: str | None = None) -> Iterator[Any]:
        """Give a stream whose content becomes the file when the block ends without an exception.

        The file is then whole; otherwise it is as it was. What goes to an object store is in memory
        until then. On this machine, a hidden file beside it holds what was written so far; `mark`
        is in its name, or else what is in no other. Raises OSError.
        """
        if not self.is_local:
            sink = pa.BufferOutputStream()
            yield sink
            self._put(pa.BufferReader(sink.getvalue()))
            return
        path = Path(self.path)
        temporary = path.with_name(f".{path.name}.{mark or uuid4().hex}.tmp")
        try:
            with drafted(temporary) as stream:
                yield stream
            temporary.replace(path)
            fsync_path(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def drafted(file: Path) -> Iterator[Any]:
    """Give a stream into a file of this machine, which is on the disk when the block has ended.

    Before that, the file holds what was written so far. Raises OSError.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with fs.LocalFileSystem().open_output_stream(str(file)) as stream:
        yield stream
    fsync_path(file)
