"""On a full disk requests and jobs fail with the reason, and nothing is damaged.

Each full disk is a small file system of its own.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecasting.store.store import ModelStore
from tests.support.service import Service, running_jobs, wait_until
from tests.support.tiny_models import PASSENGERS, publish_copy
from tests.support.training_jobs import (
    ENDLESS,
    assert_problem,
    get_job,
    post_training,
    train,
    wait_for_end,
    wait_for_first_epoch,
)

ENV = {"FORECAST_DEFAULT_MODEL": "tiny"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", "size=4m", "tmpfs")
    mounted = subprocess.run(
        ["mount", *options, str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Return a file that takes all the room there is; it grows if it is filled again."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return filler


def test_on_a_full_disk_no_job_is_queued_and_a_running_one_fails(
    store: Path, small: Path, tmp_path: Path
) -> None:
    """The failure is recorded once there is room, and then the next job is taken."""
    log = tmp_path / "service.log"
    with Service(store, small, ENV, log=log) as service, service.client() as client:
        running = train(client, model="endless", recipe=ENDLESS)
        wait_for_first_epoch(client, running)
        before = client.get("/jobs").json()
        filler = fill(small)

        wait_until(lambda: not running_jobs(small), what="the end of the training")
        fill(small)  # The training has left some room.
        assert_problem(post_training(client), 507, "disk_full")
        assert client.get("/jobs").status_code == 200
        assert len(client.get("/jobs").json()["jobs"]) == len(before["jobs"])
        assert client.post("/predict", json={"series": PASSENGERS}).status_code == 200
        assert [path.name for path in small.iterdir() if path.is_dir()] == [
            get_job(client, running).id
        ]

        filler.unlink()
        job = wait_for_end(client, running)
        assert job.error is not None
        assert (job.state, job.error.code, len(job.attempts)) == ("failed", "disk_full", 1)
        assert client.get("/models/endless").status_code == 404
        assert client.delete(train(client)).status_code == 202


def test_a_service_that_starts_on_a_full_disk_forecasts_and_queues_jobs_later(
    store: Path, small: Path, tmp_path: Path
) -> None:
    filler = fill(small)
    with Service(store, small, ENV, log=tmp_path / "log") as service, service.client() as client:
        assert_problem(post_training(client), 507, "disk_full")
        assert client.get("/jobs").status_code == 507
        assert client.post("/predict", json={"series": PASSENGERS}).status_code == 200
        filler.unlink()
        wait_until(lambda: client.get("/jobs").status_code == 200, what="the ledger")
        assert client.get("/jobs").json()["jobs"] == []


def test_on_a_full_model_store_a_job_fails_and_nothing_half_published_is_left(
    trained_store: Path, small: Path, jobs: Path
) -> None:
    store = ModelStore(small)
    publish_copy(store, "tiny", of=trained_store / "tiny" / "1")
    with Service(small, jobs, ENV) as service, service.client() as client:
        filler = fill(small)
        job = wait_for_end(client, train(client))
        assert job.error is not None
        assert (job.state, job.error.code, len(job.attempts)) == ("failed", "disk_full", 1)
        assert sorted(path.name for path in small.iterdir()) == [".lock", "filler", "tiny"]
        moved = client.put("/models/tiny/aliases/staging", json={"version": 1})
        assert_problem(moved, 507, "disk_full")
        assert client.post("/predict", json={"series": PASSENGERS}).json()["version"] == 1

        filler.unlink()
        assert client.put("/models/tiny/aliases/staging", json={"version": 1}).status_code == 200
        assert store.manifest("tiny", 1).version == 1
