"""The endpoints by which load balancers and operators see how the service is.

Each answers HEAD as well, which FastAPI does not add to GET by itself. HEAD stays out of the
OpenAPI document, where it would repeat the operation ids of GET.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from app import __version__
from app.access.caller import current
from app.dependencies import JobsPart, RegistryPart, SettingsPart, TrackingPart
from app.errors import NotReadyError, ServiceError
from app.health.schemas import (
    Health,
    Limits,
    Liveness,
    LoadedVersion,
    StoreProblem,
    WorkerHealth,
    WorkerStatus,
)
from app.jobs.service import Jobs
from app.openapi.operations import problems as problem_answers
from app.serving.registry import Registry

router = APIRouter(tags=["health"])


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="Say what is loaded and what is wrong", response_model=Health)
async def health(
    registry: RegistryPart, settings: SettingsPart, jobs: JobsPart, tracking: TrackingPart
) -> Health:
    """What is loaded and what is wrong, of the models that the caller sees, of the forecasts that
    are kept, and of the worker; and what a request may hold."""
    sees = current.get().sees
    problems = [problem for problem in registry.problems if sees(problem.model)]
    worker = await _worker_health(jobs)
    return Health(
        status=_status(
            registry, bool(problems or tracking.problem or registry.store_problem), worker
        ),
        service_version=__version__,
        default_model=registry.default_model,
        loaded=[
            LoadedVersion(model=model, version=version)
            for model, version in registry.loaded
            if sees(model)
        ],
        problems=[
            StoreProblem(model=problem.model, version=problem.version, reason=problem.reason)
            for problem in problems
        ],
        store_problem=registry.store_problem,
        tracking_problem=tracking.problem,
        limits=Limits.model_validate(settings),
        worker=worker,
    )


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live", summary="Answer while the process does", response_model=Liveness)
async def live() -> Liveness:
    """Whether the process answers."""
    return Liveness()


@router.head("/health/ready", include_in_schema=False)
@router.get(
    "/health/ready",
    summary="Answer 200 once the default model is served",
    response_model=Liveness,
    responses=problem_answers(503),
)
async def ready(registry: RegistryPart) -> Liveness:
    """Whether the default model is loaded and warm."""
    if not registry.ready:
        raise NotReadyError(f"The default model {registry.default_model!r} is not loaded.")
    return Liveness()


async def _worker_health(jobs: Jobs) -> WorkerHealth:
    try:
        worker = await jobs.worker()
    except ServiceError:
        return WorkerHealth(status="unknown", last_seen=None)
    if worker.is_alive:
        return WorkerHealth(status="alive", last_seen=worker.last_seen)
    status: WorkerStatus = "starting" if jobs.awaits_worker else "missing"
    return WorkerHealth(status=status, last_seen=worker.last_seen)


def _status(
    registry: Registry, has_problems: bool, worker: WorkerHealth
) -> Literal["ok", "degraded", "starting", "unavailable"]:
    if not registry.ready:
        return "unavailable" if registry.started else "starting"
    return "degraded" if has_problems or worker.status in {"missing", "unknown"} else "ok"
