"""Training over HTTP: real child processes, their versions served without a restart."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.examples import TRAIN_EXAMPLES
from app.schemas.jobs import Job
from tests.running import Service, wait_until
from tests.tiny import PASSENGERS, TINY

RECIPE = TINY.model_dump(mode="json")
ENDLESS = RECIPE | {"epochs": 100_000, "patience": None}


@pytest.fixture
def own(trained_store: Path, tmp_path: Path) -> Iterator[Service]:
    """A service that may be trained on and stopped."""
    store = shutil.copytree(trained_store, tmp_path / "store")
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    with Service(
        store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_MAX_QUEUED_JOBS": "2"}
    ) as one:
        yield one


def train(client: httpx.Client, **body: Any) -> str:
    answer = client.post("/train", json={"series": PASSENGERS, "recipe": RECIPE, **body})
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "queued"
    location: str = answer.headers["location"]
    assert location == f"/jobs/{answer.json()['id']}"
    return location


def ended(client: httpx.Client, location: str) -> Job:
    def over() -> bool:
        return client.get(location).json()["state"] in ("succeeded", "failed")

    wait_until(over, what=f"the end of {location}")
    return Job.model_validate_json(client.get(location).content)


def test_a_trained_version_is_served_without_a_restart(own: Service) -> None:
    with own.client() as client:
        first = ended(client, train(client, model="mine"))
        assert (first.state, first.version) == ("succeeded", 1), first
        assert first.progress is not None
        assert first.progress.epochs == TINY.epochs
        assert first.evaluation is not None
        assert first.evaluation.seasonal_naive.mase is not None
        assert (
            client.post("/predict", json={"series": [1, 2, 3], "model": "mine"}).json()["version"]
            == 1
        )
        ended(client, train(client, model="mine", seed=1, promote="always"))
        assert (
            client.post("/predict", json={"series": [1, 2, 3], "model": "mine"}).json()["version"]
            == 2
        )
        listed = client.get("/jobs").json()["jobs"]
        assert [job["version"] for job in listed] == [2, 1]


def test_a_new_version_of_the_default_model_takes_over(own: Service) -> None:
    with own.client() as client:
        ended(client, train(client, model="tiny", promote="always"))
        assert client.post("/predict", json={"series": [1, 2, 3]}).json()["version"] == 3


def test_dated_series_are_trained_with_their_season(own: Service) -> None:
    series = {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}
    recipe = RECIPE | {"season_length": None, "context_length": None}
    with own.client() as client:
        ended(client, train(client, model="dated", series=series, recipe=recipe))
        manifest = client.get("/models/dated/versions/1").json()
    assert manifest["signature"]["season_length"] == 12
    assert manifest["data"]["frequency"] == "MS"
    assert manifest["data"]["start"] == "1949-01-01T00:00:00"


def test_a_series_too_short_to_train_on_fails_with_the_reason(own: Service) -> None:
    with own.client() as client:
        job = ended(client, train(client, model="short", series=[1, 2, 3]))
        assert job.error is not None
        assert (job.state, job.error.code) == ("failed", "series_too_short_to_train")
        assert client.get("/models/short").status_code == 404


def test_one_job_runs_at_a_time_the_rest_wait_up_to_a_limit(own: Service) -> None:
    with own.client() as client:
        running = train(client, model="a", recipe=ENDLESS)
        wait_until(lambda: client.get(running).json()["progress"], what="the first epoch")
        waiting = [train(client, model="b"), train(client, model="c")]
        assert [client.get(job).json()["state"] for job in waiting] == ["queued", "queued"]
        refused = client.post("/train", json={"series": PASSENGERS, "model": "d"})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
        assert refused.headers["retry-after"]


def test_stopping_the_service_ends_the_running_job_and_the_rest_wait_on(own: Service) -> None:
    with own.client() as client:
        running, waiting = train(client, model="a", recipe=ENDLESS), train(client, model="b")
        wait_until(lambda: client.get(running).json()["progress"], what="the first epoch")
    assert own.stop() == 0
    with own, own.client() as client:
        assert client.get(running).json()["error"]["code"] == "service_stopped"
        assert client.get("/models/a").status_code == 404
        assert ended(client, waiting).state == "succeeded"


@pytest.mark.parametrize("name", TRAIN_EXAMPLES)
def test_the_examples_are_accepted_as_they_stand(own: Service, name: str) -> None:
    with own.client() as client:
        train(client, **TRAIN_EXAMPLES[name]["value"])


def test_training_beats_seasonal_naive_on_the_last_year(own: Service, airline: list[float]) -> None:
    """The first eleven years through /train, the twelfth through /predict."""
    past, future = airline[:-12], airline[-12:]
    series = {"values": past, "start": "1949-01-01", "frequency": "MS"}
    with own.client() as client:
        job = ended(
            client, train(client, model="airline", series=series, horizon=12, recipe="lstm")
        )
        assert job.state == "succeeded", job
        answer = client.post("/predict", json={"series": series, "model": "airline"}).json()
    point = answer["forecasts"][0]["point"]
    scale = sum(abs(b - a) for a, b in zip(past, past[12:], strict=False)) / (len(past) - 12)

    def mase(forecast: list[float]) -> float:
        return sum(abs(y - f) for y, f in zip(future, forecast, strict=True)) / 12 / scale

    assert mase(point) < mase(past[-12:])
