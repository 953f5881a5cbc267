"""An S3 server for all tests of the store, and stores in a folder, in S3 and in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.cluster.s3_server import s3_server
from forecasting.store.storage.cache import VersionCache
from forecasting.store.store import ModelStore
from tests.support.buckets import FailingObjects, memory_store
from tests.support.tiny_models import publish_copy
from tests.upgrade.test_upgrade import COPY

VERSION = COPY / "store" / "tiny" / "1"
OpenStore = Callable[[str], ModelStore]


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    with s3_server() as env:
        yield env


@pytest.fixture
def open_store(tmp_path: Path, s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> OpenStore:
    """Open an empty store of a kind; what processes copy lies in the test's folder, too."""
    monkeypatch.chdir(tmp_path)
    for name, value in s3.items():
        monkeypatch.setenv(name, value)

    def opened(kind: str) -> ModelStore:
        if kind == "folder":
            return ModelStore(tmp_path / "store")
        if kind == "memory":
            return memory_store(FailingObjects(), tmp_path / "cache")
        cache = VersionCache(tmp_path / "cache", 2**20)
        return ModelStore(f"s3://models/{tmp_path.name}", cache=cache)

    return opened


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, open_store: OpenStore) -> ModelStore:
    return open_store(request.param)


@pytest.fixture
def three(tmp_path: Path) -> ModelStore:
    return publish_three(ModelStore(tmp_path / "three"))


def publish_three(store: ModelStore) -> ModelStore:
    """Return the store with three versions of `m`, `production` nowhere yet."""
    for _ in range(3):
        publish_copy(store, "m", of=VERSION)
    return store
