"""The application, built whole from its settings."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from app import __version__
from app.access.audit import AuditLog
from app.access.gate import KeyGate
from app.access.keys import KeyRing
from app.access.limits import CallerLimits
from app.anomalies import endpoints as anomalies
from app.anomalies.service import AnomalyService
from app.backtest import endpoints as backtest
from app.backtest.service import BacktestService
from app.bulk import endpoints as bulk
from app.bulk.service import BulkService
from app.compat.protocols import ProtocolByPath
from app.compat.routing import include_protocols
from app.connections.broken import BrokenRequests
from app.dependencies import provide
from app.exception_handlers import install_exception_handlers
from app.guide.files import GuideFiles
from app.health import endpoints as health
from app.inspect import endpoints as inspect
from app.inspect.service import InspectService
from app.jobs import endpoints as job_routes
from app.jobs.service import Jobs
from app.models import alias_endpoints as aliases
from app.models import endpoints as models
from app.observation import endpoints as observation
from app.observation.logs import configure_logs
from app.observation.metrics import Metrics
from app.observation.middleware import Observed
from app.observation.request_log import RequestLog
from app.openapi.document import make_openapi, serve_document
from app.page import endpoints as page
from app.page.files import PageFiles
from app.predict import endpoints as predict
from app.predict.endpoints import PredictShortcut
from app.predict.service import PredictService
from app.requests.request import RequestReader
from app.requests.request_id import RequestIdMiddleware
from app.serving.batcher import Batcher
from app.serving.imports import import_needed
from app.serving.registry import Registry
from app.serving.shutdown import Shutdown
from app.settings.environment import load_settings
from app.settings.settings import Settings
from app.tables.pool import TableReaderPool
from app.tracking import endpoints as tracking_routes
from app.tracking.actuals_service import ActualsService
from app.tracking.retraining import Retraining
from app.tracking.service import Tracking
from app.tracking.watch import TrackingWatch
from app.train import endpoints as train
from app.train.service import TrainService
from forecasting.jobs.parent_process import end_with_parent
from forecasting.tracing import is_wanted, open_provider

_SWITCH_SECONDS = 0.0005
"""How long a thread keeps the interpreter from another that waits: the network's thread needs it
for a moment now and then, and should not wait Python's usual 5 ms."""

_LOADING_PATIENCE_SECONDS = 60.0
"""One of several processes takes connections once it has loaded the default model, but after this
time at the latest: until then another may answer. A single one takes them at once, to say that it
is still loading."""

_TAGS = [
    {"name": "forecasts", "description": "Series in, forecasts out."},
    {"name": "training", "description": "Models of your own, trained in the background."},
    {"name": "jobs", "description": "Trainings, long backtests, bulk jobs: how they stand."},
    {"name": "models", "description": "What is in the model store, and which versions are served."},
    {"name": "health", "description": "For load balancers and operators."},
]

_ENDPOINTS = (
    *(predict, backtest, anomalies, bulk, inspect, train),
    *(job_routes, models, aliases, tracking_routes, health, observation, page),
)


def create_app_from_environment() -> ASGIApp:
    """Build the application from the environment, in each of FORECAST_WORKERS processes."""
    settings = load_settings()
    supervisor = multiprocessing.parent_process()
    if supervisor is not None and supervisor.pid is not None:
        end_with_parent(supervisor.pid)
    configure_logs(settings.log_level, settings.log_format)
    sys.setswitchinterval(_SWITCH_SECONDS)
    return create_app(settings)


def create_app(settings: Settings) -> ASGIApp:
    """Build the application. It loads nothing until it starts."""
    registry = Registry(settings.open_store(), settings.default_model, settings.max_loaded_versions)
    metrics, request_log = Metrics(), RequestLog(settings.log_format)
    batcher = Batcher(settings.max_queued_requests, metrics)
    tables = TableReaderPool(settings)
    reader = RequestReader(settings, tables)
    tracking = Tracking(settings)
    predict_service = PredictService(settings, registry, batcher, reader, tracking)
    jobs = Jobs(settings, registry.store, serve_published=registry.serve_published)
    audit = AuditLog(settings.audit_file)
    retraining = Retraining(settings, registry.store, jobs, audit)
    watch = TrackingWatch(settings, tracking, retraining)
    shutdown = Shutdown()
    provider = open_provider() if is_wanted(os.environ) else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        import_needed()
        async with registry, batcher, tables, jobs, tracking, watch:
            if settings.workers > 1:
                await registry.wait_started(_LOADING_PATIENCE_SECONDS)
            with shutdown.on_signals():
                yield
        metrics.settle()
        request_log.flush()
        if provider is not None:
            await asyncio.to_thread(provider.shutdown)

    app = FastAPIOffline(
        title="Forecasting service",
        version=__version__,
        lifespan=lifespan,
        openapi_tags=_TAGS,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        swagger_ui_parameters={"defaultModelsExpandDepth": 0, "tryItOutEnabled": True},
    )
    app.openapi = make_openapi(app)  # type: ignore[method-assign]  # FastAPI's documented hook
    provide(
        app,
        predict_service,
        BacktestService(settings, registry, batcher, reader, jobs),
        AnomalyService(settings, registry, batcher, reader),
        BulkService(settings, registry, jobs),
        InspectService(settings, registry, registry.store, reader),
        TrainService(settings, registry.store, reader, jobs),
        ActualsService(settings, registry.store, reader, tracking),
        settings,
        registry,
        jobs,
        tracking,
        shutdown,
        audit,
        metrics,
    )
    install_exception_handlers(app)
    for endpoints in _ENDPOINTS:
        app.include_router(endpoints.router)
    serve_document(app)
    app.mount("/page", PageFiles())
    app.mount("/guide", GuideFiles())
    include_protocols(app, settings.protocols)
    served: ASGIApp = PredictShortcut(app, predict_service)
    served = CallerLimits(served, settings)
    if settings.api_keys_file is not None:
        served = KeyGate(served, KeyRing(settings.api_keys_file), settings)
    if provider is not None:
        from app.observation.traces import Traced

        served = Traced(served, provider)
    served = ProtocolByPath(BrokenRequests(served), settings.protocols)
    return RequestIdMiddleware(Observed(served, metrics, request_log))
