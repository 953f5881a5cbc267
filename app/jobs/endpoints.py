"""The endpoints for jobs: trainings, backtests and bulk jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.requests import Request

from app.backtest.schemas import BacktestResponse
from app.bulk.schemas import BulkResult
from app.dependencies import AuditPart, JobsPart, ShutdownPart
from app.jobs.event_stream import EVENT_STREAM_RESPONSE, EventStream
from app.jobs.schemas import Job, JobList
from app.openapi.operations import problems

router = APIRouter(tags=["jobs"])


@router.get("/jobs", summary="List the jobs", response_model=JobList, responses=problems(503, 507))
async def list_jobs(jobs: JobsPart) -> JobList:
    """List all jobs, the newest first."""
    return JobList(jobs=await jobs.newest_first())


@router.get(
    "/jobs/{job_id}",
    summary="Show how a job stands",
    response_model=Job,
    responses=problems(404, 422, 503, 507),
)
async def show_job(job_id: str, jobs: JobsPart) -> Job:
    """Show a job's state, its progress, and in the end what came of it.

    A training ends with its version and the scores on the held-out tail of the series, beside
    those of seasonal naive. A backtest and a bulk job end with a result, which is at
    `/jobs/{job_id}/result`.
    """
    return await jobs.get(job_id)


@router.get(
    "/jobs/{job_id}/result",
    summary="Read what a backtest found, or a bulk job has written",
    response_model=BacktestResponse | BulkResult,
    responses=problems(404, 409, 422, 503, 507),
)
async def show_result(job_id: str, jobs: JobsPart) -> FileResponse:
    """Return the answer of a backtest that has run as a job, as `POST /backtest` would give it.

    Of a bulk job, it is how many series and rows there are, where they are, and how many failed.
    If the job trains a model, or has not succeeded, the answer is 409, which says how it stands.
    """
    return FileResponse(await jobs.result(job_id), media_type="application/json")


@router.delete(
    "/jobs/{job_id}",
    summary="Cancel a job",
    status_code=202,
    response_model=Job,
    responses=problems(404, 409, 422, 503, 507),
)
async def cancel_job(job_id: str, request: Request, jobs: JobsPart, audit: AuditPart) -> Job:
    """Cancel a job. If it waits, it never starts; if it runs, it is asked to stop, and then killed.

    A job that runs is `cancelled` as soon as its process is gone, after a few seconds at most. If
    it was publishing at that moment, it has `succeeded` instead.
    """
    job = await jobs.cancel(job_id)
    audit.record(request, "cancel_job", job=job_id, model=job.model)
    return job


@router.get(
    "/jobs/{job_id}/events",
    summary="Follow a job",
    response_class=Response,
    dependencies=[Depends(show_job)],
    responses=EVENT_STREAM_RESPONSE | problems(404, 422, 503, 507),
)
async def follow_job(
    job_id: str,
    jobs: JobsPart,
    shutdown: ShutdownPart,
    last_event_id: Annotated[
        int, Header(ge=0, le=2**63 - 1, description="The event to go on after.")
    ] = 0,
) -> EventStream:
    """Stream what happens to a job, from its start, as server-sent events.

    The data of `state` is {state, attempt}, that of `epoch`, `window` and `series` is the job's
    `progress`, that of `log` is {line}, and that of `end`, which ends the stream, is the job. A
    client that comes back with `Last-Event-ID` misses nothing.
    """
    return EventStream(jobs.events(job_id, last_event_id, shutdown))


@router.get(
    "/jobs/{job_id}/logs",
    summary="Read a job's log",
    response_class=PlainTextResponse,
    responses=problems(404, 422, 503, 507),
)
async def read_log(job_id: str, jobs: JobsPart) -> str:
    """Return what the processes of all attempts at the job have written."""
    return await jobs.log(job_id)
