from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.pretraining.synthetic import simulate


def write_series(path: Path, values: np.ndarray, season_length: int) -> None:
    """Write rows (n, t) as a Parquet file in the long format."""
    count, steps = values.shape
    pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{n}" for n in range(count)], steps),
            "season_length": season_length,
            "ds": np.tile(np.arange(steps), count),
            "y": values.ravel(),
        }
    ).to_parquet(path)


@pytest.fixture(scope="session")
def training_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    rng = np.random.default_rng(0)
    write_series(folder / "months.parquet", simulate(12, 90, 12, rng), 12)
    write_series(folder / "years.parquet", simulate(12, 30, 1, rng), 1)
    return folder


@pytest.fixture(scope="session")
def public_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    write_series(folder / "quarters.parquet", simulate(20, 48, 4, np.random.default_rng(1)), 4)
    listed = [{"name": "quarters", "horizon": 8, "season_length": 4, "mase_season": 4}]
    (folder / "datasets.json").write_text(json.dumps(listed))
    return folder
