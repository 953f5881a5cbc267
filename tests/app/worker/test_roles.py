"""The service and the worker as processes of their own, and as one.

What trains is a stand-in that fails at once (tests/support/stand_in).
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.service import ROOT, Service, command_of, wait_until, worker
from tests.support.tiny_models import PASSENGERS
from tests.support.training_jobs import get_job, post_training, train, wait_for_end


def environment(folder: Path, role: str) -> dict[str, str]:
    return {
        "FORECAST_ROLE": role,
        "FORECAST_DEFAULT_MODEL": "tiny",
        "STARTED": str(folder / "started"),
        "PYTHONPATH": str(ROOT / "tests" / "support" / "stand_in"),
    }


def worker_status(service: Service) -> tuple[str, str]:
    """Return what /health says of the service and of the worker."""
    with service.client() as client:
        health = client.get("/health").json()
    return health["status"], health["worker"]["status"]


def health_check(env: dict[str, str], jobs: Path, port: int = 8000) -> int:
    """Return the exit code of `python -m app health`."""
    places = {"FORECAST_JOBS_DIR": str(jobs), "FORECAST_PORT": str(port)}
    command = [sys.executable, "-m", "app", "health"]
    return subprocess.run(command, cwd=ROOT, env=os.environ | env | places, check=False).returncode


def test_jobs_wait_for_a_worker_and_callers_are_told(
    trained_store: Path, jobs: Path, tmp_path: Path
) -> None:
    first, second = (
        Service(trained_store, jobs, environment(tmp_path, "api"), log=tmp_path / f"{name}.log")
        for name in ("first", "second")
    )
    with first, second, first.client() as client, second.client() as other:
        assert client.post("/predict", json={"series": PASSENGERS}).status_code == 200
        assert worker_status(first) == ("degraded", "missing")
        answer = post_training(client)
        assert answer.status_code == 202
        assert [note["code"] for note in answer.json()["notes"]] == ["no_worker"]
        waiting = answer.headers["location"]
        cancelled = train(other)
        assert other.delete(cancelled).json()["state"] == "cancelled"
        assert get_job(other, waiting).state == "queued"

        with worker(trained_store, jobs, environment(tmp_path, "worker")) as process:
            job = wait_for_end(other, waiting)
            assert job.error is not None
            assert (job.error.code, job.notes) == ("stand_in", [])
            assert worker_status(second) == ("ok", "alive")
            assert health_check(environment(tmp_path, "worker"), jobs) == 0
            assert "event: end" in client.get(f"{waiting}/events").text
            assert 'forecast_job_attempts_total{ending="failed"' in client.get("/metrics").text
            process.kill()
            process.wait()
            assert worker_status(first) == ("degraded", "missing")
            assert health_check(environment(tmp_path, "worker"), jobs) == 1
            assert health_check(environment(tmp_path, "api"), jobs, first.port) == 0
    assert health_check(environment(tmp_path, "api"), jobs, first.port) == 1
    started = (tmp_path / "started").read_text().split()
    assert started == [job.id]


def test_a_service_starts_its_worker_again(trained_store: Path, jobs: Path, tmp_path: Path) -> None:
    with Service(trained_store, jobs, environment(tmp_path, "all")) as service:
        wait_until(lambda: worker_status(service)[1] == "alive", what="the worker")
        before = service.worker
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: not command_of(before), what="the end of the worker")
        wait_until(lambda: worker_status(service) == ("ok", "alive"), what="the next worker")
        assert service.worker != before
        with service.client() as client:
            assert wait_for_end(client, train(client)).state == "failed"
        before = service.worker
    assert not Path(f"/proc/{before}").exists()
