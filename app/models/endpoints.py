"""Models and their versions."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.dependencies import ServiceState, State
from app.models.schemas import ModelList, ModelSummary
from app.openapi.operations import problems
from forecasting.errors import BrokenVersionError
from forecasting.store import lifecycle
from forecasting.store.manifest import PLOT, Manifest

Model = Annotated[str, Path(examples=["airline-passengers"])]
Version = Annotated[int, Path(ge=1, examples=[1])]
ReasonQuery = Annotated[str | None, Query(max_length=500, description="Why; it is recorded.")]
BY = "http"

router = APIRouter(tags=["models"])


class Png(Response):
    media_type = "image/png"


@router.get("/models", summary="List the models", response_model=ModelList)
async def list_models(state: ServiceState) -> ModelList:
    """The models in the store, with their versions and aliases."""
    return await asyncio.to_thread(_list, state)


@router.get(
    "/models/{model}",
    summary="Show a model",
    response_model=ModelSummary,
    responses=problems(404, 422, 503),
)
async def show_model(model: Model, state: ServiceState) -> ModelSummary:
    """One model: its versions and aliases."""
    return await asyncio.to_thread(_summary, state, model)


@router.get(
    "/models/{model}/versions/{version}",
    summary="Show a version and its scores",
    response_model=Manifest,
    responses=problems(404, 422, 503),
)
async def show_version(model: Model, version: Version, state: ServiceState) -> Manifest:
    """One version's manifest: signature, recipe, data, files, and where it comes from.

    Its scores stand beside seasonal naive's and those of the version that was served until then;
    `promotion` says whether it took the alias `production`, and why.
    """
    return await asyncio.to_thread(state.registry.store.manifest, model, version)


@router.get(
    "/models/{model}/versions/{version}/plot.png",
    summary="Draw a version's held-out tail",
    response_class=Png,
    responses=problems(404, 422, 503),
)
async def show_plot(model: Model, version: Version, state: ServiceState) -> Png:
    """The held-out tail, the forecast and the 80% interval, as they were when it was published."""
    return Png(await asyncio.to_thread(state.registry.store.read_file, model, version, PLOT))


@router.delete(
    "/models/{model}/versions/{version}",
    summary="Delete a version",
    status_code=204,
    responses=problems(404, 409, 422, 503, 507),
)
async def delete_version(
    model: Model, version: Version, state: ServiceState, reason: ReasonQuery = None
) -> None:
    """Delete a version that no alias names. Its number is never given out again."""
    await asyncio.to_thread(
        lifecycle.delete_version, state.registry.store, model, version, by=BY, reason=reason
    )
    await state.registry.refresh()


def _list(state: State) -> ModelList:
    return ModelList(models=[_summary(state, model) for model in state.registry.store.models()])


def _summary(state: State, model: str) -> ModelSummary:
    store = state.registry.store
    versions = store.versions(model)
    if not versions:
        raise store.unknown(model)
    try:
        aliases = store.aliases(model)
    except BrokenVersionError:  # which /health reports
        aliases = {}
    return ModelSummary(
        model=model,
        versions=versions,
        aliases=aliases,
        default=model == state.registry.default_model,
    )
