"""How endpoints reach the parts of the service that the application was built from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI
from starlette.requests import Request

from app.access.audit import AuditLog
from app.anomalies.service import AnomalyService
from app.backtest.service import BacktestService
from app.bulk.service import BulkService
from app.inspect.service import InspectService
from app.jobs.service import Jobs
from app.observation.metrics import Metrics
from app.predict.service import PredictService
from app.serving.registry import Registry
from app.serving.shutdown import Shutdown
from app.settings.settings import Settings
from app.tracking.actuals_service import ActualsService
from app.tracking.service import Tracking
from app.train.service import TrainService

Part = TypeVar("Part")


def provide(app: FastAPI, *parts: object) -> None:
    """Make parts available to the endpoints of an application, each by its class."""
    app.state.parts = {type(part): part for part in parts}


def provided(kind: type[Part]) -> Callable[[Request], Awaitable[Part]]:
    """Return a dependency that gives an endpoint the application's part of that class."""

    async def find(request: Request) -> Part:
        part: Part = request.app.state.parts[kind]
        return part

    return find


PredictPart = Annotated[PredictService, Depends(provided(PredictService))]
BacktestPart = Annotated[BacktestService, Depends(provided(BacktestService))]
AnomalyPart = Annotated[AnomalyService, Depends(provided(AnomalyService))]
BulkPart = Annotated[BulkService, Depends(provided(BulkService))]
InspectPart = Annotated[InspectService, Depends(provided(InspectService))]
TrainPart = Annotated[TrainService, Depends(provided(TrainService))]
ActualsPart = Annotated[ActualsService, Depends(provided(ActualsService))]
SettingsPart = Annotated[Settings, Depends(provided(Settings))]
RegistryPart = Annotated[Registry, Depends(provided(Registry))]
JobsPart = Annotated[Jobs, Depends(provided(Jobs))]
TrackingPart = Annotated[Tracking, Depends(provided(Tracking))]
ShutdownPart = Annotated[Shutdown, Depends(provided(Shutdown))]
AuditPart = Annotated[AuditLog, Depends(provided(AuditLog))]
MetricsPart = Annotated[Metrics, Depends(provided(Metrics))]
