"""Models and their versions."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path

from app.openapi import problems
from app.schemas.models import ModelList, ModelSummary
from app.state import ServiceState, State
from forecasting.errors import BrokenVersionError
from forecasting.manifest import Manifest

Model = Annotated[str, Path(examples=["airline-passengers"])]
Version = Annotated[int, Path(ge=1, examples=[1])]

router = APIRouter(tags=["models"])


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
    """One version's manifest: signature, recipe, data, scores beside seasonal naive's, files."""
    return await asyncio.to_thread(state.registry.store.manifest, model, version)


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
