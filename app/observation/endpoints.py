"""The endpoint that Prometheus asks for metrics."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.access.caller import current
from app.access.errors import KeyTiedError
from app.dependencies import JobsPart, MetricsPart, RegistryPart, TrackingPart
from app.jobs.schemas import JobKind, JobState
from app.openapi.operations import problems

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Read the metrics of the service",
    response_class=PlainTextResponse,
    responses=problems(503, 507),
)
async def metrics(
    metrics: MetricsPart, registry: RegistryPart, jobs: JobsPart, tracking: TrackingPart
) -> PlainTextResponse:
    """Requests, latencies, batches, versions, their live accuracy and jobs, in the text format of
    Prometheus.

    Those of jobs are the same whichever service is asked. All are about all models, so a key that
    is tied to some of them is refused.
    """
    tied_to = current.get().models
    if tied_to:
        raise KeyTiedError(tied_to)
    metrics.versions_loaded.set(len(registry.loaded))
    metrics.versions_refused.set(len(registry.problems))
    counts = await jobs.counts()
    for kind in JobKind:
        for state in JobState:
            metrics.jobs.labels(kind, state).set(counts[kind, state])
    metrics.settle()
    metrics.worker_alive.set((await jobs.worker()).is_alive)
    text = await asyncio.to_thread(metrics.exposition)
    text += await jobs.worker_metrics() + await tracking.metrics()
    return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)
