from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import ForecastingError
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import TrainingSpec
from forecasting.networks.recipe import Recipe
from forecasting.series.series import Series
from training.jobs.worker import run_job


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "job")
    options = FitOptions(model="m", recipe=Recipe(units=(3,)), horizon=2)
    spec = TrainingSpec(id="a", store=str(tmp_path), options=options)
    folder.create(spec, [Series.from_values([1.0, None, 3.0], id="b")])
    assert folder.read_spec() == spec
    (series,) = folder.read_series()
    assert series.id == "b"
    np.testing.assert_array_equal(series.observed(), [1.0, np.nan, 3.0])


def test_a_job_of_another_version_of_the_service_fails_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = JobFolder(tmp_path)
    (tmp_path / "job.json").write_text('{"id": "a", "model": "m", "recipe": {"units": [3]}}')
    (tmp_path / "series.csv").write_text("unique_id,ds,y\n")
    with pytest.raises(ForecastingError, match="Send its request again"):
        folder.read_spec()
    assert not run_job(folder, "1")
    assert '"code": "job_failed"' in capsys.readouterr().out
