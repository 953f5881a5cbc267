"""Models and their versions."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from app.openapi import problems
from app.schemas.models import ModelList, ModelSummary
from app.state import ServiceState, State
from forecasting.manifest import Manifest

router = APIRouter(tags=["models"])


@router.get("/models", response_model=ModelList)
async def list_models(state: ServiceState) -> ModelList:
    """The models in the store, with their versions and aliases."""
    return await asyncio.to_thread(_list, state)


@router.get("/models/{model}", response_model=ModelSummary, responses=problems(404, 503))
async def show_model(model: str, state: ServiceState) -> ModelSummary:
    """One model: its versions and aliases."""
    return await asyncio.to_thread(_summary, state, model)


@router.get(
    "/models/{model}/versions/{version}", response_model=Manifest, responses=problems(404, 503)
)
async def show_version(model: str, version: int, state: ServiceState) -> Manifest:
    """One version's manifest: signature, recipe, data, scores beside seasonal naive's, files."""
    return await asyncio.to_thread(state.registry.store.manifest, model, version)


def _list(state: State) -> ModelList:
    return ModelList(models=[_summary(state, model) for model in state.registry.store.models()])


def _summary(state: State, model: str) -> ModelSummary:
    store = state.registry.store
    versions = store.versions(model)
    if not versions:
        raise store.unknown(model)
    return ModelSummary(
        model=model,
        versions=versions,
        aliases=store.aliases(model),
        default=model == state.registry.default_model,
    )
