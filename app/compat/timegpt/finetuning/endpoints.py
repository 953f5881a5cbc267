"""Models that are trained further: they are made, listed, shown and deleted."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from app.compat.body import read_document
from app.compat.routing import protocol_router
from app.compat.timegpt.finetuning.models import (
    delete_finetuned_model,
    finetuned_model,
    finetuned_models,
)
from app.compat.timegpt.finetuning.training import await_model, queue_finetuning
from app.compat.timegpt.places import PayloadPlaces
from app.compat.timegpt.schemas import FinetunePayload
from app.dependencies import AuditPart, RegistryPart, ShutdownPart, TrainPart
from app.jobs.schemas import Job
from app.observation.record import current_record
from app.requests.cancellation import cancel_on_disconnect
from app.serving.store_threads import in_store_thread

_OPTIONS = {"model": "output_model_id", "base": "model", "epochs": "finetune_steps"}

router = protocol_router()


@router.post("/v2/finetune")
async def timegpt_finetune(
    request: Request, service: TrainPart, audit: AuditPart, shutdown: ShutdownPart
) -> dict[str, str]:
    """Train a model further, and wait for it. The training goes on if the client leaves."""
    job = await _queue(request, service, audit)
    model = await cancel_on_disconnect(request, await_model(job, service.jobs, shutdown))
    return {"finetuned_model_id": model}


@router.post("/v2/finetune/async", status_code=202)
async def timegpt_finetune_job(
    request: Request, service: TrainPart, audit: AuditPart
) -> dict[str, str]:
    """Have a model trained further."""
    return {"job_id": (await _queue(request, service, audit)).id}


@router.get("/v2/finetuned_models")
async def timegpt_finetuned_models(registry: RegistryPart) -> dict[str, Any]:
    """List the models that were trained further from others."""
    return {"finetuned_models": await in_store_thread(finetuned_models, registry.store)}


@router.get("/v2/finetuned_models/{model}")
async def timegpt_finetuned_model(model: str, registry: RegistryPart) -> dict[str, Any]:
    """Describe a model that was trained further from another."""
    return await in_store_thread(finetuned_model, registry.store, model)


@router.delete("/v2/finetuned_models/{model}", status_code=204)
async def timegpt_delete_finetuned_model(
    model: str, request: Request, registry: RegistryPart, audit: AuditPart
) -> None:
    """Delete all versions of a model that was trained further from another."""
    deleted = await in_store_thread(delete_finetuned_model, registry.store, model)
    for version in deleted:
        audit.record(request, "delete_version", model=model, version=version)
    await registry.refresh()


async def _queue(request: Request, service: TrainPart, audit: AuditPart) -> Job:
    payload = await read_document(request, service.settings, FinetunePayload)
    with PayloadPlaces(payload, _OPTIONS).named():
        job = await queue_finetuning(payload, service)
    current_record().model = job.model
    audit.record(request, "train", model=job.model, job=job.id)
    return job
