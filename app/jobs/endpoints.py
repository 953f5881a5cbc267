"""Jobs: trainings and backtests."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import FileResponse, PlainTextResponse, Response

from app.backtest.schemas import BacktestResponse
from app.dependencies import ServiceState
from app.jobs.event_stream import DESCRIBED, EventStream
from app.jobs.schemas import Job, JobList
from app.openapi.operations import problems

router = APIRouter(tags=["jobs"])


@router.get("/jobs", summary="List the jobs", response_model=JobList, responses=problems(503, 507))
async def list_jobs(state: ServiceState) -> JobList:
    """All jobs, the newest first."""
    return JobList(jobs=await state.jobs.newest_first())


@router.get(
    "/jobs/{job_id}",
    summary="Show how a job stands",
    response_model=Job,
    responses=problems(404, 422, 503, 507),
)
async def show_job(job_id: str, state: ServiceState) -> Job:
    """How a job stands: its state, its progress, and in the end what came of it.

    Of a training: its version, and the scores on the held-out tail of the series, beside seasonal
    naive's. Of a backtest: see `/jobs/{job_id}/result`.
    """
    return await state.jobs.get(job_id)


@router.get(
    "/jobs/{job_id}/result",
    summary="Read what a backtest found",
    response_model=BacktestResponse,
    responses=problems(404, 409, 422, 503, 507),
)
async def show_result(job_id: str, state: ServiceState) -> FileResponse:
    """What `POST /backtest` would have answered: of a job that was a backtest and has succeeded.

    409 for any other, which says where that stands.
    """
    return FileResponse(await state.jobs.result(job_id), media_type="application/json")


@router.delete(
    "/jobs/{job_id}",
    summary="Cancel a job",
    status_code=202,
    response_model=Job,
    responses=problems(404, 409, 422, 503, 507),
)
async def cancel_job(job_id: str, state: ServiceState) -> Job:
    """Cancel a job: one that waits never starts; one that runs is asked to stop, and is killed.

    A job that runs is `cancelled` as soon as its process is gone, a few seconds at most. Where it
    was publishing just then, it has `succeeded` instead.
    """
    return await state.jobs.cancel(job_id)


@router.get(
    "/jobs/{job_id}/events",
    summary="Follow a job",
    response_class=Response,
    dependencies=[Depends(show_job)],
    responses=DESCRIBED | problems(404, 422, 503, 507),
)
async def follow_job(
    job_id: str,
    state: ServiceState,
    last_event_id: Annotated[
        int, Header(ge=0, le=2**63 - 1, description="Go on after this event.")
    ] = 0,
) -> EventStream:
    """What happens to a job, from its start, as server-sent events.

    `state`: {state, attempt}; `epoch` or `window`: what `progress` of the job has; `log`: {line};
    `end`: the job, and the stream ends. A client that comes back with `Last-Event-ID` misses
    nothing.
    """
    return EventStream(state.jobs.events(job_id, last_event_id, state.shutdown))


@router.get(
    "/jobs/{job_id}/logs",
    summary="Read a job's log",
    response_class=PlainTextResponse,
    responses=problems(404, 422, 503, 507),
)
async def read_log(job_id: str, state: ServiceState) -> str:
    """What the job's processes have written, of all its attempts."""
    return await state.jobs.log(job_id)
