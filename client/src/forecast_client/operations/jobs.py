"""Trainings, backtests and bulk forecasts, which run as jobs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from forecast_client.data.given import payload_of
from forecast_client.errors import ForecastError, JobError
from forecast_client.http.exchange import (
    Operation,
    Request,
    ask,
    checked,
    checked_type,
    json_request,
    path_of,
    reading,
)
from forecast_client.options import BacktestOptions, BulkOptions, TrainOptions
from forecast_client.results.backtest import Backtest
from forecast_client.results.bulk import BulkOutput
from forecast_client.results.frames import FrameForm
from forecast_client.results.records import Job

_ANY_FORM = FrameForm()


@dataclass(frozen=True)
class BacktestJob:
    """A backtest that runs as a job, and what the frame of its result looks like."""

    job: Job
    form: FrameForm


def job_id(job: Job | str) -> str:
    """Return the id of a job that is given as itself or by its id."""
    return job if isinstance(job, str) else job.id


def train(model: str, data: Any, options: TrainOptions, key: str | None) -> Operation[Job]:
    """Queue a training."""
    payload = payload_of(data, options)
    request = payload.request("/train", {"model": model, **options}, None)
    return (yield from ask(_once(request, key), Job.of))


def backtest(
    data: Any, options: BacktestOptions, key: str | None
) -> Operation[Backtest | BacktestJob]:
    """Forecast the past; returns a job if it takes one."""
    payload = payload_of(data, options)
    (answer,) = yield [_once(payload.request("/backtest", options, None), key)]
    with reading(checked(answer)):
        if answer.status_code == 202:
            return BacktestJob(Job.of(answer.json()), payload.form)
        return Backtest.of(answer.json(), payload.form)


def bulk(source: str, output: str, options: BulkOptions, key: str | None) -> Operation[Job]:
    """Queue forecasts of a whole table."""
    document = {"input": source, "output": output, **options}
    return (yield from ask(_once(json_request("POST", "/bulk", document), key), Job.of))


def bulk_output(job: Job | str) -> Operation[BulkOutput]:
    """Read what a bulk job has written."""
    return (yield from ask(Request("GET", path_of("jobs", job_id(job), "result")), BulkOutput.of))


def result(job: Job | str, form: FrameForm = _ANY_FORM) -> Operation[Backtest]:
    """Read what a backtest has found that ran as a job."""
    request = Request("GET", path_of("jobs", job_id(job), "result"))
    return (yield from ask(request, lambda answer: Backtest.of(answer, form)))


def jobs() -> Operation[list[Job]]:
    """List all jobs, the newest first."""
    return (
        yield from ask(
            Request("GET", "/jobs"),
            lambda answer: [Job.of(document) for document in answer["jobs"]],
        )
    )


def show(job: Job | str) -> Operation[Job]:
    """Look how a job stands."""
    return (yield from ask(Request("GET", path_of("jobs", job_id(job))), Job.of))


def logs(job: Job | str) -> Operation[str]:
    """Read what the process of a job has written."""
    (answer,) = yield [Request("GET", path_of("jobs", job_id(job), "logs"))]
    return checked_type(answer, "text/plain").text


def cancel(job: Job | str) -> Operation[Job]:
    """Cancel a job."""
    return (yield from ask(json_request("DELETE", path_of("jobs", job_id(job))), Job.of))


def succeeded(job: Job | None) -> Job:
    """Return a job that has succeeded.

    Raises:
        JobError: It has failed, or was cancelled.
    """
    if job is None:
        raise ForecastError("The events of the job ended without its end.")
    if job.state != "succeeded":
        error = job.error or {}
        raise JobError(job.id, job.state, error.get("code", ""), error.get("detail", ""))
    return job


def _once(request: Request, key: str | None) -> Request:
    """Return a request that makes one job, however often it is sent."""
    headers = {**request.headers, "idempotency-key": key or uuid.uuid4().hex}
    return replace(request, headers=headers)
