"""A service and two workers with their ledger in PostgreSQL, as on three machines.

The jobs folder is the one thing that they share beside it. What trains is a stand-in that sleeps
(tests/support/stand_in).
"""

import signal
from pathlib import Path

import httpx
import psycopg

from app.jobs.schemas import Ending
from tests.support.postgres import PostgresServer
from tests.support.service import ROOT, Service, running_jobs, wait_until, worker
from tests.support.tiny_models import PASSENGERS
from tests.support.training_jobs import (
    assert_problem,
    get_job,
    post_training,
    train,
    wait_for_end,
)

PASSWORD = "not-for-the-log"
TIME_FLIES = """
UPDATE workers SET since = since - interval '1 h', seen_at = CASE
    WHEN name = (SELECT worker FROM jobs WHERE id = %s) THEN seen_at - interval '1 h' ELSE seen_at
END
"""
"""Lets an hour pass for the worker of a job; the others are there all the time."""


def test_workers_share_the_jobs_and_outlive_each_other_and_the_server(
    postgres: PostgresServer, trained_store: Path, jobs: Path, tmp_path: Path
) -> None:
    url = postgres.new_database()
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_DATABASE_URL": url.replace("postgres@", f"postgres:{PASSWORD}@"),
        "STARTED": str(tmp_path / "started"),
        "STAND_IN_SECONDS": "300",
        "PYTHONPATH": str(ROOT / "tests" / "support" / "stand_in"),
    }
    api = Service(trained_store, jobs, env | {"FORECAST_ROLE": "api"})
    with api, api.client() as client, worker(trained_store, jobs, env) as first:
        one = train(client)
        wait_until(lambda: get_job(client, one).state == "running", what="the first job")
        tracked = client.post("/predict", json={"series": PASSENGERS, "track": True})
        assert_problem(tracked, 501, "tracking_off")
        with worker(trained_store, jobs, env):
            two, three = train(client), train(client)
            wait_until(lambda: get_job(client, two).state == "running", what="the second job")
            assert get_job(client, three).state == "queued"

            postgres.stop()
            check_unavailable(client)
            assert len(running_jobs(jobs)) == 2
            postgres.start()
            wait_until(lambda: client.get(one).status_code == 200, what="the ledger")
            assert client.delete(two).status_code == 202
            assert wait_for_end(client, two).state == "cancelled"
            wait_until(lambda: get_job(client, three).state == "running", what="the third job")
            assert len(get_job(client, one).attempts) == 1

            first.send_signal(signal.SIGKILL)
            first.wait()
            assert client.delete(three).status_code == 202
            wait_for_end(client, three)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(TIME_FLIES, (get_job(client, one).id,))
            wait_until(lambda: len(get_job(client, one).attempts) == 2, what="its next attempt")
            attempts = get_job(client, one).attempts
            assert [attempt.ending for attempt in attempts] == [Ending.LOST, None]
            assert client.get("/health").json()["worker"]["status"] == "alive"
        assert get_job(client, one).attempts[-1].ending is Ending.INTERRUPTED
        assert client.get("/health").json()["worker"]["status"] == "missing"
    assert not running_jobs(jobs)
    assert not (jobs / "ledger.sqlite").exists()
    for log in jobs.glob("*.log"):
        assert PASSWORD not in log.read_text()


def check_unavailable(client: httpx.Client) -> None:
    """Check that requests about jobs are refused while there is no database, and others are not."""
    for answer in (client.get("/jobs"), post_training(client)):
        assert_problem(answer, 503, "jobs_unavailable")
        assert answer.headers["retry-after"]
    assert client.get("/health").json()["worker"]["status"] == "unknown"
    assert client.post("/predict", json={"series": PASSENGERS}).status_code == 200
