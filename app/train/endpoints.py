"""The endpoint that queues a training."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.dependencies import ServiceState
from app.jobs.idempotency import IdempotencyKey, request_key
from app.jobs.schemas import Job
from app.openapi.operations import json_body, problems, with_tables
from app.requests.body import headers_of
from app.train.examples import TRAIN_EXAMPLES, TRAIN_FORM
from app.train.schemas import TrainOptions, TrainRequest
from app.train.service import check_training

router = APIRouter(tags=["training"])


@router.post(
    "/train",
    summary="Train a model on your own series",
    status_code=202,
    response_model=Job,
    responses=problems(400, 413, 415, 422, 429, 503, 507),
    openapi_extra=with_tables(json_body(TrainRequest, TRAIN_EXAMPLES), TrainOptions, TRAIN_FORM),
)
async def train(
    request: Request,
    response: Response,
    state: ServiceState,
    idempotency_key: IdempotencyKey = None,
) -> Job:
    """Train a new version of a model on your own series.

    The answer comes at once. It is the job, which then runs on its own; `Location` leads to it.
    When the job succeeds, its version is served without a restart. A request that is sent again
    with the same `Idempotency-Key` and the same content gets the job that it got before.
    """
    body = await state.reader.receive(request, headers_of(request))
    key = await request_key(idempotency_key, body)
    job = await state.jobs.with_key(key)
    if job is None:
        train_options, items = await state.reader.parse(request, body, TrainRequest, TrainOptions)
        fit_options, series = await asyncio.to_thread(
            check_training, train_options, items, state.settings, state.registry.store
        )
        job = await state.jobs.add_training(fit_options, series, key=key)
    response.headers["Location"] = f"/jobs/{job.id}"
    return job
