"""Many jobs from many clients at once.

The service, its HTTP, its ledger, its supervisor and the processes that it starts are real. What
runs in those processes is a stand-in that fails at once (tests/support/stand_in).
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.service import ROOT, Service, running_jobs
from tests.support.training_jobs import train, wait_for_end

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

    def queue_and_cancel(_: int) -> tuple[list[str], list[str]]:
        """Queue some jobs and cancel the first and the last of them.

        Returns the jobs, and those whose cancel was accepted.
        """
        with service.client() as client:
            queued = [train(client) for _ in range(JOBS_EACH)]
            cancelled = []
            for job in (queued[0], queued[-1]):
                answer = client.delete(job)
                assert answer.status_code in {202, 409}, answer.text
                if answer.status_code == 202:
                    cancelled.append(job)
            return queued, cancelled

    with Service(trained_store, jobs, env) as service, service.client() as client:
        with ThreadPoolExecutor(CLIENTS) as clients:
            answers = list(clients.map(queue_and_cancel, range(CLIENTS)))
        queued = [job for answer in answers for job in answer[0]]
        cancelled = {job for answer in answers for job in answer[1]}
        done = {job: wait_for_end(client, job) for job in queued}
        listed = client.get("/jobs").json()["jobs"]
        assert not running_jobs(jobs)
        assert {f"/jobs/{job['id']}" for job in listed} == set(queued)
    assert len(done) == len(listed) == CLIENTS * JOBS_EACH

    starts = Counter(started.read_text().split())
    for location, job in done.items():
        if location in cancelled:
            assert job.state == "cancelled"
            assert starts[job.id] <= len(job.attempts) <= 1
        else:
            assert (job.state, len(job.attempts), starts[job.id]) == ("failed", 1, 1)
            assert job.error is not None
            assert job.error.code == "stand_in"
    assert set(starts) <= {job.id for job in done.values()}
