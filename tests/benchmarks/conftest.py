"""What the tests of the benchmarks share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.accuracy import write_data


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")
