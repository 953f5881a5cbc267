import json
from pathlib import Path

from forecasting.jobs.job_folder import JobFolder, TrainingSpec
from forecasting.networks.recipe import Recipe


def test_a_job_that_waits_from_before_there_were_kinds_is_a_training(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    spec = TrainingSpec(id="a", model="m", store=tmp_path, recipe=Recipe())
    folder.write_spec(spec)
    assert folder.read_spec() == spec
    written = json.loads((tmp_path / "job.json").read_text())
    del written["kind"]
    (tmp_path / "job.json").write_text(json.dumps(written))
    assert folder.read_spec() == spec
