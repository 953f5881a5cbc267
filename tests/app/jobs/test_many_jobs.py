"""Many jobs from many clients at once. The service, its HTTP, ledger, supervisor and the processes
that it starts are real; what runs in those is a stand-in that fails at once (tests/stand_in)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.service import ROOT, Service, running_jobs
from tests.support.training_jobs import ended, train

CLIENTS, JOBS_EACH = 10, 5


def test_every_job_of_many_clients_is_accounted_for(
    trained_store: Path, jobs: Path, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_WORKERS": "2",
        "FORECAST_TRAINING_SLOTS": "4",
        "STARTED": str(started),
        "PYTHONPATH": str(ROOT / "tests" / "support" / "stand_in"),
    }

    def one_client(_: int) -> tuple[list[str], list[str]]:
        """Queues its jobs and cancels some, the first and the last; those that it asked for, and
        those whose cancel was accepted."""
        with service.client() as client:
            asked = [train(client) for _ in range(JOBS_EACH)]
            cancelled = []
            for job in (asked[0], asked[-1]):
                answer = client.delete(job)
                assert answer.status_code in {202, 409}, answer.text
                if answer.status_code == 202:
                    cancelled.append(job)
            return asked, cancelled

    with Service(trained_store, jobs, env) as service, service.client() as client:
        with ThreadPoolExecutor(CLIENTS) as clients:
            answers = list(clients.map(one_client, range(CLIENTS)))
        asked = [job for answer in answers for job in answer[0]]
        cancelled = {job for answer in answers for job in answer[1]}
        found = {job: ended(client, job) for job in asked}
        listed = client.get("/jobs").json()["jobs"]
        assert not running_jobs(jobs)
        assert {f"/jobs/{job['id']}" for job in listed} == set(asked)
    assert len(found) == len(listed) == CLIENTS * JOBS_EACH

    starts = Counter(started.read_text().split())
    for location, job in found.items():
        if location in cancelled:
            assert job.state == "cancelled"
            assert starts[job.id] <= len(job.attempts) <= 1
        else:
            assert (job.state, len(job.attempts), starts[job.id]) == ("failed", 1, 1)
            assert job.error is not None
            assert job.error.code == "stand_in"
    assert set(starts) <= {job.id for job in found.values()}
