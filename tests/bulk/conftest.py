from pathlib import Path

import pytest

from tests.bulk.jobs import BulkJobs


@pytest.fixture
def jobs(trained_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BulkJobs:
    return BulkJobs(trained_store, tmp_path.resolve(), monkeypatch)
