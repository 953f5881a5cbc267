"""The application, built whole from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from app.errors import install_error_handlers
from app.jobs import Jobs
from app.openapi import VERSION, make_openapi
from app.registry import Registry
from app.request_id import RequestIdMiddleware
from app.routes import health, models, predict, train
from app.settings import Settings
from app.state import State
from forecasting.store import ModelStore

_TAGS = [
    {"name": "forecasts", "description": "Series in, forecasts out."},
    {"name": "training", "description": "Models of your own, trained in the background."},
    {"name": "models", "description": "What is in the model store."},
    {"name": "health", "description": "For load balancers and operators."},
]


def create_app(settings: Settings) -> FastAPI:
    """Nothing is loaded until the application starts."""
    registry = Registry(ModelStore(settings.model_store), settings.default_model)
    jobs = Jobs(
        settings.jobs_dir,
        settings.model_store,
        max_queued=settings.max_queued_jobs,
        on_published=registry.refresh,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with registry, jobs:
            yield

    app = FastAPIOffline(
        title="Forecasting service",
        version=VERSION,
        lifespan=lifespan,
        openapi_tags=_TAGS,
        redoc_url=None,
    )
    app.openapi = make_openapi(app)  # type: ignore[method-assign]  # FastAPI's documented hook
    app.state.service = State(settings, registry, jobs)
    app.add_middleware(RequestIdMiddleware)
    install_error_handlers(app)
    for group in (predict, train, models, health):
        app.include_router(group.router)
    return app
