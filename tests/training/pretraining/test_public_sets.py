import json
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import DataFileError
from forecasting.networks.scalers import ChangeScaler
from forecasting.prediction.forecaster import Forecaster
from training.pretraining.config import CONFIGS
from training.pretraining.public_sets import read_public_sets, relative_scores, score_sets


class LastValue:
    """A network that forecasts no change, which is 0 on the scale of a ChangeScaler."""

    def run(self, inputs: np.ndarray) -> np.ndarray:
        return np.zeros((len(inputs), 16, 3), np.float32)


def test_the_last_value_on_yearly_data_scores_as_naive(public_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "quarters.parquet").write_bytes((public_folder / "quarters.parquet").read_bytes())
    listed = [{"name": "quarters", "horizon": 8, "season_length": 1, "mase_season": 1}]
    (tmp_path / "datasets.json").write_text(json.dumps(listed))
    forecaster = Forecaster(CONFIGS["tiny"].signature, ChangeScaler(), LastValue())
    scores = score_sets(forecaster, read_public_sets(tmp_path))
    assert relative_scores(scores) == pytest.approx((1.0, 1.0))
    assert scores["quarters"].season_length == 1


@pytest.mark.parametrize("text", ["[]x", '[{"name": "gone", "horizon": 1}]', "3"])
def test_a_folder_that_is_no_folder_of_sets_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "datasets.json").write_text(text)
    with pytest.raises(DataFileError, match="cannot be read as a folder of sets"):
        read_public_sets(tmp_path)
