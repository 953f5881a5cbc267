"""The endpoints for models and their versions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request

from app.access.caller import current
from app.dependencies import AuditPart, RegistryPart
from app.models.schemas import ModelList, ModelSummary
from app.models.service import summarize_model, summarize_models
from app.openapi.answers import PngResponse
from app.openapi.operations import problems
from app.serving.store_threads import in_store_thread
from forecasting.store import lifecycle
from forecasting.store.manifest import PLOT, Manifest

VersionPath = Annotated[int, Path(ge=1, examples=[1])]
ReasonQuery = Annotated[
    str | None, Query(max_length=500, description="The reason, which is recorded.")
]


async def _seen_model(
    model: Annotated[str, Path(examples=["airline-passengers"])], registry: RegistryPart
) -> str:
    await in_store_thread(current.get().check_sees, model, registry.store)
    return model


ModelPath = Annotated[str, Depends(_seen_model)]


async def _owned_model(model: ModelPath) -> str:
    current.get().check_owns(model)
    return model


OwnedModelPath = Annotated[str, Depends(_owned_model)]

router = APIRouter(tags=["models"])


@router.get("/models", summary="List the models", response_model=ModelList, responses=problems(503))
async def list_models(registry: RegistryPart) -> ModelList:
    """The models in the store, with their versions and aliases."""
    return await in_store_thread(summarize_models, registry)


@router.get(
    "/models/{model}",
    summary="Show a model",
    response_model=ModelSummary,
    responses=problems(404, 422, 503),
)
async def show_model(model: ModelPath, registry: RegistryPart) -> ModelSummary:
    """One model: its versions and aliases."""
    return await in_store_thread(summarize_model, registry, model)


@router.get(
    "/models/{model}/versions/{version}",
    summary="Show a version and its scores",
    response_model=Manifest,
    responses=problems(404, 422, 503),
)
async def show_version(model: ModelPath, version: VersionPath, registry: RegistryPart) -> Manifest:
    """One version's manifest: its signature, recipe, data and files, and where it comes from.

    Its scores stand beside those of seasonal naive and of the version that was served until then.
    `promotion` tells whether it took the alias `production`, and why.
    """
    return await in_store_thread(registry.store.manifest, model, version)


@router.get(
    "/models/{model}/versions/{version}/plot.png",
    summary="Draw a version's held-out tail",
    response_class=PngResponse,
    responses=problems(404, 422, 503),
)
async def show_plot(model: ModelPath, version: VersionPath, registry: RegistryPart) -> PngResponse:
    """The held-out tail, the forecast and the 80% interval, as they were when it was published."""
    store = registry.store
    return PngResponse(await in_store_thread(store.read_file, model, version, PLOT))


@router.delete(
    "/models/{model}/versions/{version}",
    summary="Delete a version",
    status_code=204,
    responses=problems(403, 404, 409, 422, 503, 507),
)
async def delete_version(
    model: OwnedModelPath,
    version: VersionPath,
    request: Request,
    registry: RegistryPart,
    audit: AuditPart,
    reason: ReasonQuery = None,
    even_if_served: Annotated[
        bool,
        Query(description="Delete it though it is the newest, and served for want of an alias."),
    ] = False,
) -> None:
    """Delete a version that no alias names and that is not served. Its number is never given out
    again."""
    await in_store_thread(
        lifecycle.delete_version,
        registry.store,
        model,
        version,
        by=current.get().by,
        reason=reason,
        even_if_served=even_if_served,
    )
    audit.record(request, "delete_version", model=model, version=version, reason=reason)
    await registry.refresh()
