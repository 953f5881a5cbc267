"""Queueing the training jobs of a running service, and following them over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx

from app.jobs.schemas import Job
from tests.support.service import wait_until
from tests.support.tiny_models import PASSENGERS, TINY

RECIPE = TINY.model_dump(mode="json")
ENDLESS = RECIPE | {"epochs": 100_000, "patience": None}
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def post_training(
    client: httpx.Client, headers: Mapping[str, str] = _NO_HEADERS, **body: Any
) -> httpx.Response:
    """Ask for a training on the passengers by a tiny recipe, or for what `body` says instead."""
    recipe = {} if "base" in body else {"recipe": RECIPE}
    request = {"series": PASSENGERS, "model": "mine", **recipe, **body}
    return client.post("/train", json=request, headers=dict(headers))


def train(client: httpx.Client, **body: Any) -> str:
    """Queue a job and return its path."""
    answer = post_training(client, **body)
    assert answer.status_code == 202, answer.text
    location: str = answer.headers["location"]
    assert location == f"/jobs/{answer.json()['id']}"
    return location


def get_job(client: httpx.Client, location: str) -> Job:
    """Return the job as it is now."""
    answer = client.get(location)
    assert answer.status_code == 200, answer.text
    return Job.model_validate_json(answer.content)


def wait_for_first_epoch(client: httpx.Client, location: str) -> None:
    """Wait until the job's first epoch is over."""

    def has_begun() -> bool:
        job = get_job(client, location)
        assert not job.state.is_end, job
        return job.progress is not None

    wait_until(has_begun, what=f"the first epoch of {location}")


def wait_for_end(client: httpx.Client, location: str, patience_s: float = 250) -> Job:
    """Wait until the job has ended, and return it."""
    wait_until(
        lambda: get_job(client, location).state.is_end,
        what=f"the end of {location}",
        patience_s=patience_s,
    )
    return get_job(client, location)


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """Check that the answer is a problem with this status and code."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
