"""The endpoint that queues forecasts of a whole table."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.bulk.examples import BULK_EXAMPLES
from app.bulk.schemas import BulkRequest
from app.dependencies import AuditPart, BulkPart
from app.jobs.idempotency import IdempotencyKey
from app.jobs.schemas import Job
from app.observation.record import current_record
from app.openapi.operations import json_body, problems

router = APIRouter(tags=["forecasts"])


@router.post(
    "/bulk",
    summary="Forecast all series of a table that lies elsewhere",
    status_code=202,
    response_model=Job,
    responses=problems(400, 404, 413, 415, 422, 429, 503, 507),
    openapi_extra=json_body(BulkRequest, BULK_EXAMPLES),
)
async def bulk(
    request: Request,
    response: Response,
    service: BulkPart,
    audit: AuditPart,
    idempotency_key: IdempotencyKey = None,
) -> Job:
    """Read a table from a disk of the worker or from an object store, and write another one.

    The table may be larger than memory: it is read piece by piece, on all cores. The answer comes
    at once. It is the job, which then runs on its own; `Location` leads to it. What it has written
    is at `/jobs/{id}/result` once it has succeeded. Series that cannot be forecast are in a table
    of their own. If the job's process is killed, the job goes on from where it was.

    Only locations below those in FORECAST_BULK_LOCATIONS are read and written.
    """
    job = await service.queue(request, idempotency_key)
    current_record().model = job.model
    audit.record(request, "bulk", model=job.model, job=job.id)
    response.headers["Location"] = f"/jobs/{job.id}"
    return job
