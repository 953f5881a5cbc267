"""A store of a test's own with three versions of `m`, `production` nowhere yet."""

from pathlib import Path

import pytest

from forecasting.store.store import ModelStore
from tests.support.tiny_models import publish_copy


@pytest.fixture
def trained(trained_store: Path) -> Path:
    """The folder of a version that can be served."""
    return trained_store / "tiny" / "1"


@pytest.fixture
def three(trained: Path, tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "three")
    for _ in range(3):
        publish_copy(store, "m", of=trained)
    return store
