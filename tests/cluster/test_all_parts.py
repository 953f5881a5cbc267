"""All that several machines share, together: PostgreSQL, a bucket, and a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest
from pyarrow import fs

from benchmarks.cluster.s3_server import s3_server
from forecasting.store.store import ModelStore
from tests.bulk.jobs import many_days
from tests.support.postgres import postgres_server
from tests.support.ray_nodes import RayNodes
from tests.support.service import Service
from tests.support.tiny_models import publish_copy
from tests.support.training_jobs import train, wait_for_end

STORE = "s3://models/store"
SERIES = 4_500
"""More than two parts."""


@pytest.fixture(scope="module", autouse=True)
def bucket() -> Iterator[None]:
    """Let this process, and the nodes of Ray, which are started later, reach the bucket."""
    with s3_server() as env, pytest.MonkeyPatch.context() as patch:
        for name, value in {**env, "AWS_DEFAULT_REGION": env["AWS_REGION"]}.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def service(
    nodes: RayNodes, trained_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    publish_copy(ModelStore(STORE), "zero-shot", of=trained_store / "zero-shot" / "1")
    with postgres_server() as server:
        env = {
            "FORECAST_MODEL_STORE": STORE,
            "FORECAST_DATABASE_URL": server.new_database(),
            "FORECAST_RAY_ADDRESS": nodes.address,
            "FORECAST_TRAINING_SLOTS": "2",
            "FORECAST_BULK_LOCATIONS": "s3://models/tables",
        }
        with Service(trained_store, tmp_path_factory.mktemp("jobs"), env) as running:
            yield running


def test_a_training_and_a_table_side_by_side(client: httpx.Client) -> None:
    filesystem, _ = fs.FileSystem.from_uri(STORE)
    days = many_days(45)
    table = pd.concat(
        [days.assign(unique_id=days["unique_id"] + f"-{copy}") for copy in range(SERIES // 45)]
    )
    table.to_parquet("models/tables/in.parquet", filesystem=filesystem)
    training = train(client, model="mine", promote="always")
    asked = {"input": "s3://models/tables/in.parquet", "output": "s3://models/tables/out"}
    answer = client.post("/bulk", json={**asked, "horizon": 2})
    assert answer.status_code == 202, answer.text
    trained = wait_for_end(client, training)
    assert (trained.state, trained.version) == ("succeeded", 1), trained
    forecast = wait_for_end(client, answer.headers["location"])
    assert forecast.state == "succeeded", forecast
    found = pd.read_parquet("models/tables/out", filesystem=filesystem)
    assert found["unique_id"].nunique() == SERIES
    assert len(found) == 2 * SERIES
    assert ModelStore(STORE).default_version("mine") == 1
    assert client.post("/predict", json={"model": "mine", "series": [1, 2] * 20}).is_success
