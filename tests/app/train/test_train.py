"""Training over HTTP in real processes, whose versions are served without a restart."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.jobs.schemas import EpochProgress
from app.train.examples import TRAIN_EXAMPLES
from tests.support.service import Service, running_jobs, wait_until
from tests.support.tiny_models import PASSENGERS, TINY
from tests.support.training_jobs import (
    ENDLESS,
    assert_problem,
    get_job,
    post_training,
    train,
    wait_for_end,
)


@pytest.fixture(scope="module")
def training_service(
    trained_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with a store of its own, for models that the tests train."""
    folder = tmp_path_factory.mktemp("training")
    store = shutil.copytree(trained_store, folder / "store")
    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_TRAINING_SLOTS": "2"}
    with Service(store, folder, env) as service:
        yield service


IN_TOKYO = {
    "values": [None, *PASSENGERS[1:8], None, *PASSENGERS[9:]],
    "start": "2020-01-01",
    "frequency": "MS",
    "timezone": "Asia/Tokyo",
}


@pytest.fixture(scope="module")
def queued(training_service: Service, airline: list[float]) -> dict[str, str]:
    """Queue all jobs at once and return their paths by the names of their models.

    Two train at a time, and each test waits for its own. The base of `tuned` is deleted while that
    job waits.
    """
    dated = {"start": "1949-01-01", "frequency": "MS"}
    with training_service.client() as client:
        jobs = {
            "mine": train(client, model="mine"),
            "tiny": train(client, model="tiny", promote="always"),
            "airline": train(
                client,
                model="airline",
                series={"values": airline[:-12], **dated},
                horizon=12,
                recipe="lstm",
            ),
            "tuned": train(client, model="tuned", base="tiny/1", recipe=None),
            "tokyo": train(client, model="tokyo", series=IN_TOKYO),
        }
        assert get_job(client, jobs["tuned"]).state == "queued"
        assert client.delete("/models/tiny/versions/1").status_code == 204
    return jobs


@pytest.fixture
def client(training_service: Service) -> Iterator[httpx.Client]:
    with training_service.client() as connected:
        yield connected


def served(client: httpx.Client, model: str) -> int:
    answer = client.post("/predict", json={"series": [1, 2, 3], "model": model})
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["version"]
    return version


def test_a_trained_version_is_served_without_a_restart(
    client: httpx.Client, queued: dict[str, str]
) -> None:
    first = wait_for_end(client, queued["mine"])
    assert (first.state, first.version) == ("succeeded", 1), first
    assert isinstance(first.progress, EpochProgress)
    assert first.progress.epochs == TINY.epochs
    assert first.evaluation is not None
    assert first.evaluation.seasonal_naive.mase is not None
    assert served(client, "mine") == 1
    wait_for_end(client, train(client, model="mine", seed=1, promote="always"))
    assert served(client, "mine") == 2
    listed = client.get("/jobs").json()["jobs"]
    assert [job["version"] for job in listed if job["model"] == "mine"] == [2, 1]


def test_a_new_version_of_the_default_model_takes_over(
    client: httpx.Client, queued: dict[str, str]
) -> None:
    wait_for_end(client, queued["tiny"])
    assert served(client, "tiny") == 3


def test_dated_series_are_trained_with_their_season(
    client: httpx.Client, queued: dict[str, str]
) -> None:
    wait_for_end(client, queued["airline"])
    manifest = client.get("/models/airline/versions/1").json()
    assert manifest["signature"]["season_length"] == 12
    assert manifest["data"]["frequency"] == "MS"
    assert manifest["data"]["start"] == "1949-01-01T00:00:00"


def test_series_in_a_time_zone_are_trained_with_the_dates_of_their_zone(
    client: httpx.Client, queued: dict[str, str]
) -> None:
    job = wait_for_end(client, queued["tokyo"])
    assert job.state == "succeeded", job
    data = client.get("/models/tokyo/versions/1").json()["data"]
    span = "2020-02-01T00:00:00+09:00", "2023-12-01T00:00:00+09:00"
    assert (data["frequency"], data["start"], data["end"]) == ("MS", *span)


@pytest.mark.parametrize(
    ("series", "code"),
    [([1, 2, 3], "series_too_short_to_train"), ([5] * 40, "series_constant")],
)
def test_series_that_cannot_be_trained_on_are_refused_at_once(
    client: httpx.Client, series: list[float], code: str
) -> None:
    assert_problem(post_training(client, model="none", series=series), 422, code)
    assert client.get("/models/none").status_code == 404


def test_a_base_deleted_while_its_job_waits_ends_the_job_with_the_reason(
    client: httpx.Client, queued: dict[str, str]
) -> None:
    job = wait_for_end(client, queued["tuned"])
    assert job.error is not None
    assert (job.state, job.error.code, len(job.attempts)) == ("failed", "base_not_found", 1)
    assert "tiny" in job.error.detail
    assert client.get("/models/tuned").status_code == 404


def test_stopping_the_service_interrupts_jobs_and_starting_it_goes_on(
    store: Path, jobs: Path
) -> None:
    with Service(store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service:
        with service.client() as client:
            running, waiting = train(client, model="a", recipe=ENDLESS), train(client, model="b")
            wait_until(lambda: running_jobs(jobs), what="the child")
        assert service.stop() == 0
        service.start()
        with service.client() as client:
            wait_until(lambda: len(get_job(client, running).attempts) == 2, what="a second attempt")
            assert get_job(client, running).attempts[0].ending == "interrupted"
            assert client.delete(running).status_code == 202
            wait_until(lambda: get_job(client, waiting).state == "running", what="the next job")
            assert client.delete(waiting).status_code == 202


@pytest.mark.parametrize("name", TRAIN_EXAMPLES)
def test_the_examples_are_accepted_as_they_stand(client: httpx.Client, name: str) -> None:
    job = post_training(client, **TRAIN_EXAMPLES[name]["value"])
    assert job.status_code == 202, job.text
    assert client.delete(job.headers["location"]).status_code == 202


def test_training_beats_seasonal_naive_on_the_last_year(
    client: httpx.Client, queued: dict[str, str], airline: list[float]
) -> None:
    """The first eleven years go through /train, and /predict forecasts the twelfth."""
    past, future = airline[:-12], airline[-12:]
    series = {"values": past, "start": "1949-01-01", "frequency": "MS"}
    job = wait_for_end(client, queued["airline"])
    assert job.state == "succeeded", job
    answer = client.post("/predict", json={"series": series, "model": "airline"}).json()
    point = answer["forecasts"][0]["point"]
    scale = sum(abs(b - a) for a, b in zip(past, past[12:], strict=False)) / (len(past) - 12)

    def mase(forecast: list[float]) -> float:
        return sum(abs(y - f) for y, f in zip(future, forecast, strict=True)) / 12 / scale

    assert mase(point) < mase(past[-12:])
