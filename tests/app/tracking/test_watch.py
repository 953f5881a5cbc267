"""Versions are judged as actual values come in: metrics, and training again on drift."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.predict.examples import PASSENGERS
from app.settings.settings import Settings
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import TrainingSpec
from forecasting.store.manifest import PromotePolicy
from tests.support.service import wait_until
from tests.support.service_thread import service_thread


@pytest.fixture
def client(store: Path, jobs: Path) -> Iterator[httpx.Client]:
    settings = Settings(
        model_store=str(store), default_model="tiny", jobs_dir=jobs, retrain_on_drift=True
    )
    with service_thread(settings) as connected:
        yield connected


def miss(client: httpx.Client, **asked: Any) -> None:
    """Keep forecasts that are far off, in as many rounds as it takes to call that drift."""
    series = {"id": "passengers", "values": PASSENGERS}
    for _ in range(8):
        answer = client.post("/predict", json={"series": series, "track": True} | asked).json()
        given = {"forecast_id": answer["forecasts"][0]["forecast_id"], "values": [9_999]}
        assert client.post("/actuals", json={"series": given}).is_success


def live(client: httpx.Client, version: str) -> dict[str, float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        sample.name.removeprefix("forecast_live_"): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("forecast_live_") and sample.labels["version"] == version
    }


def test_a_damaged_file_is_a_problem_that_health_names(client: httpx.Client, jobs: Path) -> None:
    file = jobs / "tracking.sqlite"
    file.write_bytes(b"This is no database." * 100)
    assert "forecast_" in client.get("/metrics").text
    wait_until(lambda: client.get("/health").json()["tracking_problem"], what="the next look")
    health = client.get("/health").json()
    assert health["status"] == "degraded"
    assert "tracking.sqlite" in health["tracking_problem"]
    assert "file is not a database" in health["tracking_problem"]
    file.unlink()
    series = {"series": PASSENGERS, "track": True}
    for _ in range(2):  # The file is removed in between.
        assert client.post("/predict", json=series).is_success
        assert client.get("/models/tiny/versions/2/performance").json()["forecasts"] == 1
        file.unlink()
    wait_until(
        lambda: client.get("/health").json()["tracking_problem"] is None, what="the look after it"
    )


def test_a_version_in_use_that_drifts_is_trained_again_once(
    client: httpx.Client, jobs: Path
) -> None:
    assert live(client, "2") == {}
    miss(client, version=1)  # It is not in use.
    wait_until(lambda: live(client, "1").get("drifting") == 1, what="the judgement of version 1")
    assert client.get("/jobs").json()["jobs"] == []
    miss(client)
    wait_until(lambda: client.get("/jobs").json()["jobs"], what="the job")
    (job,) = client.get("/jobs").json()["jobs"]
    assert (job["kind"], job["model"]) == ("training", "tiny")
    assert job["notes"][0]["code"] == "retrained_on_drift"
    spec = JobFolder(jobs / job["id"]).read_spec()
    assert isinstance(spec, TrainingSpec)
    assert (spec.options.promote, spec.options.recipe.units) == (PromotePolicy.IF_BETTER, (4,))
    (series,) = JobFolder(jobs / job["id"]).read_series()
    assert (series.id, series.values.tolist()) == ("passengers", PASSENGERS)
    client.delete(f"/jobs/{job['id']}")
    found = live(client, "2")
    assert found["values"] == 8
    assert found["coverage"] == 0
    assert found["bias"] == -found["mase"]
    miss(client)
    wait_until(lambda: live(client, "2")["values"] == 16, what="the next judgement")
    miss(client, version=1)  # Versions are judged, and trained again, one after the other.
    wait_until(lambda: live(client, "1")["values"] == 16, what="the judgement after that")
    assert len(client.get("/jobs").json()["jobs"]) == 1
