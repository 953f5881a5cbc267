"""Copies of versions on the local disk: bounded, checked, and kept while they are in use."""

from collections.abc import Callable
from pathlib import Path

import pytest

from forecasting.errors import VersionUnavailableError
from forecasting.store.storage.cache import VersionCache
from tests.forecasting.store.conftest import OpenStore, publish_three


def fill(size: int) -> Callable[[Path], None]:
    def fetch(folder: Path) -> None:
        (folder / "file").write_bytes(bytes(size))

    return fetch


def names(cache: VersionCache) -> set[str]:
    return {path.name for path in cache.folder.iterdir()}


def use(cache: VersionCache, *copies: str) -> None:
    for name in copies:
        with cache.opened(name, fill(40)) as folder:
            assert (folder / "file").stat().st_size == 40


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = VersionCache(tmp_path / "cache", 100)
    use(cache, "a", "b", "a", "c")
    assert names(cache) == {"a", "c"}
    assert cache.folder.stat().st_mode & 0o777 == 0o700


def test_what_is_in_use_stays_whatever_the_size(tmp_path: Path) -> None:
    cache = VersionCache(tmp_path / "cache", 100)
    with cache.opened("a", fill(40)):
        use(VersionCache(cache.folder, 100), "b", "c", "d")
        assert names(cache) == {"a", "d"}
    with cache.opened("large", fill(400)) as folder:
        assert folder.name == "large"
        assert names(cache) == {"large"}


def test_a_copy_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    cache = VersionCache(tmp_path / "cache", 100)

    def fail(folder: Path) -> None:
        (folder / "file").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(VersionUnavailableError, match="No space left"), cache.opened("a", fail):
        pass
    assert names(cache) == set()


def test_a_copy_that_is_damaged_is_fetched_again(open_store: OpenStore, tmp_path: Path) -> None:
    store = publish_three(open_store("s3"))
    manifest = store.manifest("m", 2)
    (copy,) = (tmp_path / "cache").iterdir()
    for name in ("manifest.json", "scaler.pkl"):
        (copy / name).write_bytes(b"damaged")
        assert store.manifest("m", 2) == manifest
    (copy / "model.keras").unlink()
    with store.opened("m", 2) as folder:
        assert (folder / "model.keras").stat().st_size == manifest.files["model.keras"].size
