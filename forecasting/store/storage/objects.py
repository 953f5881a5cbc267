"""Objects in an object store: read, listed, written on a condition, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from forecasting.errors import StoreUnreachableError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

_CLIENT: ClientConfig = {
    "connect_timeout": "3s",
    "read_timeout": "10s",
    "timeout": "120s",
    "allow_http": True,
}
_RETRY: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=8)}
"""How long an operation may take before the store counts as unreachable."""


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object in a list."""

    key: str
    listed_as: str
    """Changes when the object does."""
    written_at: datetime


@dataclass(frozen=True, slots=True)
class ObjectContent:
    """An object that was read."""

    content: bytes
    tag: str
    """What `replace` compares."""


class Objects(Protocol):
    """The operations that a store needs. All raise StoreUnreachableError."""

    def read(self, key: str) -> ObjectContent | None:
        """Return an object, or None if it is not there."""
        ...

    def entries(self, prefix: str) -> list[ObjectEntry]:
        """Return the objects whose keys begin with a prefix that ends in a slash."""
        ...

    def write(self, key: str, content: bytes | Path) -> None:
        """Write an object, whatever was there."""
        ...

    def replace(self, key: str, content: bytes, tag: str | None) -> bool:
        """Write an object if it still has the tag, or is still not there if the tag is None.

        Returns False if it has changed.
        """
        ...

    def delete(self, keys: list[str]) -> None:
        """Delete objects, those that are not there too."""
        ...


class RemoteObjects:
    """Objects in S3, Google Cloud Storage or Azure, by obstore. See `Objects`.

    Credentials come from where the providers' own tools have them, such as AWS_ACCESS_KEY_ID.
    """

    def __init__(self, url: str) -> None:
        """Take the URL of a bucket or a prefix in it. Raises StoreUnreachableError."""
        from obstore.store import from_url

        self._url = url
        with self._errors():
            self._store: ObjectStore = from_url(url, client_options=_CLIENT, retry_config=_RETRY)

    def read(self, key: str) -> ObjectContent | None:
        """Return an object, or None if it is not there."""
        import obstore

        with self._errors():
            try:
                found = obstore.get(self._store, key)
                return ObjectContent(bytes(found.bytes()), _tag(found.meta))
            except FileNotFoundError:
                return None

    def entries(self, prefix: str) -> list[ObjectEntry]:
        """Return the objects whose keys begin with a prefix that ends in a slash."""
        import obstore

        with self._errors():
            return [
                ObjectEntry(found["path"], found["e_tag"] or "", found["last_modified"])
                for chunk in obstore.list(self._store, prefix)
                for found in chunk
            ]

    def write(self, key: str, content: bytes | Path) -> None:
        """Write an object, whatever was there."""
        import obstore

        with self._errors():
            obstore.put(self._store, key, content)

    def replace(self, key: str, content: bytes, tag: str | None) -> bool:
        """Write an object if it still has the tag, or is still not there if the tag is None."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with self._errors():
            try:
                mode: Any = "create" if tag is None else _from_tag(tag)
                obstore.put(self._store, key, content, mode=mode)
            except (AlreadyExistsError, PreconditionError, FileNotFoundError):
                return False
            return True

    def delete(self, keys: list[str]) -> None:
        """Delete objects, those that are not there too."""
        import obstore

        with self._errors():
            obstore.delete(self._store, keys)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as error:
            raise StoreUnreachableError(
                f"the model store {self._url} cannot be reached: {_first_line(error)}"
            ) from None  # obstore's own message may repeat the whole request


def _tag(meta: Any) -> str:
    """Return the tag of an object: its ETag, and its version where the store has versions."""
    return f"{meta['e_tag'] or ''} {meta['version'] or ''}"


def _from_tag(tag: str) -> dict[str, str]:
    e_tag, _, version = tag.rpartition(" ")
    parts = {"e_tag": e_tag, "version": version}
    return {name: part for name, part in parts.items() if part}


def _first_line(error: Exception) -> str:
    """Return what went wrong, without what may be secret: the query of an address."""
    line = str(error).partition("\n")[0]
    return re.sub(r"\?\S*", "", line).strip() or type(error).__name__
