"""Jobs that run on the nodes of a Ray cluster: the same endpoints, the same promises."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.jobs.schemas import Ending, TrialProgress
from app.settings.settings import Settings
from app.worker.ray_executor import RayExecutor, RayJobProcess
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.store import ModelStore
from tests.support.ray_nodes import NO_RAY, RayNodes
from tests.support.service import ROOT, Service, running_jobs, wait_until
from tests.support.training_jobs import (
    ENDLESS,
    RECIPE,
    train,
    wait_for_end,
    wait_for_first_epoch,
)

EPOCHS = 150
LONGER = RECIPE | {"epochs": EPOCHS, "patience": EPOCHS}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def service(nodes: RayNodes, trained_store: Path, jobs: Path) -> Iterator[Service]:
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_RAY_ADDRESS": nodes.address,
        "FORECAST_TRAINING_SLOTS": "2",
    }
    with Service(trained_store, jobs, env) as running:
        yield running


def test_a_cancelled_job_leaves_nothing_on_its_node(client: httpx.Client, jobs: Path) -> None:
    location = train(client, model="cancelled", recipe=ENDLESS)
    wait_for_first_epoch(client, location)
    assert client.delete(location).status_code == 202
    job = wait_for_end(client, location)
    assert (job.state, job.attempts[-1].ending) == ("cancelled", Ending.CANCELLED)
    assert not running_jobs(jobs)


def test_a_job_whose_node_dies_goes_on_elsewhere(
    client: httpx.Client, service: Service, nodes: RayNodes, jobs: Path
) -> None:
    location = train(client, model="moved", recipe=LONGER, promote="always")
    wait_for_first_epoch(client, location)
    job_id = location.rsplit("/", 1)[1]
    folder = jobs / job_id
    wait_until((folder / "checkpoint.npz").exists, what="a checkpoint")
    node = nodes.node_of(job_id)
    assert node is not None
    nodes.kill(node)
    job = wait_for_end(client, location)
    nodes.add()
    assert job.state == "succeeded", job
    assert [attempt.ending for attempt in job.attempts] == [Ending.LOST, Ending.SUCCEEDED]
    store = ModelStore(service.store)
    assert store.versions("moved") == [job.version] == [1]
    assert store.manifest("moved", 1).job == job.id
    epochs = client.get(f"{location}/events").text.count("event: epoch")
    assert epochs < 1.5 * EPOCHS, "the second attempt began anew"
    assert client.get(f"{location}/logs").text.count(f"all {EPOCHS} epochs were done") == 1
    assert not running_jobs(jobs)
    assert not list(folder.glob("reports-*"))


def test_a_job_whose_service_is_stopped_goes_on_when_it_is_back(
    nodes: RayNodes, trained_store: Path, tmp_path: Path
) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_RAY_ADDRESS": nodes.address}
    with Service(trained_store, tmp_path, env) as service, service.client() as client:
        location = train(client, model="resumed", recipe=LONGER, promote="always")
        wait_for_first_epoch(client, location)
        service.stop()
        assert not running_jobs(tmp_path)
        service.start()
        job = wait_for_end(client, location)
    assert job.state == "succeeded", job
    assert [attempt.ending for attempt in job.attempts] == [Ending.INTERRUPTED, Ending.SUCCEEDED]
    assert ModelStore(trained_store).versions("resumed") == [job.version] == [1]
    assert not running_jobs(tmp_path)


def test_the_trials_of_a_tuning_run_on_all_nodes(client: httpx.Client, service: Service) -> None:
    location = train(client, model="tuned", tune={"trials": 8})
    job = wait_for_end(client, location)
    assert job.state == "succeeded", job
    assert job.candidates is not None
    names = [candidate.name.partition(":")[0] for candidate in job.candidates]
    assert names == [f"trial {number}" for number in range(1, 9)]
    assert [candidate.chosen for candidate in job.candidates].count(True) == 1
    assert isinstance(job.progress, TrialProgress)
    assert job.progress.trials == 8
    assert "no report" not in service.log
    made = re.findall(r"^trial (\d):", client.get(f"{location}/logs").text, re.MULTILINE)
    assert made != sorted(made), "all were made by the job itself, one after the other"


def test_a_job_that_holds_too_much_memory_is_stopped_on_its_node(
    nodes: RayNodes, trained_store: Path, tmp_path: Path
) -> None:
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_RAY_ADDRESS": nodes.address,
        "FORECAST_MAX_JOB_MEMORY_BYTES": str(100 * 2**20),
    }
    with Service(trained_store, tmp_path, env) as small, small.client() as client:
        job = wait_for_end(client, train(client, recipe=ENDLESS))
    assert job.error is not None
    assert (job.state, job.error.code) == ("failed", "job_took_too_much_memory")
    assert not running_jobs(tmp_path)


def test_an_attempt_that_is_over_does_not_begin_on_its_node(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.permit("next")
    command = [sys.executable, "-m", "app.worker.node", str(tmp_path), "--attempt", "late"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, "gone on without" in ended.stderr) == (2, True)
    assert not folder.log.exists()


def test_a_cluster_that_does_not_answer_is_asked_again_until_the_job_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("ray", reason=NO_RAY)
    monkeypatch.setattr("app.worker.ray_executor._STOP_SECONDS", 1.0)
    executor = RayExecutor(Settings(ray_address="http://127.0.0.1:9"))

    async def wait_and_cancel() -> list[bytes]:
        process = await executor.start(JobFolder(tmp_path), "1")
        reading = asyncio.create_task(collect(process))
        await asyncio.sleep(1)
        assert not reading.done()
        await process.stop(0)
        return await reading

    async def collect(process: RayJobProcess) -> list[bytes]:
        return [line async for line in process.reports()]

    assert asyncio.run(wait_and_cancel()) == []
    assert caplog.text.count("does not answer") == 1
