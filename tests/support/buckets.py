"""Buckets for tests: objects in memory that can fail, and damage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from obstore.store import MemoryStore

from forecasting.errors import StoreUnreachableError
from forecasting.store.manifest import MANIFEST
from forecasting.store.storage.bucket import BucketStorage
from forecasting.store.storage.cache import VersionCache
from forecasting.store.storage.index import draft_key, index_key, manifest_name, read_index
from forecasting.store.storage.objects import ObjectContent, ObjectEntry, RemoteObjects
from forecasting.store.store import ModelStore

_Result = TypeVar("_Result")


class Fault(Enum):
    """What happens."""

    CALL = "the call does not arrive"
    ANSWER = "the answer is lost"
    OUTAGE = "the answer is lost, and no later call arrives"


@dataclass
class FailingObjects(RemoteObjects):
    """Objects in memory. The call with the number `fails_at` fails."""

    fails_at: int | None = None
    fault: Fault = Fault.CALL
    meanwhile: Callable[[], Any] | None = None
    """What somebody else does just before the next write on a condition."""
    calls: int = 0
    _url: str = "s3://in-memory"
    _store: Any = field(default_factory=MemoryStore)

    def read(self, key: str) -> ObjectContent | None:
        return self._call(lambda: RemoteObjects.read(self, key))

    def entries(self, prefix: str) -> list[ObjectEntry]:
        return self._call(lambda: RemoteObjects.entries(self, prefix))

    def write(self, key: str, content: bytes | Path) -> None:
        self._call(lambda: RemoteObjects.write(self, key, content))

    def replace(self, key: str, content: bytes, tag: str | None) -> bool:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return self._call(lambda: RemoteObjects.replace(self, key, content, tag))

    def delete(self, keys: list[str]) -> None:
        self._call(lambda: RemoteObjects.delete(self, keys))

    def _call(self, do: Callable[[], _Result]) -> _Result:
        self.calls += 1
        since = -1 if self.fails_at is None else self.calls - self.fails_at
        if (since == 0 and self.fault is Fault.CALL) or (since > 0 and self.fault is Fault.OUTAGE):
            raise StoreUnreachableError("it does not answer.")
        result = do()
        if since == 0:
            raise StoreUnreachableError("its answer is lost.")
        return result


def memory_store(objects: FailingObjects, cache: Path) -> ModelStore:
    """Return a store whose versions are objects in memory."""
    store = ModelStore(cache / "unused")
    store.storage = BucketStorage("s3://in-memory", objects, VersionCache(cache, 2**20))
    return store


def damage(
    store: ModelStore, model: str, version: int, name: str, content: bytes | None = b"damaged"
) -> None:
    """Put something else in the place of a file of a version, or nothing; no copy is kept."""
    if not isinstance(store.storage, BucketStorage):
        path = Path(store.location, model, str(version), name)
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        return
    objects = store.storage.objects
    found = objects.read(index_key(model))
    assert found is not None
    entry = read_index(model, found.content).versions[version]
    store.storage.cache.discard(entry.draft)
    stored = manifest_name(entry.manifest) if name == MANIFEST else name
    key = draft_key(model, entry.draft, stored)
    objects.delete([key])
    if content is not None:
        objects.write(key, content)
