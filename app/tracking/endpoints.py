"""The endpoints that take in what really happened, and say how a version does by that."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from app.dependencies import ActualsPart, AuditPart, RegistryPart, TrackingPart
from app.models.endpoints import ModelPath, VersionPath
from app.openapi.operations import json_body, problems, with_tables
from app.serving.store_threads import in_store_thread
from app.tracking.examples import ACTUALS_EXAMPLES, ACTUALS_FORM
from app.tracking.performance import Performance
from app.tracking.schemas import (
    ActualsOptions,
    ActualsRequest,
    ActualsResponse,
    DriftObject,
    LivePeriod,
    LiveSeries,
    PerformanceResponse,
)
from forecasting.evaluation.drift import FALSE_ALARM_RATE, THRESHOLD

MaxSeries = Annotated[
    int, Query(ge=0, le=10_000, description="Most series that are listed; the others are counted.")
]

router = APIRouter()


@router.post(
    "/actuals",
    summary="Say what really happened",
    tags=["forecasts"],
    response_model=ActualsResponse,
    responses=problems(400, 404, 413, 415, 422, 501, 503, 507),
    openapi_extra=with_tables(
        json_body(ActualsRequest, ACTUALS_EXAMPLES), ActualsOptions, ACTUALS_FORM
    ),
)
async def actuals(request: Request, service: ActualsPart, audit: AuditPart) -> ActualsResponse:
    """Say what really happened of forecasts that were made with `"track": true`.

    Values are found by the id of a forecast, or by the id of a series and the time of each value.
    They may come late, in parts and again: a value replaces the one that was known before. What
    belongs to no forecast that is kept is listed in `unmatched`; if nothing belongs to one, the
    answer is 404.
    """
    answer = await service.take_in(request)
    audit.record(request, "actuals", values=answer.matched, forecasts=answer.forecasts)
    return answer


@router.get(
    "/models/{model}/versions/{version}/performance",
    summary="Show how a version does by what really happened",
    tags=["models"],
    response_model=PerformanceResponse,
    responses=problems(404, 422, 501, 503, 507),
)
async def show_performance(
    model: ModelPath,
    version: VersionPath,
    registry: RegistryPart,
    tracking: TrackingPart,
    max_series: MaxSeries = 100,
) -> PerformanceResponse:
    """Score the forecasts of a version that are kept by the actual values that have come.

    MASE, bias and coverage, over all, over time and by series, beside seasonal naive on the same
    points. `drifting` is the result of a sequential test: a version that does not drift is called
    drifting with a probability of at most one in a hundred, however often one looks.
    """
    await in_store_thread(registry.store.manifest, model, version)
    found = await tracking.performance(model, version)
    return _response(model, version, found, max_series)


def _response(model: str, version: int, found: Performance, max_series: int) -> PerformanceResponse:
    drift = found.drift
    since = None if found.since is None else str(found.since.astype("datetime64[s]"))
    return PerformanceResponse(
        model=model,
        version=version,
        forecasts=found.kept,
        evaluated=found.evaluated,
        drifting=drift.drifting,
        drift=DriftObject(
            **asdict(drift) | {"since": since},
            threshold=THRESHOLD,
            false_alarm_rate=FALSE_ALARM_RATE,
        ),
        overall=asdict(found.overall),
        period=found.period,
        over_time=[
            LivePeriod(start=str(at.astype("datetime64[s]")), **asdict(group))
            for at, group in found.over_time
        ],
        by_series=[
            LiveSeries(id=name[0], target=name[1], **asdict(group))
            for name, group in found.by_series[:max_series]
        ],
        series=len(found.by_series),
    )
