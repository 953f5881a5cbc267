"""The paths of Azure's Anomaly Detector."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from app.compat.answers import json_answer
from app.compat.azure.change_points import detect_change_points
from app.compat.azure.detection import detect_entire, detect_last
from app.compat.azure.schemas import ChangePointRequest, DetectRequest
from app.compat.body import read_document
from app.compat.routing import protocol_router
from app.dependencies import AnomalyPart, BacktestPart
from forecasting.errors import NotFoundError


def _check_version(version: Annotated[str, Path(pattern=r"^v1\.[01](-preview(\.1)?)?$")]) -> None:
    """Refuse a version of the API that is not spoken."""


router = protocol_router(prefix="/anomalydetector")
_detection = protocol_router(prefix="/{version}/timeseries", dependencies=[Depends(_check_version)])


@_detection.post("/entire/detect")
async def azure_detect_entire(request: Request, service: AnomalyPart) -> Response:
    """Look for anomalies in a whole series."""
    asked = await read_document(request, service.settings, DetectRequest)
    answer = await detect_entire(request, asked, service)
    return await json_answer(answer.model_dump(by_alias=True))


@_detection.post("/last/detect")
async def azure_detect_last(request: Request, service: AnomalyPart) -> Response:
    """Say whether the latest point is an anomaly."""
    asked = await read_document(request, service.settings, DetectRequest)
    answer = await detect_last(request, asked, service)
    return await json_answer(answer.model_dump(by_alias=True))


@_detection.post("/changepoint/detect")
async def azure_detect_change_points(request: Request, service: BacktestPart) -> Response:
    """Look for points at which a series begins to go another way."""
    asked = await read_document(request, service.settings, ChangePointRequest)
    answer = await detect_change_points(request, asked, service)
    return await json_answer(answer.model_dump(by_alias=True))


router.include_router(_detection)


@router.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
async def azure_other(path: str) -> Response:
    """Say what is offered, to whoever asks for something else."""
    raise NotFoundError(
        f"/anomalydetector/{path} is not offered. What is: v1.0 and v1.1 of timeseries/entire/"
        "detect, timeseries/last/detect and timeseries/changepoint/detect, by POST. Series with "
        "several variables are not judged together.",
        code="not_found",
    )
