"""The endpoint that queues a training."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.dependencies import AuditPart, TrainPart
from app.jobs.idempotency import IdempotencyKey
from app.jobs.schemas import Job
from app.observation.record import current_record
from app.openapi.operations import json_body, problems, with_tables
from app.train.examples import TRAIN_EXAMPLES, TRAIN_FORM
from app.train.schemas import TrainOptions, TrainRequest

router = APIRouter(tags=["training"])


@router.post(
    "/train",
    summary="Train a model on your own series",
    status_code=202,
    response_model=Job,
    responses=problems(400, 403, 404, 413, 415, 422, 429, 503, 507),
    openapi_extra=with_tables(json_body(TrainRequest, TRAIN_EXAMPLES), TrainOptions, TRAIN_FORM),
)
async def train(
    request: Request,
    response: Response,
    service: TrainPart,
    audit: AuditPart,
    idempotency_key: IdempotencyKey = None,
) -> Job:
    """Train a new version of a model on your own series.

    The answer comes at once. It is the job, which then runs on its own; `Location` leads to it.
    When the job succeeds, its version can be asked for by its number, or as `latest`. A request
    that names no version gets it once it is promoted, which takes no restart: `promote` says when
    that is, and the job's `promotion` whether it was, and why. `/inspect` says beforehand what is
    understood of a file.

    A request that is sent again with the same `Idempotency-Key` and the same content gets the job
    that it got before.
    """
    job = await service.queue(request, idempotency_key)
    current_record().model = job.model
    audit.record(request, "train", model=job.model, job=job.id)
    response.headers["Location"] = f"/jobs/{job.id}"
    return job
